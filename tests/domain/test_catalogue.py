"""The catalogue of matters: codes, names, inheritance, and what it refuses."""

import pytest

from domain.catalogue import UNSORTED, Catalogue, DisputeType, Matter, Urgency, parse_catalogue
from domain.edition import EditionError
from domain.vocabulary import CaseKind, Service, UnitKind

TEXT = """
[matters]
"03" = { zh = "水电燃气", en = "Utilities", service = "utility", lead = "city/water" }
"03.01" = { zh = "供水（含排水）", en = "Water" }
"03.01.01" = { zh = "水管爆裂", en = "Burst pipe", service = "urgent", co = ["police", "city/fire"] }
"03.01.02" = { zh = "停水", en = "No water" }
"20" = { zh = "矛盾纠纷", en = "Disputes", route = "mediation", lead = "committee", dispute = "other" }
"20.01" = { zh = "婚姻家庭", en = "Family", dispute = "marriage_family", paper_only = true }
"20.01.01" = { zh = "继承", en = "Inheritance" }
"""


def test_a_matter_has_from_above_what_it_leaves_out() -> None:
    matter = parse_catalogue(TEXT).matter("03.01.02")
    assert (matter.service, matter.lead, matter.urgency) == (Service.UTILITY, "city/water", Urgency.ROUTINE)
    inheritance = parse_catalogue(TEXT).matter("20.01.01")
    assert inheritance.route is CaseKind.MEDIATION
    assert inheritance.dispute is DisputeType.FAMILY


def test_papers_of_inheritance_are_kept_from_e_signature() -> None:
    catalogue = parse_catalogue(TEXT)
    assert catalogue.matter("20.01.01").paper_only
    assert not catalogue.matter("20").paper_only


def test_a_taker_is_a_path_or_the_nearest_of_a_kind() -> None:
    assert parse_catalogue(TEXT).matter("03.01.01").co_units == (UnitKind.POLICE, "city/fire")
    assert parse_catalogue(TEXT).matter("20").lead is UnitKind.COMMITTEE


def test_names_of_all_levels_find_a_matter_in_either_language_and_width() -> None:
    catalogue = parse_catalogue(TEXT)
    assert catalogue.named("水电燃气", "供水(含排水)", "停水").code == "03.01.02"
    assert catalogue.named("utilities", "WATER", "Burst pipe").code == "03.01.01"
    assert catalogue.named("水电燃气").code == "03"


@pytest.mark.parametrize(
    "names", [("停水",), ("水电燃气", "供水", "停水"), ("水电燃气", "供水（含排水）", "新小类")]
)
def test_an_unknown_matter_is_unsorted_and_in_sight(names: tuple[str, ...]) -> None:
    assert parse_catalogue(TEXT).named(*names) is UNSORTED
    assert UNSORTED.lead is UnitKind.UNSORTED
    assert UNSORTED.name_zh


def test_an_unknown_code_is_unsorted() -> None:
    catalogue = parse_catalogue(TEXT)
    assert catalogue.matter("99.01") is UNSORTED
    assert "99.01" not in catalogue
    assert catalogue.line("99.01") == ()


def test_the_levels_of_a_matter_are_read_from_its_code() -> None:
    catalogue = parse_catalogue(TEXT)
    assert [each.code for each in catalogue.line("03.01.02")] == ["03", "03.01", "03.01.02"]
    assert [each.level for each in catalogue.line("03.01.02")] == [1, 2, 3]
    assert [each.code for each in catalogue.below("03.01")] == ["03.01.01", "03.01.02"]
    assert [each.code for each in catalogue.leaves()] == ["03.01.01", "03.01.02", "20.01.01"]
    assert len(catalogue) == 7


@pytest.mark.parametrize(
    ("entry", "line", "complaint"),
    [
        ('"20.02.01" = { zh = "邻里", en = "Neighbours" }', 10, "there is no 20.02 above it"),
        ('"03.01.01.01" = { zh = "深", en = "Deep" }', 10, "deeper than 3 levels"),
        ('"21" = { zh = "甲", en = "A", route = "lawsuit" }', 10, "must be one of mediation"),
        ('"21" = { zh = "甲", en = "A", lead = "sheriff" }', 10, "the path of a unit or one of"),
        ('"21" = { zh = "甲", en = "A", dispute = "feud" }', 10, "must be one of marriage_family"),
        ('"21" = { zh = "甲" }', 10, "is missing"),
        ('"21" = { zh = "甲", en = "A", led = "police" }', 10, "unknown; allowed"),
    ],
)
def test_a_broken_entry_is_refused_with_its_line(entry: str, line: int, complaint: str) -> None:
    with pytest.raises(EditionError, match=complaint) as refused:
        parse_catalogue(TEXT + entry)
    assert refused.value.line == line


def test_a_code_stands_once_and_never_without_the_one_above() -> None:
    first = Matter("01", "甲", "A")
    with pytest.raises(ValueError, match="01 is given twice"):
        Catalogue([first, first])
    with pytest.raises(ValueError, match=r"02\.01 has no entry above it"):
        Catalogue([Matter("02.01", "乙", "B")])
