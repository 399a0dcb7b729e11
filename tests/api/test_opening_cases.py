"""Bringing a matter: every kind, by whom it may, under pseudonyms, once for each key."""

from datetime import datetime
from typing import Any

import pytest
from doorway import Deployment, Person

from activities import intake
from api.writing.openings import OPENING_FORMS
from domain.calendar import CST
from domain.vocabulary import CaseKind

ORDER: dict[str, Any] = {
    "title": "楼道灯不亮", "text": "三号楼楼道灯坏了半个月。", "place": "星叶社区", "matter": "01.02.02",
}  # fmt: skip
DISPUTE: dict[str, Any] = {
    "title": "维修费纠纷", "text": "热水器维修费谁来出。", "place": "yunhe/binhu/xingye",
    "applicants": [{"name": "赵雪松", "phone": "13711112222"}], "respondents": [{"name": "钱听雨"}],
}  # fmt: skip


async def test_an_order_opens_with_its_address_and_first_duty(resident: Person) -> None:
    answer = await resident.post("/v1/orders", ORDER)
    assert answer.status_code == 201
    receipt = answer.json()
    assert answer.headers["location"] == f"/v1/cases/{receipt['number']}"
    assert receipt["number"].startswith(f"O{datetime.now(CST):%Y%m%d}-")
    assert [duty["kind"]["code"] for duty in receipt["duties"]] == ["order.review"]
    assert receipt["next_due"] == receipt["duties"][0]["legal_due"]
    assert receipt["events"][0]["kind"] == "case_opened"


async def test_a_resident_is_the_applicant_and_the_catalogue_gives_the_service(
    resident: Person, worker: Person
) -> None:
    number = await resident.opened("/v1/orders", {**ORDER, "matter": "03.01.01"})
    case = (await worker.get(f"/v1/cases/{number}")).json()
    assert [party["id"] for party in case["parties"]] == ["resident-01"]
    assert case["service"]["code"] == "urgent"
    assert (case["title"], case["text"]) == (ORDER["title"], ORDER["text"])


async def test_staff_write_a_matter_down_for_a_person_who_gets_a_pseudonym(
    worker: Person, deployment: Deployment
) -> None:
    number = await worker.opened(
        "/v1/orders", {**ORDER, "applicant": {"name": "孙望舒", "phone": "13612340000"}}
    )
    case = (await worker.get(f"/v1/cases/{number}")).json()
    assert case["parties"] == [
        {"id": f"{number}.1", "name": "孙望舒", "phone": "13612340000", "address": None}
    ]
    assert "孙望舒" not in "".join(row["data"] for row in await deployment.events(number))


async def test_a_worker_may_find_a_matter_that_nobody_brought(worker: Person) -> None:
    number = await worker.opened("/v1/orders", ORDER)
    assert (await worker.get(f"/v1/cases/{number}")).json()["parties"] == []


async def test_a_dispute_names_its_parties_and_asks_the_lowest_level_first(worker: Person) -> None:
    number = await worker.opened("/v1/mediations", DISPUTE)
    case = (await worker.get(f"/v1/cases/{number}")).json()
    assert number.startswith("M")
    assert [party["name"] for party in case["parties"]] == ["赵雪松", "钱听雨"]
    assert {duty["kind"]["code"] for duty in case["duties"]} == {"mediation.sign"}


async def test_a_resident_is_first_among_the_applicants_of_a_dispute(resident: Person) -> None:
    number = await resident.opened("/v1/mediations", {**DISPUTE, "applicants": []})
    parties = (await resident.get(f"/v1/cases/{number}")).json()["parties"]
    assert [party["id"] for party in parties] == ["resident-01", f"{number}.2"]


async def test_a_petition_pins_the_offices_of_its_place(resident: Person, officer: Person) -> None:
    number = await resident.opened("/v1/petitions", {**ORDER, "place": "星叶社区第一网格"})
    case = (await officer.get(f"/v1/cases/{number}")).json()
    assert case["community"]["path"] == "yunhe/binhu/xingye"
    assert {duty["kind"]["code"] for duty in case["duties"]} == {"petition.route", "petition.sort"}


async def test_a_whistle_goes_to_the_town_of_the_place(worker: Person) -> None:
    number = await worker.opened(
        "/v1/whistles", {**ORDER, "whistle": "everyday", "departments": ["市水务局", "住建局"]}
    )
    duty = (await worker.get(f"/v1/cases/{number}")).json()["duties"][0]
    assert (duty["kind"]["code"], duty["unit"]["path"]) == ("whistle.approve", "yunhe/binhu")


async def test_an_emergency_sounds_without_approval_so_only_a_leader_may_sound_it(
    worker: Person, deployment: Deployment
) -> None:
    alarm = {**ORDER, "whistle": "emergency", "departments": ["市水务局"]}
    before = await deployment.counts()
    answer = await worker.post("/v1/whistles", alarm)
    assert (answer.status_code, answer.json()["code"]) == (403, "may_not_open")
    assert await deployment.counts() == before
    leader = await deployment.person("binhu.leader")
    assert (await leader.opened("/v1/whistles", alarm)).startswith("W")


async def test_another_edition_may_be_named(worker: Person) -> None:
    number = await worker.opened("/v1/orders", {**ORDER, "rulebook": "statutory-2026"})
    assert (await worker.get(f"/v1/cases/{number}")).json()["rulebook"]["edition"] == "statutory-2026"


async def test_residents_do_not_blow_and_auditors_bring_nothing(
    resident: Person, auditor: Person, deployment: Deployment
) -> None:
    before = await deployment.counts()
    for who, path in ((resident, "/v1/whistles"), (auditor, "/v1/orders"), (auditor, "/v1/mediations")):
        body = DISPUTE if path == "/v1/mediations" else ORDER
        answer = await who.post(path, body)
        assert (answer.status_code, answer.json()["code"]) == (403, "may_not_open")
    assert await deployment.counts() == before


@pytest.mark.parametrize(
    ("path", "body", "field", "code"),
    [
        ("/v1/orders", {**ORDER, "place": "月球社区"}, "place", "unknown_unit"),
        ("/v1/orders", {**ORDER, "place": "市水务局"}, "place", "unknown_place"),
        ("/v1/orders", {**ORDER, "matter": "77.77"}, "matter", "unknown_matter"),
        ("/v1/orders", {**ORDER, "title": ""}, "title", "blank"),
        ("/v1/orders", {**ORDER, "title": "长" * 201}, "title", "text_too_long"),
        ("/v1/orders", {**ORDER, "text": "x\x00y"}, "text", "not_text"),
        ("/v1/orders", {**ORDER, "service": "moon"}, "service", "not_choice"),
        ("/v1/orders", {**ORDER, "unit": "火星局"}, "unit", "unknown_unit"),
        ("/v1/orders", {**ORDER, "rulebook": "nowhere-9"}, "rulebook", "unknown_edition"),
        ("/v1/orders", {**ORDER, "colour": "red"}, "colour", "extra_forbidden"),
        ("/v1/orders", {**ORDER, "applicant": {}}, "applicant", "rule"),
        ("/v1/orders", {**ORDER, "applicant": {"party": "nobody-7"}}, "applicant", "unknown_party"),
        ("/v1/orders", {**ORDER, "applicant": {"party": "王五"}}, "applicant.party", "pattern"),
        ("/v1/orders", {**ORDER, "drill": {"speed": 10}}, "drill", "drill_not_allowed"),
        ("/v1/orders", {**ORDER, "at": "2026-11-23T09:00:00+08:00"}, "at", "drill_not_allowed"),
        ("/v1/petitions", ORDER, "petitioner", "applicant_missing"),
        ("/v1/petitions", {**ORDER, "petitioner": {"name": "李"}, "representatives": 6}, "representatives",
         "out_of_range"),
        ("/v1/mediations", {**DISPUTE, "respondents": []}, "", "rule"),
        ("/v1/whistles", {**ORDER, "whistle": "emergency"}, "", "rule"),
    ],
)  # fmt: skip
async def test_a_mistake_gets_422_at_its_field_and_nothing_is_written(
    worker: Person, deployment: Deployment, path: str, body: dict[str, Any], field: str, code: str
) -> None:
    before = await deployment.counts()
    answer = await worker.post(path, body)
    assert answer.status_code == 422, answer.text
    assert (field, code) in [(each["field"], each["code"]) for each in answer.json()["errors"]]
    assert await deployment.counts() == before


async def test_a_resident_brings_no_matter_in_another_s_name(
    resident: Person, deployment: Deployment
) -> None:
    before = await deployment.counts()
    for body in ({**ORDER, "applicant": {"party": "resident-02"}}, {**ORDER, "unit": "市水务局"}):
        assert (await resident.post("/v1/orders", body)).status_code == 422
    assert await deployment.counts() == before


async def test_nobody_can_say_who_another_s_pseudonym_is(neighbour: Person, resident: Person) -> None:
    body = {**DISPUTE, "applicants": [], "respondents": [{"party": "resident-01", "name": "冒名"}]}
    assert (await neighbour.post("/v1/mediations", body)).status_code == 422


async def test_the_same_key_opens_one_case_and_answers_the_same(
    resident: Person, deployment: Deployment
) -> None:
    body = {**ORDER, "applicant": {"name": "甲禾", "phone": "13900001111"}}
    first = await resident.post("/v1/orders", body, key="open-twice")
    before = await deployment.counts()
    again = await resident.post("/v1/orders", dict(reversed(body.items())), key="open-twice")
    assert (again.status_code, again.json()) == (201, first.json())
    assert await deployment.counts() == before


async def test_the_same_key_answers_the_same_when_the_case_has_moved_on(
    resident: Person, deployment: Deployment
) -> None:
    first = await resident.post("/v1/orders", ORDER, key="open-then-withdraw")
    number = first.json()["number"]
    await resident.done(number, "withdraw")
    again = await resident.post("/v1/orders", ORDER, key="open-then-withdraw")
    assert (again.status_code, again.json()["events"]) == (201, first.json()["events"])
    assert again.json()["duties"] == first.json()["duties"]


async def test_the_same_key_for_another_matter_is_refused(
    resident: Person, neighbour: Person, deployment: Deployment
) -> None:
    await resident.post("/v1/orders", ORDER, key="one-key")
    before = await deployment.counts()
    for path, body in (("/v1/orders", {**ORDER, "title": "另一件事"}), ("/v1/petitions", ORDER)):
        answer = await resident.post(path, body, key="one-key")
        assert (answer.status_code, answer.json()["code"]) == (422, "key_reused")
    assert await deployment.counts() == before
    assert (await neighbour.post("/v1/orders", ORDER, key="one-key")).status_code == 201, "keys are one's own"


async def test_a_number_that_came_to_nothing_is_taken_up_again(
    resident: Person, deployment: Deployment
) -> None:
    form = OPENING_FORMS[CaseKind.ORDER].model_validate(ORDER)
    request = {"kind": "order", "form": form.model_dump(mode="json", exclude_unset=True)}
    async with deployment.app.state.door.database.connection() as connection:
        taken = await intake.take_number(
            connection, "resident-01", "half-done", intake.fingerprint(request), CaseKind.ORDER,
            datetime.now(CST),
        )  # fmt: skip
    answer = await resident.post("/v1/orders", ORDER, key="half-done")
    assert (answer.status_code, answer.json()["number"]) == (201, taken.case_no)


@pytest.mark.parametrize("key", [None, "", " ", "键", "x" * 201])
async def test_a_write_without_a_proper_key_is_refused(
    resident: Person, deployment: Deployment, key: str | None
) -> None:
    before = await deployment.counts()
    headers = [(b"authorization", f"Bearer {resident.token}".encode())]
    if key is not None:
        headers.append((b"idempotency-key", key.encode()))
    answer = await deployment.http.post("/v1/orders", json=ORDER, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "key_missing")
    assert await deployment.counts() == before
