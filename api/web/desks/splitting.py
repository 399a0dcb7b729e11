"""Splitting a petition into orders on one screen 订单分包: one lead, co-handlers, and when each order falls due."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from activities import content
from api.answers import Coded
from api.reading.casefile import CaseFile, visible_file
from api.reading.showing import now_of, possible_acts
from api.reading.suggesting import Suggestions, suggest
from api.voice import Voice
from api.web.cases.actforms import Returned, explained, fields_of
from api.web.cases.doing import HandedBack, do, done_address
from api.web.desks.dispatch import HOME, want_desk
from api.web.frame.arrivals import Posted, Visiting
from api.web.frame.fields import Drawn, Typed, draw
from api.web.frame.rendering import render, see_other
from api.web.frame.visits import Visitor
from domain.acts.petition import Split
from domain.rulebook import Rulebook
from domain.vocabulary import Service, Share
from workflows.dates import Dates

router = APIRouter(include_in_schema=False)

SPLIT = Split.code


@dataclass(frozen=True, slots=True)
class ServiceDue:
    """When an order of a service falls due if its unit takes it today; `capped` by the whole's own date."""

    service: Coded
    due: datetime
    capped: bool


@dataclass(frozen=True, slots=True)
class Timetable:
    """When the whole falls due if it is accepted today, the days for joining the answers, each order's date."""

    whole: datetime
    buffer: int
    latest: datetime
    rule: str
    services: tuple[ServiceDue, ...]

    def of(self, service: str) -> ServiceDue | None:
        """The date of an order of a service."""
        return next((each for each in self.services if each.service.code == service), None)


@router.get(HOME + "/{number}/split")
async def split_screen(visitor: Visiting, number: str) -> Response:
    """The plan of a split, with the suggested units in its first lines."""
    want_desk(visitor)
    file = await visible_file(visitor.door.database, number, visitor.caller)
    if SPLIT not in {each.act for each in possible_acts(file, visitor.caller.actor, visitor.voice)}:
        return see_other(f"/cases/{number}")
    return await _shown(visitor, file, None)


@router.post(HOME + "/{number}/split")
async def split(visitor: Visiting, number: str, form: Posted) -> Response:
    """Place every order of the plan, or come back with one more line, or with what was wrong."""
    want_desk(visitor)
    try:
        receipt = await do(visitor, number, SPLIT, form)
    except HandedBack as back:
        file = await visible_file(visitor.door.database, number, visitor.caller)
        return await _shown(visitor, file, explained(back.returned), back.status)
    return see_other(done_address(HOME, receipt))


def timetable(file: CaseFile, voice: Voice) -> Timetable:
    """The dates a split made now would give, counted by the law as the procedure counts them."""
    rules, now = voice.shelf.rulebook(file.case.rulebook), now_of(file.case)
    dates = Dates(rules, voice.shelf.calendar(file.case.calendar))
    simple = file.case.sorting is not None and file.case.sorting.simple
    rule = "petition.simple.handle" if simple else "petition.handle"
    whole = dates.reckon(rule, dates.counted_from(rule, now)).legal
    buffer = 0 if simple else int(rules.figures["petition.integration_buffer_days"].n)
    latest = whole - timedelta(days=buffer)
    latest = latest if latest > now else whole
    services = tuple(_service_due(each, rules, dates, now, latest, voice) for each in Service)
    return Timetable(whole, buffer, latest, rules.limits[rule].source, services)


def _service_due(
    service: Service, rules: Rulebook, dates: Dates, now: datetime, latest: datetime, voice: Voice
) -> ServiceDue:
    rule = f"order.handle.{service.value}"
    own = dates.reckon(rule, dates.counted_from(rule, now)).legal
    return ServiceDue(voice.of(service), min(own, latest), capped=own > latest)


async def _shown(visitor: Visitor, file: CaseFile, back: Returned | None, status: int = 200) -> HTMLResponse:
    opening, voice = file.case.opening, visitor.voice
    async with visitor.door.database.connection() as connection:
        ideas = (await suggest(connection, visitor.caller, voice, (file,)))[file.number]
        kept = await content.get(connection, (opening.title, opening.text))
    title, text = (kept[each].body if each in kept else None for each in (opening.title, opening.text))
    plan = draw(fields_of(SPLIT, voice), Split, back.typed if back else _proposed(ideas))[0]
    return render(
        visitor, "dispatch_split.html", status=status, address=f"{HOME}/{file.number}/split", case_no=file.number,
        title=title, text=text, matter=voice.matter(opening.matter), community=voice.unit(opening.offices.community),
        plan=plan, lines=[line_of(row) for row in plan.rows], dates=timetable(file, voice), ideas=ideas,
        problem=back.problem if back else None, key=back.key if back else None,
        accused=voice.maybe_unit(file.case.accused), simple=file.case.sorting and file.case.sorting.simple,
    )  # fmt: skip


def line_of(row: Sequence[Drawn]) -> Mapping[str, Drawn]:
    """The controls of one line by what they are for."""
    return {each.name.rpartition(".")[2]: each for each in row}


def _proposed(ideas: Suggestions) -> Typed:
    """The likeliest unit as lead, the others as co-handlers; what is not wanted is left empty or changed."""
    named = [each.unit.name for each in ideas.units] or [""]
    shares = [Share.LEAD, *(Share.CO_HANDLER for _ in named)]
    rows: list[dict[str, Any]] = [
        {"unit": unit, "share": share.value, "claim": "", "mandatory": "yes", "service": Service.ORDER.value}
        for unit, share in zip((*named, ""), shares, strict=True)
    ]
    return Typed({"orders": rows})
