"""Whole procedures as steps on pages: who opens which case, which form, and what is written into it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

RESIDENT, WORKER, OFFICER = "resident-01", "xingye.worker", "xinfang.officer"
MEDIATOR, CENTRE, SECRETARY = "xingye.mediator", "binhu-centre.dispatcher", "binhu.secretary"
HOUSING, WATER, CITY = "zhujian.handler", "shuiwu.handler", "chengguan.handler"
MARKS = {"speed": "5", "attitude": "4", "resolution": "5"}
FIRST, SECOND = "{case}-01", "{case}-02"


@dataclass(frozen=True, slots=True)
class Step:
    """One act on the page of a case; a value is what is typed or chosen, `behalf` the party spoken for."""

    who: str
    act: str
    values: Mapping[str, str] = field(default_factory=dict)
    case: str = "{case}"
    behalf: str = ""

    def place(self, number: str) -> str:
        """The page it is done on."""
        at = self.case.format(case=number)
        if self.who == RESIDENT:
            return f"/my/{at}"
        spoken_for = f"?on_behalf_of={self.behalf.format(case=number)}" if self.behalf else ""
        return f"/cases/{at}{spoken_for}"


@dataclass(frozen=True, slots=True)
class Walk:
    """A procedure from the form at the entrance to its end."""

    who: str
    door: str
    opening: Mapping[str, str]
    steps: tuple[Step, ...]
    ends: str


def _order(number: str, who: str, checker: str) -> tuple[Step, ...]:
    return (
        Step(who, "order.accept", case=number),
        Step(who, "order.complete", {"result": "已办妥，现场已核对。"}, number),
        Step(checker, "order.accept_result", case=number),
    )


ORDER = Walk(
    RESIDENT, "/file/mend", {"text": "小区门口的井盖松了，一压就响。", "place": "星叶社区"},
    (
        Step(WORKER, "order.accept_need", {"service": "service"}),
        Step(WORKER, "order.dispatch", {"units": "市城管局"}),
        Step(CITY, "order.accept"),
        Step(CITY, "order.complete", {"result": "井盖已换，路面已复平。"}),
        Step(RESIDENT, "rate", MARKS),
        Step(WORKER, "rate", MARKS),
        Step(WORKER, "order.close", {"credit_hours": "2"}),
    ),
    "已办结",
)  # fmt: skip

_TERMS = {
    "form": "written", "facts": "租客垫付一千八百元修好热水器。", "responsibility": "房东承担三分之二。",
    "terms": "房东付一千二百元，租约照旧。", "manner": "转账，一次付清。", "perform_by": "2027-01-15",
}  # fmt: skip
_OTHER = "{case}.2"
MEDIATION = Walk(
    RESIDENT, "/file/quarrel",
    {"text": "热水器坏了两次，修理费谁出谈不拢。", "place": "星叶社区", "other": "乙槐", "other_phone": "13800000002"},
    (
        Step(MEDIATOR, "mediation.sign"),
        Step(MEDIATOR, "mediation.visit", {"record": "到了租客家，也同房东通了电话。"}),
        Step(CENTRE, "mediation.grade", {"colour": "yellow"}),
        Step(MEDIATOR, "mediation.serve_notice", {"to": RESIDENT}),
        Step(MEDIATOR, "mediation.serve_notice", {"to": _OTHER}),
        Step(RESIDENT, "mediation.consent"),
        Step(MEDIATOR, "mediation.consent", behalf=_OTHER),
        Step(MEDIATOR, "mediation.accept"),
        Step(MEDIATOR, "mediation.session", {"record": "双方核对了维修单据。"}),
        Step(MEDIATOR, "mediation.agree", _TERMS),
        Step(MEDIATOR, "mediation.sign_agreement", {"scan": "scan.pdf"}, behalf=RESIDENT),
        Step(MEDIATOR, "mediation.sign_agreement", {"scan": "scan.pdf"}, behalf=_OTHER),
        Step(MEDIATOR, "mediation.seal"),
        Step(MEDIATOR, "mediation.skip_confirmation"),
        Step(MEDIATOR, "mediation.performance", {"performance": "full"}),
        Step(MEDIATOR, "mediation.return_visit", {"satisfied": "yes", "record": "双方都说满意。"}),
    ),
    "已办结",
)  # fmt: skip

_DECISION = {"ruling": "uphold", "text": "维持原处理意见。"}
PETITION = Walk(
    RESIDENT, "/file/complaint", {"text": "工地拖欠三个月工资，请查明责任并督促支付。", "place": "星叶社区"},
    (
        Step(OFFICER, "petition.sort", {"category": "claim", "path": "residual"}),
        Step(OFFICER, "petition.split", {
            "orders.0.unit": "市住建局", "orders.0.share": "lead", "orders.0.claim": "查明总包与分包的责任。",
            "orders.1.unit": "市水务局", "orders.1.share": "co_handler", "orders.1.claim": "核实工地临时用水。",
        }),
        Step(HOUSING, "petition.notice", {"accepted": "yes", "text": "已受理，六十日内办结。"}),
        *_order(FIRST, HOUSING, HOUSING), *_order(SECOND, WATER, HOUSING),
        Step(HOUSING, "petition.issue_opinion", {
            "claims": "请求支付工资。", "facts": "总包欠付工程款，分包欠薪属实。", "opinion": "support",
            "legal_basis": "《保障农民工工资支付条例》第三十条。",
        }),
        Step(HOUSING, "petition.serve"),
        Step(RESIDENT, "rate", MARKS),
        Step(RESIDENT, "petition.ask_review", {"reason": "只付了一半。"}),
        Step("fuchaban.handler", "petition.decide_review", _DECISION),
        Step(RESIDENT, "petition.ask_recheck", {"reason": "仍有两人未付。"}),
        Step("fuheban.handler", "petition.decide_recheck", _DECISION),
    ),
    "已办结",
)  # fmt: skip

WHISTLE = Walk(
    WORKER, "/dispatch/whistle",
    {
        "title": "无主供水管爆裂", "matter": "03.01.01", "whistle": "tough", "place": "yunhe/binhu/xingye",
        "text": "地下老水管一年爆了四次，产权不清。", "departments": "市水务局",
    },
    (
        Step(SECRETARY, "whistle.blow", {"departments": "市水务局", "place": "星叶路与滨湖路口"}),
        Step(WATER, "whistle.sign"),
        Step(WATER, "whistle.contact"),
        Step(WATER, "whistle.report", {"person": "丙山，已到现场。"}),
        Step(SECRETARY, "whistle.fix_tasks", {
            "tasks.0.unit": "市水务局", "tasks.0.share": "lead", "tasks.0.text": "换管，查明产权。",
        }),
        Step(WATER, "order.accept", case=FIRST),
        Step(WATER, "order.complete", {"result": "旧管已换。"}, FIRST),
        Step(SECRETARY, "order.accept_result", case=FIRST),
        Step(WATER, "whistle.handled", {"result": "旧管已换，产权移交水务公司。"}),
        Step(SECRETARY, "whistle.stand_down"),
        Step(SECRETARY, "whistle.rate_department", {"department": "yunhe/shuiwu", "response": "5", "quality": "4"}),
        Step(WATER, "whistle.rate_blower", {"need": "5", "preparation": "4"}),
    ),
    "已办结",
)  # fmt: skip

WALKS = {"order": ORDER, "mediation": MEDIATION, "petition": PETITION, "whistle": WHISTLE}
