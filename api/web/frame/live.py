"""GET /events: tells an open page that its case, or the visitor's work, has changed; server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse

from api.problems import Problem
from api.reading.casefile import visible_file
from api.web.frame.arrivals import Watching
from api.web.frame.visits import Visitor
from domain.vocabulary import Role

router = APIRouter(include_in_schema=False)

EVERY = 2.0
"""Seconds between two looks at the register."""
LOOKS = 150
"""Looks of one stream; the browser then comes again, and who it is is asked anew."""
AGAIN_AFTER = 3_000
"""Milliseconds after which a browser whose stream has ended comes again."""

_SEQ = "SELECT last_seq::text FROM case_register WHERE case_no = $1"
_OF_UNIT = """
    SELECT count(*) || '/' || coalesce(max(opened_at)::text, '') FROM duty_register
    WHERE status = 'open' AND owner_unit = $1 AND $2 = ANY(owner_roles)"""
_OF_PARTY = """
    SELECT count(*) || '/' || coalesce(max(opened_at)::text, '') FROM duty_register
    WHERE status = 'open' AND owner_party = $1
        AND ($2::text IS NULL OR case_no = $2 OR starts_with(case_no, $2 || '-'))"""

Look = Callable[[], Awaitable[str | None]]


@router.get("/events")
async def events(
    visitor: Watching, request: Request, case: Annotated[str | None, Query(max_length=60)] = None
) -> StreamingResponse:
    """`seq` with the number of a case's last event, or `work` with a mark that changes with the worklist."""
    if case is not None:
        await visible_file(visitor.door.database, case, visitor.caller)
        stream = _stream(request, "seq", lambda: _seq(visitor, case))
    else:
        stream = _stream(request, "work", lambda: _work(visitor))
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _stream(request: Request, name: str, look: Look) -> AsyncIterator[str]:
    """What is new, and a comment now and then so that whoever has gone is noticed."""
    yield f"retry: {AGAIN_AFTER}\n\n"
    known: str | None = None
    for _ in range(LOOKS):
        if is_stopping(request) or await request.is_disconnected():
            return
        try:
            seen = await look()
        except Problem:  # Postgres is away: the next look may find it
            seen = known
        yield ": \n\n" if seen == known else f"event: {name}\ndata: {seen}\n\n"
        known = seen
        await asyncio.sleep(EVERY)


def is_stopping(request: Request) -> bool:
    """Whether the process is about to end and waits for its streams."""
    asked: Callable[[], bool] | None = getattr(request.app.state, "is_stopping", None)
    return asked is not None and asked()


async def _seq(visitor: Visitor, number: str) -> str | None:
    async with visitor.door.database.connection() as connection:
        found: str | None = await connection.fetchval(_SEQ, number)
    return found


async def _work(visitor: Visitor) -> str | None:
    account = visitor.caller.account
    async with visitor.door.database.connection() as connection:
        if account.role is Role.RESIDENT:
            found: str | None = await connection.fetchval(_OF_PARTY, account.id, visitor.caller.only_case)
        else:
            found = await connection.fetchval(_OF_UNIT, account.unit, account.role.value)
    return found
