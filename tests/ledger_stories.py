"""Cases to write: short stories of events, as a procedure would tell them."""

import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from activities.interface import RecordRequest
from activities.ledger import Ledger
from domain.actors import Actor, office, party, speaking_case
from domain.acts import Act, base, mediation, order, petition, whistle
from domain.calendar import CST
from domain.codec import event_json
from domain.duties import Duty, DutyKind, Mark
from domain.events import (
    Acted,
    CaseClosed,
    CaseLinked,
    CaseOpened,
    DutyBreached,
    DutyFulfilled,
    DutyHandedOver,
    DutyMarked,
    DutyMoved,
    DutyOpened,
    DutyPaused,
    DutyRelieved,
    Escalated,
    Event,
    Fact,
    Noted,
    StageEntered,
    WindowClosed,
)
from domain.openings import (
    MediationOpening,
    Offices,
    Opening,
    OrderOpening,
    Parent,
    PetitionOpening,
    WhistleOpening,
)
from domain.vocabulary import (
    CaseKind,
    CaseNo,
    Colour,
    Content,
    Link,
    Note,
    Outcome,
    Party,
    Role,
    Service,
    Share,
    Stage,
    Unit,
    WhistleKind,
)

COMMUNITY, TOWN, CITY = Unit("yunhe/binhu/xingye"), Unit("yunhe/binhu"), Unit("yunhe")
WATER, ROADS = Unit("yunhe/water"), Unit("yunhe/roads")
OFFICES = Offices(
    community=COMMUNITY, town=TOWN, city=CITY, centre=Unit("yunhe/binhu/centre"), police=Unit("yunhe/police"),
    petition_office=Unit("yunhe/petitions"), joint_office=Unit("yunhe/joint"), government=Unit("yunhe/gov"),
    discipline=Unit("yunhe/discipline"), review_office=Unit("yunhe/review"),
    recheck_office=Unit("yunhe/recheck"),
)  # fmt: skip
RESIDENT = Actor("p-lin", Role.RESIDENT)
COMMUNITY_WORKER = Actor("a-chen", Role.COMMUNITY_WORKER, COMMUNITY)
HANDLER = Actor("a-wu", Role.HANDLER, WATER)
NINE = datetime(2026, 11, 23, 9, 0, tzinfo=CST)


def content(name: str) -> Content:
    return Content(f"c1:{name}")


class Story:
    """The events of one case, one minute after another."""

    def __init__(self, case_no: str, opening: Opening | None = None, at: datetime = NINE) -> None:
        self.case_no = CaseNo(case_no)
        self.at = at
        self.events: list[Event] = []
        self._duties = 0
        opening = opening or OrderOpening(
            OFFICES, "city.water.leak", content("title"), content("text"), Party("p-lin")
        )
        self.add(CaseOpened(opening.kind, opening, "rules", "days", RESIDENT, "open"))

    def add(self, fact: Fact, rule: str = "", cause: int | None = None) -> "Story":
        self.events.append(Event(len(self.events) + 1, self.at, fact, cause, rule))
        self.at += timedelta(minutes=1)
        return self

    def act(self, actor: Actor, act: Act, duty: int | None = None) -> "Story":
        return self.add(Acted(act, actor, f"act-{len(self.events) + 1}", duty))

    def duty(self, kind: DutyKind, owner: Unit | Party, days: int = 3) -> int:
        self._duties += 1
        who = party(owner) if isinstance(owner, str) and owner.startswith("p-") else None
        due = self.at + timedelta(days=days)
        owned = who or office(Unit(owner), Role.HANDLER, Role.UNIT_HEAD)
        self.add(DutyOpened(Duty(self._duties, kind, owned, kind.value, self.at, due, due)), kind.value)
        return self._duties

    def requests(self, *cuts: int) -> Iterator[RecordRequest]:
        """The story in as many requests as there are cuts, and one; heads are for `tell` to fill."""
        places = [0, *cuts, len(self.events)]
        for first, last in pairwise(places):
            if first < last:
                yield RecordRequest(
                    case_no=self.case_no, events=[event_json(e) for e in self.events[first:last]]
                )


async def tell(ledger: Ledger, story: Story, *cuts: int) -> str:
    """Write a story, cut where asked; returns the head."""
    head = ""
    for request in story.requests(*cuts):
        head = (await ledger.record(request.model_copy(update={"head": head}))).head
    return head


def order_story(case_no: str) -> Story:
    """An order from its filing to its rating, with a late start, a send-back and an extension."""
    story = Story(case_no)
    review = story.duty(DutyKind.ORDER_REVIEW, COMMUNITY)
    story.act(COMMUNITY_WORKER, order.AcceptNeed(Service.URGENT, "city.water.burst"), review)
    story.add(DutyFulfilled(review)).add(StageEntered(Stage.HANDLING, unit=WATER))
    story.add(Noted(Note.LEAD_NAMED, WATER))
    handle = story.duty(DutyKind.ORDER_HANDLE, WATER)
    story.add(DutyMarked(handle, Mark.REMINDED)).add(DutyBreached(handle))
    later = story.at + timedelta(days=9)
    story.add(DutyMoved(handle, later, later, True, "extension", 6)).add(
        Noted(Note.EXTENSION_GRANTED, number=6)
    )
    story.act(HANDLER, order.Complete(content("result"), resolved=False), handle).add(DutyFulfilled(handle))
    story.act(RESIDENT, order.SendBack(content("why")))
    story.act(RESIDENT, base.Rate(5, 4, 3, text=content("praise")))
    story.act(COMMUNITY_WORKER, base.Rate(2, 2, 2))
    return story.add(CaseClosed(Outcome.DONE))


def petition_story(case_no: str) -> Story:
    """An accusation, split, with one order returned and another waived, and a paused recheck."""
    opening = PetitionOpening(OFFICES, "petition.accusation", content("t2"), content("b2"), Party("p-yu"))
    story = Story(case_no, opening)
    officer = Actor("a-he", Role.PETITION_OFFICER, OFFICES.petition_office)
    sort = story.duty(DutyKind.PETITION_SORT, OFFICES.petition_office)
    story.act(officer, petition.Sort(petition.Category.ACCUSATION, accused=ROADS), sort)
    lines = (
        petition.OrderLine(WATER, Share.LEAD, content("claim1")),
        petition.OrderLine(ROADS, Share.CO_HANDLER, content("claim2"), mandatory=False),
    )
    story.act(officer, petition.Split(lines))
    for place, line in enumerate(lines, start=1):
        part = CaseNo(f"{case_no}-{place:02d}")
        story.add(CaseLinked(part, CaseKind.ORDER, Link.SPLIT_INTO, line.unit, line.share, line.mandatory))
    story.act(speaking_case(CaseNo(f"{case_no}-01")), base.PartClosed(CaseNo(f"{case_no}-01"), Outcome.DONE))
    story.add(Noted(Note.ORDER_WAIVED, about=f"{case_no}-02"))
    recheck = story.duty(DutyKind.PETITION_RECHECK, OFFICES.recheck_office)
    story.add(DutyPaused(recheck, "hearing"))
    later = story.at + timedelta(days=40)
    story.add(DutyMoved(recheck, later, later, False, "hearing")).add(DutyRelieved(recheck, "case_closed"))
    rate = story.duty(DutyKind.PETITION_RATE, Party("p-yu"))
    return story.add(WindowClosed(rate)).add(CaseClosed(Outcome.FINAL))


def mediation_story(case_no: str) -> Story:
    """A dispute that is graded red, rises, and is looked after."""
    opening = MediationOpening(
        OFFICES, "dispute.rent", content("t3"), content("b3"), (Party("p-yuan"),), (Party("p-kang"),),
        parent=Parent(CaseNo("P20261123-00009"), Link.MEDIATED_IN, WATER, OFFICES.petition_office),
    )  # fmt: skip
    mediator = Actor("a-su", Role.MEDIATOR, COMMUNITY)
    story = Story(case_no, opening).add(StageEntered(Stage.MEDIATING, "village", COMMUNITY))
    story.act(mediator, mediation.GradeRisk(Colour.RED)).add(Noted(Note.GRADED_BY_DEFAULT, about="yellow"))
    story.add(Escalated(TOWN, "breach"), "mediation.level.village")
    story.add(StageEntered(Stage.MEDIATING, "town", TOWN))
    story.act(Actor("a-adm", Role.SYSTEM_ADMIN), base.AdoptCalendar("cn-2027"))
    visit = story.duty(DutyKind.MEDIATION_RETURN_VISIT, TOWN)
    story.act(Actor("a-adm", Role.SYSTEM_ADMIN), base.Succeed(TOWN, WATER)).add(DutyHandedOver(visit, WATER))
    return story.act(mediator, mediation.ReturnVisit(True, content("visit")))


def whistle_story(case_no: str) -> Story:
    """A whistle in which both sides are rated, and one department is sent back."""
    opening = WhistleOpening(
        OFFICES, "city.road.hole", content("t4"), content("b4"), WhistleKind.TOUGH, False, TOWN
    )  # fmt: skip
    leader = Actor("a-ou", Role.TOWN_LEADER, TOWN)
    story = Story(case_no, opening)
    story.act(leader, whistle.FixTasks((whistle.Task(WATER, Share.LEAD, content("task")),)))
    story.act(leader, whistle.SendBackWhistle(content("again")))
    story.act(leader, whistle.RateDepartment(WATER, 4, 5))
    return story.act(HANDLER, whistle.RateBlower(3, 2)).add(CaseClosed(Outcome.STOOD_DOWN))


def merged_story(case_no: str) -> Story:
    """An order returned by its unit and then found to be another's twin."""
    story = Story(case_no).act(HANDLER, order.Return(content("not ours")))
    twin = CaseNo("O20261123-09999")
    story.act(COMMUNITY_WORKER, order.Merge(twin))
    return story.add(CaseLinked(twin, CaseKind.ORDER, Link.DUPLICATE_OF)).add(CaseClosed(Outcome.MERGED))


STORIES = (order_story, petition_story, mediation_story, whistle_story, merged_story)


def cut_at_random(story: Story, dice: random.Random) -> Iterable[int]:
    return sorted(dice.sample(range(1, len(story.events)), dice.randrange(len(story.events) - 1)))
