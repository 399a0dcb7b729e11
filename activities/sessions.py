"""Keeps who is signed in: sessions known by a random token, of which the database learns the hash alone."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

import asyncpg

from activities.accounts import Account
from activities.content import Connection
from domain.vocabulary import CaseNo, Role, Unit

TOUCHED_EVERY = timedelta(seconds=30)
"""How exactly the last request is noted: a page of ten requests is one write."""
FORGOTTEN_AFTER = timedelta(days=30)
DEVICE_LENGTH = 200

_TOKEN_BYTES = 32
_BEGIN = """
    INSERT INTO session (hash, account, way, stage, second_factor, case_no, device, kept, idle, expires_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, now() + $10::interval)"""
_LIVES = "ended_at IS NULL AND expires_at > now() AND seen_at + idle > now()"
_FIND = f"""
    SELECT s.*, a.name, a.role, a.unit, a.valid_from, a.valid_to,
        s.seen_at < now() - $2::interval AS stale,
        coalesce(a.valid_from <= now() AND (a.valid_to IS NULL OR a.valid_to > now()), false) AS valid
    FROM (SELECT * FROM session WHERE hash = $1 AND {_LIVES}) s LEFT JOIN account a ON a.id = s.account"""  # noqa: S608 - made of names in the code alone
_TOUCH = "UPDATE session SET seen_at = now() WHERE id = $1"
_MOVE = f"""
    WITH old AS (
        UPDATE session SET ended_at = now(), ended_by = 'next step' WHERE hash = $1 AND {_LIVES} RETURNING *
    )
    INSERT INTO session (hash, account, way, stage, second_factor, case_no, device, kept, idle, created_at,
        expires_at)
    SELECT $2, account, way, $3, second_factor OR $4, case_no, device, NULL, idle, created_at, expires_at
    FROM old RETURNING true"""  # noqa: S608
_LIST = f"SELECT * FROM session WHERE account = $1 AND {_LIVES} ORDER BY seen_at DESC, id DESC"  # noqa: S608
_END = "UPDATE session SET ended_at = now(), ended_by = $2 WHERE hash = $1 AND ended_at IS NULL"
_REVOKE = """
    UPDATE session SET ended_at = now(), ended_by = $2
    WHERE id = $1 AND ended_at IS NULL AND ($3::text IS NULL OR account = $3) RETURNING account"""
_REVOKE_ALL = """
    UPDATE session SET ended_at = now(), ended_by = $2
    WHERE account = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $3 RETURNING id"""
_SWEEP = "DELETE FROM session WHERE expires_at < now() - $1::interval"


class Way(StrEnum):
    """How somebody came in."""

    PASSWORD = "password"  # noqa: S105 - a code, not a secret
    SINGLE_SIGN_ON = "single_sign_on"
    CODE = "code"
    """A one-time code sent to a party of a case."""
    LINK = "link"
    """The link given with the receipt."""
    VISITOR = "visitor"
    """Nobody yet: a person without an account who is about to file."""


RESIDENTS_WAYS = frozenset({Way.CODE, Way.LINK, Way.VISITOR})


class Step(StrEnum):
    """What a session still owes before it opens anything."""

    OPEN = "open"
    SECOND_FACTOR = "second_factor"
    NEW_PASSWORD = "new_password"  # noqa: S105
    ENROLMENT = "enrolment"
    """The role needs a second factor and the account has none yet."""
    AWAY = "away"
    """At the city's single sign-on, and not back."""


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lasts without a request, and at most."""

    idle: timedelta
    most: timedelta


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a session is to be."""

    account: str | None
    way: Way
    step: Step
    lifetime: Lifetime
    case_no: CaseNo | None = None
    device: str | None = None
    second_factor: bool = False
    kept: str | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """A session that lasts; `id` may be shown, the token never is. `holder` is None before anybody is known.

    `case_no` confines it to one case and its parts.
    """

    id: int
    holder: Account | None
    way: Way
    step: Step
    second_factor: bool
    case_no: CaseNo | None
    device: str | None
    kept: str | None
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """A session as its owner or the security administrator sees it."""

    id: int
    account: str
    way: Way
    step: Step
    device: str | None
    created_at: datetime
    seen_at: datetime


async def begin(connection: Connection, new: Beginning) -> str:
    """A new session; returns its token, which nobody can read back."""
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    device = (new.device or "").replace("\x00", "")[:DEVICE_LENGTH] or None
    await connection.execute(
        _BEGIN, _hash(token), new.account, new.way.value, new.step.value, new.second_factor, new.case_no,
        device, new.kept, new.lifetime.idle, new.lifetime.most,
    )  # fmt: skip
    return token


async def find(connection: Connection, token: str, *, touch: bool = True) -> Session | None:
    """The session of a token, if it lasts and its account holds; `touch` counts as a sign of life.

    What pages fetch by themselves must not touch: a forgotten browser would stay signed in for ever.
    """
    row = await connection.fetchrow(_FIND, _hash(token), TOUCHED_EVERY)
    if row is None or not _holds(row):
        return None
    if touch and row["stale"]:
        await connection.execute(_TOUCH, row["id"])
    return _session(row)


async def move(connection: Connection, token: str, step: Step, *, second_factor: bool = False) -> str | None:
    """The session goes on under a new token, so that one seen before signing in is worth nothing after.

    None if it has ended meanwhile.
    """
    fresh = secrets.token_urlsafe(_TOKEN_BYTES)
    moved = await connection.fetchval(_MOVE, _hash(token), _hash(fresh), step.value, second_factor)
    return fresh if moved else None


async def listed(connection: Connection, account: str) -> list[Listed]:
    """Every session of an account that lasts, the latest used first."""
    return [_listed(row) for row in await connection.fetch(_LIST, account)]


async def end(connection: Connection, token: str, by: str) -> None:
    """The session is over."""
    await connection.execute(_END, _hash(token), by)


async def revoke(connection: Connection, session: int, by: str, of: str | None = None) -> str | None:
    """End a session by its id, only one of account `of` if given; returns whose it was, None if there is none."""
    if not 0 < session < 2**63:
        return None
    found: str | None = await connection.fetchval(_REVOKE, session, by, of)
    return found


async def revoke_all(connection: Connection, account: str, by: str, but: int | None = None) -> int:
    """End every session of an account, except one if given; returns how many."""
    return len(await connection.fetch(_REVOKE_ALL, account, by, but))


async def sweep(connection: Connection) -> None:
    """Forget sessions that ended long ago."""
    await connection.execute(_SWEEP, FORGOTTEN_AFTER)


def _hash(token: str) -> bytes:
    """A plain hash will do: 256 random bits cannot be guessed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


def _holds(row: asyncpg.Record) -> bool:
    """Staff must have an account that is valid now; a party may have none, but never one of staff."""
    if Way(row["way"]) in RESIDENTS_WAYS:
        return row["role"] in (None, Role.RESIDENT) and (row["role"] is None or row["valid"])
    return row["account"] is None or row["valid"]


def _session(row: asyncpg.Record) -> Session:
    return Session(
        row["id"], _holder(row), Way(row["way"]), Step(row["stage"]), row["second_factor"],
        CaseNo(row["case_no"]) if row["case_no"] else None, row["device"], row["kept"], row["created_at"],
        row["seen_at"], row["expires_at"],
    )  # fmt: skip


def _holder(row: asyncpg.Record) -> Account | None:
    if row["account"] is None:
        return None
    if row["role"] is None:
        return Account(row["account"], "", Role.RESIDENT)
    unit = Unit(row["unit"]) if row["unit"] else None
    return Account(row["account"], row["name"], Role(row["role"]), unit, row["valid_from"], row["valid_to"])


def _listed(row: asyncpg.Record) -> Listed:
    return Listed(
        row["id"], row["account"], Way(row["way"]), Step(row["stage"]), row["device"], row["created_at"],
        row["seen_at"],
    )  # fmt: skip
