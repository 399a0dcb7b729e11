"""The same hand in the tables: one column of one row, whichever the table."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random
from typing import Any

from tamper import Named, about, at_event, other_hex, other_leaf

from activities.register import Table
from audit.answers.registered import Register, projected, same_register
from audit.answers.verify import Case, case_of
from audit.casefiles.editions import Library
from audit.casefiles.gathering import Held, evidence_of
from audit.casefiles.record import read_record


@dataclass(frozen=True)
class Rows:
    """One case as the tables have it, its register with it."""

    held: Held
    register: Register


@dataclass(frozen=True)
class TamperedRows:
    """Rows after one change: what was done, and how a finding has to name it."""

    what: str
    rows: Rows
    named: Named
    place: str


def rows_of_case(held: Held, library: Library) -> Rows:
    """The rows that the ledger's one transaction would have written."""
    record = read_record(evidence_of(held, library).links)
    made = projected(held.case_no, record)
    return Rows(held, {table: [dict(row) for row in made[table].values()] for table in Table})


def case_in(rows: Rows, library: Library) -> Case:
    """What `herun audit verify --all` looks at."""
    case = case_of(evidence_of(rows.held, library))
    found = list(same_register(rows.held.case_no, case.record, rows.register))
    return replace(case, found=found, with_standing=False)


COLUMNS = (
    "seq", "at", "kind", "act", "account", "role", "unit", "on_behalf_of", "act_id", "cause", "rule", "data",
    "prev", "hash",
)  # fmt: skip


def column_of_an_event(chance: Random, rows: Rows, column: str) -> TamperedRows | None:
    place = chance.randrange(len(rows.held.events))
    row = dict(rows.held.events[place])  # type: ignore[call-overload]
    before = row[column]
    row[column] = _other(chance, column, before)
    if row[column] == before:
        return None
    events = [*rows.held.events[:place], row, *rows.held.events[place + 1 :]]
    forged = replace(rows, held=replace(rows.held, events=events))
    return TamperedRows(f"event.{column}", forged, at_event(place + 1), f"{rows.held.case_no} {place + 1}")


def _other(chance: Random, column: str, value: Any) -> Any:
    match column:
        case "seq":
            return value + 1
        case "at":
            return value + timedelta(milliseconds=chance.choice((-1, 1, 86_400_000)))
        case "cause":
            return (value or 0) + 1
        case "prev" | "hash":
            return bytes.fromhex(other_hex(chance, value.hex())) if value else b"\x01" * 32
        case "data":
            changed = other_leaf(chance, json.loads(value))
            return value if changed is None else json.dumps(changed)
        case _:
            return f"{value or ''}x"


def row_of_the_register(chance: Random, rows: Rows, table: Table) -> TamperedRows | None:
    there: Sequence[Mapping[str, Any]] = rows.register.get(table, ())  # type: ignore[assignment]
    if not there:
        return None
    place = chance.randrange(len(there))
    if chance.random() < 0.2:
        left = [*there[:place], *there[place + 1 :]]
    else:
        row = dict(there[place])
        column = chance.choice([name for name in row if name != "case_no"])
        row[column] = _changed(row[column])
        left = [*there[:place], row, *there[place + 1 :]]
    forged = replace(rows, register={**rows.register, table: left})
    return TamperedRows(f"{table}", forged, about(table.value), f"{rows.held.case_no} {table}")


def _changed(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case list():
            return [*value, "x"]
        case None:
            return "x"
        case str():
            return value + "x"
        case _:
            return value + timedelta(days=1)


Hand = Callable[[Random, Rows], TamperedRows | None]

HANDS: Mapping[str, Hand] = {
    **{f"event.{c}": lambda chance, rows, c=c: column_of_an_event(chance, rows, c) for c in COLUMNS},  # type: ignore[misc]
    **{t.value: lambda chance, rows, t=t: row_of_the_register(chance, rows, t) for t in Table},  # type: ignore[misc]
}
