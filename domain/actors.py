"""Who acts, in which office, and on whose behalf."""

from dataclasses import dataclass

from domain.vocabulary import CaseNo, Party, Role, Unit


@dataclass(frozen=True, slots=True)
class Actor:
    """A person or a case at the moment of acting.

    `account` is a pseudonym; `on_behalf_of` is the party for whom a member of staff records an act
    (《信访工作条例》第19条 and 《人民调解工作若干规定》: oral requests are written down by the receiver).
    """

    account: str
    role: Role
    unit: Unit | None = None
    on_behalf_of: Party | None = None

    @property
    def party(self) -> Party | None:
        """The party this actor speaks as, if any."""
        return Party(self.account) if self.role is Role.RESIDENT else self.on_behalf_of


def speaking_case(number: CaseNo) -> Actor:
    """Another case as the sender of a letter."""
    return Actor(account=number, role=Role.CASE)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who owes a duty: people of some roles in one unit, or one party."""

    unit: Unit | None = None
    roles: tuple[Role, ...] = ()
    party: Party | None = None

    def is_met_by(self, actor: Actor) -> bool:
        """Whether this actor is (or speaks for) the owner."""
        if self.party is not None:
            return actor.party == self.party
        return actor.unit == self.unit and actor.role in self.roles


def office(unit: Unit, *roles: Role) -> Owner:
    """People of the given roles in a unit."""
    return Owner(unit=unit, roles=roles)


def party(who: Party) -> Owner:
    """One party of the case."""
    return Owner(party=who)
