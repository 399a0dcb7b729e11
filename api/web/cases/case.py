"""The page of one case with everything one may do, and the page of why a duty is due."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter
from fastapi import Query as QueryField
from fastapi.responses import HTMLResponse, Response

from activities import attachments
from api.answers import CaseView
from api.database import Connection
from api.forms import PSEUDONYM
from api.identity.sight import Query, want_visible
from api.problems import not_found
from api.reading.casefile import CaseFile, visible_file
from api.reading.explaining import explanation
from api.reading.showing import case_view, now_of, surroundings
from api.reading.telling import timeline
from api.web.cases.actforms import Member, Returned, Staff, act_forms, explained, needs_staff
from api.web.cases.course import course
from api.web.cases.doing import BEHALF, HandedBack, do, done_address, onward
from api.web.cases.drawing import Standings, procedure, tree
from api.web.cases.receipts import receipt_told
from api.web.frame.arrivals import Posted, Visiting
from api.web.frame.links import href, local
from api.web.frame.rendering import render, see_other
from api.web.frame.visits import Visitor
from domain.actors import Actor
from domain.openings import MediationOpening
from domain.rights import RECORDERS
from domain.vocabulary import Party, Role

router = APIRouter(include_in_schema=False)

_STAFF = """
    SELECT id, name, role FROM account WHERE unit = ANY($1::text[])
        AND (valid_to IS NULL OR valid_to > now()) ORDER BY unit, id LIMIT 300"""

_STANDINGS = """
    SELECT r.case_no, r.stage, c.body AS title FROM case_register r
    LEFT JOIN content c ON c.commitment = r.title WHERE {where}"""

Behalf = Annotated[str, QueryField(pattern=f"{PSEUDONYM}|^$")]


@router.get("/cases/{number}")
async def case_page(
    visitor: Visiting,
    number: str,
    on_behalf_of: Behalf = "",
    done: Annotated[str | None, QueryField(max_length=80)] = None,
) -> HTMLResponse:
    """One case: what it is, where it stands, who owes what, what one may do, what happened."""
    return await _shown(visitor, number, on_behalf_of, done=done)


@router.post("/cases/{number}/acts/{act}")
async def do_act(visitor: Visiting, number: str, act: str, form: Posted) -> Response:
    """Do an act; what is refused comes back with the form as it was filled in."""
    try:
        receipt = await do(visitor, number, act, form)
    except HandedBack as handed:
        behalf = str(form.get(BEHALF) or "")
        return await _shown(
            visitor, number, behalf, returned=explained(handed.returned), status=handed.status
        )
    back = onward(visitor, act, form, local(str(form.get("back") or ""), f"/cases/{number}"))
    return see_other(done_address(back, receipt))


@router.get("/cases/{number}/duties/{duty}")
async def duty_page(visitor: Visiting, number: str, duty: int) -> HTMLResponse:
    """Why a duty falls due when it does, line by line."""
    file = await visible_file(visitor.door.database, number, visitor.caller)
    why = explanation(file, duty, visitor.voice)
    if why is None:
        raise not_found()
    async with visitor.door.database.connection() as connection:
        around = await surroundings(connection, file)
    view = case_view(file, around, visitor.caller, visitor.caller.actor, visitor.voice)
    held = next(each for each in view.duties if each.number == duty)
    return render(visitor, "duty.html", case=view, duty=held, why=why, parties=_names(view))


async def _shown(
    visitor: Visitor,
    number: str,
    behalf: str,
    *,
    done: str | None = None,
    returned: Returned | None = None,
    status: int = 200,
) -> HTMLResponse:
    file = await visible_file(visitor.door.database, number, visitor.caller)
    actor = _actor(visitor, behalf)
    async with visitor.door.database.connection() as connection:
        around = await surroundings(connection, file)
        told = await timeline(connection, file, visitor.caller, visitor.voice)
        view = case_view(file, around, visitor.caller, actor, visitor.voice)
        staff = await _staff(connection, file) if needs_staff(view.possible_acts) else ()
        standings = await _standings(connection, visitor, view)
        files = await attachments.of_case(connection, file.number)
        flash = await receipt_told(connection, visitor, done)
    forms = act_forms(file.case, view.possible_acts, visitor.voice, staff, returned)
    names = _names(view)
    return render(
        visitor, "case.html", status=status, address=href(f"/cases/{number}", on_behalf_of=behalf),
        case=view, forms=forms, flash=flash, behalf=behalf, returned=returned, parties=names,
        entries=course(file, told, names, visitor.voice, visitor.speech), now=now_of(file.case),
        steps=procedure(file, visitor.voice), node=tree(view, standings, visitor.voice), people=_people(file, view),
        may_record=_may_record(file, actor), files=files, own=_own(file, actor),
    )  # fmt: skip


def _actor(visitor: Visitor, behalf: str) -> Actor:
    account = visitor.caller.account
    return Actor(account.id, account.role, account.unit, Party(behalf) if behalf else None)


def _may_record(file: CaseFile, actor: Actor) -> bool:
    """Whether the actor may write down what a party says (《信访工作条例》第19条)."""
    return file.case.is_open and actor.role in RECORDERS and actor.unit in file.case.units


async def _staff(connection: Connection, file: CaseFile) -> Staff:
    rows = await connection.fetch(_STAFF, list(file.case.units))
    return [Member(row["id"], row["name"], Role(row["role"])) for row in rows]


async def _standings(connection: Connection, visitor: Visitor, view: CaseView) -> Standings:
    """Of the cases around this one, those that the visitor may see."""
    around = [each.number for each in view.parts] + ([view.parent.number] if view.parent else [])
    if not around:
        return {}
    query = Query()
    query.want(f"r.case_no = ANY({query.give(around)}::text[])")
    want_visible(query, visitor.caller, visitor.voice.town)
    rows = await connection.fetch(_STANDINGS.format(where=query.where), *query.parameters)
    return {row["case_no"]: (row["title"], visitor.voice.say("stage", row["stage"])) for row in rows}


def _own(file: CaseFile, actor: Actor) -> frozenset[int]:
    """The open duties that are the actor's to do."""
    return frozenset(n for n, held in file.case.duties.items() if held.duty.owner.is_met_by(actor))


def _names(view: CaseView) -> Mapping[str, str]:
    return {each.id: each.name for each in view.parties if each.name}


def _people(file: CaseFile, view: CaseView) -> list[dict[str, Any]]:
    """Each party with its side of the dispute and how far it has come with consent and signature."""
    case = file.case
    return [
        {
            "party": each, "side": _side(file, Party(each.id)), "noticed": Party(each.id) in case.noticed,
            "consented": Party(each.id) in case.consented, "signed": Party(each.id) in case.signed,
        }
        for each in view.parties
    ]  # fmt: skip


def _side(file: CaseFile, party: Party) -> str:
    match file.case.opening:
        case MediationOpening(applicants=applicants):
            return "applicants" if party in applicants else "respondents"
        case _:
            return "applicant"
