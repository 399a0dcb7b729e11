"""Where the next page of a list begins: after a sort key, so that pages stay true while rows come."""

import base64
import json
from datetime import datetime
from typing import Any

from api.problems import FieldError, Problem, invalid


def cursor_of(*key: Any) -> str:
    """The cursor after an item with this sort key."""
    text = json.dumps([_plain(each) for each in key], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def key_of(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The sort key in a cursor. Raises Problem (422) if it is no cursor of this list."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        values = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        return tuple(_read(value, kind) for value, kind in zip(values, kinds, strict=True))
    except (ValueError, TypeError) as wrong:
        raise _bad() from wrong


def _bad() -> Problem:
    return invalid(FieldError(("after",), "bad_cursor"))


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _read(value: Any, kind: type) -> Any:
    if kind is datetime:
        at = datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError("a cursor's instant has a zone")
        return at
    if type(value) is not kind or value == "" or "\x00" in str(value):
        raise TypeError("not what this list sorts by")
    if isinstance(value, int) and not 0 <= value < 2**31:
        raise ValueError("no number of a duty")
    return value
