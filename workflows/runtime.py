"""What worker, API, audit and tests must agree on: data converter, runner, task queue, workflows."""

from temporalio.client import Client
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import CompositePayloadConverter, DataConverter
from temporalio.runtime import Runtime
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowRunner

from workflows.custodian import CustodianWorkflow
from workflows.kinds import WORKFLOWS as CASES

TASK_QUEUE = "herun"
WORKFLOWS = (*CASES, CustodianWorkflow)


class SharedPayloadConverter(CompositePayloadConverter):
    """The SDK's for pydantic, with what it compiled for each type kept: the SDK makes one for every activation."""

    _EACH = tuple(PydanticPayloadConverter().converters.values())

    def __init__(self) -> None:
        super().__init__(*self._EACH)


DATA_CONVERTER = DataConverter(payload_converter_class=SharedPayloadConverter)


def runner() -> WorkflowRunner:
    """Workflows run without the SDK's sandbox: all of ours would pass through it (ADR 0032).

    A lint keeps clocks, chance and disorder out of them, and golden histories replay.
    """
    return UnsandboxedWorkflowRunner()


async def connect(address: str, namespace: str = "default", telemetry: Runtime | None = None) -> Client:
    """A client that speaks our models; what it does is counted where `telemetry` says."""
    return await Client.connect(
        address, namespace=namespace, data_converter=DATA_CONVERTER, runtime=telemetry
    )


__all__ = ["DATA_CONVERTER", "TASK_QUEUE", "WORKFLOWS", "connect", "runner"]
