"""Servers that take a word and do not answer, or break off in the middle of one: 503 in bounded time, never a hang."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qs, urlsplit

import asyncpg
import pytest
from doorway import Deployment, Person
from pydantic import SecretStr

import worker as worker_module
from activities.settings import Role, Settings, socket_url
from api import database
from api.database import Database
from api.problems import Problem
from api.writing import opening
from rehearsal.torture.cuts.proxy import Proxy, Way, to_socket
from rehearsal.torture.cuts.ways import SOCKET

ORDER: dict[str, Any] = {
    "title": "井盖松动", "text": "路口井盖一踩就响。", "place": "星叶社区", "matter": "01.01.01",
}  # fmt: skip


@asynccontextmanager
async def by_a_proxy(settings: Settings) -> AsyncIterator[tuple[Proxy, Settings]]:
    """A way to Postgres that can be silenced, and the settings of a door that goes by it."""
    real = Path(parse_qs(urlsplit(settings.url(Role.DOOR)).query)["host"][0])
    with TemporaryDirectory(prefix="herun-") as folder:
        proxy = Proxy(to_socket(real / SOCKET))
        await proxy.on_socket(Path(folder) / SOCKET)
        yield proxy, settings.model_copy(update={"door_url": SecretStr(socket_url(Path(folder), Role.DOOR))})
        await proxy.close()


async def test_a_postgres_that_takes_a_statement_and_says_nothing_is_503_in_bounded_time(
    resident: Person, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "LONGEST_STATEMENT", 0.3)
    monkeypatch.setattr(database, "PATIENCE", 0.5)
    number = await resident.opened("/v1/orders", ORDER)
    async with (
        by_a_proxy(deployment.settings) as (way, settings),
        deployment.through(settings, resident.account) as person,
    ):
        assert (await person.get(f"/v1/cases/{number}")).status_code == 200
        async with way.being(Way.SILENT):
            for answer in (
                await person.get(f"/v1/cases/{number}"),
                await person.act(number, "supplement", text="一句。"),
            ):
                assert (answer.status_code, answer.json()["code"]) == (503, "record_unavailable")
                assert "retry-after" in answer.headers
        assert (await person.get(f"/v1/cases/{number}")).status_code == 200
        await person.done(number, "supplement", text="又通了。")


@pytest.mark.parametrize("broken", [asyncpg.InternalClientError("cannot switch to state 12"), TimeoutError()])
async def test_a_connection_that_breaks_in_the_middle_of_a_word_is_503_and_no_bug(
    deployment: Deployment, broken: Exception
) -> None:
    store = Database(deployment.settings)
    with pytest.raises(Problem) as problem:
        async with store.connection():
            raise broken
    assert (problem.value.status_code, problem.value.code) == (503, "record_unavailable")
    await store.close()


async def test_a_bug_is_still_marked_after_the_line_to_postgres_broke() -> None:
    """The task that writes marks died of it, and no stuck case was told to anybody from then on."""
    marked: list[str] = []

    class Brittle:
        async def trouble(self, case_no: str, error: str) -> None:
            if not marked and case_no == "O1":
                marked.append("broke")
                raise asyncpg.InternalClientError("cannot switch to state 12")
            marked.append(case_no)

    async with worker_module._troubles(Brittle()) as report:  # type: ignore[arg-type]
        report("O1", ValueError("缺陷"))
        report("O2", ValueError("缺陷"))
        while "O2" not in marked:
            await worker_module._pause(worker_module.asyncio.Event(), 0.01)
    assert marked == ["broke", "O2"]


async def test_a_door_whose_clock_runs_ahead_opens_no_case_in_the_future(
    resident: Person, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ahead(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + timedelta(minutes=10)

    with monkeypatch.context() as patched:
        patched.setattr(opening, "datetime", Ahead)
        before = (await deployment.counts())["event"]
        refused = await resident.post("/v1/orders", ORDER, key="from-the-future")
        assert (refused.status_code, refused.json()["code"]) == (503, "clock_ahead")
        assert (await deployment.counts())["event"] == before
    answer = await resident.post("/v1/orders", ORDER, key="from-the-future")
    assert answer.status_code == 201
    assert datetime.fromisoformat(answer.json()["at"]) <= datetime.now().astimezone()
