"""Request models for bringing a matter: the law's openings, with places and persons in human terms."""

import dataclasses
import types
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, create_model

from api.forms import Form, Line, Matter, form_type, written_field
from api.words import load_words
from api.writing.persons import PersonForm
from domain.openings import (
    OPENINGS,
    MediationOpening,
    Opening,
    OrderOpening,
    PetitionOpening,
    WhistleOpening,
)
from domain.vocabulary import CaseKind, Service, Unit


class DrillForm(Form):
    """A training case: engine time = `origin` + (real time − `began`) × `speed`, in real cases' shoes."""

    origin: AwareDatetime | None = Field(default=None, description="演练起点，缺省为现在 / Default: now.")
    began: AwareDatetime | None = Field(
        default=None,
        description="起点对应的真实时刻，缺省为现在 / The real instant of the origin; default: now.",
    )
    speed: Annotated[float, Field(gt=0, le=1e8, allow_inf_nan=False)] | None = Field(
        default=None,
        description="倍速，缺省见设置 / Engine seconds in one real second; default: the setting.",
    )
    grace: Annotated[float, Field(ge=0, le=3_600, allow_inf_nan=False)] = Field(
        default=3.0, description="到期后等候迟到行为的真实秒数 / Real seconds a due date waits for late acts."
    )


class OpeningForm(Form):
    """What every opening says besides the fields of its kind."""

    place: Line = Field(
        description="社区或网格：路径、名称或别名 / A community or grid: path, name or alias.",
        examples=["星叶社区"],
    )
    rulebook: Line | None = Field(
        default=None,
        description="规则版本，缺省见设置 / Rulebook edition; default: the setting.",
        examples=[None],
    )
    drill: DrillForm | None = Field(
        default=None, description="仅演练环境可填 / Where drills are open only.", examples=[None]
    )
    at: AwareDatetime | None = Field(
        default=None, description="演练中的提出时刻 / The drill instant of opening.", examples=[None]
    )


Title = Annotated[Line, Field(description="标题 / Title.", examples=["小区门口水管漏水"])]

_PERSON = PersonForm | None
_PERSONS = tuple[PersonForm, ...]
_LEFT_OUT = ("offices", "parent")
_REFINED: Mapping[type[Opening], Mapping[str, Any]] = {
    OrderOpening: {
        "applicant": (_PERSON, None), "service": (Service | None, None), "unit": (Unit | None, None),
    },
    MediationOpening: {
        "applicants": (_PERSONS, ()), "respondents": (_PERSONS, ...), "paper_only": (bool | None, None),
    },
    PetitionOpening: {"petitioner": (_PERSON, None)},
    WhistleOpening: {"blower": (Unit | None, None)},
}  # fmt: skip
"""Fields that people fill in otherwise, or that have a default the door knows: type and default."""


def _form_of(opening: type[Opening]) -> type[OpeningForm]:
    name = f"{opening.__name__.removesuffix('Opening')}OpeningForm"
    return create_model(name, __base__=OpeningForm, __doc__=opening.__doc__, **dict(_entries(opening)))


def _entries(opening: type[Opening]) -> Iterator[tuple[str, Any]]:
    refined = {"matter": (Matter | None, None), **_REFINED[opening]}
    for each in dataclasses.fields(opening):
        if each.name == "title":
            yield each.name, (Title, ...)
        elif each.name in refined:
            hint, default = refined[each.name]
            yield each.name, (form_type(hint), Field(default=default, description=_label(each.name)))
        elif each.name not in _LEFT_OUT:
            yield each.name, written_field(opening, each)


def _label(name: str) -> str:
    return load_words().both("field", name)


OPENING_FORMS: Mapping[CaseKind, type[OpeningForm]] = types.MappingProxyType(
    {kind: _form_of(opening) for kind, opening in OPENINGS.items()}
)
"""Kind of case → the request model that opens one."""
