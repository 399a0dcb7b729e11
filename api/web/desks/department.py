"""The department desk: what a unit has to sign for, do, answer and decide, the most urgent first."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from api.problems import Problem
from api.reading.listing import Paging, WorkFilter
from api.web.cases.actforms import Returned, explained
from api.web.cases.doing import HandedBack, done_address
from api.web.cases.listing import chosen
from api.web.cases.receipts import receipt_told
from api.web.desks.cards import desk_of, do_with_photos, tallies, tally_of, tray_links
from api.web.frame.arrivals import Posted, Visiting
from api.web.frame.links import local
from api.web.frame.navigation import HANDLING
from api.web.frame.rendering import render, see_other
from api.web.frame.visits import Visitor
from domain.duties import DutyKind

router = APIRouter(include_in_schema=False)

PAGE = 15
"""Duties of one page: each is shown with its forms."""
HOME = "/desk"


class Tray(StrEnum):
    """What a department sorts its work by."""

    WHISTLE = "whistle"
    SIGN = "sign"
    WORK = "work"
    CHECK = "check"
    DECIDE = "decide"


TRAYS: Mapping[Tray, tuple[DutyKind, ...]] = MappingProxyType(
    {
        Tray.WHISTLE: tuple(each for each in DutyKind if each.startswith("whistle.")),
        Tray.SIGN: (DutyKind.ORDER_ACCEPT, DutyKind.ORDER_CLAIM, DutyKind.PETITION_NOTICE),
        Tray.WORK: (
            DutyKind.ORDER_HANDLE, DutyKind.PETITION_HANDLE, DutyKind.PETITION_REPLY, DutyKind.PETITION_SERVE,
        ),
        Tray.CHECK: (DutyKind.ORDER_CHECK,),
        Tray.DECIDE: (
            DutyKind.ORDER_EXTENSION_DECISION, DutyKind.PETITION_EXTENSION_DECISION,
            DutyKind.ORDER_RETURN_RULING, DutyKind.PETITION_NEGOTIATE, DutyKind.PETITION_DECIDE,
            DutyKind.PETITION_REVIEW, DutyKind.PETITION_RECHECK, DutyKind.PETITION_HEARING,
        ),
    }
)  # fmt: skip
"""Tray → the kinds of duty in it."""


@router.get(HOME)
async def department_desk(
    visitor: Visiting,
    tray: str = "",
    after: Annotated[str | None, Query(max_length=300)] = None,
    done: Annotated[str | None, Query(max_length=80)] = None,
) -> HTMLResponse:
    """Everything a unit owes, with what it may do about it."""
    return await _shown(visitor, chosen(tray, Tray), after, done=done)


@router.post(HOME + "/{number}/acts/{act}")
async def do_at_desk(visitor: Visiting, number: str, act: str, form: Posted) -> Response:
    """Do an act; what is refused comes back at its place with what was typed."""
    _want_role(visitor)
    back = local(str(form.get("back") or ""), HOME)
    try:
        receipt = await do_with_photos(visitor, number, act, form)
    except HandedBack as handed:
        return await _shown(
            visitor, None, None, back=(number, explained(handed.returned)), status=handed.status
        )
    return see_other(done_address(back, receipt))


async def _shown(
    visitor: Visitor,
    tray: Tray | None,
    after: str | None,
    *,
    done: str | None = None,
    back: tuple[str, Returned] | None = None,
    status: int = 200,
) -> HTMLResponse:
    _want_role(visitor)
    wanted = WorkFilter(among=TRAYS[tray] if tray else ())
    async with visitor.door.database.connection() as connection:
        desk = await desk_of(connection, visitor, wanted, Paging(PAGE, after), back)
        counts = await tallies(connection, visitor)
        flash = await receipt_told(connection, visitor, done)
    return render(
        visitor, "department.html", status=status, address=HOME if back else None, desk=desk, tray=tray,
        trays=tray_links(TRAYS, counts, tray), flash=flash,
        is_first=after is None, back=back, everything=tally_of(counts, DutyKind),
    )  # fmt: skip


def _want_role(visitor: Visitor) -> None:
    """The desk is for those who handle; what it does is asked of the law again."""
    if visitor.caller.account.role not in HANDLING:
        raise Problem(403, "handlers_only")
