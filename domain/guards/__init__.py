"""Rules of single acts: what must hold, besides turn and right, before the act is allowed."""

from collections.abc import Mapping
from types import MappingProxyType

from domain.actors import Actor
from domain.acts import Act, base
from domain.guards import mediation, order, petition, whistle
from domain.guards.codes import (
    Form,
    GuardCode,
    Objection,
    Ready,
    accused_bodies,
    not_community,
    reaches_accused,
)
from domain.openings import OrderOpening, WhistleOpening
from domain.organisation import within
from domain.rulebook import Rulebook
from domain.state import Case
from domain.succession import bodies
from domain.vocabulary import Role, Share, Unit

__all__ = [
    "FORMS",
    "READY",
    "GuardCode",
    "Objection",
    "accused_bodies",
    "objection",
    "objection_before_form",
    "says_nothing_new",
]


def objection_before_form(case: Case, act: type[Act], actor: Actor, rules: Rulebook) -> Objection:
    """What stands against the act whatever its form will say."""
    ready = READY.get(act)
    return ready(case, actor, rules) if ready else None


def says_nothing_new(case: Case, act: type[Act], actor: Actor) -> bool:
    """Whether what the actor would say is on the record already; lawful, and not worth an offer."""
    done = mediation.DONE.get(act)
    return done is not None and done(case, actor)


def objection(case: Case, act: Act, actor: Actor, rules: Rulebook) -> Objection:
    """What stands against the act, first without and then with its form."""
    found = objection_before_form(case, type(act), actor, rules)
    if found is not None or (form := FORMS.get(type(act))) is None:
        return found
    return form(case, act, actor, rules)


def _recuse(case: Case, act: base.Recuse, actor: Actor, rules: Rulebook) -> Objection:
    """One steps aside oneself, or whoever stands over the work decides it; a party has no work here."""
    decides = act.account == actor.account or _stands_over(case, actor, act.account)
    if decides and act.account not in case.parties:
        return None
    return GuardCode.NOT_ANOTHERS, (act.account,)


def _succeed(case: Case, act: base.Succeed, actor: Actor, rules: Rulebook) -> Objection:
    """A body that has a part in the case hands it over once, to one that stands; never to the accused.

    What leads a petition or a whistle is no community (《北京市接诉即办工作条例》第17条第2款).
    """
    stand = all(case.standing(unit) == unit for unit in (act.abolished, act.successor))
    concerned = act.abolished in case.units or act.abolished in (case.accused, *bodies(case.opening))
    if not (stand and concerned) or act.abolished == act.successor:
        return GuardCode.NO_SUCCESSION, (act.abolished,)
    if case.accused is not None and within(act.abolished, case.accused):
        reached = tuple(unit for unit in sorted(_having_a_part(case)) if within(unit, act.successor))
        return (GuardCode.ACCUSED_UNIT, reached) if reached else None
    return (
        reaches_accused(case, act.successor)
        or _makes_community_lead(case, act)
        or _makes_blower_report(case, act)
    )


def _having_a_part(case: Case) -> set[Unit]:
    """The units that owe or owed something, and those that will: who leads, checks or rules on a return."""
    sender = case.standing(case.parent.sender) if case.parent else None
    return {*case.holders, *(unit for unit in (case.lead, case.checker, sender) if unit is not None)}


def _makes_community_lead(case: Case, act: base.Succeed) -> Objection:
    """Lead and community stay two, whichever of them is succeeded (《北京市接诉即办工作条例》第17条第2款)."""
    lead = _lead_of_the_whole(case)
    if lead is None:
        return None
    if act.abolished == lead:
        return not_community(case, act.successor)
    community = case.standing(case.opening.offices.community)
    one = act.abolished == community and within(lead, act.successor)
    return (GuardCode.COMMUNITY_AS_LEAD, (act.successor,)) if one else None


def _lead_of_the_whole(case: Case) -> Unit | None:
    """The unit that answers for a whole petition or whistle: its lead, or who has the order of its lead."""
    if not isinstance(case.opening, OrderOpening):
        return case.lead
    ordered = case.opening.unit
    by_lead = case.parent is not None and case.parent.share is Share.LEAD
    return case.standing(ordered) if by_lead and ordered is not None else None


def _makes_blower_report(case: Case, act: base.Succeed) -> Objection:
    """Blower and department stay two: nobody reports to itself, nor rates itself."""
    if not isinstance(case.opening, WhistleOpening):
        return None
    blower, departments = case.standing(case.opening.blower), case.holders - {case.opener.unit}
    one = act.successor == blower or (act.abolished == blower and act.successor in departments)
    return (GuardCode.BLOWER_REPORTS, (act.successor,)) if one else None


def _stands_over(case: Case, actor: Actor, account: str) -> bool:
    """Heads decide for their own unit, the offices that dispatch for anybody they dispatched to."""
    if actor.role in (Role.PETITION_OFFICER, Role.DISPATCHER):
        return True
    unit = case.staff.get(account)
    unit = unit and case.standing(unit)
    own = unit is None or (actor.unit is not None and within(unit, actor.unit))
    return actor.role is Role.UNIT_HEAD and own


READY: Mapping[type[Act], Ready] = MappingProxyType(
    {**mediation.READY, **order.READY, **petition.READY, **whistle.READY}
)
"""Act → its rule that can be asked before the form is filled in."""

FORMS: Mapping[type[Act], Form] = MappingProxyType(
    {
        base.Recuse: _recuse,
        base.Succeed: _succeed,
        **mediation.FORMS,
        **order.FORMS,
        **petition.FORMS,
        **whistle.FORMS,
    }
)
"""Act → its rule about what the form says."""
