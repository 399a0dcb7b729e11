"""What a form's fields look like on a page: which control, what stands in it, what was wrong with it."""

import dataclasses
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from api.answers import Coded, FieldView
from api.forms import hints_of, is_dataclass_type, item_of, present

FEW = 6
"""So many choices are shown side by side; more are folded into a list."""
SCALE = 5
FIRST_ROWS = 2
"""Rows of a list that a new form shows."""

Raw = Mapping[str, Any]
"""What was typed, as text: a field's name → its text, its texts, or its rows."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A form as it came back: what was typed, and what is wrong with it, by dotted place."""

    raw: Raw = field(default_factory=dict)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    more: str | None = None
    """The list that one more row was asked for."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One control of a form."""

    name: str
    label: str
    control: str
    required: bool
    many: bool = False
    choices: tuple[Coded, ...] = ()
    least: float | None = None
    most: float | None = None
    value: str = ""
    values: tuple[str, ...] = ()
    optional_flag: bool = False
    errors: tuple[str, ...] = ()
    rows: tuple[tuple["Drawn", ...], ...] = ()

    @property
    def ident(self) -> str:
        """An id for the page that no other control of its form has."""
        return "f-" + self.name.replace(".", "-")


def draw(
    fields: Iterable[FieldView], holder: type, typed: Typed | None = None, within: str = ""
) -> tuple[Drawn, ...]:
    """The controls of a form; `holder` is the law's own record that the form fills."""
    return tuple(_drawn(each, holder, typed or Typed(), within) for each in fields)


def _drawn(view: FieldView, holder: type, typed: Typed, within: str) -> Drawn:
    name, said = within + view.name, typed.raw.get(view.name)
    plain = Drawn(
        name=name, label=view.label, control=_control(view), required=view.required, many=view.many,
        choices=view.choices, least=view.least, most=view.most, errors=_errors(view, typed, name),
    )  # fmt: skip
    if view.kind == "group":
        return dataclasses.replace(plain, rows=_rows(view, holder, typed, name))
    if view.many:
        return dataclasses.replace(plain, values=_several(said, typed.more == name))
    nullable, usual = _flag(holder, view.name) if view.kind == "flag" else (False, "")
    return dataclasses.replace(plain, value=usual if said is None else str(said), optional_flag=nullable)


def _errors(view: FieldView, typed: Typed, name: str) -> tuple[str, ...]:
    """What is wrong with a field; with one that takes several, also what is wrong with any of them."""
    found = list(typed.errors.get(name, ()))
    if view.many and view.kind != "group":
        several = (each for place, each in typed.errors.items() if place.startswith(f"{name}."))
        found += [sentence for each in several for sentence in each]
    return tuple(dict.fromkeys(found))


def _control(view: FieldView) -> str:
    match view.kind:
        case "party" if view.many:
            return "parties"
        case "choice" | "party" | "case" | "account" | "calendar" | "unit" if view.choices:
            return "radios" if len(view.choices) <= FEW else "select"
        case "integer" if view.least == 1 and view.most == SCALE:
            return "scale"
        case kind:
            return kind


def _several(said: Any, more: bool) -> tuple[str, ...]:
    """What stands in a repeated control: always one empty place more than is filled when asked for."""
    filled = tuple(said or ())
    return (*filled, "") if more or not filled else filled


def _rows(view: FieldView, holder: type, typed: Typed, name: str) -> tuple[tuple[Drawn, ...], ...]:
    said: Sequence[Raw] = typed.raw.get(view.name) or ()
    count = max(len(said) + (typed.more == name), FIRST_ROWS if not typed.raw else 1)
    item = item_of(present(hints_of(holder)[view.name]))
    rows = [*said, *({} for _ in range(count - len(said)))]
    return tuple(
        _row(draw(view.fields, item, Typed(row, typed.errors), f"{name}.{place}."), place)
        for place, row in enumerate(rows)
    )


def _row(drawn: tuple[Drawn, ...], place: int) -> tuple[Drawn, ...]:
    """Rows after the first may stay empty, so a browser must not insist on them; the door does on half a row."""
    return drawn if place == 0 else tuple(dataclasses.replace(each, required=False) for each in drawn)


def _flag(holder: type, name: str) -> tuple[bool, str]:
    """Whether a flag may stay unsaid, and what it says by itself."""
    if not is_dataclass_type(holder):
        return False, ""
    hint = hints_of(holder)[name]
    nullable = typing.get_origin(hint) in (types.UnionType, typing.Union)
    default = next(each.default for each in dataclasses.fields(holder) if each.name == name)
    usual = {True: "yes", False: "no"}.get(default, "") if isinstance(default, bool) else ""
    return nullable, usual
