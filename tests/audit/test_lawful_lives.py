"""Whatever people do under the procedures, the independent rules find nothing against it."""

import os
from dataclasses import replace
from random import Random
from typing import Any

from lawful_lives import LIVES, judge, judge_together, life
from lawful_walks import every_life

from activities.chain import Link, event_hash
from audit.answers.lawful import lawful, lawful_together
from audit.casefiles.editions import open_library
from audit.evidence import Evidence
from audit.findings import Answer
from audit.lawfulness.codes import LawCode

THOROUGH = os.environ.get("HERUN_HYPOTHESIS") == "thorough"
PLAYS, WALKS = (range(1, 11), range(1000, 1500)) if THOROUGH else (range(1, 3), range(1000, 1060))
LIBRARY = open_library()


def evidence_of(number: str, events: list[dict[str, Any]]) -> Evidence:
    """A chain as somebody carries it, with the texts of its editions."""
    links, prev = [], ""
    for event in events:
        digest = event_hash(number, prev, event).hex()
        links.append(Link(event, prev, digest))
        prev = digest
    return Evidence(number, links, LIBRARY.shelf, editions=LIBRARY.texts)


def test_two_thousand_lives_show_nothing_unlawful() -> None:
    cases = 0
    for name, number, found in every_life(PLAYS, 60, WALKS):
        assert found == [], (name, found[:3])
        cases += number
    assert cases >= 2000


def test_evidence_is_judged_by_the_editions_it_brings_along() -> None:
    world = life("whole_petition")
    family = [evidence_of(number, events) for number, events in world.items()]
    assert [finding for evidence in family for finding in lawful(evidence)] == []
    assert lawful_together(family) == []
    without = [replace(evidence, editions={}) for evidence in family]
    assert [finding for evidence in without for finding in lawful(evidence)] == []


def test_an_edition_altered_on_its_way_shows_in_every_date_it_gave() -> None:
    world = life("a_busy_order")
    texts = dict(LIBRARY.texts)
    texts["statutory-2026"] = texts["statutory-2026"].replace(
        '"order.close" = { n = 2,', '"order.close" = { n = 3,'
    )
    found = lawful(replace(evidence_of("O1", world["O1"]), editions=texts))
    assert LawCode.DUE_WRONG in {each.code for each in found}


def test_an_unlawful_case_is_found_through_its_evidence() -> None:
    events = life("an_emergency")["W1"]
    events[-1]["data"]["outcome"] = "proposal_returned"
    (found,) = lawful(evidence_of("W1", events))
    assert (found.code, found.seq, found.answer) == (LawCode.OUTCOME, len(events), Answer.LAWFUL)


def test_no_damage_whatever_makes_a_check_fall_over() -> None:
    """Any value anywhere replaced by something of another kind is found, or does no harm; nothing is raised."""
    dice = Random(20261122)
    for name in LIVES:
        world = life(name)
        for _ in range(60):
            number = dice.choice(sorted(world))
            events = life(name)[number]
            _damage(dice, events[dice.randrange(len(events))])
            judge(number, events)
            judge_together({**world, number: events})


def _damage(dice: Random, table: dict[str, Any] | list[Any]) -> None:
    """Somewhere below, one value becomes another."""
    while True:
        keys = list(table) if isinstance(table, dict) else list(range(len(table)))
        key = dice.choice(keys)
        below = table[key]  # type: ignore[call-overload]
        if isinstance(below, (dict, list)) and below and dice.random() < 0.8:
            table = below
            continue
        junk = [None, 7, -1, "", "x", "2026-03-02", True, [], ["x"], {}, {"x": []}, 1.5]
        table[key] = dice.choice(junk)  # type: ignore[call-overload]
        return
