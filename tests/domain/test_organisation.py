"""The tree of organisations, and which bodies answer for a place."""

from datetime import date

import pytest

from domain.catalogue import Matter
from domain.offices import NoOffice, offices_by_community, offices_for, seats_for, takers_for
from domain.organisation import Organisation, Tree, above, line_of_command, plain_name, within
from domain.rulebook import Level
from domain.vocabulary import Role, Unit, UnitKind

VILLAGE = Unit("city/town/village")
GRID = Unit("city/town/village/grid")

_CITY_OFFICES = (
    UnitKind.PETITION_OFFICE, UnitKind.JOINT_OFFICE, UnitKind.GOVERNMENT, UnitKind.DISCIPLINE,
    UnitKind.REVIEW_OFFICE, UnitKind.RECHECK_OFFICE,
)  # fmt: skip


def body(path: str, kind: UnitKind, *aliases: str, **more: object) -> Organisation:
    return Organisation(Unit(path), kind, f"名{path}", f"Name {path}", aliases, **more)  # type: ignore[arg-type]


def city(*without: UnitKind) -> Tree:
    """A city of one town and one village with a committee at every height and every office once."""
    organisations = [
        body("city", UnitKind.CITY),
        body("city/committee", UnitKind.COMMITTEE),
        body("city/centre", UnitKind.CENTRE),
        *(body(f"city/{kind.value}", kind) for kind in _CITY_OFFICES),
        body("city/town", UnitKind.TOWN),
        body("city/town/committee", UnitKind.COMMITTEE),
        body("city/town/centre", UnitKind.CENTRE),
        body("city/town/justice", UnitKind.JUDICIAL_OFFICE),
        body("city/town/police", UnitKind.POLICE),
        body("city/town/village", UnitKind.COMMUNITY),
        body("city/town/village/committee", UnitKind.COMMITTEE),
        body("city/town/village/grid", UnitKind.GRID),
    ]
    return Tree(each for each in organisations if each.kind not in without)


def levels(*kinds: UnitKind) -> tuple[Level, ...]:
    return tuple(
        Level(f"level-{place}", "级", "Level", kind, f"mediation.level.level-{place}", (Role.MEDIATOR,))
        for place, kind in enumerate(kinds)
    )


def test_three_levels_of_committees_are_those_of_village_town_and_city() -> None:
    seats = seats_for(city(), VILLAGE, levels(*[UnitKind.COMMITTEE] * 3))
    assert seats == ("city/town/village/committee", "city/town/committee", "city/committee")


def test_a_level_that_names_a_place_is_held_by_the_committee_of_that_place() -> None:
    seats = seats_for(city(), VILLAGE, levels(UnitKind.COMMUNITY, UnitKind.TOWN, UnitKind.CITY))
    assert seats == ("city/town/village/committee", "city/town/committee", "city/committee")


def test_a_place_without_a_committee_mediates_by_itself() -> None:
    assert seats_for(city(UnitKind.COMMITTEE), VILLAGE, levels(UnitKind.COMMUNITY)) == (VILLAGE,)


def test_four_levels_rise_from_grid_to_village_justice_office_and_centre() -> None:
    kinds = (UnitKind.GRID, UnitKind.COMMUNITY, UnitKind.JUDICIAL_OFFICE, UnitKind.CENTRE)
    expected = (GRID, "city/town/village/committee", "city/town/justice", "city/town/centre")
    assert seats_for(city(), VILLAGE, levels(*kinds)) == expected
    assert seats_for(city(), GRID, levels(*kinds)) == expected


def test_a_dispute_never_falls_to_a_lower_seat() -> None:
    seats = seats_for(city(), VILLAGE, levels(UnitKind.JUDICIAL_OFFICE, UnitKind.COMMITTEE))
    assert seats == ("city/town/justice", "city/town/committee")


def test_more_levels_than_heights_is_an_error_that_names_kind_and_place() -> None:
    with pytest.raises(NoOffice, match="no committee answers for city") as missing:
        seats_for(city(), VILLAGE, levels(*[UnitKind.COMMITTEE] * 4))
    assert missing.value.kind is UnitKind.COMMITTEE


def test_offices_of_a_village_are_the_nearest_of_each_kind() -> None:
    offices = offices_for(city(), VILLAGE, levels(UnitKind.COMMITTEE))
    assert (offices.community, offices.town, offices.city) == (VILLAGE, "city/town", "city")
    assert (offices.centre, offices.police) == ("city/town/centre", "city/town/police")
    assert offices.recheck_office == "city/recheck_office"
    assert offices.seats == ("city/town/village/committee",)


def test_offices_of_a_grid_are_those_of_its_community() -> None:
    assert offices_for(city(), GRID) == offices_for(city(), VILLAGE)


@pytest.mark.parametrize("kind", [*_CITY_OFFICES, UnitKind.POLICE, UnitKind.TOWN])
def test_a_missing_office_is_named(kind: UnitKind) -> None:
    with pytest.raises(NoOffice) as missing:
        offices_for(city(kind), VILLAGE)
    assert (missing.value.kind, missing.value.near) == (kind, VILLAGE)


def test_a_town_is_no_community() -> None:
    with pytest.raises(NoOffice, match="no community answers for city/town"):
        offices_for(city(), Unit("city/town"))


def test_every_community_of_a_city_has_its_offices() -> None:
    assert set(offices_by_community(city())) == {VILLAGE}


def test_takers_of_a_matter_are_lead_then_co_units_near_the_place_without_repeats() -> None:
    matter = Matter(
        "01", "事项", "Matter", lead=UnitKind.POLICE,
        co_units=(Unit("city/government"), UnitKind.POLICE, Unit("city/nobody"), UnitKind.HOTLINE),
    )  # fmt: skip
    assert takers_for(city(), matter, VILLAGE) == ("city/town/police", "city/government")
    assert takers_for(city(), Matter("02", "无", "None"), VILLAGE) == ()


def test_a_unit_lies_within_its_body_but_not_within_a_namesake() -> None:
    assert within(VILLAGE, Unit("city/town"))
    assert within(VILLAGE, VILLAGE)
    assert not within(Unit("city/township"), Unit("city/town"))


def test_line_of_command_ends_at_the_root() -> None:
    assert list(line_of_command(VILLAGE)) == [VILLAGE, "city/town", "city"]
    assert above(Unit("city")) is None


def test_brackets_of_either_width_name_one_body() -> None:
    tree = Tree([body("city", UnitKind.CITY, "城管办（某街道）")])
    assert tree.named("城管办(某街道)") == tree.named(" 城管办（某 街道） ") == "city"
    assert tree.named("城管办") is None
    assert plain_name("ＡＢ（１）") == "ab(1)"


def test_an_abolished_unit_is_answered_for_by_its_successor_from_the_day_after() -> None:
    last_day = date(2024, 12, 31)
    old = body("city/old", UnitKind.DEPARTMENT, valid_to=last_day, successor=Unit("city/new"))
    tree = Tree([old, body("city/new", UnitKind.DEPARTMENT)])
    assert tree.standing(old.unit, last_day) == "city/old"
    assert tree.standing(old.unit, date(2025, 1, 1)) == "city/new"


def test_successors_in_a_circle_or_lost_answer_for_nothing() -> None:
    past, later = date(2020, 1, 1), date(2026, 1, 1)
    one = body("a", UnitKind.DEPARTMENT, valid_to=past, successor=Unit("b"))
    two = body("b", UnitKind.DEPARTMENT, valid_to=past, successor=Unit("a"))
    lost = body("c", UnitKind.DEPARTMENT, valid_to=past, successor=Unit("nowhere"))
    tree = Tree([one, two, lost])
    assert tree.standing(one.unit, later) is None
    assert tree.standing(lost.unit, later) is None


def test_units_of_a_kind_below_a_body_come_in_path_order() -> None:
    assert city().below(Unit("city/town"), UnitKind.COMMITTEE) == (
        "city/town/committee", "city/town/village/committee",
    )  # fmt: skip
    assert city().office(UnitKind.COMPANY, VILLAGE) is None
    assert city().body(UnitKind.DEPARTMENT, VILLAGE) is None
    assert VILLAGE in city()
    assert city()[VILLAGE].kind is UnitKind.COMMUNITY
