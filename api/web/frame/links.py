"""Addresses of pages: queries put together, and which addresses a visitor may be sent back to."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit


def href(path: str, /, **query: Any) -> str:
    """An address with a query; what is None or empty is left out, a list is repeated."""
    given = [(name, each) for name, value in query.items() for each in _several(value)]
    return f"{path}?{urlencode(given)}" if given else path


def changed(address: str, /, **changes: Any) -> str:
    """The same address with parts of its query changed; None takes a part out."""
    path, _, query = address.partition("?")
    kept: dict[str, list[Any]] = {}
    for name, value in parse_qsl(query):
        kept.setdefault(name, []).append(value)
    merged: Mapping[str, Any] = {**kept, **changes}
    return href(path, **merged)


def local(address: str | None, otherwise: str = "/") -> str:
    """The address if it is one of ours, so that nobody is led away by a link somebody sent."""
    if not address or not address.startswith("/") or "\\" in address or not address.isprintable():
        return otherwise
    parts = urlsplit(address)
    return otherwise if parts.scheme or parts.netloc or address.startswith("//") else address


def _several(value: Any) -> tuple[Any, ...]:
    match value:
        case None | "" | False:
            return ()
        case True:
            return (1,)
        case list() | tuple():
            return tuple(value)
        case _:
            return (value,)
