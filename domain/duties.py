"""Duties: who must do what by when under which rule, and which acts each kind of duty admits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from domain.actors import Owner
from domain.acts import base, mediation, order, petition, whistle
from domain.acts.base import Act


class Nature(StrEnum):
    """An obligation is breached when it lapses; a window merely closes."""

    OBLIGATION = "obligation"
    WINDOW = "window"


class Mark(StrEnum):
    """What happens to an open duty at an instant besides its lapse."""

    REMINDED = "reminded"
    URGED = "urged"
    """催办, the working day after a breach."""
    BULLETIN = "bulletin"
    """通报, when no reason was given in the days after the urging."""


class DutyKind(StrEnum):
    """Everything that people of this field can owe."""

    ORDER_REVIEW = "order.review"
    ORDER_DISPATCH = "order.dispatch"
    ORDER_ACCEPT = "order.accept"
    ORDER_CLAIM = "order.claim"
    ORDER_ASSIGN = "order.assign"
    ORDER_RETURN_RULING = "order.return_ruling"
    ORDER_HANDLE = "order.handle"
    ORDER_EXTENSION_DECISION = "order.extension_decision"
    ORDER_CHECK = "order.check"
    ORDER_RATE = "order.rate"
    ORDER_COMMUNITY_RATE = "order.community_rate"
    ORDER_CLOSE = "order.close"

    MEDIATION_SIGN = "mediation.sign"
    MEDIATION_FIRST_VISIT = "mediation.first_visit"
    MEDIATION_GRADE = "mediation.grade"
    MEDIATION_CONSENT = "mediation.consent"
    MEDIATION_TOTAL = "mediation.total"
    MEDIATION_MEDIATE = "mediation.mediate"
    MEDIATION_SUSPENSION = "mediation.suspension"
    MEDIATION_JOINT = "mediation.joint"
    MEDIATION_AGREEMENT = "mediation.agreement"
    MEDIATION_CONFIRM = "mediation.confirm"
    MEDIATION_PERFORMANCE = "mediation.performance"
    MEDIATION_RETURN_VISIT = "mediation.return_visit"

    PETITION_ROUTE = "petition.route"
    PETITION_SORT = "petition.sort"
    PETITION_TRANSFER = "petition.transfer"
    PETITION_REPLY = "petition.reply"
    PETITION_SPLIT = "petition.split"
    PETITION_REASSIGN = "petition.reassign"
    PETITION_NEGOTIATE = "petition.jurisdiction_negotiate"
    PETITION_DECIDE = "petition.jurisdiction_decide"
    PETITION_DESIGNATE = "petition.jurisdiction_designate"
    PETITION_NOTICE = "petition.notice"
    PETITION_HANDLE = "petition.handle"
    PETITION_EXTENSION_DECISION = "petition.extension_decision"
    PETITION_SERVE = "petition.serve"
    PETITION_RATE = "petition.rate"
    PETITION_REVIEW_ASK = "petition.review_ask"
    PETITION_REVIEW = "petition.review"
    PETITION_RECHECK_ASK = "petition.recheck_ask"
    PETITION_RECHECK = "petition.recheck"
    PETITION_HEARING = "petition.hearing"

    WHISTLE_APPROVE = "whistle.approve"
    WHISTLE_RATIFY = "whistle.ratify"
    WHISTLE_SIGN = "whistle.sign"
    WHISTLE_CONTACT = "whistle.contact"
    WHISTLE_REPORT = "whistle.report"
    WHISTLE_OBJECTION_RULING = "whistle.objection_ruling"
    WHISTLE_MEET = "whistle.meet"
    WHISTLE_HANDLE = "whistle.handle"
    WHISTLE_STAND_DOWN = "whistle.stand_down"
    WHISTLE_ESCALATION = "whistle.escalation"
    WHISTLE_RATE = "whistle.rate"
    WHISTLE_RATE_BLOWER = "whistle.rate_blower"


@dataclass(frozen=True, slots=True)
class DutySpec:
    """What a kind of duty admits while it is open, and which of those acts fulfil it."""

    fulfilled_by: tuple[type[Act], ...]
    also_admits: tuple[type[Act], ...] = ()
    nature: Nature = Nature.OBLIGATION

    def admits(self, act: type[Act]) -> bool:
        """Whether the owner of such a duty may do this act."""
        return act in self.fulfilled_by or act in self.also_admits


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty of one case.

    `rule` is the limit that gave the two dates, counted from `counted_from` and never beyond `cap`;
    `about` tells duties of a kind apart (a level, a department, an order). An act at the very instant of
    `legal_due` is in time.
    """

    number: int
    kind: DutyKind
    owner: Owner
    rule: str
    counted_from: datetime
    internal_due: datetime
    legal_due: datetime
    nature: Nature = Nature.OBLIGATION
    provisional: bool = False
    about: str = ""
    cap: datetime | None = None
    marks: tuple[tuple[datetime, Mark], ...] = ()

    @property
    def spec(self) -> DutySpec:
        """What this kind of duty admits."""
        return SPECS[self.kind]


def _window(*acts: type[Act]) -> DutySpec:
    return DutySpec(acts, nature=Nature.WINDOW)


_ORDERS: dict[DutyKind, DutySpec] = {
    DutyKind.ORDER_REVIEW: DutySpec((order.AcceptNeed, order.Merge, order.Divert)),
    DutyKind.ORDER_DISPATCH: DutySpec((order.Dispatch, order.AskWhistle, order.Divert)),
    DutyKind.ORDER_ACCEPT: DutySpec((order.Accept, order.Return)),
    DutyKind.ORDER_CLAIM: _window(order.Accept, order.Decline),
    DutyKind.ORDER_ASSIGN: DutySpec((order.Assign, order.AskWhistle)),
    DutyKind.ORDER_RETURN_RULING: DutySpec((order.UpholdReturn, order.RefuseReturn)),
    DutyKind.ORDER_HANDLE: DutySpec((order.Complete,), (order.InterimReport, order.RequestExtension)),
    DutyKind.ORDER_EXTENSION_DECISION: DutySpec((order.GrantExtension, order.RefuseExtension)),
    DutyKind.ORDER_CHECK: DutySpec((order.AcceptResult, order.SendBack)),
    DutyKind.ORDER_RATE: _window(base.Rate, order.SendBack),
    DutyKind.ORDER_COMMUNITY_RATE: DutySpec((base.Rate, order.SendBack)),
    DutyKind.ORDER_CLOSE: DutySpec((order.CloseOrder,)),
}

_MEDIATIONS: dict[DutyKind, DutySpec] = {
    DutyKind.MEDIATION_SIGN: DutySpec((mediation.SignFor,)),
    DutyKind.MEDIATION_FIRST_VISIT: DutySpec((mediation.Visit,)),
    DutyKind.MEDIATION_GRADE: DutySpec((mediation.GradeRisk,)),
    DutyKind.MEDIATION_CONSENT: DutySpec(
        (mediation.AcceptDispute, mediation.RejectDispute), (mediation.ServeNotice,)
    ),
    DutyKind.MEDIATION_TOTAL: _window(),
    DutyKind.MEDIATION_MEDIATE: DutySpec(
        (mediation.Agree, mediation.AskEscalation, mediation.EndWithoutAgreement),
        (
            mediation.HoldSession,
            mediation.Investigate,
            mediation.PlaceOrder,
            mediation.ExtendByConsent,
            mediation.Suspend,
        ),
    ),
    DutyKind.MEDIATION_SUSPENSION: _window(mediation.Resume),
    DutyKind.MEDIATION_JOINT: DutySpec((mediation.DecideConference,)),
    DutyKind.MEDIATION_AGREEMENT: DutySpec((mediation.SealAgreement,)),
    DutyKind.MEDIATION_CONFIRM: _window(mediation.ApplyConfirmation, mediation.SkipConfirmation),
    DutyKind.MEDIATION_PERFORMANCE: DutySpec((mediation.ReportPerformance,)),
    DutyKind.MEDIATION_RETURN_VISIT: DutySpec((mediation.ReturnVisit,)),
}

_PETITIONS: dict[DutyKind, DutySpec] = {
    DutyKind.PETITION_ROUTE: DutySpec(()),
    DutyKind.PETITION_SORT: DutySpec((petition.Sort, petition.RefuseIntake)),
    DutyKind.PETITION_TRANSFER: DutySpec((petition.Transfer,)),
    DutyKind.PETITION_REPLY: DutySpec((petition.Reply,)),
    DutyKind.PETITION_SPLIT: DutySpec((petition.Split,)),
    DutyKind.PETITION_REASSIGN: DutySpec(
        (petition.Reassign, petition.ReferJurisdiction, petition.WaiveOrder)
    ),
    DutyKind.PETITION_NEGOTIATE: DutySpec((petition.SettleJurisdiction,)),
    DutyKind.PETITION_DECIDE: DutySpec((petition.SettleJurisdiction,)),
    DutyKind.PETITION_DESIGNATE: DutySpec((petition.SettleJurisdiction,)),
    DutyKind.PETITION_NOTICE: DutySpec((petition.GiveNotice,)),
    DutyKind.PETITION_HANDLE: DutySpec(
        (petition.IssueOpinion,),
        (petition.ReportInterim, petition.AskExtension, petition.WaiveOrder, petition.OpenMediation),
    ),
    DutyKind.PETITION_EXTENSION_DECISION: DutySpec(
        (petition.GrantHandlingExtension, petition.RefuseHandlingExtension)
    ),
    DutyKind.PETITION_SERVE: DutySpec((petition.Serve,)),
    DutyKind.PETITION_RATE: _window(base.Rate),
    DutyKind.PETITION_REVIEW_ASK: _window(petition.AskReview),
    DutyKind.PETITION_REVIEW: DutySpec((petition.DecideReview,)),
    DutyKind.PETITION_RECHECK_ASK: _window(petition.AskRecheck),
    DutyKind.PETITION_RECHECK: DutySpec((petition.DecideRecheck,), (petition.StartHearing,)),
    DutyKind.PETITION_HEARING: DutySpec((petition.EndHearing,)),
}

_WHISTLES: dict[DutyKind, DutySpec] = {
    DutyKind.WHISTLE_APPROVE: DutySpec((whistle.Blow, whistle.ReturnProposal)),
    DutyKind.WHISTLE_RATIFY: DutySpec((whistle.Ratify,)),
    DutyKind.WHISTLE_SIGN: DutySpec((whistle.SignWhistle,), (whistle.ObjectWhistle,)),
    DutyKind.WHISTLE_CONTACT: DutySpec((whistle.ContactBlower,)),
    DutyKind.WHISTLE_REPORT: DutySpec((whistle.ReportOnSite,)),
    DutyKind.WHISTLE_OBJECTION_RULING: DutySpec((whistle.RuleObjection,)),
    DutyKind.WHISTLE_MEET: DutySpec((whistle.FixTasks,)),
    DutyKind.WHISTLE_HANDLE: DutySpec((whistle.ReportHandled,)),
    DutyKind.WHISTLE_STAND_DOWN: DutySpec((whistle.StandDown, whistle.SendBackWhistle)),
    DutyKind.WHISTLE_ESCALATION: DutySpec((whistle.DecideEscalation,)),
    DutyKind.WHISTLE_RATE: _window(whistle.RateDepartment),
    DutyKind.WHISTLE_RATE_BLOWER: _window(whistle.RateBlower),
}

SPECS: Mapping[DutyKind, DutySpec] = MappingProxyType({**_ORDERS, **_MEDIATIONS, **_PETITIONS, **_WHISTLES})
"""Kind of duty → the acts that go with it."""
