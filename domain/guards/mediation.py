"""Rules of single acts in people's mediation."""

from datetime import date, timedelta

from domain.actors import Actor
from domain.acts import Act, mediation
from domain.calendar import CST
from domain.duties import DutyKind
from domain.guards.codes import Done, Form, GuardCode, Objection, Ready, held, missing_from, reaches_accused
from domain.openings import MediationOpening
from domain.rulebook import Rulebook
from domain.state import Case

_LONGEST_REST = timedelta(days=366)
_LONGEST_PERFORMANCE = timedelta(days=30 * 366)
"""Terms are performed within a working life; calendars answer for no day much later."""


def accept_dispute(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """Notice comes first (《人民调解工作若干规定》第30条); nobody is mediated against a refusal (第17条)."""
    untold = tuple(each for each in case.parties if each not in case.noticed)
    if untold:
        return GuardCode.NOTICE_MISSING, untold
    unwilling = tuple(each for each in case.parties if each not in case.consented)
    return (GuardCode.CONSENT_MISSING, unwilling) if unwilling else None


def consent(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """A party consents after it was told its rights."""
    return None if actor.party in case.noticed else (GuardCode.NOTICE_MISSING, (str(actor.party),))


def serve_notice(case: Case, act: mediation.ServeNotice, actor: Actor, rules: Rulebook) -> Objection:
    """The notice goes to a party of this dispute."""
    return None if act.to in case.parties else (GuardCode.NOT_A_PARTY, (act.to,))


def sit(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """Nobody sits while the matter rests; a mediator whom all parties chose sits alone (第19、23条)."""
    if case.mediator not in (None, actor.account):
        return GuardCode.NOT_CHOSEN, (str(case.mediator),)
    return at_work(case, actor, rules)


def hold_session(case: Case, act: mediation.HoldSession, actor: Actor, rules: Rulebook) -> Objection:
    """Third persons sit in only with the parties' consent (《人民调解法》第20条)."""
    if act.third_persons and not act.third_persons_consented:
        return GuardCode.THIRD_PERSON_CONSENT_MISSING, ()
    return None


def at_work(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """The matter does not rest."""
    return (GuardCode.SUSPENDED, ()) if held(case, DutyKind.MEDIATION_SUSPENSION) else None


def suspend(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """Clocks that the edition lets consent stop."""
    sitting = held(case, DutyKind.MEDIATION_MEDIATE)
    if sitting is None or "consent" not in rules.limits[sitting.duty.rule].pausable_by:
        return GuardCode.NOT_PAUSABLE, ()
    return at_work(case, actor, rules)


def everyone_suspends(case: Case, act: mediation.Suspend, actor: Actor, rules: Rulebook) -> Objection:
    """By recorded consent of all, and not for ever."""
    return _not_too_far(case, act.until, _LONGEST_REST) or missing_from(case, act.consenting)


def resume(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """What goes on had been resting."""
    return None if held(case, DutyKind.MEDIATION_SUSPENSION) else (GuardCode.NOT_SUSPENDED, ())


def extend(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """Only a month that still runs is made longer."""
    month = held(case, DutyKind.MEDIATION_TOTAL)
    return (GuardCode.EXTENSION_LATE, ()) if month is None else at_work(case, actor, rules)


def everyone_extends(case: Case, act: mediation.ExtendByConsent, actor: Actor, rules: Rulebook) -> Objection:
    """Beyond the month only by recorded consent of all (《深圳经济特区矛盾纠纷多元化解条例》第25条)."""
    return missing_from(case, act.consenting)


def decide_conference(
    case: Case, act: mediation.DecideConference, actor: Actor, rules: Rulebook
) -> Objection:
    """The conference goes on only if all parties consent; it may end by itself."""
    return missing_from(case, act.consenting) if act.decision is mediation.Conference.EXTEND else None


def agree(case: Case, act: mediation.Agree, actor: Actor, rules: Rulebook) -> Objection:
    """The time of performance (第29条) is one that somebody can look after."""
    return _not_too_far(case, act.perform_by, _LONGEST_PERFORMANCE)


def _not_too_far(case: Case, day: date, longest: timedelta) -> Objection:
    latest = case.last_at.astimezone(CST).date() + longest
    return (GuardCode.TOO_FAR, (latest.isoformat(),)) if day > latest else None


def sign_agreement(case: Case, act: mediation.SignAgreement, actor: Actor, rules: Rulebook) -> Objection:
    """Staff record a signature only from the paper that bears it."""
    if actor.on_behalf_of is not None and act.scan is None:
        return GuardCode.PAPER_MISSING, (actor.on_behalf_of,)
    return None


def seal_agreement(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """All parties have signed (第29条); on paper where e-signature does not hold (《电子签名法》第3条)."""
    unsigned = tuple(each for each in case.parties if each not in case.signed)
    if unsigned:
        return GuardCode.SIGNATURE_MISSING, unsigned
    paper_only = isinstance(case.opening, MediationOpening) and case.opening.paper_only
    missing = tuple(each for each in case.parties if each not in case.on_paper) if paper_only else ()
    return (GuardCode.PAPER_MISSING, missing) if missing else None


def place_order(case: Case, act: mediation.PlaceOrder, actor: Actor, rules: Rulebook) -> Objection:
    """Where the dispute is part of a petition, whom that accuses gets nothing (《信访工作条例》第30条)."""
    return reaches_accused(case, act.unit)


def everyone_applies(
    case: Case, act: mediation.ApplyConfirmation, actor: Actor, rules: Rulebook
) -> Objection:
    """Confirmation is applied for together (第33条)."""
    return missing_from(case, act.applicants)


def has_consented(case: Case, actor: Actor) -> bool:
    """Consent is given once."""
    return actor.party in case.consented


def all_are_told(case: Case, actor: Actor) -> bool:
    """Every party has its notice."""
    return case.noticed.issuperset(case.parties)


def has_signed(case: Case, actor: Actor) -> bool:
    """These terms bear the party's signature, on paper where that is needed."""
    paper_only = isinstance(case.opening, MediationOpening) and case.opening.paper_only
    return actor.party in (case.on_paper if paper_only else case.signed)


DONE: dict[type[Act], Done] = {
    mediation.Consent: has_consented,
    mediation.ServeNotice: all_are_told,
    mediation.SignAgreement: has_signed,
}
READY: dict[type[Act], Ready] = {
    mediation.AcceptDispute: accept_dispute,
    mediation.Consent: consent,
    mediation.HoldSession: sit,
    mediation.Agree: sit,
    mediation.Investigate: at_work,
    mediation.PlaceOrder: at_work,
    mediation.AskEscalation: at_work,
    mediation.EndWithoutAgreement: at_work,
    mediation.Suspend: suspend,
    mediation.Resume: resume,
    mediation.ExtendByConsent: extend,
    mediation.SealAgreement: seal_agreement,
}
FORMS: dict[type[Act], Form] = {
    mediation.ServeNotice: serve_notice,
    mediation.HoldSession: hold_session,
    mediation.Agree: agree,
    mediation.PlaceOrder: place_order,
    mediation.Suspend: everyone_suspends,
    mediation.ExtendByConsent: everyone_extends,
    mediation.DecideConference: decide_conference,
    mediation.SignAgreement: sign_agreement,
    mediation.ApplyConfirmation: everyone_applies,
}
