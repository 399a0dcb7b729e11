"""Gives a case its number, once for each idempotency key of an account."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from activities.chain import canonical
from activities.content import Connection
from domain.calendar import CST
from domain.vocabulary import CaseKind, CaseNo

DRILL_PREFIX = "X"
LETTERS: Mapping[CaseKind, str] = MappingProxyType(
    {CaseKind.ORDER: "O", CaseKind.MEDIATION: "M", CaseKind.PETITION: "P", CaseKind.WHISTLE: "W"}
)

_TAKE = """
    WITH taken AS (
        INSERT INTO intake (account, key, fingerprint, case_no, at)
        SELECT $1, $2, $3, $4 || lpad(n::text, greatest(5, length(n::text)), '0'), $6
        FROM (SELECT nextval($5::text::regclass) AS n
              WHERE NOT EXISTS (SELECT FROM intake WHERE account = $1 AND key = $2)) next
        ON CONFLICT (account, key) DO NOTHING
        RETURNING case_no, fingerprint, at, true AS fresh
    )
    SELECT *, clock_timestamp() AS asked FROM taken
    UNION ALL SELECT case_no, fingerprint, at, false, clock_timestamp() FROM intake WHERE account = $1 AND key = $2"""


class KeyReused(ValueError):
    """An idempotency key came again with another request."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"幂等键 {key} 已用于另一请求。/ The Idempotency-Key {key} was used for another request."
        )


@dataclass(frozen=True, slots=True)
class Intake:
    """The number of a case to open; `fresh` unless the key had it already. `at` is the first time.

    `asked` is the instant of this time by the database's clock, which is the same for every door.
    """

    case_no: CaseNo
    at: datetime
    fresh: bool
    asked: datetime


def fingerprint(request: Mapping[str, Any]) -> bytes:
    """SHA-256 of the canonical JSON of a request: the same for the same request, whatever its layout."""
    return hashlib.sha256(canonical(request).encode()).digest()


async def take_number(
    connection: Connection, account: str, key: str, request: bytes, kind: CaseKind, at: datetime,
    *, drill: bool = False,
) -> Intake:  # fmt: skip
    """The number for a case that an account opens; the same again for the same key.

    `request` is a `fingerprint`. Numbers carry the date in China Standard Time and never repeat; a gap
    means a request that came to nothing. Raises KeyReused.
    """
    prefix = f"{DRILL_PREFIX if drill else ''}{LETTERS[kind]}{at.astimezone(CST):%Y%m%d}-"
    sequence = f"{'drill_' if drill else ''}number_{kind.value}"
    row = None
    while row is None:  # no row: another request with this key committed between our two looks
        row = await connection.fetchrow(_TAKE, account, key, request, prefix, sequence, at)
    if row["fingerprint"] != request:
        raise KeyReused(key)
    return Intake(CaseNo(row["case_no"]), row["at"], row["fresh"], row["asked"])
