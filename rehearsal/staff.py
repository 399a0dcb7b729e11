"""Who sits in which kind of organisation: the people a stage needs before a case can move."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from domain.organisation import Organisation
from domain.vocabulary import Role, UnitKind
from rehearsal.town import Account

_DESK = (Role.HANDLER, Role.UNIT_HEAD)
_ROOM = (Role.MEDIATOR, *_DESK)

STAFF: Mapping[UnitKind, tuple[Role, ...]] = MappingProxyType(
    {
        UnitKind.CITY: (),
        UnitKind.TOWN: (Role.DISPATCHER, Role.TOWN_LEADER, Role.TOWN_SECRETARY, *_DESK),
        UnitKind.COMMUNITY: (
            Role.COMMUNITY_WORKER, Role.COMMUNITY_SECRETARY, Role.GRID_WORKER, Role.HANDLER,
        ),
        UnitKind.GRID: (Role.GRID_WORKER, Role.MEDIATOR),
        UnitKind.DEPARTMENT: _DESK,
        UnitKind.COMPANY: _DESK,
        UnitKind.COMMITTEE: (Role.MEDIATOR,),
        UnitKind.TRADE_COMMITTEE: _ROOM,
        UnitKind.REASONING_ROOM: _ROOM,
        UnitKind.JUDICIAL_OFFICE: _ROOM,
        UnitKind.CENTRE: (Role.DISPATCHER, *_ROOM),
        UnitKind.POLICE: _DESK,
        UnitKind.DISCIPLINE: _DESK,
        UnitKind.PETITION_OFFICE: (Role.PETITION_OFFICER, *_DESK),
        UnitKind.JOINT_OFFICE: (Role.JOINT_OFFICE,),
        UnitKind.GOVERNMENT: (Role.GOVERNMENT_OFFICE,),
        UnitKind.HOTLINE: (Role.DISPATCHER, *_DESK),
        UnitKind.REVIEW_OFFICE: _DESK,
        UnitKind.RECHECK_OFFICE: _DESK,
        UnitKind.PARTY_UNIT: _DESK,
        UnitKind.UNSORTED: _DESK,
    }
)  # fmt: skip
"""Kind of organisation → the roles that owe its duties."""


def staff(organisations: Iterable[Organisation]) -> Iterator[Account]:
    """One account for every role of every organisation, named after both and the same in every run."""
    for each in organisations:
        if each.valid_to is None:
            for role in STAFF[each.kind]:
                yield Account(
                    id=f"{each.unit.replace('/', '.')}.{role.value}",
                    role=role,
                    unit=each.unit,
                    name_zh=f"{each.name_zh}（{role.value}）",
                    name_en=f"{each.name_en}, {role.value}",
                )
