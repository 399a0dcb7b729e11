"""What pydantic finds wrong with a request, told as mistakes in named places."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from api.problems import FieldError

_CODES = {
    "missing": "missing",
    "extra_forbidden": "extra_forbidden",
    "blank": "blank",
    "string_type": "not_text",
    "string_unicode": "not_text",
    "string_too_short": "blank",
    "string_too_long": "text_too_long",
    "string_pattern_mismatch": "pattern",
    "float_type": "not_number",
    "float_parsing": "not_number",
    "finite_number": "not_number",
    "int_type": "not_integer",
    "int_parsing": "not_integer",
    "int_parsing_size": "not_integer",
    "int_from_float": "not_integer",
    "bool_type": "not_flag",
    "bool_parsing": "not_flag",
    "enum": "not_choice",
    "literal_error": "not_choice",
    "list_type": "not_list",
    "tuple_type": "not_list",
    "model_type": "not_object",
    "model_attributes_type": "not_object",
    "dict_type": "not_object",
    "too_short": "too_short",
    "too_long": "too_long",
    "value_error": "rule",
    "json_invalid": "not_json",
    "timezone_aware": "not_instant",
}
_RANGES = {"greater_than": ">", "greater_than_equal": "≥", "less_than": "<", "less_than_equal": "≤"}
_PLACES = frozenset({"body", "query", "path", "header"})
_NAME = re.compile(r"[A-Za-z][A-Za-z_-]{0,39}")
_NAMELESS = "?"


def from_errors(errors: Iterable[Any]) -> tuple[FieldError, ...]:
    """The mistakes in a list as FastAPI reports it; the place leaves out which part of the request it is."""
    return tuple(_mistake(each) for each in errors)


def from_validation(error: ValidationError, within: tuple[str | int, ...] = ()) -> tuple[FieldError, ...]:
    """The mistakes of a domain object that would not be made; `within` is where it stands in the request."""
    return tuple(_mistake(each, within) for each in error.errors(include_url=False, include_input=False))


def _mistake(found: ErrorDetails | Mapping[str, Any], within: tuple[str | int, ...] = ()) -> FieldError:
    kind, place, context = found["type"], tuple(found["loc"]), dict(found.get("ctx") or {})
    if place and place[0] in _PLACES and len(place) > 1:
        place = place[1:]
    if kind == "json_invalid":
        place = ("body",)
    if kind == "extra_forbidden":
        place = (*place[:-1], _told(place[-1]))
    code = _code(kind)
    return FieldError((*within, *place), code, _values(code, kind, context))


def _told(name: str | int) -> str | int:
    """The name of a field we do not know, if it could be one: somebody's words are not repeated."""
    return name if isinstance(name, str) and _NAME.fullmatch(name) else _NAMELESS


def _code(kind: str) -> str:
    if kind in _RANGES:
        return "out_of_range"
    if kind in _CODES:
        return _CODES[kind]
    if kind.startswith("datetime"):
        return "not_instant"
    return "not_date" if kind.startswith("date") else "invalid"


def _values(code: str, kind: str, context: Mapping[str, Any]) -> Mapping[str, Any]:
    match code:
        case "out_of_range":
            bound = next(iter(context.values()), "")
            return {"range": f"{_RANGES[kind]} {bound}"}
        case "too_long" | "text_too_long":
            return {"max": context.get("max_length", "")}
        case "too_short":
            return {"min": context.get("min_length", "")}
        case "not_choice":
            return {"expected": context.get("expected", "")}
        case "rule":
            return {"error": str(context.get("error", ""))}
        case _:
            return {}
