"""Supervision's counts are settled by the worker's round too, not only when somebody looks."""

import obstore.store
from ledger_stories import order_story, tell

import worker
from activities import tally
from activities.attachments import Store

_WAITING = "SELECT count(*) FROM tally_due"
_COUNTED = "SELECT count(*) FROM case_tally WHERE case_no = ANY($1::text[])"


async def test_everything_that_waits_is_counted_once(pool, ledger, owner):
    for number in ("O71", "O72"):
        await tell(ledger, order_story(number))
    assert await owner.fetchval(_WAITING) > 0
    async with pool.acquire() as connection:
        assert await tally.settle(connection) >= 2
        assert await tally.settle(connection) == 0
    assert (await owner.fetchval(_WAITING), await owner.fetchval(_COUNTED, ["O71", "O72"])) == (0, 2)


async def test_the_workers_round_counts(pool, ledger, owner):
    await tell(ledger, order_story("O73"))
    await worker.sweep_once(pool, Store(obstore.store.MemoryStore()))
    assert (await owner.fetchval(_WAITING), await owner.fetchval(_COUNTED, ["O73"])) == (0, 1)


async def test_the_round_counts_while_a_case_is_stuck(pool, ledger, owner):
    await tell(ledger, order_story("O74"))
    await ledger.trouble("O74", "a bug")
    await worker.sweep_once(pool, Store(obstore.store.MemoryStore()))
    assert await owner.fetchval(_COUNTED, ["O74"]) == 1
