"""Nobody's name, number or words reach the ledger, a workflow history or a log line."""

import json
from typing import Any

from doorway import Deployment, Person
from structlog.testing import capture_logs

from workflows import runtime

NAMES = (
    "郑映雪",
    "吴知秋",
    "13311110000",
    "13322220000",
    "星叶路九号",
    "漏了一整夜",
    "维修费六百元",
    "房东认了错",
)


async def _mediated(worker: Person, deployment: Deployment) -> str:
    mediator = await deployment.person("xingye.mediator")
    body: dict[str, Any] = {
        "title": "热水器漏了一整夜", "text": "维修费六百元谁出。", "place": "星叶社区",
        "applicants": [{"name": "郑映雪", "phone": "13311110000", "address": "星叶路九号"}],
        "respondents": [{"name": "吴知秋", "phone": "13322220000"}],
    }  # fmt: skip
    number = await worker.opened("/v1/mediations", body)
    await mediator.done(number, "mediation.sign")
    await mediator.done(number, "mediation.visit", record="郑映雪和吴知秋都在家。")
    await mediator.act(number, "mediation.session", record="房东认了错。")
    await mediator.get("/v1/search", q="郑映雪")
    await mediator.get(f"/v1/cases/{number}/timeline")
    return number


async def test_names_and_words_stay_in_the_content_store(worker: Person, deployment: Deployment) -> None:
    with capture_logs() as lines:
        number = await _mediated(worker, deployment)
    ledger = json.dumps(
        [[str(value) for value in row] for row in await deployment.owner.fetch("SELECT * FROM event")],
        ensure_ascii=False,
    )
    client = await runtime.connect(
        deployment.settings.temporal_address, deployment.settings.temporal_namespace
    )
    history = (await client.get_workflow_handle(number).fetch_history()).to_json()
    register = str([tuple(row) for row in await deployment.owner.fetch("SELECT * FROM case_register")])
    logged = json.dumps(lines, ensure_ascii=False, default=str)
    for name in NAMES:
        for place, text in (("ledger", ledger), ("register", register), ("log", logged)):
            assert name not in text, (name, place)
        assert name not in json.dumps(json.loads(history), ensure_ascii=False), (name, "history")
    assert number in history


async def test_a_log_line_says_route_status_time_and_account_only(worker: Person) -> None:
    with capture_logs() as lines:
        await worker.get("/v1/search", q="郑映雪")
        await worker.get("/v1/cases/O20010101-00001")
    asked = [line for line in lines if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in asked] == [
        ("/v1/search", 200), ("/v1/cases/{number}", 404),
    ]  # fmt: skip
    assert asked[1]["problem"] == "not_found"
    assert {line["account"] for line in asked} == {"xingye.worker"}
    assert set(asked[0]) == {
        "event", "log_level", "method", "route", "status", "problem", "ms", "account", "request",
    }  # fmt: skip
