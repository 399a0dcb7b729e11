"""Rulebook and calendar editions, for the system administrator: read one, compare two, say from when one is pinned."""

from datetime import date, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from activities import edition_schedule
from activities.edition_schedule import Of
from api.answers import Coded
from api.problems import FieldError, Problem, invalid
from api.reading.editions import Laid, calendar_laid, compared, rulebook_laid
from api.voice import Voice
from api.web.administration.forms import Field, Said, Sheet, day_of, one, only, read, returned, sheet, typed
from api.web.cases.listing import chosen
from api.web.frame.arrivals import Posted, Visiting
from api.web.frame.rendering import render, see_other
from api.web.frame.visits import Visitor
from api.writing import administering
from domain.calendar import CST, Calendar
from domain.rulebook import Rulebook
from domain.shelf import UnknownEdition
from domain.vocabulary import Role

router = APIRouter(include_in_schema=False, prefix="/admin/editions")

Name = Annotated[str, Query(max_length=100)]


@router.get("")
async def editions(visitor: Visiting) -> Response:
    """Every edition at hand, which of them new cases pin, and what is scheduled."""
    only(visitor, Role.SYSTEM_ADMIN)
    return await _page(visitor, {})


@router.post("/schedule")
async def schedule(visitor: Visiting, form: Posted) -> Response:
    """From a day on new cases pin another edition; those open keep theirs."""
    only(visitor, Role.SYSTEM_ADMIN)
    fields = _fields(visitor.voice)
    try:
        said = read(fields, form)
        of, edition = _edition(visitor.voice, one(said, "edition"), "edition")
        day, by = day_of(said, "from_day"), visitor.caller.account
        assert day is not None
        await administering.change(
            visitor.door, "from_day",
            lambda c: edition_schedule.schedule(c, by, of, day, edition.digest, edition.edition),
        )  # fmt: skip
    except Problem as problem:
        return await _page(visitor, typed(fields, form), problem)
    return see_other("/admin/editions?said=edition_scheduled")


@router.post("/schedule/{of}/{from_day}/cancel")
async def cancel(visitor: Visiting, of: Of, from_day: date, form: Posted) -> Response:
    """Take an entry out again, as long as it has not begun."""
    only(visitor, Role.SYSTEM_ADMIN)
    by = visitor.caller.account
    await administering.change(
        visitor.door, "from_day", lambda c: edition_schedule.cancel(c, by, of, from_day)
    )
    return see_other("/admin/editions?said=edition_cancelled")


@router.get("/compare")
async def compare(visitor: Visiting, edition: Name, other: Name = "", show: Name = "") -> Response:
    """One edition laid open, or two of a kind field by field; of two what differs, unless all is asked for."""
    only(visitor, Role.SYSTEM_ADMIN)
    voice = visitor.voice
    of, left = _edition(voice, edition, "edition")
    right = _edition(voice, other, "other") if other else (of, left)
    if right[0] is not of:
        raise invalid(FieldError(("other",), "unknown_edition"))
    rows = compared(_laid(left, voice), _laid(right[1], voice))
    is_one = right[1].digest == left.digest
    shown = rows if is_one or show == "all" else tuple(row for row in rows if row.differs)
    return render(
        visitor, "admin_compare.html", one=left, other=right[1], rows=shown, is_one=is_one, all=show == "all",
        different=sum(row.differs for row in rows), others=_choices(voice, of), of=of,
    )  # fmt: skip


def _fields(voice: Voice) -> tuple[Field, ...]:
    choices = (*_choices(voice, Of.RULEBOOK), *_choices(voice, Of.CALENDAR))
    return (
        Field("edition", "select", required=True, choices=choices), Field("from_day", "date", required=True)
    )  # fmt: skip


def _choices(voice: Voice, of: Of) -> tuple[Coded, ...]:
    shelf = voice.shelf
    kind = voice.say("edition", of)
    if of is Of.CALENDAR:
        return tuple(Coded(code=f"{of}:{c.digest}", text=f"{kind} · {c.edition}") for c in shelf.calendars)
    return tuple(
        Coded(code=f"{of}:{r.digest}", text=f"{kind} · {voice.pick(r.title_zh, r.title_en)} · {r.edition}")
        for r in shelf.rulebooks
        if r.levels
    )


def _edition(voice: Voice, code: str, field: str) -> tuple[Of, Rulebook | Calendar]:
    """The edition that a form or an address names. Raises Problem (422)."""
    kind, _, name = code.partition(":")
    of = chosen(kind, Of)
    try:
        if of is None:
            raise UnknownEdition(code)
        return of, voice.shelf.rulebook(name) if of is Of.RULEBOOK else voice.shelf.calendar(name)
    except UnknownEdition as unknown:
        raise invalid(FieldError((field,), "unknown_edition")) from unknown


def _laid(edition: Rulebook | Calendar, voice: Voice) -> Laid:
    match edition:
        case Rulebook():
            return rulebook_laid(edition, voice)
        case Calendar():
            return calendar_laid(edition, voice)


async def _page(visitor: Visitor, said: Said, problem: Problem | None = None) -> Response:
    status = returned(problem) if problem else 200
    town, shelf, settings = visitor.voice.town, visitor.door.shelf, visitor.door.settings
    today = datetime.now(CST).date()
    usual = said or {"from_day": (today + timedelta(days=1)).isoformat()}
    form: Sheet = sheet(visitor, _fields(visitor.voice), usual, problem)
    present = {
        shelf.rulebook(town.pinned(Of.RULEBOOK, today) or settings.rulebook).digest,
        shelf.calendar(town.pinned(Of.CALENDAR, today) or settings.calendar).digest,
    }
    return render(
        visitor, "admin_editions.html", status=status, shelf=shelf, present=present, pins=town.pins, today=today,
        main=form, rulebook=Of.RULEBOOK, calendar=Of.CALENDAR, address="/admin/editions",
    )  # fmt: skip
