"""The barest workflow with an order's updates and nothing else: what an engine without law or ledger costs."""

import asyncio
import os

import uvloop
from temporalio import workflow
from temporalio.worker import Worker

from workflows import runtime

QUEUE = "herun-bare"


@workflow.defn(name="bare")
class BareWorkflow:
    """Counts its updates and stays, as an order that is rated stays until its community closes it."""

    def __init__(self) -> None:
        self._seen = 0

    @workflow.run
    async def run(self) -> int:
        """Wait for ever: closing is work of its own, which the measured order does not come to."""
        await workflow.wait_condition(lambda: False)
        return self._seen

    @workflow.update
    async def opened(self) -> int:
        """Answer once the workflow runs."""
        return self._seen

    @workflow.update
    async def act(self, act: str) -> int:
        """Take an act."""
        self._seen += 1
        return self._seen


async def serve() -> None:
    """A worker for bare workflows, with the settings of ours."""
    client = await runtime.connect(
        os.environ["HERUN_TEMPORAL_ADDRESS"], os.environ["HERUN_TEMPORAL_NAMESPACE"]
    )
    worker = Worker(client, task_queue=QUEUE, workflows=[BareWorkflow], workflow_runner=runtime.runner())
    async with worker:
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(serve())
