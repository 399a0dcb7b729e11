"""The sandbox for a worker that is busy: entered once for an activation, not again for each of its payloads."""

from typing import Any

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.converter import WorkflowSerializationContext
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails, WorkflowRunner
from temporalio.workflow import Info


class BriskRunner(WorkflowRunner):
    """Runs workflows with another runner, and answers itself in which context a payload is converted.

    The SDK asks the sandbox about every payload, some forty-five times for an order, and each question puts all
    builtins aside and back: a third of what the worker's event loop did. Our converter (workflows/runtime.py)
    looks at no context and has no codec, so that the workflow's own is right for every payload. What runs
    inside the sandbox, and which commands come out, is as before.
    """

    def __init__(self, within: WorkflowRunner) -> None:
        self._within = within

    def prepare_workflow(self, defn: Any) -> None:
        """As the other runner does."""
        self._within.prepare_workflow(defn)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """An instance of the other runner's, with the context of its payloads at hand."""
        return _Brisk(self._within.create_instance(det), det.info)

    def set_worker_level_failure_exception_types(self, types: Any) -> None:
        """As the other runner does."""
        self._within.set_worker_level_failure_exception_types(types)


class _Brisk(WorkflowInstance):
    def __init__(self, within: WorkflowInstance, info: Info) -> None:
        self._within = within
        self._context = WorkflowSerializationContext(namespace=info.namespace, workflow_id=info.workflow_id)

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        return self._within.activate(act)

    def get_serialization_context(self, command_info: Any) -> WorkflowSerializationContext:
        return self._context

    def get_external_store_context(self, command_info: Any) -> Any:
        return self._within.get_external_store_context(command_info)

    def get_info(self) -> Info:
        return self._within.get_info()

    def get_thread_id(self) -> int | None:
        return self._within.get_thread_id()
