"""Codes, units, matters and editions in the words of one caller's language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.answers import Bilingual, Coded, EditionRef, FieldView, UnitRef
from api.forms import BLANKS, Blank
from api.town import Town
from api.words import Language, load_words, table_of
from domain.catalogue import UNSORTED
from domain.rulebook import Rulebook
from domain.shelf import Shelf
from domain.terms import Limit, Tag
from domain.vocabulary import Unit

Choices = Mapping[str, Iterable[Coded]]
"""Kind of field → what may be chosen in it, for fields whose choices depend on the case."""


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks one language about one town under the editions on one shelf."""

    language: Language
    town: Town
    shelf: Shelf

    def say(self, table: str, code: str) -> str:
        """The words for a code."""
        return load_words().say(table, code, self.language)

    def of(self, code: StrEnum) -> Coded:
        """A code of an enumeration with its words."""
        return self.coded(table_of(type(code)), code.value)

    def coded(self, table: str, code: str) -> Coded:
        """A code with its words."""
        return Coded(code=code, text=self.say(table, code))

    def why(self, code: str) -> Coded:
        """A reason with its words: a code of a procedure, or the act that brought it about."""
        return Coded(code=code, text=load_words().find(("why", "act"), code, self.language))

    def maybe(self, table: str, code: str | None) -> Coded | None:
        """A code with its words, if there is one."""
        return None if code is None else self.coded(table, code)

    def unit(self, path: str) -> UnitRef:
        """A unit with its name."""
        return UnitRef(path=path, name=self.pick(*self.town.name(Unit(path))))

    def maybe_unit(self, path: str | None) -> UnitRef | None:
        """A unit with its name, if there is one."""
        return None if path is None else self.unit(path)

    def matter(self, code: str) -> Coded:
        """A matter with its name."""
        matter = UNSORTED if code == UNSORTED.code else self.town.matters.get(code)
        return Coded(code=code, text=self.pick(matter.name_zh, matter.name_en) if matter else code)

    def rulebook(self, digest: str) -> EditionRef:
        """A rulebook edition by what it is pinned with."""
        rules = self.shelf.rulebook(digest)
        return EditionRef(
            digest=digest, edition=rules.edition, title=self.pick(rules.title_zh, rules.title_en)
        )

    def calendar(self, digest: str) -> EditionRef:
        """A calendar edition by what it is pinned with."""
        edition = self.shelf.calendar(digest).edition
        return EditionRef(digest=digest, edition=edition, title=edition)

    def level(self, rules: Rulebook, code: str) -> Coded | None:
        """A rung of the response, by the edition's own titles."""
        found = next((each for each in rules.levels if each.code == code), None)
        return None if found is None else Coded(code=code, text=self.pick(found.title_zh, found.title_en))

    def form(self, act: str, choices: Choices) -> tuple[FieldView, ...]:
        """The form of an act, as a page draws it."""
        return self._fields(BLANKS[act], choices)

    def pick(self, zh: str, en: str) -> str:
        """The text in this voice's language."""
        return zh if self.language is Language.ZH else en

    def _fields(self, blanks: Iterable[Blank], choices: Choices) -> tuple[FieldView, ...]:
        return tuple(self._field(blank, choices) for blank in blanks)

    def _field(self, blank: Blank, choices: Choices) -> FieldView:
        return FieldView(
            name=blank.name,
            label=self.say("field", blank.name),
            kind=blank.kind,
            required=blank.required,
            many=blank.many,
            choices=tuple(map(self.of, blank.choices)) or tuple(choices.get(blank.kind, ())),
            least=blank.least,
            most=blank.most,
            fields=self._fields(blank.blanks, choices),
        )


def both(table: str, code: str) -> Bilingual:
    """The words for a code in both languages."""
    words = load_words()
    return Bilingual(zh=words.say(table, code, Language.ZH), en=words.say(table, code, Language.EN))


def source_of(limit: Limit | None, rule: str) -> tuple[str, Tag | None]:
    """What a duty rests on: the limit's source and how far it can be vouched for, or the rule itself."""
    return (rule, None) if limit is None else (limit.source, limit.tag)
