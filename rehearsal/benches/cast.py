"""Who plays a measured case, and its acts, by way of Temporal's client, with no door before it."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Any

from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from activities.shelf import load_shelf
from domain.actors import Actor
from domain.acts import Act, base, order
from domain.codec import dump
from domain.offices import offices_for
from domain.openings import Offices, Opening, OrderOpening
from domain.shelf import Shelf
from domain.vocabulary import CaseNo, Content, Party, Role, Unit
from rehearsal.town import Town, load_town
from workflows import runtime
from workflows.durable import CaseWorkflow
from workflows.envelope import ActReceipt, ActRequest, Drill, OpenCase

PLACE, UNIT = Unit("yunhe/binhu/xingye"), Unit("yunhe/zhujian")
_numbers = count(1)
_run = f"{time.time_ns():x}"[-8:]


@dataclass(frozen=True)
class Cast:
    """Who plays the measured order: the resident who files and rates it, and the unit that does it."""

    opening: OrderOpening
    resident: Actor
    handler: Actor

    @property
    def acts(self) -> tuple[tuple[Actor, Act], ...]:
        """Accept, complete, rate."""
        return (
            (self.handler, order.Accept()),
            (self.handler, order.Complete(Content("c1:bench"))),
            (self.resident, base.Rate(5, 5, 4)),
        )

    @property
    def all_acts(self) -> tuple[tuple[Actor, Act], ...]:
        """The same, and what the community does until the case is closed."""
        community = Actor("bench.worker", Role.COMMUNITY_WORKER, PLACE)
        return *self.acts, (community, base.Rate(5, 5, 4)), (community, order.CloseOrder())


def offices(town: Town, shelf: Shelf) -> Offices:
    """Those of the measured place."""
    return offices_for(town.tree, PLACE, shelf.rulebook("default-3").levels)


def cast(town: Town, shelf: Shelf) -> Cast:
    """An order of the demo town that is placed with its unit at once: file, accept, complete, rate."""
    opening = OrderOpening(
        offices(town, shelf), "01.01.01", Content("c1:t"), Content("c1:x"),
        applicant=Party("bench-resident"), unit=UNIT,
    )  # fmt: skip
    return Cast(opening, Actor("bench-resident", Role.RESIDENT), Actor("bench.handler", Role.HANDLER, UNIT))


class Player:
    """Opens durable cases and does acts in them; each answer comes after the commit."""

    def __init__(self, client: Client) -> None:
        shelf = load_shelf()
        self.client = client
        self.cast = cast(load_town(), shelf)
        self._rules, self._days = shelf.rulebook("default-3").digest, shelf.calendar("cn-2026").digest

    async def open(
        self, opening: Opening, actor: Actor, at: datetime | None = None, drill: Drill | None = None
    ) -> CaseNo:
        """A case under a training number of this run."""
        number = CaseNo(f"XB{_run}-{next(_numbers):06d}")
        request = OpenCase(
            number=number, kind=opening.kind, opening=dump(opening), rulebook=self._rules,
            calendar=self._days, actor=dump(actor), act_id="open", at=at or datetime.now(UTC), drill=drill,
        )  # fmt: skip
        await started(
            self.client, opening.kind.value, request, number, runtime.TASK_QUEUE, CaseWorkflow.opened
        )
        return number

    async def act(self, number: str, actor: Actor, act: Act, act_id: str) -> ActReceipt:
        """One act, stamped now."""
        handle: WorkflowHandle[Any, Any] = self.client.get_workflow_handle(number)
        wanted = ActRequest(
            id=act_id, actor=dump(actor), act=act.code, fields=dump(act), at=datetime.now(UTC)
        )
        receipt: ActReceipt = await handle.execute_update("act", wanted, id=wanted.id, result_type=ActReceipt)
        return receipt

    async def order(self, acts: Iterable[tuple[Actor, Act]] | None = None) -> CaseNo:
        """An order from filing to rating, or as far as these acts go."""
        number = await self.open(self.cast.opening, self.cast.resident)
        for step, (actor, act) in enumerate(self.cast.acts if acts is None else acts):
            await self.act(number, actor, act, f"a{step}")
        return number

    async def history(self, number: str) -> int:
        """Events in a case's history so far."""
        return (await self.client.get_workflow_handle(number).describe()).history_length


async def started(client: Client, name: str, argument: Any, number: str, queue: str, opened: Any) -> None:
    """Start a workflow and wait for its first update, in one round trip."""
    start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        name, *([] if argument is None else [argument]), id=number, task_queue=queue,
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
    )  # fmt: skip
    await client.execute_update_with_start_workflow(opened, start_workflow_operation=start, id="open")


def fresh(prefix: str) -> str:
    """A workflow id that nothing else has."""
    return f"{prefix}-{_run}-{next(_numbers):06d}"
