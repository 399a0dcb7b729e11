"""Simulated lives on real servers come to the very ledger that the law alone gives, and to its register."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from engine import Engine, worker_on

from domain.actors import Actor
from domain.events import DutyBreached
from domain.vocabulary import Role
from rehearsal.torture.lives.choosing import drawn
from rehearsal.torture.lives.editions import whole_shelf
from rehearsal.torture.lives.on_servers import Differs, Servers, Teller
from rehearsal.torture.lives.steps import Brought, Tried
from rehearsal.torture.lives.tracing import Told, told
from rehearsal.torture.lives.world import World

pytestmark = pytest.mark.timeout(170)
SEEDS = range(1, 6)


@pytest.fixture(scope="module")
async def running(servers: Engine) -> AsyncIterator[Servers]:
    """Servers whose worker has every edition there will be."""
    async with worker_on(replace(servers, shelf=whole_shelf())):
        yield Servers(servers.client, servers.pool)
    assert servers.troubles == {}


async def _tell(running: Servers, seed: int, acts_per_run: int) -> int:
    """How many breaches there were in a life that servers agreed with in every event."""
    world, all_told = told(drawn(seed)[0])
    teller = Teller(running, acts_per_run)
    for each in all_told:
        await teller.tell(each)
    await running.compare(world)
    records = world.engine.ledger.values()
    return sum(isinstance(event.fact, DutyBreached) for record in records for event in record)


async def test_five_lives_at_once_come_to_the_ledger_of_the_law(running: Servers) -> None:
    breaches = await asyncio.gather(*(_tell(running, seed, 7 if seed % 2 else 1000) for seed in SEEDS))
    assert sum(breaches) > 5


async def test_a_life_that_servers_were_not_told_to_its_end_differs(running: Servers) -> None:
    world, all_told = _a_long_life(100)
    teller = Teller(running, 1000)
    for each in all_told[:4]:
        await teller.tell(each)
    with pytest.raises(Differs, match=r"has \d+ events, not \d+"):
        await running.compare(world)


async def test_an_answer_that_differs_from_the_laws_is_found(running: Servers) -> None:
    _, (brought, *others) = _a_long_life(200)
    teller = Teller(running, 1000)
    await teller.tell(brought)
    admitted = next(each for each in others if isinstance(each.step, Tried) and each.step.sure)
    nobody = replace(admitted.step, actor=Actor("nobody", Role.AUDITOR))
    with pytest.raises(Differs, match="not admitted"):
        await teller.tell(Told(nobody, admitted.seen))


def _a_long_life(seed: int) -> tuple[World, list[Told]]:
    """The first from a seed on that has some length and begins with an act."""
    while True:
        world, all_told = told(drawn(seed)[0])
        if len(all_told) > 10 and not all_told[1].lapse:
            return world, all_told
        seed += 1


def test_every_event_of_a_life_follows_from_something_that_servers_are_told() -> None:
    for seed in SEEDS:
        life, _ = drawn(seed)
        world, all_told = told(life)
        heads: dict[str, int] = {}
        for each in all_told:
            heads |= {number: max(seq, heads.get(number, 0)) for number, seq in each.seen.items()}
        assert heads == {number: len(record) for number, record in world.engine.ledger.items()}
        people = [each.step for each in all_told if not each.lapse]
        assert people == [step for step in life.steps if isinstance(step, Brought | Tried)]
