"""Who may open the auditor's pages, and the moments and days that they type into them."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from http import HTTPStatus
from typing import Annotated, TypeAlias

from fastapi import Depends, Query

from api.auditing.views import moment_of
from api.problems import FieldError, Problem
from api.web.frame.arrivals import Visiting
from api.web.frame.visits import Visitor
from audit.study.travel import NoSuchMoment, reached
from domain.calendar import CST
from domain.events import Event
from domain.vocabulary import Role

Typed: TypeAlias = Annotated[str, Query(max_length=200)]
"""A field of a form that lives in the address; empty is not said."""

_YEARS = range(1949, 2201)


async def _auditor(visitor: Visiting) -> Visitor:
    """The visitor, if an auditor. Raises Problem (403)."""
    if visitor.caller.account.role is not Role.AUDITOR:
        raise Problem(HTTPStatus.FORBIDDEN, "auditors_only")
    return visitor


Auditor: TypeAlias = Annotated[Visitor, Depends(_auditor)]
"""An auditor who has signed in; nobody else gets in."""


class NotAMoment(ValueError):
    """What was typed means no moment; the text is for the person who typed it."""


def seq_of(events: Sequence[Event], text: str, visitor: Visitor) -> int:
    """The event after which the case stood so: a number, an instant or a day. Raises NotAMoment."""
    try:
        return reached(events, moment_of(text, "seq"))
    except Problem as wrong:
        raise NotAMoment(wrong.errors[0].shown(visitor.language)["message"]) from wrong
    except NoSuchMoment as none:
        values = {"first": 1, "last": none.last.seq}
        sentence = FieldError(("seq",), "no_such_moment", values).shown(visitor.language)["message"]
        raise NotAMoment(sentence) from none


def day_of(text: str) -> datetime | None:
    """The instant at which a typed day begins; None for nothing. Raises ValueError."""
    if not text:
        return None
    day = date.fromisoformat(text)
    if day.year not in _YEARS:
        raise ValueError(f"no year of this register: {day.year}")
    return datetime.combine(day, time(), CST)


def end_of(text: str) -> datetime | None:
    """The instant at which a typed day is over. Raises ValueError."""
    begin = day_of(text)
    return None if begin is None else begin + timedelta(days=1)
