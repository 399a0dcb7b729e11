"""A petition split into ten, a hundred, a thousand orders: time and events for each order ought to stay flat."""

import asyncio
import time
from dataclasses import dataclass

import asyncpg

from activities.settings import Role
from activities.shelf import load_shelf
from domain.actors import Actor
from domain.acts import petition
from domain.openings import PetitionOpening
from domain.vocabulary import CaseNo, Content, Party, Share, Unit
from domain.vocabulary import Role as Post
from rehearsal.benches.cast import UNIT, Player, offices
from rehearsal.benches.figures import Figures, Scale
from rehearsal.benches.ground import Ground, over, worker_alone
from rehearsal.town import load_town

ORDERS = {Scale.TINY: (2, 4), Scale.SHORT: (10, 100, 1000), Scale.LONG: (10, 100, 1000)}
LOOK_EVERY, PATIENCE = 0.05, 600.0

_OPEN = "SELECT count(*) FROM case_register WHERE parent_no = $1"
_EVENTS = "SELECT count(*) FROM event WHERE case_no = $1 OR case_no ^@ ($1 || '-')"


@dataclass(frozen=True, slots=True)
class _Whole:
    number: CaseNo
    seconds: float
    events: int
    history: int


async def measure(scale: Scale) -> Figures:
    """Seconds from the split to the last order on the register, and events, for each order."""
    return await over(lambda ground: _splits(ground, ORDERS[scale]), worker_alone)


async def _splits(ground: Ground, sizes: tuple[int, ...]) -> Figures:
    player = Player(ground.client)
    figures: Figures = {}
    async with ground.connection(Role.READER) as reader:
        await _split(player, reader, 2)  # warm
        for orders in sizes:
            whole = await _split(player, reader, orders)
            figures.update({
                f"seconds_at_{orders}": round(whole.seconds, 2),
                f"ms_an_order_at_{orders}": round(whole.seconds / orders * 1000, 1),
                f"ledger_events_an_order_at_{orders}": round(whole.events / orders, 1),
                f"history_events_of_the_whole_at_{orders}": whole.history,
            })  # fmt: skip
    return figures


async def _split(player: Player, reader: asyncpg.Connection, orders: int) -> _Whole:
    opening = PetitionOpening(
        offices(load_town(), load_shelf()), "01.01.01", Content("c1:t"), Content("c1:x"),
        petitioner=Party("bench-resident"),
    )  # fmt: skip
    officer = Actor("bench.officer", Post.PETITION_OFFICER, opening.offices.petition_office)
    number = await player.open(opening, player.cast.resident)
    sort = petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL)
    await player.act(number, officer, sort, "sort")
    began = time.perf_counter()
    await player.act(number, officer, _plan(orders), "split")
    await _until(reader, number, orders)
    seconds = time.perf_counter() - began
    events = int(await reader.fetchval(_EVENTS, number))
    return _Whole(number, seconds, events, await player.history(number))


def _plan(orders: int) -> petition.Split:
    lead = petition.OrderLine(UNIT, Share.LEAD, Content("c1:claim-0"))
    others = (
        petition.OrderLine(Unit("yunhe/shuiwu"), Share.CO_HANDLER, Content(f"c1:claim-{place}"))
        for place in range(1, orders)
    )
    return petition.Split((lead, *others))


async def _until(reader: asyncpg.Connection, number: CaseNo, orders: int) -> None:
    async with asyncio.timeout(PATIENCE):
        while await reader.fetchval(_OPEN, number) < orders:  # noqa: ASYNC110 - the register tells nobody
            await asyncio.sleep(LOOK_EVERY)
