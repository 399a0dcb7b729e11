"""Fills in any form of the API by walking its pydantic model: free text from a writer, sense everywhere else."""

import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from random import Random
from typing import Any

from annotated_types import Ge, Le, MaxLen
from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from api.forms import BLANKS, Blank
from api.writing.persons import PersonForm
from domain.openings import OPENINGS
from domain.vocabulary import CaseKind, CaseNo, Party, Unit

Writer = Callable[[str, int], str]
"""Place and longest length → what somebody writes there."""

_PEOPLE = {"name": "name", "phone": "phone", "address": "address"}
_NO_WORDS = ("on_behalf_of", "at", "rulebook", "drill", "place")
"""What the door adds to the law's own fields, and what holds no words."""
_KINDS: Mapping[Any, str] = {Unit: "unit", Party: "party", CaseNo: "case"}
_PLACES = frozenset({"unit", "party", "case", "account", "matter", "calendar", "file"})


@dataclass(frozen=True)
class Known:
    """What there is to name: kind of a field → choices. A description from the API may narrow them."""

    choices: Mapping[str, Sequence[str]]

    def one(self, kind: str, chance: Random) -> str | None:
        """One of a kind, if there is any."""
        among = self.choices.get(kind) or ()
        return chance.choice(list(among)) if among else None


@dataclass
class Pen:
    """Writes forms; `write` gives what is put into a field of free text."""

    write: Writer
    known: Known
    chance: Random
    offered: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Field → its description in the answer that offered the act, with the choices of this very case."""

    def filled(self, form: type[BaseModel], what: str) -> dict[str, Any]:
        """A body for a form. Every free text is written, whether or not it must be."""
        return dict(self._entries(form, what, _kinds(what)))

    def _entries(
        self, form: type[BaseModel], place: str, kinds: Mapping[str, str]
    ) -> Iterator[tuple[str, Any]]:
        for name, info in form.model_fields.items():
            kind = kinds.get(name, name if name in _NO_WORDS else "")
            value = self._value(info.annotation, info.metadata, f"{place} {name}", kind, name)
            if value is not None and (info.is_required() or _is_wanted(kind) or self.chance.random() < 0.5):
                yield name, value

    def _value(self, hint: Any, metadata: Sequence[Any], place: str, kind: str, name: str) -> Any:
        hint, metadata = _bare(hint, metadata)
        if kind in _PLACES and not _is_person(hint):
            return self._named(hint, kind, name)
        if typing.get_origin(hint) is tuple:
            item, about = _bare(typing.get_args(hint)[0], ())
            return [self._value(item, about, place, kind, name)]
        if kind not in _NO_WORDS and isinstance(hint, type):
            return self._of_type(hint, metadata, place, name)
        return None

    def _of_type(self, hint: type, metadata: Sequence[Any], place: str, name: str) -> Any:
        if _is_person(hint):
            return {each: self.write(f"{place} {each}", 200) for each in _PEOPLE}
        if issubclass(hint, BaseModel):
            return dict(self._entries(hint, place, _nested_kinds(place)))
        if issubclass(hint, StrEnum):
            return self._choice(hint, name)
        if hint is str:
            return self.write(place, _longest(metadata))
        return self._plain(hint, metadata, name)

    def _plain(self, hint: type, metadata: Sequence[Any], name: str) -> Any:
        least, most = _bounds(metadata)
        if hint is bool:
            return self.chance.random() < 0.6
        if hint is int:
            return self.chance.randint(int(least), int(min(most, least + 5)))
        if hint is float:
            return round(self.chance.uniform(least, min(most, least + 3)), 1)
        if hint in (datetime, AwareDatetime) and name != "at":
            return (datetime.now(UTC) + timedelta(days=self.chance.randint(1, 9))).isoformat()
        if hint is date:
            return (datetime.now(UTC) + timedelta(days=self.chance.randint(0, 20))).date().isoformat()
        return None

    def _choice(self, hint: type[StrEnum], name: str) -> str:
        offered = [each["code"] for each in self.offered.get(name, {}).get("choices", ())]
        choices: list[str] = offered or [each.value for each in hint]
        return self.chance.choice(choices)

    def _named(self, hint: Any, kind: str, name: str) -> Any:
        """A unit, a party, a case: one that the case offers, else one that there is."""
        offered = [each["code"] for each in self.offered.get(name, {}).get("choices", ())]
        if typing.get_origin(hint) is tuple:
            among = offered if kind == "party" and offered else [self.known.one(kind, self.chance)]
            return [each for each in among if each is not None] or None
        use = offered and (kind not in ("unit", "matter") or len(offered) < 6)
        return self.chance.choice(offered) if use else self.known.one(kind, self.chance)


def _is_person(hint: Any) -> bool:
    """Somebody whom an opening names, or several: the law has pseudonyms there, people write names."""
    item = typing.get_args(hint)[0] if typing.get_origin(hint) is tuple else hint
    return isinstance(item, type) and issubclass(item, PersonForm)


def _is_wanted(kind: str) -> bool:
    """Words always; what only refers to something now and then."""
    return kind in ("text", "", "group", "file", "party")


def _bare(hint: Any, metadata: Sequence[Any]) -> tuple[Any, Sequence[Any]]:
    """A type without `None` and `Annotated`, and everything said about it."""
    while True:
        if hasattr(hint, "__metadata__"):
            for each in hint.__metadata__:
                metadata = (*metadata, *(each.metadata if isinstance(each, FieldInfo) else (each,)))
            hint = hint.__origin__
        elif type(None) in typing.get_args(hint) and typing.get_origin(hint) is not tuple:
            hint = next(each for each in typing.get_args(hint) if each is not type(None))
        else:
            return hint, metadata


def _longest(metadata: Sequence[Any]) -> int:
    return next((each.max_length for each in metadata if isinstance(each, MaxLen)), 200)


def _bounds(metadata: Sequence[Any]) -> tuple[float, float]:
    least = next((each.ge for each in metadata if isinstance(each, Ge)), 1)
    most = next((each.le for each in metadata if isinstance(each, Le)), 9)
    return float(str(least)), float(str(most))


def _kinds(what: str) -> Mapping[str, str]:
    """The kinds of a form's fields by the law's own record: of an act as the API tells them, of an opening here."""
    if what in BLANKS:
        return {each.name: each.kind for each in BLANKS[what]}
    if what not in set(CaseKind):
        return {}
    hints = typing.get_type_hints(OPENINGS[CaseKind(what)])
    found = {name: _KINDS.get(_item(hint), "") for name, hint in hints.items()}
    return {
        **found,
        "matter": "matter",
        "drill": "drill",
        "place": "place",
        "at": "at",
        "rulebook": "rulebook",
    }


def _item(hint: Any) -> Any:
    """What a list or an optional holds."""
    bare, _ = _bare(hint, ())
    return typing.get_args(bare)[0] if typing.get_origin(bare) is tuple else bare


def _nested_kinds(place: str) -> Mapping[str, str]:
    """The kinds of the fields of a group, by the law's own records: `petition.split orders`."""
    act, _, path = place.partition(" ")
    blanks: Sequence[Blank] = BLANKS.get(act, ())
    for name in path.split():
        blanks = next((each.blanks for each in blanks if each.name == name), ())
    return {each.name: each.kind for each in blanks}
