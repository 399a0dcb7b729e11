"""The same cycle on DBOS, in its own process: an order that waits for durable messages and records each act.

Filing, acceptance, completion and rating are four durable messages or starts; each is recorded by a step that
writes as many event rows as ours, and answered by a durable event. It has no law, no chain and no register.
"""

import asyncio
import importlib
import sys
import uuid
from collections.abc import Awaitable, Callable
from typing import Any

import asyncpg

from rehearsal.benches.figures import many

TOPIC, ACTS, EVENTS_AN_ACT = "act", 3, 4
_TABLE = """
    CREATE TABLE IF NOT EXISTS rival_event (
        case_no text, seq integer, at timestamptz NOT NULL DEFAULT now(), data text NOT NULL,
        PRIMARY KEY (case_no, seq)
    )"""
_WRITE = """
    INSERT INTO rival_event (case_no, seq, data)
    SELECT $1, $2 + n, repeat('x', 300) FROM generate_series(1, $3) n ON CONFLICT DO NOTHING"""


Cycle = Callable[[], Awaitable[None]]


def rival(url: str, pool: asyncpg.Pool) -> Cycle:
    """An order on DBOS with its own defaults: filed, accepted, completed, rated, each answer once recorded."""
    library: Any = importlib.import_module("dbos")  # an extra that only `make bench` installs
    dbos = library.DBOS
    dbos(config={"name": "rival", "system_database_url": url, "log_level": "ERROR"})

    async def record(number: str, act: int) -> None:
        await pool.execute(_WRITE, number, act * EVENTS_AN_ACT, EVENTS_AN_ACT)

    recorded = dbos.step(name="record")(record)

    async def order(number: str) -> int:
        await recorded(number, 0)
        await dbos.set_event_async("0", 0)
        for act in range(1, ACTS + 1):
            await dbos.recv_async(TOPIC)
            await recorded(number, act)
            await dbos.set_event_async(str(act), act)
        return ACTS

    lived = dbos.workflow(name="order")(order)

    async def cycle() -> None:
        number = uuid.uuid4().hex
        with library.SetWorkflowID(number):
            await dbos.start_workflow_async(lived, number)
        await dbos.get_event_async(number, "0")
        for act in range(1, ACTS + 1):
            await dbos.send_async(number, f"act-{act}", TOPIC)
            await dbos.get_event_async(number, str(act))

    dbos.launch()
    return cycle


async def serve(url: str) -> None:
    """For each line `cycles width` on standard input, cycles a second on standard output."""
    async with asyncpg.create_pool(url, min_size=2, max_size=10) as pool:
        await pool.execute(_TABLE)
        rate = many(rival(url, pool))
        while line := await asyncio.to_thread(sys.stdin.readline):
            cycles, width = map(int, line.split())
            sys.stdout.write(f"{await rate(cycles, width)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
