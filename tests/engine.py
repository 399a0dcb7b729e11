"""The real engine for tests: Temporal and Postgres servers, and a worker in this process."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import asyncpg
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowUpdateFailedError
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker

from activities.chain import stored_event
from activities.hands import Hands
from activities.ledger import Ledger
from activities.migrate import migrate
from activities.pools import let_go
from activities.shelf import load_shelf
from domain.actors import Actor
from domain.acts import Act
from domain.codec import dump, load_event
from domain.events import Event
from domain.openings import Opening
from domain.shelf import Shelf
from domain.vocabulary import CaseNo
from stack import Stack
from worker import GRACE
from workflows import provisions, runtime
from workflows.durable import CaseWorkflow
from workflows.envelope import ActReceipt, ActRequest, Drill, OpenCase, RefusalDetail

_numbers = count(1)


@dataclass
class Refusal(Exception):
    """The engine refused an act, with the detail a client sees."""

    detail: RefusalDetail


@dataclass
class Engine:
    """A client and the ledger it writes; cases are opened and acted on as the API would."""

    client: Client
    pool: asyncpg.Pool
    shelf: Shelf
    hands: Hands
    troubles: dict[str, str]

    async def open(
        self, opening: Opening, actor: Actor, *, rulebook: str = "default-3", drill: Drill | None = None,
        at: datetime | None = None, acts_per_run: int = 1000, number: str = "",
    ) -> CaseNo:  # fmt: skip
        """Open a case and wait until its first events are on the ledger."""
        number = number or f"T{next(_numbers):05d}"
        request = OpenCase(
            number=number, kind=opening.kind, opening=dump(opening), actor=dump(actor), act_id=f"{number}:open",
            rulebook=self.shelf.rulebook(rulebook).digest, calendar=self.shelf.calendar("cn-2026").digest,
            drill=drill, at=at or _stamp(drill), acts_per_run=acts_per_run,
        )  # fmt: skip
        start = WithStartWorkflowOperation(
            opening.kind.value, request, id=number, task_queue=runtime.TASK_QUEUE,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        )  # fmt: skip
        await self.client.execute_update_with_start_workflow(
            CaseWorkflow.opened, start_workflow_operation=start, id=request.act_id
        )
        return CaseNo(number)

    async def act(
        self,
        number: CaseNo,
        actor: Actor,
        act: Act,
        *,
        act_id: str = "",
        at: datetime | None = None,
        seen: int = 0,
    ) -> ActReceipt:
        """Act on a case. Raises Refusal."""
        request = ActRequest(
            id=act_id or f"{number}:{next(_numbers)}",
            actor=dump(actor),
            act=act.code,
            fields=dump(act),
            at=at or datetime.now(UTC),
            seen=seen,
        )
        try:
            return await self.client.get_workflow_handle(number).execute_update(
                CaseWorkflow.act, request, id=request.id
            )
        except WorkflowUpdateFailedError as failed:
            assert isinstance(failed.cause, ApplicationError)
            assert failed.cause.type == "refused"
            raise Refusal(RefusalDetail.model_validate(failed.cause.details[0])) from failed

    async def end(self, number: CaseNo) -> str:
        """Wait until a case has ended; its outcome."""
        result: Mapping[str, str] = await self.client.get_workflow_handle(number).result()
        return result["outcome"]

    async def record(self, number: CaseNo) -> list[Event]:
        """The events of a case on the ledger."""
        rows = await self.pool.fetch("SELECT * FROM event WHERE case_no = $1 ORDER BY seq", number)
        return [load_event(stored_event(row)) for row in rows]

    async def until(self, number: CaseNo, kind: str, times: int = 1) -> list[Event]:
        """Read the ledger until it has so many events of a kind; the caller's timeout bounds it."""
        while True:
            found = [e for e in await self.record(number) if e.fact.code == kind]
            if len(found) >= times:
                return found


def _stamp(drill: Drill | None) -> datetime | None:
    return None if drill else datetime.now(UTC)


@asynccontextmanager
async def worker_on(engine: Engine, *, cached: int = 1000) -> AsyncIterator[Worker]:
    """A worker in this process."""
    provisions.lay(engine.shelf, lambda number, bug: engine.troubles.__setitem__(number, repr(bug)))
    async with Worker(
        engine.client, task_queue=runtime.TASK_QUEUE, workflows=runtime.WORKFLOWS,
        activities=engine.hands.all, workflow_runner=runtime.runner(),
        max_cached_workflows=cached, graceful_shutdown_timeout=GRACE,
    ) as worker:  # fmt: skip
        yield worker


@asynccontextmanager
async def engine_over(data: Path, *, durable: bool = False) -> AsyncIterator[Engine]:
    """Servers over a folder, with a client and no worker yet."""
    async with Stack(data, durable=durable) as stack, engine_on(stack) as engine:
        yield engine


@asynccontextmanager
async def engine_on(stack: Stack) -> AsyncIterator[Engine]:
    """A client of servers that run, migrated, with the ledger's pool."""
    environment = stack.environment
    await migrate(environment["HERUN_OWNER_URL"])
    pool = await asyncpg.create_pool(environment["HERUN_LEDGER_URL"], min_size=1, max_size=4)
    ledger = Ledger(pool)
    try:
        client = await runtime.connect(
            environment["HERUN_TEMPORAL_ADDRESS"], environment["HERUN_TEMPORAL_NAMESPACE"]
        )
        yield Engine(client, pool, load_shelf(), Hands(ledger, client, runtime.TASK_QUEUE), {})
    finally:
        await ledger.close()
        await let_go(pool)
