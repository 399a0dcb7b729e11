"""The choices of a browser: the language and the theme in which pages are shown."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response

from api.identity.sessions import FromHere
from api.web.frame.arrivals import Posted
from api.web.frame.links import local
from api.web.frame.rendering import see_other
from api.web.frame.visits import LANGUAGE_COOKIE, THEME_COOKIE, Theme
from api.words import Language

router = APIRouter(include_in_schema=False)

_YEAR = 31_536_000


@router.post("/preferences")
async def choose(request: Request, form: Posted, _: FromHere) -> Response:
    """Remember what was chosen, and go back. A choice of this browser alone, it needs no session."""
    answer = see_other(local(str(form.get("back") or ""), "/"))
    _remember(request, answer, LANGUAGE_COOKIE, form.get("language"), set(Language))
    _remember(request, answer, THEME_COOKIE, form.get("theme"), set(Theme))
    return answer


def _remember(
    request: Request, answer: RedirectResponse, cookie: str, choice: object, among: set[str]
) -> None:
    if isinstance(choice, str) and choice in among:
        answer.set_cookie(
            cookie, choice, max_age=_YEAR, httponly=True, samesite="lax",
            secure=request.url.scheme == "https",
        )  # fmt: skip
