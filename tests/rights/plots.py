"""Lives that a random walk seldom finds: each is played step by step, and looked at after every step."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from builders import (
    CONFERENCE,
    HOTLINE,
    HOTLINE_DESK,
    HOUSING,
    KANG,
    OFFICER,
    POWER,
    RECHECK_OFFICE,
    REVIEW_OFFICE,
    SEATS,
    SECRETARY,
    TOWN,
    TOWN_LEADER,
    TOWN_SECRETARY,
    WATER,
    WORKER,
    YUAN,
    Story,
    a_dispute,
    a_petition,
    a_whistle,
    an_order,
    handler,
    head,
    mediator,
    on_behalf,
    person,
    text,
)  # fmt: skip

from domain.actors import Actor
from domain.acts import Act, base, mediation, order, petition, whistle
from domain.duties import DutyKind
from domain.openings import Opening, WhistleOpening
from domain.vocabulary import CaseNo, Colour, Role, Service, Share, Unit, WhistleKind

Look = Callable[[Story], None]
GRID = person(Role.GRID_WORKER, SEATS[0])
WORDS = text("words")


class Plot:
    """One story, looked at after every step."""

    def __init__(self, look: Look) -> None:
        self.story = Story()
        self._look = look

    def opened(self, opening: Opening, opener: Actor) -> CaseNo:
        """Somebody brings a matter."""
        number = self.story.open(opening, opener)
        self._look(self.story)
        return number

    def did(self, number: str, *steps: tuple[Actor, Act]) -> None:
        """One act after another."""
        for actor, act in steps:
            self.story.do(number, actor, act)
            self._look(self.story)

    def waited(self) -> None:
        """A moment."""
        self.story.wait(milliseconds=1)
        self._look(self.story)

    def outlast(self, number: str, kind: DutyKind, about: str = "") -> None:
        """A duty lapses."""
        self.story.outlast(number, kind, about)
        self._look(self.story)


def _order_rated(plot: Plot) -> None:
    number = plot.opened(an_order(), YUAN)
    plot.did(number, (WORKER, order.AcceptNeed(Service.SERVICE)), (WORKER, order.Dispatch((WATER, POWER))))
    plot.did(number, (handler(POWER), order.Decline(WORDS)), (handler(WATER), order.Accept()))
    plot.did(number, (handler(WATER), order.RequestExtension(3, WORDS)), (WORKER, order.GrantExtension(3)))
    plot.did(number, (handler(WATER), order.Complete(WORDS)), (YUAN, base.Rate(5, 5, 5)))
    plot.did(number, (WORKER, base.Rate(5, 5, 5)))


def _order_sent_straight(plot: Plot) -> None:
    plot.opened(an_order(unit=WATER), YUAN)


def _order_late(plot: Plot) -> None:
    plot.outlast(plot.opened(an_order(), YUAN), DutyKind.ORDER_REVIEW)


def _order_called_about(plot: Plot) -> None:
    """Called about three times, the hotline may blow."""
    number = plot.opened(an_order(), HOTLINE_DESK)
    plot.did(number, (WORKER, order.AcceptNeed(Service.SERVICE)))
    plot.did(number, *[(on_behalf(HOTLINE_DESK, YUAN), base.Supplement(WORDS))] * 3)


def _order_nobody_wants(plot: Plot) -> None:
    number = plot.opened(an_order(), YUAN)
    plot.did(number, (WORKER, order.AcceptNeed(Service.WISH)), (WORKER, order.Dispatch((WATER, POWER))))
    plot.did(number, (handler(POWER), order.Decline(WORDS)), (handler(WATER), order.Decline(WORDS)))
    plot.did(number, (SECRETARY, order.AskWhistle()))


def _mediated(plot: Plot, agreed_by: Actor) -> CaseNo:
    number = plot.opened(a_dispute(), WORKER)
    plot.did(number, (GRID, mediation.SignFor()), (GRID, mediation.Visit(WORDS)))
    plot.did(number, (person(Role.DISPATCHER, Unit("city/town/centre")), mediation.GradeRisk(Colour.BLUE)))
    told = [(GRID, mediation.ServeNotice(p)) for p in plot.story.case(number).parties]
    plot.did(number, *told, (YUAN, mediation.Consent()), (KANG, mediation.Consent()))
    plot.did(number, (GRID, mediation.AcceptDispute()))
    until = date(2026, 3, 10)
    rest = mediation.Suspend(until, plot.story.case(number).parties)
    plot.did(number, (GRID, rest), (KANG, mediation.Resume()))
    return number


def _agreed(plot: Plot, number: CaseNo, mediates: Actor) -> None:
    terms = mediation.Agree(mediation.Form.WRITTEN, WORDS, WORDS, WORDS, WORDS, date(2026, 5, 10))
    plot.did(number, (mediates, terms), (YUAN, mediation.SignAgreement()), (KANG, mediation.SignAgreement()))
    plot.did(number, (mediates, mediation.SealAgreement()))
    plot.did(number, (mediates, mediation.ReportPerformance(mediation.Performance.FULL)))


def _agreed_at_once(plot: Plot) -> None:
    _agreed(plot, _mediated(plot, GRID), GRID)


def _agreed_in_town(plot: Plot) -> None:
    number = _mediated(plot, GRID)
    plot.did(number, (GRID, mediation.AskEscalation(WORDS)))
    _agreed(plot, number, mediator(2))


def _agreed_at_the_top(plot: Plot) -> None:
    number = _mediated(plot, GRID)
    plot.did(number, (YUAN, mediation.AskEscalation(WORDS)), (mediator(2), mediation.AskEscalation(WORDS)))
    top = person(Role.JOINT_OFFICE, SEATS[2])
    plot.did(number, (top, mediation.Suspend(date(2026, 3, 20), plot.story.case(number).parties)))
    plot.did(number, (top, mediation.Resume()))
    _agreed(plot, number, top)


def _raised_at_once(plot: Plot) -> None:
    """Danger before anybody consented: the city signs, visits nobody again, and takes it in."""
    number = plot.opened(a_dispute(), WORKER)
    plot.did(number, (GRID, mediation.SignFor()), (GRID, mediation.Visit(WORDS)))
    plot.did(number, (WORKER, mediation.ReportRisk(WORDS)), (mediator(3), mediation.SignFor()))
    told = [(mediator(3), mediation.ServeNotice(p)) for p in plot.story.case(number).parties]
    plot.did(number, *told, (YUAN, mediation.Consent()), (KANG, mediation.Consent()))


def _raised_while_asked(plot: Plot) -> None:
    """Danger while the parties are asked for consent: the city signs for what was visited already."""
    number = plot.opened(a_dispute(), WORKER)
    plot.did(number, (GRID, mediation.SignFor()), (GRID, mediation.Visit(WORDS)))
    plot.did(number, (person(Role.DISPATCHER, Unit("city/town/centre")), mediation.GradeRisk(Colour.BLUE)))
    plot.did(number, (KANG, mediation.ReportRisk(WORDS)), (mediator(3), mediation.SignFor()))


def _never_signed(plot: Plot) -> None:
    number = plot.opened(a_dispute(), WORKER)
    plot.outlast(number, DutyKind.MEDIATION_SIGN)
    plot.outlast(number, DutyKind.MEDIATION_SIGN)
    plot.did(number, (person(Role.JOINT_OFFICE, SEATS[2]), mediation.SignFor()))


def _not_settled(plot: Plot) -> None:
    """Up every level, and then to the joint conference."""
    number = _mediated(plot, GRID)
    for mediates in (GRID, mediator(2), mediator(3)):
        plot.did(number, (mediates, mediation.AskEscalation(WORDS)))


def _split_between(plot: Plot) -> CaseNo:
    number = plot.opened(a_petition(), YUAN)
    sort = petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL)
    lines = tuple(
        petition.OrderLine(unit, share, WORDS)
        for unit, share in ((WATER, Share.LEAD), (POWER, Share.CO_HANDLER))
    )
    plot.did(number, (OFFICER, sort), (OFFICER, petition.Split(lines)))
    return number


def _petitioned(plot: Plot) -> None:
    """From an extension to the last decision, with a hearing."""
    number = _split_between(plot)
    plot.did(number, (handler(WATER), petition.GiveNotice(True, WORDS)))
    plot.did(number, (handler(WATER), petition.AskExtension(10, WORDS)))
    plot.did(number, (head(WATER), petition.GrantHandlingExtension(10, WORDS)))
    for part, unit, checker in zip(plot.story.parts(number), (WATER, POWER), (WATER, WATER), strict=True):
        plot.did(part, (handler(unit), order.Accept()), (handler(unit), order.RequestExtension(2, WORDS)))
        plot.did(part, (OFFICER, order.RefuseExtension()), (handler(unit), order.Complete(WORDS)))
        plot.did(part, (handler(checker), order.AcceptResult()))
    opinion = petition.IssueOpinion(WORDS, WORDS, petition.Opinion.SUPPORT, WORDS)
    plot.did(number, (handler(WATER), opinion), (handler(WATER), petition.Serve()))
    plot.did(number, (YUAN, petition.AskReview(WORDS)))
    plot.did(number, (head(REVIEW_OFFICE), petition.DecideReview(petition.Ruling.UPHOLD, WORDS)))
    plot.did(number, (YUAN, petition.AskRecheck(WORDS)))
    hearing = petition.StartHearing(plot.story.now + timedelta(days=3))
    plot.did(number, (head(RECHECK_OFFICE), hearing), (head(RECHECK_OFFICE), petition.EndHearing(WORDS)))
    plot.did(number, (YUAN, base.Rate(4, 4, 4)))


def _suggested(plot: Plot) -> None:
    for sort in (
        petition.Sort(petition.Category.SUGGESTION),
        petition.Sort(petition.Category.ACCUSATION, accused=WATER),
    ):
        number = plot.opened(a_petition(), YUAN)
        plot.did(number, (OFFICER, sort), (OFFICER, petition.Transfer(POWER)))
        plot.did(number, (handler(POWER), petition.Reply(WORDS)))


def _disputed(plot: Plot, *, accepted: bool) -> None:
    """Nobody's matter: the units negotiate, then the joint conference names one."""
    number = _split_between(plot)
    part = plot.story.parts(number)[1]
    if accepted:
        plot.did(number, (handler(WATER), petition.GiveNotice(True, WORDS)))
    plot.did(part, (handler(POWER), order.Return(WORDS)), (OFFICER, order.UpholdReturn()))
    plot.did(number, (OFFICER, petition.ReferJurisdiction(part, (POWER, HOUSING))))
    while plot.story.owes(number) & {DutyKind.PETITION_NEGOTIATE}:
        plot.story.until(min(h.legal_due for h in plot.story.case(number).duties.values() if not h.breached))
        plot.waited()
    plot.did(number, (CONFERENCE, petition.SettleJurisdiction(part, HOUSING)))


def _disputed_early(plot: Plot) -> None:
    _disputed(plot, accepted=False)


def _disputed_late(plot: Plot) -> None:
    _disputed(plot, accepted=True)


def _found_simple(plot: Plot) -> None:
    """A simple petition turns out to be none: the head makes it an ordinary one, before or after acceptance."""
    for before in ((), ((handler(WATER), petition.GiveNotice(True, WORDS)),)):
        number = plot.opened(a_petition(), YUAN)
        sort = petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL, simple=True)
        lines = (petition.OrderLine(WATER, Share.LEAD, WORDS),)
        plot.did(number, (OFFICER, sort), (OFFICER, petition.Split(lines)), *before)
        plot.did(number, (head(WATER), petition.SwitchToOrdinary(WORDS)))


def _blown(plot: Plot, opening: WhistleOpening, opener: Actor, chair: Actor) -> None:
    """Departments object, one stays away; the government names the lead; both sides rate."""
    number = plot.opened(opening, opener)
    approves = chair if opening.whistle is not WhistleKind.TOUGH else TOWN_SECRETARY
    if opening.whistle is not WhistleKind.EMERGENCY:
        plot.did(number, (approves, whistle.Blow((WATER, POWER))))
    plot.did(number, (handler(WATER), whistle.ObjectWhistle(WORDS)))
    plot.did(number, (handler(WATER), whistle.ReportOnSite(WORDS)))
    plot.outlast(number, DutyKind.WHISTLE_REPORT)
    cabinet = person(Role.GOVERNMENT_OFFICE, Unit("city/government"))
    plot.did(number, (cabinet, whistle.DecideEscalation(WATER, WORDS)))
    tasks = whistle.Task(WATER, Share.LEAD, WORDS), whistle.Task(HOUSING, Share.CO_HANDLER, WORDS)
    plot.did(number, (chair, whistle.FixTasks(tasks)))
    lead, other = plot.story.parts(number)
    plot.did(number, (chair, whistle.ReleaseTask(other, WORDS)))
    plot.did(lead, (handler(WATER), order.Accept()), (handler(WATER), order.Complete(WORDS)))
    plot.did(lead, (chair, order.AcceptResult()))
    plot.did(number, (handler(WATER), whistle.ReportHandled(WORDS)))
    if opening.whistle is WhistleKind.EMERGENCY:
        plot.did(number, (chair, whistle.Ratify()))
    plot.did(number, (chair, whistle.StandDown()))


def _blown_in_an_emergency(plot: Plot) -> None:
    _blown(plot, a_whistle(WhistleKind.EMERGENCY, TOWN, (WATER, POWER)), TOWN_LEADER, TOWN_LEADER)


def _blown_everyday(plot: Plot) -> None:
    _blown(plot, a_whistle(), WORKER, TOWN_LEADER)


def _blown_by_the_secretary(plot: Plot) -> None:
    """The leader is silent."""
    plot.outlast(plot.opened(a_whistle(), WORKER), DutyKind.WHISTLE_APPROVE)


def _blown_hard(plot: Plot) -> None:
    _blown(plot, a_whistle(WhistleKind.TOUGH), WORKER, TOWN_LEADER)


def _blown_by_the_hotline(plot: Plot) -> None:
    _blown(plot, a_whistle(blower=HOTLINE), HOTLINE_DESK, head(HOTLINE))


def _blown_by_the_hotline_at_once(plot: Plot) -> None:
    opening = a_whistle(WhistleKind.EMERGENCY, HOTLINE, (WATER, POWER))
    _blown(plot, opening, head(HOTLINE), head(HOTLINE))


def _found_by_a_worker(plot: Plot) -> None:
    """Found by a worker, with no applicant: the worker's own to take back."""
    plot.did(plot.opened(replace(an_order(), applicant=None), WORKER), (WORKER, base.Supplement(WORDS)))


PLOTS: tuple[Callable[[Plot], None], ...] = (
    _order_rated, _order_sent_straight, _order_late, _order_called_about, _order_nobody_wants, _found_by_a_worker,
    _agreed_at_once, _agreed_in_town, _agreed_at_the_top, _raised_at_once, _raised_while_asked,
    _never_signed, _not_settled, _petitioned, _suggested, _disputed_early, _disputed_late, _found_simple,
    _blown_in_an_emergency, _blown_everyday, _blown_by_the_secretary, _blown_hard, _blown_by_the_hotline,
    _blown_by_the_hotline_at_once,
)  # fmt: skip


def play(look: Look) -> None:
    """Every plot, one after the other."""
    for plot in PLOTS:
        plot(Plot(look))
