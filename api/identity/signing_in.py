"""Lets people in and out at the door: each step checked, counted, and written to the access journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from fastapi import Request

from activities import accounts, credentials, residents, second_factor, sessions
from activities.access import Access, looked
from activities.accounts import Account
from activities.credentials import Credential, Failed, WeakPassword
from activities.residents import Follower, Outbox
from activities.safe import Safe, open_safe
from activities.second_factor import Enrolment
from activities.sessions import Beginning, Session, Step, Way
from api.database import Connection
from api.door import Door
from api.identity.callers import Caller
from api.identity.sessions import address_of, check_csrf, device_of, lifetime, session_of, token_of
from api.problems import FieldError, Problem, invalid, unauthenticated
from api.words import Language, load_words
from domain.vocabulary import CaseNo, Party, Role

FAILED = "sign_in_failed"
WRONG_CODE = "wrong_code"
WRONG_STEP = "wrong_step"


@dataclass(frozen=True, slots=True)
class Entered:
    """A session under a fresh token, for the cookie, and what it still owes."""

    token: str
    step: Step


async def sign_in(door: Door, request: Request, name: str, password: str) -> Entered:
    """Begin a session of staff. Raises Problem: 401 `sign_in_failed`, the same for every reason; 429."""
    await door.limits.attempt(address_of(request))
    found = await credentials.check_password(door.database.connection, name, password)
    async with door.database.connection() as connection:
        if isinstance(found, Failed):
            await _note_failure(connection, found)
            raise Problem(HTTPStatus.UNAUTHORIZED, FAILED)
        return await enter(connection, door, request, found.account, Way.PASSWORD)


async def enter(connection: Connection, door: Door, request: Request, who: str, way: Way) -> Entered:
    """A session for an account that has shown its first factor."""
    account = await _valid(connection, who)
    step = _next_step(account, await credentials.credential(connection, who), way)
    await _leave_behind(connection, door, request)
    token = await sessions.begin(
        connection,
        Beginning(who, way, step, lifetime(door.settings, way), device=device_of(request)),
    )
    await sessions.sweep(connection)
    await _note_step(connection, who, way, step)
    return Entered(token, step)


async def give_code(door: Door, request: Request, code: str) -> Entered:
    """The second factor of the session under way: a code of the authenticator, or a recovery code.

    Raises Problem: 401 `wrong_code`; `sign_in_failed` once too many were wrong, and the session is over.
    """
    await door.limits.attempt(address_of(request))
    token, session, _ = await waiting(door, request, Step.SECOND_FACTOR)
    return await _second_step(door, token, session, code)


async def give_code_at_once(door: Door, entered: Entered, code: str) -> Entered:
    """The second factor said together with the password. Raises Problem: 401 `wrong_code`."""
    async with door.database.connection() as connection:
        session = await sessions.find(connection, entered.token)
    if session is None:
        raise unauthenticated()
    return await _second_step(door, entered.token, session, code)


async def _second_step(door: Door, token: str, session: Session, code: str) -> Entered:
    who = _known(session)
    async with door.database.connection() as connection:
        held = await credentials.credential(connection, who)
        if held is None:  # it was asked for because there was one; somebody has taken it away since
            raise Problem(HTTPStatus.CONFLICT, WRONG_STEP)
        row = await credentials.attempt(connection, held.login)
        if row is None or not await second_factor.check(connection, who, code, _safe(door)):
            raise await _wrong_code(connection, token, who, locked=row is None or bool(row["locked_until"]))
        await credentials.passed(connection, who)
        account = await _valid(connection, who)
        step = _next_step(account, held, session.way, second=True)
        return await _go_on(connection, token, session, step, second=True)


async def choose_password(door: Door, request: Request, password: str, old: str | None = None) -> Entered:
    """Another password: instead of a one-time one while signing in, or at will by saying the old one too.

    Raises Problem: 422 for a weak password, 401 `sign_in_failed` for a wrong old one.
    """
    token, session, who = await _who_is_here(door, request, (Step.NEW_PASSWORD, Step.OPEN))
    if session.step is Step.OPEN:
        await door.limits.attempt(address_of(request))
        if not await credentials.matches_current(door.database.connection, who, old or ""):
            raise Problem(HTTPStatus.UNAUTHORIZED, FAILED)
    async with door.database.connection() as connection, connection.transaction():
        held = await credentials.credential(connection, who)
        if held is None:
            raise Problem(HTTPStatus.CONFLICT, WRONG_STEP)
        await _set_password(connection, held, password)
        await sessions.revoke_all(connection, who, who, but=session.id)
        await looked(connection, who, Access.CREDENTIAL_CHANGED, subject=who, change="password")
        account, now = await _valid(connection, who), await credentials.credential(connection, who)
        step = _next_step(account, now, session.way, second=session.second_factor)
        return await _go_on(connection, token, session, step)


async def begin_second_factor(door: Door, request: Request) -> Enrolment:
    """What an authenticator is to be told: owed by some roles while signing in, open to everybody after.

    Raises Problem 409 `wrong_step` where a second factor stands already.
    """
    _, _, who = await _who_is_here(door, request, (Step.ENROLMENT, Step.OPEN))
    async with door.database.connection() as connection:
        try:
            under_way = await second_factor.pending(connection, who, _safe(door))
            return under_way or await second_factor.begin(connection, who, _safe(door))
        except LookupError:
            raise Problem(HTTPStatus.CONFLICT, WRONG_STEP) from None


async def confirm_second_factor(door: Door, request: Request, code: str) -> tuple[Entered, tuple[str, ...]]:
    """Take it into use; returns recovery codes, shown this once. Raises Problem 401 `wrong_code`."""
    await door.limits.attempt(address_of(request))
    token, session, who = await _who_is_here(door, request, (Step.ENROLMENT, Step.OPEN))
    async with door.database.connection() as connection, connection.transaction():
        codes = await second_factor.confirm(connection, who, code, _safe(door))
        if codes is None:
            raise Problem(HTTPStatus.UNAUTHORIZED, WRONG_CODE)
        await looked(connection, who, Access.CREDENTIAL_CHANGED, subject=who, change="second_factor")
        return await _go_on(connection, token, session, Step.OPEN, second=True), codes


def _safe(door: Door) -> Safe:
    return open_safe(door.settings.second_factor_key)


async def renew_recovery_codes(door: Door, session: Session) -> tuple[str, ...]:
    """Ten new recovery codes in place of the old ones. Raises Problem 409 without a second factor."""
    who = _known(session)
    async with door.database.connection() as connection, connection.transaction():
        held = await credentials.credential(connection, who)
        if held is None or not held.has_second_factor:
            raise Problem(HTTPStatus.CONFLICT, WRONG_STEP)
        await looked(connection, who, Access.CREDENTIAL_CHANGED, subject=who, change="recovery_codes")
        return await second_factor.new_recovery_codes(connection, who)


async def sign_out(door: Door, request: Request) -> None:
    """End the session of the request, if there is one. Raises Problem 403 for a forged request."""
    here = await session_of(door.database, door.settings, request, touch=False)
    if here is None:
        return
    token, session = here
    await check_csrf(door.settings, request, token)
    who = session.holder.id if session.holder else None
    async with door.database.connection() as connection:
        await sessions.end(connection, token, who or "")
        if session.step is Step.OPEN and session.way is not Way.VISITOR:
            await looked(connection, who, Access.SIGNED_OUT, way=session.way.value)


async def end_own_session(door: Door, who: str, session: int) -> None:
    """Somebody ends another session of their own. Raises Problem 404."""
    async with door.database.connection() as connection:
        if await sessions.revoke(connection, session, who, of=who) is None:
            raise Problem(HTTPStatus.NOT_FOUND, "not_found")
        await looked(connection, who, Access.SESSION_REVOKED, subject=who, session=session)


async def ask_code(door: Door, request: Request, case_no: str, phone: str, language: Language) -> None:
    """Send a resident a one-time code, if case and telephone number fit; nobody learns whether they do.

    Raises Problem (429).
    """
    await door.limits.attempt(address_of(request))

    def say(code: str) -> str:
        return (
            load_words().say("message", "one_time_code", language).format(code=code, number=case_no.strip())
        )

    number = case_no.strip().upper()
    sent = await residents.ask_code(door.database.connection, Outbox, number, phone, say)
    if sent:
        async with door.database.connection() as connection:
            await looked(connection, None, Access.CODE_SENT, case_no=number)


async def use_code(door: Door, request: Request, case_no: str, code: str) -> Entered:
    """A resident comes in by a one-time code. Raises Problem: 401 `wrong_code`, 429."""
    await door.limits.attempt(address_of(request))
    found = await residents.use_code(door.database.connection, case_no.strip().upper(), code)
    async with door.database.connection() as connection:
        if found is None:
            await looked(connection, None, Access.SIGN_IN_REFUSED, way=Way.CODE.value)
            raise Problem(HTTPStatus.UNAUTHORIZED, WRONG_CODE)
        return await _follow(connection, door, request, found, Way.CODE)


async def open_with_link(door: Door, request: Request, link: str) -> tuple[Entered, CaseNo]:
    """A resident comes in by the link with the receipt. Raises Problem: 404 for one that leads nowhere, 429."""
    await door.limits.attempt(address_of(request))
    async with door.database.connection() as connection:
        found = await residents.follower(connection, link)
        if found is None:
            await looked(connection, None, Access.SIGN_IN_REFUSED, way=Way.LINK.value)
            raise Problem(HTTPStatus.NOT_FOUND, "not_found")
        return await _follow(connection, door, request, found, Way.LINK), found.case_no


async def make_link(door: Door, case_no: CaseNo, party: Party) -> str:
    """The token of a link for the receipt of a case, shown this once; whoever has it may act as the party."""
    async with door.database.connection() as connection, connection.transaction():
        await looked(connection, party, Access.LINK_MADE, case_no=case_no)
        return await residents.follow_link(connection, case_no, party)


async def visit(door: Door, request: Request) -> Entered:
    """A session for somebody without an account who is about to file. Raises Problem (429)."""
    await door.limits.visit(address_of(request))
    async with door.database.connection() as connection:
        new = Beginning(
            residents.new_visitor(), Way.VISITOR, Step.OPEN, lifetime(door.settings, Way.VISITOR),
            device=device_of(request),
        )  # fmt: skip
        return Entered(await sessions.begin(connection, new), Step.OPEN)


async def newcomer(door: Door, request: Request, key: str, language: Language) -> Caller:
    """Somebody without an account who sends a form: nobody else has its key. Raises Problem (429)."""
    await door.limits.visit(address_of(request))
    return Caller(Account(residents.visitor_of(key), "", Role.RESIDENT), language)


async def come_in_having_filed(
    door: Door, request: Request, case_no: CaseNo, party: Party
) -> tuple[Entered, str]:
    """A session for the case that was filed just now, and the token of the link to come back by."""
    link = await make_link(door, case_no, party)
    async with door.database.connection() as connection:
        return await _follow(connection, door, request, Follower(case_no, party), Way.LINK), link


async def waiting(door: Door, request: Request, *steps: Step) -> tuple[str, Session, str]:
    """Token, session and account of a request that is at one of these steps. Raises Problem 401, 403, 409."""
    here = await session_of(door.database, door.settings, request)
    if here is None or here[1].holder is None:
        raise unauthenticated()
    if here[1].step not in steps:
        raise Problem(HTTPStatus.CONFLICT, WRONG_STEP)
    await check_csrf(door.settings, request, here[0])
    return here[0], here[1], here[1].holder.id


async def _who_is_here(door: Door, request: Request, steps: tuple[Step, ...]) -> tuple[str, Session, str]:
    """As `waiting`, for what only staff do."""
    found = await waiting(door, request, *steps)
    if found[1].way not in (Way.PASSWORD, Way.SINGLE_SIGN_ON):
        raise Problem(HTTPStatus.CONFLICT, WRONG_STEP)
    return found


async def _follow(connection: Connection, door: Door, request: Request, found: Follower, way: Way) -> Entered:
    new = Beginning(
        found.party, way, Step.OPEN, lifetime(door.settings, way), found.case_no, device_of(request)
    )  # fmt: skip
    await _leave_behind(connection, door, request)
    token = await sessions.begin(connection, new)
    await looked(connection, found.party, Access.SIGNED_IN, case_no=found.case_no, way=way.value)
    return Entered(token, Step.OPEN)


async def _leave_behind(connection: Connection, door: Door, request: Request) -> None:
    """The session that this browser had before is over: nobody would end it any more."""
    if before := token_of(door.settings, request):
        await sessions.end(connection, before, "signed in anew")


async def _go_on(
    connection: Connection, token: str, session: Session, step: Step, *, second: bool = False
) -> Entered:
    fresh = await sessions.move(connection, token, step, second_factor=second)
    if fresh is None:
        raise unauthenticated()
    if session.step is not Step.OPEN:
        await _note_step(connection, _known(session), session.way, step)
    return Entered(fresh, step)


async def _set_password(connection: Connection, held: Credential, password: str) -> None:
    try:
        await credentials.set_password(connection, held.account, password, login=held.login)
    except WeakPassword as weak:
        raise invalid(FieldError(("password",), weak.weakness.value, _LIMITS)) from weak


_LIMITS: Mapping[str, Any] = {"min": credentials.SHORTEST, "max": credentials.LONGEST}


async def _valid(connection: Connection, who: str) -> Account:
    found = await accounts.account(connection, who)
    if found is None:
        raise unauthenticated()
    return found


def _next_step(account: Account, held: Credential | None, way: Way, *, second: bool = False) -> Step:
    """What is owed next: the second factor before anything is changed, then what must be chosen or set up."""
    if held is not None and held.has_second_factor and not second:
        return Step.SECOND_FACTOR
    if held is not None and held.must_change and way is Way.PASSWORD:
        return Step.NEW_PASSWORD
    needs = account.role in second_factor.REQUIRED
    return Step.ENROLMENT if needs and not (held and held.has_second_factor) else Step.OPEN


async def _note_step(connection: Connection, who: str, way: Way, step: Step) -> None:
    if step is Step.OPEN:
        await looked(connection, who, Access.SIGNED_IN, way=way.value)


async def _note_failure(connection: Connection, found: Failed) -> None:
    """Nothing that was typed is kept: people type passwords where names belong."""
    await looked(connection, found.account, Access.SIGN_IN_REFUSED, way=Way.PASSWORD.value)
    if found.locked:
        await looked(connection, found.account, Access.LOCKED)


async def _wrong_code(connection: Connection, token: str, who: str, *, locked: bool) -> Problem:
    await looked(connection, who, Access.SIGN_IN_REFUSED, way=Step.SECOND_FACTOR.value)
    if not locked:
        return Problem(HTTPStatus.UNAUTHORIZED, WRONG_CODE)
    await looked(connection, who, Access.LOCKED)
    await sessions.end(connection, token, "locked")
    return Problem(HTTPStatus.UNAUTHORIZED, FAILED)


def _known(session: Session) -> str:
    assert session.holder is not None
    return session.holder.id


STAFF_ROLES = frozenset(Role) - {Role.RESIDENT, Role.CASE}
"""Roles that sign in by name."""
