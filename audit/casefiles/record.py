"""The events of a chain as the law reads them, once for every answer that needs them."""

from collections.abc import Sequence
from dataclasses import dataclass

from activities.chain import Link
from domain.codec import load_event
from domain.events import Event


@dataclass(frozen=True, slots=True)
class Record:
    """As many events from the first on as can be read; `unreadable` is the place of the one that cannot."""

    events: Sequence[Event]
    unreadable: int | None = None
    why: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether every event could be read."""
        return self.unreadable is None


def read_record(links: Sequence[Link]) -> Record:
    """What a chain says. Nothing a hand may have put there makes it raise."""
    events: list[Event] = []
    for place, link in enumerate(links, start=1):
        try:
            events.append(load_event(dict(link.event)))
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError) as wrong:
            return Record(events, place, type(wrong).__name__)
    return Record(events)
