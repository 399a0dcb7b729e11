"""Duties as CSV: one line each, agreeing with the register, harmless in a spreadsheet, naming nobody."""

import csv
from collections.abc import AsyncIterator
from datetime import datetime
from io import StringIO
from typing import Any

import asyncpg

from activities.settings import Role
from audit.casefiles.reading import Wanted, numbers, records
from audit.study.duties_csv import COLUMNS, _harmless, write_duties
from domain.events import Event
from domain.vocabulary import CaseKind, CaseNo
from rehearsal.into_ledger import Lives


async def brought(lives: Lives) -> AsyncIterator[tuple[CaseNo, list[Event]]]:
    for number, events in lives.events.items():
        yield number, list(events)


async def test_every_duty_is_one_line_and_says_nothing_of_a_person(town_lives: Lives) -> None:
    out = StringIO()
    written = await write_duties(brought(town_lives), out)
    lines = list(csv.DictReader(StringIO(out.getvalue())))
    opened = sum(e.fact.code == "duty_opened" for events in town_lives.events.values() for e in events)
    assert len(lines) == written == opened
    assert tuple(lines[0]) == COLUMNS
    people = {
        actor.account
        for events in town_lives.events.values()
        for e in events
        if (actor := getattr(e.fact, "actor", None)) is not None and actor.role != "case"
    }
    assert not any(f",{who}," in out.getvalue() for who in people)


async def test_the_lines_agree_with_the_register(written: Any) -> None:
    connection = await asyncpg.connect(written.url(Role.READER))
    try:
        out = StringIO()
        await write_duties(records(connection, await numbers(connection, Wanted(drill=True))), out)
        register = await connection.fetch("SELECT * FROM duty_register ORDER BY case_no, number")
    finally:
        await connection.close()
    lines = sorted(csv.DictReader(StringIO(out.getvalue())), key=lambda row: (row["case"], int(row["duty"])))
    assert len(lines) == len(register) > 100
    for line, row in zip(lines, register, strict=True):
        assert (line["case"], int(line["duty"]), line["kind"]) == (row["case_no"], row["number"], row["kind"])
        assert (line["status"], line["rule"]) == (row["status"], row["rule"])
        assert datetime.fromisoformat(line["legal_due"]) == row["legal_due"]
        assert (line["breached_at"] == "") == (row["breached_at"] is None)
        assert int(line["extended_days"]) == row["extended_days"]


async def test_cases_are_chosen_by_matter_kind_and_day(written: Any) -> None:
    connection = await asyncpg.connect(written.url(Role.READER))
    try:
        every = await numbers(connection, Wanted(drill=True))
        orders = await numbers(connection, Wanted(drill=True, kind=CaseKind.ORDER))
        row = await connection.fetchrow(
            "SELECT matter, opened_at FROM case_register ORDER BY case_no LIMIT 1"
        )
        assert row is not None
        above = row["matter"].split(".")[0]
        of_matter = await numbers(connection, Wanted(drill=True, matter=above))
        later = await numbers(connection, Wanted(drill=True, since=row["opened_at"]))
        closed = await numbers(connection, Wanted(drill=True, closed=True))
        real = await numbers(connection, Wanted())
    finally:
        await connection.close()
    assert real == []  # training cases never mix with real ones
    assert 0 < len(orders) < len(every)
    assert 0 < len(of_matter) <= len(every)
    assert 0 < len(later) <= len(every)
    assert set(closed) <= set(every)


def test_a_text_is_no_formula() -> None:
    assert _harmless("=SUM(A1)") == "'=SUM(A1)"
    assert _harmless("order.handle") == "order.handle"
    assert _harmless(-1) == -1
