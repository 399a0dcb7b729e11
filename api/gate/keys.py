"""Idempotency keys: the header every write needs, and what becomes of it on the way to the ledger."""

import base64
import hashlib
import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, TypeAlias

from fastapi import Depends, Header

from activities.chain import canonical
from api.problems import Problem

_VISIBLE = re.compile(r"[\x21-\x7e]{1,200}")


async def _key(
    idempotency_key: Annotated[
        str | None,
        Header(
            description="由客户端生成；同一键同一内容只办一次 / Chosen by the client; one key, one act.",
            examples=["7f9c2ba4-e88f-4d0a-9d0c-0a3d0a2f6f10"],
        ),
    ] = None,
) -> str:
    """Async although it waits for nothing: a plain function would be sent to a thread and back."""
    if idempotency_key is None or not _VISIBLE.fullmatch(idempotency_key):
        raise Problem(HTTPStatus.BAD_REQUEST, "key_missing")
    return idempotency_key


Key: TypeAlias = Annotated[str, Depends(_key)]


def act_id_of(account: str, key: str) -> str:
    """The id an act bears for ever: two accounts' keys never meet, no client's text reaches the ledger."""
    return "k1:" + _digest(f"{account}\n{key}")[:32]


def update_id_of(act_id: str, request: Mapping[str, Any]) -> str:
    """The id of one attempt: the same request again is answered by the engine, another one is looked at."""
    return f"{act_id}.{_digest(canonical(request))[:16]}"


def _digest(text: str) -> str:
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode().lower().rstrip("=")
