"""What worker, API, audit and tests must agree on: data converter, sandbox, task queue, workflows."""

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import Runtime
from temporalio.worker import WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from workflows.custodian import CustodianWorkflow
from workflows.kinds import WORKFLOWS as CASES
from workflows.runner import BriskRunner

TASK_QUEUE = "herun"
WORKFLOWS = (*CASES, CustodianWorkflow)
DATA_CONVERTER = pydantic_data_converter

_OURS = (
    "domain",
    "workflows",
    "activities",
    "pydantic",
    "pydantic_core",
    "annotated_types",
    "typing_inspection",
)


def sandbox() -> WorkflowRunner:
    """A sandbox that passes our own modules through; a lint keeps clocks and disorder out of them."""
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*_OURS)
    return BriskRunner(SandboxedWorkflowRunner(restrictions=restrictions))


async def connect(address: str, namespace: str = "default", telemetry: Runtime | None = None) -> Client:
    """A client that speaks our models; what it does is counted where `telemetry` says."""
    return await Client.connect(
        address, namespace=namespace, data_converter=DATA_CONVERTER, runtime=telemetry
    )


__all__ = ["DATA_CONVERTER", "TASK_QUEUE", "WORKFLOWS", "connect", "sandbox"]
