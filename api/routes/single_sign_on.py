"""/v1/sessions/single-sign-on: to the city's OpenID provider and back; a browser's way, not an API's."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse

from api.door import AtDoor
from api.identity import single_sign_on
from api.identity.sessions import give

router = APIRouter(include_in_schema=False)

HOME = "/"
"""Where somebody goes who is back; a session that still owes a step is led to it from there."""


@router.get("/v1/sessions/single-sign-on")
async def leave(door: AtDoor, request: Request) -> RedirectResponse:
    """A link, not a form: `form-action` of our own pages lets nothing be posted elsewhere."""
    address, waiting = await single_sign_on.leave(door, request)
    response = RedirectResponse(address, status_code=303)
    give(response, door.settings, request, waiting.token)
    return response


@router.get(single_sign_on.RETURN_PATH)
async def come_back(door: AtDoor, request: Request) -> RedirectResponse:
    """The provider sends the browser here with a code, or with what went wrong."""
    entered = await single_sign_on.come_back(door, request)
    response = RedirectResponse(HOME, status_code=303)
    give(response, door.settings, request, entered.token)
    return response
