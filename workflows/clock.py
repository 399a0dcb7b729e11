"""Engine time of a case: the server's, or a drill's that runs faster."""

from datetime import datetime, timedelta

from domain.calendar import CST
from workflows.envelope import Drill

_RING_AFTER = timedelta(milliseconds=2)
"""A due instant is still in time, so that the timer rings just after it."""


class Clock:
    """Turns the engine's real time into case time and back. Only the durable engine has one."""

    def __init__(self, drill: Drill | None) -> None:
        self._drill = drill

    def start(self, real: datetime, at: datetime | None) -> datetime:
        """The instant a case opens; a drill may say which."""
        now = self._now(real)
        return now if self._drill is None or at is None else min(_whole(at), now)

    def at(self, real: datetime, at: datetime | None, reached: datetime) -> datetime:
        """The instant an act takes effect: now; in a drill the one it states, but never before `reached`."""
        now = self._now(real)
        if self._drill is not None and at is not None:
            now = min(_whole(at), now)
        return max(now, reached)

    def lapsed_by(self, real: datetime) -> datetime:
        """Everything due before this instant has lapsed when the timer rings."""
        if self._drill is None:
            return self._now(real)
        return self._now(real - timedelta(seconds=self._drill.grace))

    def until(self, due: datetime, real: datetime) -> timedelta:
        """How long, in real time, to sleep before a due instant has passed."""
        if self._drill is None:
            return max(due - _whole(real), timedelta()) + _RING_AFTER
        passes = self._drill.began + (due - self._drill.origin) / self._drill.speed
        return max(passes - real, timedelta()) + timedelta(seconds=self._drill.grace) + _RING_AFTER

    def _now(self, real: datetime) -> datetime:
        if self._drill is None:
            return _whole(real)
        return _whole(self._drill.origin + (real - self._drill.began) * self._drill.speed)


def _whole(instant: datetime) -> datetime:
    """An instant in China Standard Time, cut to the ledger's milliseconds."""
    local = instant.astimezone(CST)
    return local.replace(microsecond=local.microsecond // 1000 * 1000)
