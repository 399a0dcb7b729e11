"""Every rule is broken in a forged ledger, and the finding names the rule and the event."""

import tomllib
from importlib import resources

import pytest
from lawful_lives import LIVES, judge, judge_together, life
from lawful_mutants import MORE, MUTANTS, Mutant

from audit.findings import Answer, Finding
from audit.lawfulness.codes import BASIS, LawCode

EVERY = [*MUTANTS.items(), *MORE]


def findings(mutant: Mutant) -> tuple[int, list[Finding]]:
    """The seq at which a mutant must be found, and everything that is found."""
    world = life(mutant.life)
    changed = mutant.change(world[mutant.number])
    found = [*judge(mutant.number, world[mutant.number]), *judge_together(world)]
    return changed["seq"], found


@pytest.mark.parametrize("name", LIVES)
def test_a_lawful_life_shows_nothing(name: str) -> None:
    world = life(name)
    assert [finding for number, events in world.items() for finding in judge(number, events)] == []
    assert judge_together(world) == []


@pytest.mark.parametrize(("code", "mutant"), EVERY, ids=[f"{code.name}-{m.life}" for code, m in EVERY])
def test_a_broken_rule_is_named_with_its_event(code: LawCode, mutant: Mutant) -> None:
    seq, found = findings(mutant)
    assert (code, seq, mutant.number) in {(each.code, each.seq, each.case_no) for each in found}
    assert all(each.answer is Answer.LAWFUL for each in found)


def test_every_rule_is_broken_by_some_mutant_and_rests_on_something() -> None:
    assert set(MUTANTS) == set(LawCode) == set(BASIS)
    assert all(BASIS.values())


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_rule_has_words(language: str) -> None:
    text = (resources.files("api") / "locale" / f"{language}.toml").read_text(encoding="utf-8")
    words = tomllib.loads(text)["finding"]
    assert {code for code in words if code.startswith("lawful_")} == {code.value for code in LawCode}


@pytest.mark.parametrize("name", LIVES)
def test_no_event_can_be_taken_away_unseen(name: str) -> None:
    """Whatever single event of a life is cut out of the middle, its number stays as a gap."""
    for number, events in life(name).items():
        for place in range(1, len(events) - 1):
            cut = [*events[:place], *events[place + 1 :]]
            assert any(f.code is LawCode.SEQUENCE for f in judge(number, cut)), (number, place)


def test_a_record_without_an_opening_cannot_be_judged() -> None:
    events = life("a_busy_order")["O1"]
    (found,) = judge("O1", events[1:])
    assert (found.code, found.seq) == (LawCode.UNREADABLE, 1)
    assert [f.code for f in judge("O1", [])] == [LawCode.UNREADABLE]
