"""Lives on the durable engine: real servers, a worker of their own, and the very ledger that the law alone gave."""

import asyncio
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
from temporalio.client import Client, WorkflowHandle, WorkflowUpdateFailedError
from temporalio.exceptions import ApplicationError
from temporalio.service import RPCError, RPCStatusCode

from activities.chain import link_of, verify_chain
from activities.processes import Environment, Part
from activities.settings import Role
from audit.answers.registered import registered, same_register
from audit.casefiles.record import read_record
from domain.authority import Refusal
from domain.codec import dump, event_json
from domain.vocabulary import CaseNo
from rehearsal.benches.cast import started
from rehearsal.benches.figures import Figures
from rehearsal.benches.ground import Ground, over
from rehearsal.premises import worker
from rehearsal.torture.lives.choosing import drawn
from rehearsal.torture.lives.editions import lay, whole_shelf
from rehearsal.torture.lives.steps import Brought, Tried
from rehearsal.torture.lives.tracing import Heads, Told, told
from rehearsal.torture.lives.world import World
from rehearsal.torture.resuming import begun, keep
from rehearsal.torture.tally import Failure, Order
from workflows import runtime
from workflows.durable import CaseWorkflow
from workflows.envelope import ActReceipt, ActRequest, Drill, OpenCase, RefusalDetail

AT_ONCE = 16
"""Lives under way at a time."""
LOT = 48
"""Lives between two places where an interrupted run goes on."""
_PATIENCE = 60.0
_LOOK_EVERY = 0.02
_FEW_ACTS = 7
"""Acts after which some cases begin a new run, so that lives go through several."""

_HEADS = "SELECT case_no, max(seq) AS seq FROM event WHERE case_no = ANY($1::text[]) GROUP BY case_no"
_EVENTS = "SELECT * FROM event WHERE case_no = $1 ORDER BY seq"


class Differs(Exception):
    """Servers came to something else than the law alone; the message says where."""


@dataclass(slots=True)
class _Done:
    lives: int = 0
    cases: int = 0
    events: int = 0
    told: int = 0
    seconds: float = 0.0
    failures: list[Failure] = field(default_factory=list)


async def lived(order: Order, seeds: Sequence[int]) -> tuple[Figures, tuple[Failure, ...]]:
    """Live these seeds on servers, several at once; what they came to, and every one that came to something else."""
    own = replace(order, folder=order.folder / "servers")
    done = _begun(own)
    if done.lives < len(seeds):
        editions = own.folder / "editions"
        await asyncio.to_thread(lay, editions)
        await over(partial(_all, order=own, seeds=seeds, done=done), partial(_parts, editions))
    figures: Figures = {
        "durable_lives": done.lives, "durable_cases": done.cases, "durable_events": done.events,
        "durable_told": done.told, "durable_s": round(done.seconds, 1), "durable_differing": len(done.failures),
    }  # fmt: skip
    return figures, tuple(done.failures)


def _begun(order: Order) -> _Done:
    state = begun(order)
    if state is None:
        return _Done()
    return _Done(**state["done"], failures=[Failure(*each) for each in state["failures"]])


def _parts(editions: Path, environment: Environment) -> tuple[Part, ...]:
    """A worker that has the editions which come out later."""
    return (worker({**environment, "HERUN_EDITIONS_DIR": str(editions)}),)


async def _all(ground: Ground, order: Order, seeds: Sequence[int], done: _Done) -> None:
    """Lot after lot, from where an earlier run was interrupted."""
    rest = seeds[done.lives :]
    async with asyncpg.create_pool(ground.url(Role.READER), min_size=1, max_size=8) as pool:
        for place in range(0, len(rest), LOT):
            began = time.monotonic()
            await _lot(Servers(ground.client, pool), rest[place : place + LOT], done)
            done.seconds += time.monotonic() - began
            order.progress.count(done.lives, len(seeds), "持久引擎，生涯", "durable engine, lives")
            keep(order, _state(done))


def _state(done: _Done) -> dict[str, object]:
    plain = {name: getattr(done, name) for name in ("lives", "cases", "events", "told", "seconds")}
    return {"done": plain, "failures": [(each.what, each.seed, each.detail) for each in done.failures]}


async def _lot(servers: "Servers", seeds: Iterable[int], done: _Done) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(seed: int) -> None:
        async with room:
            try:
                await _one(servers, seed, done)
            except Differs as differs:
                done.failures.append(Failure("durable engine differs", seed, str(differs)))
            except Exception as bug:  # a failure of that seed, and the end of no other
                done.failures.append(Failure(f"durable engine {type(bug).__name__}", seed, str(bug)))
            done.lives += 1

    await asyncio.gather(*map(one, seeds))


async def _one(servers: "Servers", seed: int, done: _Done) -> None:
    """Tell servers a life, and hold the ledger they came to against the law's own."""
    life, _ = await asyncio.to_thread(drawn, seed)
    world, all_told = told(life)
    few = _FEW_ACTS if seed % 3 == 0 else 1000
    teller = Teller(servers, few)
    for each in all_told:
        await teller.tell(each)
    await servers.compare(world)
    done.cases += len(world.engine.cases)
    done.events += world.written
    done.told += len(all_told)


@dataclass(frozen=True, slots=True)
class Servers:
    """A Herun that runs: its Temporal, and its ledger to read."""

    client: Client
    pool: asyncpg.Pool

    async def open(self, request: OpenCase) -> None:
        """Open a case; returns once its first events are on the ledger."""
        async with asyncio.timeout(_PATIENCE):
            await started(
                self.client,
                request.kind.value,
                request,
                request.number,
                runtime.TASK_QUEUE,
                CaseWorkflow.opened,
            )

    async def act(self, number: CaseNo, request: ActRequest) -> str:
        """Act on a case; the code of a refusal, empty where it is admitted and its events are on the ledger."""
        handle: WorkflowHandle[Any, Any] = self.client.get_workflow_handle(number)
        try:
            async with asyncio.timeout(_PATIENCE):
                await handle.execute_update("act", request, id=request.id, result_type=ActReceipt)
        except WorkflowUpdateFailedError as failed:
            return _code(failed)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return Refusal.CASE_CLOSED
        return ""

    async def until(self, heads: Heads) -> None:
        """Wait until the ledger shows so many events of each case. Raises Differs after a minute."""
        began = time.monotonic()
        while heads:
            rows = await self.pool.fetch(_HEADS, list(heads))
            there = {row["case_no"]: row["seq"] for row in rows}
            if all(there.get(number, 0) >= seq for number, seq in heads.items()):
                return
            if time.monotonic() - began > _PATIENCE:
                raise Differs(f"the ledger has {there}, not {dict(heads)}")
            await asyncio.sleep(_LOOK_EVERY)

    async def compare(self, world: World) -> None:
        """The same events, byte for byte, in whole chains, and the register that goes with them."""
        for number, events in world.engine.ledger.items():
            links = [link_of(row) for row in await self.pool.fetch(_EVENTS, number)]
            expected = [event_json(event) for event in events]
            for place, (right, link) in enumerate(zip(expected, links, strict=False)):
                if right != link.event:
                    raise Differs(f"{number} at {place}: {link.event} is not {right}")
            if len(links) != len(expected):
                raise Differs(f"{number} has {len(links)} events, not {len(expected)}")
            if broken := verify_chain(number, links):
                raise Differs(f"{number}: {broken}")
            async with self.pool.acquire() as connection:
                held = (await registered(connection, [number]))[number]
            for finding in same_register(number, read_record(links), held):
                raise Differs(f"{number}: {finding}")


class Teller:
    """Tells one life to servers, by a drill clock that nothing is ahead of and that rings for nothing meanwhile."""

    def __init__(self, servers: Servers, acts_per_run: int) -> None:
        self._servers = servers
        self._acts_per_run = acts_per_run
        self._drills: dict[str, Drill] = {}

    async def tell(self, told: Told) -> None:
        """One thing, and wait until everything that comes of it is on the ledger."""
        match told.step:
            case Brought() as step:
                await self._bring(step)
            case Tried() as step:
                found = await self._try(step)
                if not told.lapse and not _same(found, told.refused):
                    raise Differs(f"{found or 'admitted'}, not {told.refused or 'admitted'}: {step}")
        await self._servers.until(told.seen)

    async def _bring(self, step: Brought) -> None:
        shelf = whole_shelf()
        drill = Drill(
            origin=step.at - timedelta(days=1),
            began=datetime.now(UTC) - timedelta(seconds=10),
            speed=1e8,
            grace=3600,
        )
        request = OpenCase(
            number=step.number, kind=step.opening.kind, opening=dump(step.opening), actor=dump(step.actor),
            act_id="open", rulebook=shelf.rulebook(step.rulebook).digest, at=step.at, drill=drill,
            calendar=shelf.calendar(step.calendar).digest, acts_per_run=self._acts_per_run,
        )  # fmt: skip
        await self._servers.open(request)

    async def _try(self, step: Tried) -> str:
        """The code of a refusal, empty where it is admitted."""
        request = ActRequest(
            id=step.id, actor=dump(step.actor), act=step.act.code, fields=dump(step.act), at=step.at
        )
        return await self._servers.act(step.number, request)


def _code(failed: WorkflowUpdateFailedError) -> str:
    match failed.cause:
        case ApplicationError(type="refused", details=(detail, *_)):
            return RefusalDetail.model_validate(detail).code
        case _:  # the case ended before the update did
            return Refusal.CASE_CLOSED


def _same(found: str, wanted: str) -> bool:
    """Whether servers answered as the law does; an act told again after the end is answered by the door alone."""
    return found == wanted or (found == Refusal.CASE_CLOSED and not wanted)
