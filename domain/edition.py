"""The text of an edition on its way in: read strictly, digested, every mistake named by path and line."""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import TypeVar, cast

Code = TypeVar("Code", bound=StrEnum)
Kind = TypeVar("Kind")

_HEADER = re.compile(r"\s*(\[\[?)\s*(.+?)\s*\]\]?\s*(?:#.*)?$")
_ONE_KEY = r"""(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)"""
_ENTRY = re.compile(rf"\s*({_ONE_KEY}(?:\s*\.\s*{_ONE_KEY})*)\s*=")
_KEY = re.compile(_ONE_KEY)
_BARE = re.compile(r"[A-Za-z0-9_-]+")


class EditionError(ValueError):
    """An edition that must not be used: where it is wrong, and what is allowed there.

    `path` is the dotted TOML path, `line` counts from 1 in the text that was read.
    """

    def __init__(self, path: str, line: int, message: str) -> None:
        super().__init__(f"line {line}: {path}: {message}")
        self.path = path
        self.line = line
        self.message = message


def digest_of(content: object) -> str:
    """SHA-256, in hex, of canonical JSON: keys sorted, no spaces, UTF-8, dates and times in ISO 8601."""
    return hashlib.sha256(canonical_json(content)).hexdigest()


def canonical_json(content: object) -> bytes:
    """Bytes that are the same wherever the same content is written."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_iso)
    return text.encode()


def _iso(value: object) -> str:
    if isinstance(value, (date, time)):
        return value.isoformat()
    raise TypeError(f"an edition does not hold {type(value).__name__}")


class Table:
    """One table of an edition: keys are asked for by kind, and `close` refuses those nobody asked for."""

    def __init__(self, text: str, path: tuple[str, ...], values: Mapping[str, object]) -> None:
        self._text = text
        self._path = path
        self._values = values
        self._asked: set[str] = set()

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def error(self, key: str | None, message: str) -> EditionError:
        """The error to raise for a key of this table, or for the table itself."""
        path = self._path if key is None else (*self._path, key)
        return EditionError(written(path), line_of(self._text, path), message)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def text(self, key: str, default: str | None = None) -> str:
        """A string that says something."""
        value = self._get(key, str, "a text", default)
        if not value.strip() and value != default:
            raise self.error(key, "must not be empty")
        return value

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        return self._get(key, bool, "true or false", default)

    def integer(self, key: str, default: int | None = None) -> int:
        """A whole number."""
        return self._get(key, int, "a whole number", default)

    def number(self, key: str) -> int | float:
        """A number; one without a fraction comes back whole, so that 3 and 3.0 have one digest."""
        value = self._get(key, (int, float), "a number", None)
        return int(value) if value == int(value) else float(value)

    def day(self, key: str) -> date:
        """A date such as 2026-01-01."""
        return self._get(key, date, "a date such as 2026-01-01", None)

    def time(self, key: str) -> time:
        """A time of day such as 08:30:00."""
        return self._get(key, time, "a time such as 08:30:00", None)

    def choice(self, key: str, codes: type[Code], default: Code | None = None) -> Code:
        """One of the codes."""
        allowed = f"one of {', '.join(codes)}"
        value: str = self._get(key, str, allowed, None if default is None else default.value)
        return self._code(key, value, codes)

    def choices(self, key: str, codes: type[Code]) -> tuple[Code, ...]:
        """Some of the codes, at least one."""
        found = tuple(self._code(key, value, codes) for value in self.texts(key, ()))
        if not found:
            raise self.error(key, f"needs at least one of {', '.join(codes)}")
        return found

    def texts(self, key: str, default: Sequence[str] | None = None) -> tuple[str, ...]:
        """A list of strings."""
        return self._list(key, str, "a list of texts", default)

    def days(self, key: str, default: Sequence[date] | None = None) -> tuple[date, ...]:
        """A list of dates."""
        return self._list(key, date, "a list of dates", default)

    def spans(self, key: str) -> tuple[tuple[date, date], ...]:
        """A list of [first, last] pairs of dates."""
        allowed = "a list of [first, last] dates, first not after last"
        pairs = self._list(key, list, allowed, ())
        for pair in pairs:
            if len(pair) != 2 or not all(_is(end, date) for end in pair) or pair[0] > pair[1]:
                raise self.error(key, f"must be {allowed}")
        return tuple((pair[0], pair[1]) for pair in pairs)

    def table(self, key: str) -> "Table":
        """The table under a key; empty where the edition has none."""
        values = self._get(key, dict, "a table", {})
        return Table(self._text, (*self._path, key), values)

    def tables(self, key: str) -> tuple["Table", ...]:
        """The tables of an array, in their order."""
        values = self._list(key, dict, "an array of tables", ())
        return tuple(
            Table(self._text, (*self._path, key, str(place)), each) for place, each in enumerate(values)
        )

    def close(self) -> None:
        """Refuse what nobody asked for: a misspelt key must not pass as a default."""
        for key in self._values:
            if key not in self._asked:
                raise self.error(key, f"unknown; allowed: {', '.join(sorted(self._asked)) or 'nothing'}")

    def _get(
        self, key: str, kind: type[Kind] | tuple[type[Kind], ...], allowed: str, default: Kind | None
    ) -> Kind:
        self._asked.add(key)
        value = self._values.get(key, default)
        if value is None:
            raise self.error(key, f"is missing; it must be {allowed}")
        if not _is(value, kind):
            raise self.error(key, f"must be {allowed}")
        return cast(Kind, value)

    def _list(
        self, key: str, kind: type[Kind], allowed: str, default: Sequence[Kind] | None
    ) -> tuple[Kind, ...]:
        values = self._get(key, list, allowed, None if default is None else list(default))
        if not all(_is(value, kind) for value in values):
            raise self.error(key, f"must be {allowed}")
        return tuple(values)

    def _code(self, key: str, value: str, codes: type[Code]) -> Code:
        if value not in set(codes):
            raise self.error(key, f"must be one of {', '.join(codes)}")
        return codes(value)


def read(text: str) -> Table:
    """The top table of an edition; text that is not TOML is refused with its line."""
    try:
        return Table(text, (), tomllib.loads(text))
    except tomllib.TOMLDecodeError as wrong:
        found = re.search(r"at line (\d+)", str(wrong))
        line = int(found[1]) if found else len(text.splitlines())
        raise EditionError("(TOML)", line, str(wrong)) from wrong


def written(path: Sequence[str]) -> str:
    """A path as TOML writes it: `limits."petition.route".unit`."""
    return ".".join(key if _BARE.fullmatch(key) else f'"{key}"' for key in path) or "(top)"


def line_of(text: str, path: Sequence[str]) -> int:
    """The first line that names the path, or that names the nearest table above it."""
    best, found = 0, 1
    for line, named in _named_lines(text):
        shared = len(named)
        if best < shared <= len(path) and tuple(path[:shared]) == named:
            best, found = shared, line
    return found


def _named_lines(text: str) -> Iterator[tuple[int, tuple[str, ...]]]:
    table: tuple[str, ...] = ()
    seen: dict[tuple[str, ...], int] = {}
    for line, written_line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(written_line):
            table = _keys(header[2])
            if header[1] == "[[":
                seen[table] = seen.get(table, -1) + 1
                table = (*table, str(seen[table]))
            yield line, table
        elif entry := _ENTRY.match(written_line):
            yield line, (*table, *_keys(entry[1]))


def _keys(written_keys: str) -> tuple[str, ...]:
    return tuple(key.strip("\"'") for key in _KEY.findall(written_keys))


def _is(value: object, kind: type | tuple[type, ...]) -> bool:
    """bool is no number here, and a date-time no date, whatever Python says."""
    kinds = kind if isinstance(kind, tuple) else (kind,)
    if isinstance(value, bool):
        return bool in kinds
    return isinstance(value, kinds) and not isinstance(value, datetime)


@dataclass(frozen=True, slots=True)
class Released:
    """Digests of the editions that were released: from then on their content does not change."""

    calendars: Mapping[str, str]
    rulebooks: Mapping[str, str]


def parse_released(text: str) -> Released:
    """Read the register of released editions. Raises EditionError."""
    top = read(text)
    released = Released(_digests(top.table("calendars")), _digests(top.table("rulebooks")))
    top.close()
    return released


def _digests(table: Table) -> dict[str, str]:
    digests = {edition: table.text(edition) for edition in table}
    for edition, digest in digests.items():
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise table.error(edition, "must be 64 hexadecimal digits")
    return digests
