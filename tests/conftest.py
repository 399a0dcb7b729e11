"""One embedded Postgres for a test run, and a migrated database for each test module that asks for it."""

import asyncio
import itertools
import sys
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import asyncpg
import pytest

from activities.migrate import migrate
from activities.processes import Child
from activities.settings import POSTGRES_PORT, Role
from stack import Postgres

pytest_plugins = ("standing",)

_TEMPLATE = "herun_template"
_TESTS = Path(__file__).parent
_TRACED = {_TESTS / name for name in ("domain", "workflows", "golden", "durable")}
_LONG_LIVES = _TESTS / "workflows" / "test_invariants.py"
_numbers = itertools.count(1)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """The law and the workflows are covered by their own tests; others would be four times as slow if traced."""
    if _TRACED & set(item.path.parents) and item.path != _LONG_LIVES:
        return (yield)
    tracer = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(tracer)


@dataclass(frozen=True)
class Database:
    """A migrated database of its own."""

    name: str
    sockets: Path

    def url(self, role: Role | None = None) -> str:
        """Where a role logs in; without one, the superuser."""
        user = role.login if role else "postgres"
        return f"postgresql://{user}@/{self.name}?host={quote(str(self.sockets))}&port={POSTGRES_PORT}"

    async def connect(self, role: Role | None = None) -> asyncpg.Connection:
        return await asyncpg.connect(self.url(role))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The cluster, with a migrated template that modules copy."""
    data = tmp_path_factory.mktemp("postgres")
    server = Postgres(data, durable=False)
    child = Child(server.part(), data / "logs")
    asyncio.run(child.start())
    template = Database(_TEMPLATE, server.sockets)
    try:
        asyncio.run(_make(template, "template0"))
        asyncio.run(_migrate(template))
        yield template
    finally:
        asyncio.run(child.stop())
        if server.sockets.is_symlink():
            server.sockets.unlink()


@pytest.fixture(scope="module")
def database(postgres: Database) -> Database:
    """A fresh migrated database."""
    fresh = Database(f"herun_test_{next(_numbers)}", postgres.sockets)
    asyncio.run(_make(fresh, postgres.name))
    return fresh


@pytest.fixture(scope="module")
def empty_database(postgres: Database) -> Database:
    """A database without a schema, for the migrations themselves."""
    fresh = Database(f"herun_test_{next(_numbers)}", postgres.sockets)
    asyncio.run(_make(fresh, "template0"))
    return fresh


async def _make(database: Database, template: str) -> None:
    connection = await asyncpg.connect(Database("postgres", database.sockets).url())
    try:
        await connection.execute(
            f"CREATE DATABASE {database.name} OWNER {Role.OWNER.login} TEMPLATE {template}"
            " ENCODING 'UTF8' LOCALE_PROVIDER builtin LOCALE 'C.UTF-8'"
        )
    finally:
        await connection.close()


async def _migrate(template: Database) -> None:
    await migrate(template.url(Role.OWNER))
