"""What stands on the ledger in place of words: commitments, how they are made and where events hold them."""

import base64
import dataclasses
import hashlib
import secrets
import types
import typing
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

from domain.events import Acted, CaseOpened, Fact
from domain.vocabulary import Content

_DOMAIN = b"herun/content/1"
_SALT_BYTES = 16
_PLACES: dict[type, tuple[tuple[str, bool], ...]] = {}


class ContentKind(StrEnum):
    """What is kept: words, what says who somebody is, or a file (its body in base64)."""

    TEXT = "text"
    NAME = "name"
    PHONE = "phone"
    ADDRESS = "address"
    FILE = "file"


def new_salt() -> bytes:
    """Sixteen random bytes, so that nobody finds a name by trying names."""
    return secrets.token_bytes(_SALT_BYTES)


def commit(kind: ContentKind, body: str, salt: bytes) -> Content:
    """The text `c1:` and SHA-256 in base32 over domain, salt, kind and body, each after its length."""
    parts = (_DOMAIN, salt, kind.value.encode(), body.encode())
    framed = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    digest = hashlib.sha256(framed).digest()
    return Content("c1:" + base64.b32encode(digest).decode().rstrip("=").lower())


def references(fact: Fact) -> tuple[Content, ...]:
    """Every commitment a fact holds, in the order of its fields, each once."""
    match fact:
        case CaseOpened():
            found = _held(fact.opening)
        case Acted():
            found = _held(fact.act)
        case _:
            return ()
    return tuple(dict.fromkeys(each for each in found if each))


def _held(value: object) -> Iterator[Content]:
    kind = type(value)
    if kind not in _PLACES:
        _PLACES[kind] = _places(kind)
    for name, nested in _PLACES[kind]:
        held = getattr(value, name)
        if not nested:
            yield from (Content(held),) if isinstance(held, str) else held or ()
        else:
            for each in held if isinstance(held, tuple) else (held,) if held is not None else ():
                yield from _held(each)


def _places(holder: type) -> tuple[tuple[str, bool], ...]:
    """The fields that are content or may hold some further down, told by their annotations."""
    hints = typing.get_type_hints(holder)
    found: list[tuple[str, bool]] = []
    for each in dataclasses.fields(holder):
        kinds = set(_named(hints[each.name]))
        if Content in kinds:
            found.append((each.name, False))
        elif any(isinstance(k, type) and dataclasses.is_dataclass(k) and _places(k) for k in kinds):
            found.append((each.name, True))
    return tuple(found)


def _named(hint: Any) -> Iterable[Any]:
    """The types an annotation is made of: of `tuple[Task, ...] | None` it is Task and None."""
    if typing.get_origin(hint) in (tuple, types.UnionType, typing.Union):
        for argument in typing.get_args(hint):
            yield from _named(argument)
    else:
        yield hint
