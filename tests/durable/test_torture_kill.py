"""A dozen of kills in a whole Herun while people act; and that what is asked afterwards can be answered with no."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from builders import Story, an_order

from domain.vocabulary import CaseNo
from rehearsal.benches.figures import Scale
from rehearsal.torture import kill
from rehearsal.torture.field.ledger_check import Checker, _difference, _overdue
from rehearsal.torture.field.said import Answer, Errand, Journal
from rehearsal.torture.kill_reaper import Victim, _deck
from rehearsal.torture.tally import Order

OPENED = Errand("k-1", "resident-01", "/v1/orders", {"title": "井盖"})
ADDED = Errand("k-2", "resident-01", "/v1/cases/O1/acts/supplement", {"text": "一句"})


@pytest.mark.timeout(400)
async def test_a_dozen_kills_lose_nothing_double_nothing_and_miss_no_deadline(tmp_path: Path) -> None:
    tally = await kill.torture(Order(Scale.TINY, 1, tmp_path))
    assert tally.failures == ()
    assert int(tally.figures["kills"]) >= kill.AMOUNTS[Scale.TINY].kills
    assert int(tally.figures["acknowledged"]) > int(tally.figures["kills"])
    assert {victim for victim in Victim if tally.figures[f"killed_{victim}"]} == set(Victim)


# -- the check can fail ---------------------------------------------------------------------------------


def checker(journal: Journal) -> Checker:
    return Checker(None, journal, 1)  # type: ignore[arg-type]


def rows(*places: tuple[Errand, str, int]) -> list[Any]:
    return [{"act_id": errand.act_id, "case_no": number, "seq": seq} for errand, number, seq in places]


def journal_of(path: Path, errand: Errand, status: int, **said: Any) -> Journal:
    journal = Journal(path / "said.jsonl")
    journal.sent(errand)
    journal.told(errand.key, Answer(status, said))
    return journal


def test_a_confirmed_act_that_the_ledger_lacks_is_found(tmp_path: Path) -> None:
    journal = journal_of(tmp_path, ADDED, 200, number="O1", first=4)
    assert [f.what for f in checker(journal)._each_once(rows((ADDED, "O1", 4)))] == []
    assert [f.what for f in checker(journal)._each_once([])] == ["act_lost"]
    assert [f.what for f in checker(journal)._each_once(rows((ADDED, "O1", 5)))] == ["act_lost"]


def test_an_act_that_stands_twice_is_found_though_nobody_waited_for_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "said.jsonl")
    journal.sent(ADDED)
    assert [f.what for f in checker(journal)._each_once([])] == ["never_answered"]
    journal.leave(ADDED.key)
    found = checker(journal)._each_once(rows((ADDED, "O1", 4), (ADDED, "O1", 5)))
    assert [f.what for f in found] == ["act_twice"]


def test_an_act_that_was_refused_and_yet_done_is_found(tmp_path: Path) -> None:
    journal = journal_of(tmp_path, ADDED, 409, code="out_of_turn")
    found = checker(journal)._each_once(rows((ADDED, "O1", 4)))
    assert [f.what for f in found] == ["refused_and_done"]


def test_a_deadline_that_passed_without_a_breach_is_found() -> None:
    story = Story()
    case = story.case(story.open(an_order()))
    (held,) = case.duties.values()
    assert _overdue(CaseNo("O1"), case, held.legal_due) is None
    assert _overdue(CaseNo("O1"), case, held.legal_due + timedelta(seconds=1)) is not None
    held.breached = True
    assert _overdue(CaseNo("O1"), case, datetime.now(UTC) + timedelta(days=9_000)) is None


def test_an_answer_that_changed_is_told_by_its_place() -> None:
    first = Answer(200, {"duties": [{"number": 4, "due": "a"}], "next": 1})
    again = Answer(200, {"duties": [{"number": 4, "due": "b"}], "next": 1})
    assert _difference(first, again) == ".duties[4].due: 'a', then 'b'"


# -- going on after an interruption -----------------------------------------------------------------------


def test_a_journal_cut_short_in_a_line_goes_on_with_what_was_whole(tmp_path: Path) -> None:
    path = tmp_path / "said.jsonl"
    journal = journal_of(tmp_path, OPENED, 201, number="O1", first=1)
    journal.sent(ADDED)
    with path.open("a", encoding="utf-8") as file:
        file.write('{"key": "k-2", "to')
    again = Journal(path)
    assert list(again.unanswered) == [ADDED]
    assert [errand for errand, _ in again.done] == [OPENED]
    again.told(ADDED.key, Answer(200, {}))
    assert list(Journal(path).unanswered) == []


def test_each_part_dies_as_often_as_its_share() -> None:
    first, second = _deck(1, 0), _deck(1, 1)
    assert first != second
    assert sorted(first) == sorted(second)
    assert set(first) == set(Victim)
