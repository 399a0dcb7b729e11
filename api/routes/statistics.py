"""GET /v1/statistics: counts for staff."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from api import examples
from api.answers import Statistics
from api.documents import answers, problems
from api.door import AtDoor, Calling
from api.problems import Problem
from api.reading.counting import Period, statistics
from api.routes.cases import IsDrill, UnitName, unit_named
from domain.vocabulary import CaseKind

router = APIRouter(prefix="/v1", tags=["统计 Statistics"])


@router.get(
    "/statistics",
    operation_id="get_statistics",
    summary="统计 / Statistics",
    responses={
        **answers(200, "各率及其覆盖率 / Rates with their coverage.", examples.STATISTICS),
        **problems(401, 403, 422, 503),
    },
)
async def get_statistics(
    door: AtDoor,
    caller: Calling,
    since: Annotated[AwareDatetime | None, Query(description="立案不早于 / Opened not before.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="立案早于 / Opened before.")] = None,
    kind: CaseKind | None = None,
    community: UnitName = None,
    unit: UnitName = None,
    drill: IsDrill = False,
) -> Statistics:
    """Response, resolution, satisfaction and on-time rates, none without its coverage; for staff."""
    if not caller.is_staff:
        raise Problem(HTTPStatus.FORBIDDEN, "staff_only")
    voice = await door.voice(caller)
    period = Period(
        since, until, kind, unit_named(voice, community, "community"), unit_named(voice, unit, "unit"), drill
    )
    async with door.database.connection() as connection:
        return await statistics(connection, voice, period)
