"""Words, instants and numbers for pages in one language: the catalogue's sentences, Babel's dates."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_datetime, format_skeleton
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit

from api.words import Language, load_words
from domain.calendar import CST

_LOCALES = {Language.ZH: Locale("zh", "CN", script="Hans"), Language.EN: Locale("en", "GB")}
_DAYS = {Language.ZH: ("M月d日 EEE", "y年M月d日 EEE"), Language.EN: ("EEE d MMM", "EEE d MMM y")}
"""Pattern of a day in this year, and in another."""

_STEPS = (("day", 86_400), ("hour", 3_600), ("minute", 60))
_LENGTHS = {Language.ZH: "short", Language.EN: "narrow"}


@dataclass(frozen=True, slots=True)
class Speech:
    """What templates say and how they write dates, in one language."""

    language: Language

    def t(self, code: str, /, **values: Any) -> str:
        """The sentence `table.code` of the catalogue, its places filled; a code without words as itself."""
        table, _, name = code.partition(".")
        sentence = load_words().say(table, name, self.language)
        return sentence.format_map(values) if values else sentence

    def moment(self, at: datetime) -> str:
        """Day and minute."""
        return f"{self.day(at)} {at.astimezone(CST):%H:%M}"

    def day(self, at: datetime | date) -> str:
        """The day with its weekday; the year only where it is not this one."""
        at = at.astimezone(CST) if isinstance(at, datetime) else at
        usual, other = _DAYS[self.language]
        pattern = usual if at.year == datetime.now(CST).year else other
        return _written(at if not isinstance(at, datetime) else at.date(), pattern, self.language)

    def due(self, at: datetime) -> str:
        """An end: midnight is the end of the day before (《民法典》第203条第2款)."""
        at = at.astimezone(CST)
        if (at.hour, at.minute, at.second) == (0, 0, 0):
            return f"{self.day(at - timedelta(days=1))} 24:00"
        return self.moment(at)

    def month(self, day: date) -> str:
        """Year and month."""
        return str(format_skeleton("yMMMM", day, locale=_LOCALES[self.language]))

    def left(self, seconds: float) -> str:
        """How long until a due date, or since, in its two greatest units."""
        span = self.span(abs(seconds))
        return self.t("ui.left" if seconds >= 0 else "ui.over", span=span)

    def span(self, seconds: float) -> str:
        """A length of time in its two greatest units."""
        rest, counts = int(seconds), []
        for unit, size in _STEPS:
            count, rest = divmod(rest, size)
            counts.append((count, unit))
        while len(counts) > 1 and not counts[0][0]:
            counts.pop(0)
        shown = [counts[0], *(each for each in counts[1:2] if each[0])]
        gap = " " if self.language is Language.EN else ""
        return gap.join(_measured(count, unit, self.language) for count, unit in shown)

    def number(self, value: float) -> str:
        """A number with its group separators."""
        return str(format_decimal(value, locale=_LOCALES[self.language]))

    def percent(self, value: float) -> str:
        """A share with one decimal."""
        return str(format_percent(value, format="#,##0.0%", locale=_LOCALES[self.language]))

    @property
    def names(self) -> Mapping[str, Callable[..., str]]:
        """What a template may call."""
        return {
            "t": self.t, "moment": self.moment, "day": self.day, "due": self.due, "left": self.left,
            "span": self.span, "number": self.number, "percent": self.percent, "month": self.month,
        }  # fmt: skip


@lru_cache(maxsize=4096)
def _written(day: date, pattern: str, language: Language) -> str:
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=CST)
    return str(format_datetime(noon, pattern, tzinfo=CST, locale=_LOCALES[language]))


@lru_cache(maxsize=4096)
def _measured(count: int, unit: str, language: Language) -> str:
    length: Any = _LENGTHS[language]
    return str(format_unit(count, f"duration-{unit}", length=length, locale=_LOCALES[language]))


SPEECHES: Mapping[Language, Speech] = {language: Speech(language) for language in Language}
"""One for each language; a speech keeps nothing about anybody."""
