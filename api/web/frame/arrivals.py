"""Who a page is made for: the session behind the request, and the form that came with it."""

from collections.abc import AsyncIterator
from typing import Annotated, TypeAlias

from fastapi import Depends, Request
from starlette.datastructures import FormData

from api.door import AtDoor, Door, caller_of
from api.identity.sessions import csrf_of, token_of
from api.problems import Problem
from api.web.frame.visits import Visit, Visitor, language_for, theme_for

MOST_FIELDS = 8_000
"""Fields of one form: a split into a thousand orders has five each."""


async def visitor_of(door: Door, request: Request, *, touch: bool = True) -> Visitor:
    """The visitor who has signed in, and whose form comes from one of our pages.

    Raises Problem: 401 for nobody, 403 for a request that another site made the browser send.
    """
    await _read_form(request)
    language = language_for(request)
    caller = await caller_of(request, language, touch=touch)
    visitor = Visitor(
        door, request, language, theme_for(request), _csrf(door, request), caller, await door.voice(caller)
    )
    request.state.visit = visitor
    return visitor


async def visit_of(door: Door, request: Request) -> Visit:
    """Whoever it is, signed in or not."""
    known: Visit | None = getattr(request.state, "visit", None)
    if known is not None:
        return known
    try:
        return await visitor_of(door, request)
    except Problem:
        return stranger(door, request)


def stranger(door: Door, request: Request) -> Visit:
    """A visit of whom nothing is asked: nothing is read for it."""
    return Visit(door, request, language_for(request), theme_for(request), _csrf(door, request))


def _csrf(door: Door, request: Request) -> str:
    token = token_of(door.settings, request)
    return csrf_of(token) if token else ""


async def _read_form(request: Request) -> None:
    """Read the form before anybody else does: a request keeps the first reading, with its limits."""
    if request.method == "POST":
        await request.form(max_fields=MOST_FIELDS)


async def _visiting(door: AtDoor, request: Request) -> AsyncIterator[Visitor]:
    try:
        yield await visitor_of(door, request)
    finally:
        await request.close()  # files that came with a form


async def _watching(door: AtDoor, request: Request) -> Visitor:
    return await visitor_of(door, request, touch=False)


async def _passing(door: AtDoor, request: Request) -> AsyncIterator[Visit]:
    try:
        yield await visit_of(door, request)
    finally:
        await request.close()


async def _posted(request: Request) -> FormData:
    await _read_form(request)
    return await request.form()


Visiting: TypeAlias = Annotated[Visitor, Depends(_visiting)]
"""Somebody who has signed in, with a form of ours if there is one; nobody else gets in."""
Watching: TypeAlias = Annotated[Visitor, Depends(_watching)]
"""The same for what a page fetches by itself, which is no sign of life."""
Passing: TypeAlias = Annotated[Visit, Depends(_passing)]
"""Anybody. A route that takes a form from anybody adds `api.identity.sessions.FromHere`."""
Posted: TypeAlias = Annotated[FormData, Depends(_posted)]
"""The fields of the form that was posted."""
