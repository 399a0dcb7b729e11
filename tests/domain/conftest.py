"""Cases made of a few events, for questions that need no procedure."""

from collections.abc import Callable

import pytest
from builders import at, rules, shelf

from domain.actors import Actor
from domain.events import CaseOpened, Event, Fact
from domain.openings import Opening
from domain.state import Case, evolve

MakeCase = Callable[..., Case]


@pytest.fixture
def a_case() -> MakeCase:
    """`a_case(opening, opener, *facts)`: a case after these facts, one a minute."""

    def make(opening: Opening, opener: Actor, *facts: Fact) -> Case:
        calendar = shelf().calendar("cn-2026").digest
        opened = CaseOpened(opening.kind, opening, rules().digest, calendar, opener, "open")
        minutes = (at(f"2026-03-02 09:{minute:02d}") for minute in range(60))
        facts_and_times = zip((opened, *facts), minutes, strict=False)
        return evolve(Event(seq, when, fact) for seq, (fact, when) in enumerate(facts_and_times, start=1))

    return make
