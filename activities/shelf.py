"""Takes editions from the package and from the operator's folder onto the shelf, or refuses them by line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from domain.calendar import Calendar, parse_calendar
from domain.edition import EditionError, Released, parse_released, read
from domain.rulebook import Rulebook, base_of, parse_rulebook
from domain.shelf import Shelf

_RELEASED = "released.toml"
_CALENDAR_KEY = "published_from"


class BrokenEdition(RuntimeError):
    """An edition that must not be used. `file` and `line` (from 1) say where it is wrong."""

    def __init__(self, file: str, line: int, what: str) -> None:
        super().__init__(f"{file}:{line}: 版本有误，已拒绝。/ This edition is refused. {what}")
        self.file = file
        self.line = line


@dataclass(frozen=True, slots=True)
class EditionText:
    """The TOML of one edition, and the file it stands in."""

    file: str
    text: str

    def broken(self, what: str, line: int = 1) -> BrokenEdition:
        return BrokenEdition(self.file, line, what)


def load_shelf(folder: Path | None = None) -> Shelf:
    """Every edition of the package and, if given, of an operator's folder and the folders in it.

    A file with `published_from` is a calendar, any other a rulebook; they may extend one another in any
    order. Raises BrokenEdition where one cannot be read, has the name of another, extends what is not
    there, or was released with other content.
    """
    return shelf_of(edition_texts(folder))


def edition_texts(folder: Path | None = None) -> tuple[EditionText, ...]:
    """The texts of which `load_shelf` makes a shelf. Raises BrokenEdition where one is not UTF-8."""
    return (*_packaged("editions"), *_packaged("calendars"), *_operators(folder))


def shelf_of(texts: Sequence[EditionText]) -> Shelf:
    """The shelf that texts make, wherever they come from. Raises BrokenEdition as `load_shelf`."""
    calendars = {each.edition: each for each in _calendars(texts)}
    rulebooks = _rulebooks(texts)
    return Shelf(rulebooks.values(), calendars.values())


def _packaged(name: str) -> Iterator[EditionText]:
    return _texts(resources.files("domain") / name, f"domain/{name}")


def _operators(folder: Path | None) -> Iterator[EditionText]:
    if folder is None:
        return
    if not folder.is_dir():
        raise BrokenEdition(str(folder), 1, "is not a folder")
    for place in (folder, *sorted(each for each in folder.iterdir() if each.is_dir())):
        yield from _texts(place, str(place))


def _texts(folder: Traversable, name: str) -> Iterator[EditionText]:
    for each in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if each.name.endswith(".toml") and each.name != _RELEASED:
            try:
                yield EditionText(f"{name}/{each.name}", each.read_text(encoding="utf-8"))
            except UnicodeDecodeError as wrong:
                raise BrokenEdition(f"{name}/{each.name}", 1, f"not UTF-8: {wrong}") from wrong


def _calendars(texts: Sequence[EditionText]) -> Iterator[Calendar]:
    released = _released().calendars
    seen: dict[str, str] = {}
    for each in texts:
        if _is_calendar(each):
            try:
                calendar = parse_calendar(each.text)
            except EditionError as wrong:
                raise each.broken(f"{wrong.path}: {wrong.message}", wrong.line) from wrong
            _check(each, calendar, released, seen)
            yield calendar


def _rulebooks(texts: Sequence[EditionText]) -> dict[str, Rulebook]:
    """Every rulebook after the one it extends, whatever the order of the files."""
    released = _released().rulebooks
    waiting = [each for each in texts if not _is_calendar(each)]
    found: dict[str, Rulebook] = {}
    seen: dict[str, str] = {}
    while waiting:
        ready = [each for each in waiting if (base := _base_of(each)) is None or base in found]
        if not ready:
            raise waiting[0].broken(f"it extends {_base_of(waiting[0])}, which is not there")
        for each in ready:
            rulebook = _rulebook(each, found)
            _check(each, rulebook, released, seen)
            found[rulebook.edition] = rulebook
        waiting = [each for each in waiting if each not in ready]
    return found


def _rulebook(each: EditionText, found: Mapping[str, Rulebook]) -> Rulebook:
    base = _base_of(each)
    try:
        return parse_rulebook(each.text, found[base] if base else None)
    except EditionError as wrong:
        raise each.broken(f"{wrong.path}: {wrong.message}", wrong.line) from wrong


def _base_of(each: EditionText) -> str | None:
    try:
        return base_of(each.text)
    except EditionError as wrong:
        raise each.broken(f"{wrong.path}: {wrong.message}", wrong.line) from wrong


def _is_calendar(each: EditionText) -> bool:
    try:
        return _CALENDAR_KEY in read(each.text)
    except EditionError as wrong:
        raise each.broken(f"{wrong.path}: {wrong.message}", wrong.line) from wrong


def _check(
    each: EditionText, edition: Calendar | Rulebook, released: Mapping[str, str], seen: dict[str, str]
) -> None:
    name = edition.edition
    if name in seen:
        raise each.broken(f"the edition {name} is already in {seen[name]}")
    if released.get(name, edition.digest) != edition.digest:
        raise each.broken(
            f"{name} was released as {released[name]} and now reads {edition.digest}; make it a new edition"
        )
    seen[name] = each.file


def _released() -> Released:
    return parse_released(_released_text())


def _released_text() -> str:
    return (resources.files("domain") / "editions" / _RELEASED).read_text(encoding="utf-8")
