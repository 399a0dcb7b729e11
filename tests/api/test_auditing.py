"""The auditor's part of the door: for auditors alone, read-only, and whoever looks is on the access log first."""

import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from doorway import Deployment, Person

from activities.access import Access, looked
from activities.settings import Role
from api import answers
from api.auditing import answers as audit_answers
from api.auditing import examples
from api.auditing.answers import Answer
from audit.checkpoints.keys import generate
from audit.checkpoints.signing import write_checkpoint

ORDER: dict[str, Any] = {
    "title": "小区门口水管漏水", "text": "三号楼前的公共水管爆裂。", "place": "星叶社区", "matter": "03.01.02",
}  # fmt: skip
OF_A_CASE: dict[str, dict[str, str]] = {
    "state": {}, "diff": {"from": "1", "to": "2"}, "explain": {}, "verification": {}, "export": {},
}  # fmt: skip
OF_MANY: dict[str, dict[str, str]] = {"whatif": {"rulebook": "gaotai-4x7"}, "checkpoints": {}, "access": {}}


@pytest.fixture
async def returned(resident: Person, worker: Person, water: Person) -> str:
    """An order that its unit sent back with a reason."""
    number = await resident.opened("/v1/orders", ORDER)
    await worker.done(number, "order.accept_need", service="utility")
    await worker.done(number, "order.dispatch", units=["市水务局"])
    await water.done(number, "order.return", reason="管道属于物业，不归我局。")
    return number


async def log(deployment: Deployment, **wanted: Any) -> list[dict[str, Any]]:
    """The access log, the first entry first."""
    rows = await deployment.owner.fetch("SELECT * FROM journal WHERE stream = 'access' ORDER BY seq")
    entries = [{**dict(row), "data": json.loads(row["data"])} for row in rows]
    return [each for each in entries if all(each[name] == value for name, value in wanted.items())]


@pytest.mark.parametrize("view", [*OF_A_CASE, *OF_MANY])
async def test_nobody_but_an_auditor_gets_in(view: str, deployment: Deployment, officer: Person) -> None:
    before = len(await log(deployment))
    path = f"/v1/audit/cases/O/{view}" if view in OF_A_CASE else f"/v1/audit/{view}"
    refused = await officer.get(path, **{**OF_A_CASE, **OF_MANY}[view])
    assert (refused.status_code, refused.json()["code"]) == (403, "auditors_only")
    stranger = await deployment.http.get(path)
    assert stranger.status_code == 401
    assert len(await log(deployment, kind=Access.AUDIT_VIEWED)) <= before


@pytest.mark.parametrize("view", OF_A_CASE)
async def test_a_case_that_is_not_there_is_404_and_nobody_looked(
    view: str, auditor: Person, deployment: Deployment
) -> None:
    before = len(await log(deployment))
    answer = await auditor.get(f"/v1/audit/cases/O20200101-00001/{view}", **OF_A_CASE[view])
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert len(await log(deployment)) == before


@pytest.mark.parametrize("view", OF_A_CASE)
async def test_every_look_at_a_case_is_on_the_access_log(
    view: str, returned: str, auditor: Person, deployment: Deployment
) -> None:
    before = await log(deployment, case_no=returned)
    counts = await deployment.counts()
    answer = await auditor.get(f"/v1/audit/cases/{returned}/{view}", **OF_A_CASE[view])
    assert answer.status_code == 200, answer.text
    (entry,) = (await log(deployment, case_no=returned))[len(before) :]
    assert entry["account"] == auditor.account
    assert entry["kind"] in (Access.AUDIT_VIEWED, Access.FILE_EXPORTED)
    assert await deployment.counts() == counts  # nothing else was written


async def test_the_case_as_it_stood_after_an_event(returned: str, auditor: Person) -> None:
    now = (await auditor.get(f"/v1/audit/cases/{returned}/state")).json()
    then = (await auditor.get(f"/v1/audit/cases/{returned}/state", at="1")).json()
    assert now["seq"] == now["last"] > then["seq"] == 1
    features = {each["name"]["code"]: each for each in now["features"]}
    assert features["returns"]["value"] == 1
    assert features["stage"]["name"]["text"] == "阶段"
    assert then["duties"] == []
    assert {duty["status"]["code"] for duty in now["duties"]} >= {"open", "fulfilled"}
    by_instant = (await auditor.get(f"/v1/audit/cases/{returned}/state", at=now["at"])).json()
    assert by_instant["seq"] == now["seq"]
    english = (await auditor.get(f"/v1/audit/cases/{returned}/state", "en")).json()
    assert {each["name"]["text"] for each in english["features"]} >= {"Stage", "Returns"}


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"at": "yesterday"}, "not_moment"), ({"at": "999"}, "no_such_moment"),
        ({"at": "2020-01-01"}, "no_such_moment"), ({"at": "0"}, "no_such_moment"),
    ],
)  # fmt: skip
async def test_a_moment_that_is_none_is_422(
    query: dict[str, str], code: str, returned: str, auditor: Person
) -> None:
    answer = await auditor.get(f"/v1/audit/cases/{returned}/state", **query)
    assert answer.status_code == 422
    assert [each["code"] for each in answer.json()["errors"]] == [code]


async def test_what_changed_between_two_moments(returned: str, auditor: Person) -> None:
    shown = (await auditor.get(f"/v1/audit/cases/{returned}/diff", **{"from": "99999", "to": "1"})).json()
    assert shown["code"] == "invalid_request"
    last = (await auditor.get(f"/v1/audit/cases/{returned}/state")).json()["last"]
    answer = await auditor.get(f"/v1/audit/cases/{returned}/diff", **{"from": str(last), "to": "1"})
    shown = answer.json()
    assert (shown["first"], shown["last"]) == (1, last)
    changes = {(each["code"]["code"], each["about"]): each for each in shown["changes"]}
    assert changes["feature", "returns"]["after"] == 1
    assert changes["feature", "stage"]["label"] == "阶段"
    assert changes["duty_opened", "1"]["after"]["kind"] == "order.review"


async def test_a_refusal_is_explained_with_its_words_and_its_duty(returned: str, auditor: Person) -> None:
    shown = (await auditor.get(f"/v1/audit/cases/{returned}/explain")).json()
    (refusal,) = (each for each in shown["events"] if each["refuses"])
    assert refusal["reasons"][0]["words"] == "管道属于物业，不归我局。"
    assert refusal["reasons"][0]["field"]["text"] == "理由"
    assert refusal["sums"][0]["kind"]["code"] == "order.accept"
    assert refusal["sums"][0]["lines"][-1]["code"] == "result"
    opened = next(each for each in shown["events"] if each["event"]["kind"] == "duty_opened")
    assert opened["cited"]["rule"] == "order.review"
    assert opened["cited"]["source"]
    assert opened["causes"][-1]["kind"] == "case_opened"
    (one,) = (
        await auditor.get(f"/v1/audit/cases/{returned}/explain", seq=str(opened["event"]["seq"]))
    ).json()["events"]
    assert one == opened


async def test_an_act_that_never_reached_the_ledger_is_told_from_the_access_log(
    returned: str, auditor: Person, deployment: Deployment
) -> None:
    await looked(
        deployment.owner, "shuiwu.handler", Access.ACT_REFUSED, returned, act="order.complete",
        code="out_of_turn", about=["4"],
    )  # fmt: skip
    shown = (await auditor.get(f"/v1/audit/cases/{returned}/explain")).json()
    (refused,) = shown["refused"]
    assert (refused["act"]["code"], refused["code"]["code"]) == ("order.complete", "out_of_turn")
    assert refused["code"]["text"] != "out_of_turn"
    assert refused["account"] == "shuiwu.handler"


async def test_the_five_answers_come_in_their_order_and_find_nothing(returned: str, auditor: Person) -> None:
    shown = (await auditor.get(f"/v1/audit/cases/{returned}/verification")).json()
    assert [each["answer"]["code"] for each in shown["answers"]] == [
        "intact", "same_steps", "same_content", "same_law", "lawful",
    ]  # fmt: skip
    assert shown["clean"] is True, shown
    assert shown["events"] > 10


@pytest.mark.parametrize("content", [False, True])
async def test_the_case_file_comes_as_a_zip(
    content: bool, returned: str, auditor: Person, deployment: Deployment
) -> None:
    answer = await auditor.get(f"/v1/audit/cases/{returned}/export", content=str(content).lower())
    assert answer.headers["content-type"] == "application/zip"
    assert returned in answer.headers["content-disposition"]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        assert "manifest.json" in packed.namelist()
        said = b"".join(packed.read(name) for name in packed.namelist()).decode()
    assert ("管道属于物业" in said) is content
    (entry,) = (await log(deployment, case_no=returned, kind=Access.FILE_EXPORTED))[-1:]
    assert entry["data"]["content"] is content


async def test_closed_cases_are_studied_under_another_edition(
    resident: Person, auditor: Person, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/orders", ORDER)
    await resident.done(number, "withdraw")
    await deployment.ended(number)
    answer = await auditor.get("/v1/audit/whatif", rulebook="gaotai-4x7", kind="order")
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert shown["cases"] >= 1
    assert shown["changed"] == 0
    assert shown["spared"] == shown["cases"]
    assert {row["code"] for row in shown["by_duty"]} >= {"order.review"}
    assert "社区审核" in {row["text"] for row in shown["by_duty"]}
    one = (await auditor.get("/v1/audit/whatif", rulebook="gaotai-4x7", limit="1")).json()
    assert one["cases"] == 1
    none = (await auditor.get("/v1/audit/whatif", rulebook="gaotai-4x7", since="2090-01-01T00:00:00Z")).json()
    assert none["cases"] == 0
    (entry,) = (await log(deployment, kind=Access.TABLE_EXPORTED))[-1:]
    assert entry["data"]["rulebook"] == "gaotai-4x7"


async def test_an_edition_that_is_not_there_is_422(auditor: Person) -> None:
    answer = await auditor.get("/v1/audit/whatif", rulebook="nowhere-1")
    assert answer.status_code == 422
    assert [(each["field"], each["code"]) for each in answer.json()["errors"]] == [
        ("rulebook", "unknown_edition")
    ]


async def test_reading_the_access_log_is_its_latest_entry(returned: str, auditor: Person) -> None:
    await auditor.get(f"/v1/audit/cases/{returned}/state")
    shown = (await auditor.get("/v1/audit/access", limit="2")).json()
    assert shown["items"][0]["data"]["view"] == "access"
    assert shown["items"][1]["case"] == returned
    assert shown["items"][0]["seq"] == shown["items"][1]["seq"] + 1
    assert shown["items"][0]["kind"]["text"] != "audit_viewed"
    following = (await auditor.get("/v1/audit/access", limit="2", after=shown["next"])).json()
    assert following["items"][0]["seq"] == shown["items"][1]["seq"] - 1
    of_case = (await auditor.get("/v1/audit/access", case=returned)).json()["items"]
    assert {each["case"] for each in of_case} == {returned}
    of_nobody = (await auditor.get("/v1/audit/access", account="nobody")).json()
    assert of_nobody == {"items": [], "next": None}
    assert (await auditor.get("/v1/audit/access", after="x")).status_code == 422


async def test_checkpoints_are_listed_with_the_note_to_keep_outside(
    returned: str, auditor: Person, deployment: Deployment, tmp_path: Path
) -> None:
    signer = generate(tmp_path / "key.pem", "herun.test/ledger")
    ledger = await asyncpg.connect(deployment.settings.url(Role.LEDGER))
    try:
        await write_checkpoint(ledger, [signer], datetime.now(UTC))
        await auditor.get(f"/v1/audit/cases/{returned}/state")  # something new to sign
        await write_checkpoint(ledger, [signer], datetime.now(UTC))
    finally:
        await ledger.close()
    shown = (await auditor.get("/v1/audit/checkpoints", limit="1")).json()
    assert shown["items"][0]["note"].startswith("herun.test/ledger\n")
    assert shown["items"][0]["root"] != shown["items"][0]["chains_root"]
    following = (await auditor.get("/v1/audit/checkpoints", limit="1", after=shown["next"])).json()
    assert following["items"][0]["size"] < shown["items"][0]["size"]
    verified = (await auditor.get(f"/v1/audit/cases/{returned}/verification")).json()
    assert verified["clean"] is True, verified


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (audit_answers.StateView, examples.STATE),
        (audit_answers.DiffView, examples.DIFF),
        (audit_answers.ExplanationsView, examples.EXPLANATIONS),
        (audit_answers.VerificationView, examples.VERIFICATION),
        (audit_answers.WhatIfView, examples.WHATIF),
        (answers.Page[audit_answers.CheckpointView], examples.CHECKPOINTS),
        (answers.Page[audit_answers.AccessView], examples.ACCESS),
    ],
)
def test_every_example_is_one_of_its_model(model: type[Answer], example: dict[str, Any]) -> None:
    assert model.model_validate(example).model_dump(mode="json", exclude_unset=True).keys() == example.keys()
