"""Puts the pages and their static files into the door: a new page adds one line to `PAGES`."""

from importlib import resources
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response

from api.web import account, auditing, home, signing, supervision, work
from api.web.administration import access, accounts, editions, organisations
from api.web.cases import case, listing, mediation, papers
from api.web.desks import bulk, department, dispatch, one_order, splitting, whistling
from api.web.frame import live, preferences
from api.web.frame.rendering import STATIC, environment
from api.web.resident import entrance, filed, following

PAGES = (
    home,
    signing,
    account,
    preferences,
    work,
    bulk,
    listing,
    case,
    live,
    entrance,
    filed,
    following,
    department,
    dispatch,
    whistling,
    splitting,
    one_order,
    supervision,
    mediation,
    papers,
    auditing,
    organisations,
    accounts,
    editions,
    access,
)
"""Every module with pages; each has a `router`."""

_KEPT = "public, max-age=31536000, immutable"
"""The address of a static file changes with its content (`rendering.asset`)."""


class _Static(StaticFiles):
    """Files that a browser need never ask for twice."""

    def file_response(self, *given: Any, **named: Any) -> Response:
        """The file, to be kept."""
        answer = super().file_response(*given, **named)
        answer.headers["cache-control"] = _KEPT
        return answer


def mount(app: FastAPI) -> None:
    """Add the pages; templates are compiled now, so that a broken one stops the start."""
    environment()
    with resources.as_file(resources.files("api.web") / "static") as folder:
        app.mount(STATIC, _Static(directory=Path(folder)), name="static")
    for page in PAGES:
        app.include_router(page.router)
