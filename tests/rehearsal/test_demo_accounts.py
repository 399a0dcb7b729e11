"""Anybody can be anybody in the demo town, with what lies in its folder and nothing else."""

import stat
from contextlib import asynccontextmanager

import asyncpg
import pytest

from activities import second_factor
from activities.credentials import Credential, check_password
from activities.settings import Role as Login
from domain.vocabulary import Role
from rehearsal import demo_accounts
from rehearsal.demo_accounts import FILE
from rehearsal.settle import settle
from rehearsal.town import load_town

TOWN = load_town()


@pytest.fixture
async def url(database):
    url = database.url(Login.OWNER)
    await settle(url, TOWN)
    return url


@pytest.fixture
def connect(url):
    @asynccontextmanager
    async def lend():
        connection = await asyncpg.connect(url)
        try:
            yield connection
        finally:
            await connection.close()

    return lend


async def test_one_password_of_the_folder_opens_every_account(url, connect, tmp_path):
    keys = await demo_accounts.let_in(url, tmp_path, TOWN)
    for who in ("xingye.worker", "shuiwu.handler", "resident-01"):
        assert isinstance(await check_password(connect, who, keys.password), Credential)
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


async def test_another_folder_has_another_password(url, tmp_path):
    one = await demo_accounts.let_in(url, tmp_path, TOWN)
    (tmp_path / FILE).unlink()
    assert await demo_accounts.let_in(url, tmp_path, TOWN) != one


async def test_auditors_and_administrators_have_authenticators_whose_codes_are_shown(url, connect, tmp_path):
    keys = await demo_accounts.let_in(url, tmp_path, TOWN)
    roles = {each.role for each in TOWN.accounts if each.id in keys.authenticators}
    assert roles == second_factor.REQUIRED
    code = demo_accounts.code(tmp_path, "shenji.auditor")
    async with connect() as connection:
        assert await second_factor.check(connection, "shenji.auditor", code)
    assert demo_accounts.code(tmp_path, "xingye.worker") is None


async def test_starting_again_keeps_what_somebody_has_changed(url, connect, tmp_path):
    keys = await demo_accounts.let_in(url, tmp_path, TOWN)
    async with connect() as connection:
        await connection.execute("UPDATE credential SET password = 'changed' WHERE account = 'xingye.worker'")
        assert await demo_accounts.let_in(url, tmp_path, TOWN) == keys
        asked = "SELECT password FROM credential WHERE account = 'xingye.worker'"
        assert await connection.fetchval(asked) == "changed"


def test_there_is_somebody_for_every_role():
    assert {each.role for each in demo_accounts.cast(TOWN)} == set(Role) - {Role.CASE}
