"""Where an audit begins: cases by number, unit, matter, dates, kind, outcome, breach."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from activities.access import Access, looked
from api.answers import CaseLine, Page
from api.database import Connection
from api.reading.cursors import cursor_of, key_of
from api.reading.listing import Paging, case_line, search
from api.web.auditing.auditor import Auditor
from api.web.auditing.sieve import Sieve, Sieved, choices
from api.web.frame.rendering import render
from api.web.frame.visits import Visitor

router = APIRouter()

PAGE = 30

_LINES = """
    SELECT r.case_no, r.kind, r.stage, r.matter, r.community, r.unit, r.opened_at, r.closed_at, r.outcome,
        r.breaches, r.drill, c.body AS title_text, NULL::timestamptz AS next_due
    FROM case_register r LEFT JOIN content c ON c.commitment = r.title
    WHERE {where} ORDER BY r.opened_at DESC, r.case_no DESC LIMIT {limit}"""
_ANY = "SELECT EXISTS (SELECT FROM case_register WHERE drill = $1)"


@router.get("/audit")
async def search_page(
    visitor: Auditor, sieve: Sieved, after: Annotated[str | None, Query(max_length=300)] = None
) -> HTMLResponse:
    """Cases by what the register says of them, the latest opened first."""
    paging = Paging(PAGE, after)
    async with visitor.door.database.connection() as connection:
        await looked(connection, visitor.caller.account.id, Access.AUDIT_VIEWED, view="search")
        found = await _found(connection, visitor, sieve, paging)
        is_any = bool(found.items) or await connection.fetchval(_ANY, visitor.door.settings.drill)
    return render(
        visitor, "audit/search.html", status=422 if sieve.wrong else 200, sieve=sieve, found=found,
        is_first=after is None, is_any=is_any, **choices(visitor),
    )  # fmt: skip


async def _found(connection: Connection, visitor: Visitor, sieve: Sieve, paging: Paging) -> Page[CaseLine]:
    if sieve.wrong:
        return Page(items=())
    if sieve.words and not sieve.number:
        await visitor.door.limits.search(visitor.caller)
        drill = visitor.door.settings.drill
        return await search(connection, visitor.caller, visitor.voice, sieve.words, drill, paging)
    return await _listed(connection, visitor, sieve, paging)


async def _listed(connection: Connection, visitor: Visitor, sieve: Sieve, paging: Paging) -> Page[CaseLine]:
    query = sieve.query(visitor)
    if paging.after is not None:
        at, number = key_of(paging.after, datetime, str)
        query.want(f"(r.opened_at, r.case_no) < ({query.give(at)}, {query.give(number)})")
    limit = query.give(paging.limit + 1)
    rows = await connection.fetch(_LINES.format(where=query.where, limit=limit), *query.parameters)
    shown = rows[: paging.limit]
    more = cursor_of(shown[-1]["opened_at"], shown[-1]["case_no"]) if len(rows) > paging.limit else None
    return Page(items=tuple(case_line(row, visitor.voice) for row in shown), next=more)
