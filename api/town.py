"""The town as the door knows it: organisations and matters, read again every minute."""

import asyncio
from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from datetime import date, datetime
from time import monotonic
from typing import Any

from activities import accounts
from activities.accounts import Matter
from activities.edition_schedule import Of, Pin, pinned, pins
from api.database import Database
from domain import catalogue
from domain.calendar import CST
from domain.offices import offices_for
from domain.openings import Offices
from domain.organisation import Tree, within
from domain.rulebook import Rulebook
from domain.vocabulary import Unit, UnitKind

FRESH = 60.0  # seconds
UNSORTED = catalogue.UNSORTED.code
"""Code of the matter of everything that fits no entry."""


@dataclass(frozen=True)
class Town:
    """One reading of the organisations and the catalogue."""

    tree: Tree
    matters: Mapping[str, Matter]
    pins: tuple[Pin, ...] = ()
    _offices: dict[tuple[Unit, str], Offices] = field(default_factory=dict)

    def unit(self, name: str, on: date) -> Unit | None:
        """The unit meant by a path, a name or an alias; for an abolished one its successor (第24条)."""
        found = Unit(name) if Unit(name) in self.tree else self.tree.named(name)
        return None if found is None else self.tree.standing(found, on)

    def name(self, unit: Unit) -> tuple[str, str]:
        """Chinese and English names of a unit; its path where the tree has it no more."""
        if unit not in self.tree:
            return unit, unit
        return self.tree[unit].name_zh, self.tree[unit].name_en

    def pinned(self, of: Of, on: date) -> str | None:
        """The digest of the edition that new cases pin on a day, if one was scheduled."""
        return pinned(self.pins, of, on)

    def is_place(self, unit: Unit) -> bool:
        """Whether matters can arise there: a community, or a grid of one."""
        return self.tree[unit].kind in (UnitKind.COMMUNITY, UnitKind.GRID)

    def offices(self, place: Unit, rules: Rulebook, *, seats: bool) -> Offices:
        """The bodies that answer for a place, with the seats of mediation if wanted. Raises NoOffice."""
        key = place, rules.digest if seats else ""
        if key not in self._offices:
            found = offices_for(self.tree, place, rules.levels if seats else ())
            named = {each.name: self.answering(getattr(found, each.name)) for each in _bodies(found)}
            self._offices[key] = replace(found, **named, seats=tuple(map(self.answering, found.seats)))
        return self._offices[key]

    def answering(self, unit: Unit) -> Unit:
        """The unit, or for an abolished one its successor; the desk of the unsorted where none was named (第24条)."""
        return self.tree.standing(unit, datetime.now(CST).date()) or self.unsorted or unit

    @property
    def unsorted(self) -> Unit | None:
        """The desk that takes what nobody else answers for."""
        return next((each.unit for each in self.tree if each.kind is UnitKind.UNSORTED), None)

    def predecessors(self, unit: Unit) -> list[str]:
        """Abolished bodies for which the unit, or one above it, answers by now."""
        today = datetime.now(CST).date()
        ended = [each.unit for each in self.tree if each.valid_to is not None and each.valid_to < today]
        answering = ((each, self.tree.standing(each, today)) for each in ended)
        return [each for each, now in answering if now is not None and within(unit, now)]

    def subtree(self, body: Unit) -> list[str]:
        """Every unit within a body, itself included even if the tree has it no more."""
        return [body, *(each.unit for each in self.tree if each.unit != body and within(each.unit, body))]


def _bodies(offices: Offices) -> list[Field[Any]]:
    """The single bodies among the offices; a place keeps its own community, town and city."""
    return [each for each in fields(offices) if each.name not in ("community", "town", "city", "seats")]


class TownHall:
    """Gives the latest reading of the town, at most a minute old."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._town: Town | None = None
        self._read_at = 0.0
        self._reading = asyncio.Lock()

    async def town(self) -> Town:
        """The town; an old reading serves while a new one is made. Raises Problem `record_unavailable`."""
        if self._town is not None and (self._is_fresh() or self._reading.locked()):
            return self._town
        async with self._reading:
            if self._town is None or not self._is_fresh():
                await self.reload()
        assert self._town is not None
        return self._town

    async def reload(self) -> None:
        """Read it now."""
        async with self._database.connection() as connection:
            self._town = Town(
                await accounts.tree(connection), await accounts.catalogue(connection), await pins(connection)
            )
        self._read_at = monotonic()

    def _is_fresh(self) -> bool:
        return monotonic() - self._read_at < FRESH
