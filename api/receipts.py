"""What an act led to, read back from the ledger once it is there."""

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import Response

from activities.chain import stored_event
from api.answers import EventLine, Receipt
from api.casefile import CaseFile
from api.database import Connection
from api.showing import duty_line
from api.voice import Voice
from domain.calendar import CST
from domain.codec import instant_text, read_instant
from domain.events import Event
from workflows.envelope import ActReceipt

_EVENTS = """
    SELECT seq, at, kind, cause, rule, data FROM event
    WHERE case_no = $1 AND seq BETWEEN $2 AND $3 ORDER BY seq"""
_DUTIES = """
    SELECT d.*, r.rulebook FROM duty_register d JOIN case_register r ON r.case_no = d.case_no
    WHERE d.case_no = $1 AND d.opened_seq <= $2 AND (d.status = 'open' OR d.settled_at > $3)
    ORDER BY d.legal_due, d.number"""


async def receipt_of(connection: Connection, receipt: ActReceipt, voice: Voice) -> Receipt:
    """The whole answer to an act: its events, and the duties open after it.

    The same again for a repeated request, whatever has happened to the case since.
    """
    at = read_instant(receipt.at)
    events = await connection.fetch(_EVENTS, receipt.number, receipt.first, receipt.last)
    duties = await connection.fetch(_DUTIES, receipt.number, receipt.last, at)
    lines = tuple(duty_line(row, voice.shelf.rulebook(row["rulebook"]), voice) for row in duties)
    return Receipt(
        number=receipt.number, first=receipt.first, last=receipt.last, at=at,
        events=tuple(EventLine.model_validate(stored_event(row)) for row in events), duties=lines,
        next_due=min((row["legal_due"].astimezone(CST) for row in duties), default=None),
    )  # fmt: skip


def earlier_receipt(file: CaseFile, done: Event) -> ActReceipt:
    """The receipt of an act that is on the ledger already: its event, and all that followed from it."""
    last = max(each.seq for each in file.events if done.seq in (each.seq, each.cause))
    return ActReceipt(number=file.number, first=done.seq, last=last, at=instant_text(done.at))


def answered(
    receipt: Receipt, status: HTTPStatus = HTTPStatus.OK, headers: Mapping[str, str] | None = None
) -> Response:
    """The response; written straight from the model, since a receipt needs no second look."""
    return Response(
        receipt.model_dump_json(), status, media_type="application/json", headers=dict(headers or {})
    )
