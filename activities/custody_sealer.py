"""Seals cases: moves their histories from Temporal into the archive, at once when they close or when asked."""

import asyncio
from dataclasses import dataclass, replace
from enum import Enum, auto

import asyncpg
import structlog
from temporalio.client import Client

from activities import custody
from activities.custody_histories import Histories, histories
from activities.interface import RecordRequest
from domain.events import CaseClosed

log = structlog.get_logger("custody")


class Sealing(Enum):
    """What came of an attempt."""

    SEALED = auto()
    """Every run that there was is in the archive, the last one whole."""
    WAITING = auto()
    """The last run goes on: its history is not whole yet."""
    MISSING = auto()
    """Temporal knows nothing of the case."""


class Sealer:
    """Bound to Temporal and to the archive; safe to use from several workers at once."""

    def __init__(self, pool: asyncpg.Pool, client: Client) -> None:
        self._pool, self._client = pool, client

    async def seal(self, case_no: str, *, standing: bool = False) -> Sealing:
        """Put every run that has ended into the archive, with `standing` the one that goes on as well.

        Raises whatever Temporal or Postgres raises while one of them is away; nothing is half done then.
        """
        async with self._pool.acquire() as connection:
            known = await custody.whole_runs(connection, case_no)
            if await custody.is_sealed(connection, case_no):
                return Sealing.SEALED
        found = await histories(self._client, case_no, known, standing=standing)
        return await self._keep(case_no, found)

    async def _keep(self, case_no: str, found: Histories) -> Sealing:
        if not found.runs and found.lost == "":
            return Sealing.MISSING
        async with self._pool.acquire() as connection:
            new = await custody.keep(connection, case_no, found.runs)
            if found.lost is not None:
                log.error("run_missing", case_no=case_no, run_id=found.lost)
                await custody.note_missing(connection, case_no, found.lost)
        if new:
            log.debug("history_archived", case_no=case_no, runs=new, events=sum(r.events for r in found.runs))
        return Sealing.SEALED if found.is_over else Sealing.WAITING


@dataclass(frozen=True, slots=True)
class Waiting:
    """A case that has closed: since when it waits for its seal, when to look, how often that was in vain."""

    case_no: str
    since: float
    look_at: float
    tries: int = 0


class Promptness:
    """Seals cases that this process saw closing, within moments, but gives way to acts.

    A seal takes about as much of a processor as an act. While acts are being written it waits, but not
    longer than `patience` seconds; then it takes its turn among them. What is forgotten here, because the process
    ends or the history is not whole in time, the custodian's rounds find.
    """

    def __init__(
        self, sealer: Sealer, *, quiet: float = 0.25, patience: float = 15.0, tries: int = 8
    ) -> None:
        self._sealer = sealer
        self._quiet, self._patience, self._tries = quiet, patience, tries
        self._closed: asyncio.Queue[Waiting] = asyncio.Queue()
        self._busy_at = 0.0

    def hear(self, request: RecordRequest) -> None:
        """Events were written; a case may have closed with them."""
        self._busy_at = _now()
        if any(event["kind"] == CaseClosed.code for event in request.events):
            self._closed.put_nowait(Waiting(request.case_no, self._busy_at, self._busy_at))

    async def run(self) -> None:
        """Seal what closes, one case after another, for ever."""
        while True:
            waiting = await self._closed.get()
            await self._until_room(waiting)
            await self._seal(waiting)

    async def _until_room(self, waiting: Waiting) -> None:
        await asyncio.sleep(waiting.look_at - _now())
        while (pause := self._give_way_for(waiting)) > 0:  # noqa: ASYNC110 - acts are too many to ring a bell
            await asyncio.sleep(pause)

    def _give_way_for(self, waiting: Waiting) -> float:
        return min(waiting.since + self._patience, self._busy_at + self._quiet) - _now()

    async def _seal(self, waiting: Waiting) -> None:
        try:
            done = await self._sealer.seal(waiting.case_no)
        except Exception as failure:  # whatever it is, other cases are sealed, and the rounds look again
            log.warning("seal_put_off", case_no=waiting.case_no, error=type(failure).__name__)
            return
        if done is not Sealing.SEALED and waiting.tries < self._tries:  # its last letters may be on their way
            again = replace(waiting, look_at=_now() + self._quiet, tries=waiting.tries + 1)
            self._closed.put_nowait(again)


def _now() -> float:
    return asyncio.get_running_loop().time()
