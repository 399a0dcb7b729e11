"""Loads the town (organisations, accounts, the catalogue of matters) and knows who a token speaks for."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta

import asyncpg

from activities.content import Connection
from domain.actors import Actor
from domain.organisation import Organisation, Tree
from domain.vocabulary import CaseKind, Role, Service, Unit, UnitKind

_OURS = "herun_"  # lets a scanner tell a leaked token of ours
_TOKEN_BYTES = 32

_ORGANISATION = """
    INSERT INTO organisation (unit, kind, name_zh, name_en, aliases, valid_from, valid_to, successor)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (unit) DO UPDATE SET kind = excluded.kind, name_zh = excluded.name_zh,
        name_en = excluded.name_en, aliases = excluded.aliases, valid_from = excluded.valid_from,
        valid_to = excluded.valid_to, successor = excluded.successor"""
_ACCOUNT = """
    INSERT INTO account (id, name, role, unit, valid_from, valid_to)
    VALUES ($1, $2, $3, $4, coalesce($5, now()), $6)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, role = excluded.role, unit = excluded.unit,
        valid_from = coalesce($5, account.valid_from), valid_to = excluded.valid_to"""
_MATTER = """
    INSERT INTO catalogue (matter, parent, name_zh, name_en, aliases, route, service, lead, co_units, urgent,
        paper_only)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
    ON CONFLICT (matter) DO UPDATE SET parent = excluded.parent, name_zh = excluded.name_zh,
        name_en = excluded.name_en, aliases = excluded.aliases, route = excluded.route,
        service = excluded.service, lead = excluded.lead, co_units = excluded.co_units,
        urgent = excluded.urgent, paper_only = excluded.paper_only, retired_at = NULL"""
_HOLDER = """
    SELECT a.* FROM token t JOIN account a ON a.id = t.account
    WHERE t.hash = $1 AND t.revoked_at IS NULL AND t.expires_at > now()
      AND a.valid_from <= now() AND (a.valid_to IS NULL OR a.valid_to > now())"""


@dataclass(frozen=True, slots=True)
class Account:
    """A person in one role in one organisation; `id` is a pseudonym, of a resident the party in cases too.

    `valid_from` None leaves it as it is, or now for a new account.
    """

    id: str
    name: str
    role: Role
    unit: Unit | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    @property
    def actor(self) -> Actor:
        """Who acts when this account does."""
        return Actor(self.id, self.role, self.unit)


@dataclass(frozen=True, slots=True)
class Matter:
    """One line of the catalogue, on any of its three levels; `code` is its path, such as `city.road.cover`.

    `route` is the procedure it opens, `service` the handling limit of its orders, `lead` and `co_units`
    who handles it unless somebody says otherwise; `paper_only` where the law refuses e-signature
    (《电子签名法》第3条).
    """

    code: str
    parent: str | None
    name_zh: str
    name_en: str
    aliases: tuple[str, ...] = ()
    route: CaseKind | None = None
    service: Service | None = None
    lead: Unit | None = None
    co_units: tuple[Unit, ...] = ()
    urgent: bool = False
    paper_only: bool = False


async def load_organisations(connection: Connection, organisations: Iterable[Organisation]) -> None:
    """Add organisations, or bring those of the same unit up to date. As owner."""
    await connection.executemany(_ORGANISATION, [astuple(each) for each in organisations])


async def load_accounts(connection: Connection, accounts: Iterable[Account]) -> None:
    """Add accounts, or bring those of the same id up to date. As owner."""
    await connection.executemany(_ACCOUNT, [astuple(each) for each in accounts])


async def load_catalogue(connection: Connection, matters: Iterable[Matter]) -> None:
    """Add matters, or bring those of the same code up to date. As owner."""
    await connection.executemany(_MATTER, [astuple(each) for each in matters])


async def retire_matter(connection: Connection, code: str) -> None:
    """A matter is no longer offered; cases that have it keep its name. As owner."""
    await connection.execute("UPDATE catalogue SET retired_at = now() WHERE matter = $1", code)


async def tree(connection: Connection) -> Tree:
    """The tree of organisations, abolished ones included."""
    rows = await connection.fetch("SELECT * FROM organisation ORDER BY unit")
    return Tree(map(_organisation, rows))


async def catalogue(connection: Connection) -> dict[str, Matter]:
    """Every matter on offer, by its code, in the order of codes."""
    rows = await connection.fetch("SELECT * FROM catalogue WHERE retired_at IS NULL ORDER BY matter")
    return {row["matter"]: _matter(row) for row in rows}


async def account(connection: Connection, who: str) -> Account | None:
    """The account of an id, whether or not it is valid now."""
    row = await connection.fetchrow("SELECT * FROM account WHERE id = $1", who)
    return _account(row) if row else None


async def create_token(connection: Connection, who: str, lifetime: timedelta) -> str:
    """A new bearer token of an account, shown this once: only its hash is kept. As owner.

    Raises LookupError if there is no such account.
    """
    token = _OURS + secrets.token_urlsafe(_TOKEN_BYTES)
    try:
        await connection.execute(
            "INSERT INTO token (hash, account, expires_at) VALUES ($1, $2, now() + $3)",
            _hash(token), who, lifetime,
        )  # fmt: skip
    except asyncpg.ForeignKeyViolationError:
        raise LookupError(f"没有账号 {who}。/ There is no account {who}.") from None
    return token


async def holder(connection: Connection, token: str) -> Account | None:
    """Whom a token speaks for now; None if it is unknown, expired or revoked, or the account not valid."""
    row = await connection.fetchrow(_HOLDER, _hash(token))
    return _account(row) if row else None


async def revoke_tokens(connection: Connection, who: str) -> None:
    """No token of the account opens the door any more. As owner."""
    await connection.execute(
        "UPDATE token SET revoked_at = now() WHERE account = $1 AND revoked_at IS NULL", who
    )  # fmt: skip


def _hash(token: str) -> bytes:
    """A plain hash will do: 256 random bits cannot be guessed, so there is nothing to slow down."""
    return hashlib.sha256(token.encode()).digest()


def _organisation(row: asyncpg.Record) -> Organisation:
    since: date | None = row["valid_from"]
    return Organisation(
        Unit(row["unit"]), UnitKind(row["kind"]), row["name_zh"], row["name_en"], tuple(row["aliases"]),
        since, row["valid_to"], Unit(row["successor"]) if row["successor"] else None,
    )  # fmt: skip


def _account(row: asyncpg.Record) -> Account:
    unit = Unit(row["unit"]) if row["unit"] else None
    return Account(row["id"], row["name"], Role(row["role"]), unit, row["valid_from"], row["valid_to"])


def _matter(row: asyncpg.Record) -> Matter:
    return Matter(
        row["matter"], row["parent"], row["name_zh"], row["name_en"], tuple(row["aliases"]),
        CaseKind(row["route"]) if row["route"] else None, Service(row["service"]) if row["service"] else None,
        Unit(row["lead"]) if row["lead"] else None, tuple(map(Unit, row["co_units"])), row["urgent"],
        row["paper_only"],
    )  # fmt: skip
