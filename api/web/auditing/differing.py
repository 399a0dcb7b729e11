"""What changed in a case between two moments."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.auditing.showing import diff_view
from api.auditing.views import viewed
from api.reading.casefile import CaseFile
from api.reading.showing import case_view, surroundings
from api.web.auditing.auditor import Auditor, NotAMoment, Typed, seq_of
from api.web.auditing.telling import Teller, Told
from api.web.frame.rendering import render
from api.web.frame.visits import Visitor
from audit.study.travel import diff
from domain.duties import DutyKind
from domain.events import DutyOpened

router = APIRouter()


@router.get("/audit/cases/{number}/difference")
async def difference_page(visitor: Auditor, number: str, one: Typed = "", other: Typed = "") -> HTMLResponse:
    """From the earlier of two moments to the later; from the first event to the last unless others are named."""
    file = await viewed(visitor.door, visitor.caller, number, "diff")
    last = len(file.events)
    typed = {"one": one or "1", "other": other or str(last)}
    places, wrong = _places(file, typed, visitor)
    async with visitor.door.database.connection() as connection:
        around = await surroundings(connection, file)
    view = case_view(file, around, visitor.caller, visitor.caller.actor, visitor.voice)
    first, second = sorted(places.values()) if not wrong else (1, 1)
    changes = () if wrong else _changes(file, first, second, _teller(file, view, visitor))
    return render(
        visitor, "audit/difference.html", status=422 if wrong else 200, case=view, typed=typed, wrong=wrong,
        last=last, first=first, second=second, changes=changes, events=file.events,
    )  # fmt: skip


def _places(
    file: CaseFile, typed: Mapping[str, str], visitor: Visitor
) -> tuple[dict[str, int], dict[str, str]]:
    """The events meant, and a sentence for each moment that there is not."""
    places: dict[str, int] = {}
    wrong: dict[str, str] = {}
    for name, text in typed.items():
        try:
            places[name] = seq_of(file.events, text, visitor)
        except NotAMoment as none:
            wrong[name] = str(none)
    return places, wrong


def _changes(file: CaseFile, first: int, second: int, teller: Teller) -> tuple[Told, ...]:
    changes = diff(file.number, file.events, first, second)
    shown = diff_view(file.number, first, second, changes, teller.visitor.voice)
    return tuple(teller.change(each) for each in shown.changes)


def _teller(file: CaseFile, view: Any, visitor: Visitor) -> Teller:
    names = {each.id: each.name for each in view.parties if each.name}
    return Teller(visitor, visitor.voice.shelf.rulebook(file.case.rulebook), names, _kinds(file))


def _kinds(file: CaseFile) -> Mapping[int, DutyKind]:
    facts = (event.fact for event in file.events)
    return {fact.duty.number: fact.duty.kind for fact in facts if isinstance(fact, DutyOpened)}
