"""Fills in the form of any act for one actor on one case: with care, so that the law accepts it, or without."""

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

from domain.actors import Actor
from domain.acts import ACTS, Act, base, mediation, order, petition, whistle
from domain.openings import WhistleOpening
from domain.organisation import within
from domain.state import Case, OpenDuty
from domain.vocabulary import CaseNo, Colour, Content, Link, Outcome, Party, Role, Service, Share, Unit
from rehearsal.torture.lives.editions import NEXT_YEAR, THIS_YEAR, whole_shelf
from rehearsal.torture.lives.place import DEPARTMENTS, HOTLINE, PARTIES, Place

T = TypeVar("T")
WORDS = Content("c1:words")


@dataclasses.dataclass(slots=True)
class Pen:
    """Writes one form.

    `twins` are other cases of the kind that the matter could be the same as, `published` whether next year's
    calendar is out.
    """

    place: Place
    case: Case
    actor: Actor
    duty: OpenDuty | None
    now: datetime
    dice: Random
    twins: Sequence[CaseNo] = ()
    published: bool = False
    careless: bool = False

    def write(self, act: type[Act]) -> Act | None:
        """The act with its form filled in; None where a careful hand finds nothing to write.

        Raises ValueError where the form itself does not allow what a careless one put there.
        """
        if act in FORMS:
            return FORMS[act](self)
        return act(**dict.fromkeys(plain_fields(act), WORDS))

    # -- choices --------------------------------------------------------------------------------

    def one(self, choices: Iterable[T]) -> T:
        """One of some."""
        return self.dice.choice(list(choices))

    def flag(self) -> bool:
        """Yes or no."""
        return self.dice.random() < 0.5

    def day(self, least: int, most: int) -> datetime:
        """So many days from now, sometimes far more."""
        return self.now + timedelta(days=self.dice.randint(least, most))

    def days(self, most: int) -> int:
        """So many days, within the law's bound."""
        return self.dice.randint(0, most + 20) if self.careless else self.dice.randint(1, most)

    def free(self, among: Sequence[Unit]) -> list[Unit]:
        """Those that are neither accused nor blow and answer for no community now; a careless hand does not ask."""
        if self.careless:
            offices = self.place.offices
            return [*among, offices.community, offices.town, offices.government]
        accused, standing = self.case.accused, self.case.standing
        community = standing(self.place.offices.community)
        stand = [unit for unit in among if standing(unit) == unit and not within(unit, community)]
        opening = self.case.opening
        blower = standing(opening.blower) if isinstance(opening, WhistleOpening) else None
        return [unit for unit in stand if unit != blower and (accused is None or not within(unit, accused))]

    def unit(self, among: Sequence[Unit] = DEPARTMENTS) -> Unit:
        """A unit."""
        return self.one(self.free(among))

    def units(self, among: Sequence[Unit], most: int) -> tuple[Unit, ...]:
        """Several, none twice."""
        free = list(dict.fromkeys(self.free(among)))
        return tuple(self.dice.sample(free, self.dice.randint(1, min(most, len(free)))))

    def everybody(self) -> tuple[Party, ...]:
        """All parties; a careless hand forgets some."""
        return self.case.parties[:1] if self.careless and self.flag() else self.case.parties

    def about(self, fallback: str = "XO0-0") -> CaseNo:
        """The order that the duty is about, or any that still runs."""
        if self.duty is not None and self.duty.duty.about:
            return CaseNo(self.duty.duty.about)
        parts = self.case.parts.values()
        running = [each.number for each in parts if each.link is Link.SPLIT_INTO and not each.settled]
        return self.one(running or [CaseNo(fallback)])

    def department(self) -> Unit:
        """The department that the duty is about."""
        unit = Unit(self.duty.duty.about) if self.duty is not None else DEPARTMENTS[0]
        return self.case.standing(unit)

    def mark(self) -> int:
        """From one to five; a careless hand may slip."""
        return self.dice.randint(0, 6) if self.careless else self.dice.randint(1, 5)


def plain_fields(act: type[Act]) -> list[str]:
    """Fields that must be filled in and are commitments. Raises LookupError where one is anything else."""
    needed = [each for each in dataclasses.fields(act) if each.default is dataclasses.MISSING]
    if others := [each.name for each in needed if each.type not in (Content, "Content")]:
        raise LookupError(f"{act.__name__} has no form here: {others}")
    return [each.name for each in needed]


# -- any case ------------------------------------------------------------------------------------------


def _recuse(pen: Pen) -> Act:
    """Oneself; heads also their own people, dispatchers and petition officers anybody."""
    accounts, own = [pen.actor.account], pen.actor.unit
    if pen.actor.role in (Role.PETITION_OFFICER, Role.DISPATCHER) or pen.careless:
        accounts += [each.account for each in pen.place.people if each.unit is not None]
    elif pen.actor.role is Role.UNIT_HEAD and own is not None and pen.case.standing(own) == own:
        accounts += [each.account for each in pen.place.staff.get(own, ())]
    return base.Recuse(pen.one(accounts), WORDS)


def _adopt(pen: Pen) -> Act | None:
    """Next year's, once it is published; a careless hand does not wait for that."""
    if not (pen.published or pen.careless):
        return None
    edition = pen.one((NEXT_YEAR, THIS_YEAR)) if pen.careless else NEXT_YEAR
    return base.AdoptCalendar(whole_shelf().calendar(edition).digest)


def _succeed(pen: Pen) -> Act | None:
    """A department that the case knows, by another that stands; a careless hand asks neither."""
    known = [unit for unit in pen.free(DEPARTMENTS[2:]) if unit in pen.case.units]
    if pen.careless:
        return base.Succeed(pen.unit(), pen.unit())
    others = pen.free([unit for unit in DEPARTMENTS if unit not in known[:1]])
    return base.Succeed(known[0], pen.one(others)) if known and others else None


def _attach(pen: Pen) -> Act:
    files = tuple(Content(f"c1:file-{place}") for place in range(pen.dice.randint(1, 3)))
    return base.Attach(files, pen.one((None, WORDS)))


def _twin(pen: Pen) -> CaseNo | None:
    if pen.careless and pen.flag():
        return CaseNo("XO0-0")
    return pen.one(pen.twins) if pen.twins else None


# -- orders --------------------------------------------------------------------------------------------


def _merge(pen: Pen) -> Act | None:
    twin = _twin(pen)
    return order.Merge(twin) if twin else None


# -- petitions -----------------------------------------------------------------------------------------


def _refuse_intake(pen: Pen) -> Act | None:
    twin = _twin(pen)
    return petition.RefuseIntake(twin, WORDS) if twin else None


def _sort(pen: Pen) -> Act:
    offices, urgent = pen.place.offices, pen.dice.random() < 0.2
    category = pen.one([petition.Category.CLAIM] * 6 + list(petition.Category))
    match category:
        case petition.Category.CLAIM:
            path = pen.one([petition.Path.RESIDUAL] * 12 + list(petition.Path))
            accused = pen.one([None] * 6 + [DEPARTMENTS[0], offices.town, offices.centre])
            return petition.Sort(category, path, accused, pen.dice.random() < 0.3, urgent)
        case petition.Category.ACCUSATION:
            accused = pen.one((DEPARTMENTS[0], offices.town, offices.petition_office, offices.government))
            return petition.Sort(category, accused=accused, urgent=urgent)
        case _:
            return petition.Sort(category, urgent=urgent)


def _split(pen: Pen) -> Act:
    simple = pen.case.sorting is not None and pen.case.sorting.simple and not pen.careless
    lead, *others = pen.units((*DEPARTMENTS, pen.place.offices.town, HOTLINE), 1 if simple else 4)
    lines = [petition.OrderLine(lead, Share.LEAD, WORDS, service=pen.one(Service))]
    lines += [
        petition.OrderLine(unit, Share.CO_HANDLER, WORDS, pen.dice.random() < 0.8, pen.one(Service))
        for unit in others
    ]
    return petition.Split(tuple(lines))


def _settle(pen: Pen) -> Act:
    """Those who negotiate take it upon themselves; who stands above them names anybody."""
    about = pen.about()
    mine = [held.duty.kind for held in pen.case.duties.values() if held.duty.owner.is_met_by(pen.actor)]
    negotiates = any(kind.value == "petition.jurisdiction_negotiate" for kind in mine)
    unit = pen.actor.unit if negotiates and not pen.careless else pen.unit()
    return petition.SettleJurisdiction(about, unit or pen.unit())


def _refer(pen: Pen) -> Act:
    units = tuple(dict.fromkeys((*pen.units(DEPARTMENTS, 3), *pen.free(DEPARTMENTS)[:2])))
    government = pen.place.offices.government
    accused = pen.case.accused
    superior = None if accused is not None and within(government, accused) else pen.one((None, government))
    return petition.ReferJurisdiction(pen.about(), units, superior)


def _opinion(pen: Pen) -> Act:
    return petition.IssueOpinion(WORDS, WORDS, pen.one(petition.Opinion), WORDS)


# -- disputes ------------------------------------------------------------------------------------------


def _agree(pen: Pen) -> Act:
    day = pen.day(-3, 40) if pen.dice.random() < 0.95 else pen.day(300, 5000)
    return mediation.Agree(pen.one(mediation.Form), WORDS, WORDS, WORDS, WORDS, day.date())


def _suspend(pen: Pen) -> Act:
    return mediation.Suspend(pen.day(-1, 30).date(), pen.everybody())


def _session(pen: Pen) -> Act:
    thirds = pen.dice.randint(0, 2)
    return mediation.HoldSession(WORDS, thirds, pen.flag() if pen.careless else True)


def _notice(pen: Pen) -> Act:
    """To somebody who has not had it yet."""
    untold = [each for each in pen.case.parties if each not in pen.case.noticed]
    return mediation.ServeNotice(pen.one(PARTIES if pen.careless else untold or pen.case.parties))


def _choose(pen: Pen) -> Act:
    seats = [each for seat in pen.place.offices.seats for each in pen.place.staff[seat]]
    return mediation.ChooseMediator(pen.one(seats[:4]).account)


def _sign(pen: Pen) -> Act:
    spoken_for = pen.actor.on_behalf_of is not None
    scanned = pen.flag() if pen.careless else spoken_for or pen.flag()
    return mediation.SignAgreement(WORDS if scanned else None)


def _confer(pen: Pen) -> Act:
    return mediation.DecideConference(pen.one(mediation.Conference), WORDS, pen.everybody())


# -- whistles ------------------------------------------------------------------------------------------


def _tasks(pen: Pen) -> Act:
    units = pen.units(DEPARTMENTS, 3)
    lead = units[0] if pen.careless else pen.case.lead or units[0]
    others = [unit for unit in units if unit != lead]
    tasks = [whistle.Task(lead, Share.LEAD, WORDS)]
    return whistle.FixTasks((*tasks, *(whistle.Task(unit, Share.CO_HANDLER, WORDS) for unit in others)))


def _release(pen: Pen) -> Act:
    others = [part.number for part in pen.case.awaited_parts if part.share is Share.CO_HANDLER]
    return whistle.ReleaseTask(pen.about() if pen.careless or not others else pen.one(others), WORDS)


def _site(pen: Pen) -> Act:
    return whistle.ReportOnSite(WORDS, *pen.one(((None, None), (25.4, 119.0))))


FORMS: Mapping[type[Act], Callable[[Pen], Act | None]] = {
    base.Recuse: _recuse,
    base.AdoptCalendar: _adopt,
    base.Succeed: _succeed,
    base.Attach: _attach,
    base.PartClosed: lambda pen: base.PartClosed(pen.about(), pen.one(Outcome)),
    base.Recall: lambda pen: base.Recall("waived"),
    base.ChangeChecker: lambda pen: base.ChangeChecker(pen.unit()),
    base.JoinTwin: lambda pen: base.JoinTwin(pen.case.kind),
    base.Rate: lambda pen: base.Rate(pen.mark(), pen.mark(), pen.mark()),
    order.AcceptNeed: lambda pen: order.AcceptNeed(pen.one(Service), pen.one((None, None, "02.01"))),
    order.Merge: _merge,
    order.Divert: lambda pen: order.Divert(pen.one(order.Channel)),
    order.Dispatch: lambda pen: order.Dispatch(pen.units(pen.place.takers, 3)),
    order.Assign: lambda pen: order.Assign(pen.unit(pen.place.takers)),
    order.RequestExtension: lambda pen: order.RequestExtension(pen.days(7), WORDS),
    order.GrantExtension: lambda pen: order.GrantExtension(pen.days(7)),
    order.Complete: lambda pen: order.Complete(WORDS, pen.flag()),
    order.CloseOrder: lambda pen: order.CloseOrder(pen.dice.randint(0, 9) / 2),
    mediation.GradeRisk: lambda pen: mediation.GradeRisk(pen.one((*Colour, Colour.BLUE, Colour.BLUE))),
    mediation.ServeNotice: _notice,
    mediation.HoldSession: _session,
    mediation.ChooseMediator: _choose,
    mediation.PlaceOrder: lambda pen: mediation.PlaceOrder(pen.unit(), WORDS, pen.one(Service)),
    mediation.Agree: _agree,
    mediation.Suspend: _suspend,
    mediation.ExtendByConsent: lambda pen: mediation.ExtendByConsent(pen.days(30), pen.everybody()),
    mediation.DecideConference: _confer,
    mediation.SignAgreement: _sign,
    mediation.ApplyConfirmation: lambda pen: mediation.ApplyConfirmation(pen.everybody()),
    mediation.ReportPerformance: lambda pen: mediation.ReportPerformance(pen.one(mediation.Performance)),
    mediation.ReturnVisit: lambda pen: mediation.ReturnVisit(pen.one((True, False, None)), WORDS),
    petition.Sort: _sort,
    petition.RefuseIntake: _refuse_intake,
    petition.Transfer: lambda pen: petition.Transfer(pen.unit()),
    petition.Split: _split,
    petition.Reassign: lambda pen: petition.Reassign(pen.about(), pen.unit()),
    petition.ReferJurisdiction: _refer,
    petition.SettleJurisdiction: _settle,
    petition.GiveNotice: lambda pen: petition.GiveNotice(pen.dice.random() < 0.9, WORDS),
    petition.AskExtension: lambda pen: petition.AskExtension(pen.days(30), WORDS),
    petition.GrantHandlingExtension: lambda pen: petition.GrantHandlingExtension(pen.days(30), WORDS),
    petition.WaiveOrder: lambda pen: petition.WaiveOrder(pen.about(), WORDS),
    petition.OpenMediation: lambda pen: petition.OpenMediation(WORDS, PARTIES[3]),
    petition.IssueOpinion: _opinion,
    petition.StartHearing: lambda pen: petition.StartHearing(pen.day(-2, 40)),
    petition.DecideReview: lambda pen: petition.DecideReview(pen.one(petition.Ruling), WORDS),
    petition.DecideRecheck: lambda pen: petition.DecideRecheck(pen.one(petition.Ruling), WORDS),
    whistle.Blow: lambda pen: whistle.Blow(pen.units(DEPARTMENTS, 3)),
    whistle.RuleObjection: lambda pen: whistle.RuleObjection(pen.department(), pen.flag()),
    whistle.FixTasks: _tasks,
    whistle.DecideEscalation: lambda pen: whistle.DecideEscalation(pen.unit(), WORDS),
    whistle.ReportOnSite: _site,
    whistle.RateDepartment: lambda pen: whistle.RateDepartment(pen.department(), pen.mark(), pen.mark()),
    whistle.RateBlower: lambda pen: whistle.RateBlower(pen.mark(), pen.mark()),
    whistle.ReleaseTask: _release,
}
"""Acts whose form has more to it than words."""
EVERY_ACT = tuple(ACTS.values())
