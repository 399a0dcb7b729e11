"""The auditor's views: that somebody looked is on the access log before anything is shown; nothing else is written."""

import asyncio
from collections.abc import Sequence
from functools import lru_cache
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import asyncpg
from fastapi import Depends

from activities import content, journal
from activities.access import Access, looked
from activities.settings import Role as DatabaseRole
from api.answers import Page
from api.auditing.answers import (
    AccessView,
    CheckpointView,
    DiffView,
    ExplanationsView,
    StateView,
    VerificationView,
    WhatIfView,
)
from api.auditing.showing import (
    access_view,
    diff_view,
    explained_view,
    refused_view,
    state_view,
    study_view,
    verification_view,
)
from api.door import Calling, Door
from api.identity.callers import Caller
from api.problems import FieldError, Problem, invalid, not_found
from api.reading.casefile import CaseFile, find_file
from api.reading.cursors import cursor_of, key_of
from api.reading.listing import Paging
from audit.answers.verify import verify_case
from audit.casefiles.editions import Library, open_library
from audit.casefiles.exporting import ExportRefused, gathered
from audit.casefiles.exporting import export as packed
from audit.casefiles.reading import Wanted
from audit.checkpoints.keys import trusted
from audit.checkpoints.notes import Verifier
from audit.findings import Report
from audit.study import recorded
from audit.study.explaining import Explained, explain_case, explain_event, refused_acts
from audit.study.travel import Moment, NoSuchMoment, diff, reached, read_moment, state_at
from audit.study.whatif import Found, Question, ask
from domain.authority import may_see
from domain.calendar import CST
from domain.shelf import UnknownEdition
from domain.vocabulary import Content, Role

_CHECKPOINTS = """
    SELECT size, at, root, cases, cases_root, note FROM checkpoint
    WHERE $1::bigint IS NULL OR size < $1 ORDER BY size DESC LIMIT $2"""
_ACCESS = """
    SELECT * FROM journal WHERE stream = 'access' AND ($1::int IS NULL OR seq < $1)
        AND ($2::text IS NULL OR account = $2) AND ($3::text IS NULL OR case_no = $3)
    ORDER BY seq DESC LIMIT $4"""


async def _auditor(caller: Calling) -> Caller:
    """The caller, if an auditor. Raises Problem (403)."""
    if caller.account.role is not Role.AUDITOR:
        raise Problem(HTTPStatus.FORBIDDEN, "auditors_only")
    return caller


Auditing: TypeAlias = Annotated[Caller, Depends(_auditor)]


async def viewed(door: Door, caller: Caller, number: str, view: str) -> CaseFile:
    """A case that the auditor looks at; the access log has it first. Raises Problem (404)."""
    async with door.database.connection() as connection:
        file = await find_file(connection, number)
        if file is None or not may_see(file.case, caller.actor):
            raise not_found()
        await looked(connection, caller.account.id, Access.AUDIT_VIEWED, file.number, view=view)
    return file


def moment_of(text: str, field: str) -> Moment:
    """The moment a parameter means. Raises Problem (422)."""
    try:
        return read_moment(text)
    except (ValueError, OverflowError) as wrong:
        raise invalid(FieldError((field,), "not_moment")) from wrong


async def state(door: Door, caller: Caller, number: str, at: str | None) -> StateView:
    """A case as it stood then, or stands now. Raises Problem (404, 422)."""
    moment = moment_of(at, "at") if at is not None else None
    file = await viewed(door, caller, number, "state")
    try:
        snapshot = state_at(file.number, file.events, len(file.events) if moment is None else moment)
    except NoSuchMoment as none:
        raise _no_moment("at", none) from none
    return state_view(snapshot, len(file.events), await door.voice(caller))


async def difference(door: Door, caller: Caller, number: str, one: str, other: str) -> DiffView:
    """What changed between two moments. Raises Problem (404, 422)."""
    moments = moment_of(one, "from"), moment_of(other, "to")
    file = await viewed(door, caller, number, "diff")
    try:
        first, last = sorted(reached(file.events, each) for each in moments)
    except NoSuchMoment as none:
        raise _no_moment("from", none) from none
    changes = diff(file.number, file.events, first, last)
    return diff_view(file.number, first, last, changes, await door.voice(caller))


def _no_moment(field: str, none: NoSuchMoment) -> Problem:
    return invalid(FieldError((field,), "no_such_moment", {"first": 1, "last": none.last.seq}))


async def explanations(door: Door, caller: Caller, number: str, seq: int | None) -> ExplanationsView:
    """One event explained, or every one and the acts that were refused. Raises Problem (404)."""
    file = await viewed(door, caller, number, "explain")
    told = _explained(file, seq, door)
    reasons = [Content(each) for one in told for each in one.reasons.values()]
    async with door.database.connection() as connection:
        kept = await content.get(connection, reasons)
        entries = await journal.entries_of_case(connection, file.number) if seq is None else []
    voice = await door.voice(caller)
    return ExplanationsView(
        number=file.number,
        events=tuple(explained_view(each, kept, voice) for each in told),
        refused=tuple(refused_view(each, voice) for each in refused_acts(entries)),
    )


def _explained(file: CaseFile, seq: int | None, door: Door) -> Sequence[Explained]:
    if seq is None:
        return list(explain_case(file.number, file.events, door.shelf))
    try:
        return [explain_event(file.number, file.events, seq, door.shelf)]
    except NoSuchMoment as none:
        raise _no_moment("seq", none) from none


async def verification(door: Door, caller: Caller, number: str) -> VerificationView:
    """The five answers for a case as it stands. Raises Problem (404)."""
    file = await viewed(door, caller, number, "verification")
    async with door.database.connection() as connection:
        evidence = await gathered(connection, file.number, library(door.settings.editions_dir))
    assert evidence is not None  # it was just read
    keys = _keys(door.settings.audit_keys)
    report = await asyncio.to_thread(lambda: asyncio.run(_report(evidence, keys)))
    return verification_view(report, await door.voice(caller))


async def _report(evidence: Any, keys: Sequence[Verifier]) -> Report:
    return await verify_case(evidence, keys)


def _keys(path: Path | None) -> Sequence[Verifier]:
    return () if path is None else trusted(path)


@lru_cache(maxsize=2)
def library(folder: Path | None) -> Library:
    """The editions with their texts, parsed once."""
    return open_library(folder)


async def export(door: Door, caller: Caller, number: str, *, with_content: bool) -> bytes:
    """The file of a case; that it was asked for is on the access log first. Raises Problem (404)."""
    async with door.database.connection() as connection:
        file = await find_file(connection, number)
        if file is None or not may_see(file.case, caller.actor):
            raise not_found()
        try:
            return await packed(
                connection, number, library(door.settings.editions_dir), by=caller.account.id,
                with_content=with_content,
            )  # fmt: skip
        except ExportRefused as refused:
            raise not_found() from refused


# -- studies and lists ----------------------------------------------------------------------------------


async def whatif(door: Door, caller: Caller, rulebook: str, wanted: Wanted, most: int) -> WhatIfView:
    """The latest closed cases under another edition; `herun audit whatif` has no such bound.

    Raises Problem (422) for an edition that is not there.
    """
    try:
        door.shelf.rulebook(rulebook)
    except UnknownEdition as unknown:
        raise invalid(FieldError(("rulebook",), "unknown_edition")) from unknown
    async with door.database.connection() as connection:
        await looked(connection, caller.account.id, Access.TABLE_EXPORTED, view="whatif", rulebook=rulebook)
        url = door.settings.url(DatabaseRole.DOOR)
        jobs = recorded.latest(await recorded.batches(connection, url, rulebook, wanted), most)
    found = await asyncio.to_thread(_asked, Question(rulebook, door.settings.editions_dir), jobs)
    return study_view(rulebook, found, await door.voice(caller))


def _asked(question: Question, jobs: Sequence[recorded.Batch]) -> Found:
    return ask(question, recorded.recorded_lives, jobs, processes=1)


async def checkpoints(door: Door, caller: Caller, paging: Paging) -> Page[CheckpointView]:
    """Signed tree heads, the latest first. Raises Problem (422) for a bad cursor."""
    (after,) = key_of(paging.after, int) if paging.after else (None,)
    async with door.database.connection() as connection:
        await looked(connection, caller.account.id, Access.AUDIT_VIEWED, view="checkpoints")
        rows = await connection.fetch(_CHECKPOINTS, after, paging.limit + 1)
    shown, rest = rows[: paging.limit], rows[paging.limit :]
    return Page(items=tuple(map(_checkpoint, shown)), next=cursor_of(shown[-1]["size"]) if rest else None)


def _checkpoint(row: asyncpg.Record) -> CheckpointView:
    return CheckpointView(
        size=row["size"], at=row["at"].astimezone(CST), root=row["root"].hex(), chains=row["cases"],
        chains_root=row["cases_root"].hex(), note=row["note"],
    )  # fmt: skip


async def access_log(
    door: Door, caller: Caller, account: str | None, case: str | None, paging: Paging
) -> Page[AccessView]:
    """Who looked, signed in or was refused, the latest first; this very look is the first entry.

    Raises Problem (422) for a bad cursor.
    """
    (after,) = key_of(paging.after, int) if paging.after else (None,)
    async with door.database.connection() as connection:
        await looked(connection, caller.account.id, Access.AUDIT_VIEWED, view="access")
        rows = await connection.fetch(_ACCESS, after, account, case, paging.limit + 1)
    voice = await door.voice(caller)
    shown, rest = rows[: paging.limit], rows[paging.limit :]
    return Page(
        items=tuple(access_view(journal.entry_of(row), voice) for row in shown),
        next=cursor_of(shown[-1]["seq"]) if rest else None,
    )
