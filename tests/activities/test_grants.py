"""Who may touch what, enforced by Postgres and not by our good manners (design §2, §5)."""

import asyncpg
import pytest
from ledger_stories import order_story, tell

from activities.settings import Role as Login

REGISTER = ("case_register", "duty_register", "link_register", "rating_register")
PROOF = ("journal", "archive", "checkpoint", "tree_tile", "chain_head")
SECRETS = (
    "token",
    "credential",
    "recovery_code",
    "session",
    "one_time_code",
    "follow_link",
    "outbox_message",
)
COUNTS = ("tally", "case_tally", "tally_due", "case_obligations", "obligation_tally")
EVERY_TABLE = (
    *REGISTER, *PROOF, *SECRETS, *COUNTS, "event", "trouble", "content", "content_ref", "party", "organisation",
    "account", "catalogue", "intake", "edition_schedule",
)  # fmt: skip
CHANGES = (
    "UPDATE event SET rule = 'x'", "DELETE FROM event", "TRUNCATE event",
    "UPDATE journal SET account = 'x'", "DELETE FROM journal", "TRUNCATE journal",
    "UPDATE archive SET code = 'x'", "DELETE FROM archive", "TRUNCATE archive",
    "UPDATE checkpoint SET note = 'x'", "DELETE FROM checkpoint", "TRUNCATE checkpoint",
)  # fmt: skip
ADD_EVENT = """
    INSERT INTO event (case_no, seq, at, kind, rule, data, prev, hash)
    VALUES ('Z', 1, '2026-11-23', 'noted', '', '{}', '', decode(repeat('ab', 32), 'hex'))"""
ADD_ENTRY = """
    INSERT INTO journal (stream, seq, at, kind, data, prev, hash)
    VALUES ('access', {seq}, '2026-11-23', 'signed_in', '{{}}', decode(repeat('ab', 32), 'hex'),
        decode(repeat('ab', 32), 'hex'))"""
ADD_HISTORY = """
    INSERT INTO archive (case_no, run_id, events, closed, at, code, digest, history)
    VALUES ('Z', 'r', 1, true, now(), 'c', decode(repeat('ab', 32), 'hex'), '')"""
ADD_CONTENT = (
    "INSERT INTO content (commitment, kind, salt, body, account) VALUES ('c1:z', 'text', 's', 'b', 'a')"
)


@pytest.fixture
async def told(ledger):
    """An event that somebody might want to change."""
    story = order_story("O1")
    await tell(ledger, story)
    return story


async def try_as(database, login, sql):
    connection = await database.connect(login)
    try:
        return await connection.execute(sql)
    finally:
        await connection.close()


@pytest.mark.parametrize("sql", CHANGES)
@pytest.mark.parametrize("login", [*Login, None], ids=lambda login: login.value if login else "superuser")
async def test_nobody_changes_the_ledger(told, database, login, sql):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await try_as(database, login, sql)


@pytest.mark.parametrize("login", [Login.DOOR, Login.READER])
async def test_only_the_worker_writes_the_ledger(database, login):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await try_as(database, login, ADD_EVENT)


@pytest.mark.parametrize("login", [Login.DOOR, Login.READER])
async def test_only_the_worker_runs_the_function_that_writes_it(database, login):
    empty = ", ".join("'{}'" for _ in range(10))
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="herun_record"):
        await try_as(database, login, f"SELECT herun_record({empty})")


@pytest.mark.parametrize("table", REGISTER)
@pytest.mark.parametrize("login", [Login.DOOR, Login.READER])
async def test_the_register_is_read_only_outside_the_worker(database, login, table):
    for sql in (f"DELETE FROM {table}", f"INSERT INTO {table} SELECT * FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await try_as(database, login, sql)


@pytest.mark.parametrize("login", [Login.LEDGER, Login.READER])
async def test_only_the_door_adds_content(database, login):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await try_as(database, login, ADD_CONTENT)


@pytest.mark.parametrize("login", [Login.DOOR, Login.LEDGER, Login.READER])
async def test_nobody_rewrites_or_deletes_content(database, login):
    for sql in ("UPDATE content SET body = 'x'", "DELETE FROM content", "DELETE FROM party"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await try_as(database, login, sql)


@pytest.mark.parametrize("sql", ["SELECT herun_sweep('1 hour', 1)", "SELECT herun_erase('c', 'w', 'b')"])
@pytest.mark.parametrize("login", [Login.DOOR, Login.READER])
async def test_only_the_worker_sweeps_and_erases(database, login, sql):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await try_as(database, login, sql)


@pytest.mark.parametrize("login", [Login.DOOR, Login.READER])
async def test_only_the_worker_archives_and_signs(database, login):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await try_as(database, login, ADD_HISTORY)
    for table in ("checkpoint", "tree_tile", "chain_head"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await try_as(database, login, f"INSERT INTO {table} SELECT * FROM {table}")


async def test_whoever_looks_can_say_so_in_the_journal(database):
    for seq, login in enumerate([Login.DOOR, Login.LEDGER, Login.READER], start=2):
        await try_as(database, login, ADD_ENTRY.format(seq=seq))


async def test_the_worker_cannot_read_what_people_wrote(database):
    for table in ("content", "party", "intake", *SECRETS):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await try_as(database, Login.LEDGER, f"SELECT * FROM {table}")


@pytest.mark.parametrize("table", SECRETS)
@pytest.mark.parametrize("login", [Login.LEDGER, Login.READER])
async def test_nobody_but_the_door_and_the_owner_reads_what_lets_people_in(database, login, table):
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await try_as(database, login, f"SELECT * FROM {table}")


@pytest.mark.parametrize("login", [Login.DOOR, Login.LEDGER, Login.READER])
async def test_only_the_owner_makes_tokens_and_accounts(database, login):
    for sql in (
        "INSERT INTO token (hash, account, expires_at) VALUES ('', 'a', now())",
        "INSERT INTO account (id, name, role) VALUES ('a', 'A', 'auditor')",
        "UPDATE account SET role = 'auditor'",
        "UPDATE token SET expires_at = now()",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await try_as(database, login, sql)


@pytest.mark.parametrize("login", [Login.DOOR, Login.LEDGER, Login.READER])
async def test_nobody_makes_counts_or_schedules_editions_but_by_their_functions(database, login):
    for table in ("tally", "case_tally", "case_obligations", "obligation_tally", "edition_schedule"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await try_as(database, login, f"INSERT INTO {table} SELECT * FROM {table}")


async def test_the_door_reads_all_it_shows_and_takes_cases_in(database):
    for table in EVERY_TABLE:
        await try_as(database, Login.DOOR, f"SELECT * FROM {table} LIMIT 1")
    await try_as(database, Login.DOOR, ADD_CONTENT)
    for sql in ("UPDATE intake SET case_no = 'x'", "DELETE FROM intake"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await try_as(database, Login.DOOR, sql)


async def test_the_reader_reads_everything_but_what_lets_people_in(database):
    for table in set(EVERY_TABLE) - set(SECRETS):
        await try_as(database, Login.READER, f"SELECT * FROM {table} LIMIT 1")


async def test_no_table_is_without_a_rule(database):
    """A table added later must be added here, with who may do what to it."""
    connection = await database.connect(Login.OWNER)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    assert {row["tablename"] for row in rows} == {*EVERY_TABLE, "schema_version"}
