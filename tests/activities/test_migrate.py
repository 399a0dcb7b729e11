"""Migrations: each file once, in order, never changed, and safe from several places at once."""

import asyncio
from dataclasses import replace

import pytest

from activities.migrate import Migration, MigrationError, migrate, migrations, version
from activities.settings import Role as Login

NAMES = tuple(each.name for each in migrations())


@pytest.fixture
def url(empty_database):
    return empty_database.url(Login.OWNER)


async def test_several_who_migrate_at_once_apply_each_file_once(url, empty_database):
    connection = await empty_database.connect(Login.OWNER)
    assert await version(connection) == 0
    applied = await asyncio.gather(*(migrate(url) for _ in range(4)))
    assert sorted(applied, key=len) == [(), (), (), NAMES]
    assert await version(connection) == len(NAMES)
    await connection.close()


async def test_a_second_run_does_nothing(url):
    await migrate(url)
    assert await migrate(url) == ()


async def test_an_applied_file_that_was_changed_is_refused(url):
    await migrate(url)
    first, *rest = migrations()
    with pytest.raises(MigrationError, match=r"0001_ledger\.sql"):
        await migrate(url, (replace(first, sha256="0" * 64), *rest))


async def test_a_program_older_than_its_database_is_refused(url):
    await migrate(url)
    with pytest.raises(MigrationError, match="newer"):
        await migrate(url, migrations()[:-1])


async def test_a_file_that_fails_leaves_nothing_of_itself(url, empty_database):
    await migrate(url)
    broken = Migration(len(NAMES) + 1, "9999_broken.sql", "CREATE TABLE half (); SELECT 1/0", "ab")
    with pytest.raises(Exception, match="division by zero"):
        await migrate(url, (*migrations(), broken))
    connection = await empty_database.connect(Login.OWNER)
    assert await connection.fetchval("SELECT to_regclass('half')") is None
    assert await version(connection) == len(NAMES)
    await connection.close()


async def test_a_missing_role_is_named(url, monkeypatch):
    class Roles(tuple):
        __slots__ = ()

    monkeypatch.setattr(
        "activities.migrate.Role", Roles([Login.OWNER, type("R", (), {"login": "herun_gone"})])
    )
    with pytest.raises(MigrationError, match="herun_gone"):
        await migrate(url)
