"""Torture by load: an hour at twice the worst minute on record, then more and more until the door says it is enough."""

import asyncio
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from random import Random

from activities.settings import Role
from rehearsal.benches.figures import Figures, Scale, share, spread
from rehearsal.torture.field.arrivals import an_order, arrivals, mixed
from rehearsal.torture.field.callers import Callers, Spell
from rehearsal.torture.field.ground import Ground, Plan, ground_over
from rehearsal.torture.tally import Failure, Order, Tally

A_MINUTE, BURST = 86, 10
"""Twice the worst minute of Pingshan's year, 43, and twice its worst second, 5 (../shared/data)."""

THINK = 2.0
"""Seconds that people think between two steps, at most, while all is calm."""

TOO_MUCH = 0.15
"""Once this share of acts is put off, more would tell nothing new."""

_ONCE = "SELECT act_id, count(*) AS n FROM event WHERE act_id = ANY($1::text[]) GROUP BY act_id"


@dataclass(frozen=True, slots=True)
class _Amount:
    minutes: float
    """At twice the worst minute."""
    steps: tuple[float, ...]
    """Orders that begin in a second, step by step; each has nine acts."""
    hold: float
    """Seconds that each step is held."""
    door: Mapping[str, str] = field(default_factory=dict)
    """How the door is narrower than usual, where there is little to fill it with."""


AMOUNTS = {
    Scale.TINY: _Amount(0.05, (8, 40), 0.25, {"HERUN_ACTS_AT_ONCE": "2", "HERUN_ACTS_WAITING": "2"}),
    Scale.SHORT: _Amount(2, (2, 5, 10, 16, 25, 40), 6),
    Scale.LONG: _Amount(60, (2, 4, 6, 8, 10, 12, 15, 18, 22, 27, 33, 40), 30),
}


async def torture(order: Order) -> Tally:
    """Latencies before saturation, the rate at which it sets in, what was put off beyond; nothing lost or twice."""
    amount = AMOUNTS[order.scale]
    data = order.folder / "herun"
    shutil.rmtree(data, ignore_errors=True)
    different = {"HERUN_DRILL": "false", **amount.door}
    async with (
        ground_over(data, Plan(workers=1, different=different)) as ground,
        aclosing(Callers(ground.url, ground.tokens, order.seed)) as callers,
    ):
        await _warm(callers)
        calm = await _calm(order, callers, amount.minutes)
        steps = await _steps(order, callers, amount)
        beyond = await _recovered(callers)
        failures = [*_failures(order, calm, steps, beyond), *await _lost(order, ground, callers)]
    return Tally("load", _figures(callers, calm, steps, beyond), tuple(failures))


async def _warm(callers: Callers) -> None:
    for _ in range(2):
        await callers.live(an_order(), Spell())


async def _calm(order: Order, callers: Callers, minutes: float) -> Spell:
    """People of all kinds come as they did in the worst minute, twice as many, for so many minutes."""
    dice, spell = Random(f"{order.seed}|arrivals"), Spell()
    coming = list(arrivals(dice, A_MINUTE, BURST, minutes))
    lives: list[asyncio.Task[None]] = []
    for place, at in enumerate(coming, start=1):
        await asyncio.sleep(max(0.0, spell.began + at - time.monotonic()))
        lives.append(asyncio.create_task(callers.live(mixed(dice), spell, THINK)))
        order.progress.count(place, len(coming), "已到", "arrived")
    await asyncio.gather(*lives)
    return spell


@dataclass(frozen=True, slots=True)
class _Step:
    """So many orders a second, and what came of them."""

    orders: float
    spell: Spell

    @property
    def share_put_off(self) -> float:
        """Of acts wanted, how many were put off at least once, by and large."""
        return self.spell.put_off.total() / max(1, self.spell.asked)


async def _steps(order: Order, callers: Callers, amount: _Amount) -> list[_Step]:
    """More and more orders in a second, each step to its end, until the door puts many off."""
    done: list[_Step] = []
    for orders in amount.steps:
        done.append(_Step(orders, await _step(callers, orders, amount.hold)))
        rate = round(done[-1].spell.rate)
        order.progress.say(
            f"每秒 {orders} 单：每秒办 {rate} 件", f"{orders} orders a second: {rate} acts a second"
        )
        if done[-1].share_put_off > TOO_MUCH:
            break
    return done


async def _step(callers: Callers, orders: float, hold: float) -> Spell:
    spell = Spell()
    lives: list[asyncio.Task[None]] = []
    for place in range(round(orders * hold)):
        await asyncio.sleep(max(0.0, spell.began + place / orders - time.monotonic()))
        lives.append(asyncio.create_task(callers.live(an_order(), spell)))
    await asyncio.gather(*lives)
    return spell


async def _recovered(callers: Callers) -> Spell:
    """A few calm orders after it all: the door is as it was."""
    spell = Spell()
    for _ in range(2):
        await callers.live(an_order(), spell)
    return spell


# -- what must hold -------------------------------------------------------------------------------------


def _failures(order: Order, calm: Spell, steps: Sequence[_Step], beyond: Spell) -> Iterator[Failure]:
    for what, spell in (("calm", calm), ("afterwards", beyond)):
        if not spell.is_clean:
            yield Failure(f"error_{what}", order.seed, str({**spell.put_off, **spell.wrong}))
    for step in steps:
        spell = step.spell
        if spell.wrong:
            yield Failure("wrong_answer", order.seed, f"{step.orders} orders/s: {dict(spell.wrong)}")
        if spell.without_retry_after:
            yield Failure(
                "no_retry_after", order.seed, f"{step.orders} orders/s: {spell.without_retry_after}"
            )


async def _lost(order: Order, ground: Ground, callers: Callers) -> list[Failure]:
    """Every confirmed act is on the ledger once; none that was sent is there twice."""
    reader = await ground.connect(Role.READER)
    try:
        found = {row["act_id"]: row["n"] for row in await reader.fetch(_ONCE, list(callers.sent))}
    finally:
        await reader.close()
    lost = [act for act in callers.confirmed if act not in found]
    twice = [act for act, times in found.items() if times > 1]
    told = (("lost", lost), ("twice", twice))
    return [Failure(what, order.seed, f"{len(acts)}: {acts[:3]}") for what, acts in told if acts]


# -- what was measured ----------------------------------------------------------------------------------


def _figures(callers: Callers, calm: Spell, steps: Sequence[_Step], beyond: Spell) -> Figures:
    before = [step for step in steps if step.spell.is_clean]
    saturated = [step for step in steps if not step.spell.is_clean]
    fastest = max((step.spell.rate for step in steps), default=0.0)
    return {
        "calm_acts": calm.confirmed, "calm_looks": len(calm.looks),
        **spread("calm_act", calm.acts or [0.0]), **spread("calm_look", calm.looks or [0.0]),
        "most_orders_a_second_without_refusal": max((step.orders for step in before), default=0),
        **{f"act_p99_ms_at_{step.orders:g}_orders_a_second": share(step.spell.acts, 0.99) for step in before},
        "acts_a_second_at_saturation": round(fastest, 1),
        "put_off_beyond": sum(step.spell.put_off.total() for step in saturated),
        "put_off_as": _told(saturated),
        "acts_beyond": sum(step.spell.confirmed for step in saturated),
        **(spread("act_beyond", [ms for step in saturated for ms in step.spell.acts] or [0.0])),
        "left_after_six_tries": sum(step.spell.left for step in steps),
        "acts_confirmed": len(callers.confirmed),
        "act_afterwards_p50_ms": share(beyond.acts or [0.0], 0.5),
    }  # fmt: skip


def _told(steps: Sequence[_Step]) -> str:
    codes = sorted({code for step in steps for code in step.spell.put_off})
    return ", ".join(codes) or "-"
