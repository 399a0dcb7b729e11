"""The matters that are brought in simulated lives: of all four kinds, by anybody who may bring them."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from random import Random

from domain.actors import Actor
from domain.authority import may_open
from domain.openings import MediationOpening, Opening, OrderOpening, PetitionOpening, WhistleOpening
from domain.vocabulary import CaseKind, Content, Party, Role, Service, Unit, WhistleKind
from rehearsal.torture.lives.place import DEPARTMENTS, HOTLINE, PARTIES, Place

TITLE, TEXT = Content("c1:title"), Content("c1:text")
Brought = tuple[Opening, Actor]


class Matters:
    """Draws matters; the one drawn last is sometimes brought again, as by somebody who had no answer."""

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._last: Brought | None = None

    def draw(self, place: Place, at: datetime) -> Brought:
        """A matter, and somebody who may bring it."""
        last = self._last
        if last is not None and last[0].offices == place.offices and self._dice.random() < 0.4:
            return last
        while True:
            opening, actor = _DRAW[self._dice.choice(list(CaseKind))](place, at, self._dice)
            if may_open(actor, opening):
                self._last = opening, actor
                return opening, actor


def _order(place: Place, at: datetime, dice: Random) -> Brought:
    """At the community's desk, from the hotline, found by a worker, or sent straight to a unit by a date."""
    who: Party | None = dice.choice((*PARTIES[:2], None))
    unit: Unit | None = dice.choice((None, None, None, DEPARTMENTS[0], place.offices.community))
    due = at + timedelta(days=dice.randint(0, 20), hours=1) if unit and dice.random() < 0.3 else None
    opening = OrderOpening(
        place.offices,
        "0101",
        TITLE,
        TEXT,
        applicant=who,
        service=dice.choice(list(Service)),
        unit=unit,
        due=due,
    )
    desks = (place.of(HOTLINE, Role.DISPATCHER), place.of(place.offices.community, Role.GRID_WORKER))
    return opening, dice.choice((*desks, Actor(who, Role.RESIDENT) if who else desks[1]))


def _dispute(place: Place, at: datetime, dice: Random) -> Brought:
    """Two to four parties; some disputes allow paper alone."""
    ours, theirs = dice.choice(((1, 1), (1, 1), (1, 2), (2, 1), (2, 2)))
    opening = MediationOpening(
        place.offices, "0301", TITLE, TEXT, applicants=PARTIES[:ours], respondents=PARTIES[ours : ours + theirs],
        paper_only=dice.random() < 0.3, public=dice.random() < 0.2,
    )  # fmt: skip
    worker = place.of(place.offices.community, Role.COMMUNITY_WORKER)
    return opening, dice.choice((Actor(PARTIES[0], Role.RESIDENT), worker))


def _petition(place: Place, at: datetime, dice: Random) -> Brought:
    """Alone or as one of up to five, by itself or written down by an officer."""
    opening = PetitionOpening(
        place.offices, "0201", TITLE, TEXT, petitioner=PARTIES[0], representatives=dice.randint(1, 5)
    )
    officer = place.of(place.offices.petition_office, Role.PETITION_OFFICER)
    return opening, dice.choice((Actor(PARTIES[0], Role.RESIDENT), officer))


def _whistle(place: Place, at: datetime, dice: Random) -> Brought:
    """Everyday, tough or an emergency, by the town or the hotline."""
    kind, blower = (
        dice.choice(list(WhistleKind)),
        dice.choice((place.offices.town, place.offices.town, HOTLINE)),
    )
    named = kind is WhistleKind.EMERGENCY or dice.random() < 0.3
    departments = tuple(dice.sample(DEPARTMENTS, dice.randint(1, 3))) if named else ()
    opening = WhistleOpening(
        place.offices, "0401", TITLE, TEXT, whistle=kind, enforcement=dice.random() < 0.3, blower=blower,
        departments=departments,
    )  # fmt: skip
    return opening, dice.choice(place.staff[blower])


_DRAW: Mapping[CaseKind, Callable[[Place, datetime, Random], Brought]] = {
    CaseKind.ORDER: _order,
    CaseKind.MEDIATION: _dispute,
    CaseKind.PETITION: _petition,
    CaseKind.WHISTLE: _whistle,
}
