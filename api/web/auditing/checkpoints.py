"""Checkpoints to keep outside, and whether the record still begins with one that was kept."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

import asyncpg
from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from activities.access import Access, looked
from activities.settings import Role
from api.answers import Coded
from api.auditing.views import checkpoints
from api.problems import not_found
from api.reading.listing import Paging
from api.voice import Voice
from api.web.auditing.aside import End, Looked, look_aside
from api.web.auditing.auditor import Auditor
from api.web.frame.arrivals import Posted
from api.web.frame.rendering import render
from api.web.frame.visits import Visitor
from audit.checkpoints import treehead
from audit.checkpoints.checkpoint import Checkpoint, Comparison, compare
from audit.checkpoints.held_against import by_known_keys
from audit.checkpoints.keys import trusted
from audit.checkpoints.notes import NoteError, Verifier
from audit.findings import Finding

router = APIRouter()

PAGE = 20
LONGEST = 20_000
"""Characters of a note that somebody pastes."""
SECONDS = 40.0
_NOTE = "SELECT note FROM checkpoint WHERE size = $1"


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is wrong with the record, in words."""

    code: Coded
    case: str
    seq: int | None
    expected: str
    found: str
    about: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A kept note against the record: how the look ended, and what it came to."""

    end: End
    old: Checkpoint
    new: Checkpoint | None = None
    proof: tuple[str, ...] = ()
    findings: tuple[Found, ...] = ()
    unlooked: tuple[Coded, ...] = ()


@router.get("/audit/checkpoints")
async def checkpoints_page(
    visitor: Auditor, after: Annotated[str | None, Query(max_length=300)] = None
) -> HTMLResponse:
    """Signed tree heads, the latest first, each with the note to keep."""
    return await _shown(visitor, after)


@router.get("/audit/checkpoints/{size}.txt")
async def note_file(visitor: Auditor, size: int) -> Response:
    """A note as a file, to the letter."""
    async with visitor.door.database.connection() as connection:
        await looked(connection, visitor.caller.account.id, Access.AUDIT_VIEWED, view="checkpoints")
        note = await connection.fetchval(_NOTE, size) if 0 <= size < 2**63 else None
    if note is None:
        raise not_found()
    named = {"content-disposition": f'attachment; filename="checkpoint-{size}.txt"'}
    return PlainTextResponse(note, headers=named)


@router.post("/audit/checkpoints")
async def compare_page(visitor: Auditor, form: Posted) -> HTMLResponse:
    """Whether the last checkpoint, and the record as it stands, begin with what the pasted note signed."""
    typed = str(form.get("note") or "")[:LONGEST]
    try:
        old = treehead.read(_unwrapped(typed))
    except NoteError as wrong:
        zh, _, en = str(wrong).partition("/ ")
        return await _shown(visitor, None, typed, wrong=visitor.voice.pick(zh, en or zh), status=422)
    async with visitor.door.database.connection() as connection:
        await looked(connection, visitor.caller.account.id, Access.AUDIT_VIEWED, view="comparison")
    return await _shown(visitor, None, typed, compared=await _compared(visitor, old))


async def _shown(
    visitor: Visitor, after: str | None, typed: str = "", *, wrong: str | None = None,
    compared: Compared | None = None, status: int = 200,
) -> HTMLResponse:  # fmt: skip
    found = await checkpoints(visitor.door, visitor.caller, Paging(PAGE, after))
    return render(
        visitor, "audit/checkpoints.html", status=status, address="/audit/checkpoints" if typed else None,
        found=found, is_first=after is None, typed=typed, wrong=wrong, compared=compared,
        keys=_keys(visitor), longest=LONGEST,
    )  # fmt: skip


def _unwrapped(typed: str) -> str:
    """The note as it was signed: a browser sends its lines with carriage returns, people lose the last line's end."""
    text = typed.replace("\r\n", "\n").strip("\n ")
    return f"{text}\n"


async def _compared(visitor: Visitor, old: Checkpoint) -> Compared:
    keys, url = _keys(visitor), visitor.door.settings.url(Role.DOOR)
    heard: Looked[Comparison] = await look_aside(_comparison, url, old.note, keys, seconds=SECONDS)
    if not heard.items:
        return Compared(heard.end, old)
    (comparison,) = heard.items
    said = list(by_known_keys("", comparison.findings, keys))
    return Compared(
        heard.end, old, comparison.new, comparison.proof,
        tuple(_found(each, visitor.voice) for each in said if isinstance(each, Finding)),
        tuple(visitor.voice.coded("unlooked", each.why) for each in said if not isinstance(each, Finding)),
    )  # fmt: skip


def _found(finding: Finding, voice: Voice) -> Found:
    expected, found = ("" if each is None else str(each) for each in (finding.expected, finding.found))
    code = voice.coded("finding", finding.code)
    return Found(code, finding.case_no, finding.seq, expected, found, finding.about)


def _comparison(url: str, note: str, keys: Sequence[Verifier]) -> Iterator[Comparison]:
    """In the process beside the door: it reads every row up to the note."""
    yield asyncio.run(_read(url, note, keys))


async def _read(url: str, note: str, keys: Sequence[Verifier]) -> Comparison:
    connection = await asyncpg.connect(url)
    try:
        return await compare(connection, note, keys)
    finally:
        await connection.close()


def _keys(visitor: Visitor) -> tuple[Verifier, ...]:
    path = visitor.door.settings.audit_keys
    return () if path is None else trusted(path)
