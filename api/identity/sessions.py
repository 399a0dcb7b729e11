"""The session cookie at the door: set and taken away, and proof that a form comes from our own pages."""

import base64
import hashlib
import hmac
from datetime import timedelta
from typing import Annotated, TypeAlias
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response

from activities import sessions
from activities.sessions import RESIDENTS_WAYS, Lifetime, Session, Step, Way
from activities.settings import Settings
from api.database import Database
from api.problems import Problem, unauthenticated

NAME = "herun_session"
CSRF_HEADER = "x-csrf-token"
CSRF_FIELD = "csrf"

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
_OF_OURS = frozenset({"same-origin", "none"})


def is_https(settings: Settings, request: Request) -> bool:
    """Whether people reach the door by https, directly or through a proxy that says so."""
    return (settings.public_url or str(request.url)).startswith("https:")


def cookie_name(settings: Settings, request: Request) -> str:
    """`__Host-` lets no other host of the domain set the cookie (RFC 6265bis §4.1.3.2)."""
    return f"__Host-{NAME}" if is_https(settings, request) else NAME


def token_of(settings: Settings, request: Request) -> str | None:
    """The token in the request's cookie."""
    return request.cookies.get(cookie_name(settings, request))


def give(response: Response, settings: Settings, request: Request, token: str) -> None:
    """Set the cookie; it goes with the browser's own session, and no script can read it."""
    response.set_cookie(
        cookie_name(settings, request), token, path="/", httponly=True, samesite="lax",
        secure=is_https(settings, request),
    )  # fmt: skip


def take(response: Response, settings: Settings, request: Request) -> None:
    """Take the cookie away."""
    response.delete_cookie(
        cookie_name(settings, request), path="/", httponly=True, samesite="lax",
        secure=is_https(settings, request),
    )  # fmt: skip


def lifetime(settings: Settings, way: Way) -> Lifetime:
    """How long a session lasts that was begun this way."""
    if way in RESIDENTS_WAYS:
        idle, hours = settings.resident_idle_minutes, settings.resident_hours
    else:
        idle, hours = settings.session_idle_minutes, settings.session_hours
    return Lifetime(timedelta(minutes=idle), timedelta(hours=hours))


def csrf_of(token: str) -> str:
    """What a form of this session must carry: known to our pages, and to nobody who cannot read the cookie."""
    digest = hmac.digest(token.encode(), b"herun/csrf/1", hashlib.sha256)
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


async def session_of(
    database: Database, settings: Settings, request: Request, *, touch: bool = True
) -> tuple[str, Session] | None:
    """The token and session of the request's cookie, if they last, whatever step is still owed."""
    token = token_of(settings, request)
    if not token:
        return None
    async with database.connection() as connection:
        found = await sessions.find(connection, token, touch=touch)
    return (token, found) if found else None


async def signed_in(
    database: Database, settings: Settings, request: Request, *, touch: bool = True
) -> Session:
    """The session of somebody who is in. Raises Problem: 401 without one, 403 for a forged request."""
    found = await session_of(database, settings, request, touch=touch)
    if found is None or found[1].step is not Step.OPEN or found[1].holder is None:
        raise unauthenticated()
    await check_csrf(settings, request, found[0])
    return found[1]


async def check_csrf(settings: Settings, request: Request, token: str) -> None:
    """Refuse what another site made the browser send. Raises Problem (403)."""
    if request.method in _SAFE:
        return
    check_origin(settings, request)
    said = request.headers.get(CSRF_HEADER) or await _field(request)
    if not hmac.compare_digest(said.encode("utf-8", "replace"), csrf_of(token).encode()):
        raise Problem(403, "forged")


def check_origin(settings: Settings, request: Request) -> None:
    """Refuse a request that says it comes from elsewhere; one that says nothing is no browser's.

    Raises Problem (403).
    """
    origin = request.headers.get("origin")
    if origin is not None:
        if not _is_own(settings, request, origin):
            raise Problem(403, "forged")
    elif request.headers.get("sec-fetch-site", "none") not in _OF_OURS:
        raise Problem(403, "forged")


def device_of(request: Request) -> str | None:
    """What the browser calls itself, by which people tell their sessions apart."""
    return request.headers.get("user-agent")


def address_of(request: Request) -> str:
    """Where the request comes from, for counting alone: it is kept nowhere."""
    return request.client.host if request.client else ""


def _is_own(settings: Settings, request: Request, origin: str) -> bool:
    if settings.public_url is not None:
        own = urlsplit(settings.public_url)
        return origin == f"{own.scheme}://{own.netloc}"
    return origin == f"{request.url.scheme}://{request.url.netloc}"


async def _field(request: Request) -> str:
    """The anti-forgery field of a form; FastAPI and Starlette read a form once and remember it."""
    if not request.headers.get("content-type", "").lower().startswith(_FORMS):
        return ""
    said = (await request.form()).get(CSRF_FIELD)
    return said if isinstance(said, str) else ""


async def _checked_origin(request: Request) -> None:
    settings: Settings = request.app.state.door.settings
    check_origin(settings, request)


FromHere: TypeAlias = Annotated[None, Depends(_checked_origin)]
"""For what needs no session, such as signing in: still not from another site's form."""
