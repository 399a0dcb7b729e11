"""What an actor may do to a case now, and why not: one answer for page, API and procedure."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from domain.actors import Actor
from domain.acts import Act
from domain.duties import Duty
from domain.guards import accused_bodies, objection, objection_before_form, says_nothing_new
from domain.openings import MediationOpening, Opening, WhistleOpening
from domain.organisation import within
from domain.rights import ADMINISTRATORS, PRESSERS, RECORDERS, RIGHTS, Effect, Right, is_party
from domain.rulebook import Rulebook
from domain.state import Case, OpenDuty
from domain.vocabulary import CaseKind, Role, Unit, WhistleKind


class Refusal(StrEnum):
    """Why an act is refused, before any rule of its own is asked."""

    CASE_CLOSED = "case_closed"
    OUT_OF_TURN = "out_of_turn"
    NO_RIGHT = "no_right"
    RECUSED = "recused"
    ACCUSED = "accused"


@dataclass(frozen=True, slots=True)
class Refused:
    """A refusal: a code of `Refusal` or of a guard, and what it is about."""

    code: str
    about: tuple[str, ...] = ()

    @property
    def forbidden(self) -> bool:
        """Whether the actor lacks the right, rather than the act its turn."""
        return self.code in (Refusal.NO_RIGHT, Refusal.RECUSED, Refusal.ACCUSED)


@dataclass(frozen=True, slots=True)
class Admitted:
    """The act is allowed, under an open duty or by a standing right with its effect."""

    duty: int | None
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """An act somebody may do now; `duty` is the one it answers."""

    act: str
    duty: int | None


_RIGHTS_BY_ACT = MappingProxyType(
    {right.act: tuple(r for r in RIGHTS if r.act is right.act) for right in RIGHTS}
)
_RIGHTS_BY_KIND = MappingProxyType({kind: tuple(r for r in RIGHTS if kind in r.kinds) for kind in CaseKind})


def may(case: Case, actor: Actor, act: Act, rules: Rulebook) -> Admitted | Refused:
    """Whether the actor may do the act to the case as it stands.

    An act is allowed if an open duty of the actor admits it, or a standing right does, and its own rule
    has no objection. Duties that lapsed before now must have been breached already.
    """
    if not case.is_open:
        return Refused(Refusal.CASE_CLOSED)
    if barred := _barred(case, actor):
        return barred
    duty = duty_for(case, actor, act)
    right = None if duty else right_for(case, actor, type(act))
    if duty is None and right is None:
        return _why_not(case, actor, type(act))
    if (found := objection(case, act, actor, rules)) is not None:
        return Refused(*found)
    return Admitted(duty.duty.number if duty else None, right.effect if right else None)


def offers(case: Case, actor: Actor, rules: Rulebook) -> tuple[Offer, ...]:
    """Every act that is open to the actor now, with the duty it answers; rules about the form are asked later.

    What would only repeat what is on the record may be done, but is not offered.
    """
    if not case.is_open or _barred(case, actor):
        return ()
    found = [*_offers_by_duty(case, actor), *_offers_by_right(case, actor)]
    return tuple(
        dict.fromkeys(
            Offer(act.code, duty)
            for act, duty in found
            if objection_before_form(case, act, actor, rules) is None
            and not says_nothing_new(case, act, actor)
        )
    )


def may_blow(actor: Actor, opening: WhistleOpening) -> bool:
    """Whether the actor may propose the whistle, or sound it in an emergency (街乡吹哨、12345吹哨).

    Whoever works below the blower, or at it, proposes to its leaders; what is blown without their approval
    is blown by one of them.
    """
    if actor.unit is None or not within(actor.unit, opening.blower):
        return False
    if opening.whistle is not WhistleKind.EMERGENCY:
        return actor.role in _PROPOSERS
    return actor.unit == opening.blower and actor.role in _LEADERS


def may_open(actor: Actor, opening: Opening) -> bool:
    """Whether the actor may bring this very matter: its role may bring such, and of a whistle see `may_blow`."""
    if isinstance(opening, WhistleOpening):
        return may_blow(actor, opening)
    return actor.role in OPENERS[opening.kind]


_LEADERS = frozenset({Role.TOWN_LEADER, Role.TOWN_SECRETARY, Role.UNIT_HEAD})
_PROPOSERS = _LEADERS | {
    Role.GRID_WORKER, Role.COMMUNITY_WORKER, Role.COMMUNITY_SECRETARY, Role.DISPATCHER, Role.HANDLER,
}  # fmt: skip
_RECEIVERS = frozenset(
    {
        Role.GRID_WORKER, Role.COMMUNITY_WORKER, Role.COMMUNITY_SECRETARY, Role.DISPATCHER, Role.MEDIATOR,
        Role.PETITION_OFFICER, Role.HANDLER, Role.TOWN_LEADER, Role.TOWN_SECRETARY,
    }
)  # fmt: skip
"""Staff who may be asked first and then keep the matter 首问负责."""

OPENERS = MappingProxyType(
    {
        CaseKind.ORDER: _RECEIVERS | {Role.RESIDENT},
        CaseKind.MEDIATION: _RECEIVERS | {Role.RESIDENT},
        CaseKind.PETITION: _RECEIVERS | {Role.RESIDENT},
        CaseKind.WHISTLE: _PROPOSERS,
    }
)
"""Roles that may bring a matter of a kind; residents do not blow whistles."""


def may_see(case: Case, actor: Actor) -> bool:
    """Whether the actor may read the case: parties, staff of units it touched, those above them, auditors.

    An accusation, and a petition that nobody has sorted yet, is for whoever brought it, the offices that hold
    it and auditors alone (《信访工作条例》第30条第3款). Administrators of the machinery read no case. What the law
    lets them see, the door still withholds from whoever stepped aside (`api.reading.casefile`).
    """
    if _is_accused(case, actor):
        return False
    speaks_for_itself = actor.on_behalf_of is None and is_party(case, actor)
    if actor.role is Role.AUDITOR or speaks_for_itself or actor.account == case.opener.account:
        return True
    if actor.unit is None or actor.role in ADMINISTRATORS:
        return False
    if case.is_confidential:
        return actor.unit in case.holders
    return actor.role in PRESSERS or any(within(unit, actor.unit) for unit in _concerned(case))


def _concerned(case: Case) -> set[Unit]:
    """The units that the case concerns: who only does a piece of work for a dispute that is not held in public
    learns nothing of it (《人民调解法》第15、23条)."""
    if not isinstance(case.opening, MediationOpening) or case.opening.public:
        return case.units
    offices = case.opening.offices
    takers = {part.unit for part in case.parts.values()} - case.holders - {offices.community, offices.town}
    return {unit for unit in case.units if unit not in takers}


def duty_for(case: Case, actor: Actor, act: Act) -> OpenDuty | None:
    """The open duty of the actor that admits the act: the earliest due where there are several."""
    held = [
        h
        for h in case.duties.values()
        if h.duty.spec.admits(type(act)) and h.duty.owner.is_met_by(actor) and _answers(case, act, h.duty)
    ]
    return min(held, key=lambda h: (h.legal_due, h.duty.number)) if held else None


def right_for(case: Case, actor: Actor, act: type[Act]) -> Right | None:
    """The standing right by which the actor may do the act."""
    return next((r for r in _RIGHTS_BY_ACT.get(act, ()) if _has(case, actor, r)), None)


def _answers(case: Case, act: Act, duty: Duty) -> bool:
    """Whether the act is about what the duty is about, or who answers for it now, where both say it."""
    return act.about == "" or duty.about in ("", act.about) or case.standing(Unit(duty.about)) == act.about


def _has(case: Case, actor: Actor, right: Right) -> bool:
    return right.applies(case) and right.holder(case, actor)


def _barred(case: Case, actor: Actor) -> Refused | None:
    if actor.role is Role.CASE:
        return None
    if actor.account in case.recused:
        return Refused(Refusal.RECUSED)
    if _is_accused(case, actor):
        return Refused(Refusal.ACCUSED)
    shut_out = case.is_confidential and actor.role is not Role.SYSTEM_ADMIN and not may_see(case, actor)
    if shut_out or (actor.on_behalf_of is not None and not _may_record_for(case, actor)):
        return Refused(Refusal.NO_RIGHT)
    return None


def _is_accused(case: Case, actor: Actor) -> bool:
    return actor.unit is not None and any(within(actor.unit, body) for body in accused_bodies(case))


def _may_record_for(case: Case, actor: Actor) -> bool:
    return actor.role in RECORDERS and actor.unit in case.units and actor.on_behalf_of in case.parties


def _why_not(case: Case, actor: Actor, act: type[Act]) -> Refused:
    """Somebody else may do it: no right. Nobody may, or the actor may but not about this: out of turn."""
    admitting = [held.duty.owner for held in case.duties.values() if held.duty.spec.admits(act)]
    if any(owner.is_met_by(actor) for owner in admitting):
        return Refused(Refusal.OUT_OF_TURN)
    others = bool(admitting) or any(right.applies(case) for right in _RIGHTS_BY_ACT.get(act, ()))
    return Refused(Refusal.NO_RIGHT if others else Refusal.OUT_OF_TURN)


def _offers_by_duty(case: Case, actor: Actor) -> Iterator[tuple[type[Act], int | None]]:
    for held in case.duties.values():
        if held.duty.owner.is_met_by(actor):
            for act in (*held.duty.spec.fulfilled_by, *held.duty.spec.also_admits):
                yield act, held.duty.number


def _offers_by_right(case: Case, actor: Actor) -> Iterator[tuple[type[Act], int | None]]:
    if actor.role is not Role.CASE:
        for right in _RIGHTS_BY_KIND[case.kind]:
            if _has(case, actor, right):
                yield right.act, None
