"""Torture by cutting and stalling: ways between parts, a full disk, wrong clocks, no connection, a poisoned case."""

import shutil
from dataclasses import dataclass
from functools import partial
from itertools import starmap
from random import Random

from rehearsal.benches.figures import Figures, Scale
from rehearsal.torture.cuts.clock import clocks
from rehearsal.torture.cuts.disk import full_disk, let_go
from rehearsal.torture.cuts.poison import poisoned
from rehearsal.torture.cuts.probe import Probe
from rehearsal.torture.cuts.proxy import Way
from rehearsal.torture.cuts.scenes import Scene, Stage, away, crowd, no_connection_left
from rehearsal.torture.cuts.ways import Between, ways
from rehearsal.torture.field.clients import Post
from rehearsal.torture.field.crowd import clients_at_work
from rehearsal.torture.field.ground import Plan, ground_over
from rehearsal.torture.field.ledger_check import Checker
from rehearsal.torture.field.people import Townsfolk
from rehearsal.torture.field.said import Journal
from rehearsal.torture.tally import Failure, Order, Tally

CLIENTS = 4


@dataclass(frozen=True, slots=True)
class _Amount:
    matters: int
    hold: float
    rounds: int


AMOUNTS = {
    Scale.TINY: _Amount(8, 2.0, 1),
    Scale.SHORT: _Amount(60, 5.0, 1),
    Scale.LONG: _Amount(200, 15.0, 10),
}

_FEW: tuple[tuple[Between, Way], ...] = (
    (Between.WORKER_POSTGRES, Way.SILENT), (Between.API_POSTGRES, Way.CUT),
    (Between.API_TEMPORAL, Way.CUT), (Between.WORKER_TEMPORAL, Way.SLOW),
)  # fmt: skip
_EVERY = tuple((between, way) for between in Between for way in Way if way is not Way.OPEN)


async def torture(order: Order) -> Tally:
    """All scenes in a seeded order while clients go on, then every question of `ledger_check`."""
    amount = AMOUNTS[order.scale]
    data, said = order.folder / "herun", order.folder / "said.jsonl"
    let_go(data)
    shutil.rmtree(data, ignore_errors=True)
    said.unlink(missing_ok=True)
    journal = Journal(said)
    async with ways() as led, ground_over(data, Plan(workers=1, reroute=led.reroute)) as ground:
        post = Post(ground.url, ground.tokens, journal, order.seed)
        folk = Townsfolk(order.seed, amount.matters, journal)
        stage = Stage(ground, led, Probe(ground, post, folk, order.seed), order.seed, amount.hold)
        async with clients_at_work(CLIENTS, order.seed, ground, post, folk):
            await post.acknowledgements(amount.matters)
            await _play(order, stage)
        await stage.probe.close()
        failures = [*stage.failures, *await Checker(ground, journal, order.seed).everything(post)]
        await post.close()
    return Tally("cut", _figures(stage, post), tuple(failures))


async def _play(order: Order, stage: Stage) -> None:
    """Scene after scene; what is left unanswered of one is insisted on before the next."""
    scenes = [each for _ in range(AMOUNTS[order.scale].rounds) for each in _scenes(order)]
    Random(f"{order.seed}|scenes").shuffle(scenes)
    for done, scene in enumerate(scenes, start=1):
        try:
            await scene(stage)
        except TimeoutError:
            stage.failures.append(Failure("stalled", order.seed, f"scene {done} of {len(scenes)}"))
        order.progress.count(done, len(scenes), "已演", "played")


def _scenes(order: Order) -> list[Scene]:
    if order.scale is Scale.TINY:
        return [*starmap(away, _FEW), crowd, poisoned]
    rest: list[Scene] = [crowd, no_connection_left, poisoned, full_disk, partial(clocks, folder=order.folder)]
    return [*starmap(away, _EVERY), *rest]


def _figures(stage: Stage, post: Post) -> Figures:
    return {
        "acknowledged": post.acknowledged, **stage.figures, "slowest_answer_s": round(post.slowest, 1),
        "asked_again": ", ".join(f"{what} {times}" for what, times in post.said.most_common()),
    }  # fmt: skip
