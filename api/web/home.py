"""Where a visitor begins: the home of a role, or the door to come in by."""

from fastapi import APIRouter
from fastapi.responses import Response

from api.web.frame.arrivals import Passing
from api.web.frame.navigation import home_of
from api.web.frame.rendering import see_other
from api.web.signing import owed

router = APIRouter(include_in_schema=False)


@router.get("/")
async def home(visit: Passing) -> Response:
    """On to the home of the visitor's role; a session that still owes a step to that step."""
    caller = visit.signed_in
    if caller is None:
        return see_other(await owed(visit) or "/sign-in")
    return see_other(f"/my/{caller.only_case}" if caller.only_case else home_of(caller.account.role))
