"""The register of one case as Postgres keeps it, batch by batch: what migration 0005 does with rows, in memory."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from activities.register import Table
from activities.rows import PARAMETERS, rows_of
from domain.events import Event
from domain.vocabulary import CaseNo

Row = dict[str, Any]
_KEYS: Mapping[Table, tuple[str, ...]] = {
    Table.CASE: ("case_no",), Table.DUTY: ("number",), Table.LINK: ("number",), Table.RATING: ("seq",),
    Table.REFERENCE: ("commitment", "seq"),
}  # fmt: skip


def _added(before: Any, more: Any) -> Any:
    return before + more


def _first(before: Any, more: Any) -> Any:
    return more if before is None else before


def _joined(before: Sequence[str], more: Sequence[str]) -> list[str]:
    return sorted({*before, *more})


def _last(before: Any, more: Any) -> Any:
    return before if more is None else more


_HOW: Mapping[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(
        ("breaches", "escalations", "extensions", "returns", "send_backs", "extended_days"), _added
    ),
    "responded_at": _first,
    "units": _joined,
}
"""Column → how a change of it meets what stands there; any other is replaced unless the change is empty."""


class Shown:
    """The rows of one case."""

    def __init__(self, number: CaseNo) -> None:
        self._number = number
        self._rows: dict[tuple[Table, tuple[Any, ...]], Row] = {}

    def take(self, events: Sequence[Event]) -> None:
        """One batch of events, in one transaction."""
        for (table, new, columns), rows in zip(PARAMETERS, rows_of(self._number, events), strict=True):
            for row in rows:
                self._write(table, new, dict(zip(columns, row, strict=True)))

    def differences(self, other: "Shown") -> Iterator[tuple[Table, str]]:
        """Rows that the other does not have or has differently, with the columns that differ."""
        for key in self._rows.keys() | other._rows.keys():
            mine, theirs = self._rows.get(key, {}), other._rows.get(key, {})
            if mine != theirs:
                wrong = sorted(n for n in mine.keys() | theirs.keys() if mine.get(n) != theirs.get(n))
                yield key[0], f"{key[1]} {wrong}"

    def _write(self, table: Table, new: bool, row: Row) -> None:
        key = table, tuple(row[name] for name in _KEYS[table])
        if new:
            self._rows.setdefault(key, row)
            return
        held = self._rows.get(key)
        if held is not None:
            for name, value in row.items():
                held[name] = _HOW.get(name, _last)(held[name], value)
