"""What went wrong, as a page in the same frame: the sentence, and what is possible now."""

from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import quote

from fastapi import Request
from fastapi.responses import Response

from api.problems import Problem, response_of
from api.web.frame.arrivals import stranger, visit_of
from api.web.frame.rendering import render, see_other
from api.web.frame.visits import Visit

_MACHINES = ("/v1/", "/docs", "/openapi.json", "/healthz", "/readyz", "/metrics", "/static/", "/events")


async def answer_of(request: Request, problem: Problem) -> Response:
    """A page for somebody who looks at pages, problem details (RFC 9457) for everybody else."""
    if not is_page(request):
        return response_of(request, problem)
    request.state.problem = problem.code
    visit = await _frame(request)
    if problem.status_code == HTTPStatus.UNAUTHORIZED and request.method in ("GET", "HEAD"):
        return see_other(f"/sign-in?next={quote(visit.address, safe='/')}")
    return _page(visit, problem)


def is_page(request: Request) -> bool:
    """Whether the request is for a page: not for the API, and by something that reads HTML."""
    accepts = request.headers.get("accept", "")
    return not request.url.path.startswith(_MACHINES) and "text/html" in accepts


async def _frame(request: Request) -> Visit:
    """Who looked, if that is known or can be asked without reading what they sent."""
    known: Visit | None = getattr(request.state, "visit", None)
    if known is None and request.method in ("GET", "HEAD"):
        return await visit_of(request.app.state.door, request)
    return known or stranger(request.app.state.door, request)


def _page(visit: Visit, problem: Problem) -> Response:
    shown = problem.shown(visit.language)
    return render(
        visit, "problem.html", status=problem.status_code, headers=retry_of(problem), address="/", problem=shown,
        again=visit.address if problem.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR else None,
        mistakes=shown.get("errors", ()), sign_in=problem.status_code == HTTPStatus.UNAUTHORIZED,
    )  # fmt: skip


def retry_of(problem: Problem | None) -> Mapping[str, str]:
    """When the same may be tried again, for the head of a page."""
    given = (problem.headers if problem else None) or {}
    return {name: value for name, value in given.items() if name == "retry-after"}
