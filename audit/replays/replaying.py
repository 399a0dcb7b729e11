"""Whether the code that is installed here can go on with the cases that run: their histories, replayed beforehand."""

import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from temporalio.client import Client

from activities.custody_histories import histories
from audit.evidence import ArchivedRun, Evidence
from audit.replays.replay import ReplayedRun, replayed
from domain.shelf import Shelf
from domain.vocabulary import CaseKind

_KINDS = ", ".join(f"'{kind.value}'" for kind in CaseKind)
_RUNNING = f"WorkflowType IN ({_KINDS}) AND ExecutionStatus = 'Running'"


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """One running case; `difference` says where this code takes another step, or breaks; empty if it goes on."""

    case_no: str
    difference: str = ""


async def rehearsed(client: Client, shelf: Shelf, most: int) -> AsyncIterator[Rehearsed]:
    """So many running cases, the latest first, each replayed up to where it stands. Raises RPCError.

    Nothing is written anywhere and no worker of this code need run; it is what an upgrade begins with.
    """
    seen = 0
    async for execution in client.list_workflows(_RUNNING):
        if seen == most:
            return
        seen += 1
        yield await rehearse(client, shelf, execution.id)


async def rehearse(client: Client, shelf: Shelf, case_no: str) -> Rehearsed:
    """One case. Raises RPCError."""
    played = await replayed_so_far(client, shelf, case_no)
    return Rehearsed(case_no, next((said for run in played if (said := _wrong(run))), ""))


async def replayed_so_far(client: Client, shelf: Shelf, case_no: str) -> Sequence[ReplayedRun]:
    """Every run of a case that Temporal has, also the one that stands, each replayed up to its end. Raises RPCError."""
    found = await histories(client, case_no, standing=True)
    runs = [
        ArchivedRun(
            run.run_id, run.events, run.closed, run.code, run.digest.hex(),
            zlib.decompress(run.packed).decode(),
        )
        for run in found.runs
    ]  # fmt: skip
    return (await replayed(Evidence(case_no, (), shelf, runs=runs))).runs


def _wrong(run: ReplayedRun) -> str:
    if run.is_replayed:
        return ""
    return run.lacks or run.difference or run.breakdown or run.unreadable or "stands still"
