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
    "breached_at", "settled_at", "why", "mark",
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

_COUNTERS = {"breaches": 0, "escalations": 0, "extensions": 0, "returns": 0, "send_backs": 0}
_EMPTY: Mapping[tuple[Table, bool], Mapping[str, Any]] = {
    (Table.CASE, True): {"level": "", "confidential": False, **_COUNTERS},
    (Table.CASE, False): _COUNTERS,
    (Table.DUTY, True): {"paused": False, "extended_days": 0},
    (Table.DUTY, False): {"extended_days": 0},
    (Table.LINK, True): {"waived": False},
}
"""What a column holds that no event has set, where that is not null."""
_KEYS = {Table.DUTY: "number", Table.LINK: "number"}

_PLACES = {(table, new): place for place, (table, new, _) in enumerate(PARAMETERS)}


def rows_of(case_no: str, events: Iterable[Event]) -> tuple[list[Row], ...]:
    """What a case's events change, as one row for each row touched, by the parameters of `herun_register`."""
    folded: dict[tuple[Table, Key], Change] = {}
    for event in events:
        for change in changes(event):
            before = folded.get((change.table, change.key))
            folded[change.table, change.key] = before.then(change) if before else change
    rows: tuple[list[Row], ...] = tuple([] for _ in PARAMETERS)
    for change in folded.values():
        place = _PLACES[change.table, change.new]
        rows[place].append(_row(case_no, change, PARAMETERS[place][2]))
    return rows


def _row(case_no: str, change: Change, columns: tuple[str, ...]) -> Row:
    values = {**_EMPTY.get((change.table, change.new), {}), **change.first, **change.put, **change.add}
    values["case_no"] = case_no
    if change.table is Table.CASE:
        values["units"] = sorted(change.units)
    elif change.table in _KEYS:
        values[_KEYS[change.table]] = change.key
    return tuple(map(values.get, columns))
