"""Rules of single acts: what must hold, besides turn and right, before the act is allowed."""

from collections.abc import Mapping
from types import MappingProxyType

from domain.actors import Actor
from domain.acts import Act, base
from domain.guards import mediation, order, petition, whistle
from domain.guards.codes import Form, GuardCode, Objection, Ready
from domain.organisation import within
from domain.rulebook import Rulebook
from domain.state import Case
from domain.vocabulary import Role

__all__ = ["FORMS", "READY", "GuardCode", "Objection", "objection", "objection_before_form"]


def objection_before_form(case: Case, act: type[Act], actor: Actor, rules: Rulebook) -> Objection:
    """What stands against the act whatever its form will say."""
    ready = READY.get(act)
    return ready(case, actor, rules) if ready else None


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


def _stands_over(case: Case, actor: Actor, account: str) -> bool:
    """Heads decide for their own unit, the offices that dispatch for anybody they dispatched to."""
    if actor.role in (Role.PETITION_OFFICER, Role.DISPATCHER):
        return True
    unit = case.staff.get(account)
    own = unit is None or (actor.unit is not None and within(unit, actor.unit))
    return actor.role is Role.UNIT_HEAD and own


READY: Mapping[type[Act], Ready] = MappingProxyType(
    {**mediation.READY, **order.READY, **petition.READY, **whistle.READY}
)
"""Act → its rule that can be asked before the form is filled in."""

FORMS: Mapping[type[Act], Form] = MappingProxyType(
    {base.Recuse: _recuse, **mediation.FORMS, **order.FORMS, **petition.FORMS, **whistle.FORMS}
)
"""Act → its rule about what the form says."""
