"""The mediation room: one dispute, the steps of a mediator's work in their order, and every act the law offers."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter
from fastapi import Query as QueryField
from fastapi.responses import HTMLResponse, Response

from api.answers import CaseView, Coded
from api.database import Connection
from api.problems import not_found
from api.reading.casefile import CaseFile, visible_file
from api.reading.showing import case_view, possible_acts, surroundings
from api.reading.telling import timeline
from api.web.cases import room
from api.web.cases.actforms import ActForm, Member, Returned, Staff, act_forms, explained
from api.web.cases.course import course
from api.web.cases.doing import BEHALF, HandedBack, do, done_address, onward
from api.web.cases.drawing import procedure
from api.web.cases.papers import papers
from api.web.cases.receipts import receipt_told
from api.web.frame.arrivals import Posted, Visiting
from api.web.frame.rendering import render, see_other
from api.web.frame.visits import Visitor
from domain.actors import Actor
from domain.openings import MediationOpening
from domain.rights import is_party
from domain.vocabulary import Party, Role

router = APIRouter(include_in_schema=False)

_STAFF = """
    SELECT id, name, role, unit = ANY($1::text[]) AND (valid_to IS NULL OR valid_to > now()) AS here
    FROM account WHERE role <> 'resident' AND (unit = ANY($1::text[]) OR id = ANY($2::text[]))
    ORDER BY unit, id LIMIT 300"""


@router.get("/cases/{number}/room")
async def mediation_room(
    visitor: Visiting, number: str, done: Annotated[str | None, QueryField(max_length=80)] = None
) -> HTMLResponse:
    """The room of a dispute; of any other case there is none."""
    return await _shown(visitor, number, done=done)


@router.post("/cases/{number}/room/acts/{act}")
async def act_in_room(visitor: Visiting, number: str, act: str, form: Posted) -> Response:
    """Do an act and stay in the room; what is refused comes back with the form as it was filled in."""
    try:
        receipt = await do(visitor, number, act, form)
    except HandedBack as back:
        behalf = str(form.get(BEHALF) or "")
        return await _shown(
            visitor, number, returned=explained(back.returned), behalf=behalf, status=back.status
        )
    return see_other(done_address(onward(visitor, act, form, f"/cases/{number}/room"), receipt))


async def _shown(
    visitor: Visitor,
    number: str,
    *,
    done: str | None = None,
    returned: Returned | None = None,
    behalf: str = "",
    status: int = 200,
) -> HTMLResponse:
    file = await visible_file(visitor.door.database, number, visitor.caller)
    if not isinstance(file.case.opening, MediationOpening):
        raise not_found()
    async with visitor.door.database.connection() as connection:
        around = await surroundings(connection, file)
        told = await timeline(connection, file, visitor.caller, visitor.voice)
        view = case_view(file, around, visitor.caller, visitor.caller.actor, visitor.voice)
        staff, staff_names = await _staff(connection, visitor, file)
        flash = await receipt_told(connection, visitor, done)
    own = None if behalf else returned
    forms = act_forms(file.case, view.possible_acts, visitor.voice, staff, own)
    names = {each.id: each.name for each in view.parties if each.name}
    by_party = _forms_by_party(visitor, file, view, staff, returned if behalf else None, behalf)
    entries = course(file, told, names, visitor.voice, visitor.speech)
    return render(
        visitor, "room.html", status=status, address=f"/cases/{number}/room", case=view, flash=flash,
        returned=returned, parties=names, stages=procedure(file, visitor.voice),
        steps=room.steps(file, view, entries, forms, names), others=room.others(forms),
        people=room.people(file, view, visitor, by_party, staff_names), window=room.window(file),
        serve=any(each.act == "mediation.serve_notice" for each in forms), agreement=file.case.agreement,
        paper_only=file.case.opening.paper_only, papers=papers(visitor, file),
        is_party=is_party(file.case, visitor.caller.actor),
    )  # fmt: skip


async def _staff(connection: Connection, visitor: Visitor, file: CaseFile) -> tuple[Staff, Mapping[str, str]]:
    """Who may be named in a form, and the names of staff that the visitor may read."""
    named = [*file.case.staff, *file.case.chosen.values()]
    rows = await connection.fetch(_STAFF, list(file.case.units), named)
    here = [Member(row["id"], row["name"], Role(row["role"])) for row in rows if row["here"]]
    may_read = visitor.caller.is_staff
    chosen = set(file.case.chosen.values())  # parties know by name whom they chose
    return here, {row["id"]: row["name"] for row in rows if may_read or row["id"] in chosen}


def _forms_by_party(
    visitor: Visitor, file: CaseFile, view: CaseView, staff: Staff, returned: Returned | None, behalf: str
) -> Mapping[str, tuple[ActForm, ...]]:
    """What the visitor may write down for each party now (《信访工作条例》第19条, 《人民调解法》第17条)."""
    account = visitor.caller.account
    if not visitor.caller.is_staff:
        return {}
    named = [Coded(code=each.id, text=each.name or each.id) for each in view.parties]
    found: dict[str, tuple[ActForm, ...]] = {}
    for party in file.case.parties:
        speaker = Actor(account.id, account.role, account.unit, Party(party))
        offered = [each for each in possible_acts(file, speaker, visitor.voice, named)
                   if each.act in room.IN_THE_TABLE]  # fmt: skip
        own = returned if party == behalf else None
        found[party] = act_forms(file.case, offered, visitor.voice, staff, own)
    return found
