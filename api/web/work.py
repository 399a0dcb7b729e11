"""My work: open duties, most urgent first, with filters in the address and what one click does."""

from dataclasses import dataclass
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from activities.chain import stored_event
from api.answers import Coded, WorkItem
from api.database import Connection
from api.identity.mandate import offers
from api.reading.casefile import file_of
from api.reading.listing import Paging, WorkFilter, worklist
from api.routes.cases import legible, unit_named
from api.voice import Voice
from api.web.cases.actforms import ASKS_NOTHING, GRAVE, fields_of
from api.web.cases.listing import chosen
from api.web.cases.receipts import receipt_told
from api.web.frame.arrivals import Visiting
from api.web.frame.fields import Drawn, draw
from api.web.frame.rendering import render
from api.web.frame.visits import Visitor
from domain.acts import ACTS
from domain.codec import load_event
from domain.duties import SPECS, DutyKind
from domain.rights import PRESSERS
from domain.vocabulary import CaseKind, CaseNo, Colour

router = APIRouter(include_in_schema=False)

PAGE = 30
"""Duties of one page."""

DISPATCH, URGE = "order.dispatch", "urge"

_EVENTS = """
    SELECT case_no, seq, at, kind, cause, rule, data FROM event WHERE case_no = ANY($1::text[])
    ORDER BY case_no, seq"""


@dataclass(frozen=True, slots=True)
class Bulk:
    """An act that can be done to many cases at once, with its form."""

    act: str
    text: str
    fields: tuple[Drawn, ...]
    kinds: frozenset[str]
    """Kinds of duty it answers; none means any."""


@dataclass(frozen=True, slots=True)
class Quick:
    """An act that needs no field."""

    act: str
    text: str
    grave: bool


@router.get("/work")
async def my_work(
    visitor: Visiting,
    scope: str = "",
    kind: str = "",
    duty: str = "",
    colour: str = "",
    community: Annotated[str, Query(max_length=200)] = "",
    matter: Annotated[str, Query(max_length=60)] = "",
    after: Annotated[str | None, Query(max_length=300)] = None,
    done: Annotated[str | None, Query(max_length=80)] = None,
) -> HTMLResponse:
    """The duties of one's office; for offices that press also those of everybody they may see."""
    voice, role = visitor.voice, visitor.caller.account.role
    watched = role in PRESSERS and scope == "watched"
    wanted = WorkFilter(
        kind=chosen(kind, CaseKind), duty=chosen(duty, DutyKind), colour=chosen(colour, Colour),
        community=unit_named(voice, community or None, "community"),
        matter=legible(matter, "matter") or None, watched=watched,
    )  # fmt: skip
    async with visitor.door.database.connection() as connection:
        found = await worklist(
            connection, visitor.caller, voice, visitor.door.settings.drill, Paging(PAGE, after), wanted
        )
        quick = await quick_acts(connection, visitor, found.items)
        flash = await receipt_told(connection, visitor, done)
    return render(
        visitor, "work.html", found=found, quick=quick, bulk=_bulk(found.items, watched, voice),
        wanted=wanted, may_watch=role in PRESSERS, watched=watched, community=community, matter=matter,
        kinds=tuple(map(voice.of, CaseKind)), duties=_duties(wanted, voice),
        flash=flash, is_first=after is None, filtered=wanted != WorkFilter(watched=watched),
    )  # fmt: skip


async def quick_acts(
    connection: Connection, visitor: Visitor, items: tuple[WorkItem, ...]
) -> dict[tuple[str, int], tuple[Quick, ...]]:
    """For each duty what one click does to it now: the law is asked of every case, read in one statement."""
    wanted = {(each.case, each.duty.number): each for each in items if _has_quick(each)}
    numbers = sorted({number for number, _ in wanted})
    rows = await connection.fetch(_EVENTS, numbers) if numbers else []
    stories: dict[str, list[asyncpg.Record]] = {}
    for row in rows:
        stories.setdefault(row["case_no"], []).append(row)
    found: dict[tuple[str, int], tuple[Quick, ...]] = {}
    for number, story in stories.items():
        file = file_of(CaseNo(number), (load_event(stored_event(row)) for row in story))
        rules = visitor.voice.shelf.rulebook(file.case.rulebook)
        for offer in offers(file.case, visitor.caller.actor, rules):
            place = number, offer.duty or 0
            if place in wanted and offer.act in ASKS_NOTHING:
                act = Quick(offer.act, visitor.voice.say("act", offer.act), offer.act in GRAVE)
                found[place] = (*found.get(place, ()), act)
    return found


def _has_quick(item: WorkItem) -> bool:
    spec = SPECS[DutyKind(item.duty.kind.code)]
    return any(act.code in ASKS_NOTHING for act in (*spec.fulfilled_by, *spec.also_admits))


def _bulk(items: tuple[WorkItem, ...], watched: bool, voice: Voice) -> Bulk | None:
    """What may be done to many at once: dispatching one's own orders, pressing those one watches over."""
    if watched:
        return _bulk_of(URGE, frozenset(), voice) if items else None
    if any(item.duty.kind.code == DutyKind.ORDER_DISPATCH for item in items):
        return _bulk_of(DISPATCH, frozenset({DutyKind.ORDER_DISPATCH.value}), voice)
    return None


def _bulk_of(act: str, kinds: frozenset[str], voice: Voice) -> Bulk:
    return Bulk(act, voice.say("act", act), draw(fields_of(act, voice), ACTS[act]), kinds)


def _duties(wanted: WorkFilter, voice: Voice) -> tuple[Coded, ...]:
    """Kinds of duty to filter by: of the procedure chosen, or of all."""
    kinds = (each for each in DutyKind if wanted.kind is None or each.startswith(f"{wanted.kind}."))
    return tuple(map(voice.of, kinds))
