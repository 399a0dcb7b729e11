"""Lets people into the demo town: one password for a data folder, and authenticators for who needs them.

For the demo town alone: its people are made up, and whoever starts it may be any of them.
"""

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import asyncpg
import pyotp

from activities import second_factor
from activities.credentials import hashed, once_password
from domain.vocabulary import Role
from rehearsal.town import Account, Town

FILE = "demo-accounts.json"
_NEAR = ("resident-01", "xingye", "xingfu", "binhu", "shuiwu", "xinfang")
"""Who stands for a role where several could: people whose matters meet."""

_LET_IN = """
    INSERT INTO credential (account, login, password, password_at)
    SELECT who, lower(who), $2, now() FROM unnest($1::text[]) who
    ON CONFLICT (account) DO UPDATE SET password = excluded.password, password_at = now(),
        must_change = false, password_until = NULL, failures = 0, locked_until = NULL
    WHERE $3"""
_AUTHENTICATOR = """
    UPDATE credential SET totp_secret = $2, totp_at = now(), totp_step = 0
    WHERE account = $1 AND (totp_at IS NULL OR $3)"""


@dataclass(frozen=True, slots=True)
class Keys:
    """What opens the demo town that lives in one data folder."""

    password: str
    authenticators: dict[str, str] = field(default_factory=dict)


async def let_in(owner_url: str, data: Path, town: Town) -> Keys:
    """Give every account of the town the folder's password; what somebody has changed since stays."""
    keys = read(data)
    fresh = keys is None
    keys = keys or _new(town)
    connection = await asyncpg.connect(owner_url)
    try:
        async with connection.transaction():
            who = [each.id for each in town.accounts]
            await connection.execute(_LET_IN, who, await hashed(keys.password), fresh)
            for account, secret in keys.authenticators.items():
                await connection.execute(_AUTHENTICATOR, account, secret, fresh)
    finally:
        await connection.close()
    if fresh:
        _write(data, keys)
    return keys


def read(data: Path) -> Keys | None:
    """The keys of a data folder, if a demo town was ever let in there."""
    try:
        return Keys(**json.loads((data / FILE).read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def code(data: Path, account: str) -> str | None:
    """What the authenticator of a demo account shows now."""
    keys = read(data)
    secret = keys.authenticators.get(account) if keys else None
    return second_factor.code_at(secret) if secret else None


def cast(town: Town) -> Iterator[Account]:
    """One account for each role, in the order of the vocabulary."""
    for role in Role:
        those = [each for each in town.accounts if each.role is role]
        if those:
            yield _nearest(those)


def _nearest(those: Iterable[Account]) -> Account:
    ranks = {name: rank for rank, name in enumerate(_NEAR)}
    return min(those, key=lambda each: ranks.get(each.id.split(".")[0], len(ranks)))


def _new(town: Town) -> Keys:
    needing = (each.id for each in town.accounts if each.role in second_factor.REQUIRED)
    return Keys(once_password(), {account: pyotp.random_base32() for account in needing})


def _write(data: Path, keys: Keys) -> None:
    """For the owner of the folder alone."""
    path = data / FILE
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(asdict(keys), file, ensure_ascii=False, indent=1)
