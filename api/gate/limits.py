"""How often somebody may ask: attempts to sign in, filing, searching; by process, forgotten when it ends.

What must survive a restart, the lock after five failures, is in the database instead.
"""

import math
import time
from enum import StrEnum
from http import HTTPStatus

from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter

from activities.settings import Settings
from api.identity.callers import Caller
from api.problems import Problem
from domain.vocabulary import Role


class Rate(StrEnum):
    """What is counted."""

    SIGN_IN = "sign_in"
    FILING = "filing"
    FILING_STAFF = "filing_staff"
    SEARCH = "search"


class BadRate(ValueError):
    """A setting that is no rate, such as `30/minute`."""


class Limits:
    """Counts per kind and person or address over a sliding window."""

    def __init__(self, settings: Settings) -> None:
        self._counter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._rates = {rate: _parsed(f"rate_{rate}", getattr(settings, f"rate_{rate}")) for rate in Rate}

    async def spend(self, rate: Rate, who: str) -> None:
        """Count one more. Raises Problem (429) with the seconds to wait, and counts nothing then."""
        item = self._rates[rate]
        if await self._counter.hit(item, rate.value, who):
            return
        window = await self._counter.get_window_stats(item, rate.value, who)
        wait = max(1, math.ceil(window.reset_time - time.time()))
        raise Problem(HTTPStatus.TOO_MANY_REQUESTS, "too_many_requests", headers={"retry-after": str(wait)})

    async def attempt(self, address: str) -> None:
        """Somebody tries to sign in, or asks for a code. Raises Problem (429)."""
        await self.spend(Rate.SIGN_IN, address)

    async def visit(self, address: str) -> None:
        """Somebody without an account is about to file. Raises Problem (429)."""
        await self.spend(Rate.FILING, address)

    async def file(self, caller: Caller) -> None:
        """Somebody opens a case. Raises Problem (429).

        A bearer token is handed out by the operator, so its limit is that of staff.
        """
        by_browser = caller.session is not None and caller.account.role is Role.RESIDENT
        await self.spend(Rate.FILING if by_browser else Rate.FILING_STAFF, caller.account.id)

    async def search(self, caller: Caller) -> None:
        """Somebody searches. Raises Problem (429)."""
        await self.spend(Rate.SEARCH, caller.account.id)


def _parsed(name: str, rate: str) -> RateLimitItem:
    try:
        return parse(rate)
    except ValueError as wrong:
        raise BadRate(
            f"{name} 不是频率，如 30/minute：{rate} / {name} is no rate like 30/minute: {rate}"
        ) from wrong
