"""A county's year of requests: through the law alone in the virtual engine, and as a rate in the durable one."""

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from activities.processes import Environment, Part
from activities.shelf import load_shelf
from audit.study import generated
from audit.study.whatif import Question, ask
from domain.calendar import CST
from domain.vocabulary import CaseNo
from rehearsal.benches.cast import Player, cast
from rehearsal.benches.figures import Figures, Scale, many
from rehearsal.benches.ground import Ground, over
from rehearsal.premises import worker
from rehearsal.town import load_town
from workflows.core import Start
from workflows.virtual import VirtualEngine

YEAR = 410_000
"""Requests to Rongcheng's one entrance in 2023 (../shared/mission.md)."""
RECORD = Path("../shared/data/cn_hotline_pingshan_2018_02_to_10.csv")
WORKERS = (1, 2, 4)
AT_ONCE, BATCH = 50, 2_000


@dataclass(frozen=True, slots=True)
class _Amount:
    cases: int
    cycles: int
    workers: tuple[int, ...]


AMOUNTS = {
    Scale.TINY: _Amount(40, 2, (1,)),
    Scale.SHORT: _Amount(YEAR // 4, 100, WORKERS),
    Scale.LONG: _Amount(YEAR, 2_000, WORKERS),
}


async def measure(scale: Scale) -> Figures:
    """Seconds of a virtual year, hours of a durable one with more and more workers, and who was busy."""
    amount = AMOUNTS[scale]
    figures = await asyncio.to_thread(virtual, amount.cases)
    for workers in amount.workers:
        figures |= await over(
            partial(_durable, workers=workers, cycles=amount.cycles), partial(_staff, workers)
        )
    return figures


def virtual(cases: int) -> Figures:
    """A generated year in Pingshan's shape under its own edition, on every core; other editions only ask more.

    `every` runs each case a second time under the edition asked for, as a what-if does at its worst.
    """
    figures: Figures = {"virtual_cases": cases, **orders(min(cases, 10_000))}
    for name, edition, every in (("what_if", "gaotai-4x7", False), ("what_if_every", "gaotai-4x7", True)):
        jobs = generated.batches(cases, 1, "default-3", RECORD)
        found = ask(Question(edition, None, every), generated.generated_lives, jobs)
        figures[f"{name}_s"] = round(found.seconds, 1)
        figures[f"{name}_cases_per_cpu_second"] = round(cases / found.processor_seconds)
    return figures


def orders(cases: int) -> Figures:
    """Measured orders from filing to rating, each stepped by hand, a second of one core."""
    shelf = load_shelf()
    who = cast(load_town(), shelf)
    rules, days = shelf.rulebook("default-3").digest, shelf.calendar("cn-2026").digest
    opened = datetime(2026, 3, 2, 9, tzinfo=CST)
    began, done = time.process_time(), 0
    while done < cases:
        engine = VirtualEngine(shelf)  # a batch: who keeps every case of a year pays for memory, not for law
        for place in range(done, min(done + BATCH, cases)):
            number = CaseNo(f"XO{place}")
            engine.open(Start(number, who.opening, rules, days, who.resident, "open", opened))
            for step, (actor, act) in enumerate(who.acts):
                engine.act(number, f"a{step}", actor, act, opened + timedelta(hours=step + 1))
            done += 1
    return {"virtual_orders_per_cpu_second": round(cases / (time.process_time() - began))}


def _staff(workers: int, environment: Environment) -> tuple[Part, ...]:
    return tuple(worker(environment, f"worker-{place}") for place in range(workers))


async def _durable(ground: Ground, workers: int, cycles: int) -> Figures:
    player = Player(ground.client)
    rate = many(player.order)
    await rate(20, 4)
    before, own, began = _busy(ground.pids), time.process_time(), time.perf_counter()
    a_second = await rate(cycles, AT_ONCE)
    took = time.perf_counter() - began
    after = _busy(ground.pids)
    figures: Figures = {
        f"durable_per_second_with_{workers}": round(a_second, 1),
        f"durable_hours_with_{workers}": round(YEAR / a_second / 3600, 1),
    }
    shares = {name: (after[name] - before[name]) / took for name in after}
    shares["client"] = (time.process_time() - own) / took
    for name, cores in _gathered(shares).items():
        figures[f"cores_of_{name}_with_{workers}"] = round(cores, 2)
    return figures


def _gathered(shares: Mapping[str, float]) -> dict[str, float]:
    """All workers together."""
    gathered: dict[str, float] = {}
    for name, cores in shares.items():
        kind = name.partition("-")[0]
        gathered[kind] = gathered.get(kind, 0.0) + cores
    return gathered


def _busy(pids: Mapping[str, int]) -> dict[str, float]:
    """Processor seconds of each part so far; a server's own children belong to it."""
    return {name: sum(map(_seconds, (pid, *_children(pid)))) for name, pid in pids.items()}


def _children(pid: int) -> list[int]:
    listed = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(each) for each in listed.split()]


def _seconds(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except FileNotFoundError:
        return 0.0  # a server's child that has ended meanwhile
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
