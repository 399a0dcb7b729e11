"""Holds what a procedure wrote while it replayed, and what it was answered, against the ledger."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from activities import interface
from activities.chain import START, Link
from audit.replays.steps import Call, details_of, same_json, seq_in, told


@dataclass(frozen=True, slots=True)
class Misfit:
    """Where a write and the ledger part.

    `is_answer` tells a wrong answer in the history from a wrong event: on the ledger or in the acts.
    """

    seq: int
    expected: Any
    found: Any
    is_answer: bool = False


class Writes:
    """One case's ledger, and the last event that its runs are known to have written."""

    def __init__(self, links: Sequence[Link]) -> None:
        self._links = links
        self.last = 0

    def misfit(self, call: Call) -> Misfit | None:
        """Where a call, or what came of it, does not fit. One that nothing came of is asked again later."""
        asked = told(call.request)
        if call.is_open or not isinstance(asked, dict):
            return None
        match call.name:
            case interface.RECORD:
                return self._write(call, asked)
            case interface.READ:
                return self._told(int(asked["after"]) + 1, _under("events", told(call.result)))
            case _:
                return None

    def _write(self, call: Call, asked: Mapping[str, Any]) -> Misfit | None:
        events = asked["events"]
        if call.failure is not None:
            return self._conflict(call, events)
        self.last = events[-1]["seq"]
        return self._events(events) or self._head(asked["head"], events[0]["seq"] - 1) or self._receipt(call)

    def _events(self, events: Sequence[Mapping[str, Any]]) -> Misfit | None:
        """The events that the procedure writes are those that the ledger holds."""
        for event in events:
            held = self._held(event["seq"])
            if not same_json(event, held):
                return Misfit(event["seq"], dict(event), held)
        return None

    def _head(self, head: str, seq: int) -> Misfit | None:
        """The write follows on the very event that the ledger has before it."""
        held = self._hash(seq)
        return None if head == held else Misfit(seq or 1, {"head": held}, {"head": head}, is_answer=True)

    def _receipt(self, call: Call) -> Misfit | None:
        """The ledger answered with the hash and number of the last event written."""
        expected = {"head": self._hash(self.last), "seq": self.last}
        found = told(call.result)
        return None if same_json(expected, found) else Misfit(self.last, expected, found, is_answer=True)

    def _conflict(self, call: Call, events: Sequence[Mapping[str, Any]]) -> Misfit | None:
        """A worker died after its commit (workflows/reliving.py): what the ledger told is what it holds."""
        assert call.failure is not None
        kind, said = details_of(call.failure)
        first = seq_in(said)
        if kind != interface.LEDGER_CONFLICT or not first:
            return Misfit(events[0]["seq"], interface.LEDGER_CONFLICT, kind, is_answer=True)
        before = [event for event in events if event["seq"] < first]
        return (
            self._events(before)
            or self._told(first, _under("stored", said))
            or self._told_of(first, {"found": self._hash(first), "head": self._hash(first - 1)}, said)
        )

    def _told_of(self, seq: int, expected: Mapping[str, str], said: Mapping[str, Any]) -> Misfit | None:
        """The hashes that the case was told stand where it was told."""
        found = {name: said.get(name) for name in expected}
        is_other = bool(said.get("stored")) and found != expected
        return Misfit(seq, dict(expected), found, is_answer=True) if is_other else None

    def _told(self, first: int, said: Any) -> Misfit | None:
        """The case was told what the ledger holds, as far as it had come by then."""
        if not isinstance(said, list):
            return Misfit(first, [], said, is_answer=True)
        for seq, event in enumerate(said, start=first):
            if not same_json(self._held(seq), event):
                return Misfit(seq, self._held(seq), event, is_answer=True)
        return None

    def _held(self, seq: int) -> dict[str, Any] | None:
        return dict(self._links[seq - 1].event) if 0 < seq <= len(self._links) else None

    def _hash(self, seq: int) -> str:
        return self._links[seq - 1].hash if 0 < seq <= len(self._links) else START


def _under(name: str, said: Any) -> Any:
    return said.get(name, []) if isinstance(said, dict) else said
