"""Between what crosses the wire and the words of the core."""

from datetime import datetime

from temporalio.exceptions import ActivityError, ApplicationError, FailureError

from activities import interface as hands
from domain.acts import Act
from domain.authority import Refused
from domain.codec import dump, load_act, load_actor, load_opening
from domain.vocabulary import CaseNo
from workflows.core import Letter, Start
from workflows.envelope import ActRequest, LetterEnvelope, OpenCase, RefusalDetail
from workflows.reliving import LedgerDiffers


def start_of(request: OpenCase, began: datetime) -> Start:
    return Start(
        CaseNo(request.number), load_opening(request.kind, request.opening), request.rulebook, request.calendar,
        load_actor(request.actor), request.act_id, began, request.drill is not None,
    )  # fmt: skip


def readable(request: ActRequest) -> Act:
    """The act of a request. One that this version cannot read is refused, never taken in."""
    try:
        return load_act(request.act, request.fields)
    except (LookupError, ValueError) as wrong:
        raise ApplicationError(f"{request.act}: {wrong}", type="unreadable", non_retryable=True) from wrong


def conflict_in(failure: FailureError) -> hands.Conflict:
    """What the ledger said. Raises LedgerDiffers for a failure that is none of its answers."""
    cause = failure.cause if isinstance(failure, ActivityError) else failure
    if not isinstance(cause, ApplicationError) or cause.type != hands.LEDGER_CONFLICT:
        raise LedgerDiffers(str(cause))
    return hands.Conflict.model_validate(cause.details[0])


def letter_out(sender: str, letter: Letter) -> dict[str, object]:
    envelope = LetterEnvelope(
        id=letter.id, sender=sender, act=letter.act.code, fields=dump(letter.act), at=letter.at
    )
    return envelope.model_dump(mode="json")


def refusal(refused: Refused) -> ApplicationError:
    detail = RefusalDetail(code=refused.code, forbidden=refused.forbidden, about=refused.about)
    return ApplicationError(refused.code, detail, type="refused", non_retryable=True)
