"""The demo town on the virtual stage, for tests."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from activities.shelf import load_shelf
from domain.codec import event_json
from domain.events import Event
from domain.vocabulary import CaseKind, CaseNo
from rehearsal.people import People
from rehearsal.play import ORIGIN
from rehearsal.script import Playbill, Scene, arrivals, numbered
from rehearsal.stage import Editions, VirtualStage
from rehearsal.summary import Tally
from rehearsal.town import load_town

TOWN = load_town()
SHELF = load_shelf()


@dataclass
class Played:
    """What came of a drill in the virtual engine."""

    stage: VirtualStage
    tally: Tally
    ledger: dict[CaseNo, list[Event]] = field(default_factory=lambda: defaultdict(list))

    def lines(self, number: CaseNo) -> list[dict[str, Any]]:
        """The events of a case as they stand on a ledger."""
        return [event_json(event) for event in self.ledger[number]]

    def count(self, code: str) -> int:
        """How often something happened."""
        return sum(e.fact.code == code for events in self.ledger.values() for e in events)

    def acts(self, code: str) -> int:
        """How often somebody did something."""
        events = (e for events in self.ledger.values() for e in events)
        return sum(getattr(getattr(e.fact, "act", None), "code", "") == code for e in events)


def town_scenes(
    seed: int, each: int, kinds: Sequence[CaseKind] = tuple(CaseKind), rulebook: str = "default-3"
) -> tuple[Scene, ...]:
    """So many matters of each kind, over ten drill days."""
    playbill = Playbill(TOWN, SHELF.rulebook(rulebook))
    coming = {kind: arrivals(seed, kind, ORIGIN, 10) for kind in kinds}
    return numbered(s for kind in kinds for s in playbill.scenes(kind, each, coming[kind]))


def play_virtually(
    scenes: Sequence[Scene], seed: int, rulebook: str = "default-3", days: float = 900
) -> Played:
    """Play scenes to their end."""
    editions = Editions(SHELF, rulebook)
    people = People(seed, TOWN.accounts, editions.rules, editions.days)
    tally = Tally()
    ledger: dict[CaseNo, list[Event]] = defaultdict(list)
    stage = VirtualStage(editions, people, (tally.note, lambda number, e: ledger[number].append(e)))
    stage.play(scenes, ORIGIN + timedelta(days=days))
    return Played(stage, tally, ledger)


def outcomes(played: Played) -> Mapping[tuple[CaseKind, str], int]:
    """Kind and outcome → cases."""
    return {(kind, outcome.value): n for (kind, outcome), n in played.tally.closed.items()}
