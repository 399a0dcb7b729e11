"""Lets a party of a case in without an account: by a code sent to it, or by the link it was given."""

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

import asyncpg

from activities.content import Connection
from activities.credentials import Connect, askable, hashed, matches
from domain.vocabulary import CaseNo, Party

CODE_LIVES = timedelta(minutes=10)
TRIES = 5
MOST_CODES = 5  # sent for one case in an hour, so that nobody's telephone rings all night
LINK_LIVES = timedelta(days=730)

_LINK_BYTES = 16
_VISITOR = "v-"

_PARTIES = "SELECT parties FROM case_register WHERE case_no = $1"
_SENT = """
    SELECT count(*) FROM one_time_code WHERE case_no = $1 AND created_at > now() - interval '1 hour'"""
_WITH_PHONE = """
    SELECT p.party_id FROM party p JOIN content c ON c.commitment = p.phone
    WHERE p.party_id = ANY($1::text[]) AND regexp_replace(c.body, '[^0-9]', '', 'g') = $2"""
_FORGET = "DELETE FROM one_time_code WHERE expires_at < now() - interval '1 day'"
_KEEP_CODE = "INSERT INTO one_time_code (case_no, party, hash, expires_at) VALUES ($1, $2, $3, $4)"
_TRY = """
    UPDATE one_time_code SET tries = tries + 1
    WHERE id IN (SELECT DISTINCT ON (party) id FROM one_time_code WHERE case_no = $1 ORDER BY party, id DESC)
      AND used_at IS NULL AND expires_at > now() AND tries < $2
    RETURNING id, party, hash"""
_USE = "UPDATE one_time_code SET used_at = now() WHERE id = $1 AND used_at IS NULL RETURNING party"
_KEEP_LINK = """
    INSERT INTO follow_link (hash, case_no, party, expires_at) VALUES ($1, $2, $3, now() + $4::interval)"""
_LINK = """
    SELECT case_no, party FROM follow_link
    WHERE hash = $1 AND revoked_at IS NULL AND expires_at > now()"""


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell a party at once, of no use after `until`."""

    party: Party
    case_no: CaseNo
    body: str
    until: datetime


class Messenger(Protocol):
    """Brings a message to a party, by whatever way a city has; must not log what it says."""

    async def send(self, message: Message) -> None:
        """Hand the message on."""


@dataclass(frozen=True, slots=True)
class Outbox:
    """The messenger of a city that has none connected: a table from which something else sends."""

    connection: Connection

    async def send(self, message: Message) -> None:
        """Lay the message down, and forget those that are of no more use."""
        await self.connection.execute("DELETE FROM outbox_message WHERE expires_at < now()")
        await self.connection.execute(
            "INSERT INTO outbox_message (party, case_no, body, expires_at) VALUES ($1, $2, $3, $4)",
            message.party, message.case_no, message.body, message.until,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Follower:
    """Which party of which case somebody has shown to be."""

    case_no: CaseNo
    party: Party


async def ask_code(
    connect: Connect, messenger: Callable[[Connection], Messenger], case_no: str, phone: str,
    say: Callable[[str], str],
) -> bool:  # fmt: skip
    """Send a six-digit code to a party of a case: whose telephone number it is, or else who brought it.

    `say` puts the code in a sentence. Whether anything was sent must not be told to whoever asked.
    """
    code = f"{secrets.randbelow(1_000_000):06d}"
    stored = await hashed(code)  # also where nothing will be sent: it takes the same time
    async with connect() as connection:
        party = await _addressee(connection, case_no, phone)
        if party is None:
            return False
        until = datetime.now(UTC) + CODE_LIVES
        async with connection.transaction():
            await connection.execute(_FORGET)
            await connection.execute(_KEEP_CODE, case_no, party, stored, until)
            await messenger(connection).send(Message(party, CaseNo(case_no), say(code), until))
    return True


async def use_code(connect: Connect, case_no: str, code: str) -> Follower | None:
    """Who typed a code that was sent for the case: the latest to each party holds, once, for five tries."""
    async with connect() as connection:
        rows = await connection.fetch(_TRY, askable(case_no), TRIES)
    right = [row for row in rows if await matches(row["hash"], code.strip())]
    if not rows:
        await matches(None, code)
    if not right:
        return None
    async with connect() as connection:
        party = await connection.fetchval(_USE, right[0]["id"])
    return Follower(CaseNo(case_no), Party(party)) if party else None


async def follow_link(connection: Connection, case_no: CaseNo, party: Party) -> str:
    """The token of a link by which a party follows its case, shown this once; it holds for two years."""
    token = secrets.token_urlsafe(_LINK_BYTES)
    await connection.execute(_KEEP_LINK, _hash(token), case_no, party, LINK_LIVES)
    return token


async def follower(connection: Connection, token: str) -> Follower | None:
    """Who was given the link."""
    row = await connection.fetchrow(_LINK, _hash(token))
    return Follower(CaseNo(row["case_no"]), Party(row["party"])) if row else None


async def revoke_links(connection: Connection, case_no: CaseNo) -> int:
    """No link to the case opens any more, such as after one was shown around; returns how many did."""
    rows = await connection.fetch(
        "UPDATE follow_link SET revoked_at = now() WHERE case_no = $1 AND revoked_at IS NULL RETURNING party",
        case_no,
    )
    return len(rows)


def new_visitor() -> Party:
    """A pseudonym for a person who files without an account."""
    return Party(_VISITOR + secrets.token_hex(10))


def visitor_of(key: str) -> Party:
    """The pseudonym of whoever holds a form's secret key: the form sent twice is sent by one person."""
    return Party(_VISITOR + hashlib.sha256(f"herun/visitor/1\n{key}".encode()).hexdigest()[:20])


async def _addressee(connection: Connection, case_no: str, phone: str) -> Party | None:
    number = askable(case_no)
    parties: list[str] = await connection.fetchval(_PARTIES, number) or []
    sent: int = await connection.fetchval(_SENT, number)
    digits = "".join(each for each in phone if each.isascii() and each.isdigit())
    if sent >= MOST_CODES or not parties:
        return None
    if phone and not digits:
        return None
    if digits:
        parties = await _owners(connection, parties, digits)
    return Party(parties[0]) if parties else None


async def _owners(connection: Connection, parties: list[str], digits: str) -> list[str]:
    rows: list[asyncpg.Record] = await connection.fetch(_WITH_PHONE, parties, digits)
    return [row["party_id"] for row in rows]


def _hash(token: str) -> bytes:
    """A plain hash will do: 128 random bits cannot be guessed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
