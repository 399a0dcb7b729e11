"""A resident's own matter: where it stands in plain words, what was said, what comes when, what one may do."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter
from fastapi import Query as QueryField
from fastapi.responses import HTMLResponse, Response

from activities import attachments
from activities.commitments import references
from api.answers import CaseView, DutyView
from api.database import Connection
from api.reading.casefile import CaseFile, visible_file
from api.reading.showing import case_view, surroundings
from api.reading.telling import timeline
from api.web.cases.actforms import ActForm, Member, Returned, Staff, act_forms, explained, needs_staff
from api.web.cases.course import Entry, course
from api.web.cases.doing import HandedBack, do, done_address
from api.web.cases.drawing import procedure
from api.web.cases.receipts import receipt_told
from api.web.frame.arrivals import Posted, Visiting
from api.web.frame.rendering import render, see_other
from api.web.frame.visits import Visitor
from api.web.resident.dangers import NUMBERS, dangers_in
from domain.acts import base, mediation, order, petition
from domain.duties import Nature
from domain.state import Case
from domain.vocabulary import Party, Role

router = APIRouter(include_in_schema=False)

HOPED_FOR = frozenset(
    {
        base.Rate.code, order.SendBack.code, mediation.Consent.code, mediation.SignAgreement.code,
        mediation.ApplyConfirmation.code, mediation.SkipConfirmation.code, mediation.Resume.code,
        petition.AskReview.code, petition.AskRecheck.code,
    }
)  # fmt: skip
"""Acts that the matter waits for, or that are open for some days only: shown before the others."""

_MEDIATORS = """
    SELECT id, name FROM account WHERE unit = ANY($1::text[]) AND role = $2
        AND (valid_to IS NULL OR valid_to > now()) ORDER BY unit, id LIMIT 50"""

_FOR_OFFICES = frozenset({"by"})
"""Fields that only staff fill in, who rate for somebody."""


@router.get("/my/{number}")
async def my_matter(
    visitor: Visiting, number: str, done: Annotated[str | None, QueryField(max_length=80)] = None
) -> Response:
    """The matter, for whoever is a party of it; staff have their own page."""
    if visitor.caller.is_staff:
        return see_other(f"/cases/{number}")
    return await _shown(visitor, number, done=done)


@router.post("/my/{number}/acts/{act}")
async def do_act(visitor: Visiting, number: str, act: str, form: Posted) -> Response:
    """Do what the law offers the party; what is refused comes back as it was filled in."""
    try:
        receipt = await do(visitor, number, act, form)
    except HandedBack as back:
        return await _shown(visitor, number, returned=explained(back.returned), status=back.status)
    return see_other(done_address(f"/my/{number}", receipt))


async def _shown(
    visitor: Visitor, number: str, *, done: str | None = None, returned: Returned | None = None,
    status: int = 200,
) -> HTMLResponse:  # fmt: skip
    caller, voice = visitor.caller, visitor.voice
    file = await visible_file(visitor.door.database, number, caller)
    async with visitor.door.database.connection() as connection:
        around = await surroundings(connection, file)
        line = await timeline(connection, file, caller, voice)
        files = await attachments.of_case(connection, file.number)
        flash = await receipt_told(connection, visitor, done)
        view = case_view(file, around, caller, caller.actor, voice)
        mediators = await _mediators(connection, file) if needs_staff(view.possible_acts) else ()
    settled = _settled(file.case, Party(caller.account.id))
    possible = [each for each in view.possible_acts if each.act not in settled]
    forms = act_forms(file.case, possible, voice, mediators, returned)
    others = [each for each in forms if not _is_hoped_for(each)]
    names = {each.id: each.name for each in view.parties if each.name}
    entries = course(file, line, names, voice, visitor.speech)
    return render(
        visitor, "following.html", status=status, address=f"/my/{number}", case=view, flash=flash,
        hoped_for=[each for each in forms if _is_hoped_for(each)], fields=_fields(forms), files=files,
        others=sorted(others, key=lambda each: each.grave), returned=returned, entries=entries,
        told=_told(file, entries), steps=procedure(file, voice), parties=names, numbers=NUMBERS,
        standing=_standing(visitor, view), coming=_coming(visitor, view), dangers=dangers_in(view.title, view.text),
        settled=sorted(settled), has_phone=any(each.id == caller.account.id and each.phone for each in view.parties),
    )  # fmt: skip


def _is_hoped_for(form: ActForm) -> bool:
    return form.main or form.act in HOPED_FOR


def _settled(case: Case, party: Party) -> frozenset[str]:
    """What the party has said already: saying it again is lawful and changes nothing, so nobody is asked twice."""
    said = {mediation.Consent.code: case.consented, mediation.SignAgreement.code: case.signed}
    return frozenset(act for act, parties in said.items() if party in parties)


def _fields(forms: Sequence[ActForm]) -> Mapping[str, list[object]]:
    """Of each act, the fields that a resident fills in."""
    return {form.act: [each for each in form.fields if each.name not in _FOR_OFFICES] for form in forms}


def _standing(visitor: Visitor, view: CaseView) -> str:
    """Where the matter stands, in a sentence; the name of the stage where there is none."""
    name = f"{view.kind.code}_{view.stage.code}"
    sentence = visitor.speech.t(f"standing.{name}")
    return view.stage.text if sentence == name else sentence


def _coming(visitor: Visitor, view: CaseView) -> Sequence[DutyView]:
    """What offices owe, the soonest first; of the frames in which they act only those that say something."""
    owed = (each for each in view.duties if each.status == "open" and each.unit and not each.paused)
    told = (each for each in owed if each.nature.code != Nature.WINDOW or _has_words(visitor, each))
    return sorted(told, key=lambda each: each.legal_due)


def _has_words(visitor: Visitor, duty: DutyView) -> bool:
    name = duty.kind.code.replace(".", "_")
    return visitor.speech.t(f"next_step.{name}") != name


def _told(file: CaseFile, entries: Sequence[Entry]) -> Sequence[Entry]:
    """What offices said in words of their own, the latest first."""
    worded = {event.seq for event in file.events if references(event.fact)}
    return [each for each in entries if each.seq in worded and each.said and each.by and each.by.unit]


async def _mediators(connection: Connection, file: CaseFile) -> Staff:
    """Mediators of the bodies that have the dispute, among whom the parties choose (《人民调解法》第19条)."""
    rows = await connection.fetch(_MEDIATORS, list(file.case.units), Role.MEDIATOR.value)
    return [Member(row["id"], row["name"], Role.MEDIATOR) for row in rows]
