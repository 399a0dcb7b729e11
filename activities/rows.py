"""Changes of the register folded into rows, in the shape the functions of migration 0005 take them."""

from collections.abc import Iterable, Mapping
from typing import Any

from activities.register import Change, Key, Table, changes
from domain.events import Event

Row = tuple[Any, ...]

CASE = (
    "case_no", "kind", "stage", "level", "matter", "community", "town", "city", "service", "unit", "lead",
    "parent_no", "link", "opened_at", "closed_at", "outcome", "rulebook", "calendar", "colour", "whistle",
    "category", "drill", "title", "body", "opener", "parties", "units", "accused", "confidential",
    "responded_at", "resolved", "breaches", "escalations", "extensions", "returns", "send_backs", "last_seq",
    "last_at",
)  # fmt: skip
CASE_CHANGE = (
    "case_no", "stage", "level", "matter", "service", "unit", "lead", "closed_at", "outcome", "calendar",
    "colour", "category", "accused", "confidential", "responded_at", "resolved", "units", "breaches",
    "escalations", "extensions", "returns", "send_backs", "last_seq", "last_at",
)  # fmt: skip
DUTY = (
    "case_no", "number", "kind", "nature", "owner_unit", "owner_roles", "owner_party", "rule", "about",
    "counted_from", "internal_due", "legal_due", "provisional", "paused", "extended_days", "status",
    "breached_at", "settled_at", "why", "mark", "opened_seq", "opened_at", "drill", "case_kind", "matter",
    "community",
)  # fmt: skip
"""The last four are those of the case and are filled in there."""
DUTY_CHANGE = (
    "case_no", "number", "internal_due", "legal_due", "provisional", "paused", "extended_days", "status",
    "breached_at", "settled_at", "why", "mark", "owner_unit",
)  # fmt: skip
LINK = (
    "case_no", "number", "kind", "link", "unit", "share", "mandatory", "waived", "outcome", "seq", "at",
)  # fmt: skip
LINK_CHANGE = ("case_no", "number", "waived", "outcome")
RATING = (
    "case_no", "seq", "rater", "account", "about", "at", "speed", "attitude", "resolution", "response",
    "quality", "need", "preparation", "satisfied",
)  # fmt: skip
REFERENCE = ("commitment", "case_no", "seq")

PARAMETERS: tuple[tuple[Table, bool, tuple[str, ...]], ...] = (
    (Table.CASE, True, CASE),
    (Table.CASE, False, CASE_CHANGE),
    (Table.DUTY, True, DUTY),
    (Table.DUTY, False, DUTY_CHANGE),
    (Table.LINK, True, LINK),
    (Table.LINK, False, LINK_CHANGE),
    (Table.RATING, True, RATING),
    (Table.REFERENCE, True, REFERENCE),
)
"""The parameters of `herun_register` in order: table, whether the rows are new, the columns."""

_COUNTERS: Mapping[str, Any] = dict.fromkeys(
    ("breaches", "escalations", "extensions", "returns", "send_backs"), 0
)
_EMPTY: Mapping[tuple[Table, bool], Mapping[str, Any]] = {
    (Table.CASE, True): {"level": "", "confidential": False, **_COUNTERS},
    (Table.CASE, False): _COUNTERS,
    (Table.DUTY, True): {"paused": False, "extended_days": 0},
    (Table.DUTY, False): {"extended_days": 0},
    (Table.LINK, True): {"waived": False},
    (Table.LINK, False): {},
    (Table.RATING, True): {},
    (Table.REFERENCE, True): {},
}
"""What a column holds that no event has set, where that is not null."""
_KEYS = {Table.DUTY: "number", Table.LINK: "number"}

_PLACES = {(table, new): place for place, (table, new, _) in enumerate(PARAMETERS)}


def rows_of(case_no: str, events: Iterable[Event]) -> tuple[list[Row], ...]:
    """What a case's events change, as one row for each row touched, by the parameters of `herun_register`."""
    folds: dict[tuple[Table, Key], _Fold] = {}
    for event in events:
        for change in changes(event):
            row = change.table, change.key
            if row not in folds:
                folds[row] = _Fold(change)
            elif not change.new:
                folds[row].take(change)
    rows: tuple[list[Row], ...] = tuple([] for _ in PARAMETERS)
    for fold in folds.values():
        place = _PLACES[fold.table, fold.new]
        rows[place].append(fold.row(case_no, PARAMETERS[place][2]))
    return rows


class _Fold:
    """Changes of one row, in order."""

    __slots__ = ("_add", "_first", "_put", "_units", "key", "new", "table")

    def __init__(self, change: Change) -> None:
        self.table, self.key, self.new = change.table, change.key, change.new
        self._put, self._first, self._units = dict(change.put), dict(change.first), set(change.units)
        self._add = {**_EMPTY[self.table, self.new], **change.add}

    def take(self, change: Change) -> None:
        if change.put:
            self._put.update(change.put)
        if change.units:
            self._units.update(change.units)
        if change.first:
            self._first = {**change.first, **self._first}
        for name, count in change.add.items():
            self._add[name] += count

    def row(self, case_no: str, columns: tuple[str, ...]) -> Row:
        values = {**self._add, **self._first, **self._put, "case_no": case_no}
        if self.table is Table.CASE:
            values["units"] = sorted(self._units)
        elif self.table in _KEYS:
            values[_KEYS[self.table]] = self.key
        return tuple(map(values.get, columns))
