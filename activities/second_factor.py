"""Knows the second factor of an account: codes of an authenticator that hold once, and codes for its loss."""

import hashlib
import hmac
import io
import secrets
import time
from dataclasses import dataclass

import pyotp
import segno

from activities.content import Connection
from activities.safe import BARE, Safe
from domain.rights import ADMINISTRATORS
from domain.vocabulary import Role

ISSUER = "和润 Herun"
STEP = 30  # seconds (RFC 6238 §5.2)
DRIFT = 1  # steps that a telephone's clock may be off
RECOVERY_CODES = 10
REQUIRED = ADMINISTRATORS | {Role.AUDITOR}
"""Roles that do not get in without one."""

_STATE = "SELECT totp_secret, totp_at, totp_step FROM credential WHERE account = $1"
_ACCEPT = "UPDATE credential SET totp_step = $2 WHERE account = $1 AND totp_step < $2 RETURNING true"
_BEGIN = """
    UPDATE credential SET totp_secret = $2, totp_step = 0 WHERE account = $1 AND totp_at IS NULL
    RETURNING login"""
_SEAL = "UPDATE credential SET totp_secret = $2 WHERE account = $1 AND totp_secret = $3"
_USE = """
    UPDATE recovery_code SET used_at = now() WHERE account = $1 AND hash = $2 AND used_at IS NULL
    RETURNING true"""


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What an authenticator is to be told; shown this once."""

    secret: str
    uri: str

    @property
    def svg(self) -> str:
        """The uri as a QR code, an SVG element without styles."""
        drawn = io.BytesIO()
        segno.make(self.uri, error="m").save(drawn, kind="svg", xmldecl=False, scale=5, border=2)
        return drawn.getvalue().decode()


async def begin(connection: Connection, account: str, safe: Safe = BARE) -> Enrolment:
    """A new secret, which counts once a code proves that it arrived.

    Raises LookupError where there is no password yet, or a confirmed second factor stands already.
    """
    secret = pyotp.random_base32()
    login = await connection.fetchval(_BEGIN, account, safe.seal(secret, account))
    if login is None:
        raise LookupError(account)
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=ISSUER))


async def pending(connection: Connection, account: str, safe: Safe = BARE) -> Enrolment | None:
    """The enrolment under way, to be shown again after a mistyped code; None if there is none."""
    row = await connection.fetchrow(
        "SELECT login, totp_secret FROM credential WHERE account = $1 AND totp_at IS NULL", account
    )
    if row is None or row["totp_secret"] is None:
        return None
    secret = safe.open(row["totp_secret"], account)
    return Enrolment(secret, pyotp.TOTP(secret).provisioning_uri(name=row["login"], issuer_name=ISSUER))


async def confirm(
    connection: Connection, account: str, code: str, safe: Safe = BARE
) -> tuple[str, ...] | None:
    """Take the second factor into use; returns recovery codes, shown this once, or None for a wrong code."""
    async with connection.transaction():
        if not await _accept(connection, account, code, safe, confirmed=False):
            return None
        await connection.execute("UPDATE credential SET totp_at = now() WHERE account = $1", account)
        return await new_recovery_codes(connection, account)


async def new_recovery_codes(connection: Connection, account: str) -> tuple[str, ...]:
    """Ten codes, each good once, in place of all earlier ones; only their hashes are kept."""
    codes = tuple(_recovery_code() for _ in range(RECOVERY_CODES))
    async with connection.transaction():
        await connection.execute("DELETE FROM recovery_code WHERE account = $1", account)
        await connection.executemany(
            "INSERT INTO recovery_code (account, hash) VALUES ($1, $2)",
            [(account, _hash(code)) for code in codes],
        )
    return codes


async def check(connection: Connection, account: str, code: str, safe: Safe = BARE) -> bool:
    """Whether a code of the authenticator, or a recovery code, holds; whichever it is, it never does again."""
    if _plain(code).isdigit():
        return await _accept(connection, account, code, safe, confirmed=True)
    return bool(await connection.fetchval(_USE, account, _hash(code)))


async def drop(connection: Connection, account: str) -> None:
    """Forget the second factor and its recovery codes, for whoever lost both."""
    async with connection.transaction():
        await connection.execute("DELETE FROM recovery_code WHERE account = $1", account)
        await connection.execute(
            "UPDATE credential SET totp_secret = NULL, totp_at = NULL, totp_step = 0 WHERE account = $1",
            account,
        )


async def recovery_codes_left(connection: Connection, account: str) -> int:
    """How many recovery codes are unused."""
    count = "SELECT count(*) FROM recovery_code WHERE account = $1 AND used_at IS NULL"
    return int(await connection.fetchval(count, account))


def code_at(secret: str, at: float | None = None) -> str:
    """The code an authenticator shows at a moment, in seconds since 1970; now unless given."""
    return pyotp.TOTP(secret).generate_otp(_step(at))


async def _accept(connection: Connection, account: str, code: str, safe: Safe, *, confirmed: bool) -> bool:
    """Whether the code is right, and of a later step than any accepted before (RFC 6238 §5.2).

    A secret from before there was a key is sealed when it is used.
    """
    row = await connection.fetchrow(_STATE, account)
    if row is None or row["totp_secret"] is None or (row["totp_at"] is not None) is not confirmed:
        return False
    secret = safe.open(row["totp_secret"], account)
    step = _matching(secret, _plain(code))
    if step is None or not await connection.fetchval(_ACCEPT, account, step):
        return False
    if safe.is_bare(row["totp_secret"]):
        await connection.execute(_SEAL, account, safe.seal(secret, account), row["totp_secret"])
    return True


def _matching(secret: str, code: str) -> int | None:
    now, totp = _step(), pyotp.TOTP(secret)
    steps = range(now - DRIFT, now + DRIFT + 1)
    right = [step for step in steps if hmac.compare_digest(totp.generate_otp(step).encode(), code.encode())]
    return right[-1] if right else None


def _step(at: float | None = None) -> int:
    return int(time.time() if at is None else at) // STEP


def _recovery_code() -> str:
    """Eighty random bits: nothing to slow a guesser down is needed in their hash."""
    code = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _ in range(16))
    return "-".join(code[at : at + 4] for at in range(0, 16, 4))


def _hash(code: str) -> bytes:
    return hashlib.sha256(_plain(code).encode("utf-8", "replace")).digest()


def _plain(code: str) -> str:
    """Spaces and hyphens are for reading."""
    return "".join(code.split()).replace("-", "").lower()
