"""Acts through the door: in turn or refused, once for each key, on the ledger before the answer."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from doorway import Deployment, Person

from workflows.envelope import OpenCase

ORDER: dict[str, Any] = {
    "title": "井盖松动", "text": "路口井盖一踩就响。", "place": "星叶社区", "matter": "01.01.01",
}  # fmt: skip


async def reviewed(resident: Person, worker: Person) -> str:
    number = await resident.opened("/v1/orders", ORDER)
    await worker.done(number, "order.accept_need", service="service")
    return number


async def accepted(resident: Person, worker: Person, unit: Person) -> str:
    number = await reviewed(resident, worker)
    await worker.done(number, "order.dispatch", units=["市水务局"])
    await unit.done(number, "order.accept")
    return number


async def test_an_order_from_its_words_to_its_rating(
    resident: Person, worker: Person, water: Person, housing: Person, deployment: Deployment
) -> None:
    number = await reviewed(resident, worker)
    await worker.done(number, "order.dispatch", units=["住建局"])
    await housing.done(number, "order.return", reason="不是我单位的管线。")
    await worker.done(number, "order.dispatch", units=["yunhe/shuiwu"])

    early = await water.act(number, "order.complete", result="还没接单")
    assert (early.status_code, early.json()["code"]) == (409, "out_of_turn")
    possible = {each["act"]: each for each in early.json()["possible"]}
    assert possible["order.accept"]["href"] == f"/v1/cases/{number}/acts/order.accept"

    taken = await water.act(number, "order.accept", key="accept-once")
    again = await water.act(number, "order.accept", key="accept-once")
    assert (again.status_code, again.json()) == (200, taken.json())
    accepts = [row for row in await deployment.events(number) if row["act"] == "order.accept"]
    assert len(accepts) == 1

    await water.done(number, "order.complete", result="换了新井盖。")
    await resident.done(number, "rate", speed=5, attitude=5, resolution=4)
    await worker.done(number, "rate", speed=4, attitude=5, resolution=5)
    await worker.done(number, "order.close", credit_hours=2)

    case = (await resident.get(f"/v1/cases/{number}")).json()
    assert (case["stage"]["code"], case["outcome"]["code"]) == ("closed", "done")
    events = (await resident.get(f"/v1/cases/{number}/timeline")).json()["events"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert "换了新井盖。" in [words for event in events for words in event["words"].values()]


async def test_a_receipt_says_what_happened_and_who_owes_what(resident: Person, worker: Person) -> None:
    number = await resident.opened("/v1/orders", ORDER)
    receipt = await worker.done(number, "order.accept_need", service="service")
    assert receipt["first"] == receipt["events"][0]["seq"]
    assert receipt["last"] == receipt["events"][-1]["seq"]
    assert receipt["events"][0]["data"]["act"] == "order.accept_need"
    assert [duty["kind"]["code"] for duty in receipt["duties"]] == ["order.dispatch"]
    assert receipt["next_due"] == receipt["duties"][0]["legal_due"]


async def test_an_act_out_of_turn_tells_what_is_possible_in_the_callers_language(
    resident: Person, worker: Person, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/orders", ORDER)
    before = await deployment.counts()
    path = f"/v1/cases/{number}/acts/order.dispatch"
    chinese = await worker.post(path, {"units": ["市水务局"]})
    english = await worker.post(path, {"units": ["市水务局"]}, language="en")
    assert chinese.status_code == english.status_code == 409
    assert chinese.headers["content-type"] == "application/problem+json"
    assert chinese.json()["title"] == "现在还轮不到这一步"
    assert english.json()["title"] == "It is not the turn of this act."
    assert {each["text"] for each in english.json()["possible"]} >= {"Take into the need list", "Merge"}
    assert await deployment.counts() == before


async def test_a_guard_says_what_it_is_about(
    resident: Person, worker: Person, water: Person, deployment: Deployment
) -> None:
    number = await accepted(resident, worker, water)
    before = await deployment.counts()
    answer = await water.act(number, "order.request_extension", days=99, reason="下雨。")
    assert (answer.status_code, answer.json()["code"]) == (409, "extension_too_long")
    assert answer.json()["about"] == ["7"]
    assert "7" in answer.json()["detail"]
    assert await deployment.counts() == before, "the reason was not kept either"


async def test_without_the_right_it_is_403_and_nothing_is_written(
    resident: Person, worker: Person, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/orders", ORDER)
    before = await deployment.counts()
    answer = await resident.act(number, "order.divert", channel="police", reason="不归我管。")
    assert (answer.status_code, answer.json()["code"]) == (403, "no_right")
    assert (await worker.act(number, "withdraw")).status_code == 403
    assert await deployment.counts() == before


async def test_a_case_one_may_not_see_is_as_if_it_were_not_there(
    resident: Person, neighbour: Person, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/orders", ORDER)
    before = await deployment.counts()
    for act, fields in (("order.accept", {}), ("supplement", {"text": "我也说两句。"}), ("withdraw", {})):
        hidden = await neighbour.act(number, act, **fields)
        absent = await neighbour.act("O20010101-00001", act, **fields)
        assert hidden.status_code == absent.status_code == 404
        assert hidden.json() == absent.json()
    assert await deployment.counts() == before


async def test_every_refusal_stands_in_the_access_log(
    resident: Person, worker: Person, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/orders", ORDER)
    await resident.act(number, "order.close")
    await worker.act(number, "order.close")
    stranger = await deployment.person("zilaishui.handler")
    await stranger.get(f"/v1/cases/{number}")
    found = await deployment.owner.fetch(
        "SELECT kind, account, data FROM journal WHERE stream = 'access' AND case_no = $1 ORDER BY seq",
        number,
    )
    assert [(row["kind"], row["account"]) for row in found] == [
        ("act_refused", resident.account),
        ("act_refused", worker.account),
        ("sight_refused", stranger.account),
    ]
    assert json.loads(found[0]["data"])["act"] == "order.close"


async def test_an_act_nobody_knows_and_an_address_nobody_has_are_404_and_405(resident: Person) -> None:
    number = await resident.opened("/v1/orders", ORDER)
    unknown = await resident.act(number, "order.fly")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "unknown_act")
    assert (await resident.get("/v1/nowhere")).json()["code"] == "not_found"
    for odd in ("%00", "a%20b", "..", "O1", "%E6%A1%88", "x" * 500):
        for path in (f"/v1/cases/{odd}", f"/v1/cases/{odd}/timeline"):
            assert (await resident.get(path)).status_code == 404, odd
        assert (await resident.act(odd, "withdraw")).status_code == 404, odd
        assert (await resident.act(odd, "supplement", text="话")).status_code == 404, odd
    wrong = await resident.get(f"/v1/cases/{number}/acts/order.accept")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong.headers["allow"] == "POST"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer nonsense", "Basic abc"])
async def test_without_a_token_that_holds_it_is_401(deployment: Deployment, header: str | None) -> None:
    headers = {"idempotency-key": "k", **({"authorization": header} if header is not None else {})}
    answer = await deployment.http.post("/v1/orders", json=ORDER, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_body_over_the_limit_is_413_whether_or_not_it_says_its_length(
    resident: Person, deployment: Deployment
) -> None:
    before = await deployment.counts()
    headers = {
        "authorization": f"Bearer {resident.token}", "idempotency-key": "large",
        "content-type": "application/json",
    }  # fmt: skip
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        yield b'{"title": "'
        while True:
            read += 65_536
            yield b"x" * 65_536

    declared = await deployment.http.post("/v1/orders", content=b"x" * 2_000_000, headers=headers)
    streamed = await deployment.http.post("/v1/orders", content=endless(), headers=headers)
    for answer in (declared, streamed):
        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert read <= deployment.settings.body_limit + 2 * 65_536, "reading stopped at the limit"
    assert await deployment.counts() == before


async def test_a_body_that_is_not_declared_or_not_json_is_told_so(
    resident: Person, deployment: Deployment
) -> None:
    headers = {"authorization": f"Bearer {resident.token}", "idempotency-key": "form"}
    form = await deployment.http.post("/v1/orders", data={"title": "x"}, headers=headers)
    assert (form.status_code, form.json()["code"]) == (415, "unsupported_media_type")
    headers["content-type"] = "application/json"
    broken = await deployment.http.post("/v1/orders", content=b'{"title": ', headers=headers)
    assert (broken.status_code, broken.json()["errors"][0]["code"]) == (422, "not_json")


async def test_an_act_that_asks_nothing_needs_no_body(
    resident: Person, worker: Person, water: Person, deployment: Deployment
) -> None:
    number = await reviewed(resident, worker)
    await worker.done(number, "order.dispatch", units=["市水务局"])
    headers = {"authorization": f"Bearer {water.token}", "idempotency-key": "no-body"}
    answer = await deployment.http.post(f"/v1/cases/{number}/acts/order.accept", headers=headers)
    assert answer.status_code == 200


async def test_the_same_key_with_other_words_is_refused(
    resident: Person, worker: Person, water: Person, deployment: Deployment
) -> None:
    number = await accepted(resident, worker, water)
    first = await water.act(number, "order.interim_report", key="report-1", text="正在挖开路面。")
    before = await deployment.counts()
    same = await water.act(number, "order.interim_report", key="report-1", text="正在挖开路面。")
    other = await water.act(number, "order.interim_report", key="report-1", text="已经修好了。")
    third = await water.act(number, "order.complete", key="report-1", result="已经修好了。")
    assert (same.status_code, same.json()) == (200, first.json())
    assert [(each.status_code, each.json()["code"]) for each in (other, third)] == [(422, "key_reused")] * 2
    assert await deployment.counts() == before


async def test_the_same_key_with_other_choices_is_refused(resident: Person, worker: Person) -> None:
    number = await resident.opened("/v1/orders", ORDER)
    await worker.act(number, "order.accept_need", key="need", service="wish")
    other = await worker.act(number, "order.accept_need", key="need", service="project")
    assert (other.status_code, other.json()["code"]) == (422, "key_reused")


async def test_a_repeated_act_is_answered_when_the_case_has_long_been_closed(
    resident: Person, worker: Person, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/orders", ORDER)
    added = await resident.act(number, "supplement", key="added", text="昨晚又响了一夜。")
    ended = await resident.act(number, "withdraw", key="ended")
    await deployment.ended(number)
    assert (await resident.act(number, "withdraw", key="ended")).json() == ended.json()
    assert (
        await resident.act(number, "supplement", key="added", text="昨晚又响了一夜。")
    ).json() == added.json()
    other = await resident.act(number, "supplement", key="added", text="没有的事。")
    assert other.json()["code"] == "key_reused"
    late = await resident.act(number, "withdraw", key="another")
    assert (late.status_code, late.json()["code"], late.json()["possible"]) == (409, "case_closed", [])


async def test_a_repeated_act_is_answered_beyond_continue_as_new(
    resident: Person, worker: Person, deployment: Deployment
) -> None:
    number = await reviewed(resident, worker)
    opening = json.loads((await deployment.events(number))[0]["data"])
    door = deployment.app.state.door
    short = OpenCase(
        number=f"{number}-90", kind="order", opening=opening["opening"], rulebook=opening["rulebook"],
        calendar=opening["calendar"], actor=opening["actor"], act_id="first", acts_per_run=1,
    )  # fmt: skip
    await door.engine.open(short)
    need = await worker.act(short.number, "order.accept_need", key="before", service="service")
    said = await worker.act(short.number, "supplement", key="said", text="已联系居民。")
    await worker.done(short.number, "order.dispatch", units=["市水务局"])
    assert (
        await worker.act(short.number, "order.accept_need", key="before", service="service")
    ).json() == need.json()
    assert (
        await worker.act(short.number, "supplement", key="said", text="已联系居民。")
    ).json() == said.json()
    other = await worker.act(short.number, "order.accept_need", key="before", service="wish")
    assert other.json()["code"] == "key_reused"


async def test_two_at_once_with_one_key_are_one_act(
    resident: Person, worker: Person, water: Person, deployment: Deployment
) -> None:
    number = await accepted(resident, worker, water)
    answers = await asyncio.gather(
        *(water.act(number, "order.interim_report", key="at-once", text="同时说的话。") for _ in range(4))
    )
    good = [each for each in answers if each.status_code == 200]
    assert good
    assert all(each.json() == good[0].json() for each in good)
    assert {each.json()["code"] for each in answers if each.status_code != 200} <= {"in_progress"}
    assert len([row for row in await deployment.events(number) if row["act"] == "order.interim_report"]) == 1


async def test_of_two_units_that_claim_at_once_one_gets_the_order(
    resident: Person, worker: Person, water: Person, housing: Person
) -> None:
    number = await reviewed(resident, worker)
    await worker.done(number, "order.dispatch", units=["市水务局", "住建局"])
    answers = await asyncio.gather(*(who.act(number, "order.accept") for who in (water, housing)))
    assert sorted(each.status_code for each in answers) == [200, 409]


async def test_staff_write_down_what_a_party_says(
    resident: Person, worker: Person, water: Person, deployment: Deployment
) -> None:
    number = await accepted(resident, worker, water)
    await water.done(number, "order.complete", result="换好了。")
    rated = await worker.done(number, "rate", speed=4, attitude=4, resolution=4, on_behalf_of="resident-01")
    assert rated["events"][0]["data"]["actor"]["on_behalf_of"] == "resident-01"
    stranger = await worker.act(number, "supplement", text="代记。", on_behalf_of="resident-09")
    assert stranger.status_code == 403


async def test_a_form_names_no_case_and_no_person_that_is_not_there(
    resident: Person, neighbour: Person, worker: Person, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/orders", ORDER)
    before = await deployment.counts()
    merged = await worker.act(number, "order.merge", into="O20010101-00001")
    assert merged.json()["errors"] == [
        {"field": "into", "code": "unknown_case", "message": "没有这个案件，或者您无权查看"}
    ]
    stood_aside = await worker.act(number, "recuse", account="nobody-7", reason="亲属。")
    assert stood_aside.json()["errors"][0]["code"] == "unknown_account"
    assert await deployment.counts() == before


async def test_a_rule_between_fields_is_told_in_the_callers_language(
    resident: Person, worker: Person, deployment: Deployment
) -> None:
    number = await reviewed(resident, worker)
    before = await deployment.counts()
    path = f"/v1/cases/{number}/acts/order.dispatch"
    told = {
        language: (await worker.post(path, {"units": []}, language=language)).json()["errors"][0]["message"]
        for language in ("zh", "en")
    }
    assert told == {
        "zh": "不符合规定：至少写明一个单位", "en": "breaks a rule: units must name at least one unit",
    }  # fmt: skip
    assert await deployment.counts() == before


async def test_an_act_says_no_drill_instant_in_a_real_case(
    resident: Person, worker: Person, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/orders", ORDER)
    answer = await worker.act(number, "order.accept_need", service="wish", at="2026-01-01T09:00:00+08:00")
    assert answer.json()["errors"][0] == {
        "field": "at", "code": "drill_not_allowed", "message": "此处不开放演练",
    }  # fmt: skip


async def test_every_answer_has_its_request_id(resident: Person) -> None:
    answers: list[httpx.Response] = [await resident.get("/v1/me"), await resident.get("/v1/cases/O1")]
    ids = {each.headers["x-request-id"] for each in answers}
    assert len(ids) == 2
