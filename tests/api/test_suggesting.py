"""Suggestions: what makes two matters alike, whom past orders speak for, and how often that is right."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from activities.accounts import Matter
from activities.grams import grams
from activities.likeness import Handled, Worded
from api.reading.suggesting import (
    HISTORY,
    MOST,
    Basis,
    alike_among,
    is_suitable,
    matter_in_words,
    ranked_units,
)
from api.town import UNSORTED, Town
from api.voice import Voice
from api.words import Language
from domain.acts.petition import Category, Sort
from domain.shelf import Shelf
from domain.state import Case
from domain.vocabulary import CaseNo, Party, Unit
from rehearsal.mapping import load_mapping
from rehearsal.rows import Row, read_rows
from rehearsal.town import load_town

RECORD = Path(__file__).parents[3] / "shared" / "data" / "cn_hotline_pingshan_2018_02_to_10.csv"
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
XINGYE, BINHU = Unit("yunhe/binhu/xingye"), Unit("yunhe/binhu")
CITY, WATER = Unit("yunhe/chengguan"), Unit("yunhe/shuiwu")
COVER = "01.01.01"


def told(number: str, text: str, hours: float = 0, **more: object) -> Worded:
    """A matter told in some words, so many hours after noon."""
    plain = Worded(
        CaseNo(number), "order", XINGYE, COVER, frozenset(), NOON + timedelta(hours=hours), False, False,
        frozenset(grams(text)),
    )  # fmt: skip
    return replace(plain, **more)


def likely(*matters: Worded) -> list[str]:
    """What the last of some matters may repeat."""
    known = {each.number: each for each in matters}
    return [each.number for each in alike_among(known, [matters[-1].number])[matters[-1].number]]


HOLE, LAMP = "南门外人行道上的井盖松了，老人差点踩空", "后门六盏路灯黑了一个星期"


def test_like_words_come_before_the_same_sub_type_alone() -> None:
    same = told("A", LAMP, 1)
    alike = told("B", "小区南门外人行道井盖松动，有老人差点踩空", 0)
    assert likely(same, alike, told("C", HOLE, 2)) == ["B", "A"]


def test_like_words_are_enough_where_nobody_has_sorted_yet() -> None:
    first = told("A", HOLE, matter=UNSORTED)
    assert likely(first, told("B", LAMP, 1, matter=UNSORTED), told("C", HOLE, 2, matter=UNSORTED)) == ["A"]


def test_the_same_sub_type_weeks_ago_in_other_words_is_no_duplicate() -> None:
    assert likely(told("A", LAMP), told("B", HOLE, 24 * 10)) == []


def test_what_came_later_or_was_merged_already_is_no_duplicate() -> None:
    merged, later = told("A", HOLE, merged=True), told("B", HOLE, 5)
    assert likely(merged, later, told("C", HOLE, 2)) == []


def test_real_matters_and_drills_and_other_kinds_do_not_mix() -> None:
    drill, petition = told("A", HOLE, drill=True), told("B", HOLE, kind="petition")
    assert likely(drill, petition, told("C", HOLE, 2)) == []


def test_one_persons_matters_need_fewer_words_in_common() -> None:
    words = "井盖松了，昨天说过，今天还没有人来看，请尽快安排维修并告诉我结果"
    same = {"parties": frozenset({Party("resident-01")}), "matter": UNSORTED}
    other = told("A", HOLE, matter=UNSORTED)
    assert likely(other, told("C", words, 2, matter=UNSORTED)) == []
    assert likely(told("A", HOLE, **same), told("C", "井盖还没修，老人又差点踩空", 2, **same)) == ["A"]


# -- units --------------------------------------------------------------------------------------------


def past(unit: Unit, times: int, community: Unit = XINGYE) -> Handled:
    return Handled(community, BINHU, COVER, unit, times)


def test_the_communitys_own_past_comes_first_with_its_counts() -> None:
    other = Unit("yunhe/binhu/yunqi")
    found = ranked_units(XINGYE, BINHU, COVER, [past(WATER, 7), past(CITY, 2), past(CITY, 40, other)])
    assert found == [(WATER, True, 7, 9), (CITY, True, 2, 9)]


def test_without_a_past_of_its_own_the_towns_speaks() -> None:
    found = ranked_units(XINGYE, BINHU, COVER, [past(CITY, 3, Unit("yunhe/binhu/yunqi"))])
    assert found == [(CITY, False, 3, 3)]


def test_where_communities_do_it_themselves_so_may_this_one() -> None:
    other = Unit("yunhe/binhu/yunqi")
    assert ranked_units(XINGYE, BINHU, COVER, [past(other, 3, other)])[0][0] == XINGYE


def test_other_sub_types_and_other_towns_say_nothing() -> None:
    elsewhere = Handled(Unit("yunhe/gucheng/x"), Unit("yunhe/gucheng"), COVER, CITY, 5)
    assert ranked_units(XINGYE, BINHU, COVER, [elsewhere, replace(past(CITY, 5), matter="02")]) == []


def test_the_accused_those_below_and_those_out_of_it_are_not_suitable() -> None:
    case = Case(sorting=Sort(Category.ACCUSATION, accused=CITY))
    assert not is_suitable(case, CITY, frozenset())
    assert not is_suitable(case, Unit(f"{CITY}/team-1"), frozenset())
    assert not is_suitable(case, WATER, frozenset({WATER}))
    assert is_suitable(case, WATER, frozenset())


def test_the_catalogue_is_found_in_the_words_of_a_matter_and_says_which() -> None:
    town = load_town()
    entries = {each.code: Matter(each.code, None, each.name_zh, each.name_en) for each in town.catalogue}
    voice = Voice(Language.ZH, Town(town.tree, entries), Shelf((), ()))
    found = matter_in_words(frozenset(grams("我家门口的路灯不亮已经一周了")), voice)
    assert found is not None
    assert (found.matter.code, found.basis) == ("01.02.01", Basis.WORDS)
    assert "路灯" in found.words
    assert matter_in_words(frozenset(grams("谢谢你们")), voice) is None


# -- how often it is right ----------------------------------------------------------------------------

Guess = Callable[[Row], Sequence[str]]


def test_held_out_orders_of_a_real_district_are_guessed_better_than_by_majority(
    record_property: Callable[[str, object], None], capsys: pytest.CaptureFixture[str]
) -> None:
    """The last 30 % of the record, each guessed from what came before it and from nothing else."""
    if not RECORD.exists():
        pytest.skip("no real record beside the project")
    rows = [
        each for each in read_rows(RECORD, load_mapping("pingshan")) if isinstance(each, Row) and each.unit
    ]
    rows.sort(key=lambda row: row.at)
    figures = _figures(rows, 7 * len(rows) // 10)
    for name, value in figures.items():
        record_property(name, round(value, 4))
    with capsys.disabled():
        print(f"\nsuggested units, {len(rows) * 3 // 10} held-out orders:", _written(figures))
    assert figures["hit@1"] > figures["majority@1"] + 0.2
    assert figures["hit@3"] > figures["majority@3"] + 0.2
    assert figures["hit@1"] >= figures["sub-type majority@1"]


def _written(figures: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.1%}" for name, value in figures.items())


def _figures(rows: Sequence[Row], first: int) -> dict[str, float]:
    hits: Counter[str] = Counter()
    overall: Counter[str] = Counter()
    by_matter: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
    before: defaultdict[tuple[str, tuple[str, ...]], list[Row]] = defaultdict(list)
    for place, row in enumerate(rows):
        unit = _unit(row)
        if place >= first:
            guesses = {
                "hit": _suggested(row, before[_town(row), row.matter]),
                "majority": [each for each, _ in overall.most_common(MOST)],
                "sub-type majority": [each for each, _ in by_matter[row.matter].most_common(MOST)],
            }
            for name, found in guesses.items():
                hits[f"{name}@1"] += unit in found[:1]
                hits[f"{name}@3"] += unit in found[:MOST]
        overall[unit] += 1
        by_matter[row.matter][unit] += 1
        before[_town(row), row.matter].append(row)
    return {name: count / (len(rows) - first) for name, count in sorted(hits.items())}


def _suggested(row: Row, before: Sequence[Row]) -> list[str]:
    counts = Counter((_place(each), _unit(each)) for each in before if each.at >= row.at - HISTORY)
    handled = _handled(row, counts)
    found = ranked_units(Unit(_place(row)), Unit(_town(row)), COVER, handled)
    return [unit for unit, *_ in found[:MOST]]


def _handled(row: Row, counts: Counter[tuple[str, str]]) -> Iterator[Handled]:
    for (community, unit), times in counts.items():
        yield Handled(Unit(community), Unit(_town(row)), COVER, Unit(unit), times)


def _town(row: Row) -> str:
    return row.street or ""


def _place(row: Row) -> str:
    return f"{_town(row)}/{row.community}"


def _unit(row: Row) -> str:
    """The unit; a community that did it itself is the place."""
    return _place(row) if row.unit == row.community else str(row.unit)
