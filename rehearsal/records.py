"""The records of a `.csv` or `.csv.gz` file, each with its first line, or with what is wrong with it."""

import _csv
import csv
import gzip
import zlib
from collections.abc import Iterator
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TextIO

from rehearsal.mapping import Mapping


class UnreadableFileError(ValueError):
    """A record that cannot be read at all, or not by this mapping."""


class Fault(StrEnum):
    """Why a record cannot be read."""

    WRONG_WIDTH = "wrong_width"
    MALFORMED = "malformed_csv"
    UNDECODABLE = "undecodable"


@dataclass(frozen=True, slots=True)
class Record:
    """One record of the file, or what is wrong with it."""

    line: int
    raw: tuple[str, ...]
    values: Dictionary[str, str]
    fault: Fault | None = None


def _open(path: Path, encoding: str) -> TextIO:
    """Bytes that are not of the encoding become lone surrogates, so that one bad row costs no other."""
    name = path.name.lower()
    if name.endswith(".csv.gz"):
        return gzip.open(path, "rt", encoding=encoding, errors="surrogateescape", newline="")
    if name.endswith(".csv"):
        return path.open(encoding=encoding, errors="surrogateescape", newline="")
    raise UnreadableFileError(f"{path.name}: must be a .csv or .csv.gz file")


def records(path: Path, mapping: Mapping) -> Iterator[Record]:
    """The records of a file, one in memory at a time. Raises UnreadableFileError."""
    try:
        with _open(path, mapping.encoding) as source:
            lines = csv.reader(source)
            header = [name.strip() for name in next(lines, [])]
            _require_columns(path, header, mapping)
            yield from _body(lines, header)
    except (EOFError, OSError, zlib.error) as wrong:
        raise UnreadableFileError(f"{path.name}: cannot be read to its end: {wrong}") from wrong


def _require_columns(path: Path, header: list[str], mapping: Mapping) -> None:
    missing = sorted(mapping.needed - set(header))
    if missing:
        wanted = ", ".join(missing)
        raise UnreadableFileError(f"{path.name}: the mapping {mapping.name} needs columns {wanted}")


def _body(lines: "_csv.Reader", header: list[str]) -> Iterator[Record]:
    while True:
        first = lines.line_num + 1
        try:
            raw = next(lines)
        except StopIteration:
            return
        except csv.Error:
            yield Record(first, (), {}, Fault.MALFORMED)
            continue
        if raw:
            yield Record(first, tuple(raw), dict(zip(header, raw, strict=False)), _fault(raw, header))


def _fault(raw: list[str], header: list[str]) -> Fault | None:
    if len(raw) != len(header):
        return Fault.WRONG_WIDTH
    try:
        "".join(raw).encode()
    except UnicodeEncodeError:
        return Fault.UNDECODABLE
    return None
