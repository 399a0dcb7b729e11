"""Accounts of staff, for the security administrator: who may come in, how, and where somebody is signed in now."""

from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from activities import accounts, administration, sessions
from activities.accounts import Account
from api.database import Connection
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
    sheet,
    typed,
    unit_name,
    unit_of,
)
from api.web.cases.listing import chosen
from api.web.frame.arrivals import Posted, Visiting
from api.web.frame.rendering import render, see_other
from api.web.frame.visits import Visitor
from api.writing import administering
from api.writing.administering import Sought
from domain.calendar import CST
from domain.vocabulary import Role

router = APIRouter(include_in_schema=False, prefix="/admin/accounts")

STAFF = tuple(each for each in Role if each not in (Role.CASE, Role.RESIDENT))
PAGE = "/admin/accounts"

Name = Annotated[str, Query(max_length=200)]


@router.get("")
async def account_list(
    visitor: Visiting, q: Name = "", role: Name = "", unit: Name = "", ended: bool = False, after: Name = ""
) -> Response:
    """Accounts by name, role or unit; those that have ended only where asked for."""
    only(visitor, Role.SECURITY_ADMIN)
    tree = visitor.voice.town.tree
    sought = Sought(
        chosen(role, Role), unit_of(tree, {"unit": legible(unit, "unit") or ""}, "unit"),
        (legible(q, "q") or "").strip() or None, ended, legible(after, "after") or None,
    )  # fmt: skip
    async with visitor.door.database.connection() as connection:
        found, more = await administering.accounts(connection, sought)
    return render(
        visitor, "admin_accounts.html", found=found, next=more, sought=sought, q=q, unit=unit, is_first=not after,
        roles=tuple(map(visitor.voice.of, STAFF)),
    )  # fmt: skip


@router.get("/new")
async def new_account(visitor: Visiting) -> Response:
    """A form for an account that is not there yet."""
    only(visitor, Role.SECURITY_ADMIN)
    return _new_page(visitor, {})


@router.post("/new")
async def create_account(visitor: Visiting, form: Posted) -> Response:
    """A new account with a password to hand over, good for a day and for the choice of another."""
    only(visitor, Role.SECURITY_ADMIN)
    fields = (*_NAMED, *_fields(visitor))
    try:
        said = read(fields, form)
        wanted = _account(visitor, one(said, "account"), said)
        await _check_new(visitor, wanted.id)
        await _change(visitor, wanted, one(said, "person"))
        return await _hand_over(visitor, wanted.id, one(said, "login") or wanted.id)
    except Problem as problem:
        return _new_page(visitor, typed(fields, form), problem)


@router.get("/{who}")
async def account(visitor: Visiting, who: str) -> Response:
    """One account: what it is, how it signs in, where it is signed in."""
    only(visitor, Role.SECURITY_ADMIN)
    return await _page(visitor, who)


@router.post("/{who}")
async def change_account(visitor: Visiting, who: str, form: Posted) -> Response:
    """Change an account's name, role, unit or last day; what it had open ends."""
    only(visitor, Role.SECURITY_ADMIN)
    fields = _fields(visitor)
    try:
        said = read(fields, form)
        await _check_known(visitor, who)
        await _change(visitor, _account(visitor, who, said), one(said, "person"))
    except Problem as problem:
        return await _page(visitor, who, typed(fields, form), problem)
    return see_other(f"{PAGE}/{who}?said=account_changed")


@router.post("/{who}/password")
async def reset_password(visitor: Visiting, who: str, form: Posted) -> Response:
    """A password to hand over, shown this once."""
    only(visitor, Role.SECURITY_ADMIN)
    await _check_known(visitor, who)
    return await _hand_over(visitor, who, None)


@router.post("/{who}/{what}")
async def act_on_account(visitor: Visiting, who: str, what: str, form: Posted) -> Response:
    """End it, unlock it, or take its second factor off."""
    only(visitor, Role.SECURITY_ADMIN)
    by = visitor.caller.account
    acts = {
        "end": administration.end_account, "unlock": administration.unlock,
        "second-factor": administration.drop_second_factor,
    }  # fmt: skip
    if what not in acts:
        raise not_found()
    await _check_known(visitor, who)
    await administering.change(visitor.door, "account", lambda c: acts[what](c, by, who))
    return see_other(f"{PAGE}/{who}?said=account_changed")


@router.post("/{who}/sessions/{session}/end")
async def end_session(visitor: Visiting, who: str, session: int, form: Posted) -> Response:
    """Sign somebody out somewhere."""
    only(visitor, Role.SECURITY_ADMIN)
    by = visitor.caller.account
    await administering.change(
        visitor.door, "account", lambda c: administration.revoke_session(c, by, session)
    )
    return see_other(f"{PAGE}/{who}?said=session_ended")


_NAMED = (Field("account", required=True), Field("login"))


def _fields(visitor: Visitor) -> tuple[Field, ...]:
    return (
        Field("name", required=True),
        Field("role", "select", required=True, choices=tuple(map(visitor.voice.of, STAFF))),
        Field("unit", "unit", required=True), Field("person"), Field("last", "date"),
    )  # fmt: skip


def _account(visitor: Visitor, who: str, said: Said) -> Account:
    """The account that a form describes; it ends with the last day. Raises Problem (422)."""
    role = chosen(one(said, "role"), Role)
    if role is None or role not in STAFF:
        raise invalid(FieldError(("role",), "blank"))
    if not who.isprintable() or "/" in who or " " in who:
        raise invalid(FieldError(("account",), "pattern"))
    unit, last = unit_of(visitor.voice.town.tree, said, "unit"), day_of(said, "last")
    return Account(who, one(said, "name"), role, unit, valid_to=_end_of(last) if last else None)


def _end_of(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), CST)


async def _change(visitor: Visitor, wanted: Account, person: str) -> None:
    by = visitor.caller.account
    await administering.change(
        visitor.door, "account", lambda c: administration.change_account(c, by, wanted, person or None)
    )


async def _check_new(visitor: Visitor, who: str) -> None:
    async with visitor.door.database.connection() as connection:
        if await accounts.account(connection, who) is not None:
            raise invalid(FieldError(("account",), administration.NAME_TAKEN))


async def _check_known(visitor: Visitor, who: str) -> None:
    async with visitor.door.database.connection() as connection:
        found = await administering.account(connection, legible(who, "account") or "")
    if found.role is Role.RESIDENT:
        raise not_found()


async def _hand_over(visitor: Visitor, who: str, login: str | None) -> Response:
    """The password is in this answer and nowhere else: no redirect can carry it."""
    by, given = visitor.caller.account, []

    async def reset(connection: Connection) -> None:
        given.append(await administration.reset_password(connection, by, who, login))

    await administering.change(visitor.door, "login", reset)
    async with visitor.door.database.connection() as connection:
        held = await administering.account(connection, who)
    return render(visitor, "admin_password.html", address=f"{PAGE}/{who}", held=held, password=given[0])


def _new_page(visitor: Visitor, said: Said, problem: Problem | None = None) -> Response:
    status = returned(problem) if problem else 200
    main = sheet(visitor, (*_NAMED, *_fields(visitor)), said, problem)
    return render(visitor, "admin_account_new.html", status=status, main=main, address=f"{PAGE}/new")


async def _page(
    visitor: Visitor, who: str, said: Said | None = None, problem: Problem | None = None
) -> Response:
    status = returned(problem) if problem else 200
    async with visitor.door.database.connection() as connection:
        held = await administering.account(connection, legible(who, "account") or "")
        found = await sessions.listed(connection, held.id)
    if held.role is Role.RESIDENT:
        raise not_found()
    last = (held.valid_to - timedelta(seconds=1)).astimezone(CST).date().isoformat() if held.valid_to else ""
    now: Said = {
        "name": held.name, "role": held.role.value, "unit": unit_name(visitor.voice, held.unit),
        "person": held.person or "", "last": last,
    }  # fmt: skip
    main = sheet(visitor, _fields(visitor), said or now, problem)
    return render(
        visitor, "admin_account.html", status=status, held=held, sessions=found, main=main,
        address=f"{PAGE}/{who}", own=held.id == visitor.caller.account.id,
    )  # fmt: skip
