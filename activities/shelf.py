"""Takes editions from the package and from the operator's folder onto the shelf, or refuses them by line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from domain.calendar import Calendar, parse_calendar
from domain.edition import EditionError, parse_released, read
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
class _Text:
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
    texts = [*_packaged("editions"), *_packaged("calendars"), *_operators(folder)]
    calendars = {each.edition: each for each in _calendars(texts)}
    rulebooks = _rulebooks(texts)
    return Shelf(rulebooks.values(), calendars.values())


def _packaged(name: str) -> Iterator[_Text]:
    return _texts(resources.files("domain") / name, f"domain/{name}")


def _operators(folder: Path | None) -> Iterator[_Text]:
    if folder is None:
        return
    if not folder.is_dir():
        raise BrokenEdition(str(folder), 1, "is not a folder")
    for place in (folder, *sorted(each for each in folder.iterdir() if each.is_dir())):
        yield from _texts(place, str(place))


def _texts(folder: Traversable, name: str) -> Iterator[_Text]:
    for each in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if each.name.endswith(".toml") and each.name != _RELEASED:
            try:
                yield _Text(f"{name}/{each.name}", each.read_text(encoding="utf-8"))
            except UnicodeDecodeError as wrong:
                raise BrokenEdition(f"{name}/{each.name}", 1, f"not UTF-8: {wrong}") from wrong
