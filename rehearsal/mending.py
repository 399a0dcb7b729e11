"""Brings ledger and Temporal together again after a restore: nothing is invented, nothing on the ledger is changed.

What the ledger lacks is written as the history gives it; a case that lags learns from the ledger by being sent
again what it did last, under the same id; a case that Temporal lost is begun again and learns all of it.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import asyncpg
from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowHandle,
    WorkflowUpdateFailedError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.service import RPCError

from activities import chain
from activities.commitments import references
from activities.intake import DRILL_PREFIX, LETTERS
from activities.interface import RecordRequest
from activities.ledger import Ledger
from audit.replays.reconcile import Apart, Parted
from domain.codec import dump, load_event
from domain.events import Acted, CaseOpened, Event
from domain.vocabulary import CaseNo
from workflows.envelope import ActReceipt, ActRequest, OpenCase

AT_ONCE = 8
PATIENCE = 60.0  # seconds for one case to learn, with a worker running
LAGGING = frozenset((Apart.LEDGER_AHEAD, Apart.NO_HISTORY))
"""What a case learns from the ledger; the rest needs no worker."""
LEAP = 1_000
"""Numbers left out after a restore: some may have been told to people whose cases are on no copy."""

_RECORD = "SELECT seq, at, kind, cause, rule, data FROM event WHERE case_no = $1 ORDER BY seq"
_THERE = "SELECT commitment FROM content WHERE commitment = ANY($1::text[])"
_HIGHEST = """
    SELECT substring(case_no FROM '^X?[OMPW]') AS letters,
        max(substring(case_no FROM '-([0-9]+)$')::bigint) AS highest
    FROM event WHERE seq = 1 AND case_no ~ '^X?[OMPW][0-9]{8}-[0-9]+$' GROUP BY 1"""


@dataclass
class Mended:
    """What was done; `left` are cases that somebody has to look at, with the reason."""

    written: int = 0
    begun: int = 0
    taught: int = 0
    wordless: int = 0
    """Commitments in the rewritten events whose words were on no copy."""
    left: dict[CaseNo, str] = field(default_factory=dict)


async def rewrite(ledger_pool: asyncpg.Pool, owner: asyncpg.Connection, cases: Sequence[Parted]) -> Mended:
    """Write what the ledger lacks, as the histories give it, and leave a gap in the case numbers.

    Needs no worker, and is done before the first one starts: a case whose ledger has lost its end is stuck until
    then. The pool is `herun_ledger`'s. What was written before is not written twice.
    """
    mended = Mended(left={each.case_no: each.how.value for each in cases if each.how is Apart.FORKED})
    ledger = Ledger(ledger_pool)
    try:
        for each in (each for each in cases if each.how is Apart.HISTORY_AHEAD):
            request = RecordRequest(case_no=each.case_no, head=each.head, events=list(each.lacking))
            await ledger.record(request)
            mended.written += len(each.lacking)
            mended.wordless += await _wordless(owner, each)
    finally:
        await ledger.close()
    await leap(owner)
    return mended


async def _wordless(owner: asyncpg.Connection, case: Parted) -> int:
    wanted = {each for event in case.lacking for each in references(load_event(event).fact)}
    return len(wanted) - len(await owner.fetch(_THERE, list(wanted)))


async def leap(owner: asyncpg.Connection) -> None:
    """No number is given twice: not one that the ledger has, nor one told to somebody after the copy was made."""
    highest = {row["letters"]: row["highest"] for row in await owner.fetch(_HIGHEST)}
    for kind, letter in LETTERS.items():
        for prefix, sequence in (("", f"number_{kind}"), (DRILL_PREFIX, f"drill_number_{kind}")):
            last = await owner.fetchval(f"SELECT last_value FROM {sequence}")  # noqa: S608 - a name of ours
            upto = max(last, highest.get(prefix + letter, 0)) + LEAP
            await owner.execute("SELECT setval($1::text::regclass, $2::bigint)", sequence, upto)


async def teach(
    pool: asyncpg.Pool, client: Client, queue: str, cases: Sequence[Parted], mended: Mended
) -> Mended:
    """Let every case that lags learn from the ledger, begun again where Temporal lost it; needs a worker."""
    lagging = [each for each in cases if each.how in LAGGING]
    room = asyncio.Semaphore(AT_ONCE)

    async def one(case: Parted) -> None:
        async with room:
            await _teach(pool, client, queue, case, mended)

    await asyncio.gather(*(one(case) for case in lagging))
    return mended


async def _teach(pool: asyncpg.Pool, client: Client, queue: str, case: Parted, mended: Mended) -> None:
    record = [load_event(chain.stored_event(row)) for row in await pool.fetch(_RECORD, case.case_no)]
    try:
        async with asyncio.timeout(PATIENCE):
            if case.how is Apart.NO_HISTORY and not await _begin(client, queue, case.case_no, record):
                mended.left[case.case_no] = "drill"
                return
            has_learnt = await _remind(client, case, record)
    except (TimeoutError, RPCError, WorkflowUpdateFailedError) as failure:
        mended.left[case.case_no] = type(failure).__name__
    else:
        mended.begun += case.how is Apart.NO_HISTORY
        mended.taught += has_learnt


async def _begin(client: Client, queue: str, number: CaseNo, record: Sequence[Event]) -> bool:
    """Open a case again as it was opened; its first events are on the ledger already, and stay as they are."""
    request = opening_of(number, record)
    if request is None:
        return False
    start: WithStartWorkflowOperation[Any, Any] = WithStartWorkflowOperation(
        request.kind.value, request, id=number, task_queue=queue,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
    )  # fmt: skip
    await client.execute_update_with_start_workflow(
        "opened", start_workflow_operation=start, id=request.act_id, result_type=ActReceipt
    )
    return True


async def _remind(client: Client, case: Parted, record: Sequence[Event]) -> bool:
    """Send again the last act that the ledger has and the history lacks: the case looks before it answers.

    What merely lapsed needs no reminder: the case's own timer rings again, and finds it written.
    """
    acts = [event for event in record if event.seq > case.history and isinstance(event.fact, Acted)]
    if not acts:
        return False
    fact, at, seen = acts[-1].fact, acts[-1].at, record[-1].seq
    assert isinstance(fact, Acted)
    request = ActRequest(
        id=fact.act_id, actor=dump(fact.actor), act=fact.act.code, fields=dump(fact.act), at=at, seen=seen
    )
    handle: WorkflowHandle[Any, Any] = client.get_workflow_handle(case.case_no)
    await handle.execute_update("act", request, id=f"{fact.act_id}.{seen}", result_type=ActReceipt)
    return True


def opening_of(number: CaseNo, record: Sequence[Event]) -> OpenCase | None:
    """What a case was opened with, by the ledger; None of a drill, whose clock is in its history alone."""
    opened = record[0].fact
    assert isinstance(opened, CaseOpened)
    if opened.drill:
        return None
    return OpenCase(
        number=number, kind=opened.kind, opening=dump(opened.opening), rulebook=opened.rulebook,
        calendar=opened.calendar, actor=dump(opened.actor), act_id=opened.act_id, at=record[0].at,
    )  # fmt: skip
