"""Clients at work in the background, while something is done to the parts behind the door."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

from activities.settings import Role
from rehearsal.torture.field.clients import Post
from rehearsal.torture.field.ground import Ground
from rehearsal.torture.field.people import Townsfolk

_LAST_WORD = 90.0
"""Seconds that clients get at the end, with everything running, to be answered."""
_REST = 0.15


@asynccontextmanager
async def clients_at_work(
    clients: int, seed: int, ground: Ground, post: Post, folk: Townsfolk
) -> AsyncIterator[None]:
    """So many act while it is entered; afterwards each waits for its last answer, but not for ever.

    A client that fails ends it.
    """
    over = asyncio.Event()
    async with asyncio.TaskGroup() as tasks:
        listening = tasks.create_task(folk.listen(ground.settings.url(Role.READER)))
        people = [
            tasks.create_task(_client(place, clients, seed, post, folk, over)) for place in range(clients)
        ]
        yield
        over.set()
        await asyncio.wait(people, timeout=_LAST_WORD)
        for each in (listening, *people):
            each.cancel()


async def _client(
    place: int, clients: int, seed: int, post: Post, folk: Townsfolk, over: asyncio.Event
) -> None:
    """What an earlier run left unanswered first; then one thing after another."""
    dice = Random(f"{seed}|client|{place}")
    for left in [each for n, each in enumerate(post.journal.unanswered) if n % clients == place]:
        await post.do(left)
    while not over.is_set():
        if (errand := folk.next()) is not None:
            await post.do(errand)
        await asyncio.sleep(dice.uniform(0, _REST))
