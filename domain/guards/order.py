"""Rules of single acts on a resident order."""

from domain.actors import Actor
from domain.acts import Act, base, order
from domain.duties import DutyKind
from domain.guards.codes import Form, GuardCode, Objection, Ready, held
from domain.organisation import within
from domain.rulebook import Rulebook
from domain.state import Case
from domain.terms import DAY_UNITS
from domain.vocabulary import Role


def ask_extension(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """One extension, asked for once at a time, before expiry, of a limit in days."""
    if held(case, DutyKind.ORDER_EXTENSION_DECISION):
        return GuardCode.EXTENSION_ASKED, ()
    return grant_extension(case, actor, rules)


def grant_extension(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """As for the request; hours are given to danger, and nobody makes them longer."""
    work = held(case, DutyKind.ORDER_HANDLE)
    if case.extensions >= rules.figures["order.extension_times"].n:
        return GuardCode.EXTENSION_USED, ()
    if work is None or work.breached:
        return GuardCode.EXTENSION_LATE, ()
    limit = rules.limits.get(work.duty.rule)
    return None if limit is not None and limit.unit in DAY_UNITS else (GuardCode.NOT_EXTENDABLE, ())


def length_of_extension(
    case: Case, act: order.RequestExtension | order.GrantExtension, actor: Actor, rules: Rulebook
) -> Objection:
    """Within the limit."""
    longest = int(rules.limits["order.extension"].n)
    return None if 1 <= act.days <= longest else (GuardCode.EXTENSION_TOO_LONG, (str(longest),))


def return_order(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """What was determined, or came back, is not returned (《潍坊市12345政务服务便民热线条例》第22条)."""
    determined = case.parent is not None and not case.parent.returnable
    return (GuardCode.RETURN_SETTLED, ()) if determined or actor.unit in case.returned else None


def send_back(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """The result goes back so often and no oftener."""
    used = case.send_backs >= rules.figures["order.send_back_max"].n
    return (GuardCode.SEND_BACK_USED, ()) if used else of_others(case, actor, rules)


def of_others(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """Whoever did the work neither rates it nor writes down what the person thinks of it (第23条)."""
    rates_itself = case.parent is None and actor.party is None and actor.unit == case.lead
    if rates_itself and actor.unit is not None:
        return GuardCode.OWN_WORK, (actor.unit,)
    writes = actor.on_behalf_of is not None and actor.unit is not None and case.lead is not None
    if writes and actor.unit is not None and case.lead is not None and within(actor.unit, case.lead):
        return GuardCode.OWN_WORK, (actor.unit,)
    return None


def ask_whistle(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """The community asks whenever it must; the hotline once returns or calls are too many (12345吹哨)."""
    came_back = case.returns >= rules.figures["whistle.returns_before"].n
    called_about = case.calls >= rules.figures["whistle.repeat_calls"].n
    if actor.role is not Role.DISPATCHER or came_back or called_about:
        return None
    return GuardCode.WHISTLE_TOO_SOON, ()


READY: dict[type[Act], Ready] = {
    base.Rate: of_others,
    order.Return: return_order,
    order.RequestExtension: ask_extension,
    order.GrantExtension: grant_extension,
    order.SendBack: send_back,
    order.AskWhistle: ask_whistle,
}
FORMS: dict[type[Act], Form] = {
    order.RequestExtension: length_of_extension,
    order.GrantExtension: length_of_extension,
}
