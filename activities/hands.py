"""The activities of a worker: what procedures ask for, done outside."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import structlog
from temporalio import activity
from temporalio.client import Client
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.interface import (
    DELIVER,
    LETTER,
    READ,
    RECORD,
    DeliverRequest,
    DeliverResult,
    Letter,
    NewCase,
    ReadRequest,
    ReadResult,
    RecordRequest,
    RecordResult,
)
from activities.ledger import Ledger

AT_ONCE = 16  # requests to Temporal under way at a time

log = structlog.get_logger("hands")


class Hands:
    """Bound to one ledger, one Temporal client and the task queue of new cases.

    `heard` is told of every request that is on the ledger.
    """

    def __init__(
        self, ledger: Ledger, client: Client, task_queue: str, heard: Callable[[RecordRequest], None] | None = None
    ) -> None:  # fmt: skip
        self._ledger = ledger
        self._client = client
        self._task_queue = task_queue
        self._heard = heard

    @activity.defn(name=RECORD)
    async def record(self, request: RecordRequest) -> RecordResult:
        """Write events on the ledger (see `Ledger.record`)."""
        result = await self._ledger.record(request)
        if self._heard is not None:
            self._heard(request)
        return result

    @activity.defn(name=READ)
    async def read(self, request: ReadRequest) -> ReadResult:
        """What the ledger holds of a case that has fallen behind it."""
        return ReadResult(events=await self._ledger.events_after(request.case_no, request.after))

    @property
    def all(self) -> tuple[Callable[..., Awaitable[Any]], ...]:
        """Everything a worker registers."""
        return self.record, self.read, self.deliver

    @activity.defn(name=DELIVER)
    async def deliver(self, request: DeliverRequest) -> DeliverResult:
        """Open cases, then send letters; what an earlier attempt did is not done twice.

        A case whose number is taken is the same case. A letter that arrives twice counts once, by its id;
        one to a case that has ended is dropped.
        """
        opened = await _each(self._open(case) for case in request.cases)
        arrived = await _each(self._send(letter) for letter in request.letters)
        missing = [letter.to for letter, there in zip(request.letters, arrived, strict=True) if not there]
        return DeliverResult(delivered=sum(arrived), opened=sum(opened), missing=missing)

    async def _open(self, case: NewCase) -> bool:
        """Whether this attempt opened it."""
        try:
            await self._client.start_workflow(
                case.workflow,
                case.argument,
                id=case.number,
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
            )
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def _send(self, letter: Letter) -> bool:
        """Whether the case was there to take it."""
        try:
            await self._client.get_workflow_handle(letter.to).signal(LETTER, letter.argument)
        except RPCError as refused:
            if refused.status is not RPCStatusCode.NOT_FOUND:
                raise
            log.info("letter_to_ended_case", to=letter.to)
            return False
        return True


async def _each(work: Iterable[Awaitable[bool]]) -> list[bool]:
    """Do all, a few at a time, with a sign of life after each; the first failure is raised at the end."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(piece: Awaitable[bool]) -> bool:
        async with room:
            done = await piece
        if activity.in_activity():
            activity.heartbeat()
        return done

    return await _all([one(piece) for piece in work])


async def _all(pieces: list[Awaitable[bool]]) -> list[bool]:
    results = await asyncio.gather(*pieces, return_exceptions=True)
    for result in results:
        if isinstance(result, BaseException):
            raise result
    return [result is True for result in results]
