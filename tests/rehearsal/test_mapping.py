"""Outside records through their mappings: dirt, names, places, every row of real files accounted for."""

import csv
import gzip
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from domain.calendar import CST
from domain.catalogue import UNSORTED
from domain.offices import offices_by_community
from domain.rulebook import Level
from domain.vocabulary import CaseKind, Role, UnitKind
from rehearsal.ground import ground_for, matter_code, organise, slug
from rehearsal.mapping import (
    Label,
    Mapping,
    MappingError,
    UnknownMappingError,
    load_mapping,
    mapping_names,
    parse_mapping,
)
from rehearsal.names import NameBook, tidy
from rehearsal.records import UnreadableFileError
from rehearsal.rows import Counts, Mended, Rejected, Row, read_rows, write_rejected

DATA = Path(__file__).parents[3] / "shared" / "data"

ORDERS = """
title_zh = "测试区"
title_en = "Test District"
kind = "order"
root = "test"
[file]
nulls = ["-"]
times = ["iso", "%Y/%m/%d %H:%M"]
timezone = "+08:00"
[columns]
number = "ID"
at = "TIME"
street = "STREET"
community = "COMMUNITY"
matter = ["A", "B"]
unit = "UNIT"
due = "DUE"
closed = "CLOSED"
[templates]
title = "{B}"
text = "{STREET}{COMMUNITY}：{B}"
[labels.on_time]
IN = "1"
[labels.overdue]
OVER = "1"
[[rows.exclude]]
column = "KIND"
values = ["感谢"]
reason = "thanks_not_an_order"
[units]
qualifiers = ["街道办事处", "辖区"]
self_placed = ["社区"]
[units.aliases]
"城管局" = "城市管理局"
[units.kinds]
"公司" = "company"
"""
HEADER = "ID,TIME,STREET,COMMUNITY,A,B,UNIT,DUE,CLOSED,IN,OVER,KIND"
CLEAN = "1,2018-02-08 15:34:40,东街道,松社区,市容,占道,城管办,,,1,0,投诉"
ROW = dict(zip(HEADER.split(","), CLEAN.split(","), strict=True))

Found = list[Row | Rejected]
Reader = Callable[..., tuple[Found, Counts]]


@pytest.fixture
def orders() -> Mapping:
    return parse_mapping(ORDERS, "test")


@pytest.fixture
def read(tmp_path: Path, orders: Mapping) -> Reader:
    """Read rows given as differences from one clean row, with running numbers."""

    def reader(*differences: dict[str, str]) -> tuple[Found, Counts]:
        path = tmp_path / "rows.csv"
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            writer = csv.DictWriter(out, HEADER.split(","))
            writer.writeheader()
            writer.writerows({**ROW, "ID": str(n), **each} for n, each in enumerate(differences, start=1))
        counts = Counts()
        return list(read_rows(path, orders, counts)), counts

    return reader


def only(found: Found) -> Row:
    assert len(found) == 1
    assert isinstance(found[0], Row), found[0]
    return found[0]


def reasons(found: Found) -> list[str]:
    return [each.reason if isinstance(each, Rejected) else "accepted" for each in found]


def test_a_clean_row_has_every_field_and_the_line_it_begins_on(read: Reader) -> None:
    row = only(read({"DUE": "2018-02-10 00:00:01", "CLOSED": "2018-02-09 08:00:00"})[0])
    assert (row.line, row.number, row.kind) == (2, "1", CaseKind.ORDER)
    assert row.at == datetime(2018, 2, 8, 15, 34, 40, tzinfo=CST)
    assert (row.street, row.community, row.unit) == ("东街道", "松社区", "城管办")
    assert row.matter == ("市容", "占道")
    assert (row.title, row.text, row.label) == ("占道", "东街道松社区：占道", Label.ON_TIME)
    assert row.due == datetime(2018, 2, 10, 0, 0, 1, tzinfo=CST)
    assert row.closed == datetime(2018, 2, 9, 8, 0, 0, tzinfo=CST)
    assert row.mended == ()


def test_a_dash_is_no_name_and_leaves_the_row_visibly_unsorted(read: Reader) -> None:
    found, counts = read({"UNIT": "-", "STREET": " － ", "COMMUNITY": "-", "A": "-", "B": "-"})
    row = only(found)
    assert (row.unit, row.street, row.community, row.matter) == (None, None, None, ())
    assert (row.title, row.text) == ("测试区", "测试区")
    assert (counts.unsorted_units, counts.unsorted_matters) == (1, 1)
    assert row.mended == (Mended.NO_PLACE,)


def test_a_gap_in_the_levels_ends_the_matter_there(read: Reader) -> None:
    assert only(read({"B": "-"})[0]).matter == ("市容",)
    assert only(read({"A": "-"})[0]).matter == ()


def test_thanks_are_no_order(read: Reader) -> None:
    found, counts = read({"KIND": "感谢"}, {"KIND": "投诉"})
    assert reasons(found) == ["thanks_not_an_order", "accepted"]
    assert (counts.read, counts.accepted, counts.rejected) == (2, 1, 1)


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2018-02-08", datetime(2018, 2, 8, tzinfo=CST)),
        ("2018/2/8 9:05", datetime(2018, 2, 8, 9, 5, tzinfo=CST)),
        ("２０１８-02-08　15:34:40", datetime(2018, 2, 8, 15, 34, 40, tzinfo=CST)),
        ("2018-02-08T07:34:40Z", datetime(2018, 2, 8, 15, 34, 40, tzinfo=CST)),
    ],
)
def test_times_of_several_forms_become_instants_of_ours(read: Reader, time: str, expected: datetime) -> None:
    assert only(read({"TIME": time})[0]).at == expected


def test_a_date_alone_is_its_first_moment_but_due_at_its_last(read: Reader) -> None:
    row = only(read({"TIME": "2018-02-08", "DUE": "2018-02-08"})[0])
    assert row.due == datetime(2018, 2, 8, 23, 59, 59, tzinfo=CST)
    assert row.mended == (Mended.DATE_ONLY, Mended.DATE_ONLY)


@pytest.mark.parametrize(
    ("difference", "reason", "about"),
    [
        ({"TIME": "-"}, "no_time", "TIME"),
        ({"TIME": ""}, "no_time", "TIME"),
        ({"TIME": "昨天"}, "bad_time", "TIME"),
        ({"TIME": "2018-02-30 08:00:00"}, "bad_time", "TIME"),
        ({"CLOSED": "bald"}, "bad_time", "CLOSED"),
        ({"CLOSED": "2018-02-08 15:34:39"}, "closed_before_opened", "CLOSED"),
        ({"OVER": "1"}, "labels_contradict", "on_time,overdue"),
    ],
)
def test_a_row_that_is_no_case_says_why(
    read: Reader, difference: dict[str, str], reason: str, about: str
) -> None:
    found, counts = read(difference)
    assert [(each.reason, each.about, each.line) for each in found if isinstance(each, Rejected)] == [
        (reason, about, 2)
    ]
    assert counts.rejected_by_reason == {reason: 1}


def test_a_label_may_be_missing(read: Reader) -> None:
    assert only(read({"IN": "-", "OVER": "-"})[0]).label is None
    assert only(read({"IN": "0", "OVER": "1"})[0]).label is Label.OVERDUE


def test_a_number_seen_before_is_the_same_row_again(read: Reader) -> None:
    assert reasons(read({"ID": "7"}, {"ID": "7"})[0]) == ["accepted", "duplicate_number"]


def test_one_body_under_two_bracket_widths_becomes_one_unit(read: Reader, orders: Mapping) -> None:
    found, _ = read({"UNIT": "土地中心（东办）"}, {"UNIT": "土地中心(东办)"}, {"UNIT": "土地中心（东办） "})
    rows = [each for each in found if isinstance(each, Row)]
    assert {row.unit for row in rows} == {"土地中心（东办）"}
    ground = ground_for(rows, orders)
    assert len({ground.place(row).units for row in rows}) == 1
    assert ground.tree.named("土地中心(东办)") == ground.place(rows[0]).units[0]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("松社区（东街道办事处）", "松社区"),
        ("东街道执法队(东街道办事处)", "东街道执法队"),
        ("东自来水公司（东辖区）", "东自来水公司"),
        ("城管办（东街道办事处）", "城管办（东街道办事处）"),
        ("宣传部（文体局）", "宣传部（文体局）"),
        ("（东街道办事处）", "（东街道办事处）"),
        ("执法队（街道办事处）", "执法队（街道办事处）"),
        ("城 管局", "城市管理局"),
    ],
)
def test_a_bracket_is_dropped_only_where_it_repeats_the_place(
    orders: Mapping, written: str, name: str
) -> None:
    assert NameBook(orders.units).name(written) == tidy(name)


def test_latin_names_keep_their_brackets() -> None:
    assert tidy("ISD_Building  （INTERNAL）") == "ISD_Building (INTERNAL)"


def test_rows_of_another_width_broken_text_and_blank_lines(tmp_path: Path, orders: Mapping) -> None:
    good = CLEAN
    path = tmp_path / "dirty.csv"
    lines = [HEADER, good, "2,2018", "", good.replace("1,", "3,", 1), good.replace("1,", "4,", 1)]
    path.write_bytes("\r\n".join(lines).encode().replace("松".encode(), b"\xff\xfe", 1))
    counts = Counts()
    found = list(read_rows(path, orders, counts))
    assert reasons(found) == ["undecodable", "wrong_width", "accepted", "accepted"]
    assert [each.line for each in found] == [2, 3, 5, 6]
    assert counts.read == counts.accepted + counts.rejected == 4


def test_a_stray_quote_costs_the_rows_it_swallows_and_no_more(tmp_path: Path, orders: Mapping) -> None:
    good = CLEAN
    path = tmp_path / "quote.csv"
    path.write_text("\n".join([HEADER, '"' + good + "x" * 140_000, good]), encoding="utf-8")
    assert reasons(list(read_rows(path, orders)))[0] == "malformed_csv"


def test_rejected_rows_are_written_as_they_were_with_their_reason(tmp_path: Path, read: Reader) -> None:
    found, _ = read({"TIME": "昨天"}, {"KIND": "感谢"})
    out = tmp_path / "rejected.csv"
    assert write_rejected((each for each in found if isinstance(each, Rejected)), out) == 2
    with out.open(encoding="utf-8", newline="") as source:
        lines = list(csv.reader(source))
    assert lines[1][:3] == ["2", "bad_time", "TIME"]
    assert lines[2][:3] == ["3", "thanks_not_an_order", "KIND"]
    assert lines[1][3:] == list({**ROW, "TIME": "昨天"}.values())


def test_gzip_is_read_and_a_file_that_breaks_off_is_refused(tmp_path: Path, orders: Mapping) -> None:
    packed = gzip.compress("\n".join([HEADER, CLEAN]).encode())
    whole, torn, other = tmp_path / "a.csv.gz", tmp_path / "b.csv.gz", tmp_path / "c.txt"
    whole.write_bytes(packed)
    torn.write_bytes(packed[:-12])
    assert only(list(read_rows(whole, orders))).number == "1"
    for path in (torn, other, tmp_path / "absent.csv"):
        with pytest.raises(UnreadableFileError, match=path.name):
            list(read_rows(path, orders))


def test_a_file_without_the_mapped_columns_is_refused_by_name(tmp_path: Path, orders: Mapping) -> None:
    path = tmp_path / "other.csv"
    path.write_text("ID,TIME\n1,2018-01-01\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError, match="needs columns A, B, CLOSED, COMMUNITY"):
        list(read_rows(path, orders))


def test_names_the_ground_does_not_know_go_to_the_unsorted_desk(read: Reader, orders: Mapping) -> None:
    found, _ = read({}, {"UNIT": "新单位", "B": "新小类", "COMMUNITY": "新社区"})
    known, new = (each for each in found if isinstance(each, Row))
    ground = ground_for([known], orders)
    placed = ground.place(new)
    assert ground.tree[placed.units[0]].kind is UnitKind.UNSORTED
    assert placed.matter == UNSORTED.code
    assert ground.tree[placed.place].name_zh == "未分类（未分类）"
    assert (placed.unsorted_unit, placed.unsorted_matter) == (True, True)
    assert not ground.place(known).unsorted_unit


def test_new_names_get_units_and_old_ones_keep_theirs(read: Reader, orders: Mapping) -> None:
    found, _ = read({}, {"UNIT": "新单位", "B": "新小类", "COMMUNITY": "新社区"})
    rows = [each for each in found if isinstance(each, Row)]
    before, after = ground_for(rows[:1], orders), ground_for(reversed(rows), orders)
    assert before.place(rows[0]) == after.place(rows[0])
    assert {each.unit for each in before.tree} < {each.unit for each in after.tree}
    assert after.place(rows[1]).units == (f"test/{slug('u', '新单位')}",)
    assert after.place(rows[1]).matter == matter_code(("市容", "新小类"))
    assert organise(rows, orders) == organise(rows[::-1], orders)


def test_a_unit_that_bears_a_communitys_name_is_that_community(read: Reader, orders: Mapping) -> None:
    rows = [each for each in read({"UNIT": "松社区（东街道办事处）"})[0] if isinstance(each, Row)]
    placed = ground_for(rows, orders).place(rows[0])
    assert placed.units == (placed.place,)


def test_a_place_between_two_streets_stays_two_places(read: Reader, orders: Mapping) -> None:
    found, _ = read({}, {"STREET": "西街道"}, {"STREET": "-"}, {"COMMUNITY": "-", "UNIT": "水务公司"})
    rows = [each for each in found if isinstance(each, Row)]
    ground = ground_for(rows, orders)
    places = [ground.place(row).place for row in rows]
    assert len(set(places)) == 4
    assert ground.tree[places[3]].name_zh == "东街道（未分类）"
    assert ground.tree[ground.place(rows[3]).units[0]].kind is UnitKind.COMPANY


THREE = tuple(
    Level(kind.value, "级", "Level", kind, f"mediation.level.{kind.value}", (Role.MEDIATOR,))
    for kind in (UnitKind.COMMITTEE, UnitKind.TOWN, UnitKind.CITY)
)


def test_every_place_on_the_ground_has_its_offices_and_seats(read: Reader, orders: Mapping) -> None:
    rows = [each for each in read({}, {"STREET": "-", "COMMUNITY": "-"})[0] if isinstance(each, Row)]
    offices = offices_by_community(ground_for(rows, orders).tree, THREE)
    assert {ground_for(rows, orders).place(row).place for row in rows} <= set(offices)
    assert all(len(set(each.seats)) == 3 for each in offices.values())


PETITION_HEADER = "留言编号,留言用户,留言主题,留言时间,留言详情,答复意见,答复时间"


def test_words_speak_for_units_where_the_record_names_none(tmp_path: Path) -> None:
    path = tmp_path / "messages.csv"
    lines = [
        PETITION_HEADER,
        "1,甲,A7县幼儿园何时开园,2018-01-02 23:10:00,小区的幼儿园建好了没开,已收悉,2018-01-12 09:00:00",
        "2,乙,谢谢你们,2018-01-03 08:00:00,辛苦了,,",
        "3,丙,再问A7县幼儿园,2018-01-04 08:00:00,小区的幼儿园建好了没开,-,-",
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    counts = Counts()
    first, second, third = read_rows(path, load_mapping("petition"), counts)
    assert isinstance(first, Row)
    assert isinstance(second, Row)
    assert isinstance(third, Row)
    assert first.units == ("教育局", "住房和城乡建设局")
    assert (first.street, first.matter[0], first.answer) == ("A7县", "教育文体", "已收悉")
    assert first.closed == datetime(2018, 1, 12, 9, tzinfo=CST)
    assert (second.units, second.street, second.closed) == ((), None, None)
    assert (third.repeats, third.answer) == (2, None)
    assert (counts.unsorted_units, counts.accepted) == (1, 3)


def test_the_mappings_of_the_package_all_load() -> None:
    assert {"pingshan", "petition", "boston311"} <= set(mapping_names())
    assert all(load_mapping(name).name == name for name in mapping_names())
    with pytest.raises(UnknownMappingError, match="atlantis; there are boston311"):
        load_mapping("atlantis")


@pytest.mark.parametrize(
    ("was", "becomes", "complaint"),
    [
        ('kind = "order"', 'kind = "wish"', "line 4: kind: must be one of"),
        ('at = "TIME"', 'att = "TIME"', r"columns\.at: is missing"),
        ('timezone = "+08:00"', 'timezone = "Beijing"', r'file\.timezone: must be "wall" or an offset'),
        ('reason = "thanks_not_an_order"', "", "reason: is missing"),
        ('"公司" = "company"', '"公司" = "firm"', "must be one of city"),
        ("[labels.overdue]", "[labels.late]", r"labels\.late: unknown"),
        ('root = "test"', 'root = "test"\nstreet_pattern = "("', "street_pattern: is no pattern"),
        ("[file]", "[file", r"\(TOML\)"),
    ],
)
def test_a_broken_mapping_is_refused_with_its_line(was: str, becomes: str, complaint: str) -> None:
    assert was in ORDERS
    with pytest.raises(MappingError, match=complaint):
        parse_mapping(ORDERS.replace(was, becomes, 1), "test")


@pytest.mark.parametrize(
    ("name", "file", "rows"),
    [
        ("pingshan", "cn_hotline_pingshan_2018_02_to_10.csv", 6952),
        ("petition", "cn_petition_reply_2011_2018.csv", 1926),
        ("boston311", "boston311_2015H1.csv.gz", 58119),
    ],
)
def test_every_row_of_the_real_record_is_accounted_for(name: str, file: str, rows: int) -> None:
    if not (DATA / file).exists():
        pytest.skip(f"the real record {file} is not here")
    counts = Counts()
    found = list(read_rows(DATA / file, load_mapping(name), counts))
    assert counts.read == counts.accepted + counts.rejected == rows
    assert counts.accepted >= 0.99 * rows
    kept = [each for each in found if isinstance(each, Row)]
    ground = ground_for(kept, load_mapping(name))
    assert set(offices_by_community(ground.tree, THREE)) >= {ground.place(row).place for row in kept}
    if name == "boston311":
        judged = [row for row in kept if row.label and row.due and row.closed]
        assert len(judged) == 37_257
        assert all((row.closed > row.due) is (row.label is Label.OVERDUE) for row in judged)  # type: ignore[operator]
