"""Blowing a whistle from the desk 备哨、吹哨: the kinds that are the visitor's by right, the place, the departments."""

from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from api.answers import Coded, FieldView, Receipt
from api.mistakes import from_validation
from api.problems import Problem, invalid
from api.voice import Voice
from api.web.cases.doing import KEY, done_address
from api.web.desks.dispatch import HOME
from api.web.frame.arrivals import Posted, Visiting
from api.web.frame.fields import Typed, draw
from api.web.frame.reading import typed_in, values_of, wrong
from api.web.frame.rendering import render, see_other
from api.web.frame.visits import Visitor
from api.writing.opening import open_case
from api.writing.openings import OPENING_FORMS
from domain.authority import may_open
from domain.openings import Offices, WhistleOpening
from domain.organisation import line_of_command, within
from domain.vocabulary import CaseKind, Content, Unit, UnitKind, WhistleKind

router = APIRouter(include_in_schema=False)

_ANYBODY = Unit("-")
_NONE = Unit("")
_NOWHERE = Offices(_NONE, _NONE, _NONE, _NONE, _NONE, _NONE, _NONE, _NONE, _NONE, _NONE, _NONE)


@dataclass(frozen=True, slots=True)
class Blower:
    """Who would blow, which kinds the visitor may bring there, and the communities it can be about."""

    unit: Unit
    kinds: tuple[WhistleKind, ...]
    places: tuple[Unit, ...]


@router.get(HOME + "/whistle")
async def whistle_screen(visitor: Visiting, matter: str = "", place: str = "") -> HTMLResponse:
    """An empty proposal, with the departments that the catalogue names for the matter."""
    entry = visitor.voice.town.matters.get(matter)
    takers = (*((entry.lead,) if entry.lead else ()), *entry.co_units) if entry else ()
    named = [visitor.voice.unit(each).name for each in takers if each in visitor.voice.town.tree]
    return _shown(visitor, _blower(visitor), Typed({"matter": matter, "place": place, "departments": named}))


@router.post(HOME + "/whistle")
async def blow(visitor: Visiting, form: Posted) -> Response:
    """Propose the whistle, or sound it in an emergency; what is wrong comes back at its place."""
    blower = _blower(visitor)
    typed = typed_in(_fields(visitor.voice, blower), form)
    if typed.more:
        return _shown(visitor, blower, typed)
    try:
        receipt = await _open(visitor, blower, typed, form)
    except Problem as found:
        visitor.request.state.problem = found.code
        marked = wrong(typed, found.errors, visitor.language)
        sentence = " ".join((found.shown(visitor.language)["detail"], *marked.errors.get("", ())))
        unsure = str(form.get(KEY) or "") if found.status_code >= 500 else None
        return _shown(visitor, blower, marked, problem=sentence, status=found.status_code, key=unsure)
    return see_other(done_address(f"/cases/{receipt.number}", receipt))


async def _open(visitor: Visitor, blower: Blower, typed: Typed, form: FormData) -> Receipt:
    values = values_of(_fields(visitor.voice, blower), typed.raw)
    try:
        filled = OPENING_FORMS[CaseKind.WHISTLE].model_validate({**values, "blower": blower.unit})
    except ValidationError as mistakes:
        raise invalid(*from_validation(mistakes)) from mistakes
    key = str(form.get(KEY) or "")
    return await open_case(visitor.door, visitor.caller, CaseKind.WHISTLE, filled, key)


def _shown(
    visitor: Visitor, blower: Blower, typed: Typed, *, problem: str | None = None, status: int = 200,
    key: str | None = None,
) -> HTMLResponse:  # fmt: skip
    drawn = draw(_fields(visitor.voice, blower), WhistleOpening, typed)
    return render(
        visitor, "dispatch_whistle.html", status=status, address=f"{HOME}/whistle", fields_=drawn, key=key,
        blower=visitor.voice.unit(blower.unit), kinds=blower.kinds, problem=problem,
    )  # fmt: skip


def _blower(visitor: Visitor) -> Blower:
    """The body that would blow for the visitor. Raises Problem (403) for whoever may bring no whistle at all."""
    actor, tree = visitor.caller.actor, visitor.voice.town.tree
    if actor.unit is None:
        raise Problem(403, "may_not_open")
    towns = (
        body for body in line_of_command(actor.unit) if body in tree and tree[body].kind is UnitKind.TOWN
    )
    unit = next(towns, actor.unit)
    kinds = tuple(each for each in WhistleKind if may_open(actor, _probe(unit, each)))
    if not kinds:
        raise Problem(403, "may_not_open")
    return Blower(unit, kinds, tuple(_places(visitor, unit)))


def _probe(unit: Unit, kind: WhistleKind) -> WhistleOpening:
    """A whistle of a kind to ask the law about: only who blows and of which kind matters to it."""
    nothing = Content("")
    return WhistleOpening(_NOWHERE, "", nothing, nothing, whistle=kind, blower=unit, departments=(_ANYBODY,))


def _places(visitor: Visitor, blower: Unit) -> Iterable[Unit]:
    """The visitor's own community, or those of the body that blows, or all where it has none."""
    tree, own = visitor.voice.town.tree, visitor.caller.actor.unit
    communities = [each.unit for each in tree if each.kind is UnitKind.COMMUNITY]
    near = [each for each in communities if own is not None and within(own, each)]
    return near or [each for each in communities if within(each, blower)] or communities


def _fields(voice: Voice, blower: Blower) -> tuple[FieldView, ...]:
    """The places of the form, in the order in which one tells of a matter."""
    kinds = tuple(map(voice.of, blower.kinds))
    places = tuple(Coded(code=unit, text=voice.unit(unit).name) for unit in blower.places)

    def field(name: str, kind: str, required: bool = True, **more: object) -> FieldView:
        return FieldView.model_validate(
            {"name": name, "label": voice.say("field", name), "kind": kind, "required": required, **more}
        )

    return (
        field("whistle", "choice", choices=kinds),
        field("place", "unit", choices=places),
        field("matter", "matter", required=False),
        field("title", "line"),
        field("text", "text"),
        field("departments", "unit", required=False, many=True),
        field("enforcement", "flag", required=False),
    )
