"""The rules as tables: what each duty admits, who owes it, who may act without one, how a case may end."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DutyLaw:
    """One kind of duty: acts that meet it, others it admits, its limits, the roles that owe it.

    A limit may hold `{service}`, `{level}`, `{whistle}` or `{accept}`, filled from the case. No roles: a party.
    """

    met_by: frozenset[str]
    limits: tuple[str, ...]
    roles: frozenset[str]
    also: frozenset[str] = frozenset()
    is_window: bool = False


def _law(met_by: str, limits: str, roles: str, also: str = "", *, window: bool = False) -> DutyLaw:
    acts, more = frozenset(met_by.split()), frozenset(also.split())
    return DutyLaw(acts, tuple(limits.split()), frozenset(roles.split()), more, window)


HEARING = "《信访工作条例》第36条"
"""What the record of a hearing is owed under, by the end that was planned."""
WRITTEN = "《北京市接诉即办工作条例》第13条"
"""What a handling duty cites whose deadline stands on the order itself."""
LEVEL_ROLES = "(level)"
"""Stands for the roles that the edition names for a level of mediation."""

_COMMUNITY = "community_worker community_secretary"
_HANDLERS = "handler unit_head"
_TAKERS = f"{_HANDLERS} mediator"
_CHECKERS = f"{_TAKERS} grid_worker dispatcher joint_office town_leader town_secretary"
_SENDERS = f"{_CHECKERS} petition_officer {_COMMUNITY}"
_OFFICER = "petition_officer"
_BLOWERS = "town_leader town_secretary unit_head dispatcher"
_MEDIATING = (
    "mediation.session mediation.investigate mediation.place_order mediation.extend mediation.suspend"
)

DUTIES: Mapping[str, DutyLaw] = {
    "order.review": _law("order.accept_need order.merge order.divert", "order.review", _COMMUNITY),
    "order.dispatch": _law("order.dispatch order.ask_whistle order.divert", "order.dispatch", _COMMUNITY),
    "order.accept": _law("order.accept order.return", "{accept}", _TAKERS),
    "order.claim": _law("order.accept order.decline", "order.accept", _TAKERS, window=True),
    "order.assign": _law("order.assign order.ask_whistle", "order.assign", "community_secretary"),
    "order.return_ruling": _law("order.uphold_return order.refuse_return", "order.return_ruling", _SENDERS),
    "order.handle": _law(
        "order.complete", f"order.handle.{{service}} {WRITTEN}", _TAKERS,
        "order.interim_report order.request_extension",
    ),
    "order.extension_decision": _law(
        "order.grant_extension order.refuse_extension", "order.extension_decision", _SENDERS
    ),
    "order.check": _law("order.accept_result order.send_back", "order.community_rate", _CHECKERS),
    "order.rate": _law("rate order.send_back", "order.rate", "", window=True),
    "order.community_rate": _law("rate order.send_back", "order.community_rate", _COMMUNITY),
    "order.close": _law("order.close", "order.close", _COMMUNITY),
    "mediation.sign": _law("mediation.sign", "mediation.sign", LEVEL_ROLES),
    "mediation.first_visit": _law("mediation.visit", "mediation.first_visit", LEVEL_ROLES),
    "mediation.grade": _law("mediation.grade", "mediation.grade", "dispatcher"),
    "mediation.consent": _law(
        "mediation.accept mediation.reject", "mediation.consent", LEVEL_ROLES, "mediation.serve_notice"
    ),
    "mediation.total": _law("", "mediation.total", "joint_office", window=True),
    "mediation.mediate": _law(
        "mediation.agree mediation.ask_escalation mediation.end", "mediation.level.{level}", LEVEL_ROLES,
        _MEDIATING,
    ),
    "mediation.suspension": _law("mediation.resume", "mediation.total", LEVEL_ROLES, window=True),
    "mediation.joint": _law("mediation.conference", "mediation.top_decision", "joint_office"),
    "mediation.agreement": _law("mediation.seal", "mediation.agreement", LEVEL_ROLES),
    "mediation.confirm": _law(
        "mediation.confirm mediation.skip_confirmation", "mediation.confirm", LEVEL_ROLES, window=True
    ),
    "mediation.performance": _law(
        "mediation.performance", "mediation.perform_grace mediation.return_visit_2", LEVEL_ROLES
    ),
    "mediation.return_visit": _law("mediation.return_visit", "mediation.return_visit", LEVEL_ROLES),
    "petition.route": _law("", "petition.route", _OFFICER),
    "petition.sort": _law("petition.sort petition.refuse_intake", "petition.sort", _OFFICER),
    "petition.transfer": _law("petition.transfer", "petition.split", _OFFICER),
    "petition.reply": _law("petition.reply", "petition.advice_feedback", _HANDLERS),
    "petition.split": _law("petition.split", "petition.split", _OFFICER),
    "petition.reassign": _law(
        "petition.reassign petition.refer_jurisdiction petition.waive_order", "petition.objection_ruling",
        _OFFICER,
    ),
    "petition.jurisdiction_negotiate": _law(
        "petition.settle_jurisdiction", "petition.jurisdiction_negotiate", "unit_head government_office"
    ),
    "petition.jurisdiction_decide": _law(
        "petition.settle_jurisdiction", "petition.jurisdiction_decide", "unit_head government_office"
    ),
    "petition.jurisdiction_designate": _law(
        "petition.settle_jurisdiction", "petition.jurisdiction_designate", "joint_office"
    ),
    "petition.notice": _law("petition.notice", "petition.notice petition.simple.accept", _HANDLERS),
    "petition.handle": _law(
        "petition.issue_opinion", "petition.handle petition.simple.handle", _HANDLERS,
        "petition.interim_report petition.ask_extension petition.waive_order petition.open_mediation",
    ),
    "petition.extension_decision": _law(
        "petition.grant_extension petition.refuse_extension", "petition.extension_decision", "unit_head"
    ),
    "petition.serve": _law("petition.serve", "petition.serve", _HANDLERS),
    "petition.rate": _law("rate", "petition.rate", "", window=True),
    "petition.review_ask": _law("petition.ask_review", "petition.review_ask", "", window=True),
    "petition.review": _law("petition.decide_review", "petition.review", _HANDLERS),
    "petition.recheck_ask": _law("petition.ask_recheck", "petition.recheck_ask", "", window=True),
    "petition.recheck": _law(
        "petition.decide_recheck", "petition.recheck", _HANDLERS, "petition.start_hearing"
    ),
    "petition.hearing": _law("petition.end_hearing", HEARING, _HANDLERS),
    "whistle.approve": _law("whistle.blow whistle.return_proposal", "whistle.approve.{whistle}", _BLOWERS),
    "whistle.ratify": _law("whistle.ratify", "whistle.approve.{whistle}", _BLOWERS),
    "whistle.sign": _law("whistle.sign", "whistle.sign.{whistle}", _HANDLERS, "whistle.object"),
    "whistle.contact": _law("whistle.contact", "whistle.contact.{whistle}", _HANDLERS),
    "whistle.report": _law("whistle.report", "whistle.report.{whistle}", _HANDLERS),
    "whistle.objection_ruling": _law("whistle.rule_objection", "order.return_ruling", _BLOWERS),
    "whistle.meet": _law("whistle.fix_tasks", "whistle.meet.{whistle}", _BLOWERS),
    "whistle.handle": _law("whistle.handled", "whistle.handle.{whistle}", _HANDLERS),
    "whistle.stand_down": _law(
        "whistle.stand_down whistle.send_back", "whistle.standdown.{whistle}", _BLOWERS
    ),
    "whistle.escalation": _law(
        "whistle.decide_escalation", "whistle.escalation.{whistle}", "government_office"
    ),
    "whistle.rate": _law("whistle.rate_department", "whistle.rate.{whistle}", _BLOWERS, window=True),
    "whistle.rate_blower": _law("whistle.rate_blower", "whistle.rate.{whistle}", _HANDLERS, window=True),
}  # fmt: skip

ROUTING = frozenset({"petition.sort", "petition.refuse_intake", "petition.transfer", "petition.split"})
"""What the petition office does to a petition meets its duty to route it (《信访工作条例》第22条)."""

STANDING: Mapping[str, Mapping[str, str]] = {
    "withdraw": dict.fromkeys(("order", "mediation", "petition"), "applicant"),
    "supplement": dict.fromkeys(("order", "mediation", "petition", "whistle"), "party_or_staff"),
    "attach": dict.fromkeys(("order", "mediation", "petition", "whistle"), "party_or_staff"),
    "explain_delay": dict.fromkeys(("order", "mediation", "petition", "whistle"), "overdue"),
    "urge": dict.fromkeys(("order", "mediation", "petition", "whistle"), "presser"),
    "recuse": dict.fromkeys(("order", "mediation", "petition", "whistle"), "staff"),
    "adopt_calendar": dict.fromkeys(("order", "mediation", "petition", "whistle"), "administrator"),
    "succeed": dict.fromkeys(("order", "mediation", "petition", "whistle"), "administrator"),
    "part_closed": dict.fromkeys(("order", "mediation", "petition", "whistle"), "part"),
    "join_twin": dict.fromkeys(("order", "mediation", "petition", "whistle"), "case"),
    "recall": {"order": "whole"},
    "change_checker": {"order": "whole"},
    "order.ask_whistle": {"order": "hotline"},
    "mediation.refuse": {"mediation": "party"},
    "mediation.report_risk": {"mediation": "party_or_staff"},
    "mediation.consent": {"mediation": "party"},
    "mediation.choose_mediator": {"mediation": "party"},
    "mediation.ask_escalation": {"mediation": "party"},
    "mediation.resume": {"mediation": "party"},
    "mediation.sign_agreement": {"mediation": "party"},
    "petition.switch_to_ordinary": {"petition": "lead_head"},
    "whistle.release_task": {"whistle": "blower"},
}
"""Act → kind of case → who may do it though no duty admits it."""

PRESSERS = frozenset({"supervisor", "joint_office", "government_office", "petition_officer"})
BLOWERS = frozenset(_BLOWERS.split())
RECORDERS = frozenset(
    {
        "grid_worker", "community_worker", "community_secretary", "dispatcher", "mediator",
        "petition_officer", "handler",
    }
)  # fmt: skip
OPENERS = RECORDERS | {"town_leader", "town_secretary", "resident"}
LEADERS = frozenset({"town_leader", "town_secretary", "unit_head"})
PROPOSERS = LEADERS | {
    "grid_worker", "community_worker", "community_secretary", "dispatcher", "handler",
}  # fmt: skip
STAFF = (OPENERS | PROPOSERS | PRESSERS | {"auditor", "system_admin", "security_admin", "audit_admin"}) - {
    "resident"
}
NO_BUSINESS = frozenset({"auditor", "security_admin", "audit_admin"})
"""Who looks at cases, or keeps the machinery, and acts in none."""

REQUIRED: Mapping[str, tuple[str, ...]] = {
    "supplement": ("text",), "attach": ("files",), "explain_delay": ("reason",), "recuse": ("account", "reason"),
    "adopt_calendar": ("calendar",), "succeed": ("abolished", "successor"),
    "part_closed": ("number", "outcome"), "recall": ("why",), "change_checker": ("unit",), "join_twin": ("kind",),
    "rate": ("speed", "attitude", "resolution"),
    "order.accept_need": ("service",), "order.merge": ("into",), "order.divert": ("channel",),
    "order.dispatch": ("units",), "order.decline": ("reason",), "order.refuse_return": ("reason",),
    "order.assign": ("unit",), "order.request_extension": ("days", "reason"),
    "order.grant_extension": ("days",), "order.interim_report": ("text",), "order.complete": ("result",),
    "order.send_back": ("reason",), "mediation.visit": ("record",), "mediation.grade": ("colour",),
    "mediation.serve_notice": ("to",), "mediation.reject": ("reason",), "mediation.session": ("record",),
    "mediation.choose_mediator": ("mediator",), "mediation.investigate": ("record",),
    "mediation.suspend": ("until", "consenting"), "mediation.place_order": ("unit", "text"),
    "mediation.ask_escalation": ("reason",), "mediation.end": ("reason",),
    "mediation.agree": ("form", "facts", "responsibility", "terms", "manner", "perform_by"),
    "mediation.extend": ("days", "consenting"), "mediation.conference": ("decision", "reason"),
    "mediation.confirm": ("applicants",), "mediation.performance": ("performance",),
    "mediation.return_visit": ("record",), "mediation.report_risk": ("text",),
    "petition.sort": ("category",), "petition.refuse_intake": ("same_as", "reason"),
    "petition.transfer": ("unit",), "petition.reply": ("text",), "petition.split": ("orders",),
    "petition.reassign": ("order", "unit"), "petition.refer_jurisdiction": ("order", "units"),
    "petition.settle_jurisdiction": ("order", "unit"), "petition.notice": ("accepted", "text"),
    "petition.ask_extension": ("days", "reason"), "petition.grant_extension": ("days", "reason"),
    "petition.interim_report": ("text",), "petition.open_mediation": ("text", "respondent"),
    "petition.switch_to_ordinary": ("reason",), "petition.ask_review": ("reason",),
    "petition.decide_review": ("ruling", "text"), "petition.ask_recheck": ("reason",),
    "petition.start_hearing": ("planned_end",), "petition.end_hearing": ("record",),
    "petition.decide_recheck": ("ruling", "text"),
    "whistle.blow": ("departments",), "whistle.return_proposal": ("reason",),
    "whistle.rule_objection": ("department", "released"), "whistle.report": ("person",),
    "whistle.fix_tasks": ("tasks",), "whistle.decide_escalation": ("lead", "text"),
    "whistle.release_task": ("order",), "whistle.handled": ("result",), "whistle.send_back": ("reason",),
    "whistle.rate_department": ("department", "response", "quality"),
    "whistle.rate_blower": ("need", "preparation"),
}  # fmt: skip
"""What an act must say; what objections, waivers and opinions must say is asked under their own rules."""

OUTCOMES: Mapping[tuple[str, str], frozenset[str]] = {
    ("order", "withdrawn"): frozenset({"withdraw"}),
    ("order", "recalled"): frozenset({"recall"}),
    ("order", "merged"): frozenset({"order.merge"}),
    ("order", "diverted"): frozenset({"order.divert"}),
    ("order", "returned"): frozenset({"order.uphold_return"}),
    ("order", "whistled"): frozenset({"order.close"}),
    ("order", "done"): frozenset({"order.close", "order.accept_result", "lapse order.check"}),
    ("mediation", "refused"): frozenset({"mediation.refuse"}),
    ("mediation", "withdrawn"): frozenset({"withdraw"}),
    ("mediation", "not_accepted"): frozenset({"mediation.reject", "lapse mediation.consent"}),
    ("mediation", "failed"): frozenset({"mediation.end", "mediation.conference"}),
    **dict.fromkeys(
        (("mediation", "agreed_performed"), ("mediation", "agreed_unperformed")),
        frozenset(
            {
                "mediation.return_visit", "mediation.confirm", "mediation.skip_confirmation",
                "lapse mediation.confirm",
            }
        ),
    ),
    ("petition", "withdrawn"): frozenset({"withdraw"}),
    ("petition", "not_accepted"): frozenset({"petition.refuse_intake", "petition.notice"}),
    ("petition", "diverted"): frozenset({"petition.sort"}),
    ("petition", "transferred"): frozenset({"petition.reply"}),
    ("petition", "answered"): frozenset(
        {"petition.reply", "lapse petition.review_ask", "lapse petition.recheck_ask"}
    ),
    ("petition", "final"): frozenset({"petition.decide_recheck"}),
    ("whistle", "proposal_returned"): frozenset({"whistle.return_proposal"}),
    ("whistle", "stood_down"): frozenset(
        {"whistle.rate_department", "whistle.rate_blower", "lapse whistle.rate", "lapse whistle.rate_blower"}
    ),
}  # fmt: skip
"""Kind of case and outcome → the acts, and lapses of duties, that a case may end on that way."""

ARTICLES = frozenset(
    {
        WRITTEN,
        "《北京市接诉即办工作条例》第15条",
        "《北京市街道办事处条例》第17条",
        "《北京市街道办事处条例》第44条",
        *(f"《人民调解法》第{number}条" for number in (25, 26, 29, 31, 33)),
        *(f"《信访工作条例》第{number}条" for number in (24, 25, 31, 34, 36)),
    }
)
"""Articles that an event may cite where it cites no limit of the edition."""
