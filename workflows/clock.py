"""Engine time of a case: the server's, or a drill's that runs faster."""

from datetime import datetime, timedelta

from domain.calendar import CST
from workflows.envelope import Drill

_GRACE = timedelta(seconds=1)
"""How long a due date waits for an act that was stamped in time and is still on its way."""

_RING_AFTER = timedelta(milliseconds=2)
"""A due instant is still in time, so that the timer rings just after it."""

_STEP = timedelta(milliseconds=1)

AHEAD = timedelta(seconds=5)
"""How far a door's clock may run ahead of the engine's before its acts are refused."""


class Clock:
    """Turns the engine's real time into case time and back. Only the durable engine has one.

    What is done counts at the instant the door stamped on it, never at the instant a worker got round to
    it: a workflow task that is tried again must come to the same events.
    """

    def __init__(self, drill: Drill | None) -> None:
        self._drill = drill

    def instant(self, real: datetime, at: datetime | None) -> datetime:
        """The instant at which an opening or an act counts: the one stamped on it, or else now."""
        return self._now(real) if at is None else whole(at)

    def is_ahead(self, real: datetime, at: datetime | None) -> bool:
        """Whether an act was stamped by a clock that runs ahead."""
        return at is not None and at > self._now(real + AHEAD)

    def lapsed_by(self, real: datetime, due: datetime) -> datetime:
        """Everything due before this instant has lapsed when the timer for `due` rings.

        In a drill that and nothing later: what opens with the lapse has a grace of its own, or half a
        second of a slow machine would be half a day of it.
        """
        return self._now(real - self._grace) if self._drill is None else due + _STEP

    def until(self, due: datetime, real: datetime) -> timedelta:
        """How long, in real time, to sleep before a due instant has lapsed."""
        return max(self._real(due) - real, timedelta()) + self._grace + _RING_AFTER

    @property
    def _grace(self) -> timedelta:
        return _GRACE if self._drill is None else timedelta(seconds=self._drill.grace)

    def _real(self, instant: datetime) -> datetime:
        if self._drill is None:
            return instant
        return self._drill.began + (instant - self._drill.origin) / self._drill.speed

    def _now(self, real: datetime) -> datetime:
        if self._drill is None:
            return whole(real)
        return whole(self._drill.origin + (real - self._drill.began) * self._drill.speed)


def whole(instant: datetime) -> datetime:
    """An instant in China Standard Time, cut to the ledger's milliseconds."""
    local = instant.astimezone(CST)
    return local.replace(microsecond=local.microsecond // 1000 * 1000)
