"""The receipt of a matter: its number, what happens next by when and from whom, and two ways to come back."""

from collections.abc import Sequence
from typing import Annotated

import segno
from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from activities import residents
from activities.accounts import Account
from activities.residents import Follower
from api.answers import CaseView, DutyView
from api.identity.callers import Caller
from api.identity.sessions import address_of
from api.problems import not_found
from api.reading.casefile import visible_file
from api.reading.showing import case_view, surroundings
from api.web.frame.arrivals import Passing
from api.web.frame.rendering import render
from api.web.frame.visits import Visit
from api.web.resident.dangers import NUMBERS, dangers_in
from api.web.resident.entrance import LOST
from domain.vocabulary import Party, Role

router = APIRouter(include_in_schema=False)

SOON = 3
"""So many things to come are told; more would be a plan, not a receipt."""


@router.get("/filed/{link}")
async def receipt(
    visit: Passing, request: Request, link: str, photos: Annotated[str, Query(max_length=10)] = ""
) -> Response:
    """What was taken in. Whoever holds the link may see it; to act one comes in by it first."""
    found = await _follower(visit, request, link)
    view = await _view(visit, found)
    own = next((each for each in view.parties if each.id == found.party), None)
    url = f"{visit.door.settings.public_url or str(request.base_url).rstrip('/')}/follow/{link}"
    return render(
        visit, "filed.html", case=view, link=link, url=url, qr=drawn(url), coming=_coming(view, found.party),
        dangers=dangers_in(view.title, view.text), numbers=NUMBERS, has_phone=bool(own and own.phone),
        lost=photos == LOST, by_staff=bool(visit.signed_in and visit.signed_in.is_staff),
    )  # fmt: skip


def drawn(url: str) -> str:
    """A QR code as SVG, without any style of its own."""
    return segno.make(url, error="m").svg_inline(border=2, omitsize=True, svgclass=None, lineclass=None)


async def _follower(visit: Visit, request: Request, link: str) -> Follower:
    async with visit.door.database.connection() as connection:
        found = await residents.follower(connection, link)
    if found is None:
        await visit.door.limits.attempt(address_of(request))
        raise not_found()
    return found


async def _view(visit: Visit, found: Follower) -> CaseView:
    """The case as the party sees it."""
    caller = Caller(Account(found.party, "", Role.RESIDENT), visit.language)
    file = await visible_file(visit.door.database, found.case_no, caller)
    voice = await visit.door.voice(caller)
    async with visit.door.database.connection() as connection:
        around = await surroundings(connection, file)
    return case_view(file, around, caller, caller.actor, voice)


def _coming(view: CaseView, party: Party) -> Sequence[DutyView]:
    """What others owe next, the soonest first."""
    open_now = (each for each in view.duties if each.status == "open" and each.party != party and each.unit)
    return sorted(open_now, key=lambda each: each.legal_due)[:SOON]
