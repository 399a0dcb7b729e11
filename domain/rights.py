"""Standing rights: acts that need no open duty, who holds them, and what they do to a procedure."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from domain.actors import Actor
from domain.acts import Act, base, mediation, order, petition, whistle
from domain.openings import MediationOpening, OrderOpening, PetitionOpening, WhistleOpening
from domain.organisation import within
from domain.state import Case
from domain.vocabulary import CaseKind, Role, Stage

Holder = Callable[[Case, Actor], bool]


class Effect(StrEnum):
    """What the procedure notices of a standing act."""

    RECORD = "record"
    """Nothing: the act is put on the record."""
    DELIVER = "deliver"
    """It finds the act among what it waits for."""
    INTERRUPT = "interrupt"
    """It breaks off whatever it waits for."""


@dataclass(frozen=True, slots=True)
class Right:
    """One standing right; `stages` None means as long as the case is open."""

    act: type[Act]
    holder: Holder
    effect: Effect
    kinds: frozenset[CaseKind]
    stages: frozenset[Stage] | None = None

    def applies(self, case: Case) -> bool:
        """Whether the case is where the right can be used."""
        return case.kind in self.kinds and (self.stages is None or case.stage in self.stages)


RECORDERS = frozenset(
    {
        Role.GRID_WORKER,
        Role.COMMUNITY_WORKER,
        Role.COMMUNITY_SECRETARY,
        Role.DISPATCHER,
        Role.MEDIATOR,
        Role.PETITION_OFFICER,
        Role.HANDLER,
    }
)
"""Staff who may write down what a party says."""

PRESSERS = frozenset({Role.SUPERVISOR, Role.JOINT_OFFICE, Role.GOVERNMENT_OFFICE, Role.PETITION_OFFICER})
"""Offices that supervise and press 督办 (《信访工作条例》第14、40条)."""

ADMINISTRATORS = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})
"""Those who keep the machinery; cases are none of their business."""


def is_party(case: Case, actor: Actor) -> bool:
    """A party of the case, or staff who write down what it says."""
    return actor.party is not None and actor.party in case.parties


def is_applicant(case: Case, actor: Actor) -> bool:
    """The party that brought the matter; where a worker found it, that worker."""
    match case.opening:
        case MediationOpening(applicants=applicants):
            return actor.party in applicants
        case OrderOpening(applicant=None):
            return actor.account == case.opener.account
        case OrderOpening(applicant=applicant):
            return actor.party == applicant
        case PetitionOpening(petitioner=petitioner):
            return actor.party == petitioner
        case _:
            return actor.account == case.opener.account


def is_involved_staff(case: Case, actor: Actor) -> bool:
    """Staff of a unit that the case has touched."""
    return actor.unit in case.units and actor.role not in ADMINISTRATORS and actor.role is not Role.AUDITOR


def is_party_or_staff(case: Case, actor: Actor) -> bool:
    """Anyone with a part in the case."""
    return is_party(case, actor) or is_involved_staff(case, actor)


def owes_overdue(case: Case, actor: Actor) -> bool:
    """The owner of a duty that is overdue."""
    return any(held.breached and held.duty.owner.is_met_by(actor) for held in case.duties.values())


def is_own_part(case: Case, actor: Actor) -> bool:
    """A case that this case opened, not heard of before."""
    part = case.parts.get(actor.account)  # type: ignore[call-overload]
    return actor.role is Role.CASE and part is not None and part.outcome is None


def is_parent(case: Case, actor: Actor) -> bool:
    """The case that opened this one."""
    return actor.role is Role.CASE and case.parent is not None and case.parent.number == actor.account


def is_hotline_desk(case: Case, actor: Actor) -> bool:
    """The desk of the hotline that took the call: it stands under no town."""
    desk = case.opener.unit
    took_it = actor.role is Role.DISPATCHER and desk is not None and actor.unit == case.standing(desk)
    return took_it and actor.unit is not None and not within(actor.unit, case.opening.offices.town)


def _role_in(*roles: Role) -> Holder:
    return lambda case, actor: actor.role in roles


def _is_lead_head(case: Case, actor: Actor) -> bool:
    return actor.role is Role.UNIT_HEAD and actor.unit == case.lead


def _is_blower(case: Case, actor: Actor) -> bool:
    opening = case.opening
    if not isinstance(opening, WhistleOpening):
        return False
    return actor.unit == case.standing(opening.blower) and actor.role in _BLOWERS


_BLOWERS = frozenset({Role.TOWN_LEADER, Role.TOWN_SECRETARY, Role.UNIT_HEAD, Role.DISPATCHER})
_ALL = frozenset(CaseKind)
_BEFORE_AGREEMENT = frozenset(
    {Stage.REGISTERED, Stage.SIGNED, Stage.VISITED, Stage.CONSENTING, Stage.MEDIATING, Stage.JOINT_CONFERENCE}
)
_MEDIATING = frozenset({Stage.MEDIATING})
_ONCE_AGREED = frozenset({Stage.AGREED, Stage.PERFORMING})
_BEFORE_OPINION = frozenset(
    {Stage.REGISTERED, Stage.SORTING, Stage.SPLITTING, Stage.ACCEPTING, Stage.HANDLING}
)
_BEFORE_RESULT = frozenset(
    {
        Stage.REGISTERED, Stage.REVIEWING, Stage.DISPATCHING, Stage.CLAIMING, Stage.ASSIGNING,
        Stage.ACCEPTING, Stage.HANDLING,
    }
)  # fmt: skip


_ORDER, _MEDIATION, _PETITION, _WHISTLE = (
    frozenset({kind}) for kind in (CaseKind.ORDER, CaseKind.MEDIATION, CaseKind.PETITION, CaseKind.WHISTLE)
)


RIGHTS: tuple[Right, ...] = (
    Right(base.Withdraw, is_applicant, Effect.INTERRUPT, _ORDER, _BEFORE_RESULT),
    Right(base.Withdraw, is_applicant, Effect.INTERRUPT, _MEDIATION, _BEFORE_AGREEMENT),
    Right(base.Withdraw, is_applicant, Effect.INTERRUPT, _PETITION, _BEFORE_OPINION),
    Right(base.Supplement, is_party_or_staff, Effect.RECORD, _ALL),
    Right(base.Attach, is_party_or_staff, Effect.RECORD, _ALL),
    Right(base.ExplainDelay, owes_overdue, Effect.RECORD, _ALL),
    Right(base.Urge, _role_in(*PRESSERS), Effect.RECORD, _ALL),
    Right(base.Recuse, is_involved_staff, Effect.RECORD, _ALL),
    Right(base.AdoptCalendar, _role_in(Role.SYSTEM_ADMIN), Effect.RECORD, _ALL),
    Right(base.Succeed, _role_in(Role.SYSTEM_ADMIN), Effect.RECORD, _ALL),
    Right(base.PartClosed, is_own_part, Effect.DELIVER, _ALL),
    Right(base.Recall, is_parent, Effect.INTERRUPT, _ORDER),
    Right(base.ChangeChecker, is_parent, Effect.DELIVER, _ORDER),
    Right(base.JoinTwin, _role_in(Role.CASE), Effect.RECORD, _ALL),
    Right(order.AskWhistle, is_hotline_desk, Effect.DELIVER, _ORDER, frozenset({Stage.DISPATCHING})),
    Right(mediation.Refuse, is_party, Effect.INTERRUPT, _MEDIATION, _BEFORE_AGREEMENT | {Stage.AGREED}),
    Right(mediation.ReportRisk, is_party_or_staff, Effect.INTERRUPT, _MEDIATION, _BEFORE_AGREEMENT),
    Right(mediation.ReportRisk, is_party_or_staff, Effect.DELIVER, _MEDIATION, _ONCE_AGREED),
    Right(mediation.Consent, is_party, Effect.RECORD, _MEDIATION, frozenset({Stage.CONSENTING})),
    Right(
        mediation.ChooseMediator, is_party, Effect.RECORD, _MEDIATION,
        frozenset({Stage.CONSENTING, Stage.MEDIATING}),
    ),
    Right(mediation.AskEscalation, is_party, Effect.DELIVER, _MEDIATION, _MEDIATING),
    Right(mediation.Resume, is_party, Effect.DELIVER, _MEDIATION, _MEDIATING),
    Right(mediation.SignAgreement, is_party, Effect.RECORD, _MEDIATION, frozenset({Stage.AGREED})),
    Right(
        petition.SwitchToOrdinary, _is_lead_head, Effect.DELIVER, _PETITION,
        frozenset({Stage.ACCEPTING, Stage.HANDLING}),
    ),
    Right(whistle.ReleaseTask, _is_blower, Effect.DELIVER, _WHISTLE, frozenset({Stage.HANDLING})),
)  # fmt: skip
"""Every standing right. An act is allowed if an open duty admits it or one of these does, and only then."""
