"""Opens cases: takes a number, keeps words and persons, begins the procedure, reads the receipt back."""

from datetime import datetime
from http import HTTPStatus

from activities import content, intake
from activities.edition_schedule import Of
from activities.intake import Intake, KeyReused
from api.answers import Receipt
from api.database import Connection
from api.door import Door
from api.engine import Crowded, NotAnswered, NotRunning, Unreachable
from api.gate.keys import act_id_of
from api.identity.callers import Caller
from api.problems import FieldError, Problem, busy, invalid, unavailable
from api.reading.casefile import find_file
from api.town import Town
from api.writing.acting import CLOCK_AHEAD, KEY_REUSED, unanswered
from api.writing.openings import DrillForm, OpeningForm
from api.writing.persons import is_known, keep
from api.writing.plans import Plan, plan_of
from api.writing.receipts import earlier_receipt, receipt_of
from domain.calendar import CST
from domain.codec import dump
from domain.openings import Opening
from domain.vocabulary import CaseKind, CaseNo
from workflows.clock import AHEAD
from workflows.envelope import ActReceipt, Drill, OpenCase


async def open_case(door: Door, caller: Caller, kind: CaseKind, form: OpeningForm, key: str) -> Receipt:
    """Open a case. Raises Problem; a repeated request gives the first case again."""
    if caller.only_case is not None:  # let in to follow one case; for another matter one comes in anew
        raise Problem(HTTPStatus.FORBIDDEN, "may_not_open")
    await door.limits.file(caller)
    voice = await door.voice(caller)
    _check_drill(door, form)
    plan = plan_of(door, voice.town, caller, kind, form)
    async with door.admission.turn():
        receipt = await _opened(door, voice.town, plan, form, key)
    async with door.database.connection() as connection:
        return await receipt_of(connection, receipt, voice)


async def _opened(door: Door, town: Town, plan: Plan, form: OpeningForm, key: str) -> ActReceipt:
    async with door.database.connection() as connection:
        await _check_known(connection, plan)
        taken = await _take_number(connection, door, plan, form, key)
    return await _first_receipt(door, taken) or await _begin(door, town, plan, form, taken.case_no, key)


def _check_drill(door: Door, form: OpeningForm) -> None:
    for name in ("drill", "at"):
        if getattr(form, name) is not None and not door.settings.drill:
            raise invalid(FieldError((name,), "drill_not_allowed"))


async def _check_known(connection: Connection, plan: Plan) -> None:
    unknown = [field for field, party in plan.known() if not await is_known(connection, party)]
    if unknown:
        raise invalid(*(FieldError((field,), "unknown_party") for field in unknown))


async def _take_number(connection: Connection, door: Door, plan: Plan, form: OpeningForm, key: str) -> Intake:
    """A door whose clock runs ahead opens nothing: the case would begin in the future, and all that is done in it."""
    request = {"kind": plan.kind.value, "form": form.model_dump(mode="json", exclude_unset=True)}
    now = datetime.now(CST)
    try:
        taken = await intake.take_number(
            connection, plan.caller.account.id, key, intake.fingerprint(request), plan.kind, now,
            drill=door.settings.drill,
        )  # fmt: skip
    except KeyReused as reused:
        raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, KEY_REUSED) from reused
    if now - taken.asked > AHEAD:
        raise unavailable(CLOCK_AHEAD)
    return taken


async def _first_receipt(door: Door, taken: Intake) -> ActReceipt | None:
    """The receipt of a case that an earlier request with this key has opened."""
    if taken.fresh:
        return None
    async with door.database.connection() as connection:
        file = await find_file(connection, taken.case_no)
    return earlier_receipt(file, file.events[0]) if file else None


async def _begin(
    door: Door, town: Town, plan: Plan, form: OpeningForm, number: CaseNo, key: str
) -> ActReceipt:
    account = plan.caller.account.id
    async with door.database.connection() as connection:
        for newcomer in plan.newcomers(number):
            await keep(connection, newcomer, account)
        commitments = await content.put(connection, plan.draft.words, account)
    request = _request(door, town, plan, form, plan.opening(number, commitments), number, key)
    try:
        return await door.engine.open(request)
    except Crowded as others:
        raise busy() from others
    except Unreachable as absent:
        raise unavailable("engine_unavailable") from absent
    except (NotAnswered, NotRunning) as silent:
        raise await unanswered(door, number) from silent


def _calendar(door: Door, town: Town) -> str:
    return town.pinned(Of.CALENDAR, datetime.now(CST).date()) or door.settings.calendar


def _request(
    door: Door, town: Town, plan: Plan, form: OpeningForm, opening: Opening, number: CaseNo, key: str
) -> OpenCase:
    now = datetime.now(CST)
    return OpenCase(
        number=number, kind=plan.kind, opening=dump(opening), rulebook=plan.rules.digest,
        calendar=door.shelf.calendar(_calendar(door, town)).digest, actor=dump(plan.caller.actor),
        act_id=act_id_of(plan.caller.account.id, key), at=form.at if door.settings.drill else now,
        drill=_drill(door, form.drill or DrillForm(), now) if door.settings.drill else None,
    )  # fmt: skip


def _drill(door: Door, form: DrillForm, now: datetime) -> Drill:
    return Drill(
        origin=form.origin or now,
        began=form.began or now,
        speed=form.speed or door.settings.drill_speed,
        grace=form.grace,
    )
