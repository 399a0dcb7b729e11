"""The script of a rehearsal: which cases are brought, when, by whom, and what the record says of each."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from activities.intake import DRILL_PREFIX, LETTERS
from domain.actors import Actor
from domain.catalogue import Matter
from domain.offices import offices_by_community, offices_for, takers_for
from domain.openings import (
    MediationOpening,
    Offices,
    Opening,
    OrderOpening,
    PetitionOpening,
    WhistleOpening,
)
from domain.rulebook import Rulebook
from domain.vocabulary import CaseKind, CaseNo, Content, Party, Role, Share, Unit, UnitKind, WhistleKind
from rehearsal.conduct.moment import ClaimCue, Cue, Ink
from rehearsal.ground import Ground, slug
from rehearsal.habits import CLOSES, OPENS, chance
from rehearsal.mapping import Label
from rehearsal.rows import Row
from rehearsal.town import DemoDispute, DemoMatter, DemoOrder, DemoPetition, DemoWhistle, Town

_UNWRITTEN = Content("")
_UNNUMBERED = CaseNo("")


@dataclass(frozen=True, slots=True)
class Scene:
    """One case somebody brings. `opening` lacks its words, which `title` and `text` are."""

    at: datetime
    opener: Actor
    title: str
    text: str
    opening: Opening
    cue: Cue
    label: Label | None = None
    number: CaseNo = _UNNUMBERED
    key: str = ""
    """What the scene is called in the script, whatever number its case gets."""

    def spoken(self, ink: Ink) -> Opening:
        """The opening with its words in place, as commitments."""
        return replace(self.opening, title=ink(self.title), text=ink(self.text))


def numbered(scenes: Iterable[Scene]) -> tuple[Scene, ...]:
    """Scenes in the order of time, with the numbers that an empty office would give them."""
    last: Counter[str] = Counter()
    found: list[Scene] = []
    for scene in sorted(scenes, key=lambda s: (s.at, s.opening.kind, s.title, s.text)):
        letter = LETTERS[scene.opening.kind]
        last[letter] += 1
        number = CaseNo(f"{DRILL_PREFIX}{letter}{scene.at:%Y%m%d}-{last[letter]:05d}")
        found.append(replace(scene, number=number, key=f"{letter}{last[letter]}"))
    return tuple(found)


def from_rows(rows: Iterable[Row], ground: Ground, rules: Rulebook) -> Iterator[Scene]:
    """A scene for each row of an outside record, at its own instant. KeyError for a kind no row can be."""
    offices = offices_by_community(ground.tree, rules.levels)
    for row in rows:
        placed = ground.place(row)
        matter = ground.catalogue.matter(placed.matter)
        yield _FROM_ROW[row.kind](row, offices[placed.place], placed.units, matter)


def _order(row: Row, offices: Offices, units: tuple[Unit, ...], matter: Matter) -> Scene:
    who = _writer(row)
    late = None if row.label is None else row.label is Label.OVERDUE
    opening = OrderOpening(
        offices, matter.code, _UNWRITTEN, _UNWRITTEN, applicant=who, service=matter.service
    )
    return Scene(row.at, _resident(who), row.title, row.text, opening, Cue(units, late=late), row.label)


def _petition(row: Row, offices: Offices, units: tuple[Unit, ...], matter: Matter) -> Scene:
    who = _writer(row)
    cue = Cue(units, answered_after=row.closed - row.at if row.closed else None)
    opening = PetitionOpening(offices, matter.code, _UNWRITTEN, _UNWRITTEN, petitioner=who)
    return Scene(row.at, _resident(who), row.title, row.text, opening, cue, row.label)


_FROM_ROW: Mapping[CaseKind, Callable[[Row, Offices, tuple[Unit, ...], Matter], Scene]] = {
    CaseKind.ORDER: _order,
    CaseKind.PETITION: _petition,
}


def _writer(row: Row) -> Party:
    """A pseudonym: the same for everything one writer sent, another for every row without a writer."""
    return Party(slug("p", row.writer or f"line {row.line}"))


class Playbill:
    """Scenes of the demo town, as many of each kind as are asked for, over and over if need be."""

    def __init__(self, town: Town, rules: Rulebook) -> None:
        self._town = town
        self._rules = rules
        self._matters: Mapping[CaseKind, Sequence[DemoMatter]] = {
            CaseKind.ORDER: town.orders,
            CaseKind.MEDIATION: town.disputes,
            CaseKind.PETITION: town.petitions,
            CaseKind.WHISTLE: town.whistles,
        }

    def scenes(self, kind: CaseKind, wanted: int, at: Callable[[int], datetime]) -> Iterator[Scene]:
        """So many matters of one kind, the n-th brought at `at(n)`."""
        matters = self._matters[kind]
        for place in range(wanted):
            yield self.scene(matters[place % len(matters)], at(place))

    def scene(self, matter: DemoMatter, at: datetime) -> Scene:
        """One matter of the town, brought at an instant."""
        match matter:
            case DemoOrder():
                return self._order(matter, at)
            case DemoDispute():
                return self._dispute(matter, at)
            case DemoPetition():
                return self._petition(matter, at)
            case DemoWhistle():
                return self._whistle(matter, at)
        raise TypeError(matter)

    def _order(self, matter: DemoOrder, at: datetime) -> Scene:
        who = Party(matter.applicant) if matter.applicant else None
        opening = OrderOpening(
            self._offices(matter), matter.code, _UNWRITTEN, _UNWRITTEN, applicant=who, service=matter.service
        )
        opener = _resident(who) if who else self._staff(matter, Role.GRID_WORKER)
        return Scene(at, opener, matter.title, matter.text, opening, Cue(matter.units))

    def _dispute(self, matter: DemoDispute, at: datetime) -> Scene:
        applicants = tuple(map(Party, matter.applicants))
        opening = MediationOpening(
            self._offices(matter), matter.code, _UNWRITTEN, _UNWRITTEN, applicants=applicants,
            respondents=tuple(map(Party, matter.respondents)), paper_only=matter.paper_only,
        )  # fmt: skip
        cue = Cue(self._takers(matter), risk=matter.risk)
        return Scene(at, _resident(applicants[0]), matter.title, matter.text, opening, cue)

    def _petition(self, matter: DemoPetition, at: datetime) -> Scene:
        who = Party(matter.petitioner)
        opening = PetitionOpening(
            self._offices(matter), matter.code, _UNWRITTEN, _UNWRITTEN, petitioner=who,
            representatives=matter.representatives,
        )  # fmt: skip
        claims = tuple(ClaimCue(claim.unit, claim.share, claim.text) for claim in matter.claims)
        leads_first = sorted(claims, key=lambda claim: claim.share is not Share.LEAD)
        cue = Cue(
            tuple(claim.unit for claim in leads_first) or matter.units or self._takers(matter),
            category=matter.category, path=matter.path, accused=matter.accused, claims=claims,
        )  # fmt: skip
        return Scene(at, _resident(who), matter.title, matter.text, opening, cue)

    def _whistle(self, matter: DemoWhistle, at: datetime) -> Scene:
        opening = WhistleOpening(
            self._offices(matter), matter.code, _UNWRITTEN, _UNWRITTEN, whistle=matter.whistle,
            enforcement=matter.enforcement, blower=matter.blower, departments=matter.departments,
        )  # fmt: skip
        return Scene(at, self._blower(matter), matter.title, matter.text, opening, Cue(matter.departments))

    def _offices(self, matter: DemoMatter) -> Offices:
        return offices_for(self._town.tree, matter.place, self._rules.levels)

    def _staff(self, matter: DemoMatter, role: Role) -> Actor:
        """Somebody of the community who found the matter."""
        community = self._town.tree.body(UnitKind.COMMUNITY, matter.place)
        assert community is not None
        found = self._town.staff_of(community, role)
        return Actor(found[0].id if found else f"{community}.{role.value}", role, community)

    def _blower(self, matter: DemoWhistle) -> Actor:
        """The community proposes; an emergency is sounded by a leader at the blower."""
        if matter.whistle is not WhistleKind.EMERGENCY:
            return self._staff(matter, Role.COMMUNITY_WORKER)
        leader, *_ = self._town.staff_of(matter.blower, Role.TOWN_LEADER, Role.UNIT_HEAD)
        return Actor(leader.id, leader.role, leader.unit)

    def _takers(self, matter: DemoMatter) -> tuple[Unit, ...]:
        """Who usually answers for the matter; the town's own government where the catalogue names nobody."""
        entry = self._town.catalogue.matter(matter.code)
        found = takers_for(self._town.tree, entry, matter.place)
        return found or (self._offices(matter).town,)


def compressed(scenes: Iterable[Scene], origin: datetime, days: float) -> Iterator[Scene]:
    """The same scenes within so many days from an instant, in their order, each at its own time of day."""
    ordered = sorted(scenes, key=lambda scene: scene.at)
    for place, scene in enumerate(ordered):
        day = origin + timedelta(days=int(place * days / len(ordered)))
        at = scene.at.replace(year=day.year, month=day.month, day=day.day, microsecond=0)
        yield replace(scene, at=max(at, origin))


def arrivals(seed: int, kind: CaseKind, origin: datetime, days: float) -> Callable[[int], datetime]:
    """Instants at which matters of a kind are brought: on any of the days, while offices are open."""

    def at(place: int) -> datetime:
        dice = chance(seed, kind, place)
        day = origin + timedelta(days=dice.randrange(max(int(days), 1)))
        return day.replace(
            hour=dice.randrange(OPENS, CLOSES), minute=dice.randrange(60), second=dice.randrange(60)
        )

    return lambda place: max(at(place), origin)


def _resident(who: Party) -> Actor:
    return Actor(who, Role.RESIDENT)
