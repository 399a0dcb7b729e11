"""Brings the lives of closed cases from the ledger to a study, a batch at a time in whichever process asks."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import asyncpg

from activities import accounts
from activities.content import Connection
from audit.casefiles.reading import ACTS_ALONE, Wanted, ended, records
from audit.study.courses import Course, Life, life_of
from domain.offices import NoOffice, seats_for
from domain.organisation import Tree
from domain.rulebook import Rulebook
from domain.shelf import Shelf
from domain.vocabulary import CaseNo

BATCH = 400


@dataclass(frozen=True, slots=True)
class Batch:
    """A job: some closed cases with the instants at which they ended, and the edition they will be run under."""

    url: str
    rulebook: str
    cases: tuple[tuple[CaseNo, datetime | None], ...]


async def batches(connection: Connection, url: str, rulebook: str, wanted: Wanted) -> list[Batch]:
    """The closed cases wanted, in batches that any process can read at `url`."""
    cases = await ended(connection, replace(wanted, closed=True))
    return [Batch(url, rulebook, tuple(cases[at : at + BATCH])) for at in range(0, len(cases), BATCH)]


def latest(jobs: Sequence[Batch], most: int) -> list[Batch]:
    """So many of the cases in these batches, those closed last, in one batch."""
    cases = [case for job in jobs for case in job.cases]
    chosen = sorted(cases, key=lambda case: (str(case[1]), case[0]))[-most:]
    return [replace(jobs[0], cases=tuple(sorted(chosen)))] if jobs else []


def recorded_lives(shelf: Shelf, job: Batch) -> Iterator[tuple[Life, Course | None]]:
    """The lives of one batch, read from `case_opened` and `acted` rows alone."""
    return ((life, None) for life in asyncio.run(_read(shelf.rulebook(job.rulebook), job)))


async def _read(other: Rulebook, job: Batch) -> Sequence[Life]:
    until = dict(job.cases)
    connection = await asyncpg.connect(job.url)
    try:
        tree = await accounts.tree(connection)
        return [
            _seated(life_of(number, events, until[number]), tree, other)
            async for number, events in records(connection, tuple(until), ACTS_ALONE)
        ]
    finally:
        await connection.close()


def _seated(life: Life, tree: Tree, other: Rulebook) -> Life:
    """With the seats an edition of other levels would have found, if the town has them."""
    offices = life.start.opening.offices
    if not offices.seats or len(offices.seats) == len(other.levels):
        return life
    try:
        return replace(life, seats=seats_for(tree, offices.community, other.levels))
    except NoOffice:
        return life
