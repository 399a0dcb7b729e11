"""Simulated people: who of an office acts on an open duty, when and how; nothing here decides a case.

Every decision is seeded by the seed, the case and the duty: it is the same on any engine at any speed.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random
from types import MappingProxyType

from domain.actors import Actor
from domain.acts import Act
from domain.acts.base import PartClosed
from domain.authority import Refused, may
from domain.calendar import Calendar
from domain.duties import DutyKind
from domain.events import Acted, CaseOpened, DutyOpened, Event
from domain.rulebook import Rulebook
from domain.state import Case
from domain.vocabulary import CaseNo, Party, Role, Unit
from rehearsal.conduct import mediation, order, petition, whistle
from rehearsal.conduct.moment import AwaitsParts, Conduct, Cue, Ink, Intent, Later, Moment, Now
from rehearsal.conduct.standing import Arrival, standing
from rehearsal.habits import Habits, chance
from rehearsal.town import Account

CONDUCT: Mapping[DutyKind, Conduct] = MappingProxyType(
    {**order.CONDUCT, **petition.CONDUCT, **mediation.CONDUCT, **whistle.CONDUCT}
)
"""Kind of duty → what its owner does. Those missing here are fulfilled by what others do."""


NOTICED = frozenset({DutyOpened, CaseOpened, Acted})
"""Facts that may make people intend something; nobody need be told of others."""


class Accounts:
    """Accounts by unit and role. An office without one is given one, so that no desk is empty."""

    def __init__(self, accounts: Iterable[Account]) -> None:
        self._by_place: dict[tuple[Unit, Role], list[Actor]] = {}
        self._residents: list[Party] = []
        for each in accounts:
            if each.unit is not None:
                actor = Actor(each.id, each.role, each.unit)
                self._by_place.setdefault((each.unit, each.role), []).append(actor)
            elif each.role is Role.RESIDENT:
                self._residents.append(Party(each.id))

    def one_of(self, dice: Random, unit: Unit, roles: Iterable[Role]) -> Actor:
        """Somebody of one of the roles in a unit; mostly of the first role that has anybody."""
        roles = tuple(roles)
        found = [actor for role in roles for actor in self._by_place.get((unit, role), ())]
        if not found:
            return Actor(f"{unit.replace('/', '.')}.{roles[0].value}", roles[0], unit)
        return found[0] if dice.random() < 0.8 else dice.choice(found)

    def neighbour(self, dice: Random, of: Collection[Party]) -> Party | None:
        """A resident who is none of these; None where nobody else is known."""
        others = [each for each in self._residents if each not in of]
        return dice.choice(others) if others else None


class People:
    """Everybody in town, and what they have heard of each matter that is brought; its parts inherit it."""

    def __init__(self, seed: int, accounts: Iterable[Account], rules: Rulebook, calendar: Calendar) -> None:
        self._brought: dict[CaseNo, tuple[str, Cue]] = {}
        self._held: dict[CaseNo, list[Intent]] = {}
        self._seed = seed
        self._roster = Accounts(accounts)
        self._rules = rules
        self._habits = Habits(seed, calendar)

    def expect(self, number: CaseNo, key: str, cue: Cue) -> None:
        """A matter will be brought under this number; `key` names it whatever number it gets."""
        self._brought[number] = key, cue

    def notice(self, number: CaseNo, case: Case, event: Event) -> Iterator[Intent]:
        """What an event makes people intend: a duty opened for them, a case they brought."""
        match event.fact:
            case DutyOpened(duty=duty) if duty.kind in CONDUCT:
                key, cue = self._known(number)
                moment = Moment(
                    number, key, case, duty, event.at, cue, chance(self._seed, key, duty.number),
                    self._habits, self._roster, self._rules,
                )  # fmt: skip
                yield from CONDUCT[duty.kind](moment)
            case Acted(act=PartClosed()):
                yield from self._look_again(number, event.at)
            case CaseOpened(opening=opening, actor=opener) if number in self._brought:
                dice = chance(self._seed, self._brought[number][0], "arrival")
                yield from standing(
                    Arrival(number, opening, opener, event.at, dice, self._habits, self._roster)
                )

    def realise(self, intent: Intent, case: Case, ink: Ink) -> Act | Later | None:
        """What comes of an intention now that its time has come; None where nothing does, for now or ever."""
        if not case.is_open or (intent.duty is not None and intent.duty not in case.duties):
            return None
        match intent.deed(Now(case, intent.at, ink)):
            case AwaitsParts():
                self._held.setdefault(intent.number, []).append(intent)
                return None
            case Act() as act if intent.duty is None:
                return None if isinstance(may(case, intent.actor, act, self._rules), Refused) else act
            case act:
                return act

    def _look_again(self, number: CaseNo, at: datetime) -> Iterator[Intent]:
        """Those who waited for a part take up their work some hours after it closed."""
        for intent in self._held.pop(number, ()):
            hours = chance(self._seed, self._known(number)[0], intent.place, at).uniform(0.2, 5)
            again = (at + timedelta(hours=hours)).replace(microsecond=0)
            yield replace(intent, at=max(intent.at, again))

    def _known(self, number: CaseNo) -> tuple[str, Cue]:
        """The key of a case, and what the record says of it or of the case it is a part of."""
        whole = number
        while whole not in self._brought:
            whole = CaseNo(whole.rpartition("-")[0])
        key, cue = self._brought[whole]
        return key + number[len(whole) :], cue
