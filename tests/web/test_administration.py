"""The three administrations: each changes what is its own, errors keep what was typed, and everything is journalled."""

import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from doorway import Deployment
from page_stories import LAMPS, Browser, browsing

from domain.calendar import CST

TOMORROW = (datetime.now(CST) + timedelta(days=1)).date().isoformat()
TODAY = datetime.now(CST).date().isoformat()
PLACES = {
    "shuju.system": (
        "/admin/organisations",
        "/admin/matters",
        "/admin/editions",
        "/admin/organisations/edit",
    ),
    "shuju.security": ("/admin/accounts", "/admin/accounts/new", "/admin/accounts/xingye.worker"),
    "shenji.audit": ("/admin/access", "/admin/auditors"),
}


@pytest.fixture
async def system(deployment: Deployment) -> AsyncIterator[Browser]:
    async with browsing(deployment, "shuju.system") as browser:
        yield browser


@pytest.fixture
async def security(deployment: Deployment) -> AsyncIterator[Browser]:
    async with browsing(deployment, "shuju.security") as browser:
        yield browser


@pytest.fixture
async def audit(deployment: Deployment) -> AsyncIterator[Browser]:
    async with browsing(deployment, "shenji.audit") as browser:
        yield browser


async def journalled(deployment: Deployment, kind: str) -> Any:
    """The last entry of a kind on the access log."""
    return await deployment.owner.fetchrow(
        "SELECT account, data FROM journal WHERE stream = 'access' AND kind = $1 ORDER BY seq DESC LIMIT 1",
        kind,
    )


@pytest.mark.parametrize(
    "account", [*PLACES, "resident-01", "xingye.worker", "ducha.supervisor", "shenji.auditor"]
)
async def test_each_administration_is_one_offices_alone(deployment: Deployment, account: str) -> None:
    async with browsing(deployment, account) as browser:
        for office, paths in PLACES.items():
            for path in paths:
                wanted = 200 if office == account else 404
                assert (await browser.get(path)).status_code == wanted, path


async def test_administrators_begin_with_their_own_page(
    system: Browser, security: Browser, audit: Browser
) -> None:
    for browser, path in (
        (system, "/admin/organisations"),
        (security, "/admin/accounts"),
        (audit, "/admin/access"),
    ):
        assert (await browser.get("/admin")).headers["location"] == path
        assert (await browser.get("/")).headers["location"] == path


async def test_a_new_organisation_is_known_at_once_by_its_alias(
    system: Browser, deployment: Deployment
) -> None:
    page = await system.page("/admin/organisations/edit")
    form = page.form("/admin/organisations/edit")
    given = {"unit": "yunhe/shuwu", "unit_kind": "department", "name_zh": "市数务局", "name_en": "Data Works",
             "aliases": ["数务局", "市大数务中心"], "valid_from": ""}  # fmt: skip
    page = await system.follow(await system.send(form, **given))
    assert "机构已更新" in page.words
    assert "市数务局" in page.words
    entry = await journalled(deployment, "organisation_changed")
    assert (entry["account"], "yunhe/shuwu" in entry["data"]) == ("shuju.system", True)
    assert (await system.page("/admin/organisations", q="大数务")).words.count("市数务局")


async def test_a_name_that_is_taken_is_refused_at_its_place_with_what_was_typed(system: Browser) -> None:
    form = (await system.page("/admin/organisations/edit")).form("/admin/organisations/edit")
    given = {
        "unit": "yunhe/qita",
        "unit_kind": "department",
        "name_zh": "市水务局",
        "name_en": "Other",
        "aliases": "某局",
    }
    answer = await system.send(form, **given)
    assert answer.status_code == 422
    assert "名称已被使用" in answer.text
    assert 'value="某局"' in answer.text
    assert 'value="yunhe/qita"' in answer.text


async def test_something_left_out_is_said_at_its_field(system: Browser) -> None:
    form = (await system.page("/admin/organisations/edit")).form("/admin/organisations/edit")
    answer = await system.send(form, unit="yunhe/qita", name_zh="", name_en="Other")
    assert answer.status_code == 422
    assert answer.text.count("不能为空") == 2
    assert 'value="Other"' in answer.text


async def test_one_more_alias_keeps_what_was_typed(system: Browser) -> None:
    form = (await system.page("/admin/organisations/edit")).form("/admin/organisations/edit")
    answer = await system.send(form, name_zh="市新局", aliases="新局", _more="aliases")
    assert answer.status_code == 200
    assert answer.text.count('name="aliases"') == 2


async def test_new_matters_go_to_the_successor_and_what_is_left_is_seen(
    system: Browser, deployment: Deployment
) -> None:
    """《信访工作条例》第24条: the successor answers; what the abolished body still owes is listed."""
    resident, worker = await deployment.person("resident-01"), await deployment.person("xingye.worker")
    number = await resident.opened("/v1/orders", LAMPS)
    await worker.done(number, "order.accept_need", service="service")
    await worker.done(number, "order.dispatch", units=["文旅局"])
    page = await system.page("/admin/organisations/edit", unit="yunhe/wenlv")
    form = page.form("/admin/organisations/abolish?unit=yunhe%2Fwenlv")
    yesterday = (datetime.now(CST) - timedelta(days=1)).date().isoformat()
    refused = await system.send(form, last=yesterday, successor="文旅局")
    assert refused.status_code == 422
    assert "承接机构不存在" in refused.text
    assert "现有 1 件未结案件的职责在其名下" in page.words
    async with browsing(deployment, "chengguan.handler") as successor:
        before = (await successor.page("/work")).links
        assert f"/cases/{number}" not in before
        page = await system.follow(await system.send(form, last=yesterday, successor="市城管局"))
        assert "不再存续" in page.words
        assert "现有 0 件未结案件" in page.words
        assert f"/cases/{number}" in (await successor.page("/work")).links
        course = (await successor.page(f"/cases/{number}")).words
    assert "承接撤并机构的职责" in course
    assert "职责移交" in course
    async with browsing(deployment, "wenlv.head") as before:
        assert f"/cases/{number}" not in (await before.page("/work")).links
    assert (await system.get(f"/cases/{number}")).status_code == 404
    async with browsing(deployment, "ducha.supervisor") as supervisor:
        assert f"/cases/{number}" not in (await supervisor.page("/city/cases", which="abolished")).links
    second = await resident.opened("/v1/orders", LAMPS)
    await worker.done(second, "order.accept_need", service="service")
    await worker.done(second, "order.dispatch", units=["文旅局"])
    owner = "SELECT owner_unit FROM duty_register WHERE case_no = $1 AND kind = 'order.accept'"
    assert await deployment.owner.fetchval(owner, second) == "yunhe/chengguan"
    await deployment.owner.execute(
        "UPDATE organisation SET valid_to = NULL, successor = NULL WHERE unit = 'yunhe/wenlv'"
    )
    await deployment.app.state.door.hall.reload()


async def test_a_matter_is_added_changed_and_offered_no_more(system: Browser, deployment: Deployment) -> None:
    form = (await system.page("/admin/matters/edit")).form("/admin/matters/edit")
    given = {"code": "01.01.99", "name_zh": "共享单车乱停", "name_en": "Shared bicycles", "route": "order",
             "lead": "市城管局", "urgent": "no", "paper_only": "no"}  # fmt: skip
    page = await system.follow(await system.send(form, **given))
    assert "共享单车乱停" in page.words
    form = (await system.page("/admin/matters/edit", code="01.01.99")).form(
        "/admin/matters/edit?code=01.01.99"
    )
    await system.follow(await system.send(form, retire="yes"))
    assert (await system.get("/admin/matters/edit?code=01.01.99")).status_code == 404
    assert (await journalled(deployment, "catalogue_changed"))["account"] == "shuju.system"


async def test_a_matter_under_nothing_is_refused(system: Browser) -> None:
    form = (await system.page("/admin/matters/edit")).form("/admin/matters/edit")
    answer = await system.send(
        form, code="88.77.66", name_zh="无根", name_en="Rootless", urgent="no", paper_only="no"
    )
    assert answer.status_code == 422
    assert 'value="88.77.66"' in answer.text


async def test_a_new_account_gets_a_password_that_is_shown_once(
    security: Browser, deployment: Deployment
) -> None:
    form = (await security.page("/admin/accounts/new")).form("/admin/accounts/new")
    given = {"account": "xingye.worker-9", "login": "", "name": "甲新", "role": "community_worker", "unit": "星叶社区",
             "person": "p-9", "last": ""}  # fmt: skip
    answer = await security.send(form, **given)
    assert answer.status_code == 200
    assert re.search(r'<code class="once">[a-z2-9]{4}(-[a-z2-9]{4}){3}</code>', answer.text)
    assert "待改一次性口令" in (await security.page("/admin/accounts/xingye.worker-9")).words
    assert (await security.send(form, **given)).status_code == 422


async def test_nobody_holds_two_administrations(security: Browser) -> None:
    form = (await security.page("/admin/accounts/new")).form("/admin/accounts/new")
    given = {"name": "甲双", "unit": "数据局", "person": "p-two", "last": "", "login": ""}
    first = await security.send(form, account="two.system", role="system_admin", **given)
    assert first.status_code == 200
    second = await security.send(form, account="two.audit", role="audit_admin", **given)
    assert second.status_code == 422
    assert "同一人不得兼任两种管理员" in second.text
    assert 'value="甲双"' in second.text


async def test_a_change_keeps_the_holder_and_ends_sessions(security: Browser, deployment: Deployment) -> None:
    async with browsing(deployment, "binhu.dispatcher") as changed:
        assert (await changed.get("/work")).status_code == 200
        page = await security.page("/admin/accounts/binhu.dispatcher")
        form = page.form("/admin/accounts/binhu.dispatcher")
        page = await security.follow(await security.send(form, name="己晴二", person="p-binhu"))
        assert "账号已更新" in page.words
        assert (await changed.get("/work")).status_code == 303
    row = await deployment.owner.fetchrow("SELECT name, person FROM account WHERE id = 'binhu.dispatcher'")
    assert tuple(row) == ("己晴二", "p-binhu")


async def test_sessions_are_listed_and_ended_one_by_one(security: Browser, deployment: Deployment) -> None:
    async with browsing(deployment, "wenlv.handler") as gone:
        assert (await gone.get("/work")).status_code == 200
        page = await security.page("/admin/accounts/wenlv.handler")
        (form,) = [each for each in page.forms if "/sessions/" in each.action]
        assert "登录已结束" in (await security.follow(await security.send(form))).words
        assert (await gone.get("/work")).status_code == 303


async def test_an_account_is_ended_and_listed_only_where_asked_for(security: Browser) -> None:
    form = (await security.page("/admin/accounts/gucheng.dispatcher")).form(
        "/admin/accounts/gucheng.dispatcher/end"
    )
    page = await security.follow(await security.send(form))
    assert "已失效" in page.words
    listed = "/admin/accounts/gucheng.dispatcher"
    assert listed not in (await security.page("/admin/accounts", q="gucheng.dispatcher")).links
    assert listed in (await security.page("/admin/accounts", q="gucheng.dispatcher", ended="1")).links


async def test_nobody_changes_their_own_account_and_residents_have_none_here(security: Browser) -> None:
    page = await security.page("/admin/accounts/shuju.security")
    assert "本人的账号不能由本人更改" in page.words
    assert (await security.get("/admin/accounts/resident-01")).status_code == 404
    assert (await security.get("/admin/accounts/nobody.here")).status_code == 404


async def test_two_editions_are_compared_field_by_field_with_their_sources(system: Browser) -> None:
    page = await system.page(
        "/admin/editions/compare", edition="rulebook:default-3", other="rulebook:gaotai-4x7"
    )
    assert "mediation.level.village" in page.words
    assert "高台县" in page.words
    assert "petition.handle" not in page.words  # the same in both
    every = await system.page(
        "/admin/editions/compare", edition="rulebook:default-3", other="rulebook:gaotai-4x7", show="all"
    )
    assert "《信访工作条例》" in every.words
    days = await system.page("/admin/editions/compare", edition="calendar:cn-2026")
    assert "2026-10-01" in days.words


@pytest.mark.parametrize("edition", ["rulebook:none", "calendar:default-3", "nonsense"])
async def test_an_edition_that_is_not_there_is_refused(system: Browser, edition: str) -> None:
    assert (await system.get(f"/admin/editions/compare?edition={edition}")).status_code == 422


async def test_a_scheduled_edition_is_pinned_from_its_day_by_new_cases_alone(
    system: Browser, deployment: Deployment
) -> None:
    resident, hall = await deployment.person("resident-01"), deployment.app.state.door.hall
    shelf = deployment.app.state.door.shelf
    before = await resident.opened("/v1/orders", LAMPS)
    form = (await system.page("/admin/editions")).form("/admin/editions/schedule")
    digest = shelf.rulebook("gaotai-4x7").digest
    late = await system.send(form, edition=f"rulebook:{digest}", from_day=TODAY)
    assert late.status_code == 422
    assert "只能从明天" in late.text
    page = await system.follow(await system.send(form, edition=f"rulebook:{digest}", from_day=TOMORROW))
    assert "gaotai-4x7" in page.words
    assert digest in (await journalled(deployment, "edition_changed"))["data"]
    await deployment.owner.execute("UPDATE edition_schedule SET from_day = $1", datetime.now(CST).date())
    await hall.reload()
    after = await resident.opened("/v1/orders", LAMPS)
    pinned = "SELECT rulebook FROM case_register WHERE case_no = $1"
    assert await deployment.owner.fetchval(pinned, before) == shelf.rulebook("default-3").digest
    assert await deployment.owner.fetchval(pinned, after) == digest
    await deployment.owner.execute("DELETE FROM edition_schedule")
    await hall.reload()


async def test_an_entry_that_has_not_begun_is_cancelled(system: Browser, deployment: Deployment) -> None:
    form = (await system.page("/admin/editions")).form("/admin/editions/schedule")
    digest = deployment.app.state.door.shelf.calendar("cn-2026").digest
    page = await system.follow(await system.send(form, edition=f"calendar:{digest}", from_day=TOMORROW))
    (form,) = [each for each in page.forms if each.action.endswith("/cancel")]
    assert "已取消" in (await system.follow(await system.send(form))).words
    assert await deployment.owner.fetchval("SELECT count(*) FROM edition_schedule") == 0


async def test_the_access_log_shows_who_looked_this_look_first(audit: Browser) -> None:
    page = await audit.page("/admin/access", account="shenji.audit")
    assert "查看审计视图" in page.words
    assert "shenji.audit" in page.words


async def test_who_may_audit_is_listed(audit: Browser) -> None:
    assert "shenji.auditor" in (await audit.page("/admin/auditors")).words


@pytest.mark.parametrize(
    "path", ["/admin/organisations/edit?unit=yunhe/none", "/admin/matters/edit?code=99.99"]
)
async def test_what_is_not_there_is_not_found(system: Browser, path: str) -> None:
    assert (await system.get(path)).status_code == 404
