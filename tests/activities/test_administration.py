"""Three administrations, each with its own reach; every change is in the access journal."""

import json
from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from activities import accounts, administration, credentials, journal, second_factor, sessions
from activities.accounts import Account, Matter, load_accounts, load_organisations
from activities.administration import NotTheirs, Unfit
from activities.journal import Stream
from activities.sessions import Beginning, Lifetime, Step, Way
from domain.organisation import Organisation
from domain.vocabulary import Role, Unit, UnitKind

CITY = Organisation(Unit("yunhe"), UnitKind.CITY, "云河市", "Yunhe")
WATER = Organisation(Unit("yunhe/water"), UnitKind.DEPARTMENT, "市水务局", "Water", ("水务局",))
ROADS = Organisation(Unit("yunhe/roads"), UnitKind.DEPARTMENT, "公路局", "Roads")
SYSTEM = Account("s-system", "甲", Role.SYSTEM_ADMIN, CITY.unit)
SECURITY = Account("s-security", "乙", Role.SECURITY_ADMIN, CITY.unit)
AUDIT = Account("s-audit", "丙", Role.AUDIT_ADMIN, CITY.unit)
HANDLER = Account("a-wu", "吴师傅", Role.HANDLER, WATER.unit)
EVERYBODY_ELSE = (SYSTEM, AUDIT, HANDLER)


@pytest.fixture(autouse=True)
async def town(owner):
    await owner.execute("DELETE FROM session")
    await owner.execute("DELETE FROM organisation")
    await load_organisations(owner, [CITY, WATER, ROADS])
    await load_accounts(owner, [SYSTEM, SECURITY, AUDIT, HANDLER])
    await owner.execute("UPDATE account SET person = NULL, valid_to = NULL")


async def last_entry(owner):
    found = await journal.entries(owner, Stream.ACCESS, limit=10_000)
    return found[-1]


async def begun(door, who="a-wu"):
    new = Beginning(who, Way.PASSWORD, Step.OPEN, Lifetime(timedelta(minutes=15), timedelta(hours=1)))
    return await sessions.begin(door, new)


async def test_the_security_administrator_makes_and_moves_accounts(door, owner):
    new = Account("a-li", "李", Role.UNIT_HEAD, WATER.unit)
    await administration.change_account(door, SECURITY, new)
    assert (await accounts.account(door, "a-li")).actor == new.actor
    entry = await last_entry(owner)
    assert (entry.kind, entry.data["account"]) == ("account_changed", SECURITY.id)
    assert (entry.data["subject"], entry.data["role"]) == ("a-li", "unit_head")
    assert "李" not in json.dumps(dict(entry.data), ensure_ascii=False)


async def test_a_changed_account_is_signed_out(door):
    token = await begun(door)
    moved = Account(HANDLER.id, HANDLER.name, Role.UNIT_HEAD, ROADS.unit)
    await administration.change_account(door, SECURITY, moved)
    assert await sessions.find(door, token) is None
    assert (await accounts.account(door, HANDLER.id)).unit == ROADS.unit


async def test_an_ended_account_opens_nothing(door):
    await administration.end_account(door, SECURITY, HANDLER.id)
    found = await accounts.account(door, HANDLER.id)
    assert found.valid_to <= datetime.now(UTC)
    assert found.name == HANDLER.name


@pytest.mark.parametrize("by", EVERYBODY_ELSE, ids=lambda by: by.role.value)
async def test_nobody_else_changes_accounts(door, by):
    with pytest.raises(NotTheirs):
        await administration.change_account(door, by, Account("a-x", "x", Role.AUDITOR, CITY.unit))
    for change in (administration.reset_password, administration.drop_second_factor, administration.unlock):
        with pytest.raises(NotTheirs):
            await change(door, by, HANDLER.id)
    with pytest.raises(NotTheirs):
        await administration.revoke_session(door, by, 1)
    assert await accounts.account(door, "a-x") is None


async def test_nobody_changes_an_account_of_their_own(door):
    with pytest.raises(NotTheirs):
        await administration.change_account(
            door, SECURITY, Account(SECURITY.id, "乙", Role.SYSTEM_ADMIN, CITY.unit)
        )


async def test_an_administrator_who_has_left_changes_nothing(door, owner):
    await owner.execute("UPDATE account SET valid_to = now() WHERE id = $1", SECURITY.id)
    with pytest.raises(NotTheirs):
        await administration.change_account(door, SECURITY, Account("a-x", "x", Role.HANDLER, WATER.unit))
    with pytest.raises(NotTheirs):
        await administration.reset_password(door, SECURITY, HANDLER.id)


@pytest.mark.parametrize("second", [Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN])
async def test_no_person_holds_two_administrations(door, second):
    await administration.change_account(
        door, SECURITY, Account("s-two", "丁", Role.SECURITY_ADMIN, CITY.unit), person="p-1"
    )
    with pytest.raises(Unfit, match="two_administrations"):
        await administration.change_account(
            door, SECURITY, Account("s-three", "丁", second, CITY.unit), person="p-1"
        )
    await administration.change_account(
        door, SECURITY, Account("a-four", "丁", Role.HANDLER, CITY.unit), person="p-1"
    )


async def test_not_even_the_owner_of_the_schema_gives_a_person_two_administrations(owner):
    await owner.execute("UPDATE account SET person = 'p-9' WHERE id = 's-system'")
    with pytest.raises(asyncpg.CheckViolationError):
        await owner.execute("UPDATE account SET person = 'p-9' WHERE id = 's-audit'")


@pytest.mark.parametrize(
    ("account", "code"),
    [
        (Account("a-x", "x", Role.HANDLER, None), "unit_missing"),
        (Account("a-x", "x", Role.RESIDENT, WATER.unit), "unit_missing"),
        (Account("a-x", "x", Role.CASE, WATER.unit), "unit_missing"),
        (Account("a-x", "x", Role.HANDLER, Unit("yunhe/nowhere")), "no_such_unit"),
    ],
)
async def test_an_account_has_the_unit_its_role_needs(door, account, code):
    with pytest.raises(Unfit, match=code):
        await administration.change_account(door, SECURITY, account)


async def test_a_reset_password_is_good_for_the_choice_of_another_and_ends_sessions(door, owner):
    token = await begun(door)
    await administration.reset_password(door, SECURITY, HANDLER.id, login="wu")
    held = await credentials.credential(door, HANDLER.id)
    assert (held.login, held.must_change) == ("wu", True)
    assert await sessions.find(door, token) is None
    assert (await last_entry(owner)).data["change"] == "password_reset"


async def test_a_lost_second_factor_is_dropped_and_a_lock_lifted(door, owner):
    await administration.reset_password(door, SECURITY, HANDLER.id)
    new = await second_factor.begin(door, HANDLER.id)
    await second_factor.confirm(door, HANDLER.id, second_factor.code_at(new.secret))
    await owner.execute("UPDATE credential SET locked_until = now() + interval '1 hour', failures = 5")
    await administration.drop_second_factor(door, SECURITY, HANDLER.id)
    await administration.unlock(door, SECURITY, HANDLER.id)
    held = await credentials.credential(door, HANDLER.id)
    assert (held.has_second_factor, held.locked_until) == (False, None)


async def test_the_security_administrator_ends_anybodys_session(door, owner):
    token = await begun(door)
    (one,) = await sessions.listed(door, HANDLER.id)
    assert await administration.revoke_session(door, SECURITY, one.id)
    assert not await administration.revoke_session(door, SECURITY, one.id)
    assert await sessions.find(door, token) is None
    assert (await last_entry(owner)).kind == "session_revoked"


async def test_the_system_administrator_makes_organisations_and_gives_them_aliases(door, owner):
    new = Organisation(Unit("yunhe/parks"), UnitKind.DEPARTMENT, "园林局", "Parks", ("园林",))
    await administration.change_organisation(door, SYSTEM, new)
    assert (await accounts.tree(door)).named("园林") == new.unit
    assert (await last_entry(owner)).data["subject"] == "yunhe/parks"


async def test_an_abolished_body_has_a_successor_that_answers_for_it(door):
    await administration.abolish(door, SYSTEM, ROADS.unit, date(2026, 11, 30), WATER.unit)
    tree = await accounts.tree(door)
    assert tree.standing(ROADS.unit, date(2026, 11, 30)) == ROADS.unit
    assert tree.standing(ROADS.unit, date(2026, 12, 1)) == WATER.unit


@pytest.mark.parametrize("successor", ["yunhe/roads", "yunhe/nowhere"])
async def test_nobody_is_abolished_without_somebody_to_answer(door, successor):
    with pytest.raises(Unfit, match="successor_missing"):
        await administration.abolish(door, SYSTEM, ROADS.unit, date(2026, 11, 30), Unit(successor))


async def test_two_bodies_do_not_succeed_one_another(door):
    await administration.abolish(door, SYSTEM, ROADS.unit, date(2026, 11, 30), WATER.unit)
    with pytest.raises(Unfit, match="successor_missing"):
        await administration.abolish(door, SYSTEM, WATER.unit, date(2026, 12, 31), ROADS.unit)


@pytest.mark.parametrize(
    ("organisation", "code"),
    [
        (Organisation(Unit("yunhe/a/b"), UnitKind.GRID, "网格", "Grid"), "nobody_above"),
        (Organisation(Unit("yunhe/c"), UnitKind.DEPARTMENT, "水 务 局", "C"), "name_taken"),
    ],
)
async def test_an_organisation_fits_the_tree(door, organisation, code):
    with pytest.raises(Unfit, match=code):
        await administration.change_organisation(door, SYSTEM, organisation)


@pytest.mark.parametrize("by", [SECURITY, AUDIT, HANDLER], ids=lambda by: by.role.value)
async def test_nobody_else_changes_organisations_and_the_catalogue(door, by):
    with pytest.raises(NotTheirs):
        await administration.change_organisation(door, by, WATER)
    with pytest.raises(NotTheirs):
        await administration.change_matter(door, by, Matter("99", None, "其他", "Other"))


async def test_a_matter_is_added_changed_and_offered_no_more(door):
    matter = Matter("99.01", "99", "路灯不亮", "Street lamp", lead=WATER.unit, urgent=True)
    await administration.change_matter(door, SYSTEM, matter)
    assert (await accounts.catalogue(door))["99.01"] == matter
    await administration.change_matter(door, SYSTEM, matter, retired=True)
    assert "99.01" not in await accounts.catalogue(door)


async def test_the_door_changes_these_tables_through_no_other_way(door):
    for statement in (
        "UPDATE account SET role = 'auditor'", "DELETE FROM account", "UPDATE organisation SET name_zh = 'x'",
        "INSERT INTO catalogue (matter, name_zh, name_en) VALUES ('1', 'x', 'x')",
        "SELECT herun_administers('s-system', 'system_admin')",
    ):  # fmt: skip
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await door.execute(statement)
