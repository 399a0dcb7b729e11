"""POST /v1/orders, /mediations, /petitions, /whistles: bring a matter."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter, Response

from api.answers import Receipt
from api.documents import WRITE, answers, problems
from api.door import AtDoor, Calling
from api.examples import OPENINGS as EXAMPLES
from api.examples import RECEIPT
from api.gate.keys import Key
from api.words import load_words
from api.writing.opening import open_case
from api.writing.openings import OPENING_FORMS
from api.writing.receipts import answered
from domain.vocabulary import CaseKind

router = APIRouter(prefix="/v1", tags=["提出 Openings"])

PATHS: Mapping[CaseKind, str] = {
    CaseKind.ORDER: "/orders",
    CaseKind.MEDIATION: "/mediations",
    CaseKind.PETITION: "/petitions",
    CaseKind.WHISTLE: "/whistles",
}


def _endpoint(kind: CaseKind) -> Callable[..., Awaitable[Response]]:
    async def endpoint(door: AtDoor, caller: Calling, key: Key, form: Any) -> Response:
        receipt = await open_case(door, caller, kind, form, key)
        return answered(receipt, HTTPStatus.CREATED, {"location": f"/v1/cases/{receipt.number}"})

    endpoint.__annotations__["form"] = OPENING_FORMS[kind]
    return endpoint


def _add(kind: CaseKind, path: str) -> None:
    words = load_words()
    location = {"location": {"description": "案件地址 / Where the case is.", "schema": {"type": "string"}}}
    good = answers(
        HTTPStatus.CREATED,
        "已立案，首批事件已在台账上 / Opened; its first events are on the ledger.",
        RECEIPT,
    )
    good[HTTPStatus.CREATED]["headers"] = location
    router.add_api_route(
        path,
        _endpoint(kind),
        methods=["POST"],
        response_model=Receipt,
        status_code=HTTPStatus.CREATED,
        operation_id=f"open_{kind.value}",
        summary=f"提出{words.both('case_kind', kind.value)}",
        description=OPENING_FORMS[kind].__doc__,
        responses={**good, **problems(*(status for status in (*WRITE, 429) if status not in (404, 409)))},
        openapi_extra={"requestBody": {"content": {"application/json": {"example": EXAMPLES[kind]}}}},
    )


for _kind, _path in PATHS.items():
    _add(_kind, _path)
