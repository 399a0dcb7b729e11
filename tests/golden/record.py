"""Writes the golden histories anew: `make golden`, only when a version is released with new commands."""

import asyncio
import json
import re
import tempfile
from pathlib import Path

from durable.cast import HOUSING, RESIDENT, WATER, WORKER, an_order, handler, text
from durable.lives import a_mediation, a_split_petition, a_whistle, an_opinion, fast_drill, finish_part
from engine import Engine, engine_over, worker_on

from domain.acts import base, order, petition
from domain.vocabulary import CaseNo, Service

FOLDER = Path(__file__).parent / "histories"
_PLACE = re.compile(r'"identity": "[^"]*"')


async def main() -> None:
    """Live one case of each kind on a real server and keep its history."""
    with tempfile.TemporaryDirectory() as data:
        async with engine_over(Path(data)) as engine, worker_on(engine):
            for name, live in LIVES.items():
                await keep(engine, name, await live(engine))


async def keep(engine: Engine, name: str, number: CaseNo) -> None:
    """The latest run's history, without the name of the machine it was made on."""
    history = await engine.client.get_workflow_handle(number).fetch_history()
    written = json.dumps(json.loads(history.to_json()), indent=1, sort_keys=True, ensure_ascii=False)
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(_PLACE.sub('"identity": "worker"', written) + "\n", encoding="utf-8")


async def an_order_returned_and_rated(engine: Engine) -> CaseNo:
    number = await engine.open(an_order(), RESIDENT)
    await engine.act(number, WORKER, order.AcceptNeed(Service.SERVICE))
    await engine.act(number, WORKER, order.Dispatch((HOUSING,)))
    await engine.act(number, handler(HOUSING), order.Return(text("not ours")))
    await engine.act(number, WORKER, order.Dispatch((WATER,)))
    await engine.act(number, handler(WATER), order.Accept())
    await engine.act(number, handler(WATER), order.RequestExtension(3, text("parts are late")))
    await engine.act(number, WORKER, order.GrantExtension(3))
    await engine.act(number, handler(WATER), order.Complete(text("mended")))
    await engine.act(number, RESIDENT, base.Rate(5, 5, 4))
    await engine.act(number, WORKER, base.Rate(4, 4, 4))
    await engine.act(number, WORKER, order.CloseOrder())
    await engine.end(number)
    return number


async def an_order_nobody_looked_at(engine: Engine) -> CaseNo:
    number = await engine.open(an_order(), RESIDENT, drill=fast_drill(speed=1_000_000))
    await engine.until(number, "duty_marked", times=2)
    return number


async def a_petition_answered(engine: Engine) -> CaseNo:
    number = await a_split_petition(engine, orders=2)
    for part, unit in ((CaseNo(f"{number}-01"), HOUSING), (CaseNo(f"{number}-02"), WATER)):
        await finish_part(engine, part, unit)
    await engine.until(number, "acted", times=5)
    await engine.act(number, handler(HOUSING), an_opinion())
    await engine.act(number, handler(HOUSING), petition.Serve())
    return number


async def a_petition_in_its_third_run(engine: Engine) -> CaseNo:
    number = await a_split_petition(engine, orders=2, acts_per_run=1)
    await engine.act(number, RESIDENT, base.Withdraw())
    await engine.end(number)
    return number


LIVES = {
    "order_returned_and_rated": an_order_returned_and_rated,
    "order_overdue": an_order_nobody_looked_at,
    "petition_answered": a_petition_answered,
    "petition_continued_as_new": a_petition_in_its_third_run,
    "mediation_agreed": a_mediation,
    "whistle_stood_down": a_whistle,
}

if __name__ == "__main__":
    asyncio.run(main())
