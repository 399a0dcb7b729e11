"""Forms of the administration: fields described once, drawn, read back, and handed back with what was typed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from http import HTTPStatus
from typing import TypeAlias

from starlette.datastructures import FormData

from api.answers import Coded
from api.problems import FieldError, Problem, invalid, not_found
from api.voice import Voice
from api.web.frame.fields import Drawn
from api.web.frame.visits import Visitor
from api.words import load_words
from domain.organisation import Tree
from domain.vocabulary import Role, Unit

LONGEST = 200  # characters of a name

Said: TypeAlias = Mapping[str, str | Sequence[str]]
"""What stands in the fields, by their names."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its control as `parts/fields.html` draws it; the catalogue's `admin.field_<name>` labels it."""

    name: str
    control: str = "line"
    required: bool = False
    many: bool = False
    choices: tuple[Coded, ...] = ()


@dataclass(frozen=True, slots=True)
class Sheet:
    """A form as it is shown: what stands in it, what was wrong."""

    fields: tuple[Drawn, ...]
    wrong: Mapping[str, str] = field(default_factory=dict)


def only(visitor: Visitor, role: Role) -> None:
    """The page is for one office alone. Raises Problem (404)."""
    if visitor.caller.account.role is not role:
        raise not_found()


def sheet(visitor: Visitor, fields: Iterable[Field], said: Said, problem: Problem | None = None) -> Sheet:
    """The form with what is or was in it; a problem's sentences stand at their fields."""
    wrong = {each.path[0]: _sentence(visitor, each) for each in (problem.errors if problem else ())}
    drawn = tuple(_drawn(visitor, each, said, wrong) for each in fields)
    known = {each.name for each in drawn}
    return Sheet(drawn, {str(name): text for name, text in wrong.items() if name not in known})


def read(fields: Sequence[Field], form: FormData, more: bool = False) -> dict[str, str | list[str]]:
    """What was typed. Raises Problem (422) where something that must be there is not, unless `more` is asked."""
    said = {
        each.name: _several(form, each.name) if each.many else _text(form.get(each.name)) for each in fields
    }
    mistakes = [
        FieldError((each.name,), "blank") for each in fields if each.required and not said[each.name]
    ] + [
        FieldError((name,), "text_too_long", {"max": LONGEST})
        for name, text in said.items() if any(len(t) > LONGEST for t in ([text] if isinstance(text, str) else text))
    ]  # fmt: skip
    return said if more else _checked(said, mistakes)


def typed(fields: Sequence[Field], form: FormData) -> dict[str, str | list[str]]:
    """What was typed, right or wrong."""
    return read(fields, form, more=True)


def one(said: Said, name: str) -> str:
    """The text of a field that takes one."""
    text = said[name]
    return text if isinstance(text, str) else ""


def several(said: Said, name: str) -> tuple[str, ...]:
    """The texts of a field that takes many."""
    texts = said[name]
    return () if isinstance(texts, str) else tuple(texts)


def day_of(said: Said, name: str) -> date | None:
    """The date of a field, None where it was left empty. Raises Problem (422)."""
    text = one(said, name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as wrong:
        raise invalid(FieldError((name,), "not_date")) from wrong


def unit_of(tree: Tree, said: Said, name: str) -> Unit | None:
    """The body a field names, abolished ones too; None where it was left empty. Raises Problem (422)."""
    text = one(said, name)
    found = Unit(text) if Unit(text) in tree else tree.named(text)
    if text and found is None:
        raise invalid(FieldError((name,), "unknown_unit"))
    return found if text else None


def unit_name(voice: Voice, unit: str | None) -> str:
    """What a field says of a body: its name where that leads back to it."""
    return "" if unit is None else voice.unit(unit).name


def returned(problem: Problem) -> int:
    """The status of a form handed back; whatever is not about the form is raised again."""
    if not problem.errors:
        raise problem
    return HTTPStatus.UNPROCESSABLE_ENTITY


def _checked(said: dict[str, str | list[str]], mistakes: Sequence[FieldError]) -> dict[str, str | list[str]]:
    if mistakes:
        raise invalid(*mistakes)
    return said


def _sentence(visitor: Visitor, error: FieldError) -> str:
    if error.code in load_words().table("administration", visitor.language):
        return visitor.voice.say("administration", error.code)
    return error.shown(visitor.language)["message"]


def _drawn(visitor: Visitor, each: Field, said: Said, wrong: Mapping[str | int, str]) -> Drawn:
    value = said.get(each.name, "")
    return Drawn(
        name=each.name, label=visitor.speech.t(f"admin.field_{each.name}"), control=each.control,
        required=each.required, many=each.many, choices=each.choices,
        value=value if isinstance(value, str) else "",
        values=() if isinstance(value, str) else (*value, ""),
        errors=(wrong[each.name],) if each.name in wrong else (),
    )  # fmt: skip


def _text(value: object) -> str:
    return value.replace("\x00", "").strip() if isinstance(value, str) else ""


def _several(form: FormData, name: str) -> list[str]:
    return [text for each in form.getlist(name) if (text := _text(each))]
