"""Request models made from the law's own acts, so that there is one source for what a form asks."""

import dataclasses
import functools
import operator
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, NewType

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, Strict, create_model
from pydantic_core import PydanticCustomError

from api.words import load_words
from domain.acts import ACTS, Act, base, mediation, order
from domain.vocabulary import CaseNo, Content, Party, Unit

LONGEST_TEXT = 10_000  # characters of one free text
MOST_ITEMS = 1_000  # orders of one split; nothing else has as many
FARTHEST_DAYS = 366

Account = NewType("Account", str)
Matter = NewType("Matter", str)
Calendar = NewType("Calendar", str)
Body = NewType("Body", str)
"""A unit by its own name, whether it stands or was abolished."""
File = NewType("File", str)

CASE_NUMBER = r"^X?[A-Z]{1,2}\d{5,8}(-\d{2,9}){0,8}$"
COMMITMENT = r"^c1:[a-z2-7]{52}$"
PSEUDONYM = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"
"""Letters, digits and a few signs: nobody's name can be written into an event by mistake."""


def _legible(text: str) -> str:
    """Postgres keeps no NUL, and a text of blanks says nothing."""
    if not text.strip():
        raise PydanticCustomError("blank", "must not be empty")
    if "\x00" in text:
        raise PydanticCustomError("string_unicode", "must not contain NUL")
    return text


Text = Annotated[str, Field(min_length=1, max_length=LONGEST_TEXT), AfterValidator(_legible)]
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_legible)]
PartyRef = Annotated[str, Field(pattern=PSEUDONYM)]
CaseRef = Annotated[str, Field(pattern=CASE_NUMBER)]
FileRef = Annotated[str, Field(pattern=COMMITMENT)]

_TYPES: Mapping[Any, Any] = {
    Content: Text,
    Unit: Line,
    Party: PartyRef,
    CaseNo: CaseRef,
    Account: PartyRef,
    Matter: Line,
    Calendar: Line,
    Body: Line,
    File: FileRef,
    datetime: AwareDatetime,
    float: Annotated[float, Field(allow_inf_nan=False)],
    int: Annotated[int, Strict()],
    bool: Annotated[bool, Strict()],
}
_MARKS = ("speed", "attitude", "resolution", "response", "quality", "need", "preparation")
_BOUNDS: Mapping[str, tuple[float, float]] = {
    **dict.fromkeys(_MARKS, (1, 5)),
    "days": (1, FARTHEST_DAYS),
    "representatives": (1, 5),
    "third_persons": (0, 100),
    "credit_hours": (0, 1_000),
    "latitude": (-90, 90),
    "longitude": (-180, 180),
}
_REFINED: Mapping[type[Act], Mapping[str, Any]] = {
    base.Recuse: {"account": Account},
    base.AdoptCalendar: {"calendar": Calendar},
    base.Succeed: {"abolished": Body},
    base.Attach: {"files": tuple[File, ...]},
    mediation.SignAgreement: {"scan": File | None},
    mediation.ChooseMediator: {"mediator": Account},
    order.AcceptNeed: {"matter": Matter | None},
}
"""Fields that the law types as plain text or content and that must nevertheless be no free text."""

_BETWEEN_CASES = (base.PartClosed, base.Recall, base.ChangeChecker, base.JoinTwin)


class Form(BaseModel):
    """What a client sends: unknown fields are mistakes, not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class ActForm(Form):
    """What every act may say besides its own fields."""

    on_behalf_of: PartyRef | None = Field(
        default=None,
        description="代哪位当事人填写（《信访工作条例》第19条） / The party for whom staff write this down.",
        examples=[None],
    )
    at: AwareDatetime | None = Field(
        default=None,
        description="演练时刻，仅演练案件可填 / The drill instant of the act; drill cases only.",
        examples=[None],
    )


def hints_of(holder: type) -> Mapping[str, Any]:
    """The types of a dataclass's fields, as a form must understand them."""
    return {**_written_hints(holder), **_REFINED.get(holder, {})}


@functools.cache
def _written_hints(holder: type) -> Mapping[str, Any]:
    hints = typing.get_type_hints(holder)
    return {each.name: hints[each.name] for each in dataclasses.fields(holder)}


def _form_of(act: type[Act]) -> type[ActForm]:
    name = "".join(part.capitalize() for part in act.code.replace("_", ".").split(".")) + "Form"
    return create_model(name, __base__=ActForm, __doc__=act.__doc__, **dict(_entries(act)))


@functools.cache
def _nested(holder: type) -> type[Form]:
    return create_model(
        f"{holder.__name__}Form", __base__=Form, __doc__=holder.__doc__, **dict(_entries(holder))
    )


def _entries(holder: type) -> Iterator[tuple[str, Any]]:
    for each in dataclasses.fields(holder):
        yield each.name, written_field(holder, each)


def written_field(holder: type, of: "dataclasses.Field[Any]") -> tuple[Any, Any]:
    """Type and default of a form's field for a field of the law."""
    return form_type(hints_of(holder)[of.name]), _field(of)


def _field(of: "dataclasses.Field[Any]") -> Any:
    low, high = _BOUNDS.get(of.name, (None, None))
    default = ... if of.default is dataclasses.MISSING else of.default
    return Field(default=default, ge=low, le=high, description=load_words().both("field", of.name))


def form_type(hint: Any) -> Any:
    """The type a form has where the law has another."""
    if hint in _TYPES:
        return _TYPES[hint]
    if is_dataclass_type(hint):
        return _nested(hint)
    match typing.get_origin(hint):
        case types.UnionType | typing.Union:
            arguments = [form_type(each) for each in typing.get_args(hint)]
            return functools.reduce(operator.or_, arguments)
        case origin if origin is tuple:
            several = types.GenericAlias(tuple, (form_type(item_of(hint)), ...))
            return Annotated[several, Field(max_length=MOST_ITEMS)]
        case _:
            return hint


def is_dataclass_type(hint: Any) -> bool:
    """Whether an annotation is one of the law's own records."""
    return isinstance(hint, type) and dataclasses.is_dataclass(hint)


def item_of(hint: Any) -> Any:
    """What a list holds."""
    return typing.get_args(hint)[0]


def present(hint: Any) -> Any:
    """An annotation without its None."""
    if typing.get_origin(hint) in (types.UnionType, typing.Union):
        return next(each for each in typing.get_args(hint) if each is not type(None))
    return hint


@dataclasses.dataclass(frozen=True, slots=True)
class Blank:
    """One place of a form as a page draws it."""

    name: str
    kind: str
    required: bool
    many: bool = False
    choices: tuple[StrEnum, ...] = ()
    least: float | None = None
    most: float | None = None
    blanks: tuple["Blank", ...] = ()


_KINDS: Mapping[Any, str] = {
    Content: "text", Unit: "unit", Party: "party", CaseNo: "case", Account: "account", Matter: "matter",
    Calendar: "calendar", File: "file", int: "integer", float: "number", bool: "flag", datetime: "instant",
}  # fmt: skip


def _blanks_of(holder: type) -> tuple[Blank, ...]:
    hints = hints_of(holder)
    return tuple(_blank(each, present(hints[each.name])) for each in dataclasses.fields(holder))


def _blank(of: "dataclasses.Field[Any]", hint: Any) -> Blank:
    many = typing.get_origin(hint) is tuple
    kind = item_of(hint) if many else hint
    low, high = _BOUNDS.get(of.name, (None, None))
    return Blank(
        name=of.name, kind=_kind(kind), required=of.default is dataclasses.MISSING, many=many,
        choices=tuple(kind) if _is_choice(kind) else (), least=low, most=high,
        blanks=_blanks_of(kind) if is_dataclass_type(kind) else (),
    )  # fmt: skip


def _kind(hint: Any) -> str:
    if _is_choice(hint):
        return "choice"
    if is_dataclass_type(hint):
        return "group"
    return _KINDS.get(hint, "date")


def _is_choice(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, StrEnum)


Reader = Callable[[Any, str, tuple[str | int, ...]], Any]
"""Turns one value of a form into the law's: (hint, value, place) → value."""


def read_with(
    reader: Reader, holder: type, values: Mapping[str, Any], at: tuple[str | int, ...] = ()
) -> dict[str, Any]:
    """The values of a form, those of each kind turned by `reader` where it must be looked up or stored."""
    hints = hints_of(holder)
    return {name: _turned(reader, present(hints[name]), value, (*at, name)) for name, value in values.items()}


def _turned(reader: Reader, hint: Any, value: Any, at: tuple[str | int, ...]) -> Any:
    if value is None:
        return None
    if typing.get_origin(hint) is tuple:
        return [_turned(reader, item_of(hint), each, (*at, place)) for place, each in enumerate(value)]
    if is_dataclass_type(hint):
        return read_with(reader, hint, value, at)
    return reader(hint, value, at)


PEOPLES_ACTS: Mapping[str, type[Act]] = types.MappingProxyType(
    {code: act for code, act in ACTS.items() if act not in _BETWEEN_CASES}
)
"""Every act that a person may do; the others are sent by cases."""

FORMS: Mapping[str, type[ActForm]] = types.MappingProxyType(
    {code: _form_of(act) for code, act in PEOPLES_ACTS.items()}
)
"""Code of an act → its request model."""

BLANKS: Mapping[str, tuple[Blank, ...]] = types.MappingProxyType(
    {code: _blanks_of(act) for code, act in PEOPLES_ACTS.items()}
)
"""Code of an act → the places of its form, in order."""
