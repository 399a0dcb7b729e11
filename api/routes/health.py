"""GET /healthz, /readyz and /metrics: for whatever keeps the process alive, and whoever watches it."""

import asyncio
import hmac
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Header, Response

from api import examples
from api.answers import Health
from api.documents import answers
from api.door import AtDoor
from api.measures.exposition import CONTENT_TYPE
from api.measures.metrics import metrics_text
from api.problems import not_found, unauthenticated

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


@router.get("/metrics", include_in_schema=False)
async def metrics(door: AtDoor, authorization: Annotated[str | None, Header()] = None) -> Response:
    """Figures for Prometheus, to whoever has the operator's token; without a token set there is no such page."""
    token = door.settings.metrics_token
    if token is None:
        raise not_found()
    expected = f"Bearer {token.get_secret_value()}".encode()
    if not hmac.compare_digest((authorization or "").encode(), expected):
        raise unauthenticated()
    return Response(await metrics_text(door), media_type=CONTENT_TYPE)
