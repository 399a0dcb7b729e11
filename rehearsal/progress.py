"""What people see while a drill plays: a live table, or plain lines where there is no terminal."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol

from rich.console import Console
from rich.live import Live
from rich.table import Table

from rehearsal.durable_stage import DurableStage
from rehearsal.summary import Tally

_FRAMES_A_SECOND = 4
_SECONDS_BETWEEN_LINES = 10.0


@dataclass(frozen=True, slots=True)
class View:
    """What can be said of a play at any moment."""

    tally: Tally
    stage: DurableStage
    expected: int
    began: float = field(default_factory=time.perf_counter)

    def figures(self) -> dict[str, str]:
        """Name in two languages → figure."""
        tally = self.tally
        seconds = max(time.perf_counter() - self.began, 0.001)
        return {
            "演练时间 Drill": f"{tally.reached:%Y-%m-%d %H:%M}" if tally.reached else "—",
            "到件 Arrivals": f"{self.stage.doings.opened}/{self.expected}",
            "在办 Open": f"{len(tally.open):,}",
            "办结 Closed": f"{tally.closed.total():,}",
            "超期 Breached": f"{tally.breaches.total():,}",
            "提级 Escalated": f"{tally.escalations:,}",
            "动作/秒 Acts/s": f"{tally.acts / seconds:,.0f}",
            "待送 Waiting": f"{self.stage.waiting:,}",
        }


class Board(Protocol):
    """Where figures are shown."""

    every: float
    """Seconds between two showings."""

    def __enter__(self) -> "Board":
        """Begin to show."""

    def __exit__(self, *_: object) -> None:
        """Stop showing."""

    def show(self, figures: dict[str, str]) -> None:
        """Show these."""


class LiveBoard:
    """A table that is drawn over and over."""

    every = 1 / _FRAMES_A_SECOND

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False, transient=True)

    def __enter__(self) -> Board:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show(self, figures: dict[str, str]) -> None:
        table = Table(title="和润演练 · Herun drill", title_justify="left")
        for name in figures:
            table.add_column(name.replace(" ", "\n", 1), justify="right")
        table.add_row(*figures.values())
        self._live.update(table, refresh=True)


class PlainBoard:
    """One line now and then, for logs."""

    every = _SECONDS_BETWEEN_LINES

    def __init__(self, console: Console) -> None:
        self._console = console

    def __enter__(self) -> Board:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def show(self, figures: dict[str, str]) -> None:
        line = "  ".join(f"{name} {figure}" for name, figure in figures.items())
        self._console.print(line, highlight=False, soft_wrap=True)


def board_for(console: Console) -> Board:
    """A live table on a terminal, plain lines elsewhere."""
    return LiveBoard(console) if console.is_terminal else PlainBoard(console)


@asynccontextmanager
async def watching(view: View, board: Board | None) -> AsyncIterator[None]:
    """Show the figures while something plays; without a board, nothing."""
    if board is None:
        yield
        return
    with board:
        task = asyncio.create_task(_keep_showing(view, board))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        board.show(view.figures())


async def _keep_showing(view: View, board: Board) -> None:
    while True:
        await asyncio.sleep(board.every)
        board.show(view.figures())
