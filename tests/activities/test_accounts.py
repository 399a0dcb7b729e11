"""The town's people: loaded once or again, and known by a token that only its hash remembers."""

from datetime import UTC, date, datetime, timedelta

import pytest

from activities.accounts import (
    Account,
    Matter,
    account,
    catalogue,
    create_token,
    holder,
    load_accounts,
    load_catalogue,
    load_organisations,
    retire_matter,
    revoke_tokens,
    tree,
)
from domain.actors import Actor
from domain.organisation import Organisation
from domain.vocabulary import CaseKind, Role, Service, Unit, UnitKind

CITY = Organisation(Unit("yunhe"), UnitKind.CITY, "云和市", "Yunhe", ("云和",))
OLD = Organisation(
    Unit("yunhe/roads"), UnitKind.DEPARTMENT, "公路局", "Roads", (), date(2000, 1, 1), date(2026, 6, 30),
    Unit("yunhe/transport"),
)  # fmt: skip
WU = Account("a-wu", "吴师傅", Role.HANDLER, Unit("yunhe/water"))
LEAK = Matter(
    "city.water.leak", "city.water", "水管漏水", "Leaking pipe", ("漏水",), CaseKind.ORDER, Service.UTILITY,
    Unit("yunhe/water"), (Unit("yunhe/roads"),), True,
)  # fmt: skip


@pytest.fixture
async def wu(owner):
    await load_accounts(owner, [WU])
    return WU


async def test_organisations_come_back_as_a_tree_and_can_be_loaded_again(owner, door):
    await load_organisations(owner, [CITY, OLD])
    await load_organisations(owner, [CITY])
    found = await tree(door)
    assert (found[Unit("yunhe")], found[Unit("yunhe/roads")]) == (CITY, OLD)
    assert found.named("云和") == "yunhe"


async def test_the_catalogue_comes_back_without_what_was_retired(owner, door):
    await load_catalogue(owner, [LEAK, Matter("city", None, "市政", "City works")])
    assert (await catalogue(door))["city.water.leak"] == LEAK
    await retire_matter(owner, "city.water.leak")
    assert set(await catalogue(door)) == {"city"}


async def test_a_token_speaks_for_its_account(wu, owner, door):
    token = await create_token(owner, wu.id, timedelta(days=1))
    found = await holder(door, token)
    assert found.actor == Actor("a-wu", Role.HANDLER, Unit("yunhe/water"))
    assert (await account(door, "a-wu")).name == "吴师傅"
    assert len(token) > 40


async def test_the_database_never_learns_a_token(wu, owner):
    token = await create_token(owner, wu.id, timedelta(days=1))
    rows = await owner.fetch("SELECT t::text AS whole FROM token t")
    assert all(token not in row["whole"] for row in rows)


async def test_a_token_opens_nothing_once_it_has_expired(wu, owner, door):
    assert await holder(door, await create_token(owner, wu.id, timedelta(seconds=-1))) is None


async def test_a_token_opens_nothing_once_it_is_revoked(wu, owner, door):
    token = await create_token(owner, wu.id, timedelta(days=1))
    await revoke_tokens(owner, wu.id)
    assert await holder(door, token) is None


@pytest.mark.parametrize("token", ["", "herun_", "herun_guess", "\x00", "令牌"])
async def test_an_unknown_token_opens_nothing(door, token):
    assert await holder(door, token) is None


async def test_a_token_opens_nothing_once_its_account_has_left(wu, owner, door):
    token = await create_token(owner, wu.id, timedelta(days=1))
    await load_accounts(
        owner, [Account(wu.id, wu.name, wu.role, wu.unit, valid_to=datetime(2026, 1, 1, tzinfo=UTC))]
    )
    assert await holder(door, token) is None


async def test_an_account_that_was_moved_acts_in_its_new_office(wu, owner, door):
    token = await create_token(owner, wu.id, timedelta(days=1))
    await load_accounts(owner, [Account(wu.id, wu.name, Role.UNIT_HEAD, Unit("yunhe/roads"))])
    assert (await holder(door, token)).actor == Actor(wu.id, Role.UNIT_HEAD, Unit("yunhe/roads"))


async def test_a_token_for_nobody_is_refused(owner):
    with pytest.raises(LookupError, match="a-nobody"):
        await create_token(owner, "a-nobody", timedelta(days=1))
