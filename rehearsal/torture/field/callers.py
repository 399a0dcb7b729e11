"""Those who call at the door: each lives through its steps, repeats what was put off, and all is timed and kept."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from random import Random

import httpx

from rehearsal.torture.field.arrivals import Step
from rehearsal.torture.field.said import Errand

PATIENCE = 60.0
TRIES = 6
"""How often somebody who is put off asks again before they leave it."""

_PUT_OFF = frozenset((HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE))


@dataclass
class Spell:
    """What happened in one stretch of the load."""

    acts: list[float] = field(default_factory=list)
    """Milliseconds of each act that was confirmed at once."""
    looks: list[float] = field(default_factory=list)
    asked: int = 0
    """Acts that somebody wanted to do, each counted once."""
    confirmed: int = 0
    put_off: Counter[str] = field(default_factory=Counter)
    """Status and code of answers that ask to be asked again."""
    without_retry_after: int = 0
    wrong: Counter[str] = field(default_factory=Counter)
    """Answers that nobody should have got."""
    left: int = 0
    began: float = field(default_factory=time.monotonic)
    ended: float = 0.0

    @property
    def seconds(self) -> float:
        """How long it took, to the last answer."""
        return max(self.ended - self.began, 0.001)

    @property
    def rate(self) -> float:
        """Acts confirmed in a second."""
        return self.confirmed / self.seconds

    @property
    def is_clean(self) -> bool:
        """Whether every request was answered as asked."""
        return not self.put_off and not self.wrong


@dataclass(frozen=True, slots=True)
class Receipt:
    """That an act was confirmed: in which case, and when it was sent and answered (monotonic seconds)."""

    number: str
    sent: float
    answered: float


class Callers:
    """Everybody's clients with their tokens; `sent` and `confirmed` are held against the ledger at the end."""

    def __init__(
        self, url: str, tokens: Mapping[str, str], seed: int, tries: int = TRIES,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:  # fmt: skip
        self.sent: dict[str, Errand] = {}
        self.confirmed: dict[str, Receipt] = {}
        self.last_wrong = ""
        self._tokens, self._seed, self._tries = tokens, seed, tries
        self._dice = Random(f"{seed}|callers")
        self._url, self._transport = url, transport
        self._lines: list[httpx.AsyncClient] = []
        self._idle: list[httpx.AsyncClient] = []

    async def aclose(self) -> None:
        """Hang up."""
        for line in self._lines:
            await line.aclose()

    async def live(self, steps: Sequence[Step], spell: Spell, think: float = 0.0, number: str = "") -> None:
        """One life, with up to so many seconds of thought between two steps; it ends where an act is given up.

        `number` is that of a case which is open already.
        """
        for step in steps:
            if think:
                await asyncio.sleep(self._dice.uniform(0, think))
            path = step.path.format(number=number)
            if step.is_look:
                await self._look(step.account, path, spell)
                continue
            said = await self._do(step, path, spell)
            if said is None:
                spell.left += 1
                break
            number = str(said["number"])
        spell.ended = time.monotonic()

    async def _look(self, account: str, path: str, spell: Spell) -> None:
        began = time.perf_counter()
        reply = await self._asked("GET", path, {"authorization": f"Bearer {self._tokens[account]}"}, spell)
        if reply is not None and self._is_answered(reply, spell):
            spell.looks.append((time.perf_counter() - began) * 1000)

    async def _do(self, step: Step, path: str, spell: Spell) -> Mapping[str, object] | None:
        """The receipt; None where it was put off too often, or refused."""
        errand = Errand(f"load-{self._seed}-{len(self.sent)}", step.account, path, step.form or {})
        self.sent[errand.act_id] = errand
        spell.asked += 1
        first = time.monotonic()
        for attempt in range(self._tries):
            began = time.monotonic()
            reply = await self._asked("POST", path, self._headers(errand), spell, errand.body)
            if reply is not None and self._is_answered(reply, spell):
                said = dict(reply.json())
                self._take(errand, spell, Receipt(str(said["number"]), first, time.monotonic()))
                if attempt == 0:
                    spell.acts.append((time.monotonic() - began) * 1000)
                return said
            if reply is not None and reply.status_code not in _PUT_OFF:
                return None
            pause = float(reply.headers.get("retry-after", 1)) if reply is not None else 1.0
            await asyncio.sleep(pause * self._dice.uniform(1, 2))
        return None

    def _headers(self, errand: Errand) -> dict[str, str]:
        return {"authorization": f"Bearer {self._tokens[errand.account]}", "idempotency-key": errand.key}

    def _take(self, errand: Errand, spell: Spell, receipt: Receipt) -> None:
        self.confirmed[errand.act_id] = receipt
        spell.confirmed += 1

    async def _asked(
        self, method: str, path: str, headers: dict[str, str], spell: Spell, body: object = None
    ) -> httpx.Response | None:
        line = self._idle.pop() if self._idle else self._line()
        try:
            return await line.request(method, path, headers=headers, json=body)
        except httpx.TransportError as broken:
            spell.wrong[type(broken).__name__] += 1
            return None
        finally:
            self._idle.append(line)

    def _line(self) -> httpx.AsyncClient:
        """One more connection. A client for each: one with hundreds looks through all of them at every request."""
        transport = self._transport or httpx.AsyncHTTPTransport(verify=False, trust_env=False)
        line = httpx.AsyncClient(base_url=self._url, timeout=PATIENCE, transport=transport)
        self._lines.append(line)
        return line

    def _is_answered(self, reply: httpx.Response, spell: Spell) -> bool:
        if reply.is_success:
            return True
        said = f"{reply.status_code} {reply.json().get('code', '')}"
        if reply.status_code in _PUT_OFF:
            spell.put_off[said] += 1
            spell.without_retry_after += "retry-after" not in reply.headers
        else:
            spell.wrong[said] += 1
            self.last_wrong = f"{reply.request.url.path}: {said}"
        return False
