"""What must hold of a Herun after it was tortured: nothing lost, nothing twice, no deadline missing, all lawful."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
from temporalio.api.enums.v1 import WorkflowExecutionStatus
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from activities.chain import stored_event
from activities.rebuild import rebuild
from activities.register import Table
from activities.settings import Role
from audit.answers.many import Source, verify_cases
from domain.codec import load_event
from domain.events import CaseOpened, DutyBreached, DutyMoved, DutyOpened, Event
from domain.state import Case, apply
from domain.vocabulary import CaseNo
from rehearsal.feed import root
from rehearsal.torture.field.clients import Post
from rehearsal.torture.field.ground import Ground
from rehearsal.torture.field.said import Answer, Errand, Journal
from rehearsal.torture.tally import Failure
from workflows import runtime
from workflows.envelope import Drill

PATIENCE = 90.0
"""Seconds that what is under way gets to come to rest after everything runs again."""
_LOOK_EVERY = 0.5
_AT_ONCE = 6
"""Acts sent again at a time; they may all be of one case."""
_SLACK = timedelta(seconds=5)
"""How much later than its grace a lapse may reach the ledger before it counts as late, in real time."""
_GRACE = timedelta(seconds=1)
"""As outside of drills (workflows/clock.py)."""
_RUNNING = WorkflowExecutionStatus.WORKFLOW_EXECUTION_STATUS_RUNNING

_ACTS = "SELECT act_id, case_no, seq FROM event WHERE act_id LIKE 'k1:%'"
_EVENTS = "SELECT case_no, seq, at, kind, cause, rule, data FROM event ORDER BY case_no, seq"
_TROUBLE = "SELECT case_no, error FROM trouble ORDER BY case_no"


class Checker:
    """Asks everything of one ground, its servers, workers and door all running; the last question stops ours."""

    def __init__(self, ground: Ground, journal: Journal, seed: int) -> None:
        self._ground, self._journal, self._seed = ground, journal, seed
        self._drills = _drills(journal)

    async def everything(self, post: Post) -> list[Failure]:
        """Every failure that is found."""
        found = await self.at_rest()
        found += [failure async for failure in self._the_same_again(post)]
        reader = await self._ground.connect(Role.READER)
        try:
            found += self._each_once(await reader.fetch(_ACTS))
            found += self._in_time(_folded(await reader.fetch(_EVENTS)))
            numbers = [
                row["case_no"] for row in await reader.fetch("SELECT case_no FROM case_register ORDER BY 1")
            ]
        finally:
            await reader.close()
        await self._ground.stop_ours()
        found += await self._the_register()
        return found + await self._lawful(numbers)

    # -- at rest ---------------------------------------------------------------------------------

    async def at_rest(self) -> list[Failure]:
        """Wait until no case has work under way and no deadline is missing; what remains is a failure."""
        client = await runtime.connect(
            self._ground.settings.temporal_address, self._ground.settings.temporal_namespace
        )
        unrest = ["not looked yet"]
        async with _patience() as look_again:
            while unrest and await look_again():
                unrest = [each async for each in self._unrest(client)]
        return [self._failure("not_at_rest", each) for each in unrest[:20]]

    async def _unrest(self, client: Client) -> AsyncIterator[str]:
        reader = await self._ground.connect(Role.READER)
        try:
            files = list(_folded(await reader.fetch(_EVENTS)))
            troubles = await reader.fetch(_TROUBLE)
        finally:
            await reader.close()
        for row in troubles:
            yield f"{row['case_no']} in trouble: {row['error']}"
        passed = {number: self._passed(events[0]) for number, _, events in files}
        for number, case, _ in files:
            if (missing := _overdue(number, case, passed[root(number)])) is not None:
                yield missing
            if (stuck := await _stuck(client, number, case)) is not None:
                yield stuck

    def _passed(self, first: Event) -> datetime:
        """What was due before this instant of a case, by its own clock, must have lapsed by now."""
        now = datetime.now(UTC)
        assert isinstance(first.fact, CaseOpened)
        drill = self._drills.get(first.fact.act_id)
        if drill is None:
            return now - _GRACE - _SLACK
        waited = now - timedelta(seconds=drill.grace) - _SLACK
        return drill.origin + (waited - drill.began) * drill.speed

    # -- acts ------------------------------------------------------------------------------------

    def _each_once(self, rows: Sequence[asyncpg.Record]) -> Iterator[Failure]:
        """Confirmed acts stand where they were said to, refused ones nowhere, and nothing stands twice."""
        for errand in self._journal.unanswered:
            yield self._failure("never_answered", f"{errand.key} {errand.path}")
        there = Counter(row["act_id"] for row in rows)
        place = {row["act_id"]: (row["case_no"], row["seq"]) for row in rows}
        for act_id, times in there.items():
            if times > 1:
                yield self._failure("act_twice", f"{act_id} stands {times} times on the ledger")
        for key, errand in self._journal.errands.items():
            answer = self._journal.answers.get(key)
            if answer is None:
                continue
            said = (answer.said.get("number"), answer.said.get("first"))
            if answer.is_done and place.get(errand.act_id) != said:
                yield self._failure("act_lost", f"{key}: told {said}, found {place.get(errand.act_id)}")
            if not answer.is_done and errand.act_id in there:
                yield self._failure("refused_and_done", f"{key}: told {_told(answer)}, yet it was done")

    async def _the_same_again(self, post: Post) -> AsyncIterator[Failure]:
        """Each confirmed act, sent once more under its key, is answered as the first time."""
        done = list(self._journal.done)
        for place in range(0, len(done), _AT_ONCE):
            some = done[place : place + _AT_ONCE]
            again = await asyncio.gather(*(_insisted(post, errand) for errand, _ in some))
            for (errand, first), now in zip(some, again, strict=True):
                if now is None or now.said != first.said:
                    told = None if now is None else _difference(first, now)
                    yield self._failure("answer_changed", f"{errand.key} {errand.path}: {told}")

    # -- deadlines -------------------------------------------------------------------------------

    def _in_time(self, cases: Iterator[tuple[CaseNo, Case, list[Event]]]) -> Iterator[Failure]:
        """Instants never run backwards, and what lapsed is on the ledger at its due instant."""
        for number, _, events in cases:
            case, before, since = Case(), events[0].at, dict[int, datetime]()
            for event in events:
                if event.at < before:
                    yield self._failure("instants_run_backwards", f"{number} event {event.seq}: {event.at}")
                match event.fact:
                    case DutyOpened(duty=duty):
                        since[duty.number] = event.at
                    case DutyMoved(duty=moved):
                        since[moved] = event.at
                    case DutyBreached(duty=missed):
                        due = max(case.duties[missed].legal_due, since[missed])
                        if event.at != due:
                            what = f"{number} event {event.seq}: {event.at} for {due}"
                            yield self._failure("breach_elsewhere", what)
                before = event.at
                apply(case, event)

    # -- the whole -------------------------------------------------------------------------------

    async def _the_register(self) -> list[Failure]:
        """The register and the one that is made anew from the ledger are the same rows."""
        owner = await asyncpg.connect(self._ground.settings.url(Role.OWNER))
        try:
            before = {table: await _rows(owner, table) for table in Table}
            await rebuild(owner)
            after = {table: await _rows(owner, table) for table in Table}
        finally:
            await owner.close()
        return [
            self._failure("register_differs", f"{table}: {sorted(before[table] ^ after[table])[:2]}")
            for table in Table
            if before[table] != after[table]
        ]

    async def _lawful(self, numbers: Sequence[str]) -> list[Failure]:
        """The auditor's five answers for every case."""
        source = Source(self._ground.settings.url(Role.READER))
        reports = await asyncio.to_thread(lambda: list(verify_cases(source, numbers, 2)))
        return [
            self._failure(
                f"audit_{finding.answer}", f"{finding.case_no} {finding.code} {finding.seq}: {finding}"
            )
            for report in reports
            for finding in report.findings
        ]

    def _failure(self, what: str, detail: str) -> Failure:
        return Failure(what, self._seed, detail)


def _folded(rows: Sequence[asyncpg.Record]) -> Iterator[tuple[CaseNo, Case, list[Event]]]:
    """Every case as it stands, with its events."""
    files: dict[CaseNo, list[Event]] = {}
    for row in rows:
        files.setdefault(CaseNo(row["case_no"]), []).append(load_event(stored_event(row)))
    for number, events in files.items():
        case = Case()
        for event in events:
            apply(case, event)
        yield number, case, events


def _drills(journal: Journal) -> dict[str, Drill]:
    """The drill clock of each case that somebody brought, by the id of its opening."""
    return {
        errand.act_id: Drill.model_validate(errand.body["drill"])
        for errand in journal.errands.values()
        if "drill" in errand.body
    }


def _overdue(number: CaseNo, case: Case, passed: datetime) -> str | None:
    """A duty whose due instant passed long enough ago, and no breach of it."""
    for held in case.duties.values() if case.is_open else ():
        if not (held.breached or held.paused) and held.legal_due < passed:
            return f"{number}: duty {held.duty.number} was due {held.legal_due} and is not breached"
    return None


async def _stuck(client: Client, number: CaseNo, case: Case) -> str | None:
    """What is under way in the workflow of a case, or how it and the ledger disagree whether the case is open."""
    execution = {"workflow_id": number}
    try:
        found = await client.workflow_service.describe_workflow_execution(
            DescribeWorkflowExecutionRequest(namespace=client.namespace, execution=execution)  # type: ignore[arg-type]
        )
    except RPCError as refused:
        return f"{number}: {refused.status}" if refused.status is RPCStatusCode.NOT_FOUND else str(refused)
    if case.is_open != (found.workflow_execution_info.status == _RUNNING):
        return f"{number}: open on the ledger {case.is_open}, workflow {found.workflow_execution_info.status}"
    task = found.pending_workflow_task
    if found.HasField("pending_workflow_task") and task.attempt > 1:
        return f"{number}: its workflow task is tried for the {task.attempt}th time"
    if found.pending_activities:
        return f"{number}: an activity is under way, attempt {found.pending_activities[0].attempt}"
    return None


async def _insisted(post: Post, errand: Errand) -> Answer | None:
    async with _patience() as look_again:
        while await look_again():
            if (answer := await post.ask(errand)) is not None:
                return answer
    return None


class _patience:  # noqa: N801 - reads as the phrase it is
    """`async with _patience() as look_again: while await look_again(): …` for so long and no longer."""

    async def __aenter__(self) -> Any:
        self._end = asyncio.get_running_loop().time() + PATIENCE
        self._first = True
        return self._look_again

    async def __aexit__(self, *_: object) -> None:
        return None

    async def _look_again(self) -> bool:
        if not self._first:
            await asyncio.sleep(_LOOK_EVERY)
        self._first = False
        return asyncio.get_running_loop().time() < self._end


async def _rows(connection: asyncpg.Connection, table: Table) -> set[str]:
    rows = await connection.fetch(f"SELECT to_jsonb(t)::text AS row FROM {table} t")  # noqa: S608 - our names
    return {row["row"] for row in rows}


def _told(answer: Answer) -> str:
    return f"{answer.status} {answer.said.get('code')}"


def _difference(first: Answer, again: Answer) -> str:
    """What of an answer is another, place by place."""
    before, after = _places(first.said), _places(again.said)
    wrong = [place for place in {**before, **after} if before.get(place) != after.get(place)]
    return "; ".join(f"{place}: {before.get(place)!r}, then {after.get(place)!r}" for place in wrong)[:1500]


def _places(said: Any, at: str = "") -> dict[str, Any]:
    """Every value of a JSON text by its place; what has a number is placed by it."""
    match said:
        case dict():
            return {k: v for name, each in said.items() for k, v in _places(each, f"{at}.{name}").items()}
        case list():
            named = [
                (each.get("number", n) if isinstance(each, dict) else n, each) for n, each in enumerate(said)
            ]
            return {k: v for name, each in named for k, v in _places(each, f"{at}[{name}]").items()}
        case _:
            return {at: said}
