"""Closed cases under another edition: which duties fare otherwise, and that no shortcut changes the answer."""

import csv
from collections import Counter
from collections.abc import Iterator
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import asyncpg
import pytest
from builders import WATER, WORKER, YUAN, Story, a_dispute, an_order, handler, mediator, rules, shelf, text

from activities.settings import Role
from activities.shelf import load_shelf
from audit.casefiles.reading import Wanted
from audit.study import generated, recorded
from audit.study.charts import Legend, on_time_chart
from audit.study.courses import CannotRun, Course, Editions, Fate, Life, Owed, course, life_of
from audit.study.whatif import Moved, Question, Study, Tally, ask, rows_of, write_csv
from domain.acts import base, mediation, order
from domain.duties import DutyKind
from domain.rulebook import Rulebook, parse_rulebook
from domain.shelf import Shelf
from domain.vocabulary import Service, Unit
from rehearsal.into_ledger import Lives

EDITION = """
edition = "{name}"
extends = "default-3"
title_zh = "试"
title_en = "Trial"
released = 2026-11-21

[limits]
"{key}" = {{ n = {n}, unit = "{unit}", starts_at = "accepted", source = "《测试》", tag = "PROPOSED" }}
"""
LEGEND = Legend("按时率 <试>", "原版本", "试", "按时率", "没有变化")


def edition(
    key: str = "order.handle.order", n: float = 5, unit: str = "working_day", name: str = "trial"
) -> str:
    return EDITION.format(name=name, key=key, n=n, unit=unit)


def with_edition(text_of_it: str) -> tuple[Rulebook, Shelf]:
    packaged = load_shelf()
    other = parse_rulebook(text_of_it, packaged.rulebook("default-3"))
    return other, Shelf([*packaged.rulebooks, other], packaged.calendars)


@cache
def year(size: int = 250, seed: int = 5) -> tuple[tuple[Life, Course | None], ...]:
    packaged = load_shelf()
    jobs = generated.batches(size, seed, "default-3")
    return tuple(each for job in jobs for each in generated.generated_lives(packaged, job))


def a_served_order() -> Life:
    story = Story()
    number = story.open(an_order(Service.SERVICE, WATER))
    story.do(number, handler(WATER), order.Accept())
    story.wait(days=2)
    story.do(number, handler(WATER), order.Complete(text("done")))
    story.do(number, YUAN, base.Rate(5, 5, 5))
    story.do(number, WORKER, base.Rate(5, 5, 5))
    story.do(number, WORKER, order.CloseOrder())
    return life_of(number, story.events(number))


def test_under_its_own_edition_every_life_comes_to_what_the_ledger_has(town_lives: Lives) -> None:
    packaged = load_shelf()
    for number, events in town_lives.events.items():
        life = life_of(number, events)
        again = course(life, packaged.rulebook(life.start.rulebook), packaged)
        assert again.refused == ()
        breached = {n for e in events if e.fact.code == "duty_breached" for n in [e.fact.duty]}  # type: ignore[attr-defined]
        assert {s.duty.number for s in again.spans if s.fate is Fate.BREACHED} == breached


def test_a_shorter_limit_makes_a_breach_of_what_was_in_time() -> None:
    other, shelved = with_edition(edition("order.handle.service", 1))
    tally = Study(other, shelved).look([(a_served_order(), None)])
    assert (tally.cases, tally.changed) == (1, 1)
    moved = Moved(DutyKind.ORDER_HANDLE, Fate.MET, Fate.BREACHED)
    assert {each for each in tally.by_duty if each.before is not each.after} == {moved}
    assert tally.by_unit[Moved(WATER, Fate.MET, Fate.BREACHED)] == 1
    assert tally.by_matter[Moved("0101", Fate.MET, Fate.BREACHED)] == 1


def test_acts_that_the_other_edition_refuses_are_passed_over_and_counted() -> None:
    """Under an hour to accept, the unit's acceptance comes too late: the order is the community's again."""
    story = Story()
    number = story.open(an_order(Service.SERVICE, WATER))
    story.wait(hours=3)
    story.do(number, handler(WATER), order.Accept())
    story.do(number, handler(WATER), order.Complete(text("done")))
    other, shelved = with_edition(edition("order.accept", 1, "hour"))
    life = life_of(number, story.events(number))
    tally = Study(other, shelved).look([(life, None)])
    assert tally.refused == Counter({"order.accept: out_of_turn": 1, "order.complete: out_of_turn": 1})
    assert tally.by_duty[Moved(DutyKind.ORDER_HANDLE, Fate.MET, Fate.NEVER_OPENED)] == 1
    assert tally.by_duty[Moved(DutyKind.ORDER_DISPATCH, Fate.NEVER_OPENED, Fate.OPEN)] == 1


def test_a_dispute_under_four_levels_runs_with_the_seats_found_for_them_or_is_counted_apart() -> None:
    story = Story()
    number = story.open(a_dispute())
    story.do(number, mediator(1), mediation.SignFor())
    life = life_of(number, story.events(number))
    gaotai = rules("gaotai-4x7")
    with pytest.raises(CannotRun):
        course(life, gaotai, shelf())
    tally = Study(gaotai, shelf()).look([(life, None)])
    assert (tally.cases, tally.cannot_run) == (1, Counter({"mediation": 1}))
    four = tuple(Unit(f"city/town/{name}") for name in ("grid", "village", "justice", "centre"))
    seated = Life(life.start, life.deeds, life.until, four)
    assert course(seated, gaotai, shelf()).refused == ("mediation.sign: no_right",)


@pytest.mark.parametrize(
    ("key", "n", "unit"),
    [
        ("order.handle.order", 5, "working_day"), ("order.handle.order", 30, "natural_day"),
        ("order.handle.order", 90, "hour"), ("order.accept", 1, "hour"), ("order.accept", 9, "working_hour"),
        ("order.rate", 1, "natural_day"), ("order.community_rate", 2, "working_day"),
        ("order.close", 20, "working_day"), ("order.dispatch", 1, "hour"),
    ],
)  # fmt: skip
def test_sparing_a_second_run_never_changes_the_answer(key: str, n: float, unit: str) -> None:
    """What is said to be the same course is run all the same, and is."""
    other, shelved = with_edition(edition(key, n, unit))
    lives = year()
    editions = Editions(shelved.rulebook("default-3"), other, shelved)
    spared = [(life, known) for life, known in lives if known and editions.same_course(life, known)]
    assert spared
    for life, known in spared:
        again = course(life, other, shelved)
        assert again.refused == ()
        assert again.fates() == known.fates()
    quick, whole = (Study(other, shelved, every=every).look(lives) for every in (False, True))
    assert (quick.by_duty, quick.by_unit, quick.by_matter) == (whole.by_duty, whole.by_unit, whole.by_matter)
    assert (quick.changed, quick.refused) == (whole.changed, whole.refused)


def test_the_same_holds_for_cases_of_every_kind_that_people_played(town_lives: Lives) -> None:
    other, shelved = with_edition(edition("order.handle.service", 1))
    lives = [(life_of(number, events), None) for number, events in town_lives.events.items()]
    quick, whole = (Study(other, shelved, every=every).look(lives) for every in (False, True))
    assert 0 < quick.spared < quick.cases
    assert (quick.by_duty, quick.changed, quick.refused) == (whole.by_duty, whole.changed, whole.refused)


def test_a_changed_figure_or_clock_spares_nobody() -> None:
    packaged = load_shelf()
    text_of_it = (
        edition() + '\n[figures]\n"order.send_back_max" = { n = 9, source = "《测试》", tag = "PROPOSED" }\n'
    )
    other = parse_rulebook(text_of_it, packaged.rulebook("default-3"))
    life, known = year(1)[0]
    assert known is not None
    assert not Editions(packaged.rulebook("default-3"), other, packaged).same_course(life, known)


def test_an_order_that_asked_for_more_time_is_always_run_again() -> None:
    story = Story()
    number = story.open(an_order(Service.SERVICE, WATER))
    story.do(number, handler(WATER), order.Accept())
    story.do(number, handler(WATER), order.RequestExtension(5, text("x")))
    life = life_of(number, story.events(number))
    other, shelved = with_edition(edition())
    known = course(life, shelved.rulebook("default-3"), shelved)
    assert not Editions(shelved.rulebook("default-3"), other, shelved).same_course(life, known)


# -- the generated year ----------------------------------------------------------------------------------


def test_a_generated_life_is_lawful_and_its_course_is_what_the_law_gives() -> None:
    packaged = load_shelf()
    for life, known in year(120):
        again = course(life, packaged.rulebook("default-3"), packaged)
        assert known is not None
        assert (again.refused, again.fates()) == ((), known.fates())


def test_the_generated_year_has_the_shape_that_was_published() -> None:
    lives = year(2100, seed=1)
    by_unit = Counter(life.start.opening.unit for life, _ in lives)  # type: ignore[attr-defined]
    carried = sum(count for _, count in by_unit.most_common(24)) / len(lives)
    by_day = sum(8 <= life.start.at.hour < 18 for life, _ in lives) / len(lives)
    worked = sum(life.start.at.weekday() < 5 for life, _ in lives) / len(lives)
    handled = Counter(
        span.fate for _, known in lives if known for span in known.spans
        if span.duty.kind is DutyKind.ORDER_HANDLE
    )  # fmt: skip
    assert 0.7 < carried < 0.9
    assert 0.66 < by_day < 0.74
    assert 0.78 < worked < 0.86  # 5 × 108 against 2 × 58
    assert 0.05 < handled[Fate.BREACHED] / handled.total() < 0.14
    assert len({life.start.number for life, _ in lives}) == len(lives)


def test_a_record_at_hand_gives_its_own_units_matters_and_hours(tmp_path: Path) -> None:
    record = tmp_path / "record.csv"
    head = "CREATE_TIME,COMMUNITY_NAME,SUB_TYPE_NAME,DISPOSE_UNIT_NAME,OVERTIME_ARCHIVE_NUM\n"
    record.write_text(
        head
        + "2018-02-08 15:34:40,东社区,漏水,城管局（东）,1\n2018-02-08 15:00:00,东社区,漏水,城管局(东),0\n",
        encoding="utf-8",
    )
    shape = generated.shape_of(record)
    assert len(shape.kinds) == 1  # brackets of either width are one body
    assert list(shape.late.values()) == [0.5]
    assert [shape.hours[hour] for hour in (14, 15)] == [0, 2]


def test_many_processes_find_what_one_finds(tmp_path: Path) -> None:
    (tmp_path / "trial.toml").write_text(edition(), encoding="utf-8")
    jobs = [generated.Batch(place, 60, 1, "default-3", "cn-2026") for place in range(3)]
    heard: list[int] = []
    question = Question("trial", tmp_path)
    alone = ask(question, generated.generated_lives, jobs, processes=1, tell=heard.append)
    many = ask(question, generated.generated_lives, jobs, processes=2)
    assert heard == [60, 120, 180]
    assert alone.tally == many.tally
    assert alone.tally.cases == 180


# -- what is told -------------------------------------------------------------------------------------


@cache
def found() -> Tally:
    other, shelved = with_edition(edition(n=2))
    return Study(other, shelved).look(year())


def test_the_table_adds_up_to_the_duties_that_were_counted() -> None:
    tally = found()
    for counted in (tally.by_duty, tally.by_unit, tally.by_matter):
        rows = rows_of(counted)
        assert sum(row.moved for row in rows) == sum(n for m, n in counted.items() if m.before is not m.after)
        assert sum(row.owed for row in rows) == sum(
            n for m, n in counted.items() if m.before in (Fate.MET, Fate.BREACHED)
        )
        assert [row.moved for row in rows] == sorted((row.moved for row in rows), reverse=True)
    (handle,) = (row for row in rows_of(tally.by_duty) if row.about == DutyKind.ORDER_HANDLE)
    assert handle.on_time_before is not None
    assert handle.on_time_after is not None
    assert handle.now_breached > 0
    assert handle.met_after == handle.met_before - handle.now_breached + handle.now_met


def test_the_csv_has_every_count() -> None:
    tally = found()
    lines = list(csv.DictReader(StringIO(write_csv(tally))))
    for group, counted in (("duty", tally.by_duty), ("unit", tally.by_unit), ("matter", tally.by_matter)):
        assert sum(int(each["duties"]) for each in lines if each["group"] == group) == counted.total()


def test_the_chart_is_a_picture_with_words_and_nothing_that_runs() -> None:
    drawn = on_time_chart(rows_of(found().by_unit), LEGEND)
    root = ElementTree.fromstring(drawn)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "rect", "text", "circle", "line"}
    words = "".join(root.itertext())
    assert "按时率 <试>" in words
    assert "→" in words
    assert "没有变化" in "".join(ElementTree.fromstring(on_time_chart((), LEGEND)).itertext())


def test_two_duties_of_one_sort_are_told_apart_by_their_order() -> None:
    lives = [known for _, known in year() if known]
    again: Iterator[Owed] = (owed for known in lives for owed in known.fates() if owed.nth > 1)
    assert any(owed.kind == DutyKind.ORDER_HANDLE for owed in again)
    assert all(len(known.fates()) == len(known.spans) for known in lives)


# -- from the ledger ------------------------------------------------------------------------------------


async def test_closed_cases_are_read_from_their_acts_alone(written: Any, town_lives: Lives) -> None:
    url = written.url(Role.READER)
    connection = await asyncpg.connect(url)
    try:
        wanted = Wanted(drill=True)
        jobs = await recorded.batches(connection, url, "default-3", wanted)
        closed = await connection.fetchval("SELECT count(*) FROM case_register WHERE closed_at IS NOT NULL")
        lives = [life for job in jobs for life in await recorded._read(rules(), job)]
    finally:
        await connection.close()
    assert len(lives) == closed > 20
    known = {number: life_of(number, events) for number, events in town_lives.events.items()}
    packaged = load_shelf()
    for life in lives:
        pinned = packaged.rulebook(life.start.rulebook)
        assert (
            course(life, pinned, packaged).fates()
            == course(known[life.start.number], pinned, packaged).fates()
        )
