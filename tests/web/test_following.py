"""A resident's own page: where it stands in plain words, what was said, and every act the law offers a party."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
from doorway import Deployment, Person
from page_stories import HEATER, LAMPS, MANHOLE, Browser, Page, browsing


@pytest.fixture
async def mine(deployment: Deployment) -> AsyncIterator[Browser]:
    """The browser of the resident whose matter it is."""
    async with browsing(deployment, "resident-01") as browser:
        yield browser


async def done_by_the_unit(deployment: Deployment, opening: Mapping[str, Any]) -> str:
    """An order whose work is reported done: it waits for the resident."""
    number = await (await deployment.person("resident-01")).opened("/v1/orders", opening)
    worker, water = await deployment.person("xingye.worker"), await deployment.person("shuiwu.handler")
    await worker.done(number, "order.accept_need", service="service")
    await worker.done(number, "order.dispatch", units=["市水务局"])
    await water.done(number, "order.accept")
    await water.done(number, "order.complete", result="已换好新的井盖。")
    return number


async def asked_to_talk(deployment: Deployment) -> str:
    """A mediation whose parties know their rights and have not said whether they will talk."""
    number = await (await deployment.person("resident-01")).opened("/v1/mediations", HEATER)
    mediator, centre = (
        await deployment.person("xingye.mediator"), await deployment.person("binhu-centre.dispatcher")
    )  # fmt: skip
    await mediator.done(number, "mediation.sign")
    await mediator.done(number, "mediation.visit", record="双方都愿意听听。")
    await centre.done(number, "mediation.grade", colour="yellow")
    for party in ("resident-01", f"{number}.2"):
        await mediator.done(number, "mediation.serve_notice", to=party)
    return number


def offered(page: Page) -> set[str]:
    return {
        each.action.partition("#")[0].rpartition("/")[2] for each in page.forms if "/acts/" in each.action
    }


async def test_where_it_stands_is_said_in_plain_words_with_who_and_by_when(
    mine: Browser, resident: Person
) -> None:
    number = await resident.opened("/v1/orders", MANHOLE)
    page = await mine.page(f"/my/{number}")
    assert page.headings[0] == (1, MANHOLE["title"])
    assert "社区正在看您说的事" in page.words
    assert "星叶社区 看您说的事，决定怎么办" in " ".join(page.words.split())
    assert "最迟" in page.words


async def test_the_law_decides_what_a_resident_is_offered(mine: Browser, resident: Person) -> None:
    number = await resident.opened("/v1/orders", LAMPS)
    case = (await resident.get(f"/v1/cases/{number}")).json()
    assert offered(await mine.page(f"/my/{number}")) == {each["act"] for each in case["possible_acts"]}


async def test_a_remark_is_added_and_told_back(mine: Browser, resident: Person) -> None:
    number = await resident.opened("/v1/orders", LAMPS)
    form = (await mine.page(f"/my/{number}")).form(f"/my/{number}/acts/supplement")
    page = await mine.follow(await mine.send(form, text="第七盏也不亮了。"))
    assert "已记下" in page.words
    assert "第七盏也不亮了。" in page.words


async def test_withdrawing_ends_the_matter_and_says_so(mine: Browser, resident: Person) -> None:
    number = await resident.opened("/v1/orders", LAMPS)
    form = (await mine.page(f"/my/{number}")).form(f"/my/{number}/acts/withdraw")
    page = await mine.follow(await mine.send(form))
    assert "这件事已经办结" in page.words
    assert "撤回" in page.words
    assert offered(page) == set()


async def test_the_work_is_rated_in_three_dimensions(mine: Browser, deployment: Deployment) -> None:
    number = await done_by_the_unit(deployment, MANHOLE)
    page = await mine.page(f"/my/{number}")
    assert "已换好新的井盖。" in page.words
    form = page.form(f"/my/{number}/acts/rate")
    half = await mine.send(form, speed="5", attitude="4", text="来得快")
    back = Page(half.text)
    assert half.status_code == 422
    again = back.form(f"/my/{number}/acts/rate")
    assert (again.values["speed"], again.values["attitude"], again.values["text"]) == ("5", "4", "来得快")
    rated = await mine.follow(await mine.send(again, resolution="3"))
    assert "rate" not in offered(rated)
    data = await deployment.owner.fetchval(
        "SELECT data FROM event WHERE case_no = $1 AND act = 'rate'", number
    )
    assert all(mark in str(data) for mark in ('"speed":5', '"attitude":4', '"resolution":3'))


async def test_a_result_is_sent_back_once_with_a_reason(mine: Browser, deployment: Deployment) -> None:
    number = await done_by_the_unit(deployment, MANHOLE)
    form = (await mine.page(f"/my/{number}")).form(f"/my/{number}/acts/order.send_back")
    empty = await mine.send(form)
    assert empty.status_code == 422
    page = await mine.follow(await mine.send(form, reason="还是会响。"))
    assert "单位正在办" in page.words
    water = await deployment.person("shuiwu.handler")
    await water.done(number, "order.complete", result="又加了垫圈。")
    assert "order.send_back" not in offered(await mine.page(f"/my/{number}"))


async def test_a_party_agrees_to_talk_and_may_stop(mine: Browser, deployment: Deployment) -> None:
    number = await asked_to_talk(deployment)
    page = await mine.page(f"/my/{number}")
    assert "正在问双方愿不愿意坐下来谈" in page.words
    assert {"mediation.consent", "mediation.refuse"} <= offered(page)
    after = await mine.follow(await mine.send(page.form(f"/my/{number}/acts/mediation.consent")))
    assert "您已经同意调解" in after.words
    assert "mediation.consent" not in offered(after)
    assert "mediation.refuse" in offered(after)


async def test_the_other_sides_telephone_is_on_no_page_of_a_party(
    mine: Browser, deployment: Deployment
) -> None:
    number = await asked_to_talk(deployment)
    page = await mine.page(f"/my/{number}")
    assert "乙槐" in page.words
    assert "13800000002" not in page.html


async def test_staff_are_led_to_their_own_page_and_strangers_to_the_door(
    community: Browser, neighbour: Browser, stranger: Browser, resident: Person
) -> None:
    number = await resident.opened("/v1/orders", LAMPS)
    assert (await community.get(f"/my/{number}")).headers["location"] == f"/cases/{number}"
    assert (await neighbour.get(f"/my/{number}")).status_code == 404
    assert (await stranger.get(f"/my/{number}")).headers["location"].startswith("/sign-in")
    refused = await neighbour.http.post(
        f"/my/{number}/acts/withdraw", data={"csrf": "", "key": "k"}, headers={"accept": "text/html"}
    )
    assert refused.status_code == 403


async def test_somebody_elses_matter_is_not_to_be_acted_on(
    neighbour: Browser, mine: Browser, resident: Person
) -> None:
    number = await resident.opened("/v1/orders", LAMPS)
    form = (await mine.page(f"/my/{number}")).form(f"/my/{number}/acts/withdraw")
    form.values["csrf"] = (await neighbour.page("/account")).form("/sign-out").values["csrf"]
    assert (await neighbour.send(form)).status_code == 404


async def test_english_is_complete_on_every_page_of_the_entrance(mine: Browser, resident: Person) -> None:
    number = await resident.opened("/v1/orders", LAMPS)
    await mine.http.post("/preferences", data={"language": "en", "back": "/"})
    for path in ("/file", "/file/mend", "/file/quarrel", "/file/complaint", "/file/unsure", f"/my/{number}"):
        page = await mine.page(path)
        assert "entrance." not in page.words, path
        assert "{" not in page.words, path
        assert not [text for _, text in page.headings if "社区" in text], path
        assert [level for level, _ in page.headings].count(1) == 1, path
        assert len(page.ids) == len(set(page.ids)), path
        assert not [tag for tag, given in page.tags if "style" in given or tag == "style"], path


async def test_a_party_chooses_among_the_mediators_by_name(mine: Browser, deployment: Deployment) -> None:
    number = await asked_to_talk(deployment)
    page = await mine.page(f"/my/{number}")
    form = page.form(f"/my/{number}/acts/mediation.choose_mediator")
    offered_names = [given.get("value") for tag, given in page.tags if given.get("name") == "mediator"]
    assert "xingye.mediator" in offered_names
    after = await mine.follow(await mine.send(form, mediator="xingye.mediator"))
    assert "已记下" in after.words


async def test_only_what_offices_said_in_words_counts_as_told(mine: Browser, deployment: Deployment) -> None:
    number = await done_by_the_unit(deployment, MANHOLE)
    page = await mine.page(f"/my/{number}")
    told = page.words.partition("办的人说了什么")[2].partition("您还可以")[0]
    assert "已换好新的井盖。" in told
    assert "服务类别" not in told
