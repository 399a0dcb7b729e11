"""POST /v1/cases/{number}/acts/{act}: one address for each act, so that each has its own schema."""

import re
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any, TypeAlias

from fastapi import APIRouter, Body, Path, Response
from fastapi.routing import APIRoute
from starlette.routing import Match
from starlette.types import Scope

from api.answers import Receipt
from api.documents import WRITE, answers, problems
from api.door import AtDoor, Calling
from api.examples import RECEIPT, example_of
from api.forms import FORMS, PEOPLES_ACTS
from api.gate.keys import Key
from api.problems import Problem
from api.words import load_words
from api.writing.acting import carry
from api.writing.receipts import answered
from domain.acts import Act


class ActRoute(APIRoute):
    """Looks at the end of the address before its pattern: there are eighty of these, and acts are in a hurry."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As any route, but quick to say no."""
        tail = self.path.rpartition("/")[2]
        if not tail.startswith("{") and not scope["path"].endswith("/" + tail):
            return Match.NONE, {}
        return super().matches(scope)


router = APIRouter(prefix="/v1/cases/{number}/acts", route_class=ActRoute)

_TAGS = {
    "order": "办理：点单 Order acts",
    "mediation": "办理：调解 Mediation acts",
    "petition": "办理：信访 Petition acts",
    "whistle": "办理：吹哨 Whistle acts",
}
_OF_ANY_CASE = "办理：通用 Acts"
_CODE = re.compile(r"[a-z_]{1,30}(\.[a-z_]{1,30})?")

Number: TypeAlias = Annotated[str, Path(description="案件编号 / Case number.", examples=["O20261121-00012"])]


def _endpoint(act: type[Act]) -> Callable[..., Awaitable[Response]]:
    form_type = FORMS[act.code]
    if any(field.is_required() for field in form_type.model_fields.values()):

        async def endpoint(door: AtDoor, caller: Calling, number: Number, key: Key, form: Any) -> Response:
            return answered(await carry(door, caller, number, act, form, key))

    else:

        async def endpoint(  # type: ignore[misc]  # an act that asks nothing needs no body
            door: AtDoor,
            caller: Calling,
            number: Number,
            key: Key,
            form: Any = Body(default=form_type()),  # noqa: B008
        ) -> Response:
            return answered(await carry(door, caller, number, act, form, key))

    endpoint.__annotations__["form"] = form_type
    return endpoint


def _add(act: type[Act]) -> None:
    kind, _, _ = act.code.rpartition(".")
    router.add_api_route(
        f"/{act.code}",
        _endpoint(act),
        methods=["POST"],
        response_model=Receipt,
        operation_id="act_" + act.code.replace(".", "_"),
        summary=load_words().both("act", act.code),
        description=act.__doc__,
        tags=[_TAGS.get(kind, _OF_ANY_CASE)],
        responses={
            **answers(HTTPStatus.OK, "已在台账上 / It is on the ledger.", RECEIPT),
            **problems(*WRITE),
        },
        openapi_extra={"requestBody": {"content": {"application/json": {"example": example_of(act)}}}},
    )


for _act in PEOPLES_ACTS.values():
    _add(_act)


@router.post("/{act}", include_in_schema=False)
async def unknown_act(caller: Calling, number: str, act: str) -> None:
    """No such act; only what could be a code is repeated, for in an address anything may be written."""
    raise Problem(HTTPStatus.NOT_FOUND, "unknown_act", about=(act,) if _CODE.fullmatch(act) else ())
