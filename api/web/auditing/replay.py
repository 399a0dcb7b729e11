"""A case as it stood after any of its events, beside that event with who, why, the rule and the arithmetic."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from activities import content, journal
from api.answers import CaseView, DutyView, TimelineEvent
from api.auditing.answers import ExplainedView, FeatureView, RefusedView, StateView
from api.auditing.showing import explained_view, refused_view, state_view
from api.auditing.views import viewed
from api.database import Connection
from api.reading.casefile import CaseFile, file_of
from api.reading.showing import case_view, duty_view, surroundings
from api.reading.telling import timeline
from api.web.auditing.auditor import Auditor, NotAMoment, Typed, seq_of
from api.web.auditing.telling import Names, Teller
from api.web.cases.course import Entry, course
from api.web.cases.drawing import procedure
from api.web.frame.rendering import render
from api.web.frame.visits import Visitor
from audit.study.explaining import Explained, explain_event, refused_acts
from audit.study.travel import DutyThen, Snapshot, state_at
from domain.events import Acted, CaseOpened, DutyBreached, Escalated, Event
from domain.vocabulary import Content

router = APIRouter()

_HASHES = "SELECT encode(prev, 'hex') AS prev, encode(hash, 'hex') AS hash FROM event WHERE case_no = $1 AND seq = $2"
_REFUSED = """
    SELECT * FROM journal WHERE case_no = $1 AND stream = 'access' AND kind = 'act_refused'
    ORDER BY seq DESC LIMIT 20"""
_DRAWN = {"stage", "parties", "noticed", "consented", "signed", "closed_at"}
"""Features that the page draws or lists by themselves."""


@dataclass(frozen=True, slots=True)
class Tick:
    """One event on the line under the slider."""

    seq: int
    tone: str
    text: str


@dataclass(frozen=True, slots=True)
class Then:
    """The case as it stood."""

    state: StateView
    open: tuple[DutyView, ...]
    settled: tuple[DutyView, ...]
    people: tuple[Mapping[str, Any], ...]
    features: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Happened:
    """The event after which it stood so."""

    line: TimelineEvent
    explained: ExplainedView
    entry: Entry | None
    hashes: Mapping[str, str]


@router.get("/audit/cases/{number}")
async def replay_page(visitor: Auditor, number: str, seq: Typed = "", at: Typed = "") -> HTMLResponse:
    """The case after one of its events, the last one unless another is asked for."""
    file = await viewed(visitor.door, visitor.caller, number, "replay")
    wrong, place, typed = None, len(file.events), seq or at
    try:
        place = seq_of(file.events, typed, visitor) if typed else place
    except NotAMoment as none:
        wrong = str(none)
    async with visitor.door.database.connection() as connection:
        names = await _shown(connection, visitor, file, place)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    return render(
        visitor, "audit/replay.html", status=status, wrong=wrong, typed=seq, typed_at=at, place=place,
        last=len(file.events), ticks=_ticks(file.events, names["lines"]), **names,
    )  # fmt: skip


async def _shown(connection: Connection, visitor: Visitor, file: CaseFile, place: int) -> dict[str, Any]:
    voice, caller = visitor.voice, visitor.caller
    past = file_of(file.number, file.events[:place])
    around = await surroundings(connection, file)
    told = await timeline(connection, file, caller, voice)
    view = case_view(file, around, caller, caller.actor, voice)
    names = {each.id: each.name for each in view.parties if each.name}
    teller = Teller(visitor, voice.shelf.rulebook(file.case.rulebook), names, {})
    entries = course(file, told, names, voice, visitor.speech)
    happened = await _happened(connection, visitor, file, place, told.events[place - 1], entries)
    return {
        "case": view, "lines": told.events, "names": names, "happened": happened, "steps": procedure(past, voice),
        "then": _then(state_at(file.number, file.events, place), view, teller, names, len(file.events)),
        "refused": await _refused(connection, file, visitor),
    }  # fmt: skip


async def _happened(
    connection: Connection,
    visitor: Visitor,
    file: CaseFile,
    place: int,
    line: TimelineEvent,
    entries: Iterable[Entry],
) -> Happened:
    explained: Explained = explain_event(file.number, file.events, place, visitor.door.shelf)
    kept = await content.get(connection, [Content(each) for each in explained.reasons.values()])
    row = await connection.fetchrow(_HASHES, file.number, place)
    assert row is not None  # it was just read
    entry = next((each for each in entries if each.seq == place), None)
    return Happened(line, explained_view(explained, kept, visitor.voice), entry, dict(row))


def _then(snapshot: Snapshot, view: CaseView, teller: Teller, names: Names, last: int) -> Then:
    voice = teller.visitor.voice
    state = state_view(snapshot, last, voice)
    duties = [_duty(each, snapshot, teller) for each in snapshot.duties.values()]
    return Then(
        state,
        tuple(sorted((each for each in duties if each.status == "open"), key=lambda each: each.legal_due)),
        tuple(each for each in duties if each.status != "open"),
        tuple(_people(snapshot, names)),
        tuple(_feature(each, teller) for each in state.features if each.name.code not in _DRAWN),
    )


def _duty(then: DutyThen, snapshot: Snapshot, teller: Teller) -> DutyView:
    """The duty as the register would have had it then, its colour and its time left as of then."""
    duty, owner = then.duty, then.duty.owner
    row: Any = {
        "number": duty.number, "kind": duty.kind.value, "about": duty.about, "nature": duty.nature.value,
        "owner_unit": owner.unit, "owner_roles": [role.value for role in owner.roles],
        "owner_party": owner.party, "rule": duty.rule, "counted_from": duty.counted_from,
        "internal_due": then.internal_due, "legal_due": then.legal_due, "provisional": then.provisional,
        "status": then.status.value, "breached_at": then.breached_at, "settled_at": then.settled_at,
        "why": then.why or None, "paused": then.paused, "extended_days": then.extended_days,
    }  # fmt: skip
    held = snapshot.case.duties.get(duty.number)
    return duty_view(row, held, teller.rules, snapshot.last.at, teller.visitor.voice)


def _people(snapshot: Snapshot, names: Names) -> Iterable[Mapping[str, Any]]:
    case = snapshot.case
    for party in case.parties:
        yield {
            "id": party, "name": names.get(party, party), "noticed": party in case.noticed,
            "consented": party in case.consented, "signed": party in case.signed,
        }  # fmt: skip


def _feature(feature: FeatureView, teller: Teller) -> tuple[str, str]:
    return feature.name.text, teller.value(feature.name.code, feature.value)


def _ticks(events: Iterable[Event], lines: Iterable[TimelineEvent]) -> tuple[Tick, ...]:
    return tuple(Tick(event.seq, _tone(event), line.text) for event, line in zip(events, lines, strict=True))


def _tone(event: Event) -> str:
    match event.fact:
        case Acted() | CaseOpened():
            return "act"
        case DutyBreached() | Escalated():
            return "grave"
        case _:
            return "time"


async def _refused(connection: Connection, file: CaseFile, visitor: Visitor) -> tuple[RefusedView, ...]:
    """Acts that never reached the ledger, as the access log has them."""
    rows = await connection.fetch(_REFUSED, file.number)
    acts = refused_acts([journal.entry_of(row) for row in rows])
    return tuple(refused_view(each, visitor.voice) for each in acts)
