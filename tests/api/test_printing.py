"""Documents on paper: what they say, for whom they are, that text stays text, and that each is accounted for."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dispute_stories as disputes
import pytest
from dispute_stories import (
    PAPER,
    TERMS,
    accepted_petition,
    rechecked_petition,
    table,
)
from doorway import Deployment, Person
from page_stories import PIPE

from api.identity.callers import Caller
from api.printing import typesetting
from api.printing.blocks import Cell, Fields, Line, Seal, Section, Sheet, Signatures, Table, Text
from api.printing.catalogue import MAKERS, listed
from api.printing.codes import FOR_PARTIES, Document
from api.printing.dossier import dossier
from api.printing.typesetting import NoChineseFont, fonts_for, pictures, typeset
from api.reading.casefile import find_file
from api.words import Language
from domain.calendar import CST
from domain.vocabulary import CaseKind

AT = datetime(2026, 3, 2, tzinfo=UTC)
EVIL = (
    '#panic("read as code")',
    "#lorem(90000)",
    "#pagebreak()" * 50,
    '#image("/etc/passwd")',
    '] } ) #{ $ ` " \\ // /*',
    "*粗 _斜 `码 $x^2 = @nobody <label> \\u{41} #sys.inputs.data",
    '", "fonts": [], "x": "',
    "= 标题\n- 项\n+ 项\n/ 词: 义",
)


@pytest.fixture(scope="module")
async def settled(deployment: Deployment) -> disputes.Table:
    """A dispute from its intake to its return visit."""
    mine = await table(deployment)
    await mine.visited()
    await mine.consented()
    await mine.sat()
    await mine.agreed()
    await mine.sealed()
    return await mine.settled()


@pytest.fixture(scope="module")
async def mediating(deployment: Deployment) -> disputes.Table:
    """A dispute in the middle of its sittings."""
    mine = await table(deployment)
    await mine.visited()
    await mine.consented()
    return await mine.sat()


async def sheet_for(
    deployment: Deployment, who: str, number: str, code: Document, language: str = "zh"
) -> Sheet:
    """A document as an account would have it, before it is set."""
    door = deployment.app.state.door
    async with door.database.connection() as connection:
        account = await door.callers.account(f"Bearer {(await deployment.person(who)).token}")
        caller = Caller(account, Language(language))
        file = await find_file(connection, number)
        assert file is not None
        assert code in [each.document for each in listed(file, caller) if each.ready], code
        return MAKERS[code](await dossier(connection, file, caller, await door.voice(caller)))


def words(sheet: Sheet) -> str:
    return "\n".join(_texts(sheet.plain()))


def _texts(node: Any) -> Iterator[str]:
    match node:
        case str():
            yield node
        case dict():
            for each in node.values():
                yield from _texts(each)
        case list() | tuple():
            for each in node:
                yield from _texts(each)


@pytest.mark.parametrize("evil", EVIL)
def test_what_people_wrote_is_set_as_text_and_never_read_as_markup(evil: str) -> None:
    """Read as code or markup each of these would fail, stop the typesetter, or fill hundreds of pages."""
    fields = Fields(((Cell(evil, evil), Cell(evil, evil, tall=True)),))
    table = Table((evil, evil), ((evil, evil),), (1, 1))
    blocks = (fields, table, Text(evil), Section(evil, evil), Signatures((Line(evil, evil),), evil))
    assert typeset(Sheet(evil, evil, evil, evil, "zh", blocks, evil), AT).startswith(b"%PDF-")
    assert (
        len(pictures(Sheet(evil, evil, evil, evil, "en", (*blocks, Seal(evil, evil, evil)), evil), 20)) <= 3
    )


@pytest.mark.parametrize("odd", ["\ue000", "\U000f0000", "\u0378", "\x01", "\ufffe", "\ufeff", "😀", "𠮷"])
def test_a_rare_character_in_a_name_stops_no_document(odd: str) -> None:
    """An archived PDF may hold no character of private use, and rare names are often typed with one."""
    for language in ("zh", "en"):
        sheet = Sheet("协议" + odd, "委员会", odd, "脚注", language, (Text(f"甲{odd}乙"),))
        assert typeset(sheet, AT).startswith(b"%PDF-")


def test_the_template_reads_no_text_as_code_and_no_text_is_put_into_it() -> None:
    template = Path(typesetting.__file__).with_name("sheet.typ").read_text(encoding="utf-8")
    assert not [each for each in ("eval(", "include ", "import ", "read(") if each in template]
    assert template.count("sys.inputs") == 1


def test_the_same_sheet_gives_the_same_bytes() -> None:
    sheet = Sheet("协议", "委员会", "编号", "脚注", "zh", (Text("双方同意。"),))
    assert typeset(sheet, AT) == typeset(sheet, AT)


def test_without_a_chinese_font_nothing_is_set_and_it_says_so() -> None:
    with pytest.raises(NoChineseFont):
        fonts_for(("Libertinus Serif", "DejaVu Sans Mono"), "zh")
    assert fonts_for(("Noto Serif CJK SC", "FangSong"), "zh") == ("FangSong",)


async def test_a_machine_without_a_chinese_font_answers_503_with_what_to_install(
    settled: disputes.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typesetting, "CHINESE", ())
    answer = await settled.mediator.get(f"/v1/cases/{settled.number}/documents/agreement")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_chinese_font")
    assert "fonts-noto-cjk" in answer.json()["detail"]


def test_every_document_can_be_made_and_has_its_readers() -> None:
    assert set(MAKERS) == set(Document)
    assert set(Document) > FOR_PARTIES


async def test_a_settled_dispute_prints_every_document_of_its_file(
    settled: disputes.Table, deployment: Deployment
) -> None:
    shown = (await settled.mediator.get(f"/v1/cases/{settled.number}/documents")).json()
    ready = {each["document"]["code"] for each in shown if each["ready"]}
    mediation = {each.value for each in Document if each.kind is CaseKind.MEDIATION}
    assert ready == mediation - {Document.ORAL_AGREEMENT, Document.ENDING_NOTICE}
    for each in shown:
        if each["ready"]:
            answer = await settled.mediator.get(each["href"])
            assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf"), each
            assert answer.content.startswith(b"%PDF-"), each
            assert answer.headers["cache-control"] == "no-store"


async def test_the_agreement_has_what_article_29_asks_for(
    settled: disputes.Table, deployment: Deployment
) -> None:
    said = words(await sheet_for(deployment, "xingye.mediator", settled.number, Document.AGREEMENT))
    for text in TERMS.values():
        assert text in said
    for each in ("乙槐", "13800000002", "履行期限：", "人民调解员（签名）", "（盖章处）", settled.number):
        assert each in said
    assert "在本系统签名" in said
    assert "纸质签名扫描件" in said


async def test_the_confirmation_application_names_the_thirtieth_day(
    settled: disputes.Table, deployment: Deployment
) -> None:
    said = words(
        await sheet_for(deployment, "xingye.mediator", settled.number, Document.CONFIRMATION_APPLICATION)
    )
    due = await deployment.owner.fetchval(
        "SELECT legal_due - interval '1 microsecond' FROM duty_register WHERE case_no = $1 AND kind = $2",
        settled.number, "mediation.confirm",
    )  # fmt: skip
    day = due.astimezone(CST)
    assert f"须在{day.year}年{day.month}月{day.day}日以前共同提出" in said


async def test_nothing_is_printed_before_the_record_holds_it(mediating: disputes.Table) -> None:
    shown = (await mediating.mediator.get(f"/v1/cases/{mediating.number}/documents")).json()
    ready = {each["document"]["code"]: each["ready"] for each in shown}
    assert ready["rights_notice"]
    assert ready["session_record"]
    assert not ready["agreement"]
    assert not ready["oral_agreement"]
    early = await mediating.mediator.get(f"/v1/cases/{mediating.number}/documents/agreement")
    assert (early.status_code, early.json()["code"]) == (409, "document_not_ready")


async def test_an_oral_agreement_has_its_register_and_no_written_form(deployment: Deployment) -> None:
    mine = await table(deployment)
    await mine.visited()
    await mine.consented()
    await mine.sat()
    await mine.agreed("oral")
    said = words(await sheet_for(deployment, "xingye.mediator", mine.number, Document.ORAL_AGREEMENT))
    assert TERMS["terms"] in said
    codes = [each["document"]["code"] for each in
             (await mine.mediator.get(f"/v1/cases/{mine.number}/documents")).json()]  # fmt: skip
    assert "agreement" not in codes


async def test_a_refusal_is_told_with_the_other_ways(deployment: Deployment) -> None:
    mine = await table(deployment, PAPER)
    await mine.visited()
    await mine.who["resident"].done(mine.number, "mediation.refuse")
    said = words(await sheet_for(deployment, "resident-01", mine.number, Document.ENDING_NOTICE))
    assert "仲裁、行政、司法" in said
    assert "拒绝调解" in said


async def test_parties_get_their_papers_and_not_the_office_s_file(settled: disputes.Table) -> None:
    party = settled.who["resident"]
    codes = {each["document"]["code"]
             for each in (await party.get(f"/v1/cases/{settled.number}/documents")).json()}  # fmt: skip
    assert codes <= {each.value for each in FOR_PARTIES}
    assert (await party.get(f"/v1/cases/{settled.number}/documents/agreement")).status_code == 200
    assert (await party.get(f"/v1/cases/{settled.number}/documents/file_cover")).status_code == 404


async def test_a_party_does_not_read_the_other_s_telephone_on_paper(
    settled: disputes.Table, deployment: Deployment
) -> None:
    said = words(await sheet_for(deployment, "resident-01", settled.number, Document.AGREEMENT))
    assert "乙槐" in said
    assert "13800000002" not in said


async def test_who_may_not_see_the_case_gets_no_document_of_it(
    settled: disputes.Table, neighbour: Person, deployment: Deployment
) -> None:
    for who in (neighbour, await deployment.person("shuju.system")):
        for path in ("documents", "documents/agreement", "documents/rights_notice"):
            assert (await who.get(f"/v1/cases/{settled.number}/{path}")).status_code == 404


async def test_every_production_is_in_the_access_journal(
    settled: disputes.Table, deployment: Deployment
) -> None:
    count = "SELECT count(*) FROM journal WHERE kind = 'document_produced' AND case_no = $1 AND account = $2"
    before = await deployment.owner.fetchval(count, settled.number, "xingye.mediator")
    await settled.mediator.get(f"/v1/cases/{settled.number}/documents/return_visit")
    assert await deployment.owner.fetchval(count, settled.number, "xingye.mediator") == before + 1
    data = await deployment.owner.fetchval(
        "SELECT data FROM journal WHERE kind = 'document_produced' ORDER BY seq DESC LIMIT 1"
    )
    assert "return_visit" in data
    assert "乙槐" not in data


async def test_petitions_and_whistles_have_their_papers(deployment: Deployment) -> None:
    number = await accepted_petition(deployment)
    notice = words(await sheet_for(deployment, "renshe.handler", number, Document.PETITION_NOTICE))
    assert "予以受理" in notice
    assert "第三十四条" in notice
    transfer = words(await sheet_for(deployment, "xinfang.officer", number, Document.PETITION_TRANSFER))
    assert "查明欠薪责任" in transfer
    whistle = await (await deployment.person("xingye.worker")).opened("/v1/whistles", PIPE)
    sheet = words(await sheet_for(deployment, "binhu.secretary", whistle, Document.WHISTLE_SHEET))
    assert "市水务局" in sheet


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_every_page_can_be_drawn(
    settled: disputes.Table, deployment: Deployment, language: str
) -> None:
    """With HERUN_SCREENSHOTS the pages are written there, to be looked at."""
    folder = os.environ.get("HERUN_SCREENSHOTS")
    petition = await accepted_petition(deployment)
    whistle = await (await deployment.person("xingye.worker")).opened("/v1/whistles", PIPE)
    papers = [(settled.number, "xingye.mediator", each) for each in Document
              if each.kind is CaseKind.MEDIATION
              and each not in (Document.ORAL_AGREEMENT, Document.ENDING_NOTICE)]  # fmt: skip
    papers += [
        (petition, "xinfang.officer", Document.PETITION_TRANSFER),
        (petition, "renshe.handler", Document.PETITION_NOTICE),
        (whistle, "binhu.secretary", Document.WHISTLE_SHEET),
    ]
    for number, who, code in papers:
        sheet = await sheet_for(deployment, who, number, code, language)
        pages = pictures(sheet, 60)
        assert all(each.startswith(b"\x89PNG") for each in pages), code
        assert "{" not in words(sheet), code
        for n, each in enumerate(pages if folder else ()):
            Path(str(folder), f"paper-{code}-{language}-{n}.png").write_bytes(each)


PETITION_PAPERS = {
    Document.PETITION_EXTENSION: ("renshe.head", ("10", "须审计后认定", "第三十四条")),
    Document.PETITION_OPINION: ("renshe.handler", ("八万四千元", "保障农民工工资支付条例", "三十日")),
    Document.PETITION_REVIEW: ("fuchaban.handler", ("予以维持", "复核")),
    Document.PETITION_RECHECK: ("fuheban.handler", ("三、事实和理由", "不属本程序处理范围", "不再受理")),
}


async def test_extension_opinion_review_and_recheck_are_printed_from_a_petition_that_had_them(
    deployment: Deployment,
) -> None:
    """With HERUN_SCREENSHOTS the pages are written there, to be looked at."""
    number = await rechecked_petition(deployment)
    folder = os.environ.get("HERUN_SCREENSHOTS")
    for code, (who, expected) in PETITION_PAPERS.items():
        sheet = await sheet_for(deployment, who, number, code)
        told = words(sheet)
        assert [each for each in expected if each not in told] == [], (code, told)
        assert "{" not in told
        assert typeset(sheet, AT).startswith(b"%PDF-")
        for n, page in enumerate(pictures(sheet, 80)):
            assert page.startswith(b"\x89PNG")
            if folder:
                Path(folder, f"paper-{code}-zh-{n}.png").write_bytes(page)
        english = words(await sheet_for(deployment, who, number, code, "en"))
        assert "{" not in english
