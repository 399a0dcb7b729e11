"""The custodian's look at one sealed case, with the rights of the worker: everything but what people wrote."""

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path

import asyncpg

from activities.chain import verify_chain
from activities.custody_rounds import Doubt
from audit.answers.same_law import same_law
from audit.answers.sealed import sealed
from audit.casefiles.editions import open_library
from audit.casefiles.gathering import Held, evidence_of
from audit.casefiles.record import read_record
from audit.evidence import Evidence
from audit.findings import Answer, Finding, Unlooked

_EVENTS = "SELECT * FROM event WHERE case_no = $1 ORDER BY seq"
_RUNS = """
    SELECT DISTINCT ON (run_id) * FROM archive WHERE case_no = $1 ORDER BY run_id, closed DESC, events DESC"""
_JOURNAL = "SELECT * FROM journal WHERE case_no = $1 AND stream = 'archive' ORDER BY seq"


class Watch:
    """A `custody_rounds.Verifier`: chain, seals and rerun of a case, as the worker's role can read them.

    Content is left to `herun audit verify`, which reads with the role for it: what runs cases cannot.
    """

    def __init__(self, pool: asyncpg.Pool, editions: Path | None) -> None:
        self._pool, self._library = pool, open_library(editions)

    async def __call__(self, case_no: str) -> Sequence[Doubt]:
        """Everything wrong with it."""
        async with self._pool.acquire() as connection, connection.transaction(
            isolation="repeatable_read", readonly=True
        ):  # fmt: skip
            held = Held(
                case_no, await connection.fetch(_EVENTS, case_no), runs=await connection.fetch(_RUNS, case_no),
                journal=await connection.fetch(_JOURNAL, case_no),
            )  # fmt: skip
        return await asyncio.to_thread(lambda: list(_doubts(evidence_of(held, self._library))))


def _doubts(evidence: Evidence) -> Iterator[Doubt]:
    broken = verify_chain(evidence.case_no, evidence.links)
    if broken is not None:
        yield Doubt(f"{Answer.INTACT}.{broken.what}", broken.seq)
    for said in _said(evidence):
        if isinstance(said, Finding):
            yield Doubt(f"{said.answer}.{said.code}", said.seq, said.about)


def _said(evidence: Evidence) -> Iterator[Finding | Unlooked]:
    yield from sealed(evidence)
    yield from same_law(evidence, read_record(evidence.links))
