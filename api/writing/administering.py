"""What administrators look at before they change anything: accounts, bodies and what these still owe."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from activities.administration import NotTheirs, Unfit
from api.database import Connection
from api.door import Door
from api.problems import FieldError, invalid, not_found
from domain.vocabulary import Role

MOST = 100
"""Accounts of one page; whoever looks for one types its name."""

_LINE = """
    SELECT a.*, c.login, c.locked_until, c.must_change, c.totp_at IS NOT NULL AS has_second_factor,
        c.password IS NOT NULL AS has_password,
        coalesce(a.valid_from <= now() AND (a.valid_to IS NULL OR a.valid_to > now()), false) AS holds,
        coalesce(c.locked_until > now(), false) AS locked
    FROM account a LEFT JOIN credential c ON c.account = a.id WHERE {where} ORDER BY a.id LIMIT {limit}"""
_STAFF = """
    a.role <> 'resident' AND ($1::text IS NULL OR a.role = $1) AND ($2::text IS NULL OR a.unit = $2)
    AND ($3::text IS NULL OR strpos(lower(a.id), lower($3)) > 0 OR strpos(a.name, $3) > 0
        OR strpos(coalesce(c.login, ''), lower($3)) > 0)
    AND ($4 OR a.valid_to IS NULL OR a.valid_to > now()) AND ($5::text IS NULL OR a.id > $5)"""
_OWES = """
    SELECT owner_unit, count(DISTINCT case_no) AS cases FROM duty_register
    WHERE status = 'open' AND owner_unit = ANY($1::text[]) GROUP BY 1"""


@dataclass(frozen=True, slots=True)
class AccountLine:
    """An account as the security administrator sees it."""

    id: str
    name: str
    role: Role
    unit: str | None
    person: str | None
    valid_from: datetime
    valid_to: datetime | None
    holds: bool
    login: str | None
    has_password: bool
    must_change: bool
    has_second_factor: bool
    locked: bool
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class Sought:
    """Which accounts are wanted; None wants all, `ended` those that hold no more too."""

    role: Role | None = None
    unit: str | None = None
    words: str | None = None
    ended: bool = False
    after: str | None = None


async def accounts(connection: Connection, sought: Sought) -> tuple[list[AccountLine], str | None]:
    """Accounts of staff by id, and after which one the next page begins."""
    statement = _LINE.format(where=_STAFF, limit=MOST + 1)
    rows = await connection.fetch(
        statement, sought.role, sought.unit, sought.words, sought.ended, sought.after
    )
    shown = [_line(row) for row in rows[:MOST]]
    return shown, shown[-1].id if len(rows) > MOST else None


async def account(connection: Connection, who: str) -> AccountLine:
    """One account, a resident's too. Raises Problem (404)."""
    row = await connection.fetchrow(_LINE.format(where="a.id = $1", limit=1), who)
    if row is None:
        raise not_found()
    return _line(row)


async def still_owed(connection: Connection, units: list[str]) -> Mapping[str, int]:
    """Cases in which each of these bodies still owes something."""
    return {row["owner_unit"]: row["cases"] for row in await connection.fetch(_OWES, units)}


async def change(door: Door, field: str, work: Callable[[Connection], Awaitable[object]]) -> None:
    """Make a change that an administrator asks for, and let the door see the town anew.

    Raises Problem: 404 where the office is another's, 422 at `field` for a change that does not fit.
    """
    try:
        async with door.database.connection() as connection:
            await work(connection)
    except NotTheirs as wrong:
        raise not_found() from wrong
    except Unfit as wrong:
        raise invalid(FieldError((_PLACES.get(wrong.code, field),), wrong.code)) from wrong
    door.callers.forget()
    await door.hall.reload()


_PLACES = {
    "two_administrations": "person",
    "nobody_above": "unit",
    "no_such_unit": "unit",
    "unit_missing": "unit",
    "successor_missing": "successor",
    "from_tomorrow": "from_day",
}
"""Where on a form a code of `Unfit` has its place."""


def _line(row: asyncpg.Record) -> AccountLine:
    return AccountLine(
        row["id"], row["name"], Role(row["role"]), row["unit"], row["person"], row["valid_from"],
        row["valid_to"], row["holds"], row["login"], row["has_password"], bool(row["must_change"]),
        row["has_second_factor"], row["locked"], row["locked_until"],
    )  # fmt: skip
