"""The runner that spares the sandbox: what runs inside it stays as it is, only a question is answered outside."""

from typing import Any

from temporalio.converter import WorkflowSerializationContext
from temporalio.worker import UnsandboxedWorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from workflows import runtime
from workflows.runner import BriskRunner


class _Inner:
    """An instance that counts what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def activate(self, act: Any) -> Any:
        self.asked.append("activate")
        return act

    def get_serialization_context(self, command_info: Any) -> Any:
        self.asked.append("context")

    def get_thread_id(self) -> int | None:
        return 7


class _Making(UnsandboxedWorkflowRunner):
    def __init__(self, inner: _Inner) -> None:
        super().__init__()
        self._inner = inner

    def create_instance(self, det: Any) -> Any:
        return self._inner


class _Details:
    class info:  # noqa: N801 - stands for a value
        namespace, workflow_id = "default", "O20261121-00012"


def test_a_payload_does_not_enter_the_sandbox_and_an_activation_does() -> None:
    inner = _Inner()
    instance = BriskRunner(_Making(inner)).create_instance(_Details())  # type: ignore[arg-type]
    context = instance.get_serialization_context(None)
    assert context == WorkflowSerializationContext(namespace="default", workflow_id="O20261121-00012")
    assert inner.asked == []
    assert instance.activate("an activation") == "an activation"  # type: ignore[arg-type]
    assert inner.asked == ["activate"]
    assert instance.get_thread_id() == 7


def test_procedures_still_run_in_the_sandbox() -> None:
    runner = runtime.sandbox()
    assert isinstance(runner, BriskRunner)
    assert isinstance(runner._within, SandboxedWorkflowRunner)


def test_the_converter_has_no_codec_and_looks_at_no_context() -> None:
    """Else every payload would need the context of its own activity, and the runner would have to ask."""
    converter = runtime.DATA_CONVERTER
    assert converter.payload_codec is None
    assert converter.external_storage is None
    assert not hasattr(converter.payload_converter, "with_context") or _ignores(converter)


def _ignores(converter: Any) -> bool:
    context = WorkflowSerializationContext(namespace="default", workflow_id="x")
    return type(converter.payload_converter.with_context(context)) is type(converter.payload_converter)
