"""Brings the schema forward: numbered SQL files, each applied once, in order, and never changed afterwards.

Not Alembic: it wants SQLAlchemy, which nothing else here uses, to do what fifty lines over asyncpg do. The
schema is written in SQL because its grants, triggers and functions are the point of it. There is no way
back either: a ledger is not rolled back, a later file corrects an earlier one.
"""

import asyncio
import hashlib
from dataclasses import dataclass
from importlib import resources

import asyncpg

from activities.settings import Role

LOCK_PATIENCE = 1_000  # milliseconds that a file waits for a table; acts wait behind it no longer than that
ATTEMPTS, PAUSE = 60, 1.0  # how often it comes back, and seconds in between

_LOCK = 0x48657275  # "Heru": one migration at a time in a database
_TABLE = """
CREATE TABLE IF NOT EXISTS schema_version (
    number integer PRIMARY KEY,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)"""


class MigrationError(RuntimeError):
    """The schema cannot be brought forward; the text is for people."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of the schema; `sha256` is of its bytes."""

    number: int
    name: str
    sql: str
    sha256: str


def migrations() -> tuple[Migration, ...]:
    """The files in the package, in order. Raises MigrationError where a number is missing or given twice."""
    folder = resources.files("activities") / "migrations"
    names = sorted(each.name for each in folder.iterdir() if each.name.endswith(".sql"))
    found = tuple(_read(name, (folder / name).read_bytes()) for name in names)
    if [each.number for each in found] != list(range(1, len(found) + 1)):
        raise MigrationError(
            f"迁移文件编号不连续。/ Migrations are not numbered one by one: {', '.join(names)}"
        )
    return found


async def migrate(url: str, wanted: tuple[Migration, ...] | None = None) -> tuple[str, ...]:
    """Bring the database of the owner's url forward; returns the names of the files that were applied.

    Each file is one transaction. Safe to run from several places at once: the others wait, and find
    nothing to do. Raises MigrationError if an applied file was changed or is gone, or a role is missing.
    """
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await _check_roles(connection)
        await connection.execute(_TABLE)
        return await _apply(connection, wanted or migrations())
    finally:
        await connection.close()


async def version(connection: asyncpg.Connection) -> int:
    """The number of the last file applied; 0 before the first."""
    if await connection.fetchval("SELECT to_regclass('schema_version') IS NULL"):
        return 0
    return int(await connection.fetchval("SELECT coalesce(max(number), 0) FROM schema_version"))


def _read(name: str, content: bytes) -> Migration:
    number = name.split("_", 1)[0]
    if not number.isdigit():
        raise MigrationError(f"迁移文件须以编号开头。/ A migration begins with its number: {name}")
    return Migration(int(number), name, content.decode(), hashlib.sha256(content).hexdigest())


async def _apply(connection: asyncpg.Connection, wanted: tuple[Migration, ...]) -> tuple[str, ...]:
    applied = {row["number"]: row for row in await connection.fetch("SELECT * FROM schema_version")}
    _check_applied(applied, {each.number: each for each in wanted})
    fresh = [each for each in wanted if each.number not in applied]
    for each in fresh:
        await _apply_between_acts(connection, each)
    return tuple(each.name for each in fresh)


async def _apply_between_acts(connection: asyncpg.Connection, each: Migration) -> None:
    """One file, while cases go on: it waits for a table a moment only, and comes back later.

    Whoever waits for a table keeps everybody from it who comes after: a reader with an hour of work and a
    migration behind it would stop all acts. Raises MigrationError if it never gets its turn.
    """
    for _ in range(ATTEMPTS):
        try:
            await _apply_one(connection, each)
        except asyncpg.LockNotAvailableError:
            await asyncio.sleep(PAUSE)
        else:
            return
    raise MigrationError(
        f"迁移 {each.name} 一直等不到表空闲，未作任何改动；请结束长时间的查询后再试。"
        f"/ {each.name} found its tables in use all the time and changed nothing: end long queries, try again."
    )


async def _apply_one(connection: asyncpg.Connection, each: Migration) -> None:
    async with connection.transaction():
        await connection.execute(f"SET LOCAL lock_timeout = {LOCK_PATIENCE}")
        await connection.execute(each.sql)
        await connection.execute(
            "INSERT INTO schema_version (number, name, sha256) VALUES ($1, $2, $3)",
            each.number, each.name, each.sha256,
        )  # fmt: skip


def _check_applied(applied: dict[int, asyncpg.Record], wanted: dict[int, Migration]) -> None:
    for number, row in sorted(applied.items()):
        if number not in wanted:
            raise MigrationError(
                f"数据库比程序新：缺少迁移 {row['name']}。"
                f"/ The database is newer than this program, which lacks {row['name']}."
            )
        if wanted[number].sha256 != row["sha256"]:
            raise MigrationError(
                f"已应用的迁移被改动：{row['name']}。请另写新文件。"
                f"/ {row['name']} was changed after it was applied; write a new file instead."
            )


async def _check_roles(connection: asyncpg.Connection) -> None:
    present = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
    missing = sorted({role.login for role in Role} - present)
    if missing:
        raise MigrationError(
            f"数据库缺少角色：{'、'.join(missing)}。/ These roles are missing: {', '.join(missing)}."
        )
