"""After an act: a sentence on what was done, and who owes what from now on, read back from the ledger."""

import re
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from api.answers import Coded, UnitRef
from api.database import Connection
from api.voice import Voice
from api.web.frame.visits import Visitor
from domain.calendar import CST

_DONE = re.compile(r"(?P<number>[A-Z0-9-]{1,60})\.(?P<seq>\d{1,7})")
_ACT = "SELECT act, kind, at FROM event WHERE case_no = $1 AND seq = $2 AND account = $3"
_NEXT = """
    SELECT kind, owner_unit, owner_party, legal_due FROM duty_register
    WHERE case_no = $1 AND status = 'open' AND opened_seq > $2 ORDER BY legal_due, number LIMIT 5"""


@dataclass(frozen=True, slots=True)
class NextDuty:
    """What somebody owes because of an act."""

    kind: Coded
    unit: UnitRef | None
    party: str | None
    due: datetime


@dataclass(frozen=True, slots=True)
class Told:
    """What an act led to."""

    number: str
    seq: int
    text: str
    at: datetime
    next: tuple[NextDuty, ...]


async def receipt_told(connection: Connection, visitor: Visitor, done: str | None) -> Told | None:
    """What the visitor's own act at `number.seq` led to; None for what is no act of theirs."""
    found = _DONE.fullmatch(done or "")
    if found is None:
        return None
    number, seq = found["number"], int(found["seq"])
    act = await connection.fetchrow(_ACT, number, seq, visitor.caller.account.id)
    if act is None:
        return None
    rows = await connection.fetch(_NEXT, number, seq)
    voice = visitor.voice
    return Told(
        number, seq, voice.say("act", act["act"]) if act["act"] else voice.say("fact", act["kind"]),
        act["at"].astimezone(CST), tuple(_next(row, voice) for row in rows),
    )  # fmt: skip


def _next(row: asyncpg.Record, voice: Voice) -> NextDuty:
    return NextDuty(
        voice.coded("duty_kind", row["kind"]), voice.maybe_unit(row["owner_unit"]), row["owner_party"],
        row["legal_due"].astimezone(CST),
    )  # fmt: skip
