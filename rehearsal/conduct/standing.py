"""What people do of their own accord, by a standing right, while a case runs."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from domain.actors import Actor
from domain.acts import Act, base, mediation
from domain.openings import MediationOpening, Opening, OrderOpening, PetitionOpening
from domain.vocabulary import CaseNo, Role, Stage
from rehearsal.conduct.moment import Deed, Intent, Later, Now, Roster, deed_of, resident
from rehearsal.habits import Habits
from rehearsal.phrases import PHRASES, Saying

_WITHDRAWS, _ADDS, _URGED, _RISKY = 0.015, 0.04, 0.02, 0.03
_QUARREL = frozenset({Stage.CONSENTING, Stage.MEDIATING, Stage.JOINT_CONFERENCE})
"""Where a quarrel that may turn violent is met; after an agreement it is another matter."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A case that somebody has just brought; `dice` are this arrival's own."""

    number: CaseNo
    opening: Opening
    opener: Actor
    at: datetime
    dice: Random
    habits: Habits
    roster: Roster


def standing(a: Arrival) -> Iterator[Intent]:
    """The few who withdraw, add material, press for an answer, or report a risk."""
    if a.dice.random() < _WITHDRAWS:
        text = a.dice.choice(PHRASES[Saying.CHANGED_MIND])
        yield _means(a, "withdraw", 6, a.opener, lambda now: base.Withdraw(now.ink(text)))
    if a.dice.random() < _ADDS:
        text = a.dice.choice(PHRASES[Saying.NEW_MATERIAL])
        yield _means(a, "supplement", 4, _applicant(a), lambda now: base.Supplement(now.ink(text)))
    match a.opening:
        case PetitionOpening(offices=offices) if a.dice.random() < _URGED:
            presser = a.roster.one_of(a.dice, offices.joint_office, (Role.JOINT_OFFICE,))
            yield _means(a, "urge", 25, presser, base.Urge())
        case MediationOpening() if a.dice.random() < _RISKY:
            yield _means(a, "risk", 2, _applicant(a), _reports_risk(a))


def _reports_risk(a: Arrival) -> Deed:
    """The moment the quarrel is at its worst, which is when both sides have met."""
    text = a.dice.choice(PHRASES[Saying.RISK])
    give_up = a.at + timedelta(days=20)

    def report(now: Now) -> Act | Later | None:
        if now.case.stage in _QUARREL:
            return mediation.ReportRisk(now.ink(text))
        return Later(now.at + timedelta(hours=9)) if now.at < give_up else None

    return report


def _means(a: Arrival, place: str, days: float, actor: Actor, deed: Deed | Act) -> Intent:
    at = a.at + timedelta(days=days * a.dice.uniform(0.1, 1.5))
    return Intent(at.replace(microsecond=0), a.number, place, actor, deed_of(deed))


def _applicant(a: Arrival) -> Actor:
    """The party that brought the matter, else whoever opened the case."""
    match a.opening:
        case OrderOpening(applicant=None):
            return a.opener
        case OrderOpening(applicant=str(who)) | PetitionOpening(petitioner=who):
            return resident(who)
        case MediationOpening(applicants=(who, *_)):
            return resident(who)
        case _:
            return a.opener
