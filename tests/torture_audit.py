"""`make torture-audit`: ten thousand files that nobody touched and ten thousand with one change, over all cores."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from random import Random
from typing import Any

import asyncpg
import tamper
import tamper_database
import tamper_rows
from conftest import Database
from notary import golden, notarised, signer
from town_rows import held, lives_of

from activities.migrate import migrate
from activities.processes import Child
from activities.settings import Role
from audit.answers.verify import verify_case, verify_each
from audit.casefiles.casefile import pack
from audit.casefiles.editions import open_library
from audit.casefiles.gathering import evidence_of
from audit.casefiles.unpacking import unpack
from audit.checkpoints.checkpoint import write_checkpoint
from rehearsal.into_ledger import keep, ledger_at, write
from stack import Postgres

KEY = signer()
CASES_A_JOB = 250
"""Cases in one tree; each job plays a town of its own seed."""


@dataclass
class Tally:
    """What came of it; every miss is told."""

    clean: int = 0
    events: int = 0
    history_events: int = 0
    changed: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        self.clean += other.clean
        self.events += other.events
        self.history_events += other.history_events
        self.changed.update(other.changed)
        self.wrong += other.wrong


def job(seed: int, each: int) -> Tally:
    """A town of a seed: all its files as they are, then so many changes of every kind."""
    return asyncio.run(_job(seed, each))


async def _job(seed: int, each: int) -> Tally:
    library, tally = open_library(), Tally()
    lives = lives_of(seed, CASES_A_JOB)
    rows = [held(number, lives) for number in lives.events]
    real = [replace(one, editions=library.texts_of(one.links)) for one in await golden(library.shelf)]
    cases = list(notarised([*real, *(evidence_of(one, library) for one in rows)], KEY).values())
    for evidence in cases:
        await _untouched(pack(evidence, with_content=True), tally)
    world = tamper.World(cases, Random(seed))
    for how in tamper.HANDS:
        for _ in range(each):
            await _changed_file(tamper.tampered(world, how), how, tally)
    cases_in_rows = [tamper_rows.rows_of_case(one, library) for one in rows]
    for how, hand in tamper_rows.HANDS.items():
        await _changed_rows(hand, how, cases_in_rows, world.chance, each, tally)
    return tally


async def _untouched(file: bytes, tally: Tally) -> None:
    unpacked = unpack(file)
    report = await verify_case(unpacked.evidence, [KEY.verifier], unpacked.findings)
    tally.clean += 1
    tally.events += report.events
    tally.history_events += report.history_events
    tally.wrong += [f"clean {found}" for found in report.findings]


async def _changed_file(done: tamper.Tampered, how: str, tally: Tally) -> None:
    unpacked = unpack(done.file)
    report = await verify_case(unpacked.evidence, [KEY.verifier], unpacked.findings)
    tally.changed[how] += 1
    if not any(map(done.named, report.findings)):
        tally.wrong.append(f"{how} at {done.place}: {report.findings[:3]}")


async def _changed_rows(
    hand: Any, how: str, cases: list[tamper_rows.Rows], chance: Random, each: int, tally: Tally
) -> None:
    library, left = open_library(), each
    while left:
        done = hand(chance, chance.choice(cases))
        if done is None:
            continue
        left -= 1
        (report,) = [r async for r in verify_each([tamper_rows.case_in(done.rows, library)])]
        tally.changed[how] += 1
        if not any(map(done.named, report.findings)):
            tally.wrong.append(f"{how} at {done.place}: {report.findings[:3]}")


# -- a database -------------------------------------------------------------------------------------------


@asynccontextmanager
async def database(folder: Path) -> Any:
    server = Postgres(folder, durable=False)
    child = Child(server.part(), folder / "logs")
    await child.start()
    try:
        base = Database("postgres", server.sockets)
        connection = await base.connect()
        await connection.execute(
            f"CREATE DATABASE torture OWNER {Role.OWNER.login} TEMPLATE template0"
            " ENCODING 'UTF8' LOCALE_PROVIDER builtin LOCALE 'C.UTF-8'"
        )
        await connection.close()
        made = Database("torture", server.sockets)
        await migrate(made.url(Role.OWNER))
        yield made
    finally:
        await child.stop()


async def in_database(seed: int, each: int) -> Tally:
    """Changes by somebody with all rights in Postgres."""
    tally = Tally()
    with tempfile.TemporaryDirectory(prefix="torture-") as folder:
        async with database(Path(folder)) as made:
            await _fill(made, seed)
            superuser = await made.connect()
            for how in tamper_database.HANDS:
                for place in range(each):
                    await _changed_database(superuser, how, Random(f"{seed} {how} {place}"), tally)
            await superuser.close()
    return tally


async def _fill(made: Database, seed: int) -> None:
    lives = lives_of(seed, 60)
    async with asyncpg.create_pool(made.url(Role.DOOR), min_size=1, max_size=1) as door:
        await keep(door, lives)
    async with ledger_at(made.url(Role.LEDGER)) as ledger:
        await write(ledger, lives)
    connection = await made.connect(Role.LEDGER)
    await write_checkpoint(connection, [KEY], datetime.now(UTC))
    await connection.close()


async def _changed_database(superuser: asyncpg.Connection, how: str, chance: Random, tally: Tally) -> None:
    done, found = await tamper_database.found_after(superuser, how, chance, [KEY.verifier])
    tally.changed[how] += 1
    if not any(map(done.named, found)):
        tally.wrong.append(f"{how} at {done.place}: {found[:3]}")


def main() -> int:
    """Play it; 0 only if every change was named and nothing else was found."""
    options = argparse.ArgumentParser()
    options.add_argument("--jobs", type=int, default=40)
    options.add_argument("--each", type=int, default=5)
    options.add_argument("--seed", type=int, default=1)
    asked = options.parse_args()
    began, tally = time.perf_counter(), Tally()
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        seeds = range(asked.seed, asked.seed + asked.jobs)
        for place, one in enumerate(pool.map(job, seeds, [asked.each] * asked.jobs), start=1):
            tally.add(one)
            changed = sum(tally.changed.values())
            line = f"{place}/{asked.jobs} clean {tally.clean} changed {changed} wrong {len(tally.wrong)}"
            print(line, file=sys.stderr, flush=True)
    tally.add(asyncio.run(in_database(asked.seed, 4 * asked.each)))
    seconds = time.perf_counter() - began
    for each in tally.wrong[:50]:
        print(each)
    print(
        f"{tally.clean} clean files ({tally.events} events, {tally.history_events} history events),"
        f" {sum(tally.changed.values())} changes of {len(tally.changed)} kinds, {len(tally.wrong)} wrong,"
        f" {seconds:.0f} s"
    )
    return 1 if tally.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
