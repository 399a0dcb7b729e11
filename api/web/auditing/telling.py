"""Values of time travel in words: units by name, parties by name, codes by their catalogue, commitments shortened."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.auditing.answers import ChangeView
from api.web.frame.visits import Visitor
from audit.study.travel import ChangeCode
from domain.duties import DutyKind
from domain.rulebook import Rulebook
from domain.vocabulary import Unit

Names = Mapping[str, str]
"""Pseudonym of a party → the name an auditor may know."""

_TABLES = {
    "stage": "stage", "outcome": "outcome", "notes": "note", "marks": "mark", "category": "category",
    "path": "path", "form": "form", "performance": "performance",
}  # fmt: skip
"""Name of a value → the table of the catalogue with its words."""
_SHOWN = 14
"""Characters of a commitment that tell it apart on a page."""
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(Z|[+-]\d\d:\d\d)")


@dataclass(frozen=True, slots=True)
class Told:
    """One change as it is read: what it is about, how it was, how it is; `case` is what it leads to."""

    label: str
    about: str
    before: str
    after: str
    grave: bool = False
    case: str | None = None


@dataclass(frozen=True, slots=True)
class Teller:
    """Says what values mean for one case."""

    visitor: Visitor
    rules: Rulebook
    names: Names
    kinds: Mapping[int, DutyKind]

    def value(self, name: str, value: Any) -> str:
        """A value of a feature, as one reads it."""
        speech = self.visitor.speech
        match value:
            case _ if value in (None, "", [], {}, ()):
                return "—"
            case bool():
                return speech.t("ui.yes" if value else "ui.no")
            case int() | float():
                return speech.number(value)
            case list() | tuple():
                return speech.t("ui.semicolon").join(self.value(name, each) for each in value)
            case dict():
                parts = ((key, each) for key, each in value.items() if key != "act")
                return " · ".join(f"{self._label(key)} {self.value(key, each)}" for key, each in parts)
            case _:
                return self._word(name, str(value))

    def change(self, change: ChangeView) -> Told:
        """A change in words."""
        match ChangeCode(change.code.code):
            case ChangeCode.FEATURE:
                return Told(
                    change.label, "", self.value(change.about, change.before), self.value(change.about, change.after)
                )  # fmt: skip
            case ChangeCode.PART_OPENED | ChangeCode.PART_CHANGED:
                return self._part(change)
            case _:
                return self._duty(change)

    def _part(self, change: ChangeView) -> Told:
        before, after = (
            self.value("outcome", each.get("outcome")) if each else ""
            for each in (change.before, change.after)
        )
        unit = (change.after or {}).get("unit")
        return Told(change.code.text, self.value("unit", unit), before, after, case=change.about)

    def _duty(self, change: ChangeView) -> Told:
        voice, code = self.visitor.voice, ChangeCode(change.code.code)
        kind = self.kinds.get(int(change.about))
        about = voice.of(kind).text if kind else change.about
        before, after = (self._of_duty(code, each) for each in (change.before, change.after))
        return Told(change.code.text, about, before, after, grave=code is ChangeCode.DUTY_BREACHED)

    def _of_duty(self, code: ChangeCode, value: Any) -> str:
        say, speech = self.visitor.voice.say, self.visitor.speech
        match code, value:
            case _, None:
                return ""
            case ChangeCode.DUTY_OPENED, dict():
                owner = self.value("owner", value["unit"] or value["party"])
                return f"{owner} · {speech.t('ui.until', at=self._due(value['legal_due']))}"
            case ChangeCode.DUTY_SETTLED, str():
                return say("duty_status", value)
            case ChangeCode.DUTY_MOVED, [_, legal]:
                return self._due(legal)
            case ChangeCode.DUTY_MARKED, list():
                return self.value("marks", value)
            case _:
                return self.value("", value)

    def _due(self, text: str) -> str:
        return self.visitor.speech.due(datetime.fromisoformat(text))

    def _label(self, name: str) -> str:
        """A pseudonym, a field of an act, or what it is."""
        return self.names.get(name) or self.visitor.voice.say("field", name)

    def _word(self, name: str, text: str) -> str:
        voice = self.visitor.voice
        if (table := _TABLES.get(name)) is not None:
            return voice.say(table, text)
        if name == "level":
            level = voice.level(self.rules, text)
            return level.text if level else text
        if name == "calendar":
            return voice.calendar(text).title
        if Unit(text) in voice.town.tree:
            return voice.unit(text).name
        if text.startswith("c1:"):
            return f"{text[:_SHOWN]}…"
        if _INSTANT.fullmatch(text):
            return self.visitor.speech.moment(datetime.fromisoformat(text))
        return self.names.get(text, text)
