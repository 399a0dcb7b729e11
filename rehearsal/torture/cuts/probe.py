"""Somebody who acts and reads while parts are away, and notes how long each answer took and what it was."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from itertools import count
from typing import Any

import httpx

from domain.vocabulary import CaseNo
from rehearsal.torture.field.clients import Post
from rehearsal.torture.field.ground import Ground
from rehearsal.torture.field.people import Townsfolk
from rehearsal.torture.field.said import Answer, Errand
from rehearsal.torture.tally import Failure

BOUND = 20.0
"""Seconds within which the door answers whatever is away: five for a connection, ten for a statement, and some."""
HEALED = 90.0
"""Seconds within which acts are confirmed again by themselves."""

_LOOK_EVERY = 0.3
_CLOSED = "case_closed"
"""A case may be closed a moment before somebody adds to it."""
_keys = count(1)


@dataclass(frozen=True, slots=True)
class Told:
    """One answer: what was asked, what was said, how long it took."""

    what: str
    status: int
    code: str
    seconds: float
    has_retry_after: bool


@dataclass(slots=True)
class Notes:
    """All answers of one scene."""

    told: list[Told] = field(default_factory=list)

    def of(self, what: str) -> Sequence[Told]:
        """Those to acts, or to reads."""
        return [each for each in self.told if each.what == what]

    @property
    def slowest(self) -> float:
        """Seconds of the slowest."""
        return max((each.seconds for each in self.told), default=0.0)


class Probe:
    """A resident who adds to a case of theirs and reads it, one request after another."""

    def __init__(self, ground: Ground, post: Post, folk: Townsfolk, seed: int) -> None:
        self.post, self._folk, self._seed = post, folk, seed
        self._http = httpx.AsyncClient(base_url=ground.url, timeout=2 * BOUND)
        self._tokens = ground.tokens

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    @property
    def earliest_breach(self) -> float:
        """Seconds by which the earliest breach of all came after its due instant; below 0 is early."""
        return self._folk.earliest_breach

    def own_case(self) -> tuple[CaseNo, str]:
        """An open case, and the account of the resident who brought it."""
        return self._folk.a_residents_case()

    async def quiet_case(self) -> tuple[CaseNo, str]:
        """A new case on which nobody else acts, and its opener. Raises TimeoutError where none can be opened."""
        errand = self._folk.a_quiet_matter(self._key())
        async with asyncio.timeout(HEALED):
            while (answer := await self.post.do(errand)) is None:
                continue  # whoever sent it went away: they come again
        return CaseNo(answer.said["number"]), errand.account

    def word(self, number: CaseNo, account: str) -> Errand:
        """A new errand: one more word to a case."""
        return self._folk.a_word(number, account, self._key())

    def _key(self) -> str:
        return f"{self._seed}-probe-{next(_keys)}-{time.time_ns():x}"

    async def act(self, errand: Errand) -> Told:
        """Send it once; what was confirmed is held against the ledger in the end."""
        self.post.journal.sent(errand)
        headers = {"idempotency-key": errand.key, **self._of(errand.account)}
        told, said = await _timed(
            "act", self._http.post(errand.path, json=dict(errand.body), headers=headers)
        )
        if told.status == HTTPStatus.OK and errand.key not in self.post.journal.answers:
            self.post.journal.told(errand.key, Answer(told.status, said))
        elif told.status != HTTPStatus.OK:
            self.post.journal.leave(errand.key)
        return told

    async def read(self, number: CaseNo, account: str) -> Told:
        """The case, as it stands."""
        return (await _timed("read", self._http.get(f"/v1/cases/{number}", headers=self._of(account))))[0]

    async def case(self, number: CaseNo, account: str) -> Mapping[str, Any]:
        """What the case says of itself to somebody."""
        found: Mapping[str, Any] = (
            await self._http.get(f"/v1/cases/{number}", headers=self._of(account))
        ).json()
        return found

    def _of(self, account: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self._tokens[account]}"}

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[Notes]:
        """Act and read again and again while it is entered; what is on its way at the end is awaited."""
        notes, over = Notes(), asyncio.Event()
        work = [asyncio.create_task(self._go_on(notes, over, act=act)) for act in (True, False)]
        try:
            yield notes
        finally:
            over.set()
            await asyncio.gather(*work)

    async def _go_on(self, notes: Notes, over: asyncio.Event, *, act: bool) -> None:
        while not over.is_set():
            number, account = self.own_case()
            errand = self.word(number, account)
            notes.told.append(await (self.act(errand) if act else self.read(number, account)))
            await asyncio.sleep(_LOOK_EVERY)

    async def healed(self) -> float:
        """Seconds until an act sent from now on is confirmed. Raises TimeoutError."""
        async with asyncio.timeout(HEALED):
            return await self.post.acknowledged_since(time.monotonic())


async def _timed(what: str, asking: Awaitable[httpx.Response]) -> tuple[Told, Mapping[str, Any]]:
    """One answer with what it says; status 0 where the door hung up."""
    began = time.monotonic()
    try:
        reply = await asking
    except httpx.TransportError as broken:
        return Told(what, 0, type(broken).__name__, time.monotonic() - began, has_retry_after=False), {}
    said: Mapping[str, Any] = reply.json()
    took, retry = time.monotonic() - began, "retry-after" in reply.headers
    return Told(what, reply.status_code, str(said.get("code", "")), took, has_retry_after=retry), said


def judged(notes: Notes, scene: str, seed: int, *, reads_go_on: bool) -> Iterator[Failure]:
    """Answers come in bounded time, are done or 503 with Retry-After, and reads go on where they can."""
    for told in notes.told:
        said = f"{told.what}: {told.status} {told.code} after {told.seconds:.1f} s"
        if told.seconds > BOUND:
            yield Failure(f"{scene}_too_slow", seed, said)
        if told.status not in (HTTPStatus.OK, HTTPStatus.SERVICE_UNAVAILABLE) and told.code != _CLOSED:
            yield Failure(f"{scene}_wrong_answer", seed, said)
        if told.status == HTTPStatus.SERVICE_UNAVAILABLE and not told.has_retry_after:
            yield Failure(f"{scene}_no_retry_after", seed, said)
        if told.what == "read" and reads_go_on and told.status != HTTPStatus.OK:
            yield Failure(f"{scene}_read_failed", seed, said)
