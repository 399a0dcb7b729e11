"""Holds the engine's breaches of the work against a record's own labels, case by case."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.duties import DutyKind
from domain.events import DutyBreached, DutyFulfilled, DutyOpened, Event
from domain.vocabulary import CaseNo
from rehearsal.mapping import Label


@dataclass(slots=True)
class Oracle:
    """Watches the first handling duty of each case it has a label for, or None for one without.

    A case whose handling was never finished is not judged.
    """

    labels: Mapping[CaseNo, Label | None]
    judged: dict[CaseNo, bool] = field(default_factory=dict)
    """Case → whether the engine breached its handling duty before it was fulfilled."""
    _watched: dict[CaseNo, int] = field(default_factory=dict)
    _late: set[CaseNo] = field(default_factory=set)

    def note(self, number: CaseNo, event: Event) -> None:
        """Take in one event."""
        match event.fact:
            case DutyOpened(duty=duty) if duty.kind is DutyKind.ORDER_HANDLE and number in self.labels:
                self._watched.setdefault(number, duty.number)
            case DutyBreached(duty=duty) if self._watched.get(number) == duty:
                self._late.add(number)
            case DutyFulfilled(duty=duty) if self._watched.get(number) == duty:
                self.judged.setdefault(number, number in self._late)

    @property
    def overdue(self) -> int:
        """Cases whose work the engine found late."""
        return sum(self.judged.values())

    @property
    def agreements(self) -> int:
        """Labelled cases that the engine judged as the record did."""
        return sum(
            (label is Label.OVERDUE) is self.judged[number]
            for number in self.judged
            if (label := self.labels[number]) is not None
        )

    @property
    def disagreements(self) -> int:
        """Labelled cases that the engine judged otherwise."""
        return len(self.judged) - self.unlabelled - self.agreements

    @property
    def unlabelled(self) -> int:
        """Judged cases of which the record itself says nothing."""
        return sum(self.labels[number] is None for number in self.judged)
