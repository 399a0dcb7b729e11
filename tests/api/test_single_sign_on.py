"""Staff come in by the city's OpenID provider: a real one, in a process of its own."""

import json
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from doorway import Deployment
from fastapi import FastAPI
from pydantic import SecretStr

from activities import credentials
from activities.processes import Child, Part, free_port, listening
from api.app import create_app
from api.identity.sessions import csrf_of

HANDLER, AUDITOR = "shuiwu.handler", "shenji.auditor"
LEAVE, BACK = "/v1/sessions/single-sign-on", "/v1/sessions/single-sign-on/return"
PEOPLE = {"s-1": HANDLER, "s-2": AUDITOR, "s-3": "nobody.here"}


@pytest.fixture(scope="module")
async def issuer(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    port = free_port()
    users = [
        f"--user-claims={json.dumps({'sub': sub, 'preferred_username': name})}"
        for sub, name in PEOPLE.items()
    ]
    argv = (sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "-p", str(port), "-n", "true", *users)
    logs: Path = tmp_path_factory.mktemp("oidc")
    child = Child(Part("oidc", argv, ready=listening("127.0.0.1", port)), logs)
    await child.start()
    yield f"http://127.0.0.1:{port}"
    await child.stop()


@pytest.fixture
async def door(deployment: Deployment, issuer: str) -> AsyncIterator[FastAPI]:
    await deployment.owner.execute("DELETE FROM recovery_code")
    await deployment.owner.execute("DELETE FROM credential")
    for who in (HANDLER, AUDITOR):
        await credentials.add_login(deployment.owner, who)
    settings = deployment.settings.model_copy(
        update={
            "oidc_issuer": issuer,
            "oidc_client_secret": SecretStr("ours"),
            "rate_sign_in": "10000/minute",
            "public_url": "http://herun.test",
        }
    )
    app = create_app(settings)
    yield app
    await app.state.door.database.close()


@pytest.fixture
async def browser(door: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://herun.test") as http:
        yield http


async def sent_away(browser: httpx.AsyncClient) -> str:
    answer = await browser.get(LEAVE)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def vouched(address: str, sub: str) -> str:
    """What the provider sends the browser back with, once somebody has signed in there."""
    async with httpx.AsyncClient() as outside:
        answer = await outside.post(address, data={"sub": sub})
    assert answer.status_code == 302, answer.text
    return str(answer.headers["location"])


async def me(browser: httpx.AsyncClient) -> str | None:
    answer = await browser.get("/v1/me")
    return str(answer.json()["account"]) if answer.is_success else None


async def test_whom_the_provider_vouches_for_is_in(browser: httpx.AsyncClient) -> None:
    address = await sent_away(browser)
    said = parse_qs(urlsplit(address).query)
    assert said["code_challenge_method"] == ["S256"]
    assert said["redirect_uri"] == [f"http://herun.test{BACK}"]
    assert said["nonce"] != said["state"]
    answer = await browser.get(await vouched(address, "s-1"))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert await me(browser) == HANDLER


async def test_an_auditor_still_owes_a_second_factor(browser: httpx.AsyncClient) -> None:
    await browser.get(await vouched(await sent_away(browser), "s-2"))
    assert await me(browser) is None
    headers = {"x-csrf-token": _csrf(browser)}
    shown = await browser.post("/v1/sessions/enrolment", headers=headers)
    assert shown.status_code == 200, shown.text


async def test_somebody_without_an_account_here_is_refused(browser: httpx.AsyncClient) -> None:
    answer = await browser.get(await vouched(await sent_away(browser), "s-3"))
    assert (answer.status_code, answer.json()["code"]) == (401, "single_sign_on_refused")
    assert await me(browser) is None


async def test_nobody_comes_back_who_was_not_sent(browser: httpx.AsyncClient, door: FastAPI) -> None:
    """Otherwise somebody could be signed in, unknowingly, as another."""
    theirs = await vouched(await sent_away(browser), "s-1")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(door), base_url="http://herun.test") as victim:
        assert (await victim.get(theirs)).json()["code"] == "single_sign_on_refused"
        await sent_away(victim)
        assert (await victim.get(theirs)).json()["code"] == "single_sign_on_refused"
        assert await me(victim) is None


async def test_a_way_back_is_gone_once(browser: httpx.AsyncClient) -> None:
    back = await vouched(await sent_away(browser), "s-1")
    assert (await browser.get(back)).status_code == 303
    assert (await browser.get(back)).status_code == 401


@pytest.mark.parametrize("query", ["", "?error=access_denied&state={state}", "?code=guess&state={state}"])
async def test_a_refusal_or_a_made_up_code_lets_nobody_in(browser: httpx.AsyncClient, query: str) -> None:
    state = parse_qs(urlsplit(await sent_away(browser)).query)["state"][0]
    answer = await browser.get(BACK + query.format(state=state))
    assert (answer.status_code, answer.json()["code"]) == (401, "single_sign_on_refused")
    assert await me(browser) is None


async def test_a_provider_that_is_down_is_said_to_be(deployment: Deployment) -> None:
    for issuer, expected in (
        ("http://127.0.0.1:1", (503, "single_sign_on_unavailable")),
        (None, (404, "not_found")),
    ):
        app = create_app(deployment.settings.model_copy(update={"oidc_issuer": issuer}))
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://herun.test"
        ) as http:
            answer = await http.get(LEAVE)
        assert (answer.status_code, answer.json()["code"]) == expected
        await app.state.door.database.close()


def _csrf(browser: httpx.AsyncClient) -> str:
    return csrf_of(browser.cookies["herun_session"])
