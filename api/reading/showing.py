"""A case as one caller sees it: duties in their colours, parties as far as known, possible acts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from activities import content
from activities.chain import Stored
from activities.content import Kept
from api.answers import CaseView, Coded, DutyLine, DutyView, LinkView, ParentView, PartyView, PossibleAct
from api.database import Connection
from api.identity.callers import Caller
from api.identity.mandate import offers
from api.reading.casefile import CaseFile
from api.reading.colours import colour_of
from api.voice import Voice, source_of
from domain.actors import Actor
from domain.calendar import CST
from domain.rights import PRESSERS, is_involved_staff
from domain.rulebook import Rulebook
from domain.state import Case, OpenDuty
from domain.vocabulary import Content

_DUTIES = "SELECT * FROM duty_register WHERE case_no = $1 ORDER BY status = 'open' DESC, legal_due, number"
_LINKS = "SELECT * FROM link_register WHERE case_no = $1 ORDER BY seq, number"
_STUCK = "SELECT EXISTS (SELECT FROM trouble WHERE case_no = $1)"
_PARTIES = """
    SELECT w.id, coalesce(n.body, CASE WHEN p.party_id IS NULL THEN a.name END) AS name,
        t.body AS phone, h.body AS address
    FROM unnest($1::text[]) WITH ORDINALITY w (id, place)
    LEFT JOIN party p ON p.party_id = w.id
    LEFT JOIN account a ON a.id = w.id
    LEFT JOIN content n ON n.commitment = p.name
    LEFT JOIN content t ON t.commitment = p.phone
    LEFT JOIN content h ON h.commitment = p.address
    ORDER BY w.place"""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the register and the content store add to a case's file."""

    register: asyncpg.Record
    duties: Sequence[asyncpg.Record]
    links: Sequence[asyncpg.Record]
    parties: Sequence[asyncpg.Record]
    words: Mapping[Content, Kept]
    stuck: bool


async def surroundings(connection: Connection, file: CaseFile) -> Surroundings:
    """Everything around a case that its page shows."""
    opening = file.case.opening
    register = await connection.fetchrow("SELECT * FROM case_register WHERE case_no = $1", file.number)
    assert register is not None  # it is written with the first event
    return Surroundings(
        register=register,
        duties=await connection.fetch(_DUTIES, file.number),
        links=await connection.fetch(_LINKS, file.number),
        parties=await connection.fetch(_PARTIES, list(file.case.parties)),
        words=await content.get(connection, (opening.title, opening.text)),
        stuck=await connection.fetchval(_STUCK, file.number),
    )


def now_of(case: Case) -> datetime:
    """The instant at which a case is looked at; a drill stands at its last event."""
    return case.last_at if case.drill else datetime.now(CST)


def possible_acts(
    file: CaseFile, actor: Actor, voice: Voice, parties: Sequence[Coded] = ()
) -> list[PossibleAct]:
    """What an actor may do to a case now, with the form of each act."""
    rules = voice.shelf.rulebook(file.case.rulebook)
    choices = {"party": parties or [Coded(code=p, text=p) for p in file.case.parties], "case": _orders(file)}
    return [
        PossibleAct(
            act=offer.act,
            text=voice.say("act", offer.act),
            duty=offer.duty,
            href=f"/v1/cases/{file.number}/acts/{offer.act}",
            fields=voice.form(offer.act, choices),
        )
        for offer in offers(file.case, actor, rules)
    ]


def _orders(file: CaseFile) -> list[Coded]:
    return [Coded(code=number, text=number) for number in file.case.parts]


def case_view(file: CaseFile, around: Surroundings, caller: Caller, actor: Actor, voice: Voice) -> CaseView:
    """The page of a case; `actor` is the caller, perhaps on a party's behalf."""
    case, row = file.case, around.register
    rules = voice.shelf.rulebook(case.rulebook)
    parties = _parties(around, caller, case)
    named = [Coded(code=each.id, text=each.name or each.id) for each in parties]
    dues = [held.legal_due for held in case.duties.values()]
    return CaseView(
        number=file.number, kind=voice.of(case.kind), stage=voice.of(case.stage),
        level=voice.level(rules, case.level), title=_body(around, case.opening.title),
        text=_body(around, case.opening.text), matter=voice.matter(row["matter"]),
        service=voice.maybe("service", row["service"]), community=voice.unit(row["community"]),
        town=voice.unit(row["town"]), unit=voice.maybe_unit(row["unit"]), lead=voice.maybe_unit(row["lead"]),
        opened_at=case.opened_at, closed_at=case.closed_at, outcome=voice.maybe("outcome", case.outcome),
        next_due=min(dues, default=None), breaches=row["breaches"], drill=case.drill,
        rulebook=voice.rulebook(case.rulebook), calendar=voice.calendar(case.calendar), seq=case.seq,
        stuck=around.stuck, parties=parties, duties=duty_views(case, around.duties, voice),
        possible_acts=tuple(possible_acts(file, actor, voice, named)),
        parts=tuple(_link(each, voice) for each in around.links), parent=_parent(row, voice),
    )  # fmt: skip


def _body(around: Surroundings, commitment: Content) -> str | None:
    kept = around.words.get(commitment)
    return kept.body if kept else None


def _parties(around: Surroundings, caller: Caller, case: Case) -> tuple[PartyView, ...]:
    """Names for everybody who may see the case; how to reach a person only for those who work on it."""
    works_on_it = is_involved_staff(case, caller.actor) or caller.actor.role in PRESSERS
    return tuple(
        PartyView(id=row["id"], name=row["name"], phone=row["phone"], address=row["address"])
        if works_on_it or row["id"] == caller.account.id
        else PartyView(id=row["id"], name=row["name"])
        for row in around.parties
    )


def _link(row: asyncpg.Record, voice: Voice) -> LinkView:
    return LinkView(
        number=row["number"], kind=voice.maybe(_KIND, row["kind"]), link=voice.coded("link", row["link"]),
        unit=voice.maybe_unit(row["unit"]), share=voice.maybe("share", row["share"]),
        mandatory=row["mandatory"], waived=row["waived"], outcome=voice.maybe("outcome", row["outcome"]),
    )  # fmt: skip


_KIND = "case_kind"


def _parent(row: asyncpg.Record, voice: Voice) -> ParentView | None:
    if row["parent_no"] is None:
        return None
    return ParentView(number=row["parent_no"], link=voice.coded("link", row["link"]))


def duty_views(case: Case, rows: Sequence[asyncpg.Record], voice: Voice) -> tuple[DutyView, ...]:
    """The duties of a case, open ones first, the most urgent before the others."""
    rules, now = voice.shelf.rulebook(case.rulebook), now_of(case)
    return tuple(duty_view(row, case.duties.get(row["number"]), rules, now, voice) for row in rows)


def duty_view(
    row: asyncpg.Record, held: OpenDuty | None, rules: Rulebook, now: datetime, voice: Voice
) -> DutyView:
    """A duty from its row in the register; `held` is the same duty while it is open."""
    colour = colour_of(held, now, rules) if held else None
    left = int((row["legal_due"] - now).total_seconds()) if held and not row["paused"] else None
    return DutyView(
        **dict(duty_line(row, rules, voice)), status=row["status"], seconds_left=left,
        colour=voice.of(colour) if colour else None, breached_at=_local(row["breached_at"]),
        settled_at=_local(row["settled_at"]), why=voice.why(row["why"]) if row["why"] else None,
        paused=row["paused"], extended_days=row["extended_days"],
    )  # fmt: skip


def duty_line(row: Stored, rules: Rulebook, voice: Voice) -> DutyLine:
    """The terms of a duty from its row in the register."""
    source, tag = source_of(rules.limits.get(row["rule"]), row["rule"])
    return DutyLine(
        number=row["number"], kind=voice.coded("duty_kind", row["kind"]), about=row["about"],
        nature=voice.coded("nature", row["nature"]), unit=voice.maybe_unit(row["owner_unit"]),
        roles=tuple(voice.coded("role", role) for role in row["owner_roles"]), party=row["owner_party"],
        rule=row["rule"], source=source, tag=voice.of(tag) if tag else None,
        counted_from=row["counted_from"].astimezone(CST), internal_due=row["internal_due"].astimezone(CST),
        legal_due=row["legal_due"].astimezone(CST), provisional=row["provisional"],
    )  # fmt: skip


def _local(at: datetime | None) -> datetime | None:
    return None if at is None else at.astimezone(CST)
