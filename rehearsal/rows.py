"""Rows of an outside record, read one by one through a mapping: accepted, or rejected with a reason."""

import csv
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from domain.calendar import CST
from domain.organisation import plain_name
from domain.vocabulary import CaseKind
from rehearsal.mapping import ISO, ClosedFirst, Keyword, Label, Mapping, fill
from rehearsal.names import NameBook, comparable, tidy
from rehearsal.records import Fault, Record, records


class Reason(StrEnum):
    """Why a row is no case; a mapping may add reasons of its own."""

    WRONG_WIDTH = Fault.WRONG_WIDTH.value
    MALFORMED = Fault.MALFORMED.value
    UNDECODABLE = Fault.UNDECODABLE.value
    NO_TIME = "no_time"
    BAD_TIME = "bad_time"
    DUPLICATE_NUMBER = "duplicate_number"
    CLOSED_FIRST = "closed_before_opened"
    LABELS_CONTRADICT = "labels_contradict"


class Mended(StrEnum):
    """What was put right in a row that was accepted."""

    DATE_ONLY = "date_only"
    CLOSED_FIRST = "closed_before_opened"
    NO_PLACE = "no_place"


@dataclass(frozen=True, slots=True)
class Row:
    """One case of an outside record; `line` is where it begins in the file, counted from 1.

    `units` are names, the lead's first, and `written` is the lead's name as the record spells it. Where the
    record names no unit, they are those that its words speak for. `closed` is the instant of the answer where
    the record has answers. `repeats` is the line of the first row with the same body.
    """

    line: int
    number: str
    kind: CaseKind
    at: datetime
    street: str | None
    community: str | None
    matter: tuple[str, ...]
    units: tuple[str, ...]
    written: str | None
    title: str
    text: str
    channel: str | None
    writer: str | None
    due: datetime | None
    closed: datetime | None
    label: Label | None
    answer: str | None
    repeats: int | None
    mended: tuple[Mended, ...]

    @property
    def unit(self) -> str | None:
        """Name of the unit that should lead."""
        return self.units[0] if self.units else None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that is no case, with its reason, what it is about, and its values as they were read."""

    line: int
    reason: str
    about: str
    raw: tuple[str, ...]


@dataclass(slots=True)
class Counts:
    """What became of the rows: read = accepted + rejected."""

    read: int = 0
    accepted: int = 0
    unsorted_units: int = 0
    unsorted_matters: int = 0
    rejected_by_reason: Counter[str] = field(default_factory=Counter)
    mended: Counter[str] = field(default_factory=Counter)

    @property
    def rejected(self) -> int:
        """Rows of any reason."""
        return self.rejected_by_reason.total()

    def note(self, found: "Row | Rejected") -> None:
        """Count one more row."""
        self.read += 1
        match found:
            case Rejected(reason=reason):
                self.rejected_by_reason[reason] += 1
            case Row():
                self.accepted += 1
                self.unsorted_units += not found.units
                self.unsorted_matters += not found.matter
                self.mended.update(found.mended)


def read_rows(path: Path, mapping: Mapping, counts: Counts | None = None) -> Iterator[Row | Rejected]:
    """The rows of a `.csv` or `.csv.gz` file in their order, with only one of them in memory.

    Raises UnreadableFileError where the file is of another kind, breaks off, or lacks a mapped column.
    """
    reader = _Reader(mapping)
    for record in records(path, mapping):
        found = reader.row(record)
        if counts is not None:
            counts.note(found)
        yield found


def write_rejected(rejected: Iterable[Rejected], path: Path) -> int:
    """Write rejected rows as CSV: line, reason, what it is about, then the row as it was; how many."""
    written = 0
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("line", "reason", "about", "row"))
        for each in rejected:
            writer.writerow((each.line, each.reason, each.about, *each.raw))
            written += 1
    return written


_LONGEST_NULL = 16
"""A longer value is no mark for an absent one, whatever it says."""


class _UnfitError(Exception):
    """The row is no case."""

    def __init__(self, reason: str, about: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.about = about


class _Reader:
    """Makes rows of records; remembers numbers and bodies to know them again."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._needed = tuple(sorted(mapping.needed))
        self._names = NameBook(mapping.units)
        self._numbers: set[str] = set()
        self._bodies: dict[int, int] = {}

    def row(self, record: Record) -> Row | Rejected:
        if record.fault is not None:
            return Rejected(record.line, record.fault, "", record.raw)
        try:
            return self._row(record.line, self._without_nulls(record.values))
        except _UnfitError as unfit:
            return Rejected(record.line, unfit.reason, unfit.about, record.raw)

    def _without_nulls(self, values: Dictionary[str, str]) -> dict[str, str]:
        nulls = self._mapping.nulls
        return {
            column: values[column]
            for column in self._needed
            if len(values[column]) > _LONGEST_NULL or comparable(values[column]) not in nulls
        }

    def _row(self, line: int, values: dict[str, str]) -> Row:
        mapping, columns = self._mapping, self._mapping.columns
        mended: list[Mended] = []
        self._exclude(values)
        at, due, closed = self._instants(values, mended)
        title, text = self._words(values)
        street, community = self._place(values, title, text, mended)
        units, matter = self._work(values, title, text)
        return Row(
            line=line,
            number=self._number(line, values),
            kind=mapping.kind,
            at=at,
            street=street,
            community=community,
            matter=matter,
            units=units,
            written=self._value(values, "unit", columns.unit),
            title=title,
            text=text,
            channel=self._name(values, "channel", columns.channel),
            writer=self._value(values, "writer", columns.writer),
            due=due,
            closed=closed,
            label=self._label(values),
            answer=self._value(values, "answer", columns.answer),
            repeats=self._repeats(line, text),
            mended=tuple(mended),
        )

    def _words(self, values: dict[str, str]) -> tuple[str, str]:
        """Title and text; where the record has only one of them, or neither, something stands in."""
        filled = (fill(template, values) for template in (self._mapping.title, self._mapping.text))
        title, text = (words if any(map(str.isalnum, words)) else "" for words in filled)
        nothing = self._mapping.title_zh
        return title or text[:_LONGEST_TITLE] or nothing, text or title or nothing

    def _place(
        self, values: dict[str, str], title: str, text: str, mended: list[Mended]
    ) -> tuple[str | None, str | None]:
        columns = self._mapping.columns
        street = self._name(values, "street", columns.street) or self._found_street(title, text)
        community = self._name(values, "community", columns.community)
        if street is None and community is None:
            mended.append(Mended.NO_PLACE)
        return street, community

    def _work(self, values: dict[str, str], title: str, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Units and matter as the record names them, or else as its words speak for them."""
        written = self._value(values, "unit", self._mapping.columns.unit)
        matter = self._matter(values)
        units = (self._names.name(written),) if written else ()
        if units and matter:
            return units, matter
        spoken = _spoken(self._mapping.keywords, title, text)
        return (
            units or tuple(dict.fromkeys(each.unit for each in spoken)),
            matter or next((each.matter for each in spoken), ()),
        )

    def _exclude(self, values: dict[str, str]) -> None:
        for each in self._mapping.exclusions:
            if tidy(values.get(each.column, "")) in each.values:
                raise _UnfitError(each.reason, each.column)

    def _number(self, line: int, values: dict[str, str]) -> str:
        column = self._mapping.columns.number
        if column is None:
            return str(line)
        number = values.get(column, "").strip() or str(line)
        if number in self._numbers:
            raise _UnfitError(Reason.DUPLICATE_NUMBER, column)
        self._numbers.add(number)
        return number

    def _instants(
        self, values: dict[str, str], mended: list[Mended]
    ) -> tuple[datetime, datetime | None, datetime | None]:
        columns = self._mapping.columns
        at = self._instant(values, columns.at, mended)
        if at is None:
            raise _UnfitError(Reason.NO_TIME, columns.at)
        due = self._instant(values, columns.due, mended, ends_day=True)
        closed = self._instant(values, columns.closed, mended)
        if closed is not None and closed < at:
            if self._mapping.closed_first is ClosedFirst.REJECT:
                raise _UnfitError(Reason.CLOSED_FIRST, columns.closed or "")
            mended.append(Mended.CLOSED_FIRST)
            closed = at
        return at, due, closed

    def _instant(
        self, values: dict[str, str], column: str | None, mended: list[Mended], *, ends_day: bool = False
    ) -> datetime | None:
        """An instant of ours; a date alone is its first moment, or its last where it is a due date."""
        if column is None or column not in values:
            return None
        written = unicodedata.normalize("NFKC", values[column]).strip()
        found = _parsed(written, self._mapping.times)
        if found is None:
            raise _UnfitError(Reason.BAD_TIME, column)
        if ":" not in written:
            mended.append(Mended.DATE_ONLY)
            found = found.replace(hour=23, minute=59, second=59) if ends_day else found
        return (found if found.tzinfo else found.replace(tzinfo=self._mapping.zone)).astimezone(CST)

    def _label(self, values: dict[str, str]) -> Label | None:
        found = [
            label
            for label, wanted in self._mapping.labels.items()
            if all(values.get(column, "").strip() == value for column, value in wanted.items())
        ]
        if len(found) > 1:
            raise _UnfitError(Reason.LABELS_CONTRADICT, ",".join(found))
        return found[0] if found else None

    def _matter(self, values: dict[str, str]) -> tuple[str, ...]:
        """The names of the levels, as far down as the record gives them without a gap."""
        names: list[str] = []
        for column in self._mapping.columns.matter:
            if column not in values:
                break
            names.append(tidy(values[column]))
        return tuple(names)

    def _found_street(self, title: str, text: str) -> str | None:
        pattern = self._mapping.street_pattern
        found = pattern and (pattern.search(title) or pattern.search(text))
        return tidy(found[0]) if found else None

    def _value(self, values: dict[str, str], name: str, column: str | None) -> str | None:
        value = values.get(column, "").strip() if column else ""
        return value or self._mapping.constants.get(name)

    def _name(self, values: dict[str, str], name: str, column: str | None) -> str | None:
        value = self._value(values, name, column)
        return tidy(value) if value else None

    def _repeats(self, line: int, text: str) -> int | None:
        if not self._mapping.finds_repeats:
            return None
        first = self._bodies.setdefault(hash(plain_name(text)), line)
        return first if first != line else None


_MOST_UNITS = 4
_LONGEST_TITLE = 40


def _spoken(keywords: Iterable[Keyword], title: str, text: str) -> tuple[Keyword, ...]:
    """Keywords by how much the words say them, the title counting three times; at most four."""
    scored = [
        (sum(3 * title.count(word) + text.count(word) for word in each.words), -place, each)
        for place, each in enumerate(keywords)
    ]
    found = sorted((entry for entry in scored if entry[0]), key=lambda entry: entry[:2], reverse=True)
    return tuple(each for _, _, each in found[:_MOST_UNITS])


def _parsed(written: str, formats: tuple[str, ...]) -> datetime | None:
    for each in formats:
        try:
            if each == ISO:
                return datetime.fromisoformat(written)
            return datetime.strptime(written, each)  # noqa: DTZ007  (the mapping's zone is set by the caller)
        except ValueError:
            continue
    return None
