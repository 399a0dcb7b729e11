"""What people read while torture goes on: lines in both languages, not too many."""

import time
from dataclasses import dataclass, field

from rich.console import Console

_SECONDS_BETWEEN_LINES = 10.0


@dataclass(slots=True)
class Telling:
    """Says lines on a console; without one it is silent, as tests want it."""

    console: Console | None = None
    _told: float = field(default=float("-inf"))

    def say(self, chinese: str, english: str) -> None:
        """One line, in both languages."""
        if self.console is not None:
            self.console.print(f"{chinese} / {english}", highlight=False, markup=False, soft_wrap=True)

    def count(self, done: int, total: int, chinese: str, english: str) -> None:
        """How far it has come; at most one line in ten seconds, so call it as often as you like."""
        now = time.monotonic()
        if now - self._told < _SECONDS_BETWEEN_LINES and done < total:
            return
        self._told = now
        self.say(f"{chinese} {done:,}/{total:,}", f"{english} {done:,}/{total:,}")
