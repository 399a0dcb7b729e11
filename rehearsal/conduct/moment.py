"""What a simulated person sees when a duty opens, and what it makes the person intend."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from domain.actors import Actor
from domain.acts import Act
from domain.acts.petition import Category, Path
from domain.duties import Duty
from domain.rulebook import Rulebook
from domain.state import Case
from domain.vocabulary import CaseNo, Colour, Content, Party, Role, Service, Share, Unit
from rehearsal.habits import Habits
from rehearsal.phrases import PHRASES, Saying

Ink = Callable[[str], Content]
"""Keeps a text where texts are kept, and gives the commitment that goes on the record."""


class Roster(Protocol):
    """Who can be found where."""

    def one_of(self, dice: Random, unit: Unit, roles: Iterable[Role]) -> Actor:
        """Somebody of one of the roles in a unit."""

    def neighbour(self, dice: Random, of: Collection[Party]) -> Party | None:
        """A resident who is none of these; None where nobody else is known."""


@dataclass(frozen=True, slots=True)
class ClaimCue:
    """One claim of a petition, and the unit that could answer it."""

    unit: Unit
    share: Share
    text: str
    service: Service = Service.HARD


@dataclass(frozen=True, slots=True)
class Cue:
    """What the record says of a matter beyond its opening; it guides people and binds nobody.

    `units` are those that usually answer, the lead first. `late` is the record's own judgement of the work.
    `answered_after` is the time the record's own answer took.
    """

    units: tuple[Unit, ...]
    late: bool | None = None
    answered_after: timedelta | None = None
    risk: Colour | None = None
    category: Category | None = None
    path: Path | None = None
    accused: Unit | None = None
    claims: tuple[ClaimCue, ...] = ()

    @property
    def lead(self) -> Unit:
        """The unit that usually answers."""
        return self.units[0]


@dataclass(frozen=True, slots=True)
class Now:
    """The case when the person gets round to it."""

    case: Case
    at: datetime
    ink: Ink


@dataclass(frozen=True, slots=True)
class Later:
    """Not yet possible; the person looks again then."""

    at: datetime


@dataclass(frozen=True, slots=True)
class AwaitsParts:
    """Not possible before another part of the case has closed; the person looks again then."""


Deed = Callable[[Now], Act | Later | AwaitsParts | None]
"""Fills in the form when the time comes: the act, when to look again, or nothing any more."""


@dataclass(frozen=True, slots=True)
class Intent:
    """Somebody means to do something to a case at an instant.

    With `duty` it is dropped when that duty is over; without one it rests on a standing right.
    """

    at: datetime
    number: CaseNo
    place: str
    actor: Actor
    deed: Deed
    duty: int | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """A duty as its owner sees it when it opens; `dice` are this moment's own.

    `key` names the case in every rehearsal of the script, whatever its number.
    """

    number: CaseNo
    key: str
    case: Case
    duty: Duty
    at: datetime
    cue: Cue
    dice: Random
    habits: Habits
    roster: Roster
    rules: Rulebook

    # -- who -------------------------------------------------------------------------------------

    def owner(self) -> Actor:
        """Somebody of the office, or the party, that owes the duty."""
        if self.duty.owner.party is not None:
            return resident(self.duty.owner.party)
        assert self.duty.owner.unit is not None
        return self.roster.one_of(self.dice, self.duty.owner.unit, self.duty.owner.roles)

    def speaker(self, who: Party, recorder: Actor) -> Actor:
        """The party, or the member of staff who writes down what it says."""
        if self.happens(0.35):
            return Actor(recorder.account, recorder.role, recorder.unit, on_behalf_of=who)
        return resident(who)

    def other_side(self) -> Party:
        """Somebody whom the parties have a quarrel with: a resident of the town, where it has any."""
        known = self.roster.neighbour(self.dice, self.case.parties)
        return known or Party(f"{self.number}-other-side")

    @property
    def is_root(self) -> bool:
        """Whether the case was brought by somebody, rather than opened by another case."""
        return getattr(self.case.opening, "parent", None) is None

    # -- whether ---------------------------------------------------------------------------------

    def happens(self, probability: float) -> bool:
        """One throw."""
        return self.dice.random() < probability

    def slips(self, share: float = 0.35) -> bool:
        """Whether the office misses this limit; clerical duties are missed less often than the work."""
        return self.habits.is_late(self.dice, self.duty.owner.unit, share)

    # -- when ------------------------------------------------------------------------------------

    def in_time(self, share: float = 1.0) -> datetime:
        """An instant within the limit, or within the first share of it."""
        return self.habits.in_time(self.dice, self.at, self.at + (self.duty.legal_due - self.at) * share)

    def late(self) -> datetime:
        """An instant after the limit."""
        return self.habits.late(self.dice, self.at, max(self.duty.legal_due, self.at))

    def sooner_or_later(self, share: float = 0.35) -> datetime:
        """In time, or late as the office's habit is; for duties that somebody insists on."""
        if self.duty.legal_due <= self.at or self.slips(share):
            return self.late()
        return self.in_time()

    def part_way(self, to: datetime, share: float) -> datetime:
        """A point on the way from now to then."""
        return (self.at + (to - self.at) * share).replace(microsecond=0)

    def shortly_after(self, at: datetime, hours: float) -> datetime:
        """Some minutes to some hours after an instant, but not beyond the limit if that is still ahead."""
        wanted = at + timedelta(hours=hours * self.dice.uniform(0.1, 1.0))
        limit = self.duty.legal_due
        return (at + (limit - at) * self.dice.uniform(0.1, 0.9) if at < limit <= wanted else wanted).replace(
            microsecond=0
        )

    # -- what ------------------------------------------------------------------------------------

    def days(self, extension: str) -> int:
        """Days of more time, up to what the limit of that name allows."""
        longest = int(self.rules.limits[extension].n)
        return self.dice.randint(min(3, longest), longest)

    def says(self, saying: Saying) -> str:
        """A sentence for the purpose."""
        return self.dice.choice(PHRASES[saying])

    def means(self, at: datetime, deed: Deed | Act, actor: Actor | None = None, place: str = "") -> Intent:
        """The intention to do it then, as long as this duty is open."""
        name = f"{self.duty.number}.{place}" if place else str(self.duty.number)
        return Intent(at, self.number, name, actor or self.owner(), deed_of(deed), self.duty.number)


def deed_of(deed: Deed | Act) -> Deed:
    """An act that needs no filling in as a deed."""
    return (lambda _: deed) if isinstance(deed, Act) else deed


def resident(who: Party) -> Actor:
    """A party acting for itself."""
    return Actor(account=who, role=Role.RESIDENT)


Conduct = Callable[[Moment], Iterable[Intent]]
"""What the owner of a kind of duty comes to intend."""
