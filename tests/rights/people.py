"""Everybody who could try: each role in each office of the town, for itself and on behalf of anybody."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cache

from builders import (
    CENTRE,
    CITY,
    COMMUNITY,
    DISCIPLINE,
    GOVERNMENT,
    HOTLINE,
    HOUSING,
    JOINT_OFFICE,
    LIBRARY,
    PETITION_OFFICE,
    POLICE,
    POWER,
    RECHECK_OFFICE,
    REVIEW_OFFICE,
    SCHOOL,
    SEATS,
    TOWN,
    WATER,
    WATER_STATION,
    person,
    resident,
)  # fmt: skip

from domain.actors import Actor
from domain.vocabulary import Party, Role, Unit

OFFICES = (
    CITY, TOWN, COMMUNITY, CENTRE, POLICE, PETITION_OFFICE, JOINT_OFFICE, GOVERNMENT, DISCIPLINE, REVIEW_OFFICE,
    RECHECK_OFFICE, HOTLINE, HOUSING, WATER, POWER, WATER_STATION, LIBRARY, SCHOOL, *SEATS,
    Unit("city/town/village/grid-1"), Unit("city/supervision"),
)  # fmt: skip
STAFF_ROLES = tuple(role for role in Role if role not in (Role.RESIDENT, Role.CASE))
RESIDENTS = ("yuan", "kang", "wu")


@cache
def staff() -> tuple[Actor, ...]:
    """Each role in each office."""
    return tuple(person(role, unit) for unit in OFFICES for role in STAFF_ROLES)


@cache
def residents() -> tuple[Actor, ...]:
    """The parties of most cases, and somebody who is none."""
    return tuple(resident(name) for name in RESIDENTS)


def in_the_name_of(names: Iterable[str]) -> Iterator[Actor]:
    """Staff and residents who say that they speak for somebody."""
    for name in names:
        yield from (
            replace(a, on_behalf_of=Party(name)) for a in (*staff(), *residents()) if a.account != name
        )
