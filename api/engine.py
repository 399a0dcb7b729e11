"""The door's way to the workflows: opens cases and passes acts on, and brings back a receipt or a reason."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from temporalio.client import (
    Client,
    RetryConfig,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateRPCTimeoutOrCancelledError,
)
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from activities.settings import Settings
from api.gate.lines import LineFull, Lines
from workflows import runtime
from workflows.durable import CaseWorkflow
from workflows.envelope import ActReceipt, ActRequest, CaseEnd, OpenCase, RefusalDetail

PATIENCE = 10.0  # seconds until a caller is told to ask again
CONNECT = timedelta(seconds=2)
_RETRY = RetryConfig(max_elapsed_time_millis=2_000, max_interval_millis=500, max_retries=5)

_SILENT = (RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.CANCELLED)


class ActRefused(Exception):
    """The procedure does not allow the act; nothing was written."""

    def __init__(self, detail: RefusalDetail) -> None:
        super().__init__(detail.code)
        self.detail = detail


class NotRunning(Exception):
    """No case of that number runs: it has ended, or there never was one."""


class Unreachable(Exception):
    """The engine took nothing in."""


class Crowded(Unreachable):
    """More is under way than the engine takes at a time, in this case or in all of them."""


class NotAnswered(Exception):
    """The engine may have taken it in, but did not say so in time."""


class Engine:
    """A client that connects when first needed, so that pages are served while Temporal is down."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._client: Client | None = None
        self._lines = Lines()

    async def open(self, request: OpenCase) -> ActReceipt:
        """Open a case; returns once its first events are on the ledger. One number is one case.

        Raises NotRunning where it has ended already, Unreachable and NotAnswered.
        """
        start: WithStartWorkflowOperation[CaseWorkflow, CaseEnd] = WithStartWorkflowOperation(
            request.kind.value,
            request,
            id=request.number,
            task_queue=self._settings.task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        )
        async with _reasons():
            client = await self._connected()
            return await client.execute_update_with_start_workflow(
                CaseWorkflow.opened,  # type: ignore[arg-type] # the SDK takes the coroutine for the result
                start_workflow_operation=start,
                id=request.act_id,
            )

    async def act(self, number: str, request: ActRequest, update_id: str) -> ActReceipt:
        """Pass an act on; returns once its events are on the ledger.

        Raises ActRefused, NotRunning, Unreachable (Crowded where others were before it) and NotAnswered.
        """
        async with _reasons(), self._lines.turn(number):
            handle = (await self._connected()).get_workflow_handle(number)
            return await handle.execute_update(
                CaseWorkflow.act,  # type: ignore[arg-type] # as above
                request,
                id=update_id,
            )

    async def is_up(self) -> bool:
        """Whether Temporal answers."""
        try:
            async with asyncio.timeout(CONNECT.total_seconds() + 1):
                client = await self._connected()
                return await client.service_client.check_health(timeout=CONNECT)
        except (RPCError, RuntimeError, TimeoutError):
            return False

    async def _connected(self) -> Client:
        if self._client is None:
            self._client = await Client.connect(
                self._settings.temporal_address,
                namespace=self._settings.temporal_namespace,
                data_converter=runtime.DATA_CONVERTER,
                retry_config=_RETRY,
                connect_timeout=CONNECT,
                lazy=True,
            )
        return self._client


@asynccontextmanager
async def _reasons() -> AsyncIterator[None]:
    """Everything the client may raise, told as one of five reasons."""
    try:
        async with asyncio.timeout(PATIENCE):
            yield
    except WorkflowUpdateFailedError as failed:
        raise _failure(failed) from failed
    except WorkflowAlreadyStartedError as ended:
        raise NotRunning from ended
    except (TimeoutError, WorkflowUpdateRPCTimeoutOrCancelledError) as silent:
        raise NotAnswered from silent
    except RPCError as error:
        raise _rpc(error) from error
    except LineFull as others:
        raise Crowded from others
    except RuntimeError as absent:  # what a lazy client raises while it cannot connect
        raise Unreachable from absent


def _failure(failed: WorkflowUpdateFailedError) -> Exception:
    match failed.cause:
        case ApplicationError(type="refused", details=(detail, *_)):
            return ActRefused(RefusalDetail.model_validate(detail))
        case _:  # the case ended before the update did
            return NotRunning()


def _rpc(error: RPCError) -> Exception:
    if error.status is RPCStatusCode.NOT_FOUND:
        return NotRunning()
    if error.status is RPCStatusCode.RESOURCE_EXHAUSTED:  # other doors were before it
        return Crowded()
    return NotAnswered() if error.status in _SILENT else Unreachable()
