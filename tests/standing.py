"""Where every task stood when a test ran out of time: the thread's own stack only shows that the loop waits."""

import asyncio
import gc
import signal
from collections.abc import Generator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

_STOOD = pytest.StashKey[str]()
_LINES = 4


@pytest.hookimpl(wrapper=True)
def pytest_timeout_set_timer(item: pytest.Item) -> Generator[None, object, object]:
    """Look at the tasks when the alarm rings; a moment later the loop may be closed."""
    done = yield
    ring = signal.getsignal(signal.SIGALRM)

    def look_first(number: int, frame: FrameType | None) -> None:
        item.stash[_STOOD] = "; ".join(sorted(places()))
        if callable(ring):
            ring(number, frame)

    if callable(ring):
        signal.signal(signal.SIGALRM, look_first)
    return done


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name them in the summary."""
    report = yield
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None and _STOOD in item.stash:
        crash.message += f" {item.stash[_STOOD]}"
    return report


def places() -> set[str]:
    """The place of each task that is not done."""
    tasks = [each for each in gc.get_objects() if isinstance(each, asyncio.Task)]
    return {_place(each) for each in tasks if not each.done()}


def _place(task: "asyncio.Task[object]") -> str:
    """The last lines of the way from the task to what it waits for."""
    way, awaited = list[str](), task.get_coro()
    while awaited is not None:
        frame: FrameType | None = getattr(awaited, "cr_frame", None) or getattr(awaited, "ag_frame", None)
        way += [f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno}"] if frame else []
        awaited = _next(awaited)
    return " > ".join(way[-_LINES:])


def _next(awaited: Any) -> Any:
    """What a coroutine or an asynchronous generator awaits; the step of a generator leads to the generator."""
    if type(awaited).__name__ == "async_generator_asend":
        return next((each for each in gc.get_referents(awaited) if hasattr(each, "ag_frame")), None)
    return getattr(awaited, "cr_await", None) or getattr(awaited, "ag_await", None)
