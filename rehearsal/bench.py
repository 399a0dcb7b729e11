"""Measures: an order's cycle against the barest workflow in one run, an act through HTTP, virtual cases a second."""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from temporalio.client import Client, WithStartWorkflowOperation, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy

from activities.migrate import migrate
from activities.processes import Environment, Part
from activities.shelf import load_shelf
from domain.actors import Actor
from domain.acts import Act, base, order
from domain.calendar import CST
from domain.codec import dump
from domain.offices import offices_for
from domain.openings import OrderOpening
from domain.shelf import Shelf
from domain.vocabulary import CaseNo, Content, Party, Role, Unit
from rehearsal.bare import QUEUE, BareWorkflow
from rehearsal.premises import whole, worker
from rehearsal.settle import settle
from rehearsal.town import Town, load_town
from stack import up
from workflows import runtime
from workflows.core import Start
from workflows.durable import CaseWorkflow
from workflows.envelope import ActReceipt, ActRequest, OpenCase
from workflows.virtual import VirtualEngine

Figures = dict[str, float | int | str]
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


def cast(town: Town, shelf: Shelf) -> Cast:
    """An order of the demo town that is placed with its unit at once: file, accept, complete, rate."""
    unit = Unit("yunhe/zhujian")
    offices = offices_for(town.tree, Unit("yunhe/binhu/xingye"), shelf.rulebook("default-3").levels)
    opening = OrderOpening(
        offices, "01.01.01", Content("c1:t"), Content("c1:x"), applicant=Party("bench-resident"), unit=unit
    )
    return Cast(opening, Actor("bench-resident", Role.RESIDENT), Actor("bench.handler", Role.HANDLER, unit))


async def bench_cycle(cases: int, at_once: tuple[int, ...]) -> Figures:
    """Order cycles a second, ours and bare in turn, and the history events of one of ours."""
    figures: Figures = {}

    async def measure(environment: Environment) -> int:
        client = await runtime.connect(
            environment["HERUN_TEMPORAL_ADDRESS"], environment["HERUN_TEMPORAL_NAMESPACE"]
        )
        ours = _ours(client, load_shelf())
        for cycle in (ours, _bare(client)):
            await _many(cycle, 20, 4)
        for width in at_once:
            figures.update(await _alternate(ours, _bare(client), cases, width))
        figures["history_events"] = await _history(client, await ours())
        return 0

    await _over(measure, _with_bare)
    return figures


async def bench_act(acts: int) -> Figures:
    """Milliseconds from an HTTP request to its answer, one at a time; the answer comes after the commit."""
    figures: Figures = {}

    async def measure(environment: Environment) -> int:
        tokens = await _tokens(environment["HERUN_OWNER_URL"])
        url = f"http://{environment['HERUN_API_HOST']}:{environment['HERUN_API_PORT']}"
        async with httpx.AsyncClient(base_url=url, timeout=30) as http:
            taken = [took for _ in range(acts // 3 + 5) for took in await _http_cycle(http, tokens)][15:]
        figures.update(acts=len(taken), p50_ms=_share(taken, 0.5), p99_ms=_share(taken, 0.99))
        return 0

    await _over(measure, whole)
    return figures


def bench_virtual(cases: int) -> Figures:
    """Full order cases a second of processor time on one core, in the virtual engine."""
    shelf, town = load_shelf(), load_town()
    who = cast(town, shelf)
    rules, days = shelf.rulebook("default-3").digest, shelf.calendar("cn-2026").digest
    engine = VirtualEngine(shelf)
    opened = datetime(2026, 3, 2, 9, tzinfo=CST)
    began = time.process_time()
    for place in range(cases):
        number = CaseNo(f"XO{place}")
        engine.open(Start(number, who.opening, rules, days, who.resident, "open", opened))
        for step, (actor, act) in enumerate(who.acts):
            engine.act(number, f"a{step}", actor, act, opened + timedelta(hours=step + 1))
    seconds = time.process_time() - began
    return {
        "cases": cases,
        "cases_per_cpu_second": round(cases / seconds),
        "events": len(engine.ledger[number]),
    }


Cycle = Callable[[], Awaitable[str]]


def _ours(client: Client, shelf: Shelf) -> Cycle:
    who = cast(load_town(), shelf)
    rules, days = shelf.rulebook("default-3").digest, shelf.calendar("cn-2026").digest

    async def cycle() -> str:
        number = f"XB{_run}-{next(_numbers):06d}"
        request = OpenCase(
            number=number, kind=who.opening.kind, opening=dump(who.opening), rulebook=rules, calendar=days,
            actor=dump(who.resident), act_id="open", at=datetime.now(UTC),
        )  # fmt: skip
        await _started(client, "order", request, number, runtime.TASK_QUEUE, CaseWorkflow.opened)
        handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(number)
        for step, (actor, act) in enumerate(who.acts):
            wanted = ActRequest(
                id=f"a{step}", actor=dump(actor), act=act.code, fields=dump(act), at=datetime.now(UTC)
            )
            await handle.execute_update("act", wanted, id=wanted.id, result_type=ActReceipt)
        return number

    return cycle


def _bare(client: Client) -> Cycle:
    async def cycle() -> str:
        number = f"bare-{_run}-{next(_numbers):06d}"
        await _started(client, "bare", None, number, QUEUE, BareWorkflow.opened)
        handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(number)
        for step in range(3):
            await handle.execute_update(BareWorkflow.act, f"act-{step}", id=f"a{step}")
        return number

    return cycle


async def _started(client: Client, name: str, argument: Any, number: str, queue: str, opened: Any) -> None:
    start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        name, *([] if argument is None else [argument]), id=number, task_queue=queue,
        id_conflict_policy=WorkflowIDConflictPolicy.FAIL,
    )  # fmt: skip
    await client.execute_update_with_start_workflow(opened, start_workflow_operation=start, id="open")


async def _alternate(ours: Cycle, bare: Cycle, cases: int, width: int) -> Figures:
    """Three rounds of each in turn; the median rates and the median of the ratios pair by pair."""
    rounds = [(await _many(ours, cases, width), await _many(bare, cases, width)) for _ in range(3)]
    return {
        f"ours_per_second_at_{width}": round(statistics.median(a for a, _ in rounds), 1),
        f"bare_per_second_at_{width}": round(statistics.median(b for _, b in rounds), 1),
        f"ratio_at_{width}": round(statistics.median(a / b for a, b in rounds), 2),
    }


async def _many(cycle: Cycle, cases: int, width: int) -> float:
    room = asyncio.Semaphore(width)

    async def one() -> None:
        async with room:
            await cycle()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(cases)))
    return cases / (time.perf_counter() - began)


async def _history(client: Client, number: str) -> int:
    """Events in a case's history so far."""
    return (await client.get_workflow_handle(number).describe()).history_length


async def _tokens(owner_url: str) -> Mapping[str, str]:
    import asyncpg

    from activities import accounts

    connection = await asyncpg.connect(owner_url)
    try:
        people = ("xingye.worker", "zhujian.handler")
        return {who: await accounts.create_token(connection, who, timedelta(days=1)) for who in people}
    finally:
        await connection.close()


async def _http_cycle(http: httpx.AsyncClient, tokens: Mapping[str, str]) -> list[float]:
    """An order that a community worker found: its acts up to completion, each timed in milliseconds."""
    worker_, handler = tokens["xingye.worker"], tokens["zhujian.handler"]
    opened = await _post(http, worker_, "/v1/orders", {
        "title": "井盖松动", "text": "路口井盖松动，车过有响声。", "matter": "01.01.01", "place": "yunhe/binhu/xingye",
    })  # fmt: skip
    number = opened.json()["number"]
    steps: tuple[tuple[str, str, dict[str, Any]], ...] = (
        (worker_, "order.accept_need", {"service": "service"}),
        (worker_, "order.dispatch", {"units": ["yunhe/zhujian"]}),
        (handler, "order.accept", {}),
    )
    taken = []
    for token, act, fields in steps:
        began = time.perf_counter()
        await _post(http, token, f"/v1/cases/{number}/acts/{act}", fields)
        taken.append((time.perf_counter() - began) * 1000)
    return taken


async def _post(http: httpx.AsyncClient, token: str, path: str, body: dict[str, Any]) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"{_run}-{next(_numbers)}"}
    answer = await http.post(path, json=body, headers=headers)
    answer.raise_for_status()
    return answer


def _share(taken: list[float], share: float) -> float:
    return round(sorted(taken)[min(int(len(taken) * share), len(taken) - 1)], 1)


def _with_bare(environment: Environment) -> tuple[Part, ...]:
    bare = Part("bare", (sys.executable, "-m", "rehearsal.bare"), env=environment)
    return worker(environment), bare


async def _over(
    measure: Callable[[Environment], Awaitable[int]], parts: Callable[[Environment], Any]
) -> None:
    async def prepare(environment: Environment) -> None:
        await migrate(environment["HERUN_OWNER_URL"])
        await settle(environment["HERUN_OWNER_URL"], load_town())

    with tempfile.TemporaryDirectory(prefix="herun-") as data:
        await up(Path(data), parts, prepare=prepare, during=measure)
