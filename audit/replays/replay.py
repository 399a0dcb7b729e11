"""Replays archived histories in Temporal's Replayer and keeps what the procedure commanded on the way."""

import asyncio
import gc
import logging
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.client import WorkflowHistory
from temporalio.runtime import LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter
from temporalio.worker import (
    Replayer,
    WorkflowInstance,
    WorkflowInstanceDetails,
    WorkflowReplayResult,
    WorkflowRunner,
)
from temporalio.workflow import NondeterminismError

from audit.evidence import ArchivedRun, Evidence
from audit.replays.histories import Disorder, Events, Unreadable, decided, disorder, read_history
from domain.shelf import Shelf, UnknownEdition
from workflows import provisions, runtime

PATIENCE, PATIENCE_PER_EVENT = 30.0, 0.02
"""Seconds after which a replay stands still; an event takes one or two milliseconds of it."""

PARTING = 2.0
"""Seconds for a Replayer to end; one whose core broke never does, and is left to the process's end."""

Activation = tuple[WorkflowActivation, WorkflowActivationCompletion]


@dataclass(slots=True)
class ReplayedRun:
    """One run, and what became of it when its procedure ran again."""

    archived: ArchivedRun
    events: Events = ()
    """As archived; of a run that goes on, up to its last decision."""
    unreadable: str = ""
    disorder: Disorder | None = None
    activations: list[Activation] = field(default_factory=list)
    difference: str = ""
    """Where, by the Replayer, the procedure takes another step."""
    breakdown: str = ""
    """What the procedure, or the Replayer, could not take."""
    lacks: str = ""
    """An edition that the case's own shelf does not have."""
    is_hung: bool = False

    @property
    def run_id(self) -> str:
        return self.archived.run_id

    @property
    def can_replay(self) -> bool:
        """Whether it is a history at all, in the order of one."""
        return bool(self.events) and self.disorder is None

    @property
    def is_replayed(self) -> bool:
        """Whether it went through, to its end or to where the archive ends."""
        return self.can_replay and not (self.difference or self.breakdown or self.lacks or self.is_hung)

    def heard(self, bug: BaseException) -> None:
        """What the procedure broke on; kept as words, for an exception would keep the workflow."""
        if isinstance(bug, UnknownEdition):
            self.lacks = str(bug)
        self.breakdown = self.breakdown or f"{type(bug).__name__}: {bug}"[:500]

    def judged(self, failure: Exception | None) -> None:
        """What the Replayer said in the end; what the procedure broke on says it better."""
        if isinstance(failure, NondeterminismError) and not self.breakdown:
            self.difference = str(failure)[:500]
        elif failure is not None:
            self.breakdown = self.breakdown or str(failure)[:500]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A case whose every archived run was replayed."""

    evidence: Evidence
    runs: Sequence[ReplayedRun]


async def replayed(evidence: Evidence) -> Replayed:
    """Replay every archived run of a case.

    The last case is remembered: two answers are given from one replay.
    """
    global _latest
    if _latest is None or _latest.evidence is not evidence:
        _latest = Replayed(evidence, await _replay_all(evidence))
    return _latest


_latest: Replayed | None = None


async def _replay_all(evidence: Evidence) -> list[ReplayedRun]:
    runs = [_read(archived) for archived in evidence.runs]
    async with Theatre(evidence.shelf) as theatre:
        for run in runs:
            if run.can_replay:
                await theatre.replay(evidence.case_no, run)
    return runs


def _read(archived: ArchivedRun) -> ReplayedRun:
    try:
        events = read_history(archived.history)
    except Unreadable as wrong:
        return ReplayedRun(archived, unreadable=str(wrong))
    wrong_order = disorder(events)
    return ReplayedRun(archived, events if wrong_order else decided(events), disorder=wrong_order)


class Theatre:
    """A Replayer that goes on from one run of a case to the next.

    One that failed or stood still is left and another one opened: what its core still holds of a broken
    history must not be taken for the next.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._recording = _Recording(shelf)
        self._histories: asyncio.Queue[WorkflowHistory] = asyncio.Queue()
        self._results: AsyncIterator[WorkflowReplayResult] | None = None
        self._open = AsyncExitStack()

    async def __aenter__(self) -> "Theatre":
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._close()

    async def replay(self, case_no: str, run: ReplayedRun) -> None:
        """Run a history's procedure again; all it commanded and all that went wrong is put in `run`."""
        self._recording.run = run
        _hush()
        _is_replaying.set(True)
        try:
            async with asyncio.timeout(PATIENCE + len(run.events) * PATIENCE_PER_EVENT):
                result = await self._result_of(WorkflowHistory(case_no, run.events))
            run.judged(result.replay_failure)
        except TimeoutError:
            run.is_hung = True
        finally:
            _is_replaying.set(False)
        if not run.is_replayed:
            await self._close()
            gc.collect()

    async def _result_of(self, history: WorkflowHistory) -> WorkflowReplayResult:
        if self._results is None:
            self._results = await self._opened()
        self._histories.put_nowait(history)
        return await anext(self._results)

    async def _opened(self) -> AsyncIterator[WorkflowReplayResult]:
        fed = await self._open.enter_async_context(aclosing(self._fed()))
        return await self._open.enter_async_context(_replayer(self._recording).workflow_replay_iterator(fed))

    async def _fed(self) -> AsyncGenerator[WorkflowHistory]:
        while True:
            yield await self._histories.get()

    async def _close(self) -> None:
        """Let the Replayer go; one that stands still is not waited for."""
        leaving, self._open = self._open, AsyncExitStack()
        self._results, self._histories = None, asyncio.Queue()
        with suppress(TimeoutError):
            async with asyncio.timeout(PARTING):
                await leaving.aclose()


def _replayer(runner: WorkflowRunner) -> Replayer:
    """In the SDK's debug mode the procedure runs on this very thread; two busy seconds are no deadlock."""
    return Replayer(
        workflows=runtime.WORKFLOWS, workflow_runner=runner, data_converter=runtime.DATA_CONVERTER,
        debug_mode=True, build_id="audit", runtime=_silent(),
    )  # fmt: skip


@cache
def _silent() -> Runtime:
    """A core that does not write on the terminal: what it has against a history is a finding."""
    level = TelemetryFilter(core_level="OFF", other_level="OFF")
    return Runtime(telemetry=TelemetryConfig(logging=LoggingConfig(filter=level)))


def _hush() -> None:
    """Likewise the SDK's Python side: what it says of a broken history, the replay's result repeats.

    Of an instance that broke at its start Python remarks that coroutines of it were never awaited.
    """
    for name in ("_workflow", "_workflow_instance", "_replayer"):
        logging.getLogger(f"temporalio.worker.{name}").addFilter(_unless_replaying)
    warnings.filterwarnings("ignore", "coroutine '_WorkflowInstanceImpl", RuntimeWarning)


_is_replaying: ContextVar[bool] = ContextVar("is_replaying", default=False)


def _unless_replaying(_: logging.LogRecord) -> bool:
    return not _is_replaying.get()


# -- listening in ---------------------------------------------------------------------------------------


class _Recording(WorkflowRunner):
    """Makes instances that keep every activation with its commands, for the run under way."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._inner = runtime.runner()
        self.run: ReplayedRun | None = None

    def prepare_workflow(self, defn: Any) -> None:
        self._inner.prepare_workflow(defn)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        assert self.run is not None
        return _Listening(self._inner.create_instance(det), self._shelf, self.run)


class _Listening(WorkflowInstance):
    """A workflow instance that works with the case's own editions, and whose activations are kept."""

    def __init__(self, inner: WorkflowInstance, shelf: Shelf, run: ReplayedRun) -> None:
        self._inner = inner
        self._shelf = shelf
        self._run = run

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        with _laid(self._shelf, lambda _, bug: self._run.heard(bug)):
            completion = self._inner.activate(act)
        if not act.jobs[0].HasField("remove_from_cache"):
            self._run.activations.append((act, completion))
        return completion

    def get_serialization_context(self, command_info: Any) -> Any:
        return self._inner.get_serialization_context(command_info)

    def get_external_store_context(self, command_info: Any) -> Any:
        return self._inner.get_external_store_context(command_info)

    def get_info(self) -> Any:
        return self._inner.get_info()

    def get_thread_id(self) -> int | None:
        return self._inner.get_thread_id()


_one_at_a_time = Lock()


@contextmanager
def _laid(shelf: Shelf, report: provisions.Report) -> Iterator[None]:
    """Editions are found in a place that the whole process shares: theirs is put back after each step."""
    with _one_at_a_time:
        before = provisions._shelf, provisions._report
        provisions.lay(shelf, report)
        try:
            yield
        finally:
            provisions._shelf, provisions._report = before
