"""One request for a page: who asks, in which language and theme, and with which anti-forgery token."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from fastapi import Request

from api.door import Door
from api.identity.callers import Caller
from api.voice import Voice
from api.web.frame.navigation import Entry, case_address, entries_for, entries_in
from api.web.frame.speech import SPEECHES, Speech
from api.words import Language, language_of
from domain.vocabulary import Role

LANGUAGE_COOKIE = "herun_language"
THEME_COOKIE = "herun_theme"


class Theme(StrEnum):
    """How a page is lit; `auto` follows the device."""

    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for a page by anybody."""

    door: Door
    request: Request
    language: Language
    theme: Theme
    csrf: str = ""

    @property
    def speech(self) -> Speech:
        """How the visitor is spoken to."""
        return SPEECHES[self.language]

    @property
    def signed_in(self) -> Caller | None:
        """Who it is, if that is known."""
        return None

    @property
    def organisation(self) -> str | None:
        """The name of the visitor's organisation."""
        return None

    @property
    def address(self) -> str:
        """The path and query that were asked for."""
        url = self.request.url
        return f"{url.path}?{url.query}" if url.query else url.path

    @property
    def entries(self) -> Iterator[Entry]:
        """The visitor's navigation."""
        caller = self.signed_in
        if caller is not None and caller.only_case is not None:
            return entries_in(caller.only_case)
        return entries_for(caller.account.role) if caller else iter(())

    @property
    def may_search(self) -> bool:
        """Whether there is more than one case to look among."""
        caller = self.signed_in
        return caller is not None and caller.only_case is None

    def case_address(self, number: str) -> str:
        """The page of a case for whoever it is."""
        caller = self.signed_in
        return case_address(number, caller.account.role if caller else Role.RESIDENT)


@dataclass(frozen=True, slots=True)
class Visitor(Visit):
    """A request for a page by somebody who has signed in."""

    caller: Caller = None  # type: ignore[assignment]  # always given: `Visit` ends with a default
    voice: Voice = None  # type: ignore[assignment]

    @property
    def signed_in(self) -> Caller | None:
        """Who it is."""
        return self.caller

    @property
    def organisation(self) -> str | None:
        """The name of the visitor's organisation."""
        unit = self.caller.account.unit
        return None if unit is None else self.voice.unit(unit).name


def language_for(request: Request) -> Language:
    """The language chosen here once, or else the one the browser asks for."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in set(Language):
        return Language(chosen)
    return language_of(request.headers.get("accept-language"))


def theme_for(request: Request) -> Theme:
    """The theme chosen here once."""
    chosen = request.cookies.get(THEME_COOKIE)
    return Theme(chosen) if chosen in set(Theme) else Theme.AUTO
