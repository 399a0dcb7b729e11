"""Whoever asks too often waits, is told how long, and has done nothing."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from doorway import Deployment
from fastapi import FastAPI

from activities import sessions
from activities.sessions import Beginning, Step, Way
from api.app import create_app
from api.gate.limits import BadRate, Limits
from api.identity.sessions import CSRF_HEADER, csrf_of, lifetime

ORDER: dict[str, Any] = {"title": "楼道灯不亮", "text": "三号楼二层。", "place": "星叶社区"}
RATES = {
    "rate_sign_in": "3/minute", "rate_filing": "2/hour", "rate_filing_staff": "4/minute", "rate_search": "2/minute",
}  # fmt: skip


@pytest.fixture
async def door(deployment: Deployment) -> AsyncIterator[FastAPI]:
    app = create_app(deployment.settings.model_copy(update=RATES))
    yield app
    await app.state.door.database.close()


def client(app: FastAPI, address: str = "10.1.1.1") -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app, client=(address, 4000))
    return httpx.AsyncClient(transport=transport, base_url="http://herun.test")


async def test_signing_in_is_limited_by_address(door: FastAPI) -> None:
    body = {"name": "nobody", "password": "nothing"}
    here, there = client(door), client(door, "10.1.1.2")
    found = [(await here.post("/v1/sessions", json=body)) for _ in range(4)]
    assert [each.status_code for each in found] == [401] * 3 + [429]
    assert found[3].json()["code"] == "too_many_requests"
    assert 1 <= int(found[3].headers["retry-after"]) <= 60
    assert (await here.post("/v1/codes", json={"case": "O1"})).status_code == 429
    assert (await there.post("/v1/sessions", json=body)).status_code == 401


async def test_searching_is_limited_by_account(door: FastAPI, deployment: Deployment) -> None:
    http = client(door)
    for who, expected in (("xingye.worker", [200, 200, 429]), ("shenji.auditor", [200])):
        token = (await deployment.person(who)).token
        answers = [
            await http.get("/v1/search", params={"q": "漏水"}, headers={"authorization": f"Bearer {token}"})
            for _ in expected
        ]
        assert [each.status_code for each in answers] == expected


async def test_a_resident_in_a_browser_files_less_often_than_staff(
    door: FastAPI, deployment: Deployment
) -> None:
    resident = Beginning("resident-03", Way.PASSWORD, Step.OPEN, lifetime(deployment.settings, Way.PASSWORD))
    token = await sessions.begin(deployment.owner, resident)
    by_cookie = {"cookie": f"herun_session={token}", CSRF_HEADER: csrf_of(token)}
    worker = (await deployment.person("xingye.worker")).token
    for headers, allowed in ((by_cookie, 2), ({"authorization": f"Bearer {worker}"}, 4)):
        before = (await deployment.counts())["intake"]
        http = client(door)
        codes = [
            (
                await http.post("/v1/orders", json=ORDER, headers={"idempotency-key": f"rate-{n}", **headers})
            ).status_code
            for n in range(allowed + 1)
        ]
        assert codes == [201] * allowed + [429]
        assert (await deployment.counts())["intake"] == before + allowed


async def test_visitors_are_limited_by_address(door: FastAPI) -> None:
    limits: Limits = door.state.door.limits
    await limits.visit("10.1.1.1")
    await limits.visit("10.1.1.1")
    with pytest.raises(Exception, match="too_many_requests"):
        await limits.visit("10.1.1.1")
    await limits.visit("10.1.1.2")


def test_a_setting_that_is_no_rate_is_refused_at_the_start(deployment: Deployment) -> None:
    with pytest.raises(BadRate, match="rate_search"):
        Limits(deployment.settings.model_copy(update={"rate_search": "often"}))
