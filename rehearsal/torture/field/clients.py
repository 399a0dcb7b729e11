"""Clients at the door: each insists, under the same key, until it is answered; some send twice, some go away."""

import asyncio
import time
from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from random import Random
from typing import Any

import httpx

from rehearsal.torture.field.said import Answer, Errand, Journal

PATIENCE = 30.0
"""Seconds a client waits for one answer; the door promises one sooner."""

_LONGEST_WAIT = 180.0

_TWICE, _GOES_AWAY = 0.05, 0.06
"""Shares of errands that are sent twice at once, and whose sender does not wait for a late answer."""

_AGAIN = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT, HTTPStatus.INTERNAL_SERVER_ERROR,
    }
)  # fmt: skip
_IN_PROGRESS = "in_progress"


class Post:
    """Carries errands to the door and keeps count; `journal` has every word of it."""

    def __init__(self, url: str, tokens: Mapping[str, str], journal: Journal, seed: int) -> None:
        self.journal = journal
        self.acknowledged = 0
        self.said: Counter[str] = Counter()
        """Status and code of every answer that was none, and of every refusal → how often."""
        self.slowest = 0.0
        """Seconds that the slowest answer of the door took, of whatever kind."""
        self.without_retry_after = 0
        self._http = httpx.AsyncClient(
            base_url=url, timeout=PATIENCE, limits=httpx.Limits(max_connections=64)
        )
        self._tokens, self._dice = tokens, Random(f"{seed}|clients")
        self._news = asyncio.Condition()
        self._latest_start = 0.0
        self._flying = 0

    @property
    def is_busy(self) -> bool:
        """Whether a request is under way."""
        return self._flying > 0

    async def close(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def acknowledgements(self, more: int) -> None:
        """Wait until so many more acts have been confirmed. Raises TimeoutError where that never comes."""
        wanted = self.acknowledged + more
        async with asyncio.timeout(_LONGEST_WAIT), self._news:
            await self._news.wait_for(lambda: self.acknowledged >= wanted)

    async def acknowledged_since(self, moment: float) -> float:
        """Wait until something sent after a moment (monotonic seconds) is confirmed; seconds from then to now."""
        async with self._news:
            await self._news.wait_for(lambda: self._latest_start >= moment)
        return time.monotonic() - moment

    async def do(self, errand: Errand) -> Answer | None:
        """Insist until there is an answer; None if the sender went away without one."""
        patient, times = self._dice.random() >= _GOES_AWAY, 2 if self._dice.random() < _TWICE else 1
        self.journal.sent(errand)
        found = await asyncio.gather(*(self._insist(errand, patient) for _ in range(times)))
        return found[0] or found[-1]

    async def _insist(self, errand: Errand, patient: bool) -> Answer | None:
        while True:
            began = time.monotonic()
            answer = await self.ask(errand)
            if answer is not None:
                await self._take(errand, answer, began)
                return answer
            if not patient:
                self.journal.leave(errand.key)
                return None
            await asyncio.sleep(self._dice.uniform(0.05, 0.3))

    async def ask(self, errand: Errand) -> Answer | None:
        """Send it once; None where the door did not answer it, or asks to be asked again."""
        headers = {
            "authorization": f"Bearer {self._tokens[errand.account]}", "idempotency-key": errand.key,
        }  # fmt: skip
        began = time.monotonic()
        self._flying += 1
        try:
            reply = await self._http.post(errand.path, json=dict(errand.body), headers=headers)
        except httpx.TransportError as broken:
            self.said[type(broken).__name__] += 1
            return None
        finally:
            self._flying -= 1
            self.slowest = max(self.slowest, time.monotonic() - began)
        return self._read(reply)

    def _read(self, reply: httpx.Response) -> Answer | None:
        said: dict[str, Any] = reply.json()
        if not reply.is_success:
            self.said[f"{reply.status_code} {said.get('code')}"] += 1
        if reply.status_code in _AGAIN or said.get("code") == _IN_PROGRESS:
            self.without_retry_after += "retry-after" not in reply.headers
            return None
        return Answer(reply.status_code, said)

    async def _take(self, errand: Errand, answer: Answer, began: float) -> None:
        first = self.journal.answers.get(errand.key)
        if first is None:
            self.journal.told(errand.key, answer)
        if answer.is_done:
            async with self._news:
                self.acknowledged += first is None
                self._latest_start = max(self._latest_start, began)
                self._news.notify_all()
