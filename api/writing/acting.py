"""Carries an act to its case: asked of the law, its words kept, passed on, and answered from the ledger."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from activities import access, accounts, attachments, content
from activities.access import Access
from activities.commitments import references
from activities.intake import DRILL_PREFIX
from api.answers import Receipt
from api.database import Connection
from api.door import Door
from api.engine import ActRefused, Crowded, NotAnswered, NotRunning, Unreachable
from api.forms import ActForm
from api.gate.keys import act_id_of, update_id_of
from api.identity import mandate
from api.identity.callers import Caller
from api.identity.mandate import may_say
from api.identity.sight import in_sight
from api.problems import RETRY_AFTER, FieldError, Problem, busy, invalid, unavailable
from api.reading.casefile import CaseFile, find_file, visible_file
from api.reading.showing import possible_acts
from api.voice import Voice
from api.writing.draft import Draft, Drafter
from api.writing.persons import is_known
from api.writing.receipts import earlier_receipt, receipt_of
from domain.actors import Actor
from domain.acts import Act
from domain.authority import Admitted, Refusal, Refused, may_see
from domain.calendar import CST
from domain.codec import dump
from domain.events import Acted, Event
from domain.rights import ADMINISTRATORS
from domain.vocabulary import CaseNo, Content, Party
from workflows.envelope import ActReceipt, ActRequest, RefusalDetail

CLOCK_AHEAD = "clock_ahead"
KEY_REUSED = "key_reused"

_STUCK = "SELECT EXISTS (SELECT FROM trouble WHERE case_no = $1)"


@dataclass(frozen=True, slots=True)
class Attempt:
    """One act on its way: who, what, under which id, and at which instant it counts."""

    door: Door
    caller: Caller
    voice: Voice
    number: CaseNo
    actor: Actor
    kind: type[Act]
    draft: Draft
    act_id: str
    at: datetime | None


async def carry(door: Door, caller: Caller, number: str, kind: type[Act], form: ActForm, key: str) -> Receipt:
    """Do an act. Raises Problem; the case is untouched then, unless it is `not_answered` or `case_stuck`.

    A refusal stands in the access log.
    """
    voice = await door.voice(caller)
    attempt = Attempt(
        door, caller, voice, CaseNo(number), _actor(caller, form), kind, _draft(door, voice, kind, form),
        act_id_of(caller.account.id, key), _stamp(door, number, form),
    )  # fmt: skip
    try:
        async with door.admission.turn():
            receipt = await (_pass_on(attempt, ()) if await _goes_straight(attempt) else _look_first(attempt))
    except Problem as refused:
        if refused.status_code in (HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT):
            await _log_refusal(attempt, refused)
        raise
    async with door.database.connection() as connection:
        return await receipt_of(connection, receipt, voice)


async def _goes_straight(attempt: Attempt) -> bool:
    """Whether the act needs nothing kept or checked before, and the caller sees the case it is for.

    Who does not see it must not learn by an act that it is there. Administrators of the machinery read no case,
    and may act on some all the same.
    """
    if attempt.draft.refers or attempt.actor.on_behalf_of is not None:
        return False
    if attempt.actor.role in ADMINISTRATORS:
        return True
    async with attempt.door.database.connection() as connection:
        return await in_sight(connection, attempt.caller, attempt.voice.town, attempt.number)


async def _log_refusal(attempt: Attempt, refused: Problem) -> None:
    async with attempt.door.database.connection() as connection:
        await access.looked(
            connection, attempt.caller.account.id, Access.ACT_REFUSED, attempt.number,
            act=attempt.kind.code, code=refused.code, about=list(refused.about),
        )  # fmt: skip


def _actor(caller: Caller, form: ActForm) -> Actor:
    account = caller.account
    behalf = Party(form.on_behalf_of) if form.on_behalf_of else None
    return Actor(account.id, account.role, account.unit, behalf)


def _draft(door: Door, voice: Voice, kind: type[Act], form: ActForm) -> Draft:
    values = form.model_dump(mode="json", exclude_unset=True, exclude={"on_behalf_of", "at"})
    draft = Drafter(voice.town, door.shelf, datetime.now(CST).date()).read(kind, values)
    draft.act(kind.code)
    return draft


def _stamp(door: Door, number: str, form: ActForm) -> datetime | None:
    """The instant at which the act counts: now; in a drill the one it states, or else the drill's own now."""
    is_drill = number.startswith(DRILL_PREFIX)
    if form.at is not None and not (is_drill and door.settings.drill):
        raise invalid(FieldError(("at",), "drill_not_allowed"))
    return form.at if is_drill else datetime.now(CST)


async def _look_first(attempt: Attempt) -> ActReceipt:
    """Ask the law before anything is kept; then keep the words, then pass the act on."""
    door, draft = attempt.door, attempt.draft
    file = await visible_file(door.database, attempt.number, attempt.caller)
    if (done := file.done(attempt.act_id)) is not None:
        return await _again(attempt, file, done)
    async with door.database.connection() as connection:
        await _check_references(connection, attempt, file)
        _ask_the_law(attempt, file)
        commitments = await content.put(connection, draft.words, attempt.caller.account.id)
    return await _pass_on(attempt, commitments)


def _ask_the_law(attempt: Attempt, file: CaseFile) -> None:
    """Refuse here what the procedure would refuse; where something has lapsed meanwhile only it can say."""
    now = attempt.at or file.case.last_at
    if not may_say(file.case, attempt.actor, attempt.draft.act(attempt.kind.code)):
        raise _refusal(attempt, file, Refusal.NO_RIGHT, True, ())
    if any(held.legal_due < now and not held.breached for held in file.case.duties.values()):
        return
    verdict = _verdict(attempt, file)
    if isinstance(verdict, Refused):
        raise _refusal(attempt, file, verdict.code, verdict.forbidden, verdict.about)


def _verdict(attempt: Attempt, file: CaseFile) -> Admitted | Refused:
    rules = attempt.door.shelf.rulebook(file.case.rulebook)
    return mandate.may(file.case, attempt.actor, attempt.draft.act(attempt.kind.code), rules)


async def _check_references(connection: Connection, attempt: Attempt, file: CaseFile) -> None:
    """Cases named must be the caller's to see, persons named must be known: a form holds no loose names."""
    errors = [
        FieldError(place, "unknown_case")
        for place, number in attempt.draft.cases
        if number not in file.case.parts and not await _can_see(connection, attempt, number)
    ]
    errors += [
        FieldError(place, "unknown_party")
        for place, party in attempt.draft.parties
        if party not in file.case.parties and not await is_known(connection, party)
    ]
    errors += [
        FieldError(place, "unknown_account")
        for place, who in attempt.draft.accounts
        if await accounts.account(connection, who) is None
    ]
    usable = await _usable_files(connection, attempt)
    errors += [FieldError(place, "unknown_file") for place, file in attempt.draft.files if file not in usable]
    if errors:
        raise invalid(*errors)


async def _usable_files(connection: Connection, attempt: Attempt) -> set[Content]:
    """Files that whoever acts has kept for this: nobody else's, and from no other case."""
    files = [file for _, file in attempt.draft.files]
    who = attempt.caller.account.id
    return await attachments.usable(connection, attempt.number, files, who) if files else set()


async def _can_see(connection: Connection, attempt: Attempt, number: CaseNo) -> bool:
    other = await find_file(connection, number)
    caller = attempt.caller
    return other is not None and caller.may_reach(number) and may_see(other.case, caller.actor)


async def _pass_on(attempt: Attempt, commitments: Sequence[Content], seen: int = 0) -> ActReceipt:
    """Give the act to the procedure; what it refuses is a problem, what it did before is done once.

    `seen` tells a case that fell behind its ledger up to where it must look first.
    """
    request = ActRequest(
        id=attempt.act_id, actor=dump(attempt.actor), act=attempt.kind.code, at=attempt.at,
        fields=dump(attempt.draft.act(attempt.kind.code, commitments)), seen=seen,
    )  # fmt: skip
    update_id = update_id_of(attempt.act_id, request.model_dump(exclude={"id", "at"}))
    try:
        return await attempt.door.engine.act(attempt.number, request, update_id)
    except ActRefused as refused:
        return await _after_refusal(attempt, refused.detail, commitments, seen)
    except NotRunning:
        return await _after_end(attempt)
    except Crowded as others:
        raise busy() from others
    except Unreachable as absent:
        raise unavailable("engine_unavailable") from absent
    except NotAnswered as silent:
        raise await unanswered(attempt.door, attempt.number) from silent


async def unanswered(door: Door, number: str) -> Problem:
    """Why no answer came: a case that a bug holds up, or a machine that is slow."""
    async with door.database.connection() as connection:
        stuck = await connection.fetchval(_STUCK, number)
    return unavailable("case_stuck" if stuck else "not_answered")


async def _after_refusal(
    attempt: Attempt, refusal: RefusalDetail, commitments: Sequence[Content], seen: int
) -> ActReceipt:
    """Why it was refused; where the ledger would admit the act, the case fell behind it and is told so once."""
    if refusal.code == CLOCK_AHEAD:
        raise unavailable(CLOCK_AHEAD)
    file = await visible_file(attempt.door.database, attempt.number, attempt.caller)
    if refusal.code != KEY_REUSED:
        if not seen and isinstance(_verdict(attempt, file), Admitted):
            return await _pass_on(attempt, commitments, seen=file.case.seq)
        raise _refusal(attempt, file, refusal.code, refusal.forbidden, refusal.about)
    done = file.done(attempt.act_id)
    if done is None:  # the first request with this key has not reached the ledger yet
        raise Problem(HTTPStatus.CONFLICT, "in_progress", headers={"retry-after": RETRY_AFTER})
    return await _again(attempt, file, done)


async def _after_end(attempt: Attempt) -> ActReceipt:
    """Nothing of that number runs: the act may have been taken in before, or comes too late."""
    file = await visible_file(attempt.door.database, attempt.number, attempt.caller)
    if (done := file.done(attempt.act_id)) is not None:
        return await _again(attempt, file, done)
    verdict = _verdict(attempt, file)
    if isinstance(verdict, Refused):
        raise _refusal(attempt, file, verdict.code, verdict.forbidden, verdict.about)
    raise unavailable("engine_unavailable")


async def _again(attempt: Attempt, file: CaseFile, done: Event) -> ActReceipt:
    """The first answer again, if it is the same request; 422 `key_reused` if not."""
    match done.fact:
        case Acted(act=act, actor=actor) if act.code == attempt.kind.code and actor == attempt.actor:
            async with attempt.door.database.connection() as connection:
                kept = await content.get(connection, references(done.fact))
            if attempt.draft.says(done.fact, kept):
                return earlier_receipt(file, done)
    raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, KEY_REUSED)


def _refusal(attempt: Attempt, file: CaseFile, code: str, forbidden: bool, about: Sequence[str]) -> Problem:
    if forbidden:
        return Problem(HTTPStatus.FORBIDDEN, code, about=about)
    possible = [
        each.model_dump(mode="json", exclude={"fields"})
        for each in possible_acts(file, attempt.actor, attempt.voice)
    ]
    return Problem(HTTPStatus.CONFLICT, code, about=about, possible=possible)
