"""Knows whether a name and a password belong together, and stops whoever keeps guessing."""

import asyncio
import secrets
import unicodedata
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

import asyncpg
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from activities.content import Connection

Connect: TypeAlias = Callable[[], AbstractAsyncContextManager[Connection]]
"""Lends a connection for a few statements; none is held while a hash is computed, or a crowd would hold all."""

FAILURES = 5
LOCKED_FOR = timedelta(minutes=15)
"""Five failures within a quarter of an hour lock a name for as long."""
SHORTEST, LONGEST = 10, 128  # characters
FEWEST_KINDS = 5  # different characters
ONCE_FOR = timedelta(hours=24)
"""How long a one-time password from an administrator may be used."""

_AT_ONCE = asyncio.Semaphore(2)  # each hash takes 64 MiB; a crowd at the door must not take it all
_HASHER = PasswordHasher()
_NOBODYS = _HASHER.hash(secrets.token_hex(16))
"""Verified where there is no password, so that an unknown name takes as long as a known one."""

_HALF_WAY = """
    UPDATE credential SET failures = greatest(failures - 1, 0), locked_until = NULL WHERE account = $1"""
_COUNTED = "CASE WHEN failed_at > now() - $2::interval THEN failures + 1 ELSE 1 END"
_ATTEMPT = f"""
    UPDATE credential SET failures = {_COUNTED}, failed_at = now(),
        locked_until = CASE WHEN {_COUNTED} >= $3 THEN now() + $2::interval END
    WHERE login = $1 AND (locked_until IS NULL OR locked_until <= now())
    RETURNING *"""  # noqa: S608 - made of names in the code alone
_PASSED = "UPDATE credential SET failures = 0, failed_at = NULL, locked_until = NULL WHERE account = $1"
_RENEW = "UPDATE credential SET password = $2 WHERE account = $1 AND password = $3"
_VALID = """
    SELECT EXISTS (SELECT FROM account WHERE id = $1 AND valid_from <= now()
        AND (valid_to IS NULL OR valid_to > now()))"""
_SET = """
    INSERT INTO credential (account, login, password, password_at, password_until, must_change)
    VALUES ($1, $2, $3, now(), $4, $5)
    ON CONFLICT (account) DO UPDATE SET password = excluded.password, password_at = excluded.password_at,
        password_until = excluded.password_until, must_change = excluded.must_change,
        failures = 0, failed_at = NULL, locked_until = NULL"""


class Weakness(StrEnum):
    """Why a password is not taken."""

    TOO_SHORT = "password_too_short"
    TOO_LONG = "password_too_long"
    TOO_PLAIN = "password_too_plain"
    HAS_NAME = "password_has_name"


class WeakPassword(ValueError):
    """A password that anybody could guess."""

    def __init__(self, weakness: Weakness) -> None:
        super().__init__(weakness.value)
        self.weakness = weakness


class LoginTaken(ValueError):
    """Another account signs in under this name."""


@dataclass(frozen=True, slots=True)
class Credential:
    """What an account signs in with; the second factor counts once it was confirmed."""

    account: str
    login: str
    must_change: bool
    has_second_factor: bool
    locked_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A refused attempt: on which account if there is one, and whether that name is locked from now on."""

    account: str | None
    locked: bool


def login_name(name: str) -> str:
    """A name as it is compared: full- and half-width, upper and lower case are the same."""
    return askable(unicodedata.normalize("NFKC", name).strip().lower())


def askable(text: str) -> str:
    """A text with which Postgres can be asked: what it cannot say is marked."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def weakness(password: str, login: str) -> Weakness | None:
    """Why a password would not be taken. Length counts, not a show of signs (NIST SP 800-63B §3.1.1)."""
    if len(password) < SHORTEST:
        return Weakness.TOO_SHORT
    if len(password) > LONGEST:
        return Weakness.TOO_LONG
    if len(set(password)) < FEWEST_KINDS:
        return Weakness.TOO_PLAIN
    return Weakness.HAS_NAME if login_name(login) in login_name(password) else None


async def hashed(secret: str) -> str:
    """Argon2id of a password or a code, with a salt of its own."""
    async with _AT_ONCE:
        return await asyncio.to_thread(_HASHER.hash, _normal(secret))


async def matches(stored: str | None, secret: str) -> bool:
    """Whether a secret is the one that was hashed; of nothing stored False, and no sooner."""
    async with _AT_ONCE:
        right = await asyncio.to_thread(_verify, stored or _NOBODYS, _normal(secret)[:LONGEST])
    return right and stored is not None


async def attempt(connection: Connection, name: str) -> asyncpg.Record | None:
    """Count an attempt on a name as failed until it proves right; None if there is none, or it is locked.

    Counting first means that a hundred guesses sent at once are a hundred failures, not one.
    """
    login = login_name(name)
    return await connection.fetchrow(_ATTEMPT, login, LOCKED_FOR, FAILURES)


async def passed(connection: Connection, account: str) -> None:
    """The attempt under way was right: earlier failures are forgotten."""
    await connection.execute(_PASSED, account)


async def check_password(connect: Connect, name: str, password: str) -> Credential | Failed:
    """Whether they belong together, now, and the account holds.

    An unknown name, a locked one, a wrong password and an account that has ended take the same time. Where
    a second factor is owed too, earlier failures are forgotten once that was right.
    """
    async with connect() as connection:
        row = await attempt(connection, name)
    right = await matches(row["password"] if row else None, password)
    renewed = await _renewed(row["password"], password) if row and right else None
    async with connect() as connection:
        if row is None:
            return Failed(await _locked_account(connection, name), locked=False)
        return await _judge(connection, row, right, renewed)


async def _judge(
    connection: Connection, row: asyncpg.Record, right: bool, renewed: str | None
) -> Credential | Failed:
    lapsed = row["password_until"] is not None and row["password_until"] <= datetime.now(UTC)
    if not right or lapsed or not await connection.fetchval(_VALID, row["account"]):
        return Failed(row["account"], locked=row["locked_until"] is not None)
    if renewed is not None:
        await connection.execute(_RENEW, row["account"], renewed, row["password"])
    found = _credential(row)
    await connection.execute(_HALF_WAY if found.has_second_factor else _PASSED, found.account)
    return found


async def credential(connection: Connection, account: str) -> Credential | None:
    """What an account signs in with, if anything."""
    row = await connection.fetchrow("SELECT * FROM credential WHERE account = $1", account)
    return _credential(row) if row else None


async def account_named(connection: Connection, name: str) -> str | None:
    """The account that signs in under a name, if it holds now."""
    found: str | None = await connection.fetchval(_NAMED, login_name(name))
    return found


_NAMED = """
    SELECT c.account FROM credential c JOIN account a ON a.id = c.account
    WHERE c.login = $1 AND a.valid_from <= now() AND (a.valid_to IS NULL OR a.valid_to > now())"""


async def set_password(
    connection: Connection, account: str, password: str, *, login: str | None = None, once: bool = False
) -> None:
    """A new password; `once` lets it open nothing but the choice of another, for a day.

    `login` counts for an account that has no password yet. Raises WeakPassword, LoginTaken, and
    LookupError where there is no such account.
    """
    name = login_name(login or account)
    if (why := weakness(password, name)) is not None:
        raise WeakPassword(why)
    until = datetime.now(UTC) + ONCE_FOR if once else None
    try:
        await connection.execute(_SET, account, name, await hashed(password), until, once)
    except asyncpg.UniqueViolationError:
        raise LoginTaken(name) from None
    except asyncpg.ForeignKeyViolationError:
        raise LookupError(account) from None


async def add_login(connection: Connection, account: str, login: str | None = None) -> None:
    """A name to sign in with, and no password: for an account that comes in by single sign-on.

    Raises LoginTaken, and LookupError where there is no such account.
    """
    try:
        await connection.execute(
            "INSERT INTO credential (account, login) VALUES ($1, $2) ON CONFLICT (account) DO NOTHING",
            account, login_name(login or account),
        )  # fmt: skip
    except asyncpg.UniqueViolationError:
        raise LoginTaken(login_name(login or account)) from None
    except asyncpg.ForeignKeyViolationError:
        raise LookupError(account) from None


async def rename(connection: Connection, account: str, login: str) -> None:
    """The account signs in under another name. Raises LoginTaken."""
    try:
        await connection.execute(
            "UPDATE credential SET login = $2 WHERE account = $1", account, login_name(login)
        )
    except asyncpg.UniqueViolationError:
        raise LoginTaken(login_name(login)) from None


async def matches_current(connect: Connect, account: str, password: str) -> bool:
    """Whether this is the password that the account has now; a wrong answer counts as a failure."""
    async with connect() as connection:
        held = await credential(connection, account)
    found = await check_password(connect, held.login if held else "", password)
    if isinstance(found, Failed):
        return False
    async with connect() as connection:
        await passed(connection, account)
    return True


def once_password() -> str:
    """A password to hand over: sixteen letters and digits that are not taken for one another, in fours."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


async def _locked_account(connection: Connection, name: str) -> str | None:
    asked = "SELECT account FROM credential WHERE login = $1"
    found: str | None = await connection.fetchval(asked, login_name(name))
    return found


async def _renewed(stored: str, password: str) -> str | None:
    """A new hash of a password that was hashed more cheaply than is usual today."""
    return await hashed(password) if _HASHER.check_needs_rehash(stored) else None


def _verify(stored: str, secret: str) -> bool:
    try:
        return _HASHER.verify(stored, secret)
    except (VerificationError, InvalidHashError):
        return False


def _normal(secret: str) -> str:
    """The same password from whatever keyboard; lone surrogates, which UTF-8 cannot say, are marked."""
    return unicodedata.normalize("NFKC", secret).encode("utf-8", "replace").decode()


def _credential(row: asyncpg.Record) -> Credential:
    locked = row["locked_until"]
    return Credential(
        row["account"], row["login"], row["must_change"], row["totp_at"] is not None, locked
    )  # fmt: skip
