"""The catalogue of matters: what may be brought, which way it usually takes, and who usually answers."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from domain.edition import Table, read
from domain.organisation import plain_name
from domain.vocabulary import CaseKind, Service, Unit, UnitKind

LEVELS = 3
"""Depth of the catalogue, as the 2+2+2 digits of the hotline classes have it (GB/T 39666-2020)."""

Taker = Unit | UnitKind
"""Who answers for a matter: one unit by its path, or the unit of a kind that is nearest to the place."""


class DisputeType(StrEnum):
    """Types of dispute 纠纷类型 in the statistics of people's mediation.

    Fifteen as the justice bureau of Huangshi counts them (2016); tourism, intellectual property and the
    internet as that of Xilingol does (2021). The codes are ours.
    """

    FAMILY = "marriage_family"
    NEIGHBOURS = "neighbours"
    HOMESTEAD = "house_homestead"
    CONTRACT = "contract"
    PRODUCTION = "production_business"
    DAMAGES = "damages"
    FOREST_LAND = "forest_land"
    DEMOLITION = "requisition_demolition"
    POLLUTION = "pollution"
    LABOUR = "labour"
    CONSUMER = "consumer"
    MEDICAL = "medical"
    TRAFFIC = "traffic_accident"
    PROPERTY = "property_management"
    TOURISM = "tourism"
    INTELLECTUAL_PROPERTY = "intellectual_property"
    INTERNET = "internet"
    OTHER = "other"


class Urgency(StrEnum):
    """How soon somebody must look: in its turn, before others, or at once."""

    ROUTINE = "routine"
    PRESSING = "pressing"
    EMERGENCY = "emergency"


@dataclass(frozen=True, slots=True)
class Matter:
    """One entry of the catalogue, of any of its three levels.

    `code` joins the codes of its levels with points, such as `03.01.02`. `route` is the procedure that such
    a matter usually takes, `service` the profile of limits of its order; `lead` and `co_units` are the
    default, never a rule. `paper_only` marks papers the law keeps from e-signature: marriage, adoption,
    inheritance, the stopping of water, heat or gas (《电子签名法》第3条).
    """

    code: str
    name_zh: str
    name_en: str
    route: CaseKind = CaseKind.ORDER
    lead: Taker | None = None
    co_units: tuple[Taker, ...] = ()
    urgency: Urgency = Urgency.ROUTINE
    service: Service = Service.ORDER
    dispute: DisputeType | None = None
    paper_only: bool = False

    @property
    def parent(self) -> str | None:
        """Code of the entry above, None at the first level."""
        return self.code.rpartition(".")[0] or None

    @property
    def level(self) -> int:
        """1 for a type, 2 for a main class, 3 for a leaf."""
        return self.code.count(".") + 1


UNSORTED = Matter("unsorted", "未分类", "Unsorted", lead=UnitKind.UNSORTED)
"""Where everything goes that no entry fits; it is shown, not hidden."""


class Catalogue:
    """An immutable set of matters, found by code or by the names of their levels.

    Raises ValueError for a code given twice, an entry without the one above it, or one below the third level.
    """

    def __init__(self, matters: Iterable[Matter]) -> None:
        entries: dict[str, Matter] = {}
        for matter in sorted(matters, key=lambda m: m.code):
            if matter.code in entries:
                raise ValueError(f"{matter.code} is given twice")
            if matter.level > LEVELS or (matter.parent is not None and matter.parent not in entries):
                raise ValueError(f"{matter.code} has no entry above it within {LEVELS} levels")
            entries[matter.code] = matter
        self._by_code = MappingProxyType(entries)
        self._by_names = {names: each for each in entries.values() for names in self._spellings(each)}

    def __iter__(self) -> Iterator[Matter]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def matter(self, code: str) -> Matter:
        """The entry of a code; the unsorted matter for any other."""
        return self._by_code.get(code, UNSORTED)

    def named(self, *names: str) -> Matter:
        """The entry under the names of its levels, Chinese or English, from the first level down.

        Full- and half-width forms are one. The unsorted matter where any of the names is unknown.
        """
        return self._by_names.get(tuple(plain_name(name) for name in names), UNSORTED)

    def line(self, code: str) -> tuple[Matter, ...]:
        """An entry with those above it, the first level first; empty for an unknown code."""
        matter = self._by_code.get(code)
        if matter is None:
            return ()
        return (*(self.line(matter.parent) if matter.parent else ()), matter)

    def below(self, code: str) -> tuple[Matter, ...]:
        """The entries directly under one."""
        return tuple(each for each in self if each.parent == code)

    def leaves(self) -> tuple[Matter, ...]:
        """Entries with nothing under them."""
        parents = {each.parent for each in self}
        return tuple(each for each in self if each.code not in parents)

    def _spellings(self, matter: Matter) -> Iterator[tuple[str, ...]]:
        line = self.line(matter.code)
        yield tuple(plain_name(each.name_zh) for each in line)
        yield tuple(plain_name(each.name_en) for each in line)


def parse_catalogue(text: str) -> Catalogue:
    """A catalogue from TOML: one table `[matters]`, code → entry; what an entry leaves out it has from above.

    Raises EditionError, which names path and line.
    """
    top = read(text)
    table = top.table("matters")
    matters: dict[str, Matter] = {}
    for code in sorted(table):
        matters[code] = _matter(table, code, matters)
    top.close()
    return Catalogue(matters.values())


def _matter(table: Table, code: str, above: Mapping[str, Matter]) -> Matter:
    parent = code.rpartition(".")[0]
    if parent and parent not in above:
        raise table.error(code, f"there is no {parent} above it")
    if code.count(".") >= LEVELS:
        raise table.error(code, f"is deeper than {LEVELS} levels")
    usual = above[parent] if parent else Matter(code, "", "")
    entry = table.table(code)
    matter = Matter(
        code=code,
        name_zh=entry.text("zh"),
        name_en=entry.text("en"),
        route=entry.choice("route", CaseKind, usual.route),
        lead=_taker(entry, "lead", entry.text("lead")) if "lead" in entry else usual.lead,
        co_units=_co_units(entry, usual),
        urgency=entry.choice("urgency", Urgency, usual.urgency),
        service=entry.choice("service", Service, usual.service),
        dispute=entry.choice("dispute", DisputeType) if "dispute" in entry else usual.dispute,
        paper_only=entry.flag("paper_only", usual.paper_only),
    )
    entry.close()
    return matter


def _co_units(entry: Table, usual: Matter) -> tuple[Taker, ...]:
    if "co" not in entry:
        return usual.co_units
    return tuple(_taker(entry, "co", each) for each in entry.texts("co"))


def _taker(entry: Table, key: str, written: str) -> Taker:
    """A path has a slash, a kind has none."""
    if "/" in written:
        return Unit(written)
    if written not in set(UnitKind):
        raise entry.error(key, f"must be the path of a unit or one of {', '.join(UnitKind)}")
    return UnitKind(written)
