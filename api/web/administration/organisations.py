"""Administration of the machinery: organisations with their validity and successors, and the catalogue of matters."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from activities import administration
from activities.accounts import Matter
from api.problems import FieldError, Problem, invalid, not_found
from api.routes.cases import legible
from api.web.administration.forms import (
    Field,
    Said,
    day_of,
    one,
    only,
    read,
    returned,
    several,
    sheet,
    typed,
    unit_name,
    unit_of,
)
from api.web.frame.arrivals import Posted, Visiting
from api.web.frame.rendering import render, see_other
from api.web.frame.visits import Visitor
from api.writing import administering, succession
from domain.calendar import CST
from domain.organisation import Organisation, Tree
from domain.vocabulary import CaseKind, Role, Service, Unit, UnitKind

router = APIRouter(include_in_schema=False, prefix="/admin")

HOMES = {
    Role.SYSTEM_ADMIN: "/admin/organisations",
    Role.SECURITY_ADMIN: "/admin/accounts",
    Role.AUDIT_ADMIN: "/admin/access",
}
SHOWN = 60
"""Bodies or matters of one page; the rest is found by name."""

Name = Annotated[str, Query(max_length=200)]


@router.get("")
async def home(visitor: Visiting) -> Response:
    """Each administration begins with its own page."""
    place = HOMES.get(visitor.caller.account.role)
    if place is None:
        raise not_found()
    return see_other(place)


@router.get("/organisations")
async def organisations(visitor: Visiting, q: Name = "", after: Name = "") -> Response:
    """Every body by its path, abolished ones with their successor and what they still owe."""
    only(visitor, Role.SYSTEM_ADMIN)
    words, tree = (legible(q, "q") or "").strip().casefold(), visitor.voice.town.tree
    found = [
        each for each in sorted(tree, key=lambda o: o.unit) if _is_sought(each, words) and each.unit > after
    ]
    async with visitor.door.database.connection() as connection:
        owed = await administering.still_owed(connection, [each.unit for each in tree if each.valid_to])
    return render(
        visitor, "admin_organisations.html", found=found[:SHOWN], owed=owed, q=q, is_first=not after,
        next=found[SHOWN - 1].unit if len(found) > SHOWN else None, today=datetime.now(CST).date(),
    )  # fmt: skip


@router.get("/organisations/edit")
async def organisation(visitor: Visiting, unit: Name = "") -> Response:
    """One body, or a new one."""
    only(visitor, Role.SYSTEM_ADMIN)
    if unit and Unit(unit) not in visitor.voice.town.tree:
        raise not_found()
    return await _organisation_page(visitor, unit, _said_of(visitor, unit))


@router.post("/organisations/edit")
async def save_organisation(visitor: Visiting, form: Posted, unit: Name = "") -> Response:
    """Create a body, or change its names, aliases and validity."""
    only(visitor, Role.SYSTEM_ADMIN)
    fields = _organisation_fields(visitor, is_new=not unit)
    if form.get("_more"):
        return await _organisation_page(visitor, unit, typed(fields, form))
    try:
        wanted = _organisation(visitor, unit, read(fields, form))
        by = visitor.caller.account
        await administering.change(
            visitor.door, "name_zh", lambda c: administration.change_organisation(c, by, wanted)
        )
    except Problem as problem:
        return await _organisation_page(visitor, unit, typed(fields, form), problem)
    return see_other("/admin/organisations?said=organisation_changed&q=" + wanted.unit)


@router.post("/organisations/abolish")
async def abolish(visitor: Visiting, form: Posted, unit: Name) -> Response:
    """A body ends; its successor answers for what it owes and for what comes after (《信访工作条例》第24条)."""
    only(visitor, Role.SYSTEM_ADMIN)
    tree, by = visitor.voice.town.tree, visitor.caller.account
    if Unit(unit) not in tree:
        raise not_found()
    try:
        said = read(_ABOLISH, form)
        last, successor = day_of(said, "last"), unit_of(tree, said, "successor")
        assert last is not None
        assert successor is not None
        await administering.change(
            visitor.door, "successor",
            lambda c: administration.abolish(c, by, Unit(unit), last, successor),
        )  # fmt: skip
    except Problem as problem:
        return await _organisation_page(
            visitor, unit, _said_of(visitor, unit), problem, typed(_ABOLISH, form)
        )
    if last < datetime.now(CST).date():
        await succession.hand_over(visitor.door, by, Unit(unit))
    return see_other(_address("organisations", "unit", unit) + "&said=organisation_changed")


@router.post("/organisations/succession")
async def hand_over(visitor: Visiting, unit: Name) -> Response:
    """What an abolished body still owes goes to who answers for it now, case by case."""
    only(visitor, Role.SYSTEM_ADMIN)
    if not _is_gone(visitor.voice.town.tree, unit):
        raise not_found()
    await succession.hand_over(visitor.door, visitor.caller.account, Unit(unit))
    return see_other(_address("organisations", "unit", unit) + "&said=handed_over")


@router.get("/matters")
async def matters(visitor: Visiting, q: Name = "", after: Name = "") -> Response:
    """The catalogue on offer."""
    only(visitor, Role.SYSTEM_ADMIN)
    words = (legible(q, "q") or "").strip().casefold()
    found = [
        each for code, each in sorted(visitor.voice.town.matters.items())
        if code > after and (not words or any(words in text.casefold() for text in _texts(each)))
    ]  # fmt: skip
    return render(
        visitor, "admin_matters.html", found=found[:SHOWN], q=q, is_first=not after,
        next=found[SHOWN - 1].code if len(found) > SHOWN else None,
    )  # fmt: skip


@router.get("/matters/edit")
async def matter(visitor: Visiting, code: Name = "") -> Response:
    """One matter, or a new one."""
    only(visitor, Role.SYSTEM_ADMIN)
    if code and code not in visitor.voice.town.matters:
        raise not_found()
    return _matter_page(visitor, code, _said_of_matter(visitor, code))


@router.post("/matters/edit")
async def save_matter(visitor: Visiting, form: Posted, code: Name = "") -> Response:
    """Add a matter, change it, or offer it no more."""
    only(visitor, Role.SYSTEM_ADMIN)
    fields = _matter_fields(visitor, is_new=not code)
    if form.get("_more"):
        return _matter_page(visitor, code, typed(fields, form))
    try:
        wanted, by = _matter(visitor, code, read(fields, form)), visitor.caller.account
        retired = form.get("retire") == "yes"
        await administering.change(
            visitor.door, "code", lambda c: administration.change_matter(c, by, wanted, retired=retired)
        )
    except Problem as problem:
        return _matter_page(visitor, code, typed(fields, form), problem)
    return see_other("/admin/matters?said=catalogue_changed&q=" + wanted.code)


_ABOLISH = (Field("last", "date", required=True), Field("successor", "unit", required=True))


def _is_gone(tree: Tree, unit: str) -> bool:
    """Whether the last day of a body is over."""
    last = tree[Unit(unit)].valid_to if Unit(unit) in tree else None
    return last is not None and last < datetime.now(CST).date()


def _is_sought(each: Organisation, words: str) -> bool:
    texts = (each.unit, each.name_zh, each.name_en, *each.aliases)
    return not words or any(words in text.casefold() for text in texts)


def _texts(matter: Matter) -> tuple[str, ...]:
    return matter.code, matter.name_zh, matter.name_en, *matter.aliases


def _organisation_fields(visitor: Visitor, *, is_new: bool) -> tuple[Field, ...]:
    path = (Field("unit", required=True),) if is_new else ()
    kinds = tuple(map(visitor.voice.of, UnitKind))
    return (
        *path, Field("unit_kind", "select", required=True, choices=kinds), Field("name_zh", required=True),
        Field("name_en", required=True), Field("aliases", many=True), Field("valid_from", "date"),
    )  # fmt: skip


def _said_of(visitor: Visitor, unit: str) -> Said:
    if not unit:
        return {}
    each = visitor.voice.town.tree[Unit(unit)]
    return {
        "unit_kind": each.kind.value, "name_zh": each.name_zh, "name_en": each.name_en,
        "aliases": list(each.aliases),
        "valid_from": each.valid_from.isoformat() if each.valid_from else "",
    }  # fmt: skip


def _organisation(visitor: Visitor, unit: str, said: Said) -> Organisation:
    """The body that a form describes; when it ends is not said here. Raises Problem (404, 422)."""
    tree = visitor.voice.town.tree
    if not unit and Unit(one(said, "unit")) in tree:
        raise invalid(FieldError(("unit",), administration.NAME_TAKEN))
    if unit and Unit(unit) not in tree:
        raise not_found()
    kind = one(said, "unit_kind")
    if kind not in set(UnitKind):
        raise invalid(FieldError(("unit_kind",), "blank"))
    given = Organisation(
        Unit(unit or one(said, "unit")), UnitKind(kind), one(said, "name_zh"), one(said, "name_en"),
        several(said, "aliases"), day_of(said, "valid_from"),
    )  # fmt: skip
    before = tree[Unit(unit)] if unit else given
    return replace(given, valid_to=before.valid_to, successor=before.successor)


async def _organisation_page(
    visitor: Visitor, unit: str, said: Said, problem: Problem | None = None, ending: Said | None = None
) -> Response:
    status = returned(problem) if problem else 200
    fields, tree = _organisation_fields(visitor, is_new=not unit), visitor.voice.town.tree
    of_ending = problem if ending is not None else None
    async with visitor.door.database.connection() as connection:
        owed = await succession.still_owed(connection, Unit(unit)) if unit else 0
    return render(
        visitor, "admin_organisation.html", status=status, unit=unit, body=tree[Unit(unit)] if unit else None,
        main=sheet(visitor, fields, said, None if of_ending else problem),
        ending=sheet(visitor, _ABOLISH, ending or {}, of_ending), owed=owed, gone=_is_gone(tree, unit),
        address=_address("organisations", "unit", unit),
    )  # fmt: skip


def _matter_fields(visitor: Visitor, *, is_new: bool) -> tuple[Field, ...]:
    path = (Field("code", required=True),) if is_new else ()
    yes: Sequence[str] = ("urgent", "paper_only")
    return (
        *path, Field("name_zh", required=True), Field("name_en", required=True), Field("aliases", many=True),
        Field("route", "select", choices=tuple(map(visitor.voice.of, CaseKind))),
        Field("service", "select", choices=tuple(map(visitor.voice.of, Service))),
        Field("lead", "unit"), Field("co_units", "unit", many=True),
        *(Field(name, "flag", required=True) for name in yes),
    )  # fmt: skip


def _said_of_matter(visitor: Visitor, code: str) -> Said:
    each = visitor.voice.town.matters[code] if code else Matter("", None, "", "")
    voice = visitor.voice
    return {
        "name_zh": each.name_zh, "name_en": each.name_en, "aliases": list(each.aliases),
        "route": each.route or "", "service": each.service or "", "lead": unit_name(voice, each.lead),
        "co_units": [unit_name(voice, unit) for unit in each.co_units],
        "urgent": "yes" if each.urgent else "no", "paper_only": "yes" if each.paper_only else "no",
    }  # fmt: skip


def _matter(visitor: Visitor, code: str, said: Said) -> Matter:
    """The matter that a form describes; its parent is what its code says. Raises Problem (422)."""
    tree, known = visitor.voice.town.tree, visitor.voice.town.matters
    path = code or one(said, "code")
    parent = path.rpartition(".")[0] or None
    if not code and path in known:
        raise invalid(FieldError(("code",), administration.NAME_TAKEN))
    if parent is not None and parent not in known:
        raise invalid(FieldError(("code",), "unknown_matter"))
    units = [unit_of(tree, {"co_units": name}, "co_units") for name in several(said, "co_units")]
    route, service = one(said, "route"), one(said, "service")
    return Matter(
        path, parent, one(said, "name_zh"), one(said, "name_en"), several(said, "aliases"),
        CaseKind(route) if route in set(CaseKind) else None,
        Service(service) if service in set(Service) else None, unit_of(tree, said, "lead"),
        tuple(each for each in units if each is not None), one(said, "urgent") == "yes",
        one(said, "paper_only") == "yes",
    )  # fmt: skip


def _matter_page(visitor: Visitor, code: str, said: Said, problem: Problem | None = None) -> Response:
    status = returned(problem) if problem else 200
    main = sheet(visitor, _matter_fields(visitor, is_new=not code), said, problem)
    return render(
        visitor, "admin_matter.html", status=status, code=code, main=main,
        address=_address("matters", "code", code),
    )  # fmt: skip


def _address(page: str, name: str, value: str) -> str:
    return f"/admin/{page}/edit?{name}={value}" if value else f"/admin/{page}/edit"
