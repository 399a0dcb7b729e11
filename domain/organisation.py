"""The tree of organisations: who stands above whom, which office serves which place, what a name means."""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from domain.vocabulary import Unit, UnitKind


@dataclass(frozen=True, slots=True)
class Organisation:
    """One body with its validity; an abolished one names its successor (《信访工作条例》第24条)."""

    unit: Unit
    kind: UnitKind
    name_zh: str
    name_en: str
    aliases: tuple[str, ...] = ()
    valid_from: date | None = None
    valid_to: date | None = None
    successor: Unit | None = None


def within(unit: Unit, body: Unit) -> bool:
    """Whether a unit is the body itself or lies anywhere below it."""
    return unit == body or unit.startswith(body + "/")


def above(unit: Unit) -> Unit | None:
    """The body directly above, or None at the root."""
    head, slash, _ = unit.rpartition("/")
    return Unit(head) if slash else None


def line_of_command(unit: Unit) -> Iterator[Unit]:
    """The unit, then every body above it up to the root."""
    body: Unit | None = unit
    while body is not None:
        yield body
        body = above(body)


def plain_name(name: str) -> str:
    """A name with full- and half-width forms, brackets and spaces made one, for comparison."""
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()


class Tree:
    """An immutable view over organisations that finds offices and understands names."""

    def __init__(self, organisations: Iterable[Organisation]) -> None:
        self._by_unit = MappingProxyType({each.unit: each for each in organisations})
        self._by_name = {
            plain_name(name): each.unit
            for each in self._by_unit.values()
            for name in (each.name_zh, each.name_en, *each.aliases)
        }

    def __iter__(self) -> Iterator[Organisation]:
        return iter(self._by_unit.values())

    def __contains__(self, unit: object) -> bool:
        return unit in self._by_unit

    def __getitem__(self, unit: Unit) -> Organisation:
        return self._by_unit[unit]

    def named(self, name: str) -> Unit | None:
        """The unit known under a name or alias, whatever its width of brackets."""
        return self._by_name.get(plain_name(name))

    def below(self, body: Unit, kind: UnitKind) -> tuple[Unit, ...]:
        """Units of a kind anywhere below a body, in path order."""
        return tuple(sorted(u for u, o in self._by_unit.items() if o.kind is kind and within(u, body)))

    def office(self, kind: UnitKind, near: Unit) -> Unit | None:
        """The office of a kind nearest to a place: at its own body first, then one level up, to the root."""
        for body in line_of_command(near):
            if body in self._by_unit and self._by_unit[body].kind is kind:
                return body
            here = [u for u, o in self._by_unit.items() if o.kind is kind and above(u) == body]
            if here:
                return min(here)
        return None

    def body(self, kind: UnitKind, unit: Unit) -> Unit | None:
        """The body of a kind that a unit belongs to: its community, its town, its city."""
        return next((b for b in line_of_command(unit) if b in self and self[b].kind is kind), None)

    def standing(self, unit: Unit, on: date) -> Unit | None:
        """The unit that answers for this one on a day: itself, or the end of its line of successors."""
        seen: set[Unit] = set()
        body: Unit | None = unit
        while body is not None and body not in seen and body in self._by_unit:
            seen.add(body)
            record = self._by_unit[body]
            if record.valid_to is None or on <= record.valid_to:
                return body
            body = record.successor
        return None
