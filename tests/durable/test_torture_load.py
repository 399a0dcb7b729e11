"""The torture by load, small: nothing is wrong before the door is full, and nothing is lost when it is."""

from itertools import pairwise
from pathlib import Path
from random import Random

import pytest

from rehearsal.benches.figures import Scale
from rehearsal.torture import load
from rehearsal.torture.load import A_MINUTE, BURST
from rehearsal.torture.load_callers import Spell
from rehearsal.torture.load_lives import arrivals, mixed
from rehearsal.torture.tally import Order

pytestmark = pytest.mark.timeout(170)


async def test_a_full_door_puts_people_off_and_loses_nothing(tmp_path: Path) -> None:
    tally = await load.torture(Order(Scale.TINY, 1, tmp_path))
    assert tally.failures == ()
    assert int(tally.figures["acts_confirmed"]) > 60
    assert "busy" in str(tally.figures["put_off_as"])


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
