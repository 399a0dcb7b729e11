"""Fills in the form of any act: so that the law has nothing against what it says, or carelessly."""

import dataclasses
from collections.abc import Callable, Iterable
from datetime import timedelta
from random import Random
from typing import Any

from builders import (
    COMMUNITY,
    GOVERNMENT,
    HOUSING,
    LIBRARY,
    POWER,
    SCHOOL,
    TOWN,
    WATER,
    WATER_STATION,
    shelf,
    text,
)  # fmt: skip

from domain.actors import Actor
from domain.acts import ACTS, Act, base, mediation, order, petition, whistle
from domain.duties import DutyKind
from domain.organisation import within
from domain.state import Case, OpenDuty
from domain.vocabulary import CaseNo, Colour, Content, Link, Outcome, Party, Role, Service, Share, Unit

DEPARTMENTS = (WATER, POWER, HOUSING, WATER_STATION)
TAKERS = (*DEPARTMENTS, LIBRARY, SCHOOL, COMMUNITY)
ACCOUNTS = ("city/water.handler", "city/power.handler", "city/town/village.community_worker")


class Pen:
    """Writes one form for one actor on one case."""

    def __init__(
        self, case: Case, actor: Actor, duty: int | None, chance: Random, careless: bool = False
    ) -> None:
        self.case = case
        self.actor = actor
        self.duty: OpenDuty | None = case.duties.get(duty) if duty else None
        self.chance = chance
        self.careless = careless

    # -- choices --------------------------------------------------------------------------------

    def one(self, choices: Iterable[Any]) -> Any:
        """One of some."""
        return self.chance.choice(list(choices))

    def number(self, least: int, most: int) -> int:
        """A number."""
        return self.chance.randint(least, most)

    def flag(self) -> bool:
        """Yes or no."""
        return self.chance.random() < 0.5

    def _free(self, among: tuple[Unit, ...]) -> list[Unit]:
        """Those that are not accused; a careless pen does not ask."""
        if self.careless:
            return [*among, COMMUNITY, TOWN, GOVERNMENT]
        accused = self.case.accused
        return [unit for unit in among if accused is None or not within(unit, accused)]

    def unit(self, among: tuple[Unit, ...] = DEPARTMENTS) -> Unit:
        """A unit."""
        return Unit(self.one(self._free(among)))

    def standing(self, among: Iterable[Unit]) -> set[Unit]:
        """Those that are neither accused nor abolished, nor would report to themselves."""
        case, blower = self.case, getattr(self.case.opening, "blower", None)
        free = {unit for unit in self._free(tuple(among)) if unit not in case.successors}
        return free - {case.standing(blower)} if blower else free

    def units(self, among: tuple[Unit, ...], most: int) -> tuple[Unit, ...]:
        """Several, none twice."""
        free = list(dict.fromkeys(self._free(among)))
        most = 3 if self.careless else most
        return tuple(self.chance.sample(free, self.number(1, min(most, len(free)))))

    def days(self, most: int) -> int:
        """So many days, within the law's bound."""
        return self.number(0, most + 20) if self.careless else self.number(1, most)

    def everybody(self) -> tuple[Party, ...]:
        """All parties; a careless pen forgets some."""
        forgets = self.careless and self.flag()
        return self.case.parties[:1] if forgets else self.case.parties

    def words(self) -> Any:
        """A commitment."""
        return text("words")

    @property
    def about(self) -> CaseNo:
        """The order that the duty is about, or any that still runs."""
        if self.duty is not None and self.duty.duty.about:
            return CaseNo(self.duty.duty.about)
        running = [p.number for p in self.case.parts.values() if p.link is Link.SPLIT_INTO and not p.settled]
        return CaseNo(self.one(running or ["X-99"]))

    # -- the forms ------------------------------------------------------------------------------

    def write(self, act: type[Act]) -> Act:
        """The act with its form filled in."""
        if act in _FORMS:
            return _FORMS[act](self)
        return act(**{name: self.words() for name in _content_fields(act)})


def _content_fields(act: type[Act]) -> list[str]:
    fields = dataclasses.fields(act)
    assert all("Content" in str(f.type) for f in fields if f.default is dataclasses.MISSING), act
    return [f.name for f in fields if f.default is dataclasses.MISSING]


def _split(pen: Pen) -> Act:
    simple = pen.case.sorting is not None and pen.case.sorting.simple
    lead, *others = pen.units((*DEPARTMENTS, TOWN), 1 if simple else 3)
    lines = [petition.OrderLine(lead, Share.LEAD, pen.words(), service=pen.one(Service))]
    lines += [
        petition.OrderLine(unit, Share.CO_HANDLER, pen.words(), pen.flag(), pen.one(Service))
        for unit in others
    ]
    return petition.Split(tuple(lines))


def _release(pen: Pen) -> Act:
    others = [part.number for part in pen.case.awaited_parts if part.share is Share.CO_HANDLER]
    return whistle.ReleaseTask(pen.about if pen.careless or not others else pen.one(others), pen.words())


def _sort(pen: Pen) -> Act:
    category = pen.one([petition.Category.CLAIM] * 4 + list(petition.Category))
    urgent = pen.flag()
    match category:
        case petition.Category.CLAIM:
            path = pen.one([petition.Path.RESIDUAL] * 6 + [petition.Path.LITIGATION])
            accused = pen.one([None, None, None, WATER, TOWN])
            return petition.Sort(category, path, accused, pen.flag(), urgent)
        case petition.Category.ACCUSATION:
            accused = pen.one([WATER, TOWN, Unit("city/petitions"), Unit("city/government")])
            return petition.Sort(category, accused=accused, urgent=urgent)
        case _:
            return petition.Sort(category, urgent=urgent)


def _settle(pen: Pen) -> Act:
    negotiates = pen.duty is not None and pen.duty.duty.kind is DutyKind.PETITION_NEGOTIATE
    unit = pen.actor.unit if negotiates and not pen.careless else pen.unit()
    assert unit is not None
    return petition.SettleJurisdiction(pen.about, unit)


def _refer(pen: Pen) -> Act:
    units = pen.units(DEPARTMENTS, 3)
    while len(units) < 2:
        units = tuple(dict.fromkeys((*units, pen.unit())))
    government = Unit("city/government")
    superior = None if pen.case.accused == government else pen.one([None, government])
    return petition.ReferJurisdiction(pen.about, units, superior)


def _agree(pen: Pen) -> Act:
    day = (pen.case.last_at + timedelta(days=pen.number(0, 40))).date()
    form = pen.one(mediation.Form)
    return mediation.Agree(form, pen.words(), pen.words(), pen.words(), pen.words(), day)


def _suspend(pen: Pen) -> Act:
    until = (pen.case.last_at + timedelta(days=pen.number(0, 20))).date()
    return mediation.Suspend(until, pen.everybody())


def _tasks(pen: Pen) -> Act:
    units = pen.units(DEPARTMENTS, 3)
    lead = units[0] if pen.careless else pen.case.lead or units[0]
    others = [unit for unit in units if unit != lead]
    tasks = [whistle.Task(lead, Share.LEAD, pen.words())]
    return whistle.FixTasks((*tasks, *(whistle.Task(unit, Share.CO_HANDLER, pen.words()) for unit in others)))


def _department(pen: Pen) -> Unit:
    return Unit(pen.duty.duty.about) if pen.duty is not None else WATER


def _recuse(pen: Pen) -> Act:
    """Oneself; heads also their own people, dispatchers and petition officers anybody."""
    accounts = [pen.actor.account]
    if pen.actor.role in (Role.PETITION_OFFICER, Role.DISPATCHER) or pen.careless:
        accounts += ACCOUNTS
    elif pen.actor.role is Role.UNIT_HEAD:
        accounts.append(f"{pen.actor.unit}.handler")
    return base.Recuse(pen.one(accounts), pen.words())


def _succeed(pen: Pen) -> Act:
    """One department takes over from another, a new office from any other body; a careless pen names any two."""
    case = pen.case
    if pen.careless:
        return base.Succeed(Unit(pen.one(sorted(case.units))), pen.unit())
    bodies = pen.standing(case.units)
    abolished = Unit(pen.one(sorted(bodies.intersection(DEPARTMENTS) or bodies)))
    others = pen.standing(DEPARTMENTS) - {abolished} if abolished in DEPARTMENTS else set()
    others -= case.holders if case.accused else set()
    fresh = Unit(f"city/successor-{len(case.successors)}")
    return base.Succeed(abolished, Unit(pen.one(sorted(others) or [fresh])))


def _sign(pen: Pen) -> Act:
    spoken_for = pen.actor.on_behalf_of is not None
    scanned = pen.flag() if pen.careless else spoken_for or pen.flag()
    return mediation.SignAgreement(pen.words() if scanned else None)


def _rate(pen: Pen) -> Act:
    return base.Rate(pen.number(1, 5), pen.number(1, 5), pen.number(1, 5))


_FORMS: dict[type[Act], Callable[[Pen], Act]] = {
    base.Recuse: _recuse,
    base.AdoptCalendar: lambda pen: base.AdoptCalendar(shelf().calendar("cn-2027").digest),
    base.Succeed: _succeed,
    base.PartClosed: lambda pen: base.PartClosed(pen.about, Outcome.DONE),
    base.Recall: lambda pen: base.Recall("waived"),
    base.ChangeChecker: lambda pen: base.ChangeChecker(pen.unit()),
    base.JoinTwin: lambda pen: base.JoinTwin(pen.case.kind),
    base.Rate: _rate,
    order.AcceptNeed: lambda pen: order.AcceptNeed(pen.one(Service)),
    order.Merge: lambda pen: order.Merge(CaseNo("O-elsewhere")),
    order.Divert: lambda pen: order.Divert(pen.one(order.Channel)),
    order.Dispatch: lambda pen: order.Dispatch(pen.units(TAKERS, 3)),
    order.Assign: lambda pen: order.Assign(pen.unit(TAKERS)),
    order.RequestExtension: lambda pen: order.RequestExtension(pen.days(7), pen.words()),
    order.GrantExtension: lambda pen: order.GrantExtension(pen.days(7)),
    order.CloseOrder: lambda pen: order.CloseOrder(pen.number(0, 9) / 2),
    mediation.GradeRisk: lambda pen: mediation.GradeRisk(pen.one(Colour)),
    mediation.ServeNotice: lambda pen: mediation.ServeNotice(pen.one(pen.case.parties or [Party("wu")])),
    mediation.HoldSession: lambda pen: mediation.HoldSession(pen.words(), 1, not pen.careless),
    mediation.ChooseMediator: lambda pen: mediation.ChooseMediator(pen.one(["m1", "m2"])),
    mediation.PlaceOrder: lambda pen: mediation.PlaceOrder(pen.unit(), pen.words()),
    base.Attach: lambda pen: base.Attach((Content("c:photo"), Content("c:sound")), pen.words()),
    mediation.Agree: _agree,
    mediation.Suspend: _suspend,
    whistle.ReleaseTask: _release,
    petition.StartHearing: lambda pen: petition.StartHearing(
        pen.case.last_at + timedelta(days=pen.number(0, 40))
    ),
    mediation.ExtendByConsent: lambda pen: mediation.ExtendByConsent(pen.days(30), pen.everybody()),
    mediation.DecideConference: lambda pen: mediation.DecideConference(
        pen.one(mediation.Conference), pen.words(), pen.everybody()
    ),
    mediation.SignAgreement: _sign,
    mediation.ApplyConfirmation: lambda pen: mediation.ApplyConfirmation(pen.everybody()),
    mediation.ReportPerformance: lambda pen: mediation.ReportPerformance(pen.one(mediation.Performance)),
    mediation.ReturnVisit: lambda pen: mediation.ReturnVisit(pen.one([True, False, None]), pen.words()),
    petition.Sort: _sort,
    petition.RefuseIntake: lambda pen: petition.RefuseIntake(CaseNo("P-elsewhere"), pen.words()),
    petition.Transfer: lambda pen: petition.Transfer(pen.unit()),
    petition.Split: _split,
    petition.Reassign: lambda pen: petition.Reassign(pen.about, pen.unit()),
    petition.ReferJurisdiction: _refer,
    petition.SettleJurisdiction: _settle,
    petition.GiveNotice: lambda pen: petition.GiveNotice(pen.number(0, 9) > 0, pen.words()),
    petition.AskExtension: lambda pen: petition.AskExtension(pen.days(30), pen.words()),
    petition.GrantHandlingExtension: lambda pen: petition.GrantHandlingExtension(pen.days(30), pen.words()),
    petition.WaiveOrder: lambda pen: petition.WaiveOrder(pen.about, pen.words()),
    petition.OpenMediation: lambda pen: petition.OpenMediation(pen.words(), Party("kang")),
    petition.IssueOpinion: lambda pen: petition.IssueOpinion(
        pen.words(), pen.words(), pen.one(petition.Opinion), pen.words()
    ),
    petition.DecideReview: lambda pen: petition.DecideReview(pen.one(petition.Ruling), pen.words()),
    petition.DecideRecheck: lambda pen: petition.DecideRecheck(pen.one(petition.Ruling), pen.words()),
    whistle.Blow: lambda pen: whistle.Blow(pen.units(DEPARTMENTS, 3)),
    whistle.RuleObjection: lambda pen: whistle.RuleObjection(_department(pen), pen.flag()),
    whistle.FixTasks: _tasks,
    whistle.DecideEscalation: lambda pen: whistle.DecideEscalation(pen.unit(), pen.words()),
    whistle.RateDepartment: lambda pen: whistle.RateDepartment(
        _department(pen), pen.number(1, 5), pen.number(1, 5)
    ),
    whistle.RateBlower: lambda pen: whistle.RateBlower(pen.number(1, 5), pen.number(1, 5)),
}
EVERY_ACT = tuple(ACTS.values())
