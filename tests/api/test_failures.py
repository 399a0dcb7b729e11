"""When something behind the door is away: reads go on where they can, and no act is half done."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from doorway import Deployment, Person
from pydantic import SecretStr
from structlog.testing import capture_logs

import worker as worker_module
from activities.processes import free_port
from activities.settings import Role, Settings
from api import engine
from workflows import provisions

ORDER: dict[str, Any] = {
    "title": "路面塌陷", "text": "路中间一个洞。", "place": "星叶社区", "matter": "01.01.02",
}  # fmt: skip

TROUBLE = "INSERT INTO trouble (case_no, since, last_seen, error) VALUES ($1, now(), now(), 'bug')"


async def test_without_temporal_pages_are_served_and_acts_wait(
    resident: Person, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/orders", ORDER)
    away = deployment.settings.model_copy(update={"temporal_address": f"127.0.0.1:{free_port()}"})
    before = await deployment.counts()
    async with deployment.through(away, "resident-01") as person:
        assert (await person.get(f"/v1/cases/{number}")).status_code == 200
        assert (await person.get("/v1/cases")).status_code == 200
        refused = await person.act(number, "withdraw")
        assert (refused.status_code, refused.json()["code"]) == (503, "engine_unavailable")
        assert int(refused.headers["retry-after"]) >= 1
        ready = await person.http.get("/readyz")
        assert (ready.status_code, ready.json()["postgres"], ready.json()["temporal"]) == (503, True, False)
        assert (await person.http.get("/healthz")).json() == {"status": "ok"}
    assert await deployment.counts() == before


async def test_a_matter_brought_while_temporal_was_away_opens_once_it_is_back(
    resident: Person, deployment: Deployment
) -> None:
    away = deployment.settings.model_copy(update={"temporal_address": f"127.0.0.1:{free_port()}"})
    async with deployment.through(away, "resident-01") as person:
        assert (await person.post("/v1/orders", ORDER, key="while-away")).status_code == 503
    answers = [await resident.post("/v1/orders", ORDER, key="while-away") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()


async def test_without_postgres_everything_waits_and_says_so(
    resident: Person, deployment: Deployment, tmp_path: Path
) -> None:
    away = deployment.settings.model_copy(
        update={"door_url": SecretStr(f"postgresql://herun_door@/herun?host={tmp_path}")}
    )
    async with deployment.through(away, "resident-01") as person:
        for answer in (await person.get("/v1/cases"), await person.post("/v1/orders", ORDER)):
            assert (answer.status_code, answer.json()["code"]) == (503, "record_unavailable")
            assert "retry-after" in answer.headers
        assert (await person.http.get("/healthz")).status_code == 200
        assert (await person.http.get("/readyz")).json()["postgres"] is False


async def test_an_act_that_is_not_answered_in_time_is_answered_when_repeated(
    resident: Person, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "PATIENCE", 0.5)
    nobody = deployment.settings.model_copy(update={"task_queue": "nobody-works-here"})
    async with deployment.through(nobody, "resident-01") as person:
        silent = await person.post("/v1/orders", ORDER, key="no-worker")
        assert (silent.status_code, silent.json()["code"]) == (503, "not_answered")
        stop = asyncio.Event()
        late = asyncio.create_task(worker_module.serve(nobody, stop))
        monkeypatch.setattr(engine, "PATIENCE", 10.0)
        answer = await person.post("/v1/orders", ORDER, key="no-worker")
        assert answer.status_code == 201
        assert len(await deployment.events(answer.json()["number"])) == answer.json()["last"]
        stop.set()
        await late


async def test_a_case_that_a_bug_holds_up_is_called_stuck(
    resident: Person, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "PATIENCE", 0.3)
    nobody = deployment.settings.model_copy(update={"task_queue": "nobody-again"})
    async with deployment.through(nobody, "resident-01") as person:
        await person.post("/v1/orders", ORDER, key="stuck")
        number = await deployment.owner.fetchval("SELECT case_no FROM intake WHERE key = 'stuck'")
        await deployment.owner.execute(TROUBLE, number)
        answer = await person.post("/v1/orders", ORDER, key="stuck")
        assert (answer.status_code, answer.json()["code"]) == (503, "case_stuck")


async def test_a_bug_that_a_worker_hears_of_marks_the_case(deployment: Deployment) -> None:
    stop = asyncio.Event()
    elsewhere = deployment.settings.model_copy(update={"task_queue": "another-desk"})
    task = asyncio.create_task(worker_module.serve(elsewhere, stop))
    marked = None
    while marked is None:  # bounded by the test's timeout: the worker may not have begun yet
        provisions.report("O20260101-00001", ValueError("一个缺陷"))
        marked = await deployment.owner.fetchrow("SELECT * FROM trouble WHERE case_no = 'O20260101-00001'")
    stop.set()
    await task
    assert marked["error"] == "ValueError: 一个缺陷"


async def test_a_stuck_case_says_so_on_its_page(resident: Person, deployment: Deployment) -> None:
    number = await resident.opened("/v1/orders", ORDER)
    assert (await resident.get(f"/v1/cases/{number}")).json()["stuck"] is False
    await deployment.owner.execute(TROUBLE, number)
    assert (await resident.get(f"/v1/cases/{number}")).json()["stuck"] is True
    await resident.done(number, "supplement", text="又好了。")
    assert (await resident.get(f"/v1/cases/{number}")).json()["stuck"] is False


async def test_a_bug_in_the_door_is_a_calm_500_without_anybody_s_words(
    resident: Person, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise RuntimeError("秘密的话")

    monkeypatch.setattr("api.routes.cases.case_view", broken)
    number = await resident.opened("/v1/orders", ORDER)
    with capture_logs() as lines:
        answer = await resident.get(f"/v1/cases/{number}")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "秘密的话" not in answer.text + str(lines)
    assert [line["error"] for line in lines if line["event"] == "bug"] == ["RuntimeError"]


async def test_a_revoked_token_opens_the_door_no_more(deployment: Deployment) -> None:
    who = await deployment.person("lanwan.secretary")
    assert (await who.get("/v1/me")).status_code == 200
    await deployment.owner.execute("UPDATE token SET revoked_at = now() WHERE account = 'lanwan.secretary'")
    deployment.app.state.door.callers.forget()
    assert (await who.get("/v1/me")).status_code == 401


async def test_a_worker_waits_for_servers_that_are_not_there_yet(
    deployment: Deployment, tmp_path: Path
) -> None:
    absent = deployment.settings.model_copy(
        update={"ledger_url": SecretStr(f"postgresql://herun_ledger@/herun?host={tmp_path}")}
    )
    stop = asyncio.Event()
    with capture_logs() as lines:
        task = asyncio.create_task(worker_module.serve(absent, stop))
        async with asyncio.timeout(20):
            while not lines:
                await deployment.counts()  # something to wait for that takes a moment
        stop.set()
        await task
    assert lines[0]["event"] == "waiting_for_server"
    assert lines[0]["server"] == "postgres"


async def test_a_worker_without_its_url_does_not_wait_in_vain() -> None:
    with pytest.raises(RuntimeError, match="HERUN_LEDGER_URL"):
        await worker_module.serve(Settings(ledger_url=None), asyncio.Event())
    assert Role.LEDGER == "ledger"
