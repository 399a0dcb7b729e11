"""The form of stored events: what must be readable in one before a rule can be asked about it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from audit.lawfulness.sums import CST

Data = Mapping[str, Any]
Test = Callable[[Any], bool]

_KEYS = {"seq", "at", "kind", "cause", "rule", "data"}
_NOTES = frozenset(
    [
        "remedies_told",
        "police_told",
        "party_told",
        "urgent_reported",
        "lead_named",
        "orders_placed",
        "order_waived",
        "order_reassigned",
        "return_upheld",
        "return_refused",
        "extension_granted",
        "extension_refused",
        "graded_by_default",
        "no_taker",
        "reported_to_government",
        "department_released",
        "agreement_effective",
        "confirmation_lapsed",
        "confirmation_applied",
        "performance_urged",
        "accepted",
        "unrated",
        "credited",
        "final",
        "part_ended",
    ]
)


@lru_cache(maxsize=1 << 14)
def instant(text: str) -> datetime:
    """The instant a ledger text means, in China Standard Time. Raises ValueError."""
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise ValueError(f"{text}: an instant needs its time zone")
    return read.astimezone(CST)


def unreadable(events: Sequence[Data]) -> Iterator[tuple[int, str]]:
    """The place (from 1) and the name of everything in events that cannot be read."""
    for place, event in enumerate(events, start=1):
        found = _fault(event)
        if found is not None:
            yield place, found


def _fault(event: Any) -> str | None:
    if not _is_table(event) or event.keys() != _KEYS:
        return "event"
    for name, test in _EVENT.items():
        if not test(event[name]):
            return name
    needed, allowed = _FACTS[event["kind"]]
    return _fault_in(event["data"], needed, allowed)


def _fault_in(data: Any, needed: Mapping[str, Test], allowed: Mapping[str, Test]) -> str | None:
    for name, test in needed.items():
        if name not in data or not test(data[name]):
            return name
    for name, test in allowed.items():
        if name in data and not test(data[name]):
            return name
    return next((name for name in data if name not in needed and name not in allowed), None)


# -- tests of single values ----------------------------------------------------------------------------


def _text(value: Any) -> bool:
    return type(value) is str


def _is_table(value: Any) -> bool:
    return type(value) is dict or isinstance(value, Mapping)


def _whole(value: Any) -> bool:
    return type(value) is int


def _flag(value: Any) -> bool:
    return type(value) is bool


def _number(value: Any) -> bool:
    return type(value) in (int, float)


def _moment(value: Any) -> bool:
    try:
        return bool(type(value) is str and instant(value))
    except ValueError:
        return False


def _day(value: Any) -> bool:
    try:
        return bool(type(value) is str and date.fromisoformat(value))
    except ValueError:
        return False


def _texts(value: Any) -> bool:
    return type(value) in (list, tuple) and all(type(each) is str for each in value)


def _none_or(test: Test) -> Test:
    return lambda value: value is None or test(value)


def _table(needed: Mapping[str, Test], allowed: Mapping[str, Test] | None = None) -> Test:
    """An object with these names and no others."""
    more = allowed or {}
    return lambda value: _is_table(value) and _fault_in(value, needed, more) is None


def _one_of(*codes: str) -> Test:
    allowed = frozenset(codes)
    return lambda value: type(value) is str and value in allowed


def _with(tests: Mapping[str, Test]) -> Test:
    """An object in which these names, where they stand, are of this form."""
    return lambda value: (
        isinstance(value, Mapping)
        and all(
            type(name) is str and (name not in tests or tests[name](each)) for name, each in value.items()
        )
    )


def _all_of(test: Test) -> Test:
    return lambda value: type(value) in (list, tuple) and all(test(each) for each in value)


# -- the forms -----------------------------------------------------------------------------------------

_ACTOR = _table({"account": _text, "role": _text}, {"unit": _text, "on_behalf_of": _text})
_OWNER = _table({}, {"unit": _text, "roles": _texts, "party": _text})
_MARK = _one_of("reminded", "urged", "bulletin")


def _is_mark(value: Any) -> bool:
    return type(value) in (list, tuple) and len(value) == 2 and _moment(value[0]) and _MARK(value[1])


_NAMES = (
    "community", "town", "city", "centre", "police", "petition_office", "joint_office", "government",
    "discipline", "review_office", "recheck_office",
)  # fmt: skip
_OFFICES = _table(dict.fromkeys(_NAMES, _text), {"seats": _texts})
_PARENT = _table(
    {"number": _text, "link": _text, "checker": _text, "sender": _text},
    {
        "share": _text, "mandatory": _flag, "cap": _moment, "returnable": _flag, "accept_rule": _text,
        "accused": _text,
    },
)  # fmt: skip
_OPENING = _table(
    {"offices": _OFFICES, "matter": _text, "title": _text, "text": _text},
    {
        "applicant": _text, "service": _text, "unit": _text, "parent": _PARENT, "due": _moment,
        "applicants": _texts, "respondents": _texts, "public": _flag, "paper_only": _flag,
        "petitioner": _text, "representatives": _whole, "whistle": _text, "enforcement": _flag,
        "blower": _text, "departments": _texts,
    },
)  # fmt: skip
_LINE = _table(
    {"unit": _text, "share": _text}, {"claim": _text, "text": _text, "mandatory": _flag, "service": _text}
)
_FIELDS = _with(
    {
        "unit": _text, "units": _texts, "department": _text, "departments": _texts, "superior": _none_or(_text),
        "order": _text, "orders": _all_of(_LINE), "tasks": _all_of(_LINE), "lead": _text, "number": _text,
        "outcome": _text, "account": _text, "calendar": _text, "days": _whole, "until": _day,
        "perform_by": _day, "consenting": _texts, "applicants": _texts, "to": _text, "accepted": _flag,
        "accused": _none_or(_text), "category": _text, "path": _none_or(_text), "simple": _flag,
        "urgent": _flag, "same_as": _text, "into": _text, "colour": _text, "form": _text, "decision": _text,
        "performance": _text, "third_persons": _whole, "third_persons_consented": _flag, "service": _text,
        "released": _flag, "respondent": _text, "mediator": _text, "kind": _text, "channel": _text,
        "scan": _none_or(_text), "planned_end": _moment, "files": _texts, "abolished": _text, "successor": _text,
    }
)  # fmt: skip
_DUTY = _table(
    {
        "number": _whole, "kind": _text, "owner": _OWNER, "rule": _text, "counted_from": _moment,
        "internal_due": _moment, "legal_due": _moment,
    },
    {
        "nature": _one_of("obligation", "window"), "provisional": _flag, "about": _text, "cap": _moment,
        "marks": _all_of(_is_mark),
    },
)  # fmt: skip
_KIND = _one_of("order", "mediation", "petition", "whistle")
_LINK = _one_of("split-into", "escalated-to", "duplicate-of", "mediated-in")

_FACTS: Mapping[str, tuple[Mapping[str, Test], Mapping[str, Test]]] = {
    "case_opened": (
        {
            "kind": _KIND, "opening": _OPENING, "rulebook": _text, "calendar": _text, "actor": _ACTOR,
            "act_id": _text,
        },
        {"drill": _flag},
    ),
    "acted": (
        {"act": _text, "fields": _FIELDS, "actor": _ACTOR, "act_id": _text, "duty": _none_or(_whole)},
        {},
    ),
    "duty_opened": ({"duty": _DUTY}, {}),
    "duty_fulfilled": ({"duty": _whole}, {}),
    "duty_breached": ({"duty": _whole}, {}),
    "window_closed": ({"duty": _whole}, {}),
    "duty_relieved": ({"duty": _whole, "why": _text}, {}),
    "duty_moved": (
        {"duty": _whole, "internal_due": _moment, "legal_due": _moment, "provisional": _flag, "why": _text},
        {"extended_days": _whole},
    ),
    "duty_handed_over": ({"duty": _whole, "to": _text}, {}),
    "duty_paused": ({"duty": _whole, "why": _text}, {}),
    "duty_marked": ({"duty": _whole, "mark": _MARK}, {}),
    "stage_entered": ({"stage": _text}, {"level": _text, "unit": _text}),
    "escalated": ({"to": _text, "why": _text}, {}),
    "case_linked": (
        {"number": _text, "kind": _KIND, "link": _LINK},
        {"unit": _text, "share": _one_of("lead", "co_handler"), "mandatory": _flag},
    ),
    "noted": ({"note": _one_of(*_NOTES)}, {"unit": _text, "about": _text, "number": _number}),
    "case_closed": ({"outcome": _text}, {}),
}  # fmt: skip
_EVENT: Mapping[str, Test] = {
    "seq": _whole, "at": _moment, "kind": lambda value: type(value) is str and value in _FACTS,
    "cause": _none_or(_whole), "rule": _text, "data": _is_table,
}  # fmt: skip
