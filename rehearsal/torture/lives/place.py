"""Where simulated lives take place: one community of the demo town, its offices, departments and people."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from types import MappingProxyType

from domain.actors import Actor, Owner
from domain.offices import offices_for
from domain.openings import Offices
from domain.vocabulary import Party, Role, Unit
from rehearsal.staff import STAFF
from rehearsal.torture.lives.editions import whole_shelf
from rehearsal.town import Town, load_town

PARTIES = tuple(map(Party, ("p1", "p2", "p3", "p4")))
STRANGER = Actor("p9", Role.RESIDENT)
COMMUNITIES = ("yunhe/binhu/xingye", "yunhe/gucheng/mujie", "yunhe/haixing/yugang")
HOTLINE = Unit("yunhe/rexian")
WATER = Unit("yunhe/shuiwu")
STATION = Unit("yunhe/shuiwu/station")
"""Invented, that an accused department has somebody below it."""
DEPARTMENTS = (WATER, STATION, Unit("yunhe/zhujian"), Unit("yunhe/chengguan"), Unit("yunhe/dianli"))
KEEPERS = (
    Actor("ducha.supervisor", Role.SUPERVISOR, Unit("yunhe/ducha")),
    Actor("shenji.auditor", Role.AUDITOR, Unit("yunhe/shenji")),
    Actor("shuju.admin", Role.SYSTEM_ADMIN, Unit("yunhe/shuju")),
)
_DESK = (Role.HANDLER, Role.UNIT_HEAD)


@dataclass(frozen=True, slots=True)
class Place:
    """A community under one edition's levels: its offices, everybody in them, and whom it can turn to."""

    offices: Offices
    takers: tuple[Unit, ...]
    staff: Mapping[Unit, tuple[Actor, ...]]
    people: tuple[Actor, ...]

    def owners(self, owner: Owner) -> tuple[Actor, ...]:
        """Everybody who may answer for a duty; for a party the party itself."""
        if owner.party is not None:
            return (Actor(owner.party, Role.RESIDENT),)
        assert owner.unit is not None
        return tuple(each for each in self.staff.get(owner.unit, ()) if each.role in owner.roles)

    def of(self, unit: Unit, *roles: Role) -> Actor:
        """Somebody of a unit, of the first of these roles that has anybody."""
        return next(each for role in roles for each in self.staff[unit] if each.role is role)


@cache
def place_at(community: str, rulebook: str) -> Place:
    """The place of a community under an edition."""
    town, levels = load_town(), whole_shelf().rulebook(rulebook).levels
    offices = offices_for(town.tree, Unit(community), levels)
    party_units = tuple(each.unit for each in town.tree if each.kind.value == "party_unit")[:2]
    extra = {unit: frozenset(level.actors) for unit, level in zip(offices.seats, levels, strict=True)}
    units = dict.fromkeys((*_bodies(offices), *DEPARTMENTS, *party_units, HOTLINE))
    staff = {unit: tuple(_staff(town, unit, extra.get(unit, frozenset()))) for unit in units}
    people = tuple(each for of_unit in staff.values() for each in of_unit)
    takers = (*DEPARTMENTS, *party_units, offices.community)
    residents = tuple(Actor(each, Role.RESIDENT) for each in PARTIES)
    return Place(offices, takers, MappingProxyType(staff), (*people, *residents, STRANGER, *KEEPERS))


def _bodies(offices: Offices) -> Iterator[Unit]:
    for each in fields(offices):
        value = getattr(offices, each.name)
        yield from value if each.name == "seats" else (value,)


def _staff(town: Town, unit: Unit, besides: frozenset[Role]) -> Iterator[Actor]:
    """One of each role; two who handle matters, so that one may step aside."""
    roles = STAFF[town.tree[unit].kind] if unit in town.tree else _DESK
    for role in dict.fromkeys((*roles, *sorted(besides))):
        yield Actor(f"{unit.replace('/', '.')}.{role.value}", role, unit)
    yield Actor(f"{unit.replace('/', '.')}.second", roles[0] if roles else Role.HANDLER, unit)
