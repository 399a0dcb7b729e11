"""Rules of single acts on a whistle."""

from domain.actors import Actor
from domain.acts import Act, whistle
from domain.duties import DutyKind
from domain.guards.codes import Form, GuardCode, Objection, Ready, held, not_community
from domain.guards.petition import parts_settled
from domain.openings import WhistleOpening
from domain.rulebook import Rulebook
from domain.state import Case, Part
from domain.vocabulary import Share, Unit


def blow(case: Case, act: whistle.Blow, actor: Actor, rules: Rulebook) -> Objection:
    """Who blows does not report to itself."""
    return _not_blower(case, *act.departments)


def fix_tasks(case: Case, act: whistle.FixTasks, actor: Actor, rules: Rulebook) -> Objection:
    """Neither the community nor the blower is made the lead; what the government decided stands."""
    lead = next(task.unit for task in act.tasks if task.share is Share.LEAD)
    if case.lead not in (None, lead):
        return GuardCode.LEAD_DECIDED, (str(case.lead),)
    return not_community(case, lead) or _not_blower(case, lead)


def decide_escalation(case: Case, act: whistle.DecideEscalation, actor: Actor, rules: Rulebook) -> Objection:
    """The government names a department."""
    return not_community(case, act.lead) or _not_blower(case, act.lead)


def task_to_release(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """Only a co-handler's order that still runs can be done without; the lead stays accountable."""
    return None if any(map(_is_co_handlers, case.awaited_parts)) else (GuardCode.UNKNOWN_ORDER, ())


def release_task(case: Case, act: whistle.ReleaseTask, actor: Actor, rules: Rulebook) -> Objection:
    """Such an order of this case."""
    known = any(part.number == act.order for part in case.awaited_parts if _is_co_handlers(part))
    return None if known else (GuardCode.UNKNOWN_ORDER, (act.order,))


def _is_co_handlers(part: Part) -> bool:
    return part.share is Share.CO_HANDLER


def _not_blower(case: Case, *units: Unit) -> Objection:
    if not isinstance(case.opening, WhistleOpening):
        return None
    blower = case.standing(case.opening.blower)
    return (GuardCode.BLOWER_REPORTS, (blower,)) if blower in map(case.standing, units) else None


def object_once(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """A department objects once."""
    return (GuardCode.OBJECTED_BEFORE, ()) if actor.unit in case.objected else None


def send_back(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """At most twice."""
    used = case.send_backs >= rules.figures["whistle.send_back_max"].n
    return (GuardCode.SEND_BACK_USED, ()) if used else None


def stand_down(case: Case, actor: Actor, rules: Rulebook) -> Objection:
    """An emergency that was blown without approval is ratified before it ends."""
    return (GuardCode.NOT_RATIFIED, ()) if held(case, DutyKind.WHISTLE_RATIFY) else None


READY: dict[type[Act], Ready] = {
    whistle.ObjectWhistle: object_once,
    whistle.ReportHandled: parts_settled,
    whistle.SendBackWhistle: send_back,
    whistle.StandDown: stand_down,
    whistle.ReleaseTask: task_to_release,
}
FORMS: dict[type[Act], Form] = {
    whistle.Blow: blow,
    whistle.FixTasks: fix_tasks,
    whistle.DecideEscalation: decide_escalation,
    whistle.ReleaseTask: release_task,
}
