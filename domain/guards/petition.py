"""Rules of single acts on a petition."""

from domain.actors import Actor
from domain.acts import Act, petition
from domain.duties import DutyKind
from domain.guards.codes import Form, GuardCode, Objection, Ready, held, not_community, reaches_accused
from domain.openings import PetitionOpening
from domain.organisation import within
from domain.rulebook import Rulebook
from domain.state import Case, Part
from domain.vocabulary import CaseNo, Link, Outcome, Share, Unit


def sort(case: Case, act: petition.Sort, actor: Actor, rules: Rulebook) -> Objection:
    """A claim says its way (第31条), an accusation whom it names (第30条): never those who must handle it."""
    if act.category is petition.Category.CLAIM and act.path is None:
        return GuardCode.PATH_NEEDED, ()
    if act.category is petition.Category.ACCUSATION and act.accused is None:
        return GuardCode.ACCUSED_NEEDED, ()
    needed = map(case.standing, _needed(case, act))
    barred = tuple(each for each in needed if act.accused and within(each, act.accused))
    return (GuardCode.ACCUSED_UNIT, barred) if barred else None


def _needed(case: Case, act: petition.Sort) -> tuple[Unit, ...]:
    """Bodies without which a petition of the kind has nobody left to decide."""
    offices = case.opening.offices
    if act.category is not petition.Category.CLAIM:
        return (offices.discipline,)
    return offices.petition_office, offices.joint_office, offices.review_office, offices.recheck_office


def transfer(case: Case, act: petition.Transfer, actor: Actor, rules: Rulebook) -> Objection:
    """An accusation never reaches the accused or a subordinate (第30条第3款); no community answers for it all."""
    return reaches_accused(case, act.unit) or not_community(case, act.unit)


def split(case: Case, act: petition.Split, actor: Actor, rules: Rulebook) -> Objection:
    """The accused get nothing; a simple case needs one unit; a community never leads an off-list matter."""
    ordered = tuple(dict.fromkeys(line.unit for line in act.orders))
    if case.sorting is not None and case.sorting.simple and len(ordered) > 1:
        return GuardCode.SIMPLE_NEEDS_ONE_UNIT, ordered
    return reaches_accused(case, *ordered) or not_community(case, act.lead.unit)


def reassign(case: Case, act: petition.Reassign, actor: Actor, rules: Rulebook) -> Objection:
    """Only a returned order is given away again, not to the accused, and its lead to no community."""
    return _returned_order(case, act.order) or _new_taker(case, act.order, act.unit)


def refer(case: Case, act: petition.ReferJurisdiction, actor: Actor, rules: Rulebook) -> Objection:
    """A dispute is about a returned order, and the accused have no say in it."""
    return _returned_order(case, act.order) or reaches_accused(case, *act.units, act.superior)


def settle(case: Case, act: petition.SettleJurisdiction, actor: Actor, rules: Rulebook) -> Objection:
    """Those who negotiate can only take it upon themselves; who stands above them names any unit (第24条)."""
    if act.unit != actor.unit and _only_negotiates(case, act.order, actor):
        return GuardCode.ONLY_ITSELF, ()
    return _returned_order(case, act.order) or _new_taker(case, act.order, act.unit)


def _new_taker(case: Case, number: CaseNo, unit: Unit) -> Objection:
    leads = case.parts[number].share is Share.LEAD
    return reaches_accused(case, unit) or (not_community(case, unit) if leads else None)


def _only_negotiates(case: Case, number: str, actor: Actor) -> bool:
    mine = [
        each.duty.kind
        for each in case.duties.values()
        if each.duty.about == number and each.duty.owner.is_met_by(actor)
    ]
    return mine == [DutyKind.PETITION_NEGOTIATE]


def _returned_order(case: Case, number: CaseNo) -> Objection:
    part = case.parts.get(number)
    if part is None or part.outcome is not Outcome.RETURNED or part.waived:
        return GuardCode.UNKNOWN_ORDER, (number,)
    return None


def something_to_waive(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """Only an order that still runs or came back can be waived."""
    running = any(_is_unsettled_order(each) for each in case.parts.values())
    return None if running else (GuardCode.UNKNOWN_ORDER, ())


def waive(case: Case, act: petition.WaiveOrder, actor: Actor, rules: Rulebook) -> Objection:
    """Only an order of this case."""
    part = case.parts.get(act.order)
    return None if part and _is_unsettled_order(part) else (GuardCode.UNKNOWN_ORDER, (act.order,))


def _is_unsettled_order(part: Part) -> bool:
    return part.link is Link.SPLIT_INTO and not part.settled


def parts_settled(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """The joint answer waits until every mandatory order is closed or waived with a reason."""
    waiting = tuple(part.number for part in case.awaited_parts)
    return (GuardCode.PARTS_OPEN, waiting) if waiting else None


def ask_extension(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """Asked for once at a time."""
    if held(case, DutyKind.PETITION_EXTENSION_DECISION):
        return GuardCode.EXTENSION_ASKED, ()
    return grant_extension(case, actor, rules)


def grant_extension(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """At most once and before expiry (第34条); a simple case is first made an ordinary one."""
    handling = held(case, DutyKind.PETITION_HANDLE)
    if case.extensions >= rules.figures["petition.extension_times"].n:
        return GuardCode.EXTENSION_USED, ()
    if handling is None or handling.breached:
        return GuardCode.EXTENSION_LATE, ()
    simple = case.sorting is not None and case.sorting.simple
    return (GuardCode.NOT_EXTENDABLE, ()) if simple else None


def length_of_extension(
    case: Case, act: petition.AskExtension | petition.GrantHandlingExtension, actor: Actor, rules: Rulebook
) -> Objection:
    """At most 30 natural days (第34条)."""
    longest = int(rules.limits["petition.extension"].n)
    return None if 1 <= act.days <= longest else (GuardCode.EXTENSION_TOO_LONG, (str(longest),))


def seats_at_hand(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """There is a mediation body for every level of the edition, and none of them is accused."""
    offices = case.opening.offices
    if not len(offices.seats) == len(rules.levels) > 0:
        return GuardCode.NO_SEATS, ()
    return reaches_accused(case, *map(case.standing, (*offices.seats, offices.centre, offices.joint_office)))


def open_mediation(case: Case, act: petition.OpenMediation, actor: Actor, rules: Rulebook) -> Objection:
    """A dispute has another side (第33条)."""
    petitioner = case.opening.petitioner if isinstance(case.opening, PetitionOpening) else None
    return None if act.respondent not in ("", petitioner) else (GuardCode.NOT_A_PARTY, (act.respondent,))


def switch(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """Only a simple case can become ordinary."""
    return None if case.sorting is not None and case.sorting.simple else (GuardCode.NOT_SIMPLE, ())


def no_hearing_runs(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """One hearing at a time, and nothing is decided while it runs."""
    return (GuardCode.HEARING_RUNS, ()) if case.hearing else None


READY: dict[type[Act], Ready] = {
    petition.AskExtension: ask_extension,
    petition.GrantHandlingExtension: grant_extension,
    petition.WaiveOrder: something_to_waive,
    petition.OpenMediation: seats_at_hand,
    petition.SwitchToOrdinary: switch,
    petition.IssueOpinion: parts_settled,
    petition.StartHearing: no_hearing_runs,
    petition.DecideRecheck: no_hearing_runs,
}
FORMS: dict[type[Act], Form] = {
    petition.Sort: sort,
    petition.Transfer: transfer,
    petition.Split: split,
    petition.Reassign: reassign,
    petition.ReferJurisdiction: refer,
    petition.SettleJurisdiction: settle,
    petition.AskExtension: length_of_extension,
    petition.GrantHandlingExtension: length_of_extension,
    petition.WaiveOrder: waive,
    petition.OpenMediation: open_mediation,
}
