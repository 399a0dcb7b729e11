"""The torture by load, small: nothing is wrong before the door is full, and nothing is lost when it is."""

from contextlib import aclosing
from itertools import pairwise
from pathlib import Path
from random import Random

import httpx
import pytest

from rehearsal.benches.figures import Scale
from rehearsal.torture import load
from rehearsal.torture.field.arrivals import PEOPLE, an_order, arrivals, mixed
from rehearsal.torture.field.callers import Callers, Spell
from rehearsal.torture.load import A_MINUTE, BURST
from rehearsal.torture.tally import Order

TOKENS = dict.fromkeys(PEOPLE, "token")

pytestmark = pytest.mark.timeout(170)


async def test_more_and_more_come_and_nothing_is_lost_or_wrong(tmp_path: Path) -> None:
    tally = await load.torture(Order(Scale.TINY, 1, tmp_path))
    assert tally.failures == ()
    assert int(tally.figures["acts_confirmed"]) > 60


async def test_whoever_is_put_off_asks_again_with_the_same_key_and_is_counted_once() -> None:
    keys: list[str] = []

    def door(request: httpx.Request) -> httpx.Response:
        keys.append(request.headers["idempotency-key"])
        if len(keys) == 1:
            return httpx.Response(503, json={"code": "busy"}, headers={"retry-after": "0"})
        return httpx.Response(201, json={"number": "X1"})

    spell = Spell()
    async with aclosing(Callers("http://door", TOKENS, 1, transport=httpx.MockTransport(door))) as callers:
        await callers.live(an_order()[:1], spell)
        await callers.live(an_order()[:1], spell)
        assert keys[0] == keys[1] != keys[2]
        assert (len(callers.sent), len(callers.confirmed)) == (2, 2)
    assert spell.put_off == {"503 busy": 1}
    assert (spell.asked, spell.confirmed, spell.without_retry_after) == (2, 2, 0)
    assert not spell.is_clean


async def test_a_door_that_does_not_say_when_to_come_again_is_noticed() -> None:
    full = httpx.MockTransport(lambda _: httpx.Response(503, json={"code": "busy"}))
    spell = Spell()
    async with aclosing(Callers("http://door", TOKENS, 1, tries=1, transport=full)) as callers:
        await callers.live(an_order()[:1], spell)
    assert (spell.without_retry_after, spell.left, spell.confirmed) == (1, 1, 0)


def test_arrivals_are_twice_the_worst_minute_and_the_worst_second() -> None:
    came = list(arrivals(Random(1), A_MINUTE, BURST, 3))
    assert [sum(60 * minute <= at < 60 * minute + 60 for at in came) for minute in range(3)] == [86, 86, 86]
    assert max(sum(at <= other < at + 1 for other in came) for at in came) >= 10
    assert all(earlier <= later for earlier, later in pairwise(came))


def test_the_same_seed_brings_the_same_people() -> None:
    assert [mixed(Random(7)) for _ in range(3)] == [mixed(Random(7)) for _ in range(3)]
    assert {step.path for _ in range(60) for step in mixed(Random(_)) if not step.is_look} >= {
        "/v1/orders", "/v1/petitions", "/v1/mediations", "/v1/whistles",
    }  # fmt: skip


def test_a_spell_with_one_wrong_answer_is_not_clean() -> None:
    spell = Spell()
    assert spell.is_clean
    spell.wrong["500 internal"] += 1
    assert not spell.is_clean
