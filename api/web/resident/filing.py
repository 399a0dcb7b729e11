"""What somebody wrote at the entrance: read from the form, checked in plain terms, turned into an opening."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import FormData

from activities.accounts import Matter
from api.forms import COMMITMENT
from api.mistakes import from_validation
from api.problems import FieldError, invalid
from api.town import Town
from api.web.frame.speech import Speech
from api.writing.openings import OPENING_FORMS, OpeningForm
from domain.calendar import CST
from domain.vocabulary import CaseKind


class Sort(StrEnum):
    """What people say they come with."""

    MEND = "mend"
    QUARREL = "quarrel"
    COMPLAINT = "complaint"
    UNSURE = "unsure"


ROUTES: Mapping[Sort, CaseKind] = MappingProxyType(
    {
        Sort.MEND: CaseKind.ORDER,
        Sort.QUARREL: CaseKind.MEDIATION,
        Sort.COMPLAINT: CaseKind.PETITION,
        Sort.UNSURE: CaseKind.ORDER,
    }
)
"""The procedure that each leads to; the catalogue sorts its matters by the same routes."""

FIELDS = ("text", "place", "spot", "matter", "name", "phone", "address", "other", "other_phone")
LONGEST: Mapping[str, int] = MappingProxyType({**dict.fromkeys(FIELDS, 100), "text": 5_000})
"""Characters of each field."""
MOST_PHOTOS = 9
TITLE_LENGTH = 30

_ALWAYS = frozenset({"text", "place"})
_MUST: Mapping[Sort, frozenset[str]] = MappingProxyType(
    {
        Sort.MEND: _ALWAYS,
        Sort.UNSURE: _ALWAYS,
        Sort.QUARREL: _ALWAYS | {"name", "phone", "other"},  # who asks and whom (《人民调解法》第17条)
        Sort.COMPLAINT: _ALWAYS | {"name", "phone", "address"},  # 《信访工作条例》第17条
    }
)
_OWN = frozenset({"name", "phone", "address"})
"""What somebody with an account need not say again."""

_KEY = re.compile(r"[0-9a-f]{32}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()\-]{5,24}")
_COMMITMENT = re.compile(COMMITMENT)
_SENTENCE_END = re.compile(r"[。！？!?；;\n]|\.(?=\s|$)")
_BEYOND_COMMAND = CaseKind.WHISTLE
"""What only a whistle can move, residents bring as an order: the community asks for the whistle."""


@dataclass(frozen=True, slots=True)
class Filing:
    """One form of the entrance: its key, by which it files once, and what was said in it."""

    sort: Sort
    key: str
    said: Mapping[str, str] = field(default_factory=dict)
    photos: tuple[str, ...] = ()
    """Commitments of photographs that were kept already."""

    @property
    def kind(self) -> CaseKind:
        """The procedure it leads to."""
        return ROUTES[self.sort]

    def must(self, name: str, *, known: bool) -> bool:
        """Whether the field may not stay empty; `known` is somebody with an account."""
        return name in _MUST[self.sort] and not (known and name in _OWN)


def read(sort: Sort, form: FormData, fresh: str) -> Filing:
    """The filing that a posted form holds; `fresh` is its key if it brings none of ours."""
    key = form.get("key")
    photos = (each for each in form.getlist("photo") if isinstance(each, str) and _COMMITMENT.fullmatch(each))
    listed = _text(form, "place_listed")
    said = {name: _text(form, name) for name in FIELDS}
    if listed:
        said["place"] = listed
    return Filing(
        sort,
        key if isinstance(key, str) and _KEY.fullmatch(key) else fresh,
        said,
        tuple(dict.fromkeys(photos))[:MOST_PHOTOS],
    )


def with_photos(filing: Filing, kept: Sequence[str]) -> Filing:
    """The same with photographs kept meanwhile."""
    return replace(filing, photos=tuple(dict.fromkeys((*filing.photos, *kept)))[:MOST_PHOTOS])


def mistakes(filing: Filing, town: Town, *, known: bool) -> dict[str, str]:
    """What is wrong: a field → the code of a sentence of the table `entrance`."""
    return dict(_mistakes(filing, town, known))


def _mistakes(filing: Filing, town: Town, known: bool) -> Iterator[tuple[str, str]]:
    said = filing.said
    for name in FIELDS:
        if not said[name] and filing.must(name, known=known):
            yield name, f"missing_{name}"
        elif len(said[name]) > LONGEST[name]:
            yield name, "too_long"
    for name in ("phone", "other_phone"):
        if said[name] and not _PHONE.fullmatch(said[name]):
            yield name, "wrong_phone"
    if (said["phone"] or said["address"]) and not said["name"]:
        yield "name", "missing_name"
    if said["place"] and not _is_place(town, said["place"]):
        yield "place", "wrong_place"
    if said["matter"] and said["matter"] not in {each.code for each in matters(town, filing.sort)}:
        yield "matter", "wrong_matter"


def _is_place(town: Town, name: str) -> bool:
    found = town.unit(name, datetime.now(CST).date())
    return found is not None and town.is_place(found)


def matters(town: Town, sort: Sort) -> list[Matter]:
    """The leaves of the catalogue that go the way of a sort; none for those who are not sure."""
    if sort is Sort.UNSURE:
        return []
    parents = {each.parent for each in town.matters.values()}
    routes = {ROUTES[sort], *((_BEYOND_COMMAND,) if sort is Sort.MEND else ())}
    return [each for each in town.matters.values() if each.code not in parents and each.route in routes]


def opening_form(filing: Filing, speech: Speech) -> OpeningForm:
    """The opening that the API would be sent. Raises Problem (422)."""
    said = filing.said
    values = {"title": title_of(said["text"]), "text": _whole(said, speech), "place": said["place"]}
    given = {**values, **({"matter": said["matter"]} if said["matter"] else {}), **_persons(filing)}
    try:
        return OPENING_FORMS[filing.kind].model_validate(given)
    except ValidationError as wrong:
        raise invalid(*from_validation(wrong)) from wrong


def field_of(error: FieldError) -> str:
    """The field of the entrance at which a mistake of an opening belongs."""
    match error.path:
        case ("title" | "text", *_):
            return "text"
        case ("respondents", _, "phone", *_):
            return "other_phone"
        case ("respondents", *_):
            return "other"
        case (_, *_, "phone" | "address" | "name" as last):
            return str(last)
        case ("applicant" | "applicants" | "petitioner", *_):
            return "name"
        case (name, *_) if name in FIELDS:
            return str(name)
        case ("file", *_):
            return "photos"
        case _:
            return ""


def title_of(text: str) -> str:
    """The first sentence, shortened: nobody on a bad day thinks up a title."""
    sentences = (each.strip() for each in _SENTENCE_END.split(text))
    first = next(filter(None, sentences), text.strip())
    return first if len(first) <= TITLE_LENGTH else f"{first[: TITLE_LENGTH - 1].rstrip()}…"


def _whole(said: Mapping[str, str], speech: Speech) -> str:
    """The words with the exact spot under them, so that whoever goes there finds it."""
    spot = said["spot"]
    return f"{said['text']}\n{speech.t('entrance.spot_line', spot=spot)}" if spot else said["text"]


def _persons(filing: Filing) -> dict[str, Any]:
    own = _person(filing.said, "name", "phone", "address")
    match filing.kind:
        case CaseKind.MEDIATION:
            other = _person(filing.said, "other", "other_phone")
            return {"applicants": [own] if own else [], "respondents": [other]}
        case CaseKind.PETITION:
            return {"petitioner": own}
        case _:
            return {"applicant": own}


def _person(said: Mapping[str, str], name: str, phone: str, address: str = "") -> dict[str, str] | None:
    if not said[name]:
        return None
    found = {"name": said[name], "phone": said[phone], "address": said[address] if address else ""}
    return {key: value for key, value in found.items() if value}


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.replace("\r\n", "\n").replace("\x00", "").strip() if isinstance(value, str) else ""
