"""The editions that cases pinned: which they are, and the texts of which a shelf with them is made."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from activities.chain import Link
from activities.shelf import BrokenEdition, EditionText, edition_texts, shelf_of
from domain.acts.base import AdoptCalendar
from domain.events import Acted, CaseOpened
from domain.shelf import Shelf, UnknownEdition


@dataclass(frozen=True, slots=True)
class Pin:
    """An edition that an event names by its digest; `is_calendar` says of which sort."""

    seq: int
    digest: str
    is_calendar: bool


@dataclass(frozen=True, slots=True)
class Library:
    """A shelf, and the TOML it was made of by the names of the editions."""

    shelf: Shelf
    texts: Mapping[str, str]

    def texts_of(self, links: Iterable[Link]) -> dict[str, str]:
        """What a case pinned and what that extends; an edition that is not here is left out."""
        named = [name for pin in pins(links) for name in self._names(pin)]
        return {name: self.texts[name] for name in sorted(set(named))}

    def _names(self, pin: Pin) -> Iterator[str]:
        name: str | None
        try:
            held = self.shelf.calendar(pin.digest) if pin.is_calendar else self.shelf.rulebook(pin.digest)
        except UnknownEdition:
            return
        name = held.edition
        while name is not None:
            yield name
            name = None if pin.is_calendar else self.shelf.rulebook(name).extends


def open_library(folder: Path | None = None) -> Library:
    """The editions of the package and of an operator's folder. Raises BrokenEdition."""
    texts = edition_texts(folder)
    return Library(shelf_of(texts), {_name(each): each.text for each in texts})


def library_of(texts: Mapping[str, str]) -> Library:
    """The editions that somebody carried, by name. Raises BrokenEdition."""
    return Library(_shelf_of(tuple(sorted(texts.items()))), dict(texts))


@lru_cache(maxsize=16)
def _shelf_of(texts: tuple[tuple[str, str], ...]) -> Shelf:
    """Reading editions takes twenty times as long as verifying a case, and most files carry the same."""
    try:
        return shelf_of([EditionText(name, text) for name, text in texts])
    except RecursionError as deep:
        raise BrokenEdition("editions", 1, "nested too deeply") from deep


def pins(links: Iterable[Link]) -> list[Pin]:
    """Every edition that events name, in their order; what is not a text there names nothing."""
    return [pin for link in links for pin in _pins_of(link.event) if isinstance(pin.digest, str)]


def _pins_of(event: Mapping[str, object]) -> Sequence[Pin]:
    data, seq = event["data"], event["seq"]
    assert isinstance(data, Mapping)
    assert isinstance(seq, int)
    if event["kind"] == CaseOpened.code:
        return Pin(seq, data.get("rulebook", ""), False), Pin(seq, data.get("calendar", ""), True)
    fields = data.get("fields")
    if event["kind"] == Acted.code and data.get("act") == AdoptCalendar.code and isinstance(fields, Mapping):
        return (Pin(seq, fields.get("calendar", ""), True),)
    return ()


def _name(each: EditionText) -> str:
    return str(tomllib.loads(each.text)["edition"])
