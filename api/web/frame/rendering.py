"""Templates to responses: one environment, compiled once, strict about every name."""

import hashlib
import uuid
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from http import HTTPStatus
from importlib import resources
from typing import Any

from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, PackageLoader, StrictUndefined

from api.web.frame.links import changed, href
from api.web.frame.visits import Theme, Visit
from api.words import Language
from domain.calendar import CST

STATIC = "/static"


@cache
def environment() -> Environment:
    """The templates, all compiled now, so that nobody waits for it later."""
    made = Environment(
        loader=PackageLoader("api.web", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, auto_reload=False, cache_size=-1,
    )  # fmt: skip
    made.globals.update(
        href=href, asset=asset, new_key=lambda: uuid.uuid4().hex, now_iso=_now_iso, languages=tuple(Language),
        themes=tuple(Theme),
    )  # fmt: skip
    for name in made.list_templates(["html"]):
        made.get_template(name)
    return made


def _now_iso() -> str:
    return datetime.now(CST).isoformat(timespec="seconds")


@cache
def asset(name: str) -> str:
    """The address of a static file; it changes with the file, so that it may be kept for ever."""
    content = (resources.files("api.web") / "static" / name).read_bytes()
    return f"{STATIC}/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"


def render(
    visit: Visit,
    template: str,
    /,
    *,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
    address: str | None = None,
    **names: Any,
) -> HTMLResponse:
    """A page. `address` is where it can be had again, if not where it was asked for."""
    here = address or visit.address
    text = (
        environment()
        .get_template(template)
        .render(
            visit=visit,
            address=here,
            here=lambda **changes: changed(here, **changes),
            said=visit.request.query_params.get("said"),
            **visit.speech.names,
            **names,
        )
    )
    given = {"content-language": visit.language.value, "cache-control": "no-store", **(headers or {})}
    return HTMLResponse(text, status_code=status, headers=given)


def see_other(path: str) -> RedirectResponse:
    """After a form was taken in: go and look (Post/Redirect/Get)."""
    return RedirectResponse(path, HTTPStatus.SEE_OTHER, headers={"cache-control": "no-store"})
