"""Verifies many cases of a database over all cores of a machine, each process with a connection of its own."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby
from multiprocessing import get_context
from pathlib import Path

import asyncpg

from audit.answers.lawful import lawful_together
from audit.answers.registered import Register, registered, same_register
from audit.answers.verify import Case, case_of, guarded, verify_each
from audit.casefiles.editions import Library, open_library
from audit.casefiles.gathering import Held, evidence_of, hold
from audit.checkpoints.checkpoint import standings_of
from audit.checkpoints.notes import Verifier
from audit.findings import Answer, Report

BATCH = 40
"""Cases that a process reads and verifies at a time, and those that belong with them."""

FEW = 2 * BATCH
"""So few are verified here: a process of its own takes longer to start."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where cases are and by which keys they are held; every process opens its own connection to it.

    `with_standing` ties each case to the latest checkpoint by proofs of its own; over many cases the whole
    tree is computed instead (`audit.answers.whole`).
    """

    url: str
    editions: Path | None = None
    keys: tuple[Verifier, ...] = ()
    with_standing: bool = False


def verify_cases(source: Source, numbers: Sequence[str], processes: int) -> Iterator[Report]:
    """Reports in the order of the numbers, a batch at a time; over processes if there are many."""
    batches = list(_batches(numbers))
    if processes < 2 or len(numbers) <= FEW:
        yield from _here(source, batches)
        return
    with ProcessPoolExecutor(processes, get_context("spawn"), _begin, (source,)) as pool:
        for reports in pool.map(_verify_batch, batches):
            yield from reports


def _batches(numbers: Sequence[str]) -> Iterator[list[str]]:
    """A case and its parts stay together, so that they are seen beside one another."""
    some: list[str] = []
    for _, family in groupby(numbers, key=root):
        some += family
        if len(some) >= BATCH:
            yield some
            some = []
    if some:
        yield some


def root(number: str) -> str:
    """The case that somebody brought, of which this one is a part of a part."""
    return "-".join(number.split("-", 2)[:2])


class Desk:
    """One connection and one loop of a process, kept from batch to batch."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._library = open_library(source.editions)
        self._runner = asyncio.Runner()
        self._connection: asyncpg.Connection | None = None

    def verify(self, numbers: Sequence[str]) -> list[Report]:
        """Read and verify a batch."""
        return self._runner.run(self._verify(numbers))

    def close(self) -> None:
        """Let the connection go."""
        if self._connection is not None:
            self._runner.run(self._connection.close())
        self._runner.close()

    async def _verify(self, numbers: Sequence[str]) -> list[Report]:
        if self._connection is None:
            self._connection = await asyncpg.connect(self._source.url)
        return await verify_held(self._connection, numbers, self._library, self._source)


async def verify_held(
    connection: asyncpg.Connection, numbers: Sequence[str], library: Library, source: Source
) -> list[Report]:
    """Cases as the database holds them, the register with them."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        rows = await hold(connection, numbers)
        register = await registered(connection, numbers)
        if source.with_standing:
            standings = await standings_of(connection, numbers)
            rows = [replace(held, standing=standings.get(held.case_no)) for held in rows]
    cases = [_case(held, library, register[held.case_no], source.with_standing) for held in rows]
    reports = [report async for report in verify_each(cases, source.keys)]
    for finding in lawful_together(case.evidence for case in cases if case.record.is_whole):
        next(each for each in reports if each.case_no == finding.case_no).findings.append(finding)
    return reports


def _case(held: Held, library: Library, register: Register, with_standing: bool) -> Case:
    case = case_of(evidence_of(held, library))
    check = partial(same_register, held.case_no, case.record, register)
    found = guarded(Answer.INTACT, case.evidence, check)
    return replace(case, found=found, with_standing=with_standing)


_desk: Desk | None = None


def _begin(source: Source) -> None:
    global _desk
    _desk = Desk(source)


def _verify_batch(numbers: Sequence[str]) -> list[Report]:
    assert _desk is not None
    return _desk.verify(numbers)


def _here(source: Source, batches: Iterable[Sequence[str]]) -> Iterator[Report]:
    desk = Desk(source)
    try:
        for numbers in batches:
            yield from desk.verify(numbers)
    finally:
        desk.close()
