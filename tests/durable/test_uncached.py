"""A worker that remembers nothing must come to the same ledger: every step is replayed from the history."""

from typing import Any

import pytest
from durable.cast import HOUSING, WATER, handler
from durable.lives import a_split_petition, an_opinion, assert_lawful, finish_part
from engine import Engine, worker_on

from domain.events import Event
from domain.vocabulary import CaseNo
from workflows.envelope import ActReceipt

pytestmark = pytest.mark.timeout(120)


class Forgetful(Engine):
    """An engine whose worker dies after every step, so that the next one has the history and nothing else.

    Not a worker with a cache of none: the SDK's local activities do not get on with one (ADR 11).
    """

    async def open(self, *who: Any, **how: Any) -> CaseNo:
        async with worker_on(self):
            return await super().open(*who, **how)

    async def act(self, *who: Any, **how: Any) -> ActReceipt:
        async with worker_on(self):
            return await super().act(*who, **how)

    async def until(self, *who: Any, **how: Any) -> list[Event]:
        async with worker_on(self):
            return await super().until(*who, **how)


async def test_a_new_worker_for_every_step_replays_it_to_the_same_ledger(servers: Engine) -> None:
    forgetful = Forgetful(servers.client, servers.pool, servers.shelf, servers.hands, servers.troubles)
    number = await a_split_petition(forgetful, orders=2, acts_per_run=3)
    for part, unit in ((CaseNo(f"{number}-01"), HOUSING), (CaseNo(f"{number}-02"), WATER)):
        await finish_part(forgetful, part, unit)
    await forgetful.until(number, "acted", times=5)
    await forgetful.act(number, handler(HOUSING), an_opinion())
    await assert_lawful(servers, number, CaseNo(f"{number}-01"), CaseNo(f"{number}-02"))
    assert servers.troubles == {}
