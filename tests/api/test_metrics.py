"""Whoever runs the town sees how it stands: by a token of the operator's, in figures alone."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from conftest import Database
from doorway import Deployment, Person
from fastapi import FastAPI
from pydantic import SecretStr

from activities.processes import free_port
from activities.settings import Role, Settings
from api.app import create_app
from api.measures.exposition import Metric, Sample, Shape, exposed
from api.measures.metrics import METRICS
from worker import serve
from workflows import runtime, timetable

ORDER = {"title": "楼道灯不亮", "text": "三号楼二层。", "place": "星叶社区", "matter": "03.01.02"}
TOKEN = "figures-only"
PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
_VALUE = re.compile(r"^(\w+)(\{[^}]*\})? (\S+)$", re.MULTILINE)


def watched(settings: Settings) -> Settings:
    return settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})


@asynccontextmanager
async def door(settings: Settings) -> AsyncIterator[tuple[FastAPI, httpx.AsyncClient]]:
    app = create_app(settings)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as http:
        yield app, http
    await app.state.door.database.close()


@pytest.fixture(scope="module")
async def http(deployment: Deployment) -> AsyncIterator[httpx.AsyncClient]:
    """A door that shows its figures."""
    async with door(watched(deployment.settings)) as (_, client):
        yield client


async def page(http: httpx.AsyncClient) -> str:
    answer = await http.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return answer.text


def value(text: str, name: str, labels: str = "") -> float:
    return next(float(v) for n, those, v in _VALUE.findall(text) if (n, those) == (name, labels))


async def test_without_a_token_set_there_is_no_such_page(deployment: Deployment) -> None:
    assert (await deployment.http.get("/metrics")).status_code == 404


@pytest.mark.parametrize("header", [None, "Bearer ", "Bearer wrong", TOKEN])
async def test_another_token_opens_nothing(http: httpx.AsyncClient, header: str | None) -> None:
    headers = {"authorization": header} if header else {}
    assert (await http.get("/metrics", headers=headers)).status_code == 401


async def test_nobody_and_no_case_is_named(http: httpx.AsyncClient, resident: Person) -> None:
    someone = Person(http, resident.token, resident.account)
    number = await someone.opened("/v1/orders", ORDER)
    await someone.get(f"/v1/cases/{number}")
    await http.get(f"/nowhere/{number}")
    await http.request("BREW", "/healthz")
    text = await page(http)
    assert number not in text
    assert resident.account not in text
    assert 'route="/v1/cases/{number}",status="200"' in text
    assert 'method="GET",route="none",status="404"' in text
    assert 'method="other"' in text


async def test_every_metric_is_declared_and_has_a_value(http: httpx.AsyncClient) -> None:
    await http.get("/v1/me")
    text = await page(http)
    declared = re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE)
    assert declared == [metric.name for metric in METRICS]
    valued = {re.sub(r"_(bucket|sum|count)$", "", name) for name, _, _ in _VALUE.findall(text)}
    assert valued == set(declared)


async def test_a_case_that_a_bug_holds_up_is_seen(deployment: Deployment) -> None:
    await deployment.owner.execute(
        "INSERT INTO trouble VALUES ('O20260101-99999', now() - interval '1 hour', now(), 'ValueError')"
    )
    try:
        async with door(watched(deployment.settings)) as (_, client):
            text = await page(client)
    finally:
        await deployment.owner.execute("DELETE FROM trouble WHERE case_no = 'O20260101-99999'")
    assert value(text, "herun_stuck_cases") == 1
    assert value(text, "herun_stuck_seconds") >= 3600


async def test_a_ledger_that_was_never_signed_is_infinitely_late(
    deployment: Deployment, database: Database
) -> None:
    new = {"door_url": SecretStr(database.url(Role.DOOR))}  # the deployment's own is signed by its custodian
    async with door(watched(deployment.settings).model_copy(update=new)) as (_, client):
        assert value(await page(client), "herun_checkpoint_age_seconds") == float("inf")


async def test_while_postgres_is_away_the_page_says_so(deployment: Deployment) -> None:
    nowhere = {"door_url": SecretStr("postgresql://herun_door@/herun?host=/nowhere")}
    async with door(watched(deployment.settings).model_copy(update=nowhere)) as (_, client):
        text = await page(client)
    assert value(text, "herun_postgres_up") == 0
    assert value(text, "herun_temporal_up") == 1
    assert "\nherun_open_duties " not in text


async def test_a_worker_shows_every_figure_that_the_operators_page_explains(
    deployment: Deployment, resident: Person
) -> None:
    address = f"127.0.0.1:{free_port()}"
    settings = deployment.settings.model_copy(update={"metrics_bind": address, "task_queue": "watched"})
    stop = asyncio.Event()
    worker = asyncio.create_task(serve(settings, stop))
    async with door(settings) as (_, client):
        await Person(client, resident.token, resident.account).opened("/v1/orders", ORDER)
    async with httpx.AsyncClient() as http:
        text = await shown(http, address)
    stop.set()
    await worker
    temporal = await runtime.connect(settings.temporal_address, settings.temporal_namespace)
    await timetable.keep(temporal, deployment.settings.task_queue)  # the custodian's rounds were moved
    explained = set(re.findall(r"\btemporal_[a-z_]+", PAGE.read_text(encoding="utf-8")))
    assert len(explained) > 5
    assert explained <= set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))


async def shown(http: httpx.AsyncClient, address: str) -> str:
    return (await http.get(f"http://{address}/metrics")).text


def test_a_value_with_quotes_and_lines_stays_one_line() -> None:
    metric = Metric("m", Shape.GAUGE, "first\nsecond")
    text = exposed([(metric, [Sample(0.5, {"a": 'say "no"\n\\'})])])
    assert text.splitlines() == [
        r"# HELP m first\nsecond", "# TYPE m gauge", r'm{a="say \"no\"\n\\"} 0.5',
    ]  # fmt: skip
