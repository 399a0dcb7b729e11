"""One order on one screen: what it says, what it may repeat, and to whom it goes; taken in and dispatched at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from activities import content
from api.answers import Coded, UnitRef
from api.reading.casefile import CaseFile, visible_file
from api.reading.showing import possible_acts
from api.reading.suggesting import Suggestions, suggest
from api.town import UNSORTED
from api.web.cases.doing import KEY, done_address
from api.web.cases.receipts import Told, receipt_told
from api.web.desks.dispatch import HOME, services_of, text_in, texts_in, want_desk
from api.web.desks.placing import ACCEPT, DISPATCH, Placed, Placing, place
from api.web.frame.arrivals import Posted, Visiting
from api.web.frame.rendering import render, see_other
from api.web.frame.visits import Visitor
from domain.vocabulary import CaseKind, Service

router = APIRouter(include_in_schema=False)

_ROW = "SELECT matter, community, service FROM case_register WHERE case_no = $1"


@dataclass(frozen=True, slots=True)
class Order:
    """The one screen for one matter: what was filled in, and what was wrong with it."""

    units: tuple[str, ...] = ()
    service: str = ""
    matter: str = ""
    key: str | None = None
    problem: str | None = None
    stands: bool = False
    """Whether the need was taken in although the dispatch was refused."""
    errors: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def matter_errors(self) -> tuple[str, ...]:
        """What is wrong with the code of the matter."""
        return self.errors.get("matter", ())

    @property
    def unit_errors(self) -> tuple[str, ...]:
        """What is wrong with any of the units."""
        several = (each for name, each in self.errors.items() if name.partition(".")[0] == "units")
        return tuple(dict.fromkeys(sentence for each in several for sentence in each))


@router.get(HOME + "/{number}")
async def one_order(visitor: Visiting, number: str) -> Response:
    """Accept and dispatch one order on one screen, with every unit to choose from."""
    want_desk(visitor)
    file = await visible_file(visitor.door.database, number, visitor.caller)
    offered = {each.act for each in possible_acts(file, visitor.caller.actor, visitor.voice)}
    if file.case.kind is not CaseKind.ORDER or not offered & {ACCEPT, DISPATCH}:
        return see_other(f"/cases/{number}")
    return await _shown(visitor, number, None)


@router.post(HOME + "/{number}")
async def place_one(visitor: Visiting, number: str, form: Posted) -> Response:
    """Take the matter in and dispatch it; if the second is refused the first stands and the page says so."""
    want_desk(visitor)
    typed = Order(
        units=texts_in(form, "units"), service=str(form.get("service") or ""), matter=text_in(form, "matter"),
    )  # fmt: skip
    if "_more" in form:
        return await _shown(visitor, number, Order((*typed.units, ""), typed.service, typed.matter))
    if not typed.units and "need_only" not in form:
        return await _shown(visitor, number, _with(typed, visitor.speech.t("dispatch.no_unit")), status=422)
    units = () if "need_only" in form else typed.units
    placed = await place(
        visitor, Placing(number, typed.service, typed.matter, units, str(form.get(KEY) or ""))
    )
    if placed.refused is not None:
        return await _shown(visitor, number, _refused(typed, placed, form), status=placed.refused.status)
    assert placed.receipt is not None
    return see_other(done_address(HOME if units else f"{HOME}/{number}", placed.receipt))


@dataclass(frozen=True, slots=True)
class _Matter:
    """What the screen tells of the matter."""

    file: CaseFile
    title: str | None
    text: str | None
    matter: Coded
    community: UnitRef
    service: str | None
    ideas: Suggestions
    done: Told | None


async def _shown(visitor: Visitor, number: str, typed: Order | None, status: int = 200) -> HTMLResponse:
    want_desk(visitor)
    found = await _matter(visitor, await visible_file(visitor.door.database, number, visitor.caller))
    acts = {each.act for each in possible_acts(found.file, visitor.caller.actor, visitor.voice)}
    return render(
        visitor, "dispatch_order.html", status=status, address=f"{HOME}/{number}", case_no=number, found=found,
        ideas=found.ideas, services=services_of(visitor), order=typed or _proposed(found), may_need=ACCEPT in acts,
        may_send=bool(acts & {ACCEPT, DISPATCH}), may_merge="order.merge" in acts, flash=found.done,
    )  # fmt: skip


async def _matter(visitor: Visitor, file: CaseFile) -> _Matter:
    opening, voice = file.case.opening, visitor.voice
    async with visitor.door.database.connection() as connection:
        ideas = await suggest(connection, visitor.caller, voice, (file,))
        row = await connection.fetchrow(_ROW, file.number)
        kept = await content.get(connection, (opening.title, opening.text))
        done = await receipt_told(connection, visitor, visitor.request.query_params.get("done"))
    assert row is not None  # it is written with the first event
    title, text = (kept[each].body if each in kept else None for each in (opening.title, opening.text))
    return _Matter(
        file, title, text, voice.matter(row["matter"]), voice.unit(row["community"]), row["service"],
        ideas[file.number], done,
    )  # fmt: skip


def _proposed(found: _Matter) -> Order:
    """The screen as it is first shown: the likeliest unit chosen, the matter as suggested."""
    ideas, known = found.ideas, found.matter.code
    units = (ideas.units[0].unit.path,) if ideas.units else ()
    code = ideas.matter.matter.code if ideas.matter else ("" if known == UNSORTED else known)
    return Order(units=units, service=found.service or Service.SERVICE.value, matter=code)


def _with(typed: Order, problem: str) -> Order:
    return Order(typed.units, typed.service, typed.matter, problem=problem)


def _refused(typed: Order, placed: Placed, form: FormData) -> Order:
    assert placed.refused is not None
    unsure = str(form.get(KEY) or "") if placed.refused.status >= 500 else None
    errors = {name: tuple(several) for name, several in placed.refused.returned.typed.errors.items()}
    return Order(
        typed.units, typed.service, typed.matter, unsure, placed.problem, placed.accepted, MappingProxyType(errors)
    )  # fmt: skip
