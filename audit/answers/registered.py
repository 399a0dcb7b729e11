"""Whether the register shows what the ledger says: each row of a case against the projection of its events."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from activities.chain import Stored
from activities.content import Connection
from activities.register import Table
from activities.rows import PARAMETERS, rows_of
from audit.casefiles.gathering import by_case
from audit.casefiles.record import Record
from audit.codes import IntactCode, against
from audit.findings import Finding

_KEY = {
    Table.CASE: "case_no", Table.DUTY: "number", Table.LINK: "number", Table.RATING: "seq",
    Table.REFERENCE: "commitment",
}  # fmt: skip
_OF_CASE = {"drill": "drill", "case_kind": "kind", "matter": "matter", "community": "community"}
"""Columns of a duty that repeat those of its case."""

Rows = Mapping[Any, Mapping[str, Any]]
Register = Mapping[Table, Sequence[Stored]]
"""What the register holds of one case: table → rows."""


async def registered(
    connection: Connection, numbers: Sequence[str]
) -> dict[str, dict[Table, Sequence[Stored]]]:
    """What the register holds of cases: table → rows."""
    found: dict[str, dict[Table, Sequence[Stored]]] = {number: {} for number in numbers}
    for table in Table:
        rows = await connection.fetch(
            f"SELECT * FROM {table} WHERE case_no = ANY($1::text[]) ORDER BY case_no",  # noqa: S608 - our names
            list(numbers),
        )
        for number, of_case in by_case(rows).items():
            found[number][table] = of_case
    return found


def same_register(case_no: str, record: Record, held: Mapping[Table, Sequence[Stored]]) -> Iterator[Finding]:
    """The first row of each table that differs from what the events make it."""
    if not record.is_whole:
        return
    expected = projected(case_no, record)
    for table in Table:
        yield from _table(case_no, table, expected[table], _held(table, held.get(table, ())))


def projected(case_no: str, record: Record) -> dict[Table, dict[Any, dict[str, Any]]]:
    """What the register must hold of a case: table → key → row."""
    found: dict[Table, dict[Any, dict[str, Any]]] = {table: {} for table in Table}
    for (table, new, columns), rows in zip(PARAMETERS, rows_of(case_no, record.events), strict=True):
        for row in rows if new else ():
            values = dict(zip(columns, row, strict=True))
            found[table][_key(table, values)] = values
    case = found[Table.CASE].get(case_no, {})
    for duty in found[Table.DUTY].values():
        duty.update({mine: case.get(its) for mine, its in _OF_CASE.items()})
    return found


def _held(table: Table, rows: Sequence[Any]) -> Rows:
    return {_key(table, row): dict(row) for row in rows}


def _key(table: Table, row: Any) -> Any:
    return (row["seq"], row["commitment"]) if table is Table.REFERENCE else row[_KEY[table]]


def _table(case_no: str, table: Table, expected: Rows, found: Rows) -> Iterator[Finding]:
    for key in sorted(expected.keys() | found.keys(), key=str):
        right, there = expected.get(key), found.get(key)
        if right == there:
            continue
        columns = sorted(right.keys() | there.keys()) if right and there else ()
        wrong = [name for name in columns if right and there and right.get(name) != there.get(name)]
        about = f"{table} {key} {' '.join(wrong)}".rstrip()
        code = IntactCode.REGISTER_DIFFERS
        yield against(case_no, code, None, _said(right, wrong), _said(there, wrong), about)
        return


def _said(row: Mapping[str, Any] | None, names: Sequence[str]) -> Any:
    if row is None:
        return None
    return {name: _plain(row.get(name)) for name in names} if names else "row"


def _plain(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | list | None) else str(value)
