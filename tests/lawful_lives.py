"""Lives of cases from beginning to end, as they stand on a ledger: what mutants are made of."""

import json
from collections.abc import Callable
from copy import deepcopy
from datetime import date, timedelta
from functools import cache
from typing import Any

from builders import (
    ADMIN,
    CABINET,
    COMMUNITY,
    CONFERENCE,
    DISPATCHER,
    HOUSING,
    KANG,
    OFFICER,
    POWER,
    RECHECK_OFFICE,
    REVIEW_OFFICE,
    SECRETARY,
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
    person,
    shelf,
    text,
)  # fmt: skip

from audit.answers.lawful import editions_of
from audit.findings import Finding
from audit.lawfulness.story import Story as Told
from audit.lawfulness.verdict import judged, together
from domain.acts import base, mediation, order, petition, whistle
from domain.codec import event_json
from domain.vocabulary import Colour, Party, Role, Service, Share, Unit, WhistleKind

Event = dict[str, Any]
World = dict[str, list[Event]]

W = text("words")
VILLAGE = Unit("city/town/merged")
RULEBOOKS, CALENDARS = editions_of(shelf(), {})


def world_of(story: Story) -> World:
    """Every case of a story, as stored."""
    return {
        str(number): [json.loads(json.dumps(event_json(event))) for event in events]
        for number, events in story.engine.ledger.items()
    }


def judge(number: str, events: list[Event]) -> list[Finding]:
    """What is unlawful in one case."""
    return judged(number, events, RULEBOOKS, CALENDARS)[1]


def judge_together(world: World) -> list[Finding]:
    """What cases show beside one another."""
    read = (judged(number, events, RULEBOOKS, CALENDARS)[0] for number, events in world.items())
    return together(story for story in read if isinstance(story, Told))


def lines(*units: tuple[Unit, Share]) -> tuple[petition.OrderLine, ...]:
    return tuple(petition.OrderLine(unit, share, W) for unit, share in units)


def claim(simple: bool = False, urgent: bool = False, accused: Unit | None = None) -> petition.Sort:
    return petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL, accused, simple, urgent)


def whole_petition() -> Story:
    """Urgent; split in three; one returned and given to another, one waived; extended; reviewed; rechecked."""
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, claim(urgent=True, accused=Unit("city/town/clinic")))
    story.do(number, OFFICER, petition.Split(lines(
        (WATER, Share.LEAD), (POWER, Share.CO_HANDLER), (HOUSING, Share.CO_HANDLER)
    )))  # fmt: skip
    own, other, third = story.parts(number)
    story.wait(hours=1)
    story.do(number, handler(WATER), petition.GiveNotice(True, W))
    story.do(other, handler(POWER), order.Return(W))
    story.do(other, OFFICER, order.UpholdReturn())
    story.do(number, OFFICER, petition.ReferJurisdiction(other, (POWER, HOUSING), Unit("city/government")))
    story.do(number, head(HOUSING), petition.SettleJurisdiction(other, HOUSING))
    fourth = story.parts(number)[-1]
    for part, unit in ((own, WATER), (fourth, HOUSING)):
        story.do(part, handler(unit), order.Accept())
        story.do(part, handler(unit), order.Complete(W))
        story.do(part, handler(WATER), order.AcceptResult())
    story.do(number, handler(WATER), petition.WaiveOrder(third, W))
    story.do(number, handler(WATER), petition.AskExtension(5, W))
    story.wait(days=1)
    story.do(number, head(WATER), petition.GrantHandlingExtension(5, W))
    story.do(number, handler(WATER), petition.IssueOpinion(W, W, petition.Opinion.SUPPORT, W))
    story.do(number, handler(WATER), petition.Serve())
    story.do(number, YUAN, petition.AskReview(W))
    story.do(number, handler(REVIEW_OFFICE), petition.DecideReview(petition.Ruling.UPHOLD, W))
    story.do(number, YUAN, petition.AskRecheck(W))
    story.do(number, handler(RECHECK_OFFICE), petition.StartHearing(story.now + timedelta(days=3)))
    story.wait(days=2)
    story.do(number, handler(RECHECK_OFFICE), petition.EndHearing(W))
    story.wait(days=16)
    story.do(number, handler(RECHECK_OFFICE), petition.DecideRecheck(petition.Ruling.UPHOLD, W))
    return story


def a_late_petition() -> Story:
    """Simple; nobody moves for weeks; then a twin is refused, and another passes to a new lead, extended."""
    story = Story()
    first, twin = story.open(a_petition()), story.open(a_petition())
    story.do(first, OFFICER, claim(simple=True))
    story.do(first, OFFICER, petition.Split(lines((WATER, Share.LEAD))))
    story.do(twin, OFFICER, petition.RefuseIntake(first, W))
    story.do(first, handler(WATER), petition.GiveNotice(True, W))
    own = story.parts(first)[0]
    story.do(own, handler(WATER), order.Return(W))
    story.do(first, head(WATER), petition.SwitchToOrdinary(W))
    story.do(first, handler(WATER), petition.AskExtension(9, W))
    story.do(first, head(WATER), petition.GrantHandlingExtension(9, W))
    story.do(own, OFFICER, order.UpholdReturn())
    story.do(first, OFFICER, petition.Reassign(own, POWER))
    story.wait(days=80)
    return story


def an_accusation() -> Story:
    """Of a department, answered by the discipline office."""
    story = Story()
    number = story.open(a_petition())
    story.do(number, OFFICER, petition.Sort(petition.Category.ACCUSATION, accused=WATER))
    story.do(number, OFFICER, petition.Transfer(Unit("city/discipline")))
    story.do(number, handler(Unit("city/discipline")), petition.Reply(W))
    return story


def taken_in(story: Story, *, paper_only: bool = False, colour: Colour = Colour.BLUE) -> str:
    """A dispute signed for, graded, visited, consented to and accepted in the village."""
    number = story.open(a_dispute(paper_only=paper_only), WORKER)
    own = mediator(1)
    story.do(number, own, mediation.SignFor())
    story.do(number, DISPATCHER, mediation.GradeRisk(colour))
    story.do(number, own, mediation.Visit(W))
    for party in (YUAN, KANG):
        story.do(number, own, mediation.ServeNotice(Party(party.account)))
        story.do(number, party, mediation.Consent())
    story.do(number, own, mediation.AcceptDispute())
    return number


def a_settled_dispute() -> Story:
    """Rests, is given more time, rises, is agreed on in writing, confirmed, performed and looked after."""
    story = Story()
    number = taken_in(story, paper_only=True)
    everybody = (Party("yuan"), Party("kang"))
    story.do(number, mediator(1), mediation.HoldSession(W, 1, True))
    story.do(number, mediator(1), mediation.Suspend(date(2026, 3, 5), everybody))
    story.wait(days=1)
    story.do(number, YUAN, mediation.Resume())
    story.do(number, mediator(1), mediation.ExtendByConsent(10, everybody))
    story.do(number, mediator(1), mediation.PlaceOrder(WATER, W))
    story.do(number, mediator(1), mediation.AskEscalation(W))
    terms = mediation.Agree(mediation.Form.WRITTEN, W, W, W, W, date(2026, 3, 20))
    story.do(number, mediator(2), terms)
    for party in (YUAN, KANG):
        story.do(number, party, mediation.SignAgreement(W))
    story.do(number, mediator(2), mediation.SealAgreement())
    story.do(number, mediator(2), mediation.ApplyConfirmation(everybody))
    story.do(number, mediator(2), mediation.ReportPerformance(mediation.Performance.FULL))
    story.do(number, mediator(2), mediation.ReturnVisit(True, W))
    return story


def a_refused_dispute() -> Story:
    """Danger is reported, and then somebody has had enough."""
    story = Story()
    number = taken_in(story)
    story.do(number, mediator(1), mediation.ReportRisk(W))
    story.do(number, mediator(3), mediation.HoldSession(W))
    story.do(number, KANG, mediation.Refuse())
    return story


def a_failing_dispute() -> Story:
    """Agreed by word of mouth after no level settled it and the conference let it go on; the court not asked."""
    story = Story()
    number = taken_in(story)
    story.wait(days=30)
    everybody = (Party("yuan"), Party("kang"))
    story.do(number, CONFERENCE, mediation.DecideConference(mediation.Conference.EXTEND, W, everybody))
    terms = mediation.Agree(mediation.Form.ORAL, W, W, W, W, date(2026, 4, 20))
    story.do(number, mediator(3), terms)
    story.wait(days=40)
    return story


def a_busy_order() -> Story:
    """Claimed, worked on with more time, sent back, rated by nobody, closed late after urging and bulletin."""
    story = Story()
    number = story.open(an_order())
    story.do(number, WORKER, order.AcceptNeed(Service.WISH))
    story.do(number, WORKER, order.Dispatch((WATER, POWER)))
    story.do(number, handler(POWER), order.Decline(W))
    story.do(number, handler(WATER), order.Accept())
    story.do(number, handler(WATER), order.RequestExtension(3, W))
    story.do(number, WORKER, order.GrantExtension(3))
    story.do(number, handler(WATER), base.Recuse(handler(WATER).account, W))
    story.do(number, head(WATER), order.Complete(W))
    story.do(number, YUAN, order.SendBack(W))
    story.do(number, head(WATER), order.Complete(W))
    story.do(number, YUAN, base.Rate(5, 5, 5))
    story.wait(days=20)
    story.do(number, SECRETARY, base.ExplainDelay(W))
    story.do(number, SECRETARY, order.CloseOrder(1.5))
    return story


def a_year_end_order() -> Story:
    """Its days reach into a year without a calendar, until one is published."""
    story = Story("2026-12-24 09:00")
    number = story.open(an_order(Service.PROJECT, WATER))
    story.do(number, handler(WATER), order.Accept())
    story.do(number, ADMIN, base.AdoptCalendar(shelf().calendar("cn-2027").digest))
    return story


def a_succession() -> Story:
    """The unit is abolished while it works, and the one after it, and the community that checks."""
    story = Story()
    number = story.open(an_order())
    story.do(number, WORKER, order.AcceptNeed(Service.PROJECT))
    story.do(number, WORKER, order.Dispatch((WATER,)))
    story.do(number, handler(WATER), order.Accept())
    story.do(number, ADMIN, base.Succeed(WATER, POWER))
    story.do(number, handler(POWER), order.RequestExtension(3, W))
    story.do(number, ADMIN, base.Succeed(POWER, HOUSING))
    story.do(number, ADMIN, base.Succeed(COMMUNITY, VILLAGE))
    story.do(number, person(Role.COMMUNITY_WORKER, VILLAGE), order.GrantExtension(3))
    story.do(number, handler(HOUSING), order.Complete(W))
    story.do(number, YUAN, order.SendBack(W))
    story.do(number, handler(HOUSING), order.Complete(W))
    story.do(number, YUAN, base.Rate(5, 5, 5))
    story.do(number, person(Role.COMMUNITY_WORKER, VILLAGE), base.Rate(5, 5, 5))
    story.do(number, person(Role.COMMUNITY_SECRETARY, VILLAGE), order.CloseOrder(1.5))
    return story


def an_emergency() -> Story:
    """Blown before it was approved; one department does not come; a silent co-handler is let go."""
    story = Story()
    number = story.open(a_whistle(WhistleKind.EMERGENCY, departments=(WATER, POWER)), TOWN_LEADER)
    story.do(number, handler(WATER), whistle.ReportOnSite(W))
    story.do(number, handler(POWER), whistle.ObjectWhistle(W))
    story.wait(hours=1)
    story.do(number, CABINET, whistle.DecideEscalation(WATER, W))
    tasks = (whistle.Task(WATER, Share.LEAD, W), whistle.Task(POWER, Share.CO_HANDLER, W))
    story.do(number, TOWN_LEADER, whistle.FixTasks(tasks))
    own, other = story.parts(number)
    story.do(own, handler(WATER), order.Accept())
    story.do(own, handler(WATER), order.Complete(W))
    story.do(own, TOWN_LEADER, order.AcceptResult())
    story.do(number, TOWN_LEADER, whistle.ReleaseTask(other, W))
    story.do(number, handler(WATER), whistle.ReportHandled(W))
    story.do(number, TOWN_LEADER, whistle.SendBackWhistle(W))
    story.do(number, handler(WATER), whistle.ReportHandled(W))
    story.do(number, TOWN_SECRETARY, whistle.Ratify())
    story.do(number, TOWN_LEADER, whistle.StandDown())
    story.do(number, TOWN_LEADER, whistle.RateDepartment(WATER, 5, 5))
    story.do(number, handler(WATER), whistle.RateBlower(5, 5))
    story.wait(days=9)
    return story


LIVES: dict[str, Callable[[], Story]] = {
    life.__name__: life
    for life in (
        whole_petition, a_late_petition, an_accusation, a_settled_dispute, a_refused_dispute, a_failing_dispute,
        a_busy_order, a_year_end_order, a_succession, an_emergency,
    )
}  # fmt: skip


@cache
def _stored(name: str) -> World:
    return world_of(LIVES[name]())


def life(name: str) -> World:
    """A fresh copy of a life's ledger."""
    return deepcopy(_stored(name))
