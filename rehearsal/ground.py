"""The ground an outside record is played on: organisations and matters made of the names in its rows."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from types import MappingProxyType

from domain.catalogue import UNSORTED, Catalogue, Matter
from domain.organisation import Organisation, Tree, plain_name
from domain.vocabulary import CaseKind, Unit, UnitKind
from rehearsal.mapping import Mapping
from rehearsal.names import comparable
from rehearsal.rows import Row

_OFFICES: tuple[tuple[str, UnitKind, str, str], ...] = (
    ("committee", UnitKind.COMMITTEE, "市级调解委员会", "City Mediation Committee"),
    ("sifasuo", UnitKind.JUDICIAL_OFFICE, "司法所", "Judicial Office"),
    ("centre", UnitKind.CENTRE, "综治中心", "Centre for Dissolving Disputes"),
    ("paichusuo", UnitKind.POLICE, "派出所", "Police Station"),
    ("xinfang", UnitKind.PETITION_OFFICE, "信访局", "Petition Office"),
    ("lianxiban", UnitKind.JOINT_OFFICE, "联席会议办公室", "Joint Conference Office"),
    ("zhengfuban", UnitKind.GOVERNMENT, "政府办公室", "Government Office"),
    ("jiwei", UnitKind.DISCIPLINE, "纪委监委", "Commission for Discipline Inspection"),
    ("rexian", UnitKind.HOTLINE, "热线中心", "Hotline Centre"),
    ("fuchaban", UnitKind.REVIEW_OFFICE, "复查办公室", "Review Office"),
    ("fuheban", UnitKind.RECHECK_OFFICE, "复核办公室", "Recheck Office"),
    ("weifenlei", UnitKind.UNSORTED, "未分类事项受理台", "Unsorted Desk"),
)
"""One generic set of offices below the root, so that every place has somebody to answer for it."""

_NOWHERE = "未分类"
_KIND_NAMES = MappingProxyType(
    {UnitKind.TOWN: "Town", UnitKind.COMMUNITY: "Community", UnitKind.COMPANY: "Company"}
)
Place = tuple[str | None, str | None]
"""Street and community as a row names them."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a row belongs: its community, the units to answer (the lead first), the code of its matter."""

    place: Unit
    units: tuple[Unit, ...]
    matter: str
    unsorted_unit: bool
    unsorted_matter: bool


@dataclass(frozen=True, slots=True)
class Ground:
    """Organisations and matters of one record. What they do not know goes to the unsorted desk, in sight."""

    tree: Tree
    catalogue: Catalogue
    places: Dictionary[Place, Unit]
    units: Dictionary[str, Unit]
    nowhere: Unit
    desk: Unit

    def place(self, row: Row) -> Placed:
        """Find a row's community, units and matter by their names."""
        units = tuple(self.units.get(comparable(name), self.desk) for name in row.units) or (self.desk,)
        matter = self.catalogue.named(*row.matter) if row.matter else UNSORTED
        return Placed(
            place=self.places.get((row.street, row.community), self.nowhere),
            units=tuple(dict.fromkeys(units)),
            matter=matter.code,
            unsorted_unit=units[0] == self.desk,
            unsorted_matter=matter is UNSORTED,
        )


def ground_for(rows: Iterable[Row], mapping: Mapping) -> Ground:
    """The ground for some rows. Paths and codes depend on names alone: other rows or runs give the same."""
    survey = _Survey(mapping)
    survey.note(rows)
    return Ground(
        tree=Tree(survey.organisations()),
        catalogue=Catalogue(survey.matters()),
        places=MappingProxyType(dict(survey.places)),
        units=MappingProxyType(survey.unit_paths()),
        nowhere=survey.nowhere,
        desk=Unit(f"{mapping.root}/weifenlei"),
    )


def organise(rows: Iterable[Row], mapping: Mapping) -> list[Organisation]:
    """One city with its streets, communities and disposing units, and one generic set of offices.

    In path order. A unit that bears a community's name is that community.
    """
    survey = _Survey(mapping)
    survey.note(rows)
    return survey.organisations()


def slug(prefix: str, *names: str) -> str:
    """A path segment that depends on the names alone, whatever the width of their letters and brackets."""
    digest = hashlib.sha256("\0".join(map(plain_name, names)).encode()).hexdigest()
    return f"{prefix}-{digest[:10]}"


class _Survey:
    """Gathers the names of rows."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._root = mapping.root
        self._streets: dict[Unit, str] = {}
        self._communities: dict[Unit, str] = {}
        self._units: dict[str, str] = {}
        self._spellings: defaultdict[str, set[str]] = defaultdict(set)
        self._matters: set[tuple[str, ...]] = set()
        self.places: dict[Place, Unit] = {}
        self.nowhere = self._settle((None, None))

    def note(self, rows: Iterable[Row]) -> None:
        for row in rows:
            where = (row.street, row.community)
            if where not in self.places:
                self.places[where] = self._settle(where)
            self._matters.add(row.matter)
            for name in row.units:
                self._units.setdefault(comparable(name), name)
            if row.written and row.written != row.unit:
                self._spellings[comparable(row.units[0])].add(row.written)

    def _settle(self, where: Place) -> Unit:
        """The community of a street; where either has no name, an unsorted one that says so."""
        street_name, name = where[0] or _NOWHERE, where[1] or _NOWHERE
        street = Unit(f"{self._root}/{slug('s', street_name)}")
        community = Unit(f"{street}/{slug('c', street_name, name)}")
        self._streets.setdefault(street, street_name)
        self._communities.setdefault(community, name if where[1] else f"{street_name}（{_NOWHERE}）")
        self.places.setdefault(where, community)
        return community

    def unit_paths(self) -> dict[str, Unit]:
        """Comparable name → unit: a place that bears the name, or else a unit of its own below the root."""
        homes = self._places_by_name()
        return {name: homes.get(name, Unit(f"{self._root}/{slug('u', name)}")) for name in self._units}

    def _places_by_name(self) -> dict[str, Unit]:
        """Places whose name no other place bears."""
        found: defaultdict[str, list[Unit]] = defaultdict(list)
        for unit, name in (*self._streets.items(), *self._communities.items()):
            found[comparable(name)].append(unit)
        return {name: units[0] for name, units in found.items() if len(units) == 1}

    def organisations(self) -> list[Organisation]:
        every = (self._city(), *self._offices(), *self._towns(), *self._villages(), *self._disposers())
        return sorted(every, key=lambda each: each.unit)

    def _city(self) -> Organisation:
        return Organisation(self._root, UnitKind.CITY, self._mapping.title_zh, self._mapping.title_en)

    def _offices(self) -> Iterator[Organisation]:
        zh, en = self._mapping.title_zh, self._mapping.title_en
        for segment, kind, name_zh, name_en in _OFFICES:
            yield Organisation(Unit(f"{self._root}/{segment}"), kind, f"{zh}·{name_zh}", f"{en}: {name_en}")

    def _towns(self) -> Iterator[Organisation]:
        for street, name in self._streets.items():
            yield self._named(street, UnitKind.TOWN, name)
            yield self._committee(street, name)

    def _villages(self) -> Iterator[Organisation]:
        """Each community with a committee and one grid, so that every level of a rulebook finds a seat."""
        for community, name in self._communities.items():
            yield self._named(community, UnitKind.COMMUNITY, name)
            yield self._committee(community, name)
            grid = Unit(f"{community}/grid-1")
            yield Organisation(grid, UnitKind.GRID, f"{name}第一网格", f"First Grid of {name}")

    def _committee(self, body: Unit, name: str) -> Organisation:
        unit = Unit(f"{body}/committee")
        return Organisation(unit, UnitKind.COMMITTEE, f"{name}调委会", f"Mediation Committee of {name}")

    def _disposers(self) -> Iterator[Organisation]:
        paths = self.unit_paths()
        for key, name in self._units.items():
            if paths[key] not in self._communities and paths[key] not in self._streets:
                aliases = tuple(sorted(self._spellings[key] - {name}))
                yield self._named(paths[key], self._kind(name), name, aliases)

    def _named(self, unit: Unit, kind: UnitKind, name: str, aliases: tuple[str, ...] = ()) -> Organisation:
        return Organisation(unit, kind, name, _english(_KIND_NAMES.get(kind, "Unit"), name), aliases)

    def _kind(self, name: str) -> UnitKind:
        kinds = self._mapping.units.kinds
        return next((kind for ending, kind in kinds if name.endswith(ending)), UnitKind.DEPARTMENT)

    def matters(self) -> Iterator[Matter]:
        """Every entry that the rows name, and those above it."""
        lines = {names[:depth] for names in self._matters for depth in range(1, len(names) + 1)}
        entries: dict[str, Matter] = {}
        for names in sorted(lines):
            code = matter_code(names)
            entries.setdefault(code, self._matter(code, names[-1]))
        return iter(entries.values())

    def _matter(self, code: str, name: str) -> Matter:
        route: CaseKind = self._mapping.kind
        return Matter(code, name, name, route, UnitKind.UNSORTED, service=self._mapping.service)


def matter_code(names: tuple[str, ...]) -> str:
    """Codes of the levels, each from its name and those above it."""
    return ".".join(slug("m", *names[:depth]) for depth in range(1, len(names) + 1))


def _english(kind: str, name: str) -> str:
    """A Latin name as it is; any other behind the word for its kind, since nobody translates a record."""
    return name if name.isascii() else f"{kind} {name}"
