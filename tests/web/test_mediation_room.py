"""The mediation room: what people find in it, what is still missing, whose acts it offers, what comes back."""

import dispute_stories as disputes
import pytest
from doorway import Deployment
from page_stories import HTML, Browser, Matters, Page, browsing, open_matters


@pytest.fixture(scope="module")
async def matters(deployment: Deployment) -> Matters:
    return await open_matters(deployment)


async def room_of(deployment: Deployment, number: str, account: str = "xingye.mediator") -> Page:
    async with browsing(deployment, account) as browser:
        return await browser.page(f"/cases/{number}/room")


async def test_the_room_says_who_was_told_and_who_agreed_and_what_is_missing(deployment: Deployment) -> None:
    mine = await (await disputes.table(deployment)).visited()
    async with browsing(deployment, "xingye.mediator") as browser:
        page = await browser.page(f"/cases/{mine.number}/room")
        assert "告知书：甲禾、乙槐" in page.words
        assert "同意：甲禾、乙槐" in page.words
        served = await browser.follow(
            await browser.send(page.form(f"/cases/{mine.number}/room/acts/mediation.serve_notice"))
        )
        assert "告知书：乙槐" in served.words
        assert served.headings[0] == (1, "热水器坏了谁来出修理费")
        consent = served.form(f"/cases/{mine.number}/room/acts/mediation.consent")
        assert consent.values["on_behalf_of"] == "resident-01"
        agreed = await browser.follow(await browser.send(consent))
    assert "同意：乙槐" in agreed.words


async def test_consent_is_not_offered_before_the_notice(deployment: Deployment) -> None:
    mine = await (await disputes.table(deployment)).visited()
    page = await room_of(deployment, mine.number)
    assert not [each for each in page.forms if each.action.endswith("mediation.consent")]


async def test_the_room_offers_what_the_law_offers_and_nothing_else(deployment: Deployment) -> None:
    mine = await (await (await disputes.table(deployment)).visited()).consented()
    case = (await mine.mediator.get(f"/v1/cases/{mine.number}")).json()
    page = await room_of(deployment, mine.number)
    own = [each for each in page.forms if "/room/acts/" in each.action and "on_behalf_of" not in each.values]
    offered = {each.action.partition("#")[0].rpartition("/")[2] for each in own}
    assert offered == {each["act"] for each in case["possible_acts"]}


async def test_records_of_sittings_stand_in_their_step(deployment: Deployment) -> None:
    mine = await (await (await (await disputes.table(deployment)).visited()).consented()).sat()
    page = await room_of(deployment, mine.number)
    assert "双方核对了维修单据" in page.words
    assert "内胆老化" in page.words
    assert "达成协议" in page.words


async def test_a_refused_form_comes_back_in_the_room_with_what_was_typed(deployment: Deployment) -> None:
    mine = await (await (await disputes.table(deployment)).visited()).consented()
    async with browsing(deployment, "xingye.mediator") as browser:
        page = await browser.page(f"/cases/{mine.number}/room")
        form = page.form(f"/cases/{mine.number}/room/acts/mediation.session")
        answer = await browser.send(form, record="第一次坐下来谈。", third_persons="2")
        back = Page(answer.text)
    assert answer.status_code == 409
    assert "其他人参加须经当事人同意" in back.words
    kept = back.form(f"/cases/{mine.number}/room/acts/mediation.session")
    assert kept.values["record"] == "第一次坐下来谈。"
    assert (1, "热水器坏了谁来出修理费") in back.headings


async def test_a_signature_of_a_party_needs_its_scan(deployment: Deployment) -> None:
    mine = await disputes.table(deployment)
    for way in (mine.visited, mine.consented, mine.sat, mine.agreed):
        await way()
    async with browsing(deployment, "xingye.mediator") as browser:
        page = await browser.page(f"/cases/{mine.number}/room")
        assert "签名：甲禾、乙槐" in page.words
        form = page.form(f"/cases/{mine.number}/room/acts/mediation.sign_agreement")
        without = Page((await browser.send(form)).text)
        assert "须有纸质签名扫描件" in without.words
        files = {"scan": ("scan.pdf", disputes.SCAN, "application/pdf")}
        answer = await browser.http.post(form.action, data=form.values, files=files, headers=HTML)
        signed = await browser.follow(answer)
    assert "纸质签名" in signed.words
    assert "签名：乙槐" in signed.words


async def test_in_family_disputes_paper_is_asked_of_every_party(deployment: Deployment) -> None:
    mine = await disputes.table(deployment, disputes.PAPER)
    for way in (mine.visited, mine.consented, mine.sat, mine.agreed):
        await way()
    page = await room_of(deployment, mine.number)
    assert "《电子签名法》第3条" in page.words
    assert "纸质签名扫描件：甲禾、丙杉" in page.words


async def test_the_window_of_the_court_shows_its_end_and_its_three_reminders(deployment: Deployment) -> None:
    mine = await disputes.table(deployment)
    for way in (mine.visited, mine.consented, mine.sat, mine.agreed, mine.sealed):
        await way()
    page = await room_of(deployment, mine.number)
    assert "截止" in page.words
    assert page.words.count("将提醒") == 3
    assert page.form(f"/cases/{mine.number}/room/acts/mediation.confirm")
    assert page.form(f"/cases/{mine.number}/room/acts/mediation.performance")


async def test_a_settled_dispute_keeps_its_room_without_acts(deployment: Deployment) -> None:
    mine = await disputes.table(deployment)
    for way in (mine.visited, mine.consented, mine.sat, mine.agreed, mine.sealed, mine.settled):
        await way()
    page = await room_of(deployment, mine.number)
    assert "本案已结" in page.words
    assert not [each for each in page.forms if "/acts/" in each.action]
    assert f"/cases/{mine.number}/documents/agreement.pdf" in page.links
    assert "已共同申请司法确认" in page.words


async def test_a_party_sees_its_part_and_acts_for_itself_alone(deployment: Deployment) -> None:
    mine = await disputes.table(deployment)
    for way in (mine.visited, mine.consented, mine.sat, mine.agreed):
        await way()
    page = await room_of(deployment, mine.number, "resident-01")
    assert "您是本案当事人" in page.words
    assert "13800000002" not in page.words
    signing = [each for each in page.forms if each.action.partition("#")[0].endswith("sign_agreement")]
    assert [each.values.get("on_behalf_of") for each in signing] == [None]
    assert f"/cases/{mine.number}/documents/file_cover.pdf" not in page.links


@pytest.mark.parametrize("path", ["room", "documents", "documents/rights_notice.pdf"])
async def test_who_may_not_see_the_dispute_finds_no_room(
    path: str, matters: Matters, neighbour: Browser
) -> None:
    assert (await neighbour.get(f"/cases/{matters.heater}/{path}")).status_code == 404
    assert (await neighbour.get(f"/cases/M20010101-00001/{path}")).status_code == 404


async def test_only_disputes_have_a_room_and_every_procedure_may_have_papers(
    matters: Matters, deployment: Deployment
) -> None:
    async with browsing(deployment, "xinfang.officer") as browser:
        assert (await browser.get(f"/cases/{matters.wages}/room")).status_code == 404
        page = await browser.page(f"/cases/{matters.wages}/documents")
        assert f"/cases/{matters.wages}/documents/petition_transfer.pdf" in page.links
    async with browsing(deployment, "xingye.worker") as browser:
        page = await browser.page(f"/cases/{matters.manhole}/documents")
    assert "本案没有可生成的文书" in page.words


async def test_a_document_opens_as_pdf_and_a_later_one_says_when(
    matters: Matters, deployment: Deployment
) -> None:
    async with browsing(deployment, "xingye.mediator") as browser:
        answer = await browser.get(f"/cases/{matters.heater}/documents/session_record.pdf")
        assert (answer.headers["content-type"], answer.content[:5]) == ("application/pdf", b"%PDF-")
        early = await browser.get(f"/cases/{matters.heater}/documents/agreement.pdf")
    assert early.status_code == 409
    assert "要等到记录里有相应内容" in Page(early.text).words


async def test_nobody_acts_in_the_room_without_the_token_of_the_page(
    matters: Matters, deployment: Deployment
) -> None:
    async with browsing(deployment, "xingye.mediator") as browser:
        answer = await browser.http.post(
            f"/cases/{matters.heater}/room/acts/mediation.investigate",
            data={"record": "不认识的人写的记录", "key": "k-forged"},
            headers={**HTML, "origin": "https://elsewhere.example"},
        )  # fmt: skip
    assert answer.status_code == 403
    assert "不认识的人写的记录" not in (await room_of(deployment, matters.heater)).words


async def test_the_english_room_is_complete(matters: Matters, deployment: Deployment) -> None:
    async with browsing(deployment, "xingye.mediator", herun_language="en") as browser:
        for path in ("room", "documents"):
            page = await browser.page(f"/cases/{matters.heater}/{path}")
            assert "{" not in page.words
            assert "room." not in page.words
            assert "Documents" in page.words
