"""Who may do what and when, written down from the domain rules and not from the code; each line with its source.

An act is allowed to whoever some line names, and to nobody else. A line of a party also lets staff who may
write down what a party says (《信访工作条例》第19条) do the act on its behalf, from a unit in the case.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.vocabulary import CaseKind, Role, Stage
from tests.rights.standing import Rel

R, S = Role, Stage

STAFF = frozenset(Role) - {R.RESIDENT, R.CASE, R.AUDITOR, R.SYSTEM_ADMIN, R.SECURITY_ADMIN, R.AUDIT_ADMIN}
RESIDENT = frozenset({R.RESIDENT})
COMMUNITY_DESK = frozenset({R.COMMUNITY_WORKER, R.COMMUNITY_SECRETARY})
TAKERS = frozenset({R.HANDLER, R.UNIT_HEAD, R.MEDIATOR})
UNIT = frozenset({R.HANDLER, R.UNIT_HEAD})
HEADS = frozenset({R.UNIT_HEAD, R.GOVERNMENT_OFFICE})
HEAD = frozenset({R.UNIT_HEAD})
OFFICER = frozenset({R.PETITION_OFFICER})
TOWN_LEADERS = frozenset({R.TOWN_LEADER, R.TOWN_SECRETARY})
SECRETARY = frozenset({R.TOWN_SECRETARY})
CONFERENCE = frozenset({R.JOINT_OFFICE})
GOVERNMENT = frozenset({R.GOVERNMENT_OFFICE})
DISPATCHER = frozenset({R.DISPATCHER})
MEDIATOR = frozenset({R.MEDIATOR})
GRID = frozenset({R.GRID_WORKER})
BLOWERS = TOWN_LEADERS | HEAD | DISPATCHER
HOTLINE = HEAD | DISPATCHER
CHECKERS = frozenset(
    {
        R.HANDLER, R.UNIT_HEAD, R.MEDIATOR, R.GRID_WORKER, R.DISPATCHER, R.JOINT_OFFICE, R.TOWN_LEADER,
        R.TOWN_SECRETARY,
    }
)  # fmt: skip
"""Whoever does the work of an office that can send a part: a lead unit, a seat of mediation, a blower."""
PRESSERS = frozenset({R.SUPERVISOR, R.JOINT_OFFICE, R.GOVERNMENT_OFFICE, R.PETITION_OFFICER})
RECORDERS = frozenset(
    {
        R.GRID_WORKER, R.COMMUNITY_WORKER, R.COMMUNITY_SECRETARY, R.DISPATCHER, R.MEDIATOR, R.PETITION_OFFICER,
        R.HANDLER,
    }
)  # fmt: skip
ADMIN = frozenset({R.SYSTEM_ADMIN})

SELDOM = frozenset({Rel.LATE, Rel.FINDER})
"""Relations of one person or of whoever was late: not every role is found in them at every stage."""

PARTY_SIDES = frozenset({Rel.APPLICANT, Rel.RESPONDENT})


@dataclass(frozen=True)
class Line:
    """One line of the table: an act, who in which relation, at which stages, by which rule."""

    act: str
    relation: Rel
    roles: frozenset[Role]
    stages: frozenset[Stage]
    source: str


def _at(relation: Rel, roles: frozenset[Role], stages: str, acts: str, source: str) -> Iterator[Line]:
    for act in acts.split():
        yield Line(act, relation, roles, frozenset(map(Stage, stages.split())), source)


_EARLY = "registered signed consenting mediating joint_conference"
_DISPUTE = f"{_EARLY} agreed performing"
_ORDER_STAGES = "reviewing dispatching accepting claiming assigning handling escalated rating"
_PETITION_STAGES = "sorting splitting accepting handling serving review_window review recheck_window recheck"
_WHISTLE_STAGES = "approving reporting escalated meeting handling standing_down rating"

STAGES: dict[CaseKind, str] = {
    CaseKind.ORDER: _ORDER_STAGES,
    CaseKind.MEDIATION: _DISPUTE,  # once all were visited they are asked to consent: no dispute rests between
    CaseKind.PETITION: _PETITION_STAGES,
    CaseKind.WHISTLE: _WHISTLE_STAGES,
}
"""Every stage at which a case can rest while it is open."""


def _of_any_case(stages: str) -> Iterator[Line]:
    yield from _at(Rel.INVOLVED, STAFF, stages, "supplement attach", "§10 a5, d0, b8: whoever works on it")
    yield from _at(Rel.INVOLVED, STAFF, stages, "recuse", "§9.2; 信访 28(3)")
    yield from _at(Rel.LATE, STAFF, stages, "explain_delay", "接诉即办 14, 15")
    yield from _at(Rel.ANYBODY, PRESSERS, stages, "urge", "信访 14, 40")
    yield from _at(Rel.ANYBODY, ADMIN, stages, "adopt_calendar", "§8: recomputed on publication")
    yield from _at(Rel.ANYBODY, ADMIN, stages, "succeed", "信访 24: its successor answers")


def _order() -> Iterator[Line]:
    yield from _of_any_case(_ORDER_STAGES)
    yield from _at(Rel.APPLICANT, RESIDENT, _ORDER_STAGES, "supplement attach", "接诉即办 23")
    begun = "reviewing dispatching claiming assigning accepting handling"
    yield from _at(Rel.APPLICANT, RESIDENT, begun, "withdraw", "§10 d0")
    yield from _at(Rel.FINDER, STAFF, begun, "withdraw", "§10 d0: 网格员 for them")
    desk = "order.accept_need order.merge order.divert"
    yield from _at(Rel.COMMUNITY, COMMUNITY_DESK, "reviewing", desk, "§10 d1")
    place = "order.dispatch order.ask_whistle order.divert"
    yield from _at(Rel.COMMUNITY, COMMUNITY_DESK, "dispatching", place, "§10 d2, d3; 街道条例 17")
    yield from _at(Rel.TOOK_THE_CALL, DISPATCHER, "dispatching", "order.ask_whistle", "§2 12345吹哨; §10 c0")
    yield from _at(Rel.ASKED, TAKERS, "accepting claiming", "order.accept", "§10 d3")
    yield from _at(Rel.ASKED, TAKERS, "accepting", "order.return", "§10 b5, d3; 信访 23(3)")
    yield from _at(Rel.ASKED, TAKERS, "claiming", "order.decline", "§10 d3")
    assign = "order.assign order.ask_whistle"
    yield from _at(Rel.COMMUNITY, frozenset({R.COMMUNITY_SECRETARY}), "assigning", assign, "§10 d3: 大党委")
    rule_ = "order.uphold_return order.refuse_return"
    yield from _at(Rel.SENDER, CHECKERS | OFFICER, "accepting", rule_, "信访 23(3): 核实同意")
    work = "order.complete order.interim_report order.request_extension"
    yield from _at(Rel.LEAD, TAKERS, "handling", work, "§10 d4; 接诉即办 14")
    more = "order.grant_extension order.refuse_extension"
    yield from _at(
        Rel.SENDER, CHECKERS | OFFICER | COMMUNITY_DESK, "handling", more, "接诉即办 15: the sender grants"
    )
    yield from _at(Rel.APPLICANT, RESIDENT, "rating", "rate order.send_back", "§10 d5; 济南 27")
    yield from _at(Rel.COMMUNITY, COMMUNITY_DESK, "rating", "rate order.send_back", "§10 d5: 多方评单")
    yield from _at(Rel.CHECKER, CHECKERS, "rating", "order.accept_result order.send_back", "接诉即办 14")
    yield from _at(Rel.COMMUNITY, COMMUNITY_DESK, "rating", "order.close", "§10 d6")


def _mediation() -> Iterator[Line]:
    yield from _of_any_case(_DISPUTE)
    for side in PARTY_SIDES:
        yield from _at(side, RESIDENT, _DISPUTE, "supplement attach", "人民调解法 23")
    yield from _at(Rel.APPLICANT, RESIDENT, _EARLY, "withdraw", "人民调解法 23")
    for seat, roles in ((Rel.SEAT, MEDIATOR), (Rel.FIRST_SEAT, GRID), (Rel.TOP_SEAT, CONFERENCE)):
        yield from _of_the_seat(seat, roles)
    yield from _at(Rel.CENTRE, DISPATCHER, "signed", "mediation.grade", "§10 a2")
    yield from _at(Rel.JOINT_OFFICE, CONFERENCE, "joint_conference", "mediation.conference", "§10 a7")
    for side in PARTY_SIDES:
        yield from _at(side, RESIDENT, f"{_EARLY} agreed", "mediation.refuse", "人民调解法 17, 23")
        yield from _at(side, RESIDENT, "consenting", "mediation.consent", "人民调解法 17, 23")
        yield from _at(
            side, RESIDENT, "consenting mediating", "mediation.choose_mediator", "人民调解法 19, 23"
        )
        rise = "mediation.ask_escalation mediation.resume"
        yield from _at(side, RESIDENT, "mediating", rise, "§10 a5: escalate; 23: go on or end freely")
        yield from _at(side, RESIDENT, "agreed", "mediation.sign_agreement", "人民调解法 29")
        yield from _at(side, RESIDENT, _DISPUTE, "mediation.report_risk", "人民调解法 25: anyone")
    yield from _at(Rel.INVOLVED, STAFF, _DISPUTE, "mediation.report_risk", "人民调解法 25: anyone")


def _of_the_seat(seat: Rel, roles: frozenset[Role]) -> Iterator[Line]:
    raised = "" if seat is Rel.FIRST_SEAT else " signed consenting"
    yield from _at(
        seat, roles, f"registered{raised}", "mediation.sign", "§10 a1; again where danger raised it, 25"
    )
    yield from _at(seat, roles, "signed", "mediation.visit", "§10 a3")
    take = "mediation.serve_notice mediation.accept mediation.reject"
    yield from _at(seat, roles, "consenting", take, "§10 a4; 部令 30")
    sit = (
        "mediation.session mediation.investigate mediation.place_order mediation.ask_escalation mediation.agree"
        " mediation.end mediation.extend mediation.suspend mediation.resume"
    )
    yield from _at(seat, roles, "mediating", sit, "§10 a5–a7; 人民调解法 20–26")
    yield from _at(seat, roles, "agreed", "mediation.seal", "人民调解法 29")
    after = "mediation.confirm mediation.skip_confirmation mediation.performance mediation.return_visit"
    yield from _at(
        seat, roles, "performing", after, "人民调解法 31, 33: the committee writes the application down"
    )


def _petition() -> Iterator[Line]:
    yield from _of_any_case(_PETITION_STAGES)
    yield from _at(Rel.APPLICANT, RESIDENT, _PETITION_STAGES, "supplement attach", "信访 17, 20")
    before = "sorting splitting accepting handling"
    yield from _at(Rel.APPLICANT, RESIDENT, before, "withdraw", "§10 b: until the opinion")
    sort = "petition.sort petition.refuse_intake petition.transfer"
    yield from _at(Rel.PETITION_OFFICE, OFFICER, "sorting", sort, "信访 22, 19(3), 29, 30")
    yield from _at(Rel.PETITION_OFFICE, OFFICER, "splitting", "petition.split", "§10 b2")
    again = "petition.reassign petition.refer_jurisdiction petition.waive_order"
    running = "accepting handling"
    yield from _at(Rel.PETITION_OFFICE, OFFICER, running, again, "信访 23(3), 24")
    settle = "petition.settle_jurisdiction"
    yield from _at(Rel.DISPUTANT, HEADS, running, settle, "信访 24: negotiate, then the superior")
    yield from _at(Rel.JOINT_OFFICE, CONFERENCE, running, settle, "信访 24: then the joint conference")
    yield from _at(Rel.LEAD, UNIT, "accepting", "petition.notice", "信访 23")
    work = (
        "petition.issue_opinion petition.interim_report petition.ask_extension petition.waive_order"
        " petition.open_mediation"
    )
    yield from _at(Rel.LEAD, UNIT, "handling", work, "信访 32–34; 接诉即办 14")
    yield from _at(Rel.LEAD, UNIT, "handling", "petition.reply", "信访 29, 30")
    more = "petition.grant_extension petition.refuse_extension"
    yield from _at(Rel.LEAD, HEAD, "handling", more, "信访 34: 本机关单位负责人")
    yield from _at(Rel.LEAD, HEAD, running, "petition.switch_to_ordinary", "§4 简易办理: the head approves")
    yield from _at(Rel.LEAD, UNIT, "serving", "petition.serve", "§10 b11")
    after = "review_window review recheck_window recheck"
    yield from _at(Rel.APPLICANT, RESIDENT, after, "rate", "信访 21")
    yield from _at(Rel.APPLICANT, RESIDENT, "review_window", "petition.ask_review", "信访 35")
    yield from _at(Rel.REVIEW_OFFICE, UNIT, "review", "petition.decide_review", "信访 35")
    yield from _at(Rel.APPLICANT, RESIDENT, "recheck_window", "petition.ask_recheck", "信访 36")
    last = "petition.decide_recheck petition.start_hearing petition.end_hearing"
    yield from _at(Rel.RECHECK_OFFICE, UNIT, "recheck", last, "信访 36")


def _whistle() -> Iterator[Line]:
    yield from _of_any_case(_WHISTLE_STAGES)
    approve = "whistle.blow whistle.return_proposal"
    yield from _at(Rel.EVERYDAY_BLOWER, TOWN_LEADERS, "approving", approve, "§10 c1 日常哨; silent → 书记")
    yield from _at(Rel.TOUGH_BLOWER, SECRETARY, "approving", approve, "§10 c1 攻坚哨")
    yield from _at(Rel.HOTLINE_BLOWER, HEAD, "approving", approve, "§2 12345吹哨")
    for blower, leaders in (
        (Rel.EVERYDAY_BLOWER, TOWN_LEADERS), (Rel.TOUGH_BLOWER, TOWN_LEADERS), (Rel.HOTLINE_BLOWER, HOTLINE),
    ):  # fmt: skip
        yield from _of_the_blower(blower, leaders)
    for blower, leaders in ((Rel.EVERYDAY_BLOWER, TOWN_LEADERS), (Rel.HOTLINE_BLOWER, HOTLINE)):
        sounding = "reporting escalated meeting handling standing_down"
        yield from _at(blower, leaders, sounding, "whistle.ratify", "§10 c1 应急哨: ratified afterwards")
    answer = "whistle.sign whistle.contact whistle.object"
    yield from _at(Rel.DEPARTMENT, UNIT, "reporting", answer, "§10 c2, c3")
    late = "reporting escalated meeting handling standing_down rating"
    yield from _at(Rel.DEPARTMENT, UNIT, late, "whistle.report", "§10 c4; 街道条例 44: it still owes it")
    decide = "whistle.decide_escalation"
    yield from _at(Rel.GOVERNMENT, GOVERNMENT, "escalated", decide, "§10 c8")
    yield from _at(Rel.LEAD, UNIT, "handling", "whistle.handled", "§10 c6")
    yield from _at(Rel.DEPARTMENT, UNIT, "rating", "whistle.rate_blower", "§9.15 双考核")


def _of_the_blower(blower: Rel, leaders: frozenset[Role]) -> Iterator[Line]:
    yield from _at(blower, leaders, "reporting", "whistle.rule_objection", "§10 c2: object once")
    yield from _at(blower, leaders, "meeting", "whistle.fix_tasks", "§10 c5: blower chairs")
    yield from _at(blower, leaders, "handling", "whistle.release_task", "§10 c6")
    close = "whistle.stand_down whistle.send_back"
    yield from _at(blower, leaders, "standing_down", close, "§9.15, §10 c7: blower only")
    yield from _at(blower, leaders, "rating", "whistle.rate_department", "§10 c7")


TABLE: dict[CaseKind, tuple[Line, ...]] = {
    CaseKind.ORDER: tuple(_order()),
    CaseKind.MEDIATION: tuple(_mediation()),
    CaseKind.PETITION: tuple(_petition()),
    CaseKind.WHISTLE: tuple(_whistle()),
}
