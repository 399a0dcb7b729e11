"""The editions at hand, by digest: what a case pinned when it opened is found again by what it says."""

from collections.abc import Iterable
from typing import TypeVar

from domain.calendar import Calendar
from domain.rulebook import Rulebook


class UnknownEdition(LookupError):
    """No rulebook or calendar of that digest or name is on the shelf."""


class Shelf:
    """An immutable collection of rulebook and calendar editions."""

    def __init__(self, rulebooks: Iterable[Rulebook], calendars: Iterable[Calendar]) -> None:
        self._rulebooks = {each.digest: each for each in rulebooks}
        self._calendars = {each.digest: each for each in calendars}

    @property
    def rulebooks(self) -> tuple[Rulebook, ...]:
        """Every rulebook edition."""
        return tuple(self._rulebooks.values())

    @property
    def calendars(self) -> tuple[Calendar, ...]:
        """Every calendar edition."""
        return tuple(self._calendars.values())

    def rulebook(self, name: str) -> Rulebook:
        """The rulebook of a digest or an edition name."""
        return _find(self._rulebooks, name)

    def has_calendar(self, digest: str) -> bool:
        """Whether a calendar of that very content is here."""
        return digest in self._calendars

    def calendar(self, name: str) -> Calendar:
        """The calendar of a digest or an edition name."""
        return _find(self._calendars, name)


E = TypeVar("E", Rulebook, Calendar)


def _find(editions: dict[str, E], name: str) -> E:
    if name in editions:
        return editions[name]
    for edition in editions.values():
        if edition.edition == name:
            return edition
    raise UnknownEdition(name)
