"""A full order cycle: ours against the barest workflow and against DBOS in turn, and an act through HTTP."""

import asyncio
import importlib.util
import statistics
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from activities.processes import Environment, Part
from activities.settings import Role
from rehearsal.bare import QUEUE, BareWorkflow
from rehearsal.benches.cast import Player, fresh, started
from rehearsal.benches.figures import Figures, Rate, Scale, many, spread
from rehearsal.benches.ground import Ground, at_the_door, door_too, over, post, tokens
from rehearsal.premises import worker

WIDTHS = (1, 8, 50)
ROUNDS = 3
WARM_UP = 20


@dataclass(frozen=True, slots=True)
class _Amount:
    cycles: Mapping[int, int]
    acts: int


AMOUNTS = {
    Scale.TINY: _Amount({2: 2}, 3),
    Scale.SHORT: _Amount({1: 10, 8: 40, 50: 100}, 90),
    Scale.LONG: _Amount({1: 100, 8: 400, 50: 1000}, 900),
}


async def measure(scale: Scale) -> Figures:
    """Cycles a second of each, their ratios, history events, and milliseconds of an act through HTTP."""
    amount = AMOUNTS[scale]
    figures = await over(lambda ground: _cycles(ground, amount), _with_bare)
    return figures | await over(lambda ground: _acts(ground, amount.acts), door_too)


async def _cycles(ground: Ground, amount: _Amount) -> Figures:
    player = Player(ground.client)
    figures: Figures = {}
    async with AsyncExitStack() as stack:
        rates = {"ours": many(player.order), "bare": many(_bare(ground))}
        if (rival := await stack.enter_async_context(_rival(ground))) is not None:
            rates["dbos"] = rival
        for rate in rates.values():
            await rate(WARM_UP, 4)
        for width, cycles in amount.cycles.items():
            figures.update(await _alternate(rates, cycles, width))
    figures["history_events"] = await player.history(await player.order())
    closed = await player.order(player.cast.all_acts)
    return figures | {"history_events_with_six_acts_until_closed": await player.history(closed)}


async def _alternate(rates: Mapping[str, Rate], cycles: int, width: int) -> Figures:
    """Each in turn, round by round; the median rates, and the medians of the ratios within a round."""
    rounds = [{name: await rate(cycles, width) for name, rate in rates.items()} for _ in range(ROUNDS)]
    figures: Figures = {
        f"{name}_per_second_at_{width}": round(statistics.median(each[name] for each in rounds), 1)
        for name in rates
    }
    for name in rates.keys() - {"ours"}:
        ratio = statistics.median(each["ours"] / each[name] for each in rounds)
        figures[f"ours_to_{name}_at_{width}"] = round(ratio, 2)
    return figures


def _bare(ground: Ground) -> Callable[[], Awaitable[str]]:
    async def cycle() -> str:
        number = fresh("bare")
        await started(ground.client, "bare", None, number, QUEUE, BareWorkflow.opened)
        handle = ground.client.get_workflow_handle(number)
        for step in range(3):
            await handle.execute_update(BareWorkflow.act, f"act-{step}", id=f"a{step}")
        return number

    return cycle


def _with_bare(environment: Environment) -> tuple[Part, ...]:
    bare = Part("bare", (sys.executable, "-m", "rehearsal.bare"), env=environment)
    return worker(environment), bare


@asynccontextmanager
async def _rival(ground: Ground) -> AsyncIterator[Rate | None]:
    """DBOS in a process of its own, where it is installed; it takes `cycles width` a line and answers a rate."""
    if importlib.util.find_spec("dbos") is None:
        yield None
        return
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "rehearsal.benches.rival", ground.url(Role.OWNER),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield lambda cycles, width: _asked(process, f"{cycles} {width}\n")
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()


async def _asked(process: asyncio.subprocess.Process, line: str) -> float:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(line.encode())
    await process.stdin.drain()
    return float(await process.stdout.readline())


# -- through the door ----------------------------------------------------------------------------------


async def _acts(ground: Ground, acts: int) -> Figures:
    people = await tokens(ground)
    async with at_the_door(ground) as http:
        await http_cycles(http, people, WARM_UP // 3)
        taken = await http_cycles(http, people, -(-acts // 3))
    return {"acts": len(taken), **spread("act", taken)}


async def http_cycles(http: httpx.AsyncClient, people: Mapping[str, str], cycles: int) -> list[float]:
    """Milliseconds of every act of so many orders, one at a time; each answer comes after the commit."""
    return [took for _ in range(cycles) for took in await _http_cycle(http, people)]


async def _http_cycle(http: httpx.AsyncClient, people: Mapping[str, str]) -> Sequence[float]:
    """An order that a community worker found: its acts up to acceptance, each timed."""
    finder, handler = people["xingye.worker"], people["zhujian.handler"]
    opened = await post(http, finder, "/v1/orders", {
        "title": "井盖松动", "text": "路口井盖松动，车过有响声。", "matter": "01.01.01", "place": "yunhe/binhu/xingye",
    })  # fmt: skip
    number = opened.json()["number"]
    steps: tuple[tuple[str, str, dict[str, Any]], ...] = (
        (finder, "order.accept_need", {"service": "service"}),
        (finder, "order.dispatch", {"units": ["yunhe/zhujian"]}),
        (handler, "order.accept", {}),
    )
    taken = []
    for token, act, fields in steps:
        began = time.perf_counter()
        await post(http, token, f"/v1/cases/{number}/acts/{act}", fields)
        taken.append((time.perf_counter() - began) * 1000)
    return taken
