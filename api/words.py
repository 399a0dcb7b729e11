"""The words for people: every code in Chinese and in English, read once from the package."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cache
from importlib import resources
from types import MappingProxyType

Tables = Mapping[str, Mapping[str, str]]

_BEFORE_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")


class Language(StrEnum):
    """Languages with a catalogue; the first one is used where a caller asks for none of them."""

    ZH = "zh"
    EN = "en"


def language_of(accepted: str | None) -> Language:
    """The language an `Accept-Language` header likes best (RFC 9110 §12.5.4); Chinese unless it says so."""
    best, found = 0.0, Language.ZH
    for wish in (accepted or "").split(","):
        tag, _, weight = wish.strip().partition(";")
        language = _known(tag)
        q = _weight(weight)
        if language is not None and q > best:
            best, found = q, language
    return found


def _known(tag: str) -> Language | None:
    name = tag.strip().lower().partition("-")[0]
    return Language(name) if name in set(Language) else None


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0


def table_of(codes: type[StrEnum]) -> str:
    """The table that holds the words for an enumeration: `duty_kind` for `DutyKind`."""
    return _BEFORE_CAPITAL.sub("_", codes.__name__).lower()


class Words:
    """Codes to words; a code without words is shown as itself, so that nothing is ever hidden."""

    def __init__(self, catalogues: Mapping[Language, Tables]) -> None:
        self._catalogues = catalogues

    def say(self, table: str, code: str, language: Language) -> str:
        """The words for a code of a table."""
        return self._catalogues[language].get(table, {}).get(code, code)

    def of(self, code: StrEnum, language: Language) -> str:
        """The words for a code of an enumeration."""
        return self.say(table_of(type(code)), code.value, language)

    def find(self, tables: Iterable[str], code: str, language: Language) -> str:
        """The words for a code that may be in any of several tables."""
        for table in tables:
            if code in self._catalogues[language].get(table, {}):
                return self.say(table, code, language)
        return code

    def both(self, table: str, code: str) -> str:
        """The words in both languages, for texts that are not made for one caller."""
        return " / ".join(self.say(table, code, language) for language in Language)

    def table(self, name: str, language: Language) -> Mapping[str, str]:
        """A whole table."""
        return self._catalogues[language].get(name, {})


@cache
def load_words() -> Words:
    """The catalogues in the package."""
    return Words({language: _read(language) for language in Language})


def _read(language: Language) -> Tables:
    text = (resources.files("api") / "locale" / f"{language}.toml").read_text(encoding="utf-8")
    return MappingProxyType({name: MappingProxyType(table) for name, table in tomllib.loads(text).items()})
