"""What the law remembers of single acts, besides that they were done."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from domain.actors import Actor
from domain.acts import Act, base, mediation, order, petition, whistle
from domain.vocabulary import Party

if TYPE_CHECKING:
    from domain.state import Case


def _part_closed(case: "Case", act: base.PartClosed, actor: Actor) -> None:
    case.parts[act.number].outcome = act.outcome


def _calendar_adopted(case: "Case", act: base.AdoptCalendar, actor: Actor) -> None:
    case.calendar = act.calendar


def _succeeded(case: "Case", act: base.Succeed, actor: Actor) -> None:
    """The successor has said what the abolished body said; what it owes is handed over duty by duty."""
    case.successors[act.abolished] = act.successor
    case.units.add(act.successor)
    for among in (case.objected, case.returned):
        if act.abolished in among:
            among.add(act.successor)
    case.checker = act.successor if case.checker == act.abolished else case.checker


def _recused(case: "Case", act: base.Recuse, actor: Actor) -> None:
    case.recused.add(act.account)


def _explained(case: "Case", act: base.ExplainDelay, actor: Actor) -> None:
    for held in case.duties.values():
        held.explained = held.explained or (held.breached and held.duty.owner.is_met_by(actor))


def _checker_changed(case: "Case", act: base.ChangeChecker, actor: Actor) -> None:
    case.checker = case.standing(act.unit)


def _called_again(case: "Case", act: base.Supplement, actor: Actor) -> None:
    case.calls += actor.party in case.parties


def _returned(case: "Case", act: order.Return, actor: Actor) -> None:
    assert actor.unit is not None
    case.returns += 1
    case.returned.add(actor.unit)


def _sent_back(case: "Case", act: Act, actor: Actor) -> None:
    case.send_backs += 1


def _notice_served(case: "Case", act: mediation.ServeNotice, actor: Actor) -> None:
    case.noticed.add(act.to)


def _consented(case: "Case", act: mediation.Consent, actor: Actor) -> None:
    case.consented.add(_speaker(actor))


def _mediator_chosen(case: "Case", act: mediation.ChooseMediator, actor: Actor) -> None:
    case.chosen[_speaker(actor)] = act.mediator


def _agreed(case: "Case", act: mediation.Agree, actor: Actor) -> None:
    """Who signed other terms has not signed these."""
    case.agreement, case.signed, case.on_paper = act, set(), set()


def _signed(case: "Case", act: mediation.SignAgreement, actor: Actor) -> None:
    case.signed.add(_speaker(actor))
    if act.scan is not None:
        case.on_paper.add(_speaker(actor))


def _sorted(case: "Case", act: petition.Sort, actor: Actor) -> None:
    case.sorting = act


def _made_ordinary(case: "Case", act: petition.SwitchToOrdinary, actor: Actor) -> None:
    assert case.sorting is not None
    case.sorting = replace(case.sorting, simple=False)


def _hearing_began(case: "Case", act: petition.StartHearing, actor: Actor) -> None:
    case.hearing = True


def _hearing_ended(case: "Case", act: petition.EndHearing, actor: Actor) -> None:
    case.hearing = False


def _objected(case: "Case", act: whistle.ObjectWhistle, actor: Actor) -> None:
    assert actor.unit is not None
    case.objected.add(actor.unit)


def _speaker(actor: Actor) -> Party:
    """The party that speaks; the law admits these acts from parties alone."""
    assert actor.party is not None
    return actor.party


REMEMBERED: dict[type[Act], Callable[["Case", Any, Actor], None]] = {
    base.PartClosed: _part_closed,
    base.AdoptCalendar: _calendar_adopted,
    base.Succeed: _succeeded,
    base.Recuse: _recused,
    base.ExplainDelay: _explained,
    base.ChangeChecker: _checker_changed,
    base.Supplement: _called_again,
    order.Return: _returned,
    order.SendBack: _sent_back,
    whistle.SendBackWhistle: _sent_back,
    whistle.ObjectWhistle: _objected,
    mediation.ServeNotice: _notice_served,
    mediation.Consent: _consented,
    mediation.ChooseMediator: _mediator_chosen,
    mediation.Agree: _agreed,
    mediation.SignAgreement: _signed,
    petition.Sort: _sorted,
    petition.SwitchToOrdinary: _made_ordinary,
    petition.StartHearing: _hearing_began,
    petition.EndHearing: _hearing_ended,
}
"""Acts that the law remembers in a form of their own."""
