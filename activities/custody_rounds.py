"""The custodian's activities: seal what was missed, keep long open cases, look again, sign a checkpoint."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import asyncpg
import structlog
from temporalio import activity
from temporalio.client import Client

from activities import custody, journal
from activities.content import Connection
from activities.custody import Closing, Custody
from activities.custody_sealer import Sealer, Sealing
from activities.interface import CHECKPOINT, REVERIFY, SEAL, SEAL_OPEN, RoundRequest, RoundResult
from activities.journal import Stream

PAGE = 200  # cases asked for at a time
GIVE_UP_AFTER = 5  # failures in a row: it is not this case, a server is away
LONG = timedelta(days=30)  # open for longer: its history is kept before it is whole
_CONTINUED = "ExecutionStatus = 'ContinuedAsNew'"

log = structlog.get_logger("custody")


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing that is wrong with a sealed case: a code of the audit, and the event, run or rule it is about."""

    code: str
    seq: int | None = None
    about: str = ""


class Verifier(Protocol):
    """Looks at one sealed case; a composition root brings it, for hands know nothing of the proof."""

    async def __call__(self, case_no: str) -> Sequence[Doubt]:
        """Everything wrong with it, nothing if it is what it was and was lawful."""


class Checkpointer(Protocol):
    """Signs a tree head over everything new; brought likewise."""

    async def __call__(self, connection: Connection) -> bool:
        """Whether there was anything new to sign."""


class Custodian:
    """What a worker registers for the custodian's rounds. `verify` or `checkpoint` None: that is left out."""

    def __init__(
        self, pool: asyncpg.Pool, client: Client, sealer: Sealer, *, verify: Verifier | None = None,
        checkpoint: Checkpointer | None = None, sample: int = 200,
    ) -> None:  # fmt: skip
        self._pool, self._client, self._sealer = pool, client, sealer
        self._verify, self._checkpoint, self._sample = verify, checkpoint, sample
        self._failures = 0

    @property
    def all(self) -> tuple[Callable[..., Awaitable[Any]], ...]:
        """Everything a worker registers."""
        return self.seal, self.seal_open, self.reverify, self.checkpoint

    @activity.defn(name=SEAL)
    async def seal(self, request: RoundRequest) -> RoundResult:
        """Seal every closed case that is not, from a mark on, and every run that another one followed.

        A run in the middle of a case's life has to be kept when it ends: Temporal forgets it by itself. Raises
        what a server that is away raises; what was done stays done.
        """
        mark = await self._last_closing()
        continued = await self._seal_each(await self._continued())
        done, missing, left = await self._seal_closed(request.after)
        if missing:
            log.error("history_missing", cases=missing)
        mark = min([mark, *(each.id - 1 for each in left)])
        return RoundResult(
            done=done + continued, left=len(left), wrong=missing, mark=max(mark, request.after)
        )

    async def _last_closing(self) -> int:
        async with self._pool.acquire() as connection:
            return await custody.last_closing(connection)

    async def _seal_closed(self, after: int) -> tuple[int, int, list[Closing]]:
        """How many were sealed and how many are missing; those whose history is not whole yet."""
        done, missing, left = 0, 0, []
        while page := await self._unsealed(after):
            for closing in page:
                match await self._attempt(closing.case_no):
                    case Sealing.SEALED:
                        done += 1
                    case Sealing.WAITING:
                        left.append(closing)
                    case Sealing.MISSING:
                        await self._give_up(closing.case_no)
                        missing += 1
            after = page[-1].id
        return done, missing, left

    async def _unsealed(self, after: int) -> list[Closing]:
        async with self._pool.acquire() as connection:
            return await custody.unsealed(connection, after, PAGE)

    async def _give_up(self, case_no: str) -> None:
        async with self._pool.acquire() as connection:
            await custody.note_missing(connection, case_no, None)

    async def _continued(self) -> list[str]:
        """Cases of which a run that was continued in another is not kept."""
        pairs = [(run.id, run.run_id) async for run in self._client.list_workflows(_CONTINUED)]
        async with self._pool.acquire() as connection:
            return await custody.with_unkept_runs(connection, pairs)

    async def _seal_each(self, numbers: Sequence[str], *, standing: bool = False) -> int:
        for number in numbers:
            await self._attempt(number, standing=standing)
        return len(numbers)

    async def _attempt(self, case_no: str, *, standing: bool = False) -> Sealing:
        """A case that cannot be sealed waits and keeps no other from its seal; where none can, it is raised."""
        try:
            done = await self._sealer.seal(case_no, standing=standing)
        except Exception as failure:
            log.warning("seal_failed", case_no=case_no, error=type(failure).__name__)
            self._failures += 1
            if self._failures >= GIVE_UP_AFTER:
                self._failures = 0
                raise
            return Sealing.WAITING
        self._failures = 0
        _alive()
        return done

    @activity.defn(name=SEAL_OPEN)
    async def seal_open(self, request: RoundRequest) -> RoundResult:
        """Keep the histories of long open cases as they stand, so that not all of a year hangs on Temporal."""
        before, done, last = datetime.now(UTC) - LONG, 0, ""
        while page := await self._long_open(before, last):
            done += await self._seal_each(page, standing=True)
            last = page[-1]
        return RoundResult(done=done)

    async def _long_open(self, before: datetime, after: str) -> list[str]:
        async with self._pool.acquire() as connection:
            return await custody.long_open(connection, before, after, PAGE)

    @activity.defn(name=REVERIFY)
    async def reverify(self, request: RoundRequest) -> RoundResult:
        """Verify a sample of sealed cases, another one every day; what is wrong goes into the journal."""
        if self._verify is None:
            return RoundResult()
        day = f"{activity.info().started_time:%Y-%m-%d}" if activity.in_activity() else ""
        async with self._pool.acquire() as connection:
            numbers = await custody.sample(connection, day, self._sample)
        wrong = sum([await self._look_again(number, self._verify) for number in numbers])
        async with self._pool.acquire() as connection:
            await journal.append(
                connection, Stream.ARCHIVE, Custody.REVERIFIED, cases=len(numbers), failed=wrong
            )
        return RoundResult(done=len(numbers), wrong=wrong)

    async def _look_again(self, number: str, verify: Verifier) -> bool:
        """Whether something is wrong with a case."""
        doubts = await verify(number)
        _alive()
        if not doubts:
            return False
        first = doubts[0]
        log.error("verification_failed", case_no=number, code=first.code, seq=first.seq, doubts=len(doubts))
        async with self._pool.acquire() as connection:
            await journal.append(
                connection, Stream.ARCHIVE, Custody.VERIFICATION_FAILED, case_no=number,
                doubts=[{"code": d.code, "seq": d.seq, "about": d.about} for d in doubts],
            )  # fmt: skip
        return True

    @activity.defn(name=CHECKPOINT)
    async def checkpoint(self, request: RoundRequest) -> RoundResult:
        """Sign a tree head over everything new; nothing where no key is set."""
        if self._checkpoint is None:
            return RoundResult()
        try:
            async with self._pool.acquire() as connection:
                return RoundResult(done=await self._checkpoint(connection))
        except Exception as refused:  # tried again, and named in what the round gives
            log.error("checkpoint_not_written", error=str(refused))
            raise


def _alive() -> None:
    if activity.in_activity():
        activity.heartbeat()
