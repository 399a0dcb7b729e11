"""Composition root of the door: routes, problems and middleware over one deployment's servers."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from activities.settings import Settings
from api import documents
from api.answers import ProblemView
from api.door import Door, make_door
from api.gate.admission import Turnstile
from api.gate.security import Protection
from api.measures.counts import Counting
from api.middleware import BodyLimit, RequestLog
from api.mistakes import from_errors
from api.problems import FieldError, Problem, from_status, invalid
from api.routes import (
    acts,
    attachments,
    audit,
    case_documents,
    cases,
    health,
    openings,
    reference,
    sign_in,
    single_sign_on,
    statistics,
)
from api.web import site
from api.web.frame.failing import answer_of
from api.words import load_words


def create_app(settings: Settings) -> FastAPI:
    """The door's application; servers that are not there yet are reached when first asked for.

    Raises `BrokenEdition` for an edition that must not be used, `SettingMissing` without the door's url.
    """
    load_words()
    door = make_door(settings)
    app = FastAPI(
        title=documents.TITLE, description=documents.DESCRIPTION, version="1", lifespan=_lifespan(door),
        openapi_tags=[dict(tag) for tag in documents.TAGS], redoc_url=None, strict_content_type=False,
        telemetry={"tracing": False, "metrics": False, "logs": False}, separate_input_output_schemas=False,
    )  # fmt: skip
    app.state.door = door
    app.add_middleware(BodyLimit, limit=settings.body_limit, upload_limit=settings.upload_limit)
    app.add_middleware(Turnstile, admission=door.admission)
    app.add_middleware(RequestLog)
    app.add_middleware(Counting, counts=door.counts)
    app.add_middleware(Protection, settings=settings)
    for routes in (
        openings, acts, cases, attachments, case_documents, statistics, audit, reference, single_sign_on,
        sign_in, health,
    ):  # fmt: skip
        app.include_router(routes.router)
    site.mount(app)
    _answer_problems(app)
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    return app


def _lifespan(door: Door) -> Any:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        await door.database.close()

    return lifespan


def _answer_problems(app: FastAPI) -> None:
    async def problem(request: Request, found: Exception) -> Response:
        assert isinstance(found, Problem)
        return await answer_of(request, found)

    async def framework(request: Request, found: Exception) -> Response:
        assert isinstance(found, HTTPException)
        return await answer_of(request, _of_framework(found))

    async def mistakes(request: Request, found: Exception) -> Response:
        assert isinstance(found, RequestValidationError)
        return await answer_of(request, _mistakes(request, found))

    app.add_exception_handler(Problem, problem)
    app.add_exception_handler(HTTPException, framework)
    app.add_exception_handler(RequestValidationError, mistakes)


def _of_framework(found: HTTPException) -> Problem:
    """A body that is no text at all is one mistake more in what was sent, with the same status as the others."""
    if found.status_code == HTTPStatus.BAD_REQUEST:
        return invalid(FieldError((), "not_legible"))
    return from_status(found.status_code, found.headers)


def _mistakes(request: Request, found: RequestValidationError) -> Problem:
    """A body that is not declared as JSON is the usual slip with curl, and deserves its own words."""
    kind = request.headers.get("content-type", "application/json")
    if "json" not in kind and any(each["loc"] == ("body",) for each in found.errors()):
        return Problem(415, "unsupported_media_type")
    return invalid(*from_errors(found.errors()))


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, with problems and the bearer token in it."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes,
            tags=app.openapi_tags, separate_input_output_schemas=False,
        )  # fmt: skip
        app.openapi_schema = documents.completed(schema, ProblemView)
    return app.openapi_schema
