"""Disputes for tests at the places of a mediator's work, played by people of the demo town through the door."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from doorway import Deployment, Person
from page_stories import HEATER, WAGES, Cast

PAPER: Mapping[str, Any] = {
    "title": "兄弟二人分老屋", "place": "星叶社区", "matter": "20.03.01", "paper_only": True,
    "text": "父亲去世，留下老屋一间，兄弟二人对份额说法不一。",
    "respondents": [{"name": "丙杉", "phone": "13800000003", "address": "星叶路9号"}],
}  # fmt: skip
TERMS: Mapping[str, Any] = {
    "facts": "2024年3月起租客租住星叶路2号301室。热水器于2025年9月、11月两次损坏，租客垫付修理费1800元。",
    "responsibility": "第一次损坏系老化，由房东负责；第二次损坏双方各有责任，各半承担。",
    "terms": "一、房东承担修理费1200元，从下月房租中扣除。\n"
    "二、房东不提前收房，租约履行至期满。\n三、双方就此事再无其他争议。",
    "manner": "由租客在支付下月房租时直接扣除1200元，并出具收条。",
}  # fmt: skip
SCAN = b"%PDF-1.7\n" + b"\0" * 64
_CAST = {
    "resident": "resident-01", "mediator": "xingye.mediator", "centre": "binhu-centre.dispatcher",
    "officer": "xinfang.officer", "leader": "binhu.secretary", "worker": "xingye.worker",
    "water": "shuiwu.handler",
}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """People at one table, and the number of the dispute between them."""

    number: str
    who: Cast

    @property
    def parties(self) -> tuple[str, str]:
        """The applicant and the respondent."""
        return "resident-01", f"{self.number}.2"

    @property
    def mediator(self) -> Person:
        return self.who["mediator"]

    async def done(self, act: str, **fields: Any) -> None:
        """An act of the mediator."""
        await self.mediator.done(self.number, act, **fields)

    async def visited(self) -> "Table":
        """Signed for, visited and graded: parties are to be told their rights."""
        await self.done("mediation.sign")
        await self.done("mediation.visit", record="已到租客家，又与房东通了电话，双方都愿意坐下来谈。")
        await self.who["centre"].done(self.number, "mediation.grade", colour="yellow")
        return self

    async def consented(self) -> "Table":
        """Told, consenting and taken in."""
        for party in self.parties:
            await self.done("mediation.serve_notice", to=party)
        await self.who["resident"].done(self.number, "mediation.consent")
        await self.done("mediation.consent", on_behalf_of=self.parties[1])
        await self.done("mediation.accept")
        return self

    async def sat(self) -> "Table":
        """One inquiry and one sitting."""
        await self.done(
            "mediation.investigate", record="向维修师傅核实：第一次为内胆老化，第二次为无水干烧。"
        )
        await self.done(
            "mediation.session",
            record="租客：两次修理都有单据。\n房东：第二次是使用不当。\n双方核对了维修单据，对一千二百元没有异议。",
            third_persons=1, third_persons_consented=True,
        )  # fmt: skip
        return self

    async def agreed(self, form: str = "written") -> "Table":
        """Agreed, to be performed in ten days."""
        await self.done(
            "mediation.agree", form=form, perform_by=(date.today() + timedelta(days=10)).isoformat(), **TERMS
        )
        return self

    async def sealed(self) -> "Table":
        """Signed by all and sealed; the window of the court is open."""
        await self.who["resident"].done(self.number, "mediation.sign_agreement")
        await self.done("mediation.sign_agreement", on_behalf_of=self.parties[1], scan=await self.scanned())
        await self.done("mediation.seal")
        return self

    async def settled(self) -> "Table":
        """Confirmed, performed and visited: closed."""
        await self.done("mediation.confirm", applicants=list(self.parties))
        await self.done("mediation.performance", performance="full")
        await self.done("mediation.return_visit", satisfied=True, record="双方都说按协议办了，关系缓和。")
        return self

    async def scanned(self) -> str:
        """The commitment of a scan that the mediator brought."""
        answer = await self.mediator.http.post(
            "/v1/attachments", files={"file": ("scan.pdf", SCAN, "application/pdf")},
            headers={"authorization": f"Bearer {self.mediator.token}"},
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        return str(answer.json()["commitment"])


async def table(deployment: Deployment, opening: Mapping[str, Any] = HEATER) -> Table:
    """A dispute that was just brought."""
    who = {name: await deployment.person(account) for name, account in _CAST.items()}
    return Table(await who["resident"].opened("/v1/mediations", opening), who)


async def accepted_petition(deployment: Deployment) -> str:
    """A petition that was sorted, split and accepted."""
    who = {name: await deployment.person(account) for name, account in _CAST.items()}
    number = await who["resident"].opened("/v1/petitions", WAGES)
    await who["officer"].done(number, "petition.sort", category="claim", path="residual")
    orders = [{"unit": "市人社局", "share": "lead", "claim": "查明欠薪责任，督促支付工资。"},
              {"unit": "市住建局", "share": "co_handler", "claim": "核实总包、分包关系与工资专户。"}]  # fmt: skip
    await who["officer"].done(number, "petition.split", orders=orders)
    handler = await deployment.person("renshe.handler")
    await handler.done(number, "petition.notice", accepted=True, text="经查属本局职责，予以受理。")
    return number


async def rechecked_petition(deployment: Deployment) -> str:
    """The same, given more time, answered, reviewed and rechecked: every paper of a petition has been due."""
    number = await accepted_petition(deployment)
    resident, handler = await deployment.person(_CAST["resident"]), await deployment.person("renshe.handler")
    head = await deployment.person("renshe.head")
    own, other = f"{number}-01", f"{number}-02"
    await deployment.opened(own)
    await handler.done(own, "order.accept")
    await handler.done(own, "order.complete", result="工资专户资金已划转，七人工资付清。")
    await handler.done(own, "order.accept_result")
    await handler.done(number, "petition.waive_order", order=other, reason="总包责任已由劳动监察查明。")
    await handler.done(number, "petition.ask_extension", days=10, reason="总包单位账目须审计。")
    await head.done(number, "petition.grant_extension", days=10, reason="账目涉及三家分包，须审计后认定。")
    await _closed(deployment, own)
    await handler.done(
        number, "petition.issue_opinion", claims="要求支付二〇二五年九月至十一月工资。",
        facts="经查，欠薪七人，共计八万四千元。", opinion="support", legal_basis="《保障农民工工资支付条例》第三十条。",
    )  # fmt: skip
    await handler.done(number, "petition.serve")
    await resident.done(number, "petition.ask_review", reason="利息没有计算。")
    review = await deployment.person("fuchaban.handler")
    await review.done(
        number, "petition.decide_review", ruling="uphold", text="原处理意见事实清楚，予以维持。"
    )
    await resident.done(number, "petition.ask_recheck", reason="仍要求计算利息。")
    recheck = await deployment.person("fuheban.handler")
    await recheck.done(
        number, "petition.decide_recheck", ruling="uphold", text="利息不属本程序处理范围，维持复查意见。"
    )
    return number


async def _closed(deployment: Deployment, number: str) -> None:
    """Read until the petition has heard that its part is over; the test's timeout bounds it."""
    whole = number.rpartition("-")[0]
    while not any(e["act"] == "part_closed" for e in await deployment.events(whole)):
        pass
