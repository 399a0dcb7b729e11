"""Who was let in to follow one case stays with it; who is accused, recused or only lends a hand learns nothing."""

from collections.abc import AsyncIterator

import pytest
from page_stories import MANHOLE, Page

from api.identity import signing_in
from api.identity.sessions import CSRF_HEADER
from api.web.frame.navigation import ENTRIES
from domain.vocabulary import CaseNo, Party
from tests.rights.probing import Scene, Seeker, filled, nobodys, routes_of

HTML = {"accept": "text/html"}


@pytest.fixture
async def follower(scene: Scene) -> AsyncIterator[Seeker]:
    """A resident let in by the link of one matter, a party of others too."""
    door, number = scene.deployment.app.state.door, CaseNo(scene.matters.manhole)
    link = await signing_in.make_link(door, number, Party("resident-01"))
    async with scene.seeking("resident-01") as seeker:
        seeker.http.cookies.clear()
        answer = await seeker.http.post(f"/follow/{link}", headers={"origin": "http://door"})
        assert answer.headers["location"] == f"/my/{number}"
        me = await seeker.http.get("/account", headers=HTML)
        seeker.csrf = str(Page(me.text).form("/sign-out").values["csrf"])
        yield seeker


async def test_a_visit_for_one_case_opens_no_other_of_the_same_party(scene: Scene, follower: Seeker) -> None:
    """Not by page, program, file, document or act, though the party could with another session."""
    told = []
    for number in (scene.matters.lamps, scene.accusation):
        for route in (each for each in routes_of(scene.deployment.app) if "number" in each.blanks):
            theirs = await follower.ask(route, filled(route, number), number)
            if theirs.status not in (403, 404):
                told.append(f"{route} of {number}: {theirs.status} {theirs.body[:200]}")
    assert told == []


async def test_acts_without_words_do_not_slip_out_of_the_visit(scene: Scene, follower: Seeker) -> None:
    other = scene.matters.lamps
    for path, said in ((f"/v1/cases/{other}/acts/withdraw", {}), (f"/my/{other}/acts/withdraw", None)):
        headers = {
            CSRF_HEADER: follower.csrf,
            "origin": "http://door",
            "idempotency-key": f"slip-{len(path)}",
        }
        answer = await follower.http.post(path, json=said, headers=headers)
        assert answer.status_code == 404
    acts = await scene.deployment.owner.fetch("SELECT act FROM event WHERE case_no = $1", other)
    assert "withdraw" not in [row["act"] for row in acts]


async def test_lists_hold_the_one_case_alone(scene: Scene, follower: Seeker) -> None:
    mine = scene.matters.manhole
    assert {each["number"] for each in await _items(follower, "/v1/cases")} == {mine}
    assert {each["number"] for each in await _items(follower, "/v1/search?q=星叶")} <= {mine}
    assert {each["case"] for each in await _items(follower, "/v1/worklist?limit=200")} <= {mine}


async def test_the_worklist_of_a_visit_has_no_duty_of_another_case(scene: Scene) -> None:
    """The petitioner may rate one matter while following another."""
    resident = await scene.deployment.person("resident-01")
    worker, water = [await scene.deployment.person(each) for each in ("xingye.worker", "shuiwu.handler")]
    number = await resident.opened("/v1/orders", {**MANHOLE, "title": "另一件待评价的事"})
    await worker.done(number, "order.accept_need", service="service")
    await worker.done(number, "order.dispatch", units=["市水务局"])
    await water.done(number, "order.accept")
    await water.done(number, "order.complete", result="已修好。")
    assert number in [
        each["case"] for each in (await resident.get("/v1/worklist", limit=200)).json()["items"]
    ]
    link = await signing_in.make_link(
        scene.deployment.app.state.door, CaseNo(scene.matters.manhole), Party("resident-01")
    )
    async with scene.seeking("resident-01") as seeker:
        seeker.http.cookies.clear()
        await seeker.http.post(f"/follow/{link}", headers={"origin": "http://door"})
        assert number not in [each["case"] for each in await _items(seeker, "/v1/worklist?limit=200")]
        assert number not in (await seeker.http.get("/work", headers=HTML)).text


async def _items(seeker: Seeker, path: str) -> list[dict[str, str]]:
    answer = await seeker.http.get(path)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_pages_of_staff_are_shut_to_a_visit(scene: Scene, follower: Seeker) -> None:
    mine = {"/work", "/cases", "/account", "/file"}
    for entry in ENTRIES:
        answer = await follower.http.get(entry.href, headers=HTML)
        assert answer.status_code in ((200,) if entry.href in mine else (403, 404)), entry.href


async def test_a_visit_is_led_to_its_case_and_nowhere_else(scene: Scene, follower: Seeker) -> None:
    page = Page((await follower.http.get(f"/my/{scene.matters.manhole}", headers=HTML)).text)
    places = [href for href in page.links if href in {entry.href for entry in ENTRIES}]
    assert places == []
    assert f"/my/{scene.matters.manhole}" in page.links
    assert "/cases" not in [form.action for form in page.forms]
    assert (await follower.http.get("/", headers=HTML)).headers["location"] == f"/my/{scene.matters.manhole}"


async def test_a_resident_s_lists_lead_to_the_resident_s_own_pages(scene: Scene) -> None:
    async with scene.seeking("resident-01") as seeker:
        for path in ("/work", "/cases"):
            page = Page((await seeker.http.get(path, headers=HTML)).text)
            to_cases = [link for link in page.links if link.startswith("/cases/") and "/duties/" not in link]
            assert to_cases == [], path
        assert f"/my/{scene.matters.manhole}" in page.links


async def test_nobody_yet_is_led_to_a_door_and_from_there_to_the_entrance(scene: Scene) -> None:
    async with scene.seeking("nobody", token="no-such-session") as seeker:
        for _ in range(2):  # with a cookie of a session that ended, and without any
            answer = await seeker.http.get("/", headers=HTML)
            assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
            door = Page((await seeker.http.get("/sign-in", headers=HTML)).text)
            assert {"/file", "/sign-in/case"} <= set(door.links)
            seeker.http.cookies.clear()


# -- accused, recused, lending a hand -----------------------------------------------------------------


@pytest.mark.parametrize("account", ["binhu.leader", "binhu.secretary", "xingye.worker", "xingye.grid"])
async def test_the_accused_and_those_below_find_no_trace_of_the_accusation(
    scene: Scene, account: str
) -> None:
    async with scene.seeking(account) as seeker:
        for route in (each for each in routes_of(scene.deployment.app) if "number" in each.blanks):
            if route.method == "GET" and not route.template.startswith("/audit"):
                number, none = scene.accusation, nobodys(scene.accusation)
                theirs = await seeker.ask(route, filled(route, number), number)
                assert theirs == await seeker.ask(route, filled(route, none), none), str(route)
        for path in ("/v1/cases?kind=petition", "/v1/search?q=有人收钱", "/v1/worklist?limit=200"):
            assert scene.accusation not in str(await _items(seeker, path))
        for path in ("/work", "/cases", "/dispatch"):
            assert scene.accusation not in (await seeker.http.get(path, headers=HTML)).text


async def test_who_stepped_aside_is_told_so_and_reads_nothing(scene: Scene) -> None:
    async with scene.seeking("xingye.mediator") as seeker:
        for path in (
            "",
            "/timeline",
            "/duties/1/explanation",
            "/attachments",
            "/documents",
            "/documents/agreement",
        ):
            answer = await seeker.http.get(f"/v1/cases/{scene.recused}{path}")
            assert (answer.status_code, answer.json()["code"]) == (403, "recused"), path
        for path in ("", "/room", "/duties/1", "/documents", "/documents/agreement.pdf"):
            answer = await seeker.http.get(f"/cases/{scene.recused}{path}", headers=HTML)
            assert answer.status_code == 403, path
        act = await seeker.http.post(
            f"/v1/cases/{scene.recused}/acts/mediation.session", json={"record": "x"},
            headers={CSRF_HEADER: seeker.csrf, "origin": "http://door", "idempotency-key": "aside"},
        )  # fmt: skip
        assert (act.status_code, act.json()["code"]) == (403, "recused")


async def test_who_only_mends_the_heater_reads_nothing_of_the_quarrel(scene: Scene) -> None:
    part = f"{scene.dispute}-01"
    await scene.deployment.opened(part)
    async with scene.seeking("shuiwu.handler") as seeker:
        assert (await seeker.http.get(f"/v1/cases/{part}")).status_code == 200
        assert (await seeker.http.get(f"/v1/cases/{scene.dispute}")).status_code == 404
        assert (await seeker.http.get(f"/cases/{scene.dispute}/room", headers=HTML)).status_code == 404
        listed = await _items(seeker, "/v1/cases?kind=mediation&limit=200")
        assert scene.dispute not in [each["number"] for each in listed]


async def test_staff_do_no_work_of_their_own_in_a_party_s_name(scene: Scene) -> None:
    city = await scene.deployment.person("chengguan.handler")
    number = scene.matters.lamps
    spoken = await city.get(f"/v1/cases/{number}", on_behalf_of="resident-01")
    assert "order.accept" not in [each["act"] for each in spoken.json()["possible_acts"]]
    answer = await city.act(number, "order.accept", on_behalf_of="resident-01")
    assert (answer.status_code, answer.json()["code"]) == (403, "no_right")


async def test_the_description_says_that_sessions_are_for_those_who_are_in(scene: Scene) -> None:
    paths = scene.deployment.app.openapi()["paths"]
    assert paths["/v1/sessions"]["post"]["security"] == []
    assert paths["/v1/sessions"]["get"]["security"] == [{"token": []}, {"session": []}]
    async with scene.seeking("nobody", token="no-such-session") as seeker:
        assert (await seeker.http.get("/v1/sessions")).status_code == 401
