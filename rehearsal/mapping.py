"""What a mapping file says: how columns of an outside record become fields, which rows are no cases."""

import re
from collections.abc import Iterable
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from datetime import timedelta, timezone
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType

from domain.calendar import CST
from domain.edition import EditionError, Table, read
from domain.organisation import plain_name
from domain.vocabulary import CaseKind, Service, Unit, UnitKind

ISO = "iso"
"""The time format that reads `2018-02-08 15:34:40` and `2018-02-08`."""


class UnknownMappingError(LookupError):
    """No mapping of that name is in the package."""


class MappingError(ValueError):
    """A mapping file that must not be used: its name, then line and path of what is wrong."""


class ClosedFirst(StrEnum):
    """What becomes of a row that closed before it opened."""

    REJECT = "reject"
    AS_OPENED = "as_opened"
    """It counts as closed the moment it opened."""


class Label(StrEnum):
    """The record's own word on whether a case was in time."""

    ON_TIME = "on_time"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Columns:
    """Field → column; None where the record has none."""

    number: str | None
    at: str
    street: str | None
    community: str | None
    matter: tuple[str, ...]
    unit: str | None
    writer: str | None
    channel: str | None
    due: str | None
    closed: str | None
    answer: str | None

    @property
    def named(self) -> frozenset[str]:
        """Every column that is used."""
        singles = (
            self.number, self.at, self.street, self.community, self.unit, self.writer, self.channel, self.due,
            self.closed, self.answer,
        )  # fmt: skip
        return frozenset(column for column in (*singles, *self.matter) if column)


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Rows whose column has one of the values are no cases."""

    column: str
    values: frozenset[str]
    reason: str


@dataclass(frozen=True, slots=True)
class Keyword:
    """Words that speak for a unit and a matter where the record names neither."""

    words: tuple[str, ...]
    unit: str
    matter: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitNames:
    """How names of units become one name for each body.

    `qualifiers` are endings of a bracket at the end of a name that may merely repeat a place, as in
    `六和社区（某街道办事处）`; it is dropped where the name says that place itself, or ends in one of
    `self_placed`. `kinds` gives the kind of a unit by the ending of its name.
    """

    aliases: Dictionary[str, str]
    qualifiers: tuple[str, ...]
    self_placed: tuple[str, ...]
    kinds: tuple[tuple[str, UnitKind], ...]


@dataclass(frozen=True, slots=True)
class Mapping:
    """One mapping file, read and checked."""

    name: str
    title_zh: str
    title_en: str
    kind: CaseKind
    root: Unit
    service: Service
    encoding: str
    nulls: frozenset[str]
    times: tuple[str, ...]
    zone: timezone
    columns: Columns
    title: str
    text: str
    constants: Dictionary[str, str]
    street_pattern: re.Pattern[str] | None
    labels: Dictionary[Label, Dictionary[str, str]]
    exclusions: tuple[Exclusion, ...]
    keywords: tuple[Keyword, ...]
    units: UnitNames
    closed_first: ClosedFirst
    finds_repeats: bool

    @property
    def needed(self) -> frozenset[str]:
        """Columns that a record must have to be read by this mapping."""
        templates = set(_PLACEHOLDER.findall(self.title + self.text))
        labels = {column for wanted in self.labels.values() for column in wanted}
        return self.columns.named | templates | labels | {each.column for each in self.exclusions}


_PLACEHOLDER = re.compile(r"\{([^{}]+)\}")


def fill(template: str, values: Dictionary[str, str]) -> str:
    """A template with `{column}` replaced by the row's values; an absent value leaves nothing."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1], ""), template).strip()


def mapping_names() -> tuple[str, ...]:
    """Names of the mappings in the package."""
    return tuple(sorted(each.name[:-5] for each in _folder().iterdir() if each.name.endswith(".toml")))


def load_mapping(name: str) -> Mapping:
    """A mapping of the package by its name. Raises UnknownMappingError and MappingError."""
    if name not in mapping_names():
        raise UnknownMappingError(f"{name}; there are {', '.join(mapping_names())}")
    return parse_mapping((_folder() / f"{name}.toml").read_text(encoding="utf-8"), name)


def _folder() -> Traversable:
    return files("rehearsal") / "mappings"


def parse_mapping(text: str, name: str) -> Mapping:
    """A mapping from the text of its file. Raises MappingError with the line that is wrong."""
    try:
        return _mapping(read(text), name)
    except EditionError as wrong:
        raise MappingError(f"{name}: {wrong}") from wrong


def _mapping(top: Table, name: str) -> Mapping:
    file, rows, templates = top.table("file"), top.table("rows"), top.table("templates")
    mapping = Mapping(
        name=name,
        title_zh=top.text("title_zh"),
        title_en=top.text("title_en"),
        kind=top.choice("kind", CaseKind),
        root=Unit(top.text("root")),
        service=top.choice("service", Service, Service.ORDER),
        encoding=file.text("encoding", "utf-8-sig"),
        nulls=frozenset(map(plain_name, file.texts("nulls", ()))) | {""},
        times=file.texts("times", (ISO,)),
        zone=_zone(file),
        columns=_columns(top.table("columns")),
        title=templates.text("title"),
        text=templates.text("text"),
        constants=_texts(top.table("constants")),
        street_pattern=_pattern(top),
        labels=_labels(top.table("labels")),
        exclusions=tuple(_exclusion(each) for each in rows.tables("exclude")),
        keywords=tuple(_keyword(each) for each in top.tables("keywords")),
        units=_unit_names(top.table("units")),
        closed_first=rows.choice("closed_first", ClosedFirst, ClosedFirst.REJECT),
        finds_repeats=rows.flag("finds_repeats", False),
    )
    _close((file, rows, templates, top))
    return mapping


def _close(tables: Iterable[Table]) -> None:
    for table in tables:
        table.close()


_OFFSET = re.compile(r"([+-])(\d\d):(\d\d)")


def _zone(file: Table) -> timezone:
    """`wall` takes the clock on the record's wall for ours: comparisons within the record stay exact."""
    written = file.text("timezone")
    found = _OFFSET.fullmatch(written)
    if written == "wall":
        return CST
    if found is None:
        raise file.error("timezone", 'must be "wall" or an offset such as "+08:00"')
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return timezone(-offset if found[1] == "-" else offset)


def _columns(table: Table) -> Columns:
    def column(field: str) -> str | None:
        return table.text(field) if field in table else None

    columns = Columns(
        number=column("number"),
        at=table.text("at"),
        street=column("street"),
        community=column("community"),
        matter=table.texts("matter", ()),
        unit=column("unit"),
        writer=column("writer"),
        channel=column("channel"),
        due=column("due"),
        closed=column("closed"),
        answer=column("answer"),
    )
    table.close()
    return columns


def _texts(table: Table) -> Dictionary[str, str]:
    return MappingProxyType({key: table.text(key) for key in table})


def _pattern(top: Table) -> re.Pattern[str] | None:
    if "street_pattern" not in top:
        return None
    try:
        return re.compile(top.text("street_pattern"))
    except re.error as wrong:
        raise top.error("street_pattern", f"is no pattern: {wrong}") from wrong


def _labels(table: Table) -> Dictionary[Label, Dictionary[str, str]]:
    labels = {label: _texts(table.table(label.value)) for label in Label if label.value in table}
    table.close()
    return MappingProxyType(labels)


def _exclusion(table: Table) -> Exclusion:
    found = Exclusion(table.text("column"), frozenset(table.texts("values")), table.text("reason"))
    table.close()
    return found


def _keyword(table: Table) -> Keyword:
    found = Keyword(table.texts("words"), table.text("unit"), table.texts("matter"))
    table.close()
    return found


def _unit_names(table: Table) -> UnitNames:
    aliases = table.table("aliases")
    kinds = table.table("kinds")
    names = UnitNames(
        aliases=MappingProxyType({plain_name(alias): aliases.text(alias) for alias in aliases}),
        qualifiers=table.texts("qualifiers", ()),
        self_placed=table.texts("self_placed", ()),
        kinds=tuple((ending, kinds.choice(ending, UnitKind)) for ending in kinds),
    )
    table.close()
    return names
