"""How many acts the door has under way at once: some more wait a moment in line, the rest are turned away at once.

An engine that is given more than it can do does not do more, it only answers later; who is told so in
milliseconds, with the seconds after which to ask again, has lost nothing. By process; reading needs no turn.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from activities.settings import Settings
from api.problems import Problem, busy, response_of

_OPENINGS = frozenset(("/v1/orders", "/v1/mediations", "/v1/petitions", "/v1/whistles"))
_CASES = "/v1/cases/"


class Admission:
    """Turns for acts and openings, in the order of coming."""

    def __init__(self, settings: Settings) -> None:
        self._room = asyncio.Semaphore(settings.acts_at_once)
        self._most = settings.acts_waiting
        self._patience = settings.acts_patience
        self._places = settings.acts_at_once + settings.acts_waiting
        self._inside = 0
        self.under_way = 0
        self.waiting = 0
        self.turned_away = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """While it is entered, one act is under way. Raises Problem `busy` (503); nothing was done then."""
        await self._wait()
        self.under_way += 1
        try:
            yield
        finally:
            self.under_way -= 1
            self._room.release()

    @property
    def is_full(self) -> bool:
        """Whether whoever comes now would be turned away at once."""
        return self._inside >= self._places or self._has_full_line

    @property
    def _has_full_line(self) -> bool:
        return self._room.locked() and self.waiting >= self._most

    @contextmanager
    def inside(self) -> Iterator[None]:
        """While it is entered, an act is in the door, whether or not it has come as far as the line.

        A door whose own processor is what is short would never see a line: nobody gets through to it.
        """
        self._inside += 1
        try:
            yield
        finally:
            self._inside -= 1

    async def _wait(self) -> None:
        if self._has_full_line:
            raise self.away()
        self.waiting += 1
        try:
            async with asyncio.timeout(self._patience):
                await self._room.acquire()
        except TimeoutError:
            raise self.away() from None
        finally:
            self.waiting -= 1

    def away(self) -> Problem:
        """What whoever is turned away is told; counted."""
        self.turned_away += 1
        return busy()


class Turnstile:
    """Before everything else: while the door is full, an act through the API is not even read.

    To turn somebody away after asking who they are and what they want would take from those who have their turn.
    """

    def __init__(self, app: ASGIApp, admission: Admission) -> None:
        self._app = app
        self._admission = admission

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _is_act(scope):
            await self._app(scope, receive, send)
        elif self._admission.is_full:
            response = response_of(Request(scope), self._admission.away())
            await response(scope, receive, send)
        else:
            with self._admission.inside():
                await self._app(scope, receive, send)


def _is_act(scope: Scope) -> bool:
    """An act or an opening; a page that posts a form gets its answer further in, with what was typed."""
    path: str = scope["path"]
    return scope["method"] == "POST" and (path in _OPENINGS or (path.startswith(_CASES) and "/acts/" in path))
