"""One invented town with its people, and stories that happen there on the virtual engine."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest

from domain.actors import Actor
from domain.acts import Act
from domain.authority import may, offers
from domain.calendar import CST, Calendar, parse_calendar
from domain.duties import Duty, DutyKind
from domain.events import CaseClosed, CaseLinked, DutyBreached, DutyOpened, Event, Fact, Noted, StageEntered
from domain.openings import (
    MediationOpening,
    Offices,
    Opening,
    OrderOpening,
    PetitionOpening,
    WhistleOpening,
)
from domain.rulebook import Rulebook, parse_rulebook
from domain.shelf import Shelf
from domain.state import Case, OpenDuty
from domain.vocabulary import (
    CaseNo,
    Content,
    Note,
    Outcome,
    Party,
    Role,
    Service,
    Stage,
    Unit,
    WhistleKind,
)
from workflows.core import ActRefused, Receipt, Start
from workflows.virtual import VirtualEngine

F = TypeVar("F", bound=Fact)

_LAW = Path(__file__).parents[1] / "domain"

# -- the place -----------------------------------------------------------------------------------------

CITY, TOWN, COMMUNITY = Unit("city"), Unit("city/town"), Unit("city/town/village")
CENTRE, POLICE = Unit("city/town/centre"), Unit("city/town/police")
PETITION_OFFICE, JOINT_OFFICE = Unit("city/petitions"), Unit("city/joint")
GOVERNMENT, DISCIPLINE = Unit("city/government"), Unit("city/discipline")
REVIEW_OFFICE, RECHECK_OFFICE = Unit("city/review"), Unit("city/recheck")
HOTLINE = Unit("city/hotline")
HOUSING, WATER, POWER = Unit("city/housing"), Unit("city/water"), Unit("city/power")
WATER_STATION = Unit("city/water/station")
LIBRARY, SCHOOL = Unit("city/town/village/library"), Unit("city/school")
SEATS = (Unit("city/town/village/committee"), Unit("city/town/committee"), Unit("city/committee"))
FOUR_SEATS = (Unit("city/town/village/grid-1"), SEATS[0], Unit("city/town/justice"), CENTRE)

OFFICES = Offices(
    community=COMMUNITY, town=TOWN, city=CITY, centre=CENTRE, police=POLICE,
    petition_office=PETITION_OFFICE, joint_office=JOINT_OFFICE, government=GOVERNMENT,
    discipline=DISCIPLINE, review_office=REVIEW_OFFICE, recheck_office=RECHECK_OFFICE, seats=SEATS,
)  # fmt: skip


# -- the people ----------------------------------------------------------------------------------------


def person(role: Role, unit: Unit | None = None, name: str = "") -> Actor:
    """Somebody of a role in a unit."""
    return Actor(f"{unit}.{role}{name}", role, unit)


def resident(name: str) -> Actor:
    """A resident speaking for himself."""
    return Actor(name, Role.RESIDENT)


def handler(unit: Unit) -> Actor:
    """Who does a unit's work."""
    return person(Role.HANDLER, unit)


def head(unit: Unit) -> Actor:
    """The head of a unit."""
    return person(Role.UNIT_HEAD, unit)


def mediator(level: int, name: str = "") -> Actor:
    """A mediator at the first, second or third seat."""
    return person(Role.MEDIATOR, SEATS[level - 1], name)


def on_behalf(actor: Actor, party: Actor) -> Actor:
    """A member of staff who writes down what a party says."""
    return replace(actor, on_behalf_of=Party(party.account))


YUAN, KANG = resident("yuan"), resident("kang")
WORKER = person(Role.COMMUNITY_WORKER, COMMUNITY)
SECRETARY = person(Role.COMMUNITY_SECRETARY, COMMUNITY)
DISPATCHER = person(Role.DISPATCHER, CENTRE)
HOTLINE_DESK = person(Role.DISPATCHER, HOTLINE)
OFFICER = person(Role.PETITION_OFFICER, PETITION_OFFICE)
CONFERENCE = person(Role.JOINT_OFFICE, JOINT_OFFICE)
CABINET = person(Role.GOVERNMENT_OFFICE, GOVERNMENT)
TOWN_LEADER = person(Role.TOWN_LEADER, TOWN)
TOWN_SECRETARY = person(Role.TOWN_SECRETARY, TOWN)
SUPERVISOR = person(Role.SUPERVISOR, Unit("city/supervision"))
ADMIN = person(Role.SYSTEM_ADMIN, Unit("city/data"))
AUDITOR = person(Role.AUDITOR, Unit("city/audit"))


# -- the matters ---------------------------------------------------------------------------------------


def text(words: str) -> Content:
    """A commitment that stands for words."""
    return Content(f"c:{words}")


def an_order(service: Service = Service.SERVICE, unit: Unit | None = None) -> OrderOpening:
    """A resident's matter at the community's desk, or sent straight to a unit."""
    return OrderOpening(
        OFFICES, "0101", text("manhole"), text("loose"), applicant=Party("yuan"), service=service, unit=unit
    )


def a_dispute(*, paper_only: bool = False, seats: tuple[Unit, ...] = SEATS) -> MediationOpening:
    """Tenant Yuan and landlord Kang over the costs of repairs."""
    return MediationOpening(
        replace(OFFICES, seats=seats), "0301", text("repairs"), text("who pays"),
        applicants=(Party("yuan"),), respondents=(Party("kang"),), paper_only=paper_only,
    )  # fmt: skip


def a_petition() -> PetitionOpening:
    """A leak that three units say is not theirs."""
    return PetitionOpening(OFFICES, "0201", text("leak"), text("nobody owns it"), petitioner=Party("yuan"))


def a_whistle(
    kind: WhistleKind = WhistleKind.EVERYDAY, blower: Unit = TOWN, departments: tuple[Unit, ...] = ()
) -> WhistleOpening:
    """A matter beyond what the community commands."""
    return WhistleOpening(
        OFFICES, "0401", text("burst main"), text("three units"), whistle=kind, blower=blower,
        departments=departments,
    )  # fmt: skip


# -- the law at hand -----------------------------------------------------------------------------------


def _read(name: str) -> str:
    return (_LAW / name).read_text(encoding="utf-8")


def next_calendar() -> Calendar:
    """An invented edition that knows 2027: its Spring Festival rests a week from 6 February."""
    published = _read("calendars/cn-2026.toml").replace("cn-2026", "cn-2027")
    published = published.replace("published_through = 2026", "published_through = 2027")
    return parse_calendar(
        f"{published}\n[2027]\nspring_festival = {{ rest = [[2027-02-05, 2027-02-11]],"
        " adjusted = [2027-02-10, 2027-02-11], work = [2027-02-13] }\n"
    )


@cache
def shelf() -> Shelf:
    """The editions that ship, one whose village may take forty days, and next year's calendar."""
    base = parse_rulebook(_read("editions/statutory-2026.toml"), None)
    books = [parse_rulebook(_read(f"editions/{name}.toml"), base) for name in ("default-3", "gaotai-4x7")]
    slow = 'limits."mediation.level.village" = { n = 40, unit = "working_day", starts_at = "accepted", '
    slow += 'pausable_by = [], source = "《测试》", tag = "PROPOSED" }'
    heading = (
        'edition = "slow"\nextends = "default-3"\ntitle_zh = "慢"\ntitle_en = "Slow"\nreleased = 2026-01-01\n'
    )
    books.append(parse_rulebook(heading + slow, books[0]))
    return Shelf([base, *books], [parse_calendar(_read("calendars/cn-2026.toml")), next_calendar()])


def rules(edition: str = "default-3") -> Rulebook:
    """A rulebook edition."""
    return shelf().rulebook(edition)


def at(words: str) -> datetime:
    """An instant in China Standard Time: `2026-03-02 09:00`, or the beginning of a day."""
    return datetime.fromisoformat(words).replace(tzinfo=CST)


def end_of(day: str) -> datetime:
    """24:00 of a day, when a limit in days runs out."""
    return at(day) + timedelta(days=1)


# -- stories -------------------------------------------------------------------------------------------


class Story:
    """Cases of one town on the virtual engine, at a clock that only the story moves.

    It begins on a Monday at nine, in a week without a holiday.
    """

    def __init__(self, begin: str = "2026-03-02 09:00", edition: str = "default-3") -> None:
        self.engine = VirtualEngine(shelf())
        self.rules = rules(edition)
        self.now = at(begin)
        self._ids = count(1)
        self._numbers = count(1)

    # -- what happens ---------------------------------------------------------------------------

    def open(self, opening: Opening, actor: Actor = YUAN, *, drill: bool = False) -> CaseNo:
        """Somebody brings a matter."""
        number = CaseNo(f"{opening.kind.value[0].upper()}{next(self._numbers)}")
        start = Start(
            number, opening, self.rules.digest, shelf().calendar("cn-2026").digest, actor, f"open:{number}",
            self.now, drill,
        )  # fmt: skip
        self.engine.open(start)
        return number

    def do(self, number: str, actor: Actor, act: Act, act_id: str = "") -> Receipt:
        """Somebody acts, now."""
        act_id = act_id or f"act:{next(self._ids)}"
        return self.engine.act(CaseNo(number), act_id, actor, act, self.now)

    def refuses(self, number: str, actor: Actor, act: Act) -> tuple[str, tuple[str, ...]]:
        """Somebody may not act: the code and what it is about; nothing is written."""
        self.engine.advance(self.now)
        written = len(self.events(number))
        with pytest.raises(ActRefused) as refused:
            self.do(number, actor, act)
        assert len(self.events(number)) == written
        return refused.value.refused.code, refused.value.refused.about

    def wait(self, **time: float) -> None:
        """Time passes; what fell due by the way has lapsed."""
        self.until(self.now + timedelta(**time))

    def until(self, when: datetime | str) -> None:
        """It is now that instant; what is due at the very instant has not lapsed."""
        self.now = at(when) if isinstance(when, str) else when
        self.engine.advance(self.now)

    def outlast(self, number: str, kind: DutyKind, about: str = "") -> datetime:
        """Wait until a moment after a duty falls due; the due instant."""
        due = self.duty(number, kind, about).legal_due
        self.until(due + timedelta(milliseconds=1))
        return due

    # -- what people see ------------------------------------------------------------------------

    def case(self, number: str) -> Case:
        """The case as it stands."""
        return self.engine.cases[CaseNo(number)].case

    def stage(self, number: str) -> Stage:
        """Where the case stands."""
        return self.case(number).stage

    def outcome(self, number: str) -> Outcome | None:
        """How the case ended."""
        return self.case(number).outcome

    def events(self, number: str) -> list[Event]:
        """What is on the record."""
        return self.engine.ledger[CaseNo(number)]

    def facts(self, number: str, kind: type[F]) -> list[F]:
        """The facts of one kind on the record."""
        return [event.fact for event in self.events(number) if isinstance(event.fact, kind)]

    def notes(self, number: str) -> list[Note]:
        """What the procedure noted, in order."""
        return [fact.note for fact in self.facts(number, Noted)]

    def stages(self, number: str) -> list[Stage]:
        """The way the case took."""
        return [fact.stage for fact in self.facts(number, StageEntered)]

    def breaches(self, number: str) -> list[DutyKind]:
        """Kinds of the duties that were breached, in order."""
        opened = {duty.number: duty.kind for duty in self.opened(number)}
        return [opened[fact.duty] for fact in self.facts(number, DutyBreached)]

    def opened(self, number: str) -> Iterator[Duty]:
        """Every duty that was ever opened."""
        return (fact.duty for fact in self.facts(number, DutyOpened))

    def parts(self, number: str) -> list[CaseNo]:
        """Cases this one opened."""
        return [fact.number for fact in self.facts(number, CaseLinked)]

    def duty(self, number: str, kind: DutyKind, about: str = "") -> OpenDuty:
        """The open duty of a kind."""
        (found,) = (
            held
            for held in self.case(number).duties.values()
            if held.duty.kind is kind and about in ("", held.duty.about)
        )
        return found

    def owes(self, number: str) -> set[DutyKind]:
        """Kinds of duties that are open."""
        return {held.duty.kind for held in self.case(number).duties.values()}

    def offered(self, number: str, actor: Actor) -> set[str]:
        """Codes of the acts that somebody may do now."""
        return {offer.act for offer in offers(self.case(number), actor, self.rules)}

    def may(self, number: str, actor: Actor, act: Act) -> bool:
        """Whether somebody may act now."""
        return not hasattr(may(self.case(number), actor, act, self.rules), "code")

    def closed_at(self, number: str) -> datetime:
        """When the case ended."""
        (event,) = (e for e in self.events(number) if isinstance(e.fact, CaseClosed))
        return event.at
