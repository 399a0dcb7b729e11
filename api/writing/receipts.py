"""What an act led to, read back from the ledger once it is there."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import Response

from activities.chain import stored_event
from activities.register import Table
from activities.rows import PARAMETERS, rows_of
from api.answers import EventLine, Receipt
from api.database import Connection
from api.reading.casefile import CaseFile, find_file
from api.reading.showing import duty_line
from api.voice import Voice
from domain.calendar import CST
from domain.codec import instant_text, read_instant
from domain.events import Event
from workflows.envelope import ActReceipt

_ONE_ROUND_TRIP = """
    SELECT r.rulebook, r.last_seq,
        (SELECT array_agg(e ORDER BY e.seq) FROM event e
         WHERE e.case_no = r.case_no AND e.seq BETWEEN $2 AND $3) AS events,
        (SELECT array_agg(d ORDER BY d.legal_due, d.number) FROM duty_register d
         WHERE d.case_no = r.case_no AND d.status = 'open') AS duties
    FROM case_register r WHERE r.case_no = $1"""


async def receipt_of(connection: Connection, receipt: ActReceipt, voice: Voice) -> Receipt:
    """The whole answer to an act: its events, and the duties open after it.

    The same again for a repeated request, whatever has happened to the case since.
    """
    found = await connection.fetchrow(_ONE_ROUND_TRIP, receipt.number, receipt.first, receipt.last)
    assert found is not None  # it is on the ledger, and so in the register
    duties, rules = found["duties"] or (), voice.shelf.rulebook(found["rulebook"])
    if found["last_seq"] != receipt.last:
        duties = await _duties_then(connection, receipt)
    return Receipt(
        number=receipt.number, first=receipt.first, last=receipt.last, at=read_instant(receipt.at),
        events=tuple(EventLine(**stored_event(event)) for event in found["events"]),
        duties=tuple(duty_line(duty, rules, voice) for duty in duties),
        next_due=min((duty["legal_due"].astimezone(CST) for duty in duties), default=None),
    )  # fmt: skip


async def _duties_then(connection: Connection, receipt: ActReceipt) -> Sequence[Mapping[str, Any]]:
    """The duties that were open after an act: the case has moved on, and the register with it."""
    file = await find_file(connection, receipt.number)
    assert file is not None  # as above
    every = zip(PARAMETERS, rows_of(file.number, file.events[: receipt.last]), strict=True)
    columns, rows = next((names, rows) for (table, new, names), rows in every if table is Table.DUTY and new)
    duties = (dict(zip(columns, row, strict=True)) for row in rows)
    still_open = [duty for duty in duties if duty["status"] == "open"]
    return sorted(still_open, key=lambda duty: (duty["legal_due"], duty["number"]))


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
