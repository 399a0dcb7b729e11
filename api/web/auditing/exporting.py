"""Files to take away: a case with all that its proof needs, an object-centric log, every duty as a table."""

import asyncio
import tempfile
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import asyncpg
from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response
from starlette.background import BackgroundTask

from activities.access import Access, looked
from activities.settings import Role
from api.auditing.views import export
from api.problems import not_found
from api.web.auditing.auditor import Auditor, Typed
from api.web.auditing.sieve import Sieved, choices, numbers
from api.web.frame.rendering import render
from audit.casefiles.reading import records
from audit.study.duties_csv import write_duties
from audit.study.ocel_files import JsonLog, SqliteLog, write_log
from domain.vocabulary import CaseNo

router = APIRouter()

MOST = 2000
"""Cases of one file; the commands have no bound."""


class Export(StrEnum):
    """Files made of many cases; none of them has words or names in it."""

    OCEL_JSON = "ocel.json"
    OCEL_SQLITE = "ocel.sqlite"
    DUTIES = "duties.csv"


_KINDS = {
    Export.OCEL_JSON: "application/json", Export.OCEL_SQLITE: "application/vnd.sqlite3",
    Export.DUTIES: "text/csv; charset=utf-8",
}  # fmt: skip


@router.get("/audit/exports")
async def exports_page(visitor: Auditor, sieve: Sieved) -> HTMLResponse:
    """Which files there are, and of which cases."""
    found: list[str] = []
    async with visitor.door.database.connection() as connection:
        await looked(connection, visitor.caller.account.id, Access.AUDIT_VIEWED, view="exports")
        if not sieve.wrong:
            found = await numbers(connection, visitor, sieve, MOST)
    return render(
        visitor, "audit/exports.html", status=422 if sieve.wrong else 200, sieve=sieve, most=MOST,
        count=min(len(found), MOST), is_more=len(found) > MOST, **choices(visitor),
    )  # fmt: skip


@router.get("/audit/exports/{name}")
async def export_file(visitor: Auditor, sieve: Sieved, name: str) -> Response:
    """One file over the cases chosen; that it was asked for is on the access log first."""
    if name not in set(Export) or sieve.wrong:
        raise not_found()
    kind = Export(name)
    async with visitor.door.database.connection() as connection:
        found = (await numbers(connection, visitor, sieve, MOST))[:MOST]
        who = visitor.caller.account.id
        await looked(connection, who, Access.TABLE_EXPORTED, view=kind.name.lower(), cases=len(found))
    url = visitor.door.settings.url(Role.DOOR)
    path = await asyncio.to_thread(_made, kind, url, sorted(found))
    return FileResponse(
        path, media_type=_KINDS[kind], filename=f"herun-{kind.value}", background=BackgroundTask(path.unlink)
    )


def _made(kind: Export, url: str, found: Sequence[str]) -> Path:
    """Write it in a loop of this thread's own: it is long work between short reads."""
    path = Path(tempfile.mkstemp(suffix=f"-{kind.value}")[1])
    try:
        asyncio.run(_write(kind, url, [CaseNo(each) for each in found], path))
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path


async def _write(kind: Export, url: str, found: Sequence[CaseNo], path: Path) -> None:
    connection = await asyncpg.connect(url)
    try:
        cases = records(connection, found)
        match kind:
            case Export.DUTIES:
                with path.open("w", encoding="utf-8-sig", newline="") as out:
                    await write_duties(cases, out)
            case Export.OCEL_JSON:
                await write_log(cases, JsonLog(path))
            case Export.OCEL_SQLITE:
                await write_log(cases, SqliteLog(path))
    finally:
        await connection.close()


@router.get("/audit/cases/{number}/file")
async def case_file(visitor: Auditor, number: str, content: Typed = "") -> Response:
    """The case as one file that verifies off line; with words only where that was chosen."""
    packed = await export(visitor.door, visitor.caller, number, with_content=content == "yes")
    named = {"content-disposition": f'attachment; filename="{number}.zip"'}
    return Response(packed, media_type="application/zip", headers=named)
