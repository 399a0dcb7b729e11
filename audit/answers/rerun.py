"""The rerun: a case's recorded acts, at their recorded instants, through the law once more."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.codec import event_json
from domain.events import Acted, CaseOpened, Event
from domain.shelf import Shelf
from domain.vocabulary import CaseNo
from workflows.catalogue import PROCEDURES
from workflows.core import ActRefused, Core, Start


@dataclass(frozen=True, slots=True)
class Difference:
    """The first event at which the record and the law part; None where one of them has no such event."""

    seq: int
    expected: dict[str, object] | None
    found: dict[str, object] | None


class UnlawfulAct(Exception):
    """An act stands on the record that the law refuses."""

    def __init__(self, event: Event, refused: ActRefused) -> None:
        super().__init__(f"event {event.seq}: {refused.refused.code}")
        self.event = event
        self.verdict: dict[str, object] = {
            "refused": refused.refused.code,
            "about": list(refused.refused.about),
        }


def rerun(number: CaseNo, record: Sequence[Event], shelf: Shelf) -> list[Event]:
    """The events the law gives for the acts on the record.

    Raises ValueError if the record does not begin with the opening of a case, UnlawfulAct if the law
    does not allow an act that is on it, UnknownEdition if a pinned edition is not on the shelf.
    """
    return relived(number, record, shelf).events


def relived(number: CaseNo, record: Sequence[Event], shelf: Shelf) -> Core:
    """The case as the law leaves it after the acts on the record, with every event it gave."""
    core = Core(PROCEDURES[_opening(record).kind], _start(number, record), shelf)
    for event in record:
        if isinstance(event.fact, Acted):
            _do(core, event, event.fact)
    _let_lapse(core, record[-1])
    return core


def difference(number: CaseNo, record: Sequence[Event], shelf: Shelf) -> Difference | None:
    """Where the record first differs from what the law gives, or None."""
    try:
        lawful = rerun(number, record, shelf)
    except UnlawfulAct as unlawful:
        return Difference(unlawful.event.seq, unlawful.verdict, event_json(unlawful.event))
    for expected, found in zip(lawful, record, strict=False):
        if event_json(expected) != event_json(found):
            return Difference(found.seq, event_json(expected), event_json(found))
    if len(lawful) != len(record):
        longer = lawful if len(lawful) > len(record) else record
        extra = event_json(longer[min(len(lawful), len(record))])
        place = min(len(lawful), len(record)) + 1
        return Difference(place, *((extra, None) if longer is lawful else (None, extra)))
    return None


def _opening(record: Sequence[Event]) -> CaseOpened:
    if not record or not isinstance(record[0].fact, CaseOpened):
        raise ValueError("the record does not begin with the opening of a case")
    return record[0].fact


def _start(number: CaseNo, record: Sequence[Event]) -> Start:
    opened = _opening(record)
    return Start(
        number, opened.opening, opened.rulebook, opened.calendar, opened.actor, opened.act_id, record[0].at,
        opened.drill,
    )  # fmt: skip


def _do(core: Core, event: Event, fact: Acted) -> None:
    try:
        core.receive(fact.act_id, fact.actor, fact.act, event.at)
    except ActRefused as refused:
        raise UnlawfulAct(event, refused) from refused


def _let_lapse(core: Core, last: Event) -> None:
    """Take in what fell due by itself after the last act, up to the last event on the record."""
    while core.case.seq < last.seq and (due := core.next_due()) is not None and due <= last.at:
        core.tick(due + datetime.resolution)
