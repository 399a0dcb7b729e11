"""Which bodies answer for a place or a matter, read from the tree of organisations and nowhere else."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from domain.catalogue import Matter, Taker
from domain.openings import Offices
from domain.organisation import Tree, above, line_of_command
from domain.rulebook import Level
from domain.vocabulary import Unit, UnitKind

PLACES = frozenset({UnitKind.GRID, UnitKind.COMMUNITY, UnitKind.TOWN, UnitKind.CITY})
"""Kinds that are places with people in them; the committee of such a body mediates for it."""


class NoOffice(LookupError):
    """No body of a kind answers for a place."""

    def __init__(self, kind: UnitKind, near: Unit) -> None:
        super().__init__(f"no {kind} answers for {near}")
        self.kind = kind
        self.near = near


def offices_for(tree: Tree, place: Unit, levels: Sequence[Level] = ()) -> Offices:
    """The bodies that answer for a community or a grid, with one seat of mediation for each level.

    Raises NoOffice where the tree lacks one of them.
    """
    return Offices(
        community=_body(tree, UnitKind.COMMUNITY, place),
        town=_body(tree, UnitKind.TOWN, place),
        city=_body(tree, UnitKind.CITY, place),
        centre=_office(tree, UnitKind.CENTRE, place),
        police=_office(tree, UnitKind.POLICE, place),
        petition_office=_office(tree, UnitKind.PETITION_OFFICE, place),
        joint_office=_office(tree, UnitKind.JOINT_OFFICE, place),
        government=_office(tree, UnitKind.GOVERNMENT, place),
        discipline=_office(tree, UnitKind.DISCIPLINE, place),
        review_office=_office(tree, UnitKind.REVIEW_OFFICE, place),
        recheck_office=_office(tree, UnitKind.RECHECK_OFFICE, place),
        seats=seats_for(tree, place, levels),
    )


def offices_by_community(tree: Tree, levels: Sequence[Level] = ()) -> Mapping[Unit, Offices]:
    """The offices of every community of the tree. Raises NoOffice."""
    communities = (each.unit for each in tree if each.kind is UnitKind.COMMUNITY)
    return MappingProxyType({place: offices_for(tree, place, levels) for place in communities})


def seats_for(tree: Tree, place: Unit, levels: Sequence[Level]) -> tuple[Unit, ...]:
    """The mediation bodies for a place, from the lowest level to the highest.

    A dispute rises and never falls: each seat is the nearest of its kind that stands no lower than the seat
    before it and is not that seat again, so that three levels of committees are those of village, township
    and city. Where a level names a kind of place, the seat is the committee of that place if it has one.
    Raises NoOffice.
    """
    seats: list[Unit] = []
    floor = place
    for level in levels:
        found = next(_candidates(tree, level.committee_unit_kind, floor, seats), None)
        if found is None:
            raise NoOffice(level.committee_unit_kind, floor)
        floor, seat = found
        seats.append(seat)
    return tuple(seats)


def takers_for(tree: Tree, matter: Matter, place: Unit) -> tuple[Unit, ...]:
    """The units that by default answer for a matter at a place, the lead first, none of them twice."""
    wanted = (*(() if matter.lead is None else (matter.lead,)), *matter.co_units)
    found = (_taker(tree, taker, place) for taker in wanted)
    return tuple(dict.fromkeys(unit for unit in found if unit is not None))


def _taker(tree: Tree, taker: Taker, place: Unit) -> Unit | None:
    match taker:
        case UnitKind():
            return tree.office(taker, place)
        case _:
            return taker if taker in tree else None


def _body(tree: Tree, kind: UnitKind, place: Unit) -> Unit:
    found = tree.body(kind, place)
    if found is None:
        raise NoOffice(kind, place)
    return found


def _office(tree: Tree, kind: UnitKind, place: Unit) -> Unit:
    found = tree.office(kind, place)
    if found is None:
        raise NoOffice(kind, place)
    return found


def _candidates(
    tree: Tree, kind: UnitKind, floor: Unit, taken: Sequence[Unit]
) -> Iterator[tuple[Unit, Unit]]:
    """Bodies from the floor up, each with the one seat of the kind it has, unless that is taken."""
    for body in line_of_command(floor):
        unit = next(iter(_at(tree, kind, body)), None)
        if unit is None:
            continue
        seat = _committee_of(tree, unit) if kind in PLACES else unit
        if seat not in taken:
            yield body, seat


def _at(tree: Tree, kind: UnitKind, body: Unit) -> tuple[Unit, ...]:
    """Units of a kind that are the body or stand directly under it."""
    if body in tree and tree[body].kind is kind:
        return (body,)
    return tuple(unit for unit in tree.below(body, kind) if above(unit) == body)


def _committee_of(tree: Tree, body: Unit) -> Unit:
    return next(iter(_at(tree, UnitKind.COMMITTEE, body)), body)
