"""Statistics from counts kept by day and month are those counted one by one, whatever is asked and whenever."""

import asyncio
import random
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from activities.interface import RecordRequest
from activities.ledger import Ledger
from activities.rebuild import rebuild
from activities.settings import Role as Login
from activities.shelf import load_shelf
from api.answers import Rate, Statistics
from api.reading.counting import GRADES, RESPONSES, Period, cut, midnight, rate_of, settle, statistics
from api.town import Town
from api.voice import Voice
from api.words import Language
from domain.calendar import CST
from domain.duties import DutyKind
from domain.events import CaseOpened, Event
from domain.vocabulary import CaseKind, CaseNo, Grade, Unit
from rehearsal.benches.copies import some_lives
from rehearsal.into_ledger import Lives, request
from rehearsal.town import load_town

SCHEMA = Path(__file__).parents[2] / "activities" / "migrations" / "0010_statistics.sql"
REPORTS = (DutyKind.WHISTLE_SIGN, DutyKind.WHISTLE_CONTACT, DutyKind.WHISTLE_REPORT)
ROWS = (
    ("case_tally", "SELECT * FROM case_tally t"),
    ("case_obligations", "SELECT * FROM case_obligations t"),
    ("tally", "SELECT * FROM tally t WHERE cases <> 0"),
    ("obligation_tally", "SELECT * FROM obligation_tally t WHERE total <> 0"),
)
Row = Mapping[str, Any]


@pytest.fixture(scope="module")
def lives() -> Lives:
    return some_lives(160, seed=4)


@pytest.fixture(scope="module")
async def door(database: Any, lives: Lives) -> AsyncIterator[Any]:
    """Lives on the ledger, written a piece at a time; somebody looked after each."""
    connection = await database.connect(Login.DOOR)
    async with asyncpg.create_pool(database.url(Login.LEDGER), min_size=1, max_size=2) as pool:
        ledger = Ledger(pool)
        heads = dict.fromkeys(lives.events, "")
        for first, last in pairwise((0.0, 0.1, 0.4, 1.0)):
            pieces = list(requests(lives, heads, first, last))
            results = await asyncio.gather(*map(ledger.record, pieces))
            heads |= {CaseNo(p.case_no): r.head for p, r in zip(pieces, results, strict=True)}
            await settle(connection)
        await ledger.close()
    yield connection
    await connection.close()


def requests(lives: Lives, heads: Mapping[CaseNo, str], first: float, last: float) -> Iterator[RecordRequest]:
    """A share of the events of every case; at least its opening."""
    for number, events in lives.events.items():
        begin, end = (max(bool(share), round(len(events) * share)) for share in (first, last))
        if begin < end:
            yield request(number, events[begin:end]).model_copy(update={"head": heads[number]})


@pytest.fixture(scope="module")
def voice() -> Voice:
    return Voice(Language.ZH, Town(load_town().tree, {}), load_shelf())


class Register:
    """Everything on the register, to be counted one by one."""

    def __init__(self, cases: list[Row], duties: list[Row], ratings: list[Row], accused: set[CaseNo]) -> None:
        self.cases = cases
        self.duties, self.ratings = defaultdict[str, list[Row]](list), defaultdict[str, list[Row]](list)
        for each in duties:
            self.duties[each["case_no"]].append(each)
        for each in ratings:
            self.ratings[each["case_no"]].append(each)
        self._accused = accused

    def of(self, period: Period, *, with_unit: bool = True) -> Iterator[Row]:
        """Cases of a period."""
        for each in self.cases:
            wanted = (
                each["drill"] == period.drill
                and period.kind in (None, each["kind"])
                and period.community in (None, each["community"])
                and (not with_unit or period.unit in (None, each["unit"]))
                and (period.since is None or each["opened_at"] >= period.since)
                and (period.until is None or each["opened_at"] < period.until)
            )
            if wanted:
                yield each

    def is_hidden(self, case: Row) -> bool:
        unsorted = case["kind"] == "petition" and case["category"] is None
        return bool(case["confidential"] or unsorted or case["accused"] or case["case_no"] in self._accused)

    def rating(self, case: Row) -> Row | None:
        """The last valid one of a closed case."""
        valid = (
            each
            for each in self.ratings[case["case_no"]]
            if each["rater"] == "resident"
            or (each["rater"] == "return_visit" and each["satisfied"] is not None)
        )
        return max(valid, key=lambda each: each["seq"], default=None) if case["closed_at"] else None

    def response(self, case: Row) -> Row | None:
        kinds = {each.value for each in RESPONSES}
        some = (each for each in self.duties[case["case_no"]] if each["kind"] in kinds)
        return min(some, key=lambda each: each["number"], default=None)

    def owed(self, period: Period) -> Iterator[Row]:
        for case in self.of(period, with_unit=False):
            for each in () if self.is_hidden(case) else self.duties[case["case_no"]]:
                is_owed = each["status"] != "relieved" or each["breached_at"] is not None
                is_of_unit = each["owner_unit"] and period.unit in (None, each["owner_unit"])
                if each["nature"] == "obligation" and is_owed and is_of_unit:
                    yield each


@pytest.fixture(scope="module")
async def register(door: Any, lives: Lives) -> Register:
    return await read(door, lives)


async def read(door: Any, lives: Lives) -> Register:
    cases, duties, ratings = [
        await door.fetch(f"SELECT * FROM {table}")
        for table in ("case_register", "duty_register", "rating_register")
    ]
    accused = {number for number, events in lives.events.items() if is_part_of_accusation(events[0])}
    return Register(cases, duties, ratings, accused)


def is_part_of_accusation(opened: Event) -> bool:
    assert isinstance(opened.fact, CaseOpened)
    parent = getattr(opened.fact.opening, "parent", None)
    return parent is not None and parent.accused is not None


def is_decided(duty: Row) -> bool:
    return duty["breached_at"] is not None or duty["status"] == "fulfilled"


def is_in_time(duty: Row) -> bool:
    return duty["breached_at"] is None and duty["status"] == "fulfilled"


def on_time(duties: list[Row]) -> Rate:
    return rate_of(sum(map(is_in_time, duties)), sum(map(is_decided, duties)), len(duties))


def grade(rating: Row) -> Grade:
    if rating["resolution"] is None:
        return Grade.SATISFIED if rating["satisfied"] else Grade.DISSATISFIED
    return GRADES[int((rating["speed"] + rating["attitude"] + rating["resolution"]) / 3 + 0.5)]


def is_resolved(case: Row, rating: Row) -> bool:
    """A resident's mark says it; in mediation the performed agreement does (《人民调解法》第31条)."""
    if rating["resolution"] is None:
        return bool(case["outcome"] == "agreed_performed")
    return bool(rating["resolution"] >= 3)


def check(found: Statistics, register: Register, period: Period, voice: Voice) -> None:
    """Every number, one by one."""
    all_of_it = list(register.of(period))
    cases = [each for each in all_of_it if not register.is_hidden(each)]
    closed = [each for each in cases if each["closed_at"]]
    rated = [(each, rating) for each in closed if (rating := register.rating(each))]
    responses = [duty for each in cases if (duty := register.response(each))]
    weight = sum(voice.shelf.rulebook(case["rulebook"]).satisfaction[grade(rating)] for case, rating in rated)
    everywhere = period.community is None and period.unit is None
    assert found.hidden == (len(all_of_it) - len(cases) if everywhere else None)
    assert (found.cases, found.closed) == (len(cases), len(closed))
    assert found.breaches == sum(each["breaches"] for each in cases)
    assert found.response == on_time(responses)
    resolved = sum(is_resolved(case, rating) for case, rating in rated)
    assert found.resolution == rate_of(resolved, len(rated), len(closed))
    assert found.satisfaction == rate_of(weight, len(rated), len(closed))
    owed = list(register.owed(period))
    assert found.on_time == on_time(owed)
    for column, told in (
        ("owner_unit", found.by_unit), ("matter", found.by_matter), ("community", found.by_community),
    ):  # fmt: skip
        groups = defaultdict[str, list[Row]](list)
        for each in owed:
            groups[each[column]].append(each)
        assert {each.code: each.on_time for each in told} == {c: on_time(some) for c, some in groups.items()}
        assert [each.code for each in told] == sorted(groups, key=lambda code: (-len(groups[code]), code))


def instants(register: Register, chance: random.Random) -> list[datetime | None]:
    """Where a period may begin or end: at midnights, at the first of a month, at a case's own instant, anywhere."""
    opened = [each["opened_at"].astimezone(CST) for each in register.cases]
    one, other = chance.choice(opened), chance.choice(opened)
    return [
        None, one, midnight(other.date()), midnight(other.date().replace(day=1)),
        one + timedelta(seconds=chance.randrange(4_000_000)), other.astimezone(UTC),
    ]  # fmt: skip


def periods(register: Register, seed: int) -> Iterator[Period]:
    chance = random.Random(seed)
    units = sorted({each["unit"] for each in register.cases if each["unit"]})
    communities = sorted({each["community"] for each in register.cases})
    for _ in range(20):
        since, until = (chance.choice(instants(register, chance)) for _ in range(2))
        place = chance.choice(["", "", "community", "unit", "both"])
        yield Period(
            since, until, chance.choice([None, None, *CaseKind]),
            Unit(chance.choice(communities)) if place in ("community", "both") else None,
            Unit(chance.choice(units)) if place in ("unit", "both") else None, drill=True,
        )  # fmt: skip


async def test_everything_together_is_what_was_counted_one_by_one(
    door: Any, register: Register, voice: Voice
) -> None:
    found = await statistics(door, voice, Period(drill=True))
    check(found, register, Period(drill=True), voice)
    assert found.hidden
    assert found.breaches
    assert found.satisfaction.denominator


@pytest.mark.parametrize("seed", range(8))
async def test_any_period_kind_and_place_is_what_was_counted_one_by_one(
    door: Any, register: Register, voice: Voice, seed: int
) -> None:
    for period in periods(register, seed):
        check(await statistics(door, voice, period), register, period, voice)


async def test_drills_and_real_cases_are_counted_apart(door: Any, voice: Voice) -> None:
    real = await statistics(door, voice, Period())
    assert (real.cases, real.hidden, real.by_unit) == (0, 0, ())


async def test_a_case_that_is_no_longer_hidden_leaves_that_number_for_the_others(
    door: Any, register: Register
) -> None:
    """Petitions were hidden while nobody had sorted them (《信访工作条例》第22条); no cell remembers it."""
    cells = await door.fetch("SELECT dimension, sum(cases) FROM tally WHERE grain = 'month' GROUP BY 1")
    by = {each["dimension"]: each["sum"] for each in cells}
    hidden = sum(map(register.is_hidden, register.cases))
    petitions = sum(each["kind"] == "petition" for each in register.cases)
    assert (by["all"], by["hidden"]) == (len(register.cases) - hidden, hidden)
    assert by["all"] == by["unit"] == by["matter"] == by["community"]
    assert hidden < petitions


async def test_days_weeks_and_months_add_up_to_the_same(door: Any) -> None:
    rows = await door.fetch(
        "SELECT grain, dimension, sum(cases) AS cases, sum(breaches) AS breaches FROM tally GROUP BY 1, 2"
    )
    sums = {(row["grain"], row["dimension"]): (row["cases"], row["breaches"]) for row in rows}
    assert sums["day", "all"] == sums["week", "all"] == sums["month", "all"] == sums["month", "unit"]
    assert sums["day", "hidden"] == sums["month", "hidden"]
    owed = await door.fetch("SELECT grain, dimension, sum(total) FROM obligation_tally GROUP BY 1, 2")
    assert len({row["sum"] for row in owed}) == 1


async def test_a_rebuilt_register_gives_the_same_tallies(door: Any, database: Any) -> None:
    before = await dump(door)
    owner = await database.connect(Login.OWNER)
    await rebuild(owner)
    await owner.close()
    await settle(door)
    assert await dump(door) == before


async def dump(door: Any) -> dict[str, list[tuple[Any, ...]]]:
    """Every row; of the cells those that count something, for some came down to noughts."""
    return {
        table: [tuple(row) for row in await door.fetch(f"{statement} ORDER BY t")]
        for table, statement in ROWS
    }


async def test_no_case_that_is_hidden_is_owed_anything_in_the_counts(door: Any, register: Register) -> None:
    owed = {row["case_no"] for row in await door.fetch("SELECT case_no FROM case_obligations")}
    assert not owed & {each["case_no"] for each in register.cases if register.is_hidden(each)}


async def test_what_is_overdue_or_unreported_now_is_flagged(door: Any, register: Register) -> None:
    kinds = {each.value for each in REPORTS}
    for row in await door.fetch("SELECT * FROM case_tally"):
        owed = [each for each in register.duties[row["case_no"]] if each["status"] == "open"]
        assert row["overdue"] == any(each["breached_at"] is not None for each in owed)
        assert row["unreported"] == any(each["kind"] in kinds for each in owed)


def test_the_schema_counts_the_duties_that_the_code_names() -> None:
    kinds = set(re.findall(r"'((?:order|mediation|petition|whistle)\.[a-z_]+)'", SCHEMA.read_text("utf-8")))
    assert kinds == {each.value for each in (*RESPONSES, *REPORTS)}


@pytest.mark.parametrize(
    "since", [None, datetime.min.replace(tzinfo=UTC), datetime(2026, 3, 5, 1, tzinfo=UTC)]
)
@pytest.mark.parametrize("until", [None, datetime.max.replace(tzinfo=UTC), datetime(2027, 1, 1, tzinfo=CST)])
def test_a_period_is_cut_without_a_gap_and_without_counting_twice(
    since: datetime | None, until: datetime | None
) -> None:
    pieces = cut(since, until)
    spans = sorted([*((midnight(a), midnight(b)) for _, a, b in pieces.cells), *pieces.rest])
    spans = [(a, b) for a, b in spans if a < b]
    assert all(one[1] == other[0] for one, other in zip(spans, spans[1:], strict=False))
    assert since is None or since.year == 1 or spans[0][0] == since
    assert until is None or until.year == 9999 or spans[-1][1] == until
    assert all(b - a < timedelta(days=1) for a, b in pieces.rest)
    assert all(a.day == b.day == 1 for grain, a, b in pieces.cells if grain == "month")


@pytest.mark.parametrize("hours", [0, 1, 23, -30])
def test_a_period_within_a_day_or_turned_round_has_no_cells(hours: int) -> None:
    since = datetime(2026, 3, 5, 0, 30, tzinfo=CST)
    assert not [each for each in cut(since, since + timedelta(hours=hours)).cells if each[1] != each[2]]


def test_a_month_is_one_cell() -> None:
    of_march = cut(datetime(2026, 3, 1, tzinfo=CST), datetime(2026, 4, 1, tzinfo=CST))
    assert [each for each in of_march.cells if each[1] < each[2]] == [
        ("month", date(2026, 3, 1), date(2026, 4, 1))
    ]
    assert of_march.rest == ()
