"""The list of cases with its search."""

from enum import StrEnum
from typing import Annotated, TypeVar

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.reading.listing import Filter, Paging, Status, cases, search
from api.routes.cases import legible, unit_named
from api.web.frame.arrivals import Visiting
from api.web.frame.rendering import render
from domain.vocabulary import CaseKind, Stage

router = APIRouter(include_in_schema=False)

PAGE = 30
"""Cases of one page."""

Code = TypeVar("Code", bound=StrEnum)


@router.get("/cases")
async def case_list(
    visitor: Visiting,
    q: Annotated[str, Query(max_length=100)] = "",
    kind: str = "",
    stage: str = "",
    status: str = "",
    unit: Annotated[str, Query(max_length=200)] = "",
    community: Annotated[str, Query(max_length=200)] = "",
    matter: Annotated[str, Query(max_length=60)] = "",
    after: Annotated[str | None, Query(max_length=300)] = None,
) -> HTMLResponse:
    """Cases the visitor may see, by words, number or filter, the latest opened first."""
    voice, drill = visitor.voice, visitor.door.settings.drill
    words, paging = (legible(q, "q") or "").strip(), Paging(PAGE, after)
    wanted = Filter(
        kind=chosen(kind, CaseKind), stage=chosen(stage, Stage), status=chosen(status, Status),
        unit=unit_named(voice, unit or None, "unit"), matter=legible(matter, "matter") or None,
        community=unit_named(voice, community or None, "community"), drill=drill,
    )  # fmt: skip
    async with visitor.door.database.connection() as connection:
        if words:
            found = await search(connection, visitor.caller, voice, words, drill, paging)
        else:
            found = await cases(connection, visitor.caller, voice, wanted, paging)
    return render(
        visitor, "cases.html", found=found, q=words, wanted=wanted, unit=unit, community=community,
        matter=matter, kinds=tuple(map(voice.of, CaseKind)), stages=tuple(map(voice.of, Stage)),
        is_first=after is None, filtered=wanted != Filter(drill=drill),
    )  # fmt: skip


def chosen(code: str, codes: type[Code]) -> Code | None:
    """The choice a query names; what it does not name leaves everything in."""
    return codes(code) if code in set(codes) else None
