"""From a posted form back to the values of the API's own model, and its mistakes to their places."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import Any

from starlette.datastructures import FormData

from api.answers import FieldView
from api.problems import FieldError
from api.web.frame.fields import Raw, Typed
from api.words import Language
from domain.calendar import CST

FILE = "file"
"""Kind of a field that takes files."""
MORE = "_more"
"""Name of the button that asks for one more row; its value is the list."""

UNSAID = "unsaid"
"""What a flag says of which nobody can say either."""

_FLAGS = {"yes": True, "no": False, UNSAID: None}
_MOST_ROWS = 1_000


def typed_in(fields: Iterable[FieldView], form: FormData) -> Typed:
    """What a visitor typed; rows and places left empty are gone."""
    return Typed({each.name: _raw(each, form, each.name) for each in fields}, more=_more(form))


def with_files(typed: Typed, kept: Mapping[str, Sequence[str]]) -> Typed:
    """The same with the commitments of files that were kept in their fields, of one or of several."""
    several = {name: list(each) if isinstance(typed.raw[name], list) else each[0]
               for name, each in kept.items()}  # fmt: skip
    return Typed({**typed.raw, **several}, typed.errors, typed.more)


def wrong(typed: Typed, errors: Iterable[FieldError], language: Language) -> Typed:
    """The same form with its mistakes at their places."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for each in errors:
        shown = each.shown(language)
        found[shown["field"]].append(shown["message"])
    return Typed(typed.raw, dict(found), typed.more)


def values_of(fields: Iterable[FieldView], raw: Raw) -> dict[str, Any]:
    """What the API's model is asked to read; what was left empty is left out."""
    return {each.name: _value(each, said) for each in fields if (said := raw[each.name])}


def _more(form: FormData) -> str | None:
    name = form.get(MORE)
    return name if isinstance(name, str) and name else None


def _raw(view: FieldView, form: FormData, name: str) -> Any:
    if view.kind == "group":
        rows = ({each.name: _raw(each, form, f"{name}.{n}.{each.name}") for each in view.fields}
                for n in _places(form, name))  # fmt: skip
        return [row for row in rows if _is_filled(view.fields, row)]
    if view.many:
        return [text for each in form.getlist(name) if (text := _text(each))]
    return _text(form.get(name))


def _text(value: Any) -> str:
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""


def _places(form: FormData, name: str) -> Sequence[int]:
    """The numbers of the rows that were posted, in order."""
    heads = {key.removeprefix(name + ".").partition(".")[0] for key in form if key.startswith(name + ".")}
    return sorted(int(each) for each in heads if each.isascii() and each.isdigit())[:_MOST_ROWS]


def _is_filled(fields: Iterable[FieldView], row: Mapping[str, Any]) -> bool:
    """A row counts when something was written in it: radios alone say nothing."""
    return any(row[each.name] for each in fields if each.kind not in ("choice", "flag"))


def _value(view: FieldView, said: Any) -> Any:
    if view.kind == "group":
        return [values_of(view.fields, row) for row in said]
    if view.many:
        return [_one(view, each) for each in said]
    return _one(view, said)


def _one(view: FieldView, text: str) -> Any:
    """The value a text means; a text that means none is left for the model to refuse."""
    with suppress(ValueError):
        match view.kind:
            case "integer":
                return int(text)
            case "number":
                return float(text)
            case "flag":
                return _FLAGS.get(text, text)
            case "instant":
                return datetime.fromisoformat(text).replace(tzinfo=CST).isoformat()
    return text
