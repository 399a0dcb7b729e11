"""A worker that remembers nothing must come to the same ledger: every step is replayed from the history."""

import pytest
from durable.cast import HOUSING, WATER, handler
from durable.lives import a_split_petition, an_opinion, assert_lawful, finish_part
from engine import Engine, worker_on

from domain.vocabulary import CaseNo

pytestmark = pytest.mark.timeout(120)


async def test_without_a_cache_every_step_is_replayed_to_the_same_ledger(servers: Engine) -> None:
    async with worker_on(servers, cached=1):
        number = await a_split_petition(servers, orders=2, acts_per_run=3)
        for part, unit in ((CaseNo(f"{number}-01"), HOUSING), (CaseNo(f"{number}-02"), WATER)):
            await finish_part(servers, part, unit)
        await servers.until(number, "acted", times=5)
        await servers.act(number, handler(HOUSING), an_opinion())
    await assert_lawful(servers, number, CaseNo(f"{number}-01"), CaseNo(f"{number}-02"))
    assert servers.troubles == {}
