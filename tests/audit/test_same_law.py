"""The rerun against what is stored, to the byte: what reading would forgive is a finding."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from activities.chain import Link
from audit.answers.same_law import same_law
from audit.casefiles.record import read_record
from audit.evidence import Evidence
from audit.findings import Finding, Unlooked
from domain.shelf import Shelf
from domain.vocabulary import CaseNo


def said(evidence: Evidence) -> list[Finding | Unlooked]:
    return list(same_law(evidence, read_record(evidence.links)))


@pytest.fixture
def evidence(town_evidence: Mapping[CaseNo, Evidence]) -> Evidence:
    return max(town_evidence.values(), key=lambda each: len(each.links))


def changed(evidence: Evidence, seq: int, **fields: Any) -> Evidence:
    links = list(evidence.links)
    links[seq - 1] = Link({**links[seq - 1].event, **fields}, links[seq - 1].prev, links[seq - 1].hash)
    return replace(evidence, links=links)


def first(evidence: Evidence) -> tuple[str, int | None]:
    found = [each for each in said(evidence) if isinstance(each, Finding)]
    return found[0].code, found[0].seq


def test_a_town_gives_its_ledger_again(town_evidence: Mapping[CaseNo, Evidence]) -> None:
    assert [said(each) for each in town_evidence.values() if said(each)] == []


def test_a_truth_value_written_as_a_number_is_another_ledger(
    town_evidence: Mapping[CaseNo, Evidence],
) -> None:
    evidence, event = next(
        (each, link.event)
        for each in town_evidence.values()
        for link in each.links
        if link.event["kind"] == "case_linked" and "mandatory" in link.event["data"]
    )
    assert event["data"]["mandatory"] is True
    forged = changed(evidence, event["seq"], data={**event["data"], "mandatory": 1})
    assert first(forged) == ("law_differs", event["seq"])


def test_an_instant_written_in_another_zone_is_another_ledger(evidence: Evidence) -> None:
    at = evidence.links[2].event["at"].replace("+08:00", "+08:00:00")
    assert first(changed(evidence, 3, at=at))[1] == 3


def test_an_event_that_follows_from_no_act_is_named(evidence: Evidence) -> None:
    last = evidence.links[-1]
    more = Link({**last.event, "seq": len(evidence.links) + 1}, last.hash, last.hash)
    assert first(replace(evidence, links=[*evidence.links, more]))[1] == len(evidence.links) + 1


def test_an_event_that_is_lacking_is_named(evidence: Evidence) -> None:
    assert first(replace(evidence, links=evidence.links[:-1])) == ("law_differs", len(evidence.links))


def test_an_act_that_the_law_refuses_is_named(evidence: Evidence) -> None:
    place = next(n for n, link in enumerate(evidence.links) if link.event["kind"] == "acted")
    data = evidence.links[place].event["data"]
    forged = changed(evidence, place + 1, data={**data, "actor": {"account": "x", "role": "auditor"}})
    assert first(forged) == ("law_refuses", place + 1)


def test_what_the_procedure_cannot_take_is_named(evidence: Evidence) -> None:
    headless = replace(evidence, links=evidence.links[1:])
    assert first(headless)[0] == "law_stops"


def test_without_its_edition_a_case_is_not_looked_at(evidence: Evidence) -> None:
    (unlooked,) = said(replace(evidence, shelf=Shelf((), ())))
    assert isinstance(unlooked, Unlooked)
    assert unlooked.why == "edition_absent"


def test_up_to_an_event_that_cannot_be_read_the_law_is_asked(evidence: Evidence) -> None:
    broken = changed(evidence, 5, kind="nonsense")
    whys = [each.why for each in said(broken) if isinstance(each, Unlooked)]
    assert whys == ["events_unreadable"]
    assert [each.seq for each in said(broken) if isinstance(each, Finding)] in ([], [5], [4])
