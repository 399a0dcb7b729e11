"""All five answers over a database: nothing found where nothing is wrong, and what no case shows by itself."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from audit_commands import audit, codes, told

from activities import journal
from activities.journal import Stream
from activities.settings import Role
from audit.answers.many import Source, verify_cases
from domain.vocabulary import CaseNo
from rehearsal.into_ledger import Lives


async def test_nothing_is_found_over_a_whole_town(written: Any, town_lives: Lives) -> None:
    outcome = await told(written, "--all", "--processes", 1)
    assert outcome["findings"] == []
    assert outcome["cases"] == len(town_lives.events)
    assert outcome["events"] == sum(map(len, town_lives.events.values()))


async def test_many_cases_go_over_processes_and_come_to_the_same(written: Any, town_lives: Lives) -> None:
    outcome = await told(written, "--all", "--processes", 2)
    assert (outcome["findings"], outcome["cases"]) == ([], len(town_lives.events))


async def test_cases_are_found_by_number_and_by_kind(written: Any, town_lives: Lives) -> None:
    number = next(iter(town_lives.events))
    assert (await told(written, number))["cases"] == 1
    petitions = [each for each in town_lives.events if each.startswith("XP") and each.count("-") == 1]
    assert (await told(written, "--kind", "petition"))["cases"] == len(petitions)


async def test_a_case_that_does_not_exist_cannot_be_looked_at(written: Any) -> None:
    result = await audit(written, "verify", "O20260101-00001")
    assert result.exit_code == 2
    assert "O20260101-00001" in result.stderr
    assert (await audit(written, "verify")).exit_code == 2


async def test_a_database_that_is_away_cannot_be_looked_at(tmp_path: Path) -> None:
    class Nowhere:
        @staticmethod
        def url(role: Role) -> str:
            return f"postgresql://{role}@/nowhere?host={tmp_path}"

    result = await audit(Nowhere, "verify", "--all")
    assert result.exit_code == 2
    assert "Traceback" not in result.output


async def test_who_verified_by_name_stands_in_the_access_log(written: Any, town_lives: Lives) -> None:
    number = next(iter(town_lives.events))
    assert (await audit(written, "verify", number, "--by", "nobody")).exit_code == 2
    connection = await written.connect(Role.OWNER)
    try:
        await connection.execute("INSERT INTO account (id, name, role) VALUES ('a-audit', 'A', 'auditor')")
        assert (await audit(written, "verify", number, "--by", "a-audit")).exit_code == 0
        last = (await journal.entries(connection, Stream.ACCESS))[-1]
        assert (last.kind, last.data["account"], last.data["case_no"]) == ("audit_viewed", "a-audit", number)
    finally:
        await connection.close()


# -- what a hand did to the database -------------------------------------------------------------------


@pytest.fixture
async def superuser(written: Any) -> Any:
    """Somebody above every grant and trigger, whose doings are taken back."""
    connection = await written.connect()
    yield connection
    await connection.close()


async def tampered(written: Any, superuser: asyncpg.Connection, *statements: str) -> dict[str, Any]:
    """What is told of the database after some statements; they are undone by a copy made before."""
    name = f"{written.name}_tampered"
    admin = await asyncpg.connect(written.url().replace(f"/{written.name}?", "/postgres?"))
    await superuser.close()
    try:
        await admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {written.name}")
    finally:
        await admin.close()
    copy = type(written)(name, written.sockets)
    connection = await copy.connect()
    try:
        await connection.execute("SET session_replication_role = replica")
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()
    return await told(copy, "--all", "--processes", 1)


async def test_a_deleted_case_is_missed(written: Any, superuser: Any, town_lives: Lives) -> None:
    number = list(town_lives.events)[3]
    outcome = await tampered(written, superuser, f"DELETE FROM event WHERE case_no = '{number}'")
    assert (number, "no_events", None) in codes(outcome)


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE case_register SET matter = 'x' WHERE case_no = $1", "register_differs"),
        ("UPDATE duty_register SET legal_due = legal_due + interval '1 day' WHERE case_no = $1",
         "register_differs"),
        ("DELETE FROM duty_register WHERE case_no = $1 AND number = 1", "register_differs"),
        ("DELETE FROM content_ref WHERE case_no = $1", "register_differs"),
        ("UPDATE content SET body = 'x' WHERE commitment IN"
         " (SELECT commitment FROM content_ref WHERE case_no = $1 EXCEPT"
         " SELECT commitment FROM content_ref WHERE case_no <> $1)", "content_differs"),
        ("UPDATE event SET unit = 'elsewhere' WHERE case_no = $1 AND seq = 1", "column_differs"),
        ("DELETE FROM event WHERE case_no = $1 AND seq = (SELECT max(seq) FROM event WHERE case_no = $1)",
         "register_differs"),
    ],
)  # fmt: skip
async def test_a_changed_row_is_found(
    written: Any, superuser: Any, town_lives: Lives, statement: str, code: str
) -> None:
    number = next(iter(town_lives.events))
    outcome = await tampered(written, superuser, statement.replace("$1", f"'{number}'"))
    assert {case for case, *_ in codes(outcome)} == {number}
    assert code in {each for _, each, _ in codes(outcome)}


async def test_a_changed_journal_is_found(written: Any, superuser: Any) -> None:
    await journal.append(superuser, Stream.ACCESS, "audit_viewed", account="a-1", at=datetime.now(UTC))
    await journal.append(superuser, Stream.ACCESS, "audit_viewed", account="a-2", at=datetime.now(UTC))
    outcome = await tampered(written, superuser, "DELETE FROM journal WHERE stream = 'access' AND seq = 1")
    assert ("journal/access", "chain_seq", 1) in codes(outcome)


async def test_an_archive_without_its_seal_and_a_seal_without_its_archive(
    written: Any, superuser: Any, town_lives: Lives
) -> None:
    number, other = list(town_lives.events)[:2]
    await journal.append(
        superuser, Stream.ARCHIVE, "history_archived", case_no=number, run_id="r1", events=3, digest="ab",
        closed=True, code="c",
    )  # fmt: skip
    outcome = await tampered(
        written, superuser,
        f"INSERT INTO archive (case_no, run_id, events, closed, at, code, digest, history)"
        f" VALUES ('{other}', 'r2', 3, true, now(), 'c', sha256(''), '')",
    )  # fmt: skip
    found = {(c, code) for c, code, _ in codes(outcome)}
    assert {(number, "archive_missing"), (other, "archive_unsealed")} <= found


def test_reports_come_in_the_order_of_the_numbers(written: Any, town_lives: Lives) -> None:
    numbers = sorted(town_lives.events)[:5]
    reports = list(verify_cases(Source(written.url(Role.READER)), numbers, 1))
    assert [CaseNo(each.case_no) for each in reports] == numbers
