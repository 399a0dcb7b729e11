"""Erasure on a legal basis and by two persons: one asks, another approves; the chain stays whole."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import asyncpg

from activities import content, journal
from activities.content import Connection
from activities.journal import Entry, Stream
from domain.vocabulary import Content

LONGEST_BASIS = 300  # characters; a basis is an article and a ground, not a story with names in it

_OF_CASE = """
    SELECT commitment FROM content_ref WHERE case_no = $1
    UNION SELECT unnest(ARRAY[name, phone, address]) FROM party WHERE starts_with(party_id, $1 || '.')"""
_THERE = "SELECT commitment FROM content WHERE commitment = ANY($1::text[]) AND erased_at IS NULL"
_CASES = """
    SELECT case_no, array_agg(DISTINCT commitment ORDER BY commitment) AS commitments FROM content_ref
    WHERE commitment = ANY($1::text[]) GROUP BY case_no ORDER BY case_no"""
_VALID = """
    SELECT * FROM account WHERE id = $1 AND valid_from <= now() AND (valid_to IS NULL OR valid_to > now())"""

Take = Callable[[Connection, Content, str, str], Awaitable[bool]]
"""Takes one commitment's content away (account, basis); where files lie outside Postgres, those as well."""


class Erasure(StrEnum):
    """What is written in the journal of erasures."""

    ERASURE_ASKED = "erasure_asked"
    ERASURE_APPROVED = "erasure_approved"


class Unerasable(StrEnum):
    """Why an erasure is refused."""

    NO_BASIS = "no_basis"
    LONG_BASIS = "long_basis"
    NO_ACCOUNT = "no_account"
    SAME_PERSON = "same_person"
    UNKNOWN_CONTENT = "unknown_content"
    NOTHING_THERE = "nothing_there"
    NO_REQUEST = "no_request"
    ALREADY_APPROVED = "already_approved"


class ErasureRefused(Exception):
    """Nothing was asked or erased; `about` names what is wrong."""

    _SAYS = {  # noqa: RUF012 - never changed
        Unerasable.NO_BASIS: ("须写明依据", "a basis in law must be given"),
        Unerasable.LONG_BASIS: ("依据太长，只写条款与理由", "the basis is too long: give the article and the ground"),
        Unerasable.NO_ACCOUNT: ("没有这个有效账号", "there is no such account in force"),
        Unerasable.SAME_PERSON: ("申请人与批准人须是两个人", "whoever asked cannot approve: it takes two persons"),
        Unerasable.UNKNOWN_CONTENT: ("本案没有这项内容", "the case does not refer to this content"),
        Unerasable.NOTHING_THERE: ("没有可删除的内容", "there is nothing left to erase"),
        Unerasable.NO_REQUEST: ("没有这个删除申请", "there is no such request"),
        Unerasable.ALREADY_APPROVED: ("该申请已批准", "the request was approved before"),
    }  # fmt: skip

    def __init__(self, code: Unerasable, about: str = "") -> None:
        chinese, english = self._SAYS[code]
        tail = f"：{about}" if about else ""
        super().__init__(f"{chinese}{tail}。/ {english[0].upper()}{english[1:]}{tail and f': {about}'}.")
        self.code, self.about = code, about


@dataclass(frozen=True, slots=True)
class Erased:
    """What an approval took away, and every case that had referred to it."""

    commitments: tuple[Content, ...]
    cases: tuple[str, ...]


async def ask(
    connection: Connection, case_no: str, basis: str, by: str, what: Iterable[Content] = ()
) -> Entry:
    """Ask that content of a case be erased, without `what` all that it refers to; returns the request.

    That takes in the names, numbers and addresses of parties known in this case alone; a resident with an
    account is in other cases too. `basis` is the ground in law (《个人信息保护法》第47条), `by` an account.
    As owner. Raises ErasureRefused.
    """
    ground = _ground(basis)
    await _account(connection, by)
    there = [row["commitment"] for row in await connection.fetch(_OF_CASE, case_no)]
    chosen = list(dict.fromkeys(what)) or [each for each in there if each]
    for each in chosen:
        if each not in there:
            raise ErasureRefused(Unerasable.UNKNOWN_CONTENT, each)
    left = sorted(row["commitment"] for row in await connection.fetch(_THERE, chosen))
    if not left:
        raise ErasureRefused(Unerasable.NOTHING_THERE, case_no)
    return await journal.append(
        connection, Stream.ERASURE, Erasure.ERASURE_ASKED, account=by, case_no=case_no, basis=ground,
        commitments=left,
    )  # fmt: skip


async def approve(connection: Connection, request: int, by: str, take: Take = content.erase) -> Erased:
    """Approve the request with this number in the journal, and erase what it names, all of it or nothing.

    `by` is an account of another person than the asker's. Every case that referred to the content gets an
    entry in the journal. As owner. Raises ErasureRefused, and whatever `take` raises.
    """
    async with connection.transaction():
        await journal.hold(connection, Stream.ERASURE)
        asked = await _asked(connection, request)
        await _second_person(connection, str(asked.data["account"]), by)
        rows = await connection.fetch(_THERE, asked.data["commitments"])
        if not rows:
            raise ErasureRefused(Unerasable.NOTHING_THERE, str(request))
        erased = tuple(Content(row["commitment"]) for row in rows)
        cases = await _note(connection, asked, by, erased)
        for commitment in erased:
            await take(connection, commitment, by, str(asked.data["basis"]))
    return Erased(erased, cases)


async def open_requests(connection: Connection) -> list[Entry]:
    """Requests that nobody has approved, the oldest first."""
    rows = await connection.fetch(
        "SELECT * FROM journal WHERE stream = $1 ORDER BY seq", Stream.ERASURE.value
    )
    entries = [journal.entry_of(row) for row in rows]
    done = {entry.data["request"] for entry in entries if entry.kind == Erasure.ERASURE_APPROVED}
    return [entry for entry in entries if entry.kind == Erasure.ERASURE_ASKED and entry.seq not in done]


def _ground(basis: str) -> str:
    ground = basis.strip()
    if not ground:
        raise ErasureRefused(Unerasable.NO_BASIS)
    if len(ground) > LONGEST_BASIS:
        raise ErasureRefused(Unerasable.LONG_BASIS)
    return ground


async def _account(connection: Connection, who: str) -> asyncpg.Record:
    row: asyncpg.Record | None = await connection.fetchrow(_VALID, who)
    if row is None:
        raise ErasureRefused(Unerasable.NO_ACCOUNT, who)
    return row


async def _second_person(connection: Connection, asker: str, approver: str) -> None:
    """Two accounts are one person where both say so, or bear one name: namesakes have a third approve."""
    second = await _account(connection, approver)
    first = await connection.fetchrow("SELECT * FROM account WHERE id = $1", asker)
    same = first is not None and any(
        first.get(each) and first.get(each) == second.get(each) for each in ("person", "name")
    )
    if asker == approver or same:
        raise ErasureRefused(Unerasable.SAME_PERSON, approver)


async def _asked(connection: Connection, request: int) -> Entry:
    """The request of this number, if nobody has approved it. Nobody else can, until the transaction ends."""
    entries = await journal.entries(connection, Stream.ERASURE, after=request - 1, limit=1)
    if not entries or entries[0].seq != request or entries[0].kind != Erasure.ERASURE_ASKED:
        raise ErasureRefused(Unerasable.NO_REQUEST, str(request))
    if request not in {entry.seq for entry in await open_requests(connection)}:
        raise ErasureRefused(Unerasable.ALREADY_APPROVED, str(request))
    return entries[0]


async def _note(connection: Connection, asked: Entry, by: str, erased: Sequence[Content]) -> tuple[str, ...]:
    """An entry for every case that referred to what was erased; the case that was asked about has all of it."""
    asked_about = str(asked.data["case_no"])
    named = {row["case_no"]: list(row["commitments"]) for row in await connection.fetch(_CASES, list(erased))}
    for case_no, commitments in {**named, asked_about: sorted(erased)}.items():
        await journal.append(
            connection, Stream.ERASURE, Erasure.ERASURE_APPROVED, account=by, case_no=case_no,
            request=asked.seq, asked_by=asked.data["account"], basis=asked.data["basis"], commitments=commitments,
        )  # fmt: skip
    return tuple(sorted({*named, asked_about}))
