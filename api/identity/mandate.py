"""What the door lets somebody do to a case: the law, without what it admits and nobody was meant to use.

The law itself is not narrowed where a case on record may have gone on by what is left out here: its record must
still rerun. Nobody reaches a procedure but through the door.
"""

from domain import authority
from domain.actors import Actor
from domain.acts import Act, whistle
from domain.authority import Admitted, Offer, Refusal, Refused
from domain.openings import WhistleOpening
from domain.rulebook import Rulebook
from domain.state import Case
from domain.vocabulary import Role

_OF_A_TOWN = frozenset({Role.TOWN_LEADER, Role.TOWN_SECRETARY})
_OF_A_HOTLINE = frozenset({Role.UNIT_HEAD, Role.DISPATCHER})


def may(case: Case, actor: Actor, act: Act, rules: Rulebook) -> Admitted | Refused:
    """Whether the actor may do the act; on a party's behalf only what that party may do itself.

    Staff write down what a party says (《信访工作条例》第19条); the work of their own office is not said by it.
    """
    verdict = authority.may(case, actor, act, rules)
    theirs = may_say(case, actor, act) and _is_the_blowers(case, actor, act.code)
    if theirs or (isinstance(verdict, Refused) and verdict.code in set(Refusal)):
        return verdict
    return Refused(Refusal.NO_RIGHT)


def offers(case: Case, actor: Actor, rules: Rulebook) -> tuple[Offer, ...]:
    """Every act the actor may do now, with the duty it answers."""
    found = authority.offers(case, actor, rules)
    if actor.on_behalf_of is not None and found:
        own = set(authority.offers(case, _party(actor), rules))
        found = tuple(each for each in found if each in own)
    return tuple(each for each in found if _is_the_blowers(case, actor, each.act))


def may_say(case: Case, actor: Actor, act: Act) -> bool:
    """Whether the act, if it is said on a party's behalf, is one that the party could do itself."""
    if actor.on_behalf_of is None:
        return True
    party = _party(actor)
    return bool(authority.duty_for(case, party, act) or authority.right_for(case, party, type(act)))


def _party(actor: Actor) -> Actor:
    """The party as if it spoke for itself."""
    return Actor(str(actor.on_behalf_of), Role.RESIDENT)


def _is_the_blowers(case: Case, actor: Actor, act: str) -> bool:
    """A task is released by those who blew: a town's leaders, the hotline's head or desk (《接诉即办条例》第33条)."""
    opening = case.opening
    if act != whistle.ReleaseTask.code or not isinstance(opening, WhistleOpening):
        return True
    return actor.role in (_OF_A_TOWN if opening.blower == opening.offices.town else _OF_A_HOTLINE)
