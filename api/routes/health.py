"""GET /healthz and /readyz: for whatever keeps the process alive."""

import asyncio
from http import HTTPStatus

from fastapi import APIRouter, Response

from api import examples
from api.answers import Health
from api.documents import answers
from api.door import AtDoor

router = APIRouter(tags=["运行 Health"])


@router.get(
    "/healthz",
    operation_id="is_alive",
    summary="存活 / Alive",
    response_model_exclude_none=True,
    responses=answers(200, "进程在 / The process is there.", {"status": "ok"}),
)
async def is_alive() -> Health:
    """Whether the process answers; it asks nobody else."""
    return Health(status="ok")


@router.get(
    "/readyz",
    operation_id="is_ready",
    summary="就绪 / Ready",
    responses={
        **answers(200, "各部分都在 / Every part answers.", examples.READY),
        503: {"model": Health, "description": "有部分不在 / A part does not answer."},
    },
)
async def is_ready(door: AtDoor, response: Response) -> Health:
    """Whether Postgres and Temporal answer; pages are served without Temporal, acts are not."""
    postgres, temporal = await asyncio.gather(door.database.is_up(), door.engine.is_up())
    ready = postgres and temporal
    response.status_code = HTTPStatus.OK if ready else HTTPStatus.SERVICE_UNAVAILABLE
    return Health(status="ready" if ready else "not_ready", postgres=postgres, temporal=temporal)
