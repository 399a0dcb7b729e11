"""Who may come in, by which steps, how long it lasts, and what another site cannot make a browser do."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from browsing import QUICK, Browser
from doorway import Deployment
from fastapi import FastAPI

from activities import credentials, journal, second_factor
from activities.journal import Stream
from api.app import create_app
from api.identity.sessions import CSRF_HEADER

GOOD, OTHER = "漏水就报修-2026", "灯不亮也报修-2027"
HANDLER, AUDITOR = "shuiwu.handler", "shenji.auditor"
ORDER: dict[str, Any] = {"title": "楼道灯不亮", "text": "三号楼二层。", "place": "星叶社区"}


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(credentials, "_HASHER", QUICK)
    monkeypatch.setattr(credentials, "_NOBODYS", QUICK.hash("nobody"))


@pytest.fixture
async def door(deployment: Deployment) -> AsyncIterator[FastAPI]:
    """A door whose limits are those of another test."""
    app = create_app(deployment.settings.model_copy(update={"rate_sign_in": "100000/minute"}))
    for table in ("session", "recovery_code", "credential", "one_time_code", "outbox_message"):
        await deployment.owner.execute(f"DELETE FROM {table}")
    for who in (HANDLER, AUDITOR):
        await credentials.set_password(deployment.owner, who, GOOD)
    yield app
    await app.state.door.database.close()


@pytest.fixture
async def browser(door: FastAPI) -> AsyncIterator[Browser]:
    found = Browser(door)
    yield found
    await found.http.aclose()


async def kinds(deployment: Deployment, **wanted: str) -> list[str]:
    """Kinds of entries of the access journal with these values, in order."""
    entries = await journal.entries(deployment.owner, Stream.ACCESS, limit=100_000)
    return [e.kind for e in entries if wanted.items() <= dict(e.data).items()]


# -- name and password --------------------------------------------------------------------------------


async def test_staff_sign_in_with_name_and_password(browser: Browser, deployment: Deployment) -> None:
    before = len(await kinds(deployment, account=HANDLER))
    answer = await browser.sign_in(HANDLER, GOOD)
    assert answer.status_code == 201
    assert answer.json()["step"]["code"] == "open"
    assert await browser.me() == HANDLER
    assert (await kinds(deployment, account=HANDLER))[before:] == ["signed_in"]


async def test_the_cookie_is_for_this_host_and_no_script(browser: Browser, deployment: Deployment) -> None:
    plain = (await browser.sign_in(HANDLER, GOOD)).headers["set-cookie"]
    assert plain.startswith("herun_session=")
    assert "HttpOnly" in plain
    assert "SameSite=lax" in plain
    app = create_app(deployment.settings.model_copy(update={"public_url": "https://herun.example"}))
    secure = Browser(app, "https://herun.example")
    cookie = (await secure.sign_in(HANDLER, GOOD)).headers["set-cookie"]
    assert cookie.startswith("__Host-herun_session=")
    assert {"Secure", "HttpOnly", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie
    assert await secure.me() == HANDLER
    await app.state.door.database.close()


@pytest.mark.parametrize("name", [HANDLER, "nobody.at.all", "resident-01"])
async def test_every_refusal_says_the_same(browser: Browser, name: str) -> None:
    answer = await browser.sign_in(name, "不是这个口令")
    assert answer.status_code == 401
    assert answer.json()["code"] == "sign_in_failed"
    assert "set-cookie" not in answer.headers
    assert answer.json() == (await browser.sign_in("nobody", "x")).json()


async def test_five_failures_lock_the_name_and_the_journal_says_so(
    browser: Browser, deployment: Deployment
) -> None:
    before = len(await kinds(deployment, account=HANDLER))
    for _ in range(5):
        await browser.sign_in(HANDLER, "不是这个口令")
    assert (await browser.sign_in(HANDLER, GOOD)).status_code == 401
    found = (await kinds(deployment, account=HANDLER))[before:]
    assert found == ["sign_in_refused"] * 5 + ["locked", "sign_in_refused"]


async def test_signing_out_ends_the_session_on_the_server(browser: Browser) -> None:
    await browser.sign_in(HANDLER, GOOD)
    token = browser.http.cookies["herun_session"]
    answer = await browser.http.delete("/v1/sessions/current", headers={CSRF_HEADER: browser.csrf})
    assert answer.status_code == 204
    browser.http.cookies.set("herun_session", token, domain="herun.test")
    assert await browser.me() is None


async def test_a_bearer_token_opens_the_door_beside_the_session(
    browser: Browser, deployment: Deployment
) -> None:
    await browser.sign_in(HANDLER, GOOD)
    other = await deployment.person("resident-01")
    answer = await browser.http.get("/v1/me", headers={"authorization": f"Bearer {other.token}"})
    assert answer.json()["account"] == "resident-01"


async def test_sessions_are_listed_and_another_one_can_be_ended(door: FastAPI, browser: Browser) -> None:
    await browser.sign_in(HANDLER, GOOD)
    lost = Browser(door)
    await lost.sign_in(HANDLER, GOOD)
    listed = (await browser.http.get("/v1/sessions")).json()
    assert [each["is_this"] for each in listed].count(True) == 1
    theirs = next(each["id"] for each in listed if not each["is_this"])
    answer = await browser.http.delete(f"/v1/sessions/{theirs}", headers={CSRF_HEADER: browser.csrf})
    assert answer.status_code == 204
    assert await lost.me() is None
    assert await browser.me() == HANDLER
    stranger = Browser(door)
    await stranger.sign_in(AUDITOR, GOOD)
    assert (await stranger.http.get("/v1/sessions")).status_code == 401


async def test_idle_staff_are_signed_out(browser: Browser, deployment: Deployment) -> None:
    await browser.sign_in(HANDLER, GOOD)
    await deployment.owner.execute("UPDATE session SET seen_at = now() - interval '15 minutes'")
    assert await browser.me() is None


# -- passwords and the second factor ------------------------------------------------------------------


async def test_a_one_time_password_opens_nothing_but_the_choice_of_another(
    browser: Browser, deployment: Deployment
) -> None:
    await credentials.set_password(deployment.owner, HANDLER, GOOD, once=True)
    assert (await browser.sign_in(HANDLER, GOOD)).json()["step"]["code"] == "new_password"
    assert await browser.me() is None
    weak = await browser.post("/v1/sessions/password", {"password": "short"})
    assert weak.status_code == 422
    assert weak.json()["errors"][0] == {
        "field": "password", "code": "password_too_short", "message": "口令至少10个字符",
    }  # fmt: skip
    assert (await browser.post("/v1/sessions/password", {"password": OTHER})).json()["step"]["code"] == "open"
    assert await browser.me() == HANDLER
    assert (await browser.sign_in(HANDLER, OTHER)).status_code == 201


async def test_a_password_is_changed_by_saying_the_old_one_and_other_sessions_end(
    door: FastAPI, browser: Browser
) -> None:
    elsewhere = Browser(door)
    await elsewhere.sign_in(HANDLER, GOOD)
    await browser.sign_in(HANDLER, GOOD)
    for old in (None, "不是这个口令"):
        answer = await browser.post("/v1/sessions/password", {"password": OTHER, "old": old})
        assert answer.json()["code"] == "sign_in_failed"
    assert (await browser.post("/v1/sessions/password", {"password": OTHER, "old": GOOD})).is_success
    assert await browser.me() == HANDLER
    assert await elsewhere.me() is None


async def enrolled(browser: Browser) -> tuple[str, list[str]]:
    """An auditor with an authenticator; its secret and the recovery codes."""
    await browser.sign_in(AUDITOR, GOOD)
    secret = (await browser.post("/v1/sessions/enrolment")).json()["secret"]
    code = second_factor.code_at(secret, time.time() - 30)
    answer = await browser.post("/v1/sessions/enrolment/confirmation", {"code": code})
    return secret, answer.json()["recovery_codes"]


async def test_an_auditor_gets_nowhere_without_a_second_factor(browser: Browser) -> None:
    assert (await browser.sign_in(AUDITOR, GOOD)).json()["step"]["code"] == "enrolment"
    assert await browser.me() is None
    shown = (await browser.post("/v1/sessions/enrolment")).json()
    assert shown["svg"].startswith("<svg")
    wrong = await browser.post("/v1/sessions/enrolment/confirmation", {"code": "000000"})
    assert wrong.json()["code"] == "wrong_code"
    assert (await browser.post("/v1/sessions/enrolment")).json() == shown
    code = second_factor.code_at(shown["secret"])
    done = await browser.post("/v1/sessions/enrolment/confirmation", {"code": code})
    assert len(done.json()["recovery_codes"]) == 10
    assert await browser.me() == AUDITOR


async def test_the_second_factor_is_asked_for_at_every_sign_in(browser: Browser) -> None:
    secret, _ = await enrolled(browser)
    assert (await browser.sign_in(AUDITOR, GOOD)).json()["step"]["code"] == "second_factor"
    assert await browser.me() is None
    code = second_factor.code_at(secret)
    answer = await browser.post("/v1/sessions/second-factor", {"code": code})
    assert answer.json()["step"]["code"] == "open"
    assert await browser.me() == AUDITOR
    await browser.sign_in(AUDITOR, GOOD)
    again = await browser.post("/v1/sessions/second-factor", {"code": code})
    assert again.json()["code"] == "wrong_code"


async def test_the_second_factor_may_be_said_at_once(browser: Browser) -> None:
    secret, codes = await enrolled(browser)
    answer = await browser.sign_in(AUDITOR, GOOD, code=second_factor.code_at(secret))
    assert answer.json()["step"]["code"] == "open"
    assert (await browser.sign_in(AUDITOR, GOOD, code=codes[3])).json()["step"]["code"] == "open"
    assert (await browser.sign_in(AUDITOR, GOOD, code=codes[3])).json()["code"] == "wrong_code"


async def test_guessing_codes_locks_the_name_and_ends_the_session(browser: Browser) -> None:
    secret, _ = await enrolled(browser)
    await browser.sign_in(AUDITOR, GOOD)
    codes = [
        (await browser.post("/v1/sessions/second-factor", {"code": f"00000{n}"})).json()["code"]
        for n in range(5)
    ]
    assert codes == ["wrong_code"] * 4 + ["sign_in_failed"]
    code = second_factor.code_at(secret)
    assert (await browser.post("/v1/sessions/second-factor", {"code": code})).status_code == 401
    assert (await browser.sign_in(AUDITOR, GOOD, code=code)).json()["code"] == "sign_in_failed"


async def test_steps_cannot_be_skipped_or_taken_twice(browser: Browser) -> None:
    await enrolled(browser)
    await browser.sign_in(AUDITOR, GOOD)
    for path, body in (
        ("/v1/sessions/password", {"password": OTHER}),
        ("/v1/sessions/enrolment", None),
        ("/v1/sessions/enrolment/confirmation", {"code": "000000"}),
    ):
        answer = await browser.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_step"), path
    assert (await browser.http.get("/v1/sessions")).status_code == 401


# -- other sites --------------------------------------------------------------------------------------


async def test_a_write_needs_the_sessions_own_anti_forgery_token(browser: Browser) -> None:
    await browser.sign_in(HANDLER, GOOD)
    wrong: tuple[dict[str, Any], ...] = ({}, {CSRF_HEADER: "guess"}, {CSRF_HEADER: b"\xc3\xa9"})
    for headers in wrong:
        answer = await browser.http.post(
            "/v1/orders", json=ORDER, headers={"idempotency-key": "forged-1", **headers}
        )
        assert (answer.status_code, answer.json()["code"]) == (403, "forged")
    good = await browser.post("/v1/orders", {**ORDER, "unit": "市水务局"}, **{"idempotency-key": "own-1"})
    assert good.status_code in (201, 403), good.text
    assert good.json().get("code") != "forged"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://herun.test.evil.example"])
async def test_another_site_cannot_write_even_with_the_token(browser: Browser, origin: str) -> None:
    await browser.sign_in(HANDLER, GOOD)
    answer = await browser.post("/v1/orders", ORDER, origin=origin)
    assert answer.json()["code"] == "forged"


async def test_another_site_cannot_sign_a_browser_in(browser: Browser) -> None:
    body = {"name": HANDLER, "password": GOOD}
    for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
        answer = await browser.http.post("/v1/sessions", json=body, headers=headers)
        assert answer.json()["code"] == "forged"
        assert "set-cookie" not in answer.headers


async def test_a_session_token_seen_before_signing_in_is_worth_nothing_after(browser: Browser) -> None:
    await enrolled(browser)
    await browser.sign_in(AUDITOR, GOOD)
    before = browser.http.cookies["herun_session"]
    await browser.sign_in(HANDLER, GOOD)
    assert browser.http.cookies["herun_session"] != before


# -- headers ------------------------------------------------------------------------------------------


async def test_every_answer_tells_the_browser_what_it_may_not_do(
    browser: Browser, deployment: Deployment
) -> None:
    for path in ("/healthz", "/v1/me", "/nowhere"):
        headers = (await browser.http.get(path)).headers
        policy = headers["content-security-policy"]
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "strict-transport-security" not in headers
    app = create_app(deployment.settings.model_copy(update={"public_url": "https://herun.example"}))
    secure = Browser(app, "https://herun.example")
    assert "max-age" in (await secure.http.get("/healthz")).headers["strict-transport-security"]
