"""The demo town: complete enough to play every procedure, and refused where it contradicts itself."""

import shutil
from collections import Counter
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from domain.acts.petition import Category
from domain.catalogue import DisputeType
from domain.offices import offices_by_community, takers_for
from domain.organisation import within
from domain.rulebook import Rulebook, parse_rulebook
from domain.vocabulary import Role, Unit, UnitKind, WhistleKind
from rehearsal.staff import STAFF, staff
from rehearsal.town import Town, TownError, load_town


@pytest.fixture(scope="module")
def town() -> Town:
    return load_town()


def edition(name: str) -> Rulebook:
    def text(of: str) -> str:
        return (files("domain") / "editions" / f"{of}.toml").read_text(encoding="utf-8")

    return parse_rulebook(text(name), parse_rulebook(text("statutory-2026"), None))


def test_every_kind_of_organisation_and_every_role_is_there(town: Town) -> None:
    assert {each.kind for each in town.tree} == set(UnitKind)
    assert {account.role for account in town.accounts} == set(Role) - {Role.CASE}
    assert len(list(town.tree)) >= 60


def test_every_standing_unit_has_the_people_who_owe_its_duties(town: Town) -> None:
    missing = [
        (each.unit, role)
        for each in town.tree
        if each.valid_to is None
        for role in STAFF[each.kind]
        if not town.staff_of(each.unit, role)
    ]
    assert missing == []


def test_nobody_sits_in_an_abolished_unit(town: Town) -> None:
    abolished = [each for each in town.tree if each.valid_to is not None]
    assert [town.tree.standing(each.unit, date(2026, 11, 21)) for each in abolished] == ["yunhe/zhujian"]
    assert not any(town.staff_of(each.unit) for each in abolished)


def test_residents_and_administrators_hold_no_unit_that_opens_cases(town: Town) -> None:
    residents = [account for account in town.accounts if account.role is Role.RESIDENT]
    assert len(residents) >= 20
    assert all(account.unit is None and account.home in town.tree for account in residents)
    admins = {Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN, Role.AUDITOR}
    assert not [a for a in town.accounts if a.role in admins and a.unit == "yunhe"]


@pytest.mark.parametrize("name", ["default-3", "gaotai-4x7"])
def test_every_community_has_offices_and_a_mediator_in_every_seat(town: Town, name: str) -> None:
    levels = edition(name).levels
    offices = offices_by_community(town.tree, levels)
    assert len(offices) == 12
    for place, found in offices.items():
        assert len(found.seats) == len(set(found.seats)) == len(levels)
        assert all(town.staff_of(seat, Role.MEDIATOR) for seat in found.seats)
        assert within(place, found.town)


def test_english_is_complete(town: Town) -> None:
    named = [each.name_en for each in (*town.tree, *town.catalogue, *town.accounts)]
    named += [matter.title_en for matter in town.matters]
    assert [name for name in named if any("\u4e00" <= sign <= "\u9fff" for sign in name)] == []


def test_there_is_enough_of_each_kind_to_rehearse(town: Town) -> None:
    assert (len(town.orders) >= 25, len(town.disputes) >= 22) == (True, True)
    assert (len(town.petitions) >= 12, len(town.whistles) >= 12) == (True, True)
    kinds = Counter(whistle.whistle for whistle in town.whistles)
    assert set(kinds) == set(WhistleKind)
    assert len({(each.kind, each.key) for each in town.matters}) == len(town.matters)


def test_every_matter_says_what_happened_in_40_to_150_characters(town: Town) -> None:
    assert [each.key for each in town.matters if not 40 <= len(each.text) <= 150] == []
    assert len({each.text for each in town.matters}) == len(town.matters)


def test_orders_and_disputes_take_the_way_their_catalogue_entry_says(town: Town) -> None:
    routed = {each.key: town.catalogue.matter(each.code).route for each in (*town.orders, *town.disputes)}
    assert routed == {each.key: each.kind for each in (*town.orders, *town.disputes)}
    assert all(town.catalogue.matter(each.code).level == 3 for each in town.matters)


def test_every_dispute_has_two_sides_and_a_type_of_the_statistics(town: Town) -> None:
    for each in town.disputes:
        assert each.applicants
        assert each.respondents
        assert not set(each.applicants) & set(each.respondents)
        assert town.catalogue.matter(each.code).dispute is not None
    assert {matter.dispute for matter in town.catalogue} - {None} == set(DisputeType)


def test_family_disputes_are_signed_on_paper(town: Town) -> None:
    on_paper = {each.key for each in town.disputes if each.paper_only}
    assert on_paper == {"care-of-mother", "divided-house"}
    family = [m for m in town.catalogue if m.dispute is DisputeType.FAMILY]
    assert all(matter.paper_only for matter in family)


def test_claims_split_into_two_to_four_orders_and_no_community_leads(town: Town) -> None:
    claims = [each for each in town.petitions if each.category is Category.CLAIM]
    assert len(claims) >= 12
    for petition in claims:
        assert 2 <= len(petition.claims) <= 4
        lead = next(claim.unit for claim in petition.claims if claim.share == "lead")
        assert not within(lead, petition.place)


def test_an_accusation_goes_to_nobody_within_the_accused(town: Town) -> None:
    accusations = [each for each in town.petitions if each.category is Category.ACCUSATION]
    assert accusations
    for each in accusations:
        assert each.accused is not None
        assert not [unit for unit in each.units if within(unit, each.accused)]


def test_the_town_of_the_place_blows_and_other_bodies_report(town: Town) -> None:
    for each in town.whistles:
        assert town.tree[each.blower].kind is UnitKind.TOWN
        assert within(each.place, each.blower)
        assert len(each.departments) >= 3
        assert each.blower not in each.departments


def test_every_leaf_of_the_catalogue_but_wishes_has_somebody_to_answer(town: Town) -> None:
    place = Unit("yunhe/binhu/xingye")
    assert [m.code for m in town.catalogue.leaves() if not takers_for(town.tree, m, place)] == []


def test_both_bracket_widths_name_one_company(town: Town) -> None:
    assert town.tree.named("佳苑物业（云栖项目）") == town.tree.named("佳苑物业(云栖项目)") == "yunhe/jiayuan"


def test_staff_made_for_any_tree_is_the_same_in_every_run(town: Town) -> None:
    made = list(staff(town.tree))
    assert made == list(staff(town.tree))
    assert len({account.id for account in made}) == len(made)
    assert not [account for account in made if account.unit == "yunhe/fangguan"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(Path(str(files("rehearsal") / "town")), tmp_path / "town")
    return tmp_path / "town"


@pytest.mark.parametrize(
    ("file", "was", "becomes", "complaint"),
    [
        ("accounts-binhu.toml", 'role = "dispatcher"', 'role = "sheriff"', r"binhu\.dispatcher.*role"),
        ("accounts-binhu.toml", '"yunhe/binhu/xingye"', '"yunhe/binhu/no"', "no unit yunhe/binhu/no"),
        ("residents.toml", '"yunhe/binhu/yunqi"', '"yunhe/moon"', "resident-04.*no unit yunhe/moon"),
        ("residents.toml", '"resident-01"', '"binhu.dispatcher"', "this account is given twice"),
        ("catalogue.toml", '"yunhe/yibao"', '"yunhe/yibaoju"', "no unit yunhe/yibaoju"),
        ("organisations.toml", '"yunhe/binhu" =', '"yunhe/binhai" =', "there is no yunhe/binhu above it"),
        ("organisations.toml", 'successor = "yunhe/zhujian"', 'successor = "yunhe/x"', "successor yunhe/x"),
        ("organisations.toml", '"水务局"', '"住建局"', "is already the name of yunhe/zhujian"),
        ("orders.toml", 'code = "01.01.01"', 'code = "01.01.99"', "loose-manhole-cover.*has no 01.01.99"),
        ("orders.toml", '["yunhe/jiaotong"]', '["yunhe/jiaotongju"]', "bus-stop.*no unit yunhe/jiaotongju"),
        ("orders.toml", '["resident-01"]', '["xingye.worker"]', "no resident xingye.worker"),
        ("disputes.toml", 'risk = "red"', 'risk = "purple"', "quarrel-with-threats.*one of blue"),
        ("petitions.toml", 'share = "lead"', 'share = "co_handler"', "exactly one lead"),
        ("petitions.toml", 'petitioner = "resident-20"\n', "", "petitioner.*is missing"),
        ("whistles.toml", 'place = "yunhe/gucheng/xiqiao"', 'place = "yunhe"', "lies in no town"),
        ("whistles.toml", 'whistle = "everyday"', 'whistle = "loud"', "one of everyday, tough, emergency"),
    ],
)
def test_an_entry_that_names_what_is_not_there_is_refused_with_file_and_entry(
    folder: Path, file: str, was: str, becomes: str, complaint: str
) -> None:
    text = (folder / file).read_text(encoding="utf-8")
    assert was in text
    (folder / file).write_text(text.replace(was, becomes, 1), encoding="utf-8")
    with pytest.raises(TownError, match=complaint) as refused:
        load_town(folder)
    assert str(refused.value).startswith(f"{file}: ")
    assert refused.value.file == file
