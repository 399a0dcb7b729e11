"""Around every request: a limit on its body, a line in the log, and a calm answer to what nobody foresaw."""

import traceback
import uuid
from http import HTTPStatus
from time import perf_counter

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import Problem
from api.web.frame.failing import answer_of

log = structlog.get_logger("door")

REQUEST_ID = "x-request-id"
UPLOADS = "/v1/attachments"


class BodyLimit:
    """Stops reading a body as soon as it is longer than allowed, whatever its header says.

    A form with files may be as long as `upload_limit`, where there are such forms: they are written to disk
    while they are read, and everything else under `/v1` is JSON.
    """

    def __init__(self, app: ASGIApp, limit: int, upload_limit: int | None = None) -> None:
        self._app = app
        self._limit = limit
        self._upload_limit = max(limit, upload_limit or limit)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        read, limit = 0, self._upload_limit if _brings_files(scope) else self._limit

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > limit:
                raise _too_large()
            return message

        if _declared(scope) > limit:
            response = await answer_of(Request(scope), _too_large())
            await response(scope, receive, send)
            return
        await self._app(scope, counted, send)


def _declared(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "")
    return int(length) if length.isascii() and length.isdigit() else 0


def _brings_files(scope: Scope) -> bool:
    is_form = Headers(scope=scope).get("content-type", "").lower().startswith("multipart/form-data")
    return is_form and (scope["path"] == UPLOADS or not scope["path"].startswith("/v1/"))


def _too_large() -> Problem:
    return Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large", headers={"connection": "close"})


class RequestLog:
    """One line for each request: its route, status, time and account; never a body, a name or a query."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, request_id = perf_counter(), uuid.uuid4().hex
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                MutableHeaders(scope=message)[REQUEST_ID] = request_id
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except Exception as bug:
            _report(bug, request_id)
            response = await answer_of(Request(scope), Problem(status, "internal"))
            await response(scope, receive, watched)
        _log(scope, status, 1000 * (perf_counter() - began), request_id)


def _log(scope: Scope, status: int, milliseconds: float, request_id: str) -> None:
    state = scope.get("state", {})
    log.info(
        "request",
        method=scope["method"],
        route=getattr(scope.get("route"), "path", None),
        status=status,
        problem=state.get("problem"),
        ms=round(milliseconds, 1),
        account=state.get("account"),
        request=request_id,
    )


def _report(bug: Exception, request_id: str) -> None:
    """Where it happened; what it says might hold somebody's words."""
    frames = [f"{each.filename}:{each.lineno}" for each in traceback.extract_tb(bug.__traceback__)[-8:]]
    log.error("bug", error=type(bug).__name__, request=request_id, frames=frames)
