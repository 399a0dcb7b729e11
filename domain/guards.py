"""Rules of single acts: what must hold, besides turn and right, before the act is allowed."""

from collections.abc import Callable
from enum import StrEnum

from domain.actors import Actor
from domain.acts import Act, base, mediation, order, petition, whistle
from domain.duties import DutyKind
from domain.openings import MediationOpening, OrderOpening
from domain.organisation import within
from domain.rulebook import Rulebook
from domain.state import Case, OpenDuty
from domain.vocabulary import Note, Outcome, Role, Share, Unit

Objection = tuple[str, tuple[str, ...]] | None
Guard = Callable[[Case, Act, Actor, Rulebook], Objection]


class GuardCode(StrEnum):
    """Why an act is refused though it is its turn."""

    NOTICE_MISSING = "notice_missing"
    CONSENT_MISSING = "consent_missing"
    THIRD_PERSON_CONSENT_MISSING = "third_person_consent_missing"
    SIGNATURE_MISSING = "signature_missing"
    PAPER_MISSING = "paper_missing"
    ALL_PARTIES_NEEDED = "all_parties_needed"
    NOT_A_PARTY = "not_a_party"
    PARTS_OPEN = "parts_open"
    EXTENSION_USED = "extension_used"
    EXTENSION_TOO_LONG = "extension_too_long"
    EXTENSION_LATE = "extension_late"
    PATH_NEEDED = "path_needed"
    ACCUSED_NEEDED = "accused_needed"
    ACCUSED_UNIT = "accused_unit"
    COMMUNITY_AS_LEAD = "community_as_lead"
    UNKNOWN_ORDER = "unknown_order"
    RETURN_LATE = "return_late"
    RETURN_SETTLED = "return_settled"
    SEND_BACK_USED = "send_back_used"
    OBJECTED_BEFORE = "objected_before"
    NO_OBJECTION = "no_objection"
    NOT_SIMPLE = "not_simple"
    SIMPLE_NEEDS_ONE_UNIT = "simple_needs_one_unit"
    HEARING_RUNS = "hearing_runs"
    NO_HEARING = "no_hearing"
    SAME_CASE = "same_case"
    NOT_ANOTHERS = "not_anothers"


def _served_everyone(case: Case) -> Objection:
    missing = tuple(p for p in case.parties if p not in case.noticed)
    return (GuardCode.NOTICE_MISSING, missing) if missing else None


def accept_dispute(case: Case, act: Act, actor: Actor, rules: Rulebook) -> Objection:
    """Notice before mediation (《人民调解工作若干规定》第30条); nobody is mediated against a refusal (第17条)."""
    missing = tuple(p for p in case.parties if p not in case.consented)
    return _served_everyone(case) or ((GuardCode.CONSENT_MISSING, missing) if missing else None)


def consent(case: Case, act: mediation.Consent, actor: Actor, rules: Rulebook) -> Objection:
    """A party consents after it was told its rights."""
    if actor.party not in case.noticed:
        return GuardCode.NOTICE_MISSING, (str(actor.party),)
    return None


def serve_notice(case: Case, act: mediation.ServeNotice, actor: Actor, rules: Rulebook) -> Objection:
    """The notice goes to a party of this dispute."""
    return None if act.to in case.parties else (GuardCode.NOT_A_PARTY, (act.to,))


def hold_session(case: Case, act: mediation.HoldSession, actor: Actor, rules: Rulebook) -> Objection:
    """Third persons sit in only with the parties' consent (《人民调解法》第20条)."""
    if act.third_persons and not act.third_persons_consented:
        return GuardCode.THIRD_PERSON_CONSENT_MISSING, ()
    return None


def seal_agreement(case: Case, act: Act, actor: Actor, rules: Rulebook) -> Objection:
    """All parties have signed (第29条); on paper where e-signature does not hold (《电子签名法》第3条)."""
    if case.agreement is not None and case.agreement.form is mediation.Form.ORAL:
        return None
    unsigned = tuple(p for p in case.parties if p not in case.signed)
    if unsigned:
        return GuardCode.SIGNATURE_MISSING, unsigned
    paper_only = isinstance(case.opening, MediationOpening) and case.opening.paper_only
    missing = tuple(p for p in case.parties if p not in case.on_paper) if paper_only else ()
    return (GuardCode.PAPER_MISSING, missing) if missing else None


def everyone_applies(case: Case, act: mediation.ApplyConfirmation, actor: Actor, rules: Rulebook) -> Objection:
    """Confirmation is applied for together (第33条)."""
    missing = tuple(p for p in case.parties if p not in act.applicants)
    return (GuardCode.ALL_PARTIES_NEEDED, missing) if missing else None


def everyone_extends(case: Case, act: mediation.ExtendByConsent, actor: Actor, rules: Rulebook) -> Objection:
    """Beyond the month only by recorded consent of all."""
    missing = tuple(p for p in case.parties if p not in act.consenting)
    return (GuardCode.ALL_PARTIES_NEEDED, missing) if missing else None


def sort(case: Case, act: petition.Sort, actor: Actor, rules: Rulebook) -> Objection:
    """A claim says its way (第31条), an accusation whom it names (第30条)."""
    match act.category:
        case petition.Category.CLAIM if act.path is None:
            return GuardCode.PATH_NEEDED, ()
        case petition.Category.ACCUSATION if act.accused is None:
            return GuardCode.ACCUSED_NEEDED, ()
        case _:
            return None


def _reaches_accused(case: Case, *units: Unit) -> Objection:
    if case.accused is None:
        return None
    reached = tuple(u for u in units if within(u, case.accused))
    return (GuardCode.ACCUSED_UNIT, reached) if reached else None


def transfer(case: Case, act: petition.Transfer, actor: Actor, rules: Rulebook) -> Objection:
    """An accusation never reaches the accused or a subordinate (第30条第3款)."""
    return _reaches_accused(case, act.unit)


def _not_community(case: Case, lead: Unit) -> Objection:
    community = case.opening.offices.community
    return (GuardCode.COMMUNITY_AS_LEAD, (lead,)) if within(lead, community) else None


def split(case: Case, act: petition.Split, actor: Actor, rules: Rulebook) -> Objection:
    """The accused get nothing; a community never leads an off-list matter (《接诉即办工作条例》第17条第2款)."""
    units = {line.unit for line in act.orders}
    if case.sorting is not None and case.sorting.simple and len(units) > 1:
        return GuardCode.SIMPLE_NEEDS_ONE_UNIT, tuple(sorted(units))
    return _reaches_accused(case, *units) or _not_community(case, act.lead.unit)


def fix_tasks(case: Case, act: whistle.FixTasks, actor: Actor, rules: Rulebook) -> Objection:
    """A community that had to blow is never made the lead."""
    lead = next(task.unit for task in act.tasks if task.share is Share.LEAD)
    return _not_community(case, lead)


def reassign(case: Case, act: petition.Reassign, actor: Actor, rules: Rulebook) -> Objection:
    """Only a returned order is given away again, and not to the accused."""
    return _returned_order(case, act.order) or _reaches_accused(case, act.unit)


def refer(case: Case, act: petition.ReferJurisdiction, actor: Actor, rules: Rulebook) -> Objection:
    """A dispute is about a returned order."""
    return _returned_order(case, act.order)


def settle(case: Case, act: petition.SettleJurisdiction, actor: Actor, rules: Rulebook) -> Objection:
    """As for a reassignment."""
    return _returned_order(case, act.order) or _reaches_accused(case, act.unit)


def _returned_order(case: Case, number: str) -> Objection:
    part = case.parts.get(number)  # type: ignore[call-overload]
    if part is None or part.outcome is not Outcome.RETURNED or part.waived:
        return GuardCode.UNKNOWN_ORDER, (number,)
    return None


def waive(case: Case, act: petition.WaiveOrder, actor: Actor, rules: Rulebook) -> Objection:
    """Only an order of this case that still runs or came back can be waived."""
    part = case.parts.get(act.order)
    return (GuardCode.UNKNOWN_ORDER, (act.order,)) if part is None or part.settled else None


def issue_opinion(case: Case, act: Act, actor: Actor, rules: Rulebook) -> Objection:
    """The parent answers only when every mandatory order is closed or waived with a reason."""
    waiting = tuple(p.number for p in case.awaited_parts)
    return (GuardCode.PARTS_OPEN, waiting) if waiting else None


def _held(case: Case, kind: DutyKind) -> OpenDuty | None:
    return next((h for h in case.duties.values() if h.duty.kind is kind), None)


def petition_extension(
    case: Case, act: petition.AskExtension | petition.GrantHandlingExtension, actor: Actor, rules: Rulebook
) -> Objection:
    """At most once, at most 30 natural days, before expiry (《信访工作条例》第34条)."""
    longest = int(rules.limits["petition.extension"].n)
    held = _held(case, DutyKind.PETITION_HANDLE)
    if case.extensions:
        return GuardCode.EXTENSION_USED, ()
    if not 1 <= act.days <= longest:
        return GuardCode.EXTENSION_TOO_LONG, (str(longest),)
    if held is None or held.breached:
        return GuardCode.EXTENSION_LATE, ()
    return None


def order_extension(
    case: Case, act: order.RequestExtension | order.GrantExtension, actor: Actor, rules: Rulebook
) -> Objection:
    """One extension, within the limit, before expiry."""
    longest = int(rules.limits["order.extension"].n)
    held = _held(case, DutyKind.ORDER_HANDLE)
    if case.extensions:
        return GuardCode.EXTENSION_USED, ()
    if not 1 <= act.days <= longest:
        return GuardCode.EXTENSION_TOO_LONG, (str(longest),)
    if held is None or held.breached:
        return GuardCode.EXTENSION_LATE, ()
    return None


def return_order(case: Case, act: order.Return, actor: Actor, rules: Rulebook) -> Objection:
    """Within the days of objection; after a ruling never again (潍坊条例第22条)."""
    parent = case.opening.parent if isinstance(case.opening, OrderOpening) else None
    if case.notes & {Note.RETURN_REFUSED} or (parent is not None and not parent.returnable):
        return GuardCode.RETURN_SETTLED, ()
    held = _held(case, DutyKind.ORDER_ACCEPT)
    return (GuardCode.RETURN_LATE, ()) if held is not None and held.breached else None


def send_back_order(case: Case, act: Act, actor: Actor, rules: Rulebook) -> Objection:
    """The result goes back so often and no oftener."""
    return (GuardCode.SEND_BACK_USED, ()) if case.send_backs >= rules.figures["order.send_back_max"].n else None


def send_back_whistle(case: Case, act: Act, actor: Actor, rules: Rulebook) -> Objection:
    """At most twice."""
    return (GuardCode.SEND_BACK_USED, ()) if case.send_backs >= rules.figures["whistle.send_back_max"].n else None


def object_whistle(case: Case, act: Act, actor: Actor, rules: Rulebook) -> Objection:
    """A department objects once."""
    return (GuardCode.OBJECTED_BEFORE, ()) if actor.unit in case.objected else None


def merge(case: Case, act: order.Merge, actor: Actor, rules: Rulebook) -> Objection:
    """A case cannot be its own duplicate, nor that of its parts."""
    return (GuardCode.SAME_CASE, (act.into,)) if act.into in case.parts else None


def switch(case: Case, act: Act, actor: Actor, rules: Rulebook) -> Objection:
    """Only a simple case can become ordinary."""
    return None if case.sorting is not None and case.sorting.simple else (GuardCode.NOT_SIMPLE, ())


def start_hearing(case: Case, act: Act, actor: Actor, rules: Rulebook) -> Objection:
    """One hearing at a time."""
    held = _held(case, DutyKind.PETITION_RECHECK)
    return (GuardCode.HEARING_RUNS, ()) if held is not None and held.paused else None


def end_hearing(case: Case, act: Act, actor: Actor, rules: Rulebook) -> Objection:
    """What ends has begun."""
    held = _held(case, DutyKind.PETITION_RECHECK)
    return None if held is not None and held.paused else (GuardCode.NO_HEARING, ())


def decide_recheck(case: Case, act: Act, actor: Actor, rules: Rulebook) -> Objection:
    """Nothing is decided while the hearing runs."""
    return start_hearing(case, act, actor, rules)


def recuse(case: Case, act: base.Recuse, actor: Actor, rules: Rulebook) -> Objection:
    """One steps aside oneself, or one's head decides it."""
    own = act.account == actor.account or actor.role in (Role.UNIT_HEAD, Role.PETITION_OFFICER, Role.DISPATCHER)
    return None if own else (GuardCode.NOT_ANOTHERS, (act.account,))


GUARDS: dict[type[Act], Guard] = {  # each guard is called with the act it is filed under
    base.Recuse: recuse,
    mediation.AcceptDispute: accept_dispute,
    mediation.ServeNotice: serve_notice,
    mediation.Consent: consent,
    mediation.HoldSession: hold_session,
    mediation.SealAgreement: seal_agreement,
    mediation.ApplyConfirmation: everyone_applies,
    mediation.ExtendByConsent: everyone_extends,
    order.Return: return_order,
    order.RequestExtension: order_extension,
    order.GrantExtension: order_extension,
    order.SendBack: send_back_order,
    order.Merge: merge,
    petition.Sort: sort,
    petition.Transfer: transfer,
    petition.Split: split,
    petition.Reassign: reassign,
    petition.ReferJurisdiction: refer,
    petition.SettleJurisdiction: settle,
    petition.AskExtension: petition_extension,
    petition.GrantHandlingExtension: petition_extension,
    petition.WaiveOrder: waive,
    petition.SwitchToOrdinary: switch,
    petition.IssueOpinion: issue_opinion,
    petition.StartHearing: start_hearing,
    petition.EndHearing: end_hearing,
    petition.DecideRecheck: decide_recheck,
    whistle.ObjectWhistle: object_whistle,
    whistle.SendBackWhistle: send_back_whistle,
    whistle.FixTasks: fix_tasks,
    whistle.ReportHandled: issue_opinion,
}  # type: ignore[dict-item]
"""Act → its rule."""

NEEDS_NO_FIELDS: frozenset[type[Act]] = frozenset(
    {
        mediation.AcceptDispute, mediation.Consent, mediation.SealAgreement, order.Return, order.SendBack,
        petition.SwitchToOrdinary, petition.IssueOpinion, petition.StartHearing, petition.EndHearing,
        petition.DecideRecheck, whistle.ObjectWhistle, whistle.SendBackWhistle, whistle.ReportHandled,
    }
)  # fmt: skip
"""Acts whose rule can be asked before the form is filled in."""
