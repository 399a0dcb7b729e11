"""Duties as CSV: one line for each, with who owed it, under which rule, its dates and what became of it."""

import csv
from collections.abc import AsyncIterable, Iterator, Sequence
from typing import IO, Any

from audit.study.travel import state_at
from domain.codec import instant_text
from domain.events import CaseOpened, Event
from domain.vocabulary import CaseNo

COLUMNS = (
    "case", "case_kind", "matter", "community", "drill", "duty", "kind", "nature", "about", "unit", "roles",
    "by_party", "rule", "opened_at", "counted_from", "internal_due", "legal_due", "provisional",
    "extended_days", "status", "breached_at", "settled_at", "why", "marks",
)  # fmt: skip
"""Instants in China Standard Time; a party is told by `by_party`, never by its pseudonym."""


def lines_of(number: CaseNo, events: Sequence[Event]) -> Iterator[tuple[Any, ...]]:
    """The duties of a case as its last event leaves them, by `COLUMNS`."""
    opened = events[0].fact
    assert isinstance(opened, CaseOpened)
    common = (
        number, opened.kind.value, opened.opening.matter, opened.opening.offices.community,
        _flag(opened.drill),
    )  # fmt: skip
    for each in state_at(number, events, len(events)).duties.values():
        duty = each.json()
        yield (
            *common, duty["number"], duty["kind"], duty["nature"], duty["about"], duty["unit"],
            " ".join(duty["roles"]), _flag(duty["party"] is not None), duty["rule"],
            instant_text(events[each.opened_seq - 1].at), duty["counted_from"], duty["internal_due"],
            duty["legal_due"], _flag(duty["provisional"]), duty["extended_days"], duty["status"],
            duty["breached_at"], duty["settled_at"], duty["why"], " ".join(duty["marks"]),
        )  # fmt: skip


async def write_duties(cases: AsyncIterable[tuple[CaseNo, list[Event]]], out: IO[str]) -> int:
    """Write the duties of every case under a line of column names; how many there are."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    written = 0
    async for number, events in cases:
        for line in lines_of(number, events):
            writer.writerow([_harmless(value) for value in line])
            written += 1
    return written


def _flag(value: bool) -> str:
    return "true" if value else "false"


def _harmless(value: object) -> object:
    """A spreadsheet must not take a text for a formula."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
