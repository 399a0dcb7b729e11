"""Keeps and finds what may not stand on the ledger: text, names, numbers, addresses and files."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

import asyncpg

from activities import grams
from activities.commitments import ContentKind, commit, new_salt
from domain.vocabulary import CaseNo, Content, Party

Connection: TypeAlias = "asyncpg.Connection | asyncpg.pool.PoolConnectionProxy"

SWEPT_AFTER = timedelta(hours=1)
"""How long content may wait for the event that refers to it (design §2); the database allows no less."""

_PUT = """
    INSERT INTO content (commitment, kind, salt, body, media_type, grams, account)
    VALUES ($1, $2, $3, $4, $5, array_to_tsvector($6::text[]), $7)"""
_GET = """
    SELECT commitment, kind, salt, body, media_type, account, created_at, erased_at, erased_by, erase_basis
    FROM content WHERE commitment = ANY($1::text[])"""
_FIND = f"""
    SELECT r.case_no, r.opened_at FROM case_register r
    WHERE r.case_no IN (
        SELECT f.case_no FROM content c JOIN content_ref f USING (commitment)
        WHERE {grams.matches("c.grams", "c.body", "$1", "$2")}
    ) AND ($3::timestamptz IS NULL OR (r.opened_at, r.case_no) < ($3, $4))
    ORDER BY r.opened_at DESC, r.case_no DESC LIMIT $5"""  # noqa: S608 - made of names in the code alone


@dataclass(frozen=True, slots=True)
class Words:
    """Something to keep: words, or a file as base64 with its media type."""

    kind: ContentKind
    body: str
    media_type: str | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """When content was erased, by which account, on what basis."""

    at: datetime
    who: str
    basis: str


@dataclass(frozen=True, slots=True)
class Kept:
    """Content as it stands; body and salt are None once erased."""

    commitment: Content
    kind: ContentKind
    body: str | None
    salt: bytes | None
    media_type: str | None
    account: str
    created_at: datetime
    erased: Erasure | None

    @property
    def holds(self) -> bool:
        """Whether the body is what was committed to; of erased content nobody can say, so True."""
        if self.body is None or self.salt is None:
            return True
        return commit(self.kind, self.body, self.salt) == self.commitment


@dataclass(frozen=True, slots=True)
class Hit:
    """A case in which a word was found; its two fields are the place after which a next page begins."""

    case_no: CaseNo
    opened_at: datetime


async def put(connection: Connection, words: Sequence[Words], account: str) -> list[Content]:
    """Keep words before the act that refers to them; returns their commitments in order.

    Each gets a fresh salt: the same words twice are two commitments, and nobody can tell that they are
    the same. Raises ValueError for a body with a NUL character, which Postgres cannot keep.
    """
    rows = [_row(each, account) for each in words]
    await connection.executemany(_PUT, rows)
    return [row[0] for row in rows]


async def put_party(
    connection: Connection, who: Party, account: str, *, name: str, phone: str = "", address: str = ""
) -> None:
    """Keep who a pseudonym is. The first entry stands; a pseudonym never becomes somebody else."""
    said = {ContentKind.NAME: name, ContentKind.PHONE: phone, ContentKind.ADDRESS: address}
    words = [Words(kind, body) for kind, body in said.items() if body]
    async with connection.transaction():
        kept = dict(zip((each.kind for each in words), await put(connection, words, account), strict=True))
        await connection.execute(
            "INSERT INTO party (party_id, name, phone, address) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (party_id) DO NOTHING",
            who, *(kept.get(kind) for kind in said),
        )  # fmt: skip


async def get(connection: Connection, commitments: Iterable[Content]) -> dict[Content, Kept]:
    """What stands behind commitments; those the store does not know are absent."""
    rows = await connection.fetch(_GET, list(commitments))
    return {Content(row["commitment"]): _kept(row) for row in rows}


async def erase(connection: Connection, commitment: Content, who: str, basis: str) -> bool:
    """Take body, salt and index terms away for good; whether there was anything to take.

    The commitment stays on the ledger, and nobody can check guesses against it without the salt
    (《个人信息保护法》第47条). `basis` says on what ground, `who` is an account. As `herun_ledger` or owner.
    """
    return bool(await connection.fetchval("SELECT herun_erase($1, $2, $3)", commitment, who, basis))


async def sweep(connection: Connection, older_than: timedelta = SWEPT_AFTER, at_most: int = 10_000) -> int:
    """Delete content that nothing referred to in time; returns how much. As `herun_ledger` or owner."""
    return int(await connection.fetchval("SELECT herun_sweep($1, $2)", older_than, at_most))


async def find(connection: Connection, text: str, limit: int, after: Hit | None = None) -> list[Hit]:
    """Cases in whose words a query is found, the latest opened first; the caller asks who may see them.

    Raises `grams.EmptyQuery`.
    """
    query = grams.query(text)
    at, case_no = (after.opened_at, after.case_no) if after else (None, None)
    rows = await connection.fetch(_FIND, query.tsquery, list(query.phrases), at, case_no, limit)
    return [Hit(CaseNo(row["case_no"]), row["opened_at"]) for row in rows]


def _row(words: Words, account: str) -> tuple[Content, str, bytes, str, str | None, list[str] | None, str]:
    if "\x00" in words.body:
        raise ValueError("text must not contain a NUL character")
    salt = new_salt()
    terms = None if words.kind is ContentKind.FILE else grams.grams(words.body)
    commitment = commit(words.kind, words.body, salt)
    return commitment, words.kind.value, salt, words.body, words.media_type, terms, account


def _kept(row: asyncpg.Record) -> Kept:
    values = dict(row)
    at, who, basis = (values.pop(name) for name in ("erased_at", "erased_by", "erase_basis"))
    values["kind"] = ContentKind(values["kind"])
    return Kept(**values, erased=Erasure(at, who, basis) if at is not None else None)
