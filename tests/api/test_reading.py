"""Pages, lists, worklists and search show each caller what is theirs to see, page after page, and no more."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from doorway import Deployment, Person

from api.reading.casefile import find_file
from domain.actors import Actor
from domain.authority import may_see
from domain.vocabulary import Role, Unit

ORDER: dict[str, Any] = {
    "title": "下水道堵塞", "text": "一楼厨房返水。", "place": "云栖社区", "matter": "01.04.01",
}  # fmt: skip


async def pages(who: Person, path: str, **query: Any) -> AsyncIterator[list[dict[str, Any]]]:
    after: str | None = None
    while True:
        answer = await who.get(path, **query, **({"after": after} if after else {}))
        assert answer.status_code == 200, answer.text
        page = answer.json()
        yield page["items"]
        if (after := page["next"]) is None:
            return


async def all_of(who: Person, path: str, **query: Any) -> list[dict[str, Any]]:
    return [item async for page in pages(who, path, **query) for item in page]


@pytest.fixture
async def yunqi(deployment: Deployment) -> Person:
    return await deployment.person("yunqi.worker")


async def test_pages_hold_every_case_once_while_new_ones_come(yunqi: Person) -> None:
    opened = [await yunqi.opened("/v1/orders", ORDER) for _ in range(5)]
    seen: list[str] = []
    async for page in pages(yunqi, "/v1/cases", community="云栖社区", limit=2):
        seen += [item["number"] for item in page]
        if len(seen) == 2:
            await yunqi.opened("/v1/orders", ORDER)
    assert len(seen) == len(set(seen))
    assert [number for number in seen if number in opened] == sorted(opened, reverse=True)


async def test_a_list_is_filtered_by_what_is_asked(yunqi: Person, deployment: Deployment) -> None:
    number = await yunqi.opened("/v1/orders", {**ORDER, "matter": "02.01.02"})
    case = (await yunqi.get(f"/v1/cases/{number}")).json()

    async def listed(**query: Any) -> bool:
        return number in [item["number"] for item in await all_of(yunqi, "/v1/cases", **query)]

    assert await listed(kind="order", stage="reviewing", matter="02.01.02", status="open")
    assert await listed(matter="02"), "a class holds its entries"
    assert await listed(community="yunhe/binhu/yunqi", since=case["opened_at"])
    assert not await listed(kind="petition")
    assert not await listed(stage="closed")
    assert not await listed(matter="02.01.0")
    assert not await listed(status="closed")
    assert not await listed(community="星叶社区")
    assert not await listed(unit="市水务局")
    assert not await listed(since="2099-01-01T00:00:00+08:00")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"), ({"limit": 201}, "limit"), ({"after": "x"}, "after"),
        ({"unit": "月球"}, "unit"), ({"since": "yesterday"}, "since"),
        ({"since": "2026-01-01T00:00:00"}, "since"), ({"kind": "x"}, "kind"), ({"matter": "a\x00"}, "matter"),
    ],
)  # fmt: skip
async def test_a_list_is_asked_for_properly(yunqi: Person, query: dict[str, Any], field: str) -> None:
    answer = await yunqi.get("/v1/cases", **query)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)


async def test_the_worklist_is_the_open_duties_of_ones_own_office_soonest_first(
    yunqi: Person, worker: Person, deployment: Deployment
) -> None:
    number = await yunqi.opened("/v1/orders", ORDER)
    mine = await all_of(yunqi, "/v1/worklist", limit=3)
    assert number in [item["case"] for item in mine]
    assert {item["duty"]["unit"]["path"] for item in mine} == {"yunhe/binhu/yunqi"}
    assert all("community_worker" in [role["code"] for role in item["duty"]["roles"]] for item in mine)
    due = [(item["duty"]["legal_due"], item["case"], item["duty"]["number"]) for item in mine]
    assert due == sorted(due)
    assert number not in [item["case"] for item in await all_of(worker, "/v1/worklist")]
    await yunqi.done(number, "order.divert", channel="hotline")
    assert number not in [item["case"] for item in await all_of(yunqi, "/v1/worklist")]


async def test_a_resident_s_worklist_is_what_only_the_resident_can_do(
    resident: Person, worker: Person, water: Person
) -> None:
    number = await resident.opened("/v1/orders", {**ORDER, "place": "星叶社区"})
    await worker.done(number, "order.accept_need", service="service")
    await worker.done(number, "order.dispatch", units=["市水务局"])
    await water.done(number, "order.accept")
    assert number not in [item["case"] for item in await all_of(resident, "/v1/worklist")]
    await water.done(number, "order.complete", result="疏通了。")
    mine = {item["case"]: item["duty"]["kind"]["code"] for item in await all_of(resident, "/v1/worklist")}
    assert mine[number] == "order.rate"


async def test_two_characters_find_a_case_and_only_for_those_who_may_see_it(
    resident: Person, neighbour: Person, worker: Person
) -> None:
    body = {**ORDER, "place": "星叶社区", "title": "鹳鹭栖息", "text": "湖边的鸟窝被风吹落。"}
    number = await resident.opened("/v1/orders", body)
    for words in ("鹳鹭", "鸟窝", "鸟窝 吹落", "鹭栖息"):
        for who, sees in ((resident, True), (worker, True), (neighbour, False)):
            found = [item["number"] for item in await all_of(who, "/v1/search", q=words)]
            assert (number in found) is sees, words
    assert await all_of(worker, "/v1/search", q="鹳窝") == []


async def test_what_a_unit_wrote_is_found_too(resident: Person, worker: Person) -> None:
    number = await resident.opened("/v1/orders", {**ORDER, "place": "星叶社区"})
    await resident.done(number, "supplement", text="鸬鹚也来了。")
    assert [item["number"] for item in await all_of(worker, "/v1/search", q="鸬鹚")] == [number]


async def test_a_number_finds_its_case_and_its_parts(
    resident: Person, worker: Person, neighbour: Person
) -> None:
    number = await resident.opened("/v1/orders", {**ORDER, "place": "星叶社区"})
    await worker.done(number, "order.accept_need", service="service")
    await worker.done(number, "order.ask_whistle", reason="无权指挥。")
    found = [item["number"] for item in await all_of(worker, "/v1/search", q=number.lower())]
    assert set(found) >= {number}
    assert await all_of(neighbour, "/v1/search", q=number) == []


async def test_a_search_goes_page_by_page_past_what_the_caller_may_not_see(
    resident: Person, neighbour: Person
) -> None:
    body = {**ORDER, "place": "星叶社区", "text": "鹈鹕成群。"}
    mine = [await resident.opened("/v1/orders", body)]
    for _ in range(3):
        await neighbour.opened("/v1/orders", body)
    mine.append(await resident.opened("/v1/orders", body))
    found = [item["number"] for item in await all_of(resident, "/v1/search", q="鹈鹕", limit=1)]
    assert found == mine[::-1]


@pytest.mark.parametrize("q", ["", "。！", "\x00"])
async def test_a_search_for_nothing_is_a_mistake(worker: Person, q: str) -> None:
    answer = await worker.get("/v1/search", q=q)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "q")


async def test_lists_and_pages_agree_with_the_law_on_who_may_see_what(
    resident: Person, officer: Person, worker: Person, deployment: Deployment
) -> None:
    accused = await resident.opened("/v1/petitions", {**ORDER, "place": "星叶社区", "title": "举报"})
    await officer.done(accused, "petition.sort", category="accusation", accused="滨湖街道")
    claim = await resident.opened("/v1/petitions", {**ORDER, "place": "星叶社区"})
    await officer.done(claim, "petition.sort", category="claim", path="residual", accused="住建局")
    lead = {"unit": "市水务局", "share": "lead", "claim": "查明"}
    await officer.done(
        claim, "petition.split", orders=[lead, {**lead, "unit": "城管局", "share": "co_handler"}]
    )
    await resident.opened("/v1/petitions", {**ORDER, "place": "云栖社区"})
    async with deployment.app.state.door.database.connection() as connection:
        numbers = [row["case_no"] for row in await connection.fetch("SELECT case_no FROM case_register")]
        files = [await find_file(connection, number) for number in numbers]
        people = await connection.fetch("SELECT id, role, unit FROM account ORDER BY id")
    for row in people[:: max(1, len(people) // 40)] + [each for each in people if "binhu" in each["id"]]:
        actor = Actor(row["id"], Role(row["role"]), Unit(row["unit"]) if row["unit"] else None)
        lawful = {file.number for file in files if file is not None and may_see(file.case, actor)}
        who = await deployment.person(row["id"])
        listed = {item["number"] for item in await all_of(who, "/v1/cases", limit=200)}
        assert listed == {each for each in lawful if not each.startswith("X")}, row["id"]


async def test_the_accused_never_see_the_accusation(
    resident: Person, officer: Person, deployment: Deployment
) -> None:
    number = await resident.opened(
        "/v1/petitions", {**ORDER, "place": "星叶社区", "title": "鸱鸮举报", "text": "滨湖街道有人收钱。"}
    )
    await officer.done(number, "petition.sort", category="accusation", accused="滨湖街道")
    for account in ("binhu.leader", "binhu.secretary", "xingye.worker", "xingye.secretary", "binhu.handler"):
        who = await deployment.person(account)
        for path in ("", "/timeline", "/duties/1/explanation"):
            assert (await who.get(f"/v1/cases/{number}{path}")).status_code == 404
        assert number not in [item["number"] for item in await all_of(who, "/v1/cases")]
        assert await all_of(who, "/v1/search", q="鸱鸮") == []
    assert (await officer.get(f"/v1/cases/{number}")).status_code == 200


async def test_how_to_reach_a_person_is_for_those_who_work_on_the_case(
    resident: Person, worker: Person, auditor: Person
) -> None:
    body = {
        "title": "租客押金", "text": "房东不退押金。", "place": "星叶社区", "applicants": [],
        "respondents": [{"name": "周揽月", "phone": "13577778888", "address": "星叶路1号"}],
    }  # fmt: skip
    number = await resident.opened("/v1/mediations", body)
    shown = {
        who.account: (await who.get(f"/v1/cases/{number}")).json()["parties"][1]
        for who in (resident, worker, auditor)
    }
    assert shown["xingye.worker"]["phone"] == "13577778888"
    assert shown["resident-01"] == {
        "id": f"{number}.2", "name": "周揽月", "phone": None, "address": None,
    }  # fmt: skip
    assert shown["shenji.auditor"]["phone"] is None


async def test_erased_words_are_null_and_the_rest_stands(resident: Person, deployment: Deployment) -> None:
    number = await resident.opened("/v1/orders", {**ORDER, "place": "星叶社区", "title": "待删标题"})
    row = await deployment.owner.fetchrow("SELECT title FROM case_register WHERE case_no = $1", number)
    assert row is not None
    await deployment.owner.execute(
        "SELECT herun_erase($1, 'clerk', '《个人信息保护法》第47条')", row["title"]
    )
    case = (await resident.get(f"/v1/cases/{number}")).json()
    assert (case["title"], case["text"]) == (None, ORDER["text"])
    first = (await resident.get(f"/v1/cases/{number}/timeline")).json()["events"][0]
    assert first["words"][row["title"]] is None


async def test_a_page_names_parent_and_parts_both_ways(
    resident: Person, officer: Person, water: Person, deployment: Deployment
) -> None:
    number = await resident.opened("/v1/petitions", {**ORDER, "place": "星叶社区"})
    await officer.done(number, "petition.sort", category="claim", path="residual")
    await officer.done(
        number, "petition.split", orders=[{"unit": "市水务局", "share": "lead", "claim": "查明"}]
    )
    part = f"{number}-01"
    parent = (await officer.get(f"/v1/cases/{number}")).json()
    assert [(each["number"], each["share"]["code"]) for each in parent["parts"]] == [(part, "lead")]
    await deployment.opened(part)
    child = (await water.get(f"/v1/cases/{part}")).json()
    assert (child["parent"]["number"], child["parent"]["link"]["code"]) == (number, "split-into")


async def test_possible_acts_come_with_their_forms_and_choices(resident: Person, worker: Person) -> None:
    number = await resident.opened("/v1/orders", {**ORDER, "place": "星叶社区"})
    case = (await worker.get(f"/v1/cases/{number}", language="en")).json()
    divert = next(each for each in case["possible_acts"] if each["act"] == "order.divert")
    channel, reason = divert["fields"]
    assert (channel["kind"], channel["required"], channel["label"]) == ("choice", True, "Channel")
    assert {"code": "police", "text": "Police (110)"} in channel["choices"]
    assert (reason["kind"], reason["required"]) == ("text", False)
    assert divert["duty"] == 1
    spoken = (await worker.get(f"/v1/cases/{number}", on_behalf_of="resident-01")).json()
    assert "withdraw" in [each["act"] for each in spoken["possible_acts"]]
    assert "withdraw" not in [each["act"] for each in case["possible_acts"]]


async def test_reference_data_is_there_in_both_languages(worker: Person) -> None:
    for language, name in (("zh", "云河市水务局"), ("en", "Yunhe City Water Bureau")):
        bodies = (await worker.get("/v1/organisations", language=language)).json()
        assert next(each for each in bodies if each["path"] == "yunhe/shuiwu")["name"] == name
    matters = (await worker.get("/v1/matters")).json()
    assert next(each for each in matters if each["code"] == "01.04.01")["name"] == "下水道堵塞"
    editions = {each["edition"]: each for each in (await worker.get("/v1/rulebooks")).json()}
    handle = next(each for each in editions["default-3"]["limits"] if each["key"] == "petition.handle")
    assert (handle["n"], handle["unit"]["code"], handle["source"]) == (
        60,
        "natural_day",
        "《信访工作条例》第34条",
    )
    me = (await worker.get("/v1/me")).json()
    assert (me["account"], me["role"]["code"], me["unit"]["path"]) == (
        "xingye.worker", "community_worker", "yunhe/binhu/xingye",
    )  # fmt: skip
