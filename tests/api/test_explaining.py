"""The sum shown to people gives the very dates that the procedure set, whatever moved them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.shelf import load_shelf
from api.problems import Problem
from api.reading.casefile import CaseFile, file_of
from api.reading.colours import colour_of
from api.reading.cursors import cursor_of, key_of
from api.reading.explaining import explanation
from api.town import Town
from api.voice import Voice
from api.words import Language
from audit.study.sums import terms_of
from domain.actors import Actor
from domain.acts import Act, order, petition
from domain.calendar import CST
from domain.limits import due
from domain.openings import Offices, OrderOpening, Parent, PetitionOpening
from domain.organisation import Tree
from domain.state import OpenDuty
from domain.vocabulary import CaseNo, Colour, Content, Link, Party, Role, Service, Share, Unit
from workflows.core import Start
from workflows.virtual import VirtualEngine

SHELF = load_shelf()
RULES, CALENDAR = SHELF.rulebook("default-3"), SHELF.calendar("cn-2026")
VOICE = Voice(Language.ZH, Town(Tree([]), {}), SHELF)
COMMUNITY, WATER, OFFICE = Unit("y/t/c"), Unit("y/water"), Unit("y/xinfang")
OFFICES = Offices(
    COMMUNITY, Unit("y/t"), Unit("y"), Unit("y/t/centre"), Unit("y/t/police"), OFFICE, Unit("y/joint"),
    Unit("y/gov"), Unit("y/jiwei"), Unit("y/review"), Unit("y/recheck"),
    (Unit("y/t/c/m"), Unit("y/t/m"), Unit("y/m")),
)  # fmt: skip
HANDLER, HEAD = Actor("h", Role.HANDLER, WATER), Actor("head", Role.UNIT_HEAD, WATER)
WORKER = Actor("w", Role.COMMUNITY_WORKER, COMMUNITY)
OFFICER = Actor("o", Role.PETITION_OFFICER, OFFICE)
PERSON = Actor("r", Role.RESIDENT)
NUMBER = CaseNo("O20260302-00001")
MONDAY = datetime(2026, 3, 2, 9, tzinfo=CST)


class Played:
    """One case in the virtual engine."""

    def __init__(self, opening: OrderOpening | PetitionOpening, at: datetime = MONDAY) -> None:
        self.engine = VirtualEngine(SHELF)
        self.at = at
        self._acts = 0
        self.engine.open(Start(NUMBER, opening, RULES.digest, CALENDAR.digest, OFFICER, "open", at))

    def act(self, actor: Actor, act: Act, after: timedelta = timedelta(hours=1)) -> None:
        self.at += after
        self._acts += 1
        self.engine.act(NUMBER, f"a{self._acts}", actor, act, self.at)

    @property
    def file(self) -> CaseFile:
        return file_of(NUMBER, self.engine.ledger[NUMBER])


def duties_of(file: CaseFile) -> Iterator[int]:
    for event in file.events:
        if event.fact.code == "duty_opened":
            yield event.fact.duty.number  # type: ignore[attr-defined]


def assert_explained(played: Played) -> None:
    for number in duties_of(played.file):
        shown = explanation(played.file, number, VOICE)
        terms = terms_of(played.file.events, number, SHELF)
        assert shown is not None
        assert terms is not None
        last = shown.lines[-1]
        assert last.code == "result"
        assert (shown.legal_due, shown.internal_due) == (terms.dates.legal, terms.dates.internal)
        assert last.detail["legal"] == terms.dates.legal.isoformat()
        assert not any("{" in line.text.zh + line.text.en for line in shown.lines)
        if terms.duty.rule not in RULES.limits:
            continue  # an instant that was set outright is not a sum
        counted = due(
            RULES.limits[terms.duty.rule], terms.duty.counted_from, terms.calendar, RULES.clock,
            paused=terms.pauses, extended=terms.extended,
        )  # fmt: skip
        assert min(counted.legal, terms.duty.cap or counted.legal) == terms.dates.legal
        held = played.file.case.duties.get(number)
        assert held is None or held.legal_due == shown.legal_due


def an_order(**more: object) -> OrderOpening:
    values = {"applicant": Party("r"), **more}
    return OrderOpening(OFFICES, "01", Content("t"), Content("x"), **values)  # type: ignore[arg-type]


def an_accepted_order(service: Service = Service.PROJECT, at: datetime = MONDAY) -> Played:
    played = Played(an_order(), at)
    played.act(WORKER, order.AcceptNeed(service))
    played.act(WORKER, order.Dispatch((WATER,)))
    played.act(HANDLER, order.Accept())
    return played


def test_an_extension_is_a_line_of_the_sum() -> None:
    played = an_accepted_order()
    played.act(HANDLER, order.RequestExtension(5, Content("r")))
    played.act(WORKER, order.GrantExtension(5))
    shown = explanation(played.file, 4, VOICE)
    assert shown is not None
    assert [line.code for line in shown.lines if line.code in ("count", "extend")] == ["count", "extend"]
    assert_explained(played)


def test_a_hearing_is_left_out_of_the_recheck_and_the_sum_says_so() -> None:
    played = Played(PetitionOpening(OFFICES, "01", Content("t"), Content("x"), petitioner=Party("r")))
    line = petition.OrderLine(WATER, Share.LEAD, Content("c"), mandatory=False)
    recheckers = Actor("k", Role.HANDLER, OFFICES.recheck_office)
    for actor, act in (
        (OFFICER, petition.Sort(petition.Category.CLAIM, petition.Path.RESIDUAL)),
        (OFFICER, petition.Split((line,))),
        (HANDLER, petition.GiveNotice(True, Content("n"))),
        (HANDLER, petition.IssueOpinion(Content("a"), Content("b"), petition.Opinion.EXPLAIN, Content("d"))),
        (HANDLER, petition.Serve()),
        (PERSON, petition.AskReview(Content("r"))),
        (
            Actor("v", Role.HANDLER, OFFICES.review_office),
            petition.DecideReview(petition.Ruling.UPHOLD, Content("r")),
        ),
        (PERSON, petition.AskRecheck(Content("r"))),
        (recheckers, petition.StartHearing(MONDAY + timedelta(days=90))),
    ):
        played.act(actor, act)
    *_, number, _hearing = duties_of(played.file)
    standing = explanation(played.file, number, VOICE)
    assert standing is not None
    assert "standing" in [each.code for each in standing.lines]
    played.act(recheckers, petition.EndHearing(Content("h")), after=timedelta(days=10))
    shown = explanation(played.file, number, VOICE)
    assert shown is not None
    assert "pause" in [each.code for each in shown.lines]
    assert shown.legal_due > standing.legal_due
    assert_explained(played)


def test_the_date_of_the_parent_case_prevails_and_is_named() -> None:
    cap = MONDAY + timedelta(days=2)
    parent = Parent(CaseNo("P1"), Link.SPLIT_INTO, Unit("y/lead"), OFFICE, cap=cap)
    played = Played(an_order(unit=WATER, service=Service.PROJECT, parent=parent))
    played.act(HANDLER, order.Accept())
    shown = explanation(played.file, max(duties_of(played.file)), VOICE)
    assert shown is not None
    assert shown.legal_due == cap
    assert "cap" in [each.code for each in shown.lines]
    assert_explained(played)


def test_hours_and_days_are_told_apart() -> None:
    hours = explanation(an_accepted_order(Service.URGENT).file, 4, VOICE)
    days = explanation(an_accepted_order(Service.WISH).file, 4, VOICE)
    assert hours is not None
    assert days is not None
    assert hours.lines[0].text.zh == "2026-03-02 12:00 起算"
    assert "不计入" in days.lines[0].text.zh
    assert days.lines[-1].text.zh.endswith("24:00")


def test_a_duty_the_case_does_not_have_has_no_sum() -> None:
    assert explanation(an_accepted_order().file, 99, VOICE) is None


@settings(max_examples=60, deadline=None)
@given(
    service=st.sampled_from(Service),
    at=st.datetimes(datetime(2024, 1, 1), datetime(2027, 6, 1)),
    days=st.none() | st.integers(1, 7),
)
def test_every_sum_ends_in_the_duty_s_own_dates(service: Service, at: datetime, days: int | None) -> None:
    played = an_accepted_order(service, at.replace(microsecond=0, tzinfo=CST))
    urgent = service in (Service.URGENT, Service.UTILITY)
    if days is not None and not urgent:
        played.act(HANDLER, order.RequestExtension(days, Content("r")), after=timedelta(minutes=1))
        played.act(WORKER, order.GrantExtension(days), after=timedelta(minutes=1))
    assert_explained(played)


def held(share: float, *, days: int = 30, **more: bool) -> tuple[OpenDuty, datetime]:
    played = an_accepted_order()
    duty = played.file.case.duties[4].duty
    start, end = duty.counted_from, duty.counted_from + timedelta(days=days)
    return OpenDuty(duty, end, end, False, **more), start + share * (end - start)


@pytest.mark.parametrize(
    ("share", "colour"),
    [
        (0.0, None), (0.49, None), (0.5, Colour.BLUE), (0.79, Colour.BLUE), (0.8, Colour.YELLOW),
        (1.0, Colour.YELLOW), (1.01, Colour.RED),
    ],
)  # fmt: skip
def test_blue_at_half_yellow_at_four_fifths_red_when_overdue(share: float, colour: Colour | None) -> None:
    duty, now = held(share)
    assert colour_of(duty, now, RULES) is colour


def test_a_short_limit_has_no_yellow_and_a_standing_clock_no_colour() -> None:
    short, _ = held(0.0)
    short.internal_due = short.legal_due = short.duty.counted_from + timedelta(hours=2)
    assert colour_of(short, short.duty.counted_from + timedelta(minutes=110), RULES) is Colour.BLUE
    assert colour_of(*held(0.9, paused=True), RULES) is None
    assert colour_of(*held(0.1, breached=True), RULES) is Colour.RED


def test_a_cursor_gives_back_its_key_and_nothing_else_is_one() -> None:
    key = (MONDAY, "O20260302-00001", 3)
    assert key_of(cursor_of(*key), datetime, str, int) == key
    for wrong in ("", "x", "ÿ", cursor_of(MONDAY, "a"), cursor_of("a", "b", 1), cursor_of(MONDAY, "a", True),
                  cursor_of(MONDAY, "a\x00", 1), cursor_of(MONDAY, "a", 2**40)):  # fmt: skip
        with pytest.raises(Problem):
            key_of(wrong, datetime, str, int)
