"""A resident comes in for one case, by a code, by a link or as a visitor, and reaches nothing else."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from browsing import QUICK, Browser
from doorway import Deployment, Person
from fastapi import FastAPI
from starlette.requests import Request
from structlog.testing import capture_logs

from activities import credentials
from api.app import create_app
from api.identity import signing_in
from api.identity.sessions import csrf_of
from domain.vocabulary import CaseNo, Party

GOOD, HANDLER = "漏水就报修-2026", "shuiwu.handler"
ORDER: dict[str, Any] = {"title": "楼道灯不亮", "text": "三号楼二层。", "place": "星叶社区"}


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_HASHER", QUICK)
    monkeypatch.setattr(credentials, "_NOBODYS", QUICK.hash("nobody"))


@pytest.fixture
async def door(deployment: Deployment) -> AsyncIterator[FastAPI]:
    app = create_app(deployment.settings.model_copy(update={"rate_sign_in": "100000/minute"}))
    for table in ("session", "recovery_code", "credential", "one_time_code", "outbox_message"):
        await deployment.owner.execute(f"DELETE FROM {table}")
    await credentials.set_password(deployment.owner, HANDLER, GOOD)
    yield app
    await app.state.door.database.close()


@pytest.fixture
async def browser(door: FastAPI) -> AsyncIterator[Browser]:
    found = Browser(door)
    yield found
    await found.http.aclose()


async def filed(resident: Person) -> str:
    return await resident.opened("/v1/orders", ORDER)


async def code_sent(deployment: Deployment) -> str:
    body = await deployment.owner.fetchval("SELECT body FROM outbox_message ORDER BY id DESC LIMIT 1")
    found = re.search(r"\d{6}", body)
    assert found
    return found[0]


async def test_a_resident_signs_in_with_a_case_number_and_a_code(
    browser: Browser, resident: Person, deployment: Deployment
) -> None:
    number, another = await filed(resident), await filed(resident)
    assert (await browser.post("/v1/codes", {"case": number.lower()})).status_code == 202
    code = await code_sent(deployment)
    assert (await browser.post("/v1/sessions/code", {"case": number, "code": code})).status_code == 201
    assert (await browser.http.get(f"/v1/cases/{number}")).status_code == 200
    assert (await browser.http.get(f"/v1/cases/{another}")).status_code == 404
    listed = (await browser.http.get("/v1/cases")).json()["items"]
    assert [each["number"] for each in listed] == [number]


async def test_who_comes_in_by_a_code_acts_as_the_party_and_opens_nothing_else(
    browser: Browser, resident: Person, deployment: Deployment
) -> None:
    number = await filed(resident)
    await browser.post("/v1/codes", {"case": number})
    await browser.post("/v1/sessions/code", {"case": number, "code": await code_sent(deployment)})
    said = await browser.post(
        f"/v1/cases/{number}/acts/supplement", {"text": "又亮了。"}, **{"idempotency-key": "by-code"}
    )
    assert said.status_code == 200, said.text
    assert said.json()["events"][0]["data"]["actor"] == {"account": "resident-01", "role": "resident"}
    answer = await browser.post("/v1/orders", ORDER, **{"idempotency-key": "by-code-2"})
    assert answer.json()["code"] == "may_not_open"


async def test_asking_for_a_code_tells_nobody_whether_there_is_such_a_case(
    browser: Browser, resident: Person, deployment: Deployment
) -> None:
    number = await filed(resident)
    answers = [
        await browser.post("/v1/codes", {"case": case, "phone": phone})
        for case, phone in ((number, ""), ("O20991231-99999", ""), (number, "13900000000"))
    ]
    assert {(each.status_code, each.text) for each in answers} == {(202, answers[0].text)}
    assert await deployment.owner.fetchval("SELECT count(*) FROM outbox_message") == 1


async def test_no_code_is_in_a_log_or_in_the_journal(
    browser: Browser, resident: Person, deployment: Deployment
) -> None:
    number = await filed(resident)
    with capture_logs() as lines:
        await browser.post("/v1/codes", {"case": number})
        code = await code_sent(deployment)
        await browser.post("/v1/sessions/code", {"case": number, "code": code})
        await browser.sign_in(HANDLER, GOOD)
    entries = await deployment.owner.fetch("SELECT data FROM journal")
    for secret in (code, GOOD, browser.http.cookies["herun_session"]):
        assert secret not in json.dumps(lines, default=str, ensure_ascii=False)
        assert secret not in str([row["data"] for row in entries])


async def test_a_wrong_code_is_refused(browser: Browser, resident: Person) -> None:
    number = await filed(resident)
    await browser.post("/v1/codes", {"case": number})
    answer = await browser.post("/v1/sessions/code", {"case": number, "code": "not it"})
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_code")
    assert await browser.me() is None


async def test_the_link_of_the_receipt_leads_its_party_to_the_case(
    door: FastAPI, browser: Browser, resident: Person
) -> None:
    number = await filed(resident)
    link = await signing_in.make_link(door.state.door, CaseNo(number), Party("resident-01"))
    assert (await browser.post("/v1/sessions/link", {"link": link})).status_code == 201
    assert (await browser.http.get(f"/v1/cases/{number}")).status_code == 200
    assert (await browser.post("/v1/sessions/link", {"link": "made-up"})).status_code == 404


async def test_a_visitor_files_without_an_account_and_sees_that_case_alone(
    door: FastAPI, browser: Browser, resident: Person
) -> None:
    request = Request({"type": "http", "headers": [], "client": ("10.0.0.9", 1), "app": door})
    entered = await signing_in.visit(door.state.door, request)
    browser.http.cookies.set("herun_session", entered.token, domain="herun.test")
    browser.csrf = csrf_of(entered.token)
    body = {**ORDER, "applicant": {"name": "过路人", "phone": "13711112222"}}
    answer = await browser.post("/v1/orders", body, **{"idempotency-key": "visitor-1"})
    assert answer.status_code == 201, answer.text
    number = answer.json()["number"]
    seen = (await browser.http.get(f"/v1/cases/{number}")).json()
    assert seen["number"] == number
    assert (await resident.get(f"/v1/cases/{number}")).status_code == 404
    mine = await filed(resident)
    assert (await browser.http.get(f"/v1/cases/{mine}")).status_code == 404
