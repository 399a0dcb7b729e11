"""The dispatch desk: new matters beside likely duplicates and suggested units, placed alone or many at once."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from api.answers import Coded
from api.database import Connection
from api.problems import Problem, not_found
from api.reading.listing import Paging, WorkFilter
from api.reading.suggesting import Suggestions, suggest
from api.web.cases.actforms import Returned, explained
from api.web.cases.doing import KEY, HandedBack, do, done_address
from api.web.cases.listing import chosen
from api.web.cases.receipts import receipt_told
from api.web.desks.cards import Card, Desk, desk_of, tallies, tally_of, tray_links
from api.web.desks.placing import ACCEPT, DISPATCH, MERGES, Placing, join, place_all
from api.web.frame.arrivals import Posted, Visiting
from api.web.frame.links import local
from api.web.frame.navigation import DISPATCHING
from api.web.frame.rendering import render, see_other
from api.web.frame.visits import Visitor
from domain.duties import DutyKind
from domain.vocabulary import CaseNo, Service

router = APIRouter(include_in_schema=False)

PAGE = 12
"""Matters of one page: each is compared with those before it."""
HOME = "/dispatch"
NEW = frozenset(
    {DutyKind.ORDER_REVIEW, DutyKind.ORDER_DISPATCH, DutyKind.PETITION_SORT, DutyKind.PETITION_SPLIT}
)
"""Duties for which duplicates and units are suggested."""


class Tray(StrEnum):
    """What the desk sorts its work by."""

    NEW = "new"
    SPLIT = "split"
    BACK = "back"
    ASKED = "asked"
    WHISTLE = "whistle"
    REST = "rest"


_TRAYS: Mapping[Tray, tuple[DutyKind, ...]] = {
    Tray.NEW: (DutyKind.ORDER_REVIEW, DutyKind.ORDER_DISPATCH, DutyKind.PETITION_SORT),
    Tray.SPLIT: (DutyKind.PETITION_SPLIT, DutyKind.PETITION_TRANSFER),
    Tray.BACK: (DutyKind.ORDER_RETURN_RULING, DutyKind.ORDER_ASSIGN, DutyKind.PETITION_REASSIGN),
    Tray.ASKED: (DutyKind.ORDER_EXTENSION_DECISION,),
    Tray.WHISTLE: tuple(each for each in DutyKind if each.startswith("whistle.")),
}
TRAYS: Mapping[Tray, tuple[DutyKind, ...]] = MappingProxyType(
    {**_TRAYS, Tray.REST: tuple(e for e in DutyKind if not any(e in kinds for kinds in _TRAYS.values()))}
)
"""Tray → the kinds of duty in it."""


@router.get(HOME)
async def dispatch_desk(
    visitor: Visiting,
    tray: str = "",
    after: Annotated[str | None, Query(max_length=300)] = None,
    done: Annotated[str | None, Query(max_length=80)] = None,
) -> HTMLResponse:
    """What the office has to place, decide and pass on, with suggestions for what is new."""
    return await _desk(visitor, chosen(tray, Tray), after, done=done)


@router.post(HOME)
async def place_from_desk(visitor: Visiting, form: Posted) -> Response:
    """Place one matter or those chosen as suggested, or join one with another; which, the button says."""
    want_desk(visitor)
    back = local(str(form.get("back") or ""), HOME)
    if merging := str(form.get("merge") or ""):
        return await _join(visitor, merging, back, str(form.get(KEY) or ""))
    one = str(form.get("one") or "")
    numbers = [one] if one else list(dict.fromkeys(str(each) for each in form.getlist("chosen")))[:PAGE]
    if not numbers:
        return await _desk(
            visitor, None, None, problem=visitor.speech.t("dispatch.nothing_chosen"), status=422
        )
    placed = await place_all(visitor, [_placing(form, number) for number in numbers])
    if len(placed) == 1 and placed[0].receipt and not placed[0].refused:
        return see_other(done_address(back, placed[0].receipt))
    return render(visitor, "dispatch_done.html", address=back, placed=placed, back=back)


@router.post(HOME + "/{number}/acts/{act}")
async def do_at_desk(visitor: Visiting, number: str, act: str, form: Posted) -> Response:
    """Do an act; what is refused comes back at its place with what was typed."""
    want_desk(visitor)
    back = local(str(form.get("back") or ""), HOME)
    try:
        receipt = await do(visitor, number, act, form)
    except HandedBack as handed:
        return await _desk(
            visitor, None, None, back=(number, explained(handed.returned)), status=handed.status
        )
    return see_other(done_address(back, receipt))


def want_desk(visitor: Visitor) -> None:
    """The desk is for those who dispatch; what it does is asked of the law again."""
    if visitor.caller.account.role not in DISPATCHING:
        raise Problem(403, "dispatchers_only")


async def _desk(
    visitor: Visitor,
    tray: Tray | None,
    after: str | None,
    *,
    done: str | None = None,
    back: tuple[str, Returned] | None = None,
    problem: str | None = None,
    status: int = 200,
) -> HTMLResponse:
    want_desk(visitor)
    wanted = WorkFilter(among=TRAYS[tray] if tray else ())
    async with visitor.door.database.connection() as connection:
        desk = await desk_of(connection, visitor, wanted, Paging(PAGE, after), back)
        ideas = await _ideas(connection, visitor, desk)
        counts = await tallies(connection, visitor)
        flash = await receipt_told(connection, visitor, done)
    return render(
        visitor, "dispatch.html", status=status, address=HOME if status != 200 else None, desk=desk, tray=tray,
        ideas=ideas, suggested=NEW, trays=tray_links(TRAYS, counts, tray), flash=flash,
        is_first=after is None, back=back, problem=problem, everything=tally_of(counts, DutyKind),
        placeable={card.item.case for card in desk.cards if _is_placeable(card, ideas)}, services=services_of(visitor),
    )  # fmt: skip


async def _ideas(connection: Connection, visitor: Visitor, desk: Desk) -> Mapping[CaseNo, Suggestions]:
    """Suggestions for what is new on the desk."""
    files = {card.file.number: card.file for card in desk.cards if card.item.duty.kind.code in NEW}
    return await suggest(connection, visitor.caller, visitor.voice, tuple(files.values()))


def _is_placeable(card: Card, ideas: Mapping[CaseNo, Suggestions]) -> bool:
    """Whether one click can dispatch it: it is an order to be placed, and some unit is suggested."""
    found = ideas.get(card.file.number)
    return bool(card.acts & {ACCEPT, DISPATCH} and found and found.units)


def services_of(visitor: Visitor) -> tuple[Coded, ...]:
    """What an order may ask for."""
    return tuple(map(visitor.voice.of, Service))


def _placing(form: FormData, number: str) -> Placing:
    """One order as its card says; a service left out is the matter's own."""
    return Placing(
        number, text_in(form, f"service.{number}"), text_in(form, f"matter.{number}"), texts_in(form, f"unit.{number}"),
        f"{form.get(KEY) or ''}.{number}",
    )  # fmt: skip


async def _join(visitor: Visitor, merging: str, back: str, key: str) -> Response:
    act, _, rest = merging.partition("|")
    number, _, into = rest.partition("|")
    if act not in MERGES:
        raise not_found()
    try:
        receipt = await join(visitor, number, act, into, key)
    except HandedBack as handed:
        return await _desk(
            visitor, None, None, back=(number, explained(handed.returned)), status=handed.status
        )
    return see_other(done_address(back, receipt))


def text_in(form: FormData, name: str) -> str:
    """What was typed in a field."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def texts_in(form: FormData, name: str) -> tuple[str, ...]:
    """What was typed in a field that may be repeated."""
    found = (each.strip() for each in form.getlist(name) if isinstance(each, str))
    return tuple(dict.fromkeys(each for each in found if each))
