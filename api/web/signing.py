"""The pages by which people come in and go: name and password, second factor, one-time code, link."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from activities.sessions import Step
from api.identity import signing_in
from api.identity.sessions import FromHere, give, session_of, take
from api.identity.signing_in import Entered
from api.identity.single_sign_on import is_offered
from api.problems import Problem
from api.web.frame.arrivals import Passing, Posted
from api.web.frame.failing import retry_of
from api.web.frame.links import href, local
from api.web.frame.rendering import render, see_other
from api.web.frame.visits import Visit

router = APIRouter(include_in_schema=False)

STEPS: Mapping[Step, str] = {
    Step.SECOND_FACTOR: "/sign-in/second-factor",
    Step.NEW_PASSWORD: "/sign-in/password",
    Step.ENROLMENT: "/sign-in/enrolment",
}
"""Where a session goes that still owes a step."""

Next = Annotated[str, Query(max_length=500)]


@router.get("/sign-in")
async def sign_in_page(visit: Passing, next: Next = "") -> Response:
    """Name and password; other ways in beside it."""
    if visit.signed_in:
        return see_other(local(next))
    return _page(visit, "sign_in.html", {"next": next})


@router.post("/sign-in")
async def sign_in(visit: Passing, request: Request, form: Posted, _: FromHere) -> Response:
    """Begin a session of staff; what was wrong is said without telling which part."""
    typed = {"next": _text(form, "next"), "name": _text(form, "name")}
    try:
        entered = await signing_in.sign_in(
            visit.door, request, typed["name"], str(form.get("password") or "")
        )
    except Problem as found:
        return _page(visit, "sign_in.html", typed, found)
    return _on(visit, request, entered, typed["next"])


@router.get("/sign-in/second-factor")
async def second_factor_page(visit: Passing, next: Next = "") -> Response:
    """The code of an authenticator."""
    return _page(visit, "sign_in_code.html", {"next": next})


@router.post("/sign-in/second-factor")
async def second_factor(visit: Passing, request: Request, form: Posted) -> Response:
    """Go on with the code."""
    typed = {"next": _text(form, "next")}
    try:
        entered = await signing_in.give_code(visit.door, request, _text(form, "code"))
    except Problem as found:
        return _page(visit, "sign_in_code.html", typed, found)
    return _on(visit, request, entered, typed["next"])


@router.get("/sign-in/password")
async def password_page(visit: Passing, next: Next = "") -> Response:
    """A password of one's own instead of the one-time one, or another one."""
    return _page(visit, "sign_in_password.html", {"next": next, "must_say_old": visit.signed_in is not None})


@router.post("/sign-in/password")
async def password(visit: Passing, request: Request, form: Posted) -> Response:
    """Take the new password."""
    typed = {"next": _text(form, "next"), "must_say_old": visit.signed_in is not None}
    new, old = str(form.get("password") or ""), str(form.get("old") or "")
    try:
        entered = await signing_in.choose_password(visit.door, request, new, old or None)
    except Problem as found:
        return _page(visit, "sign_in_password.html", typed, found)
    if visit.signed_in:
        return _on(visit, request, entered, "/account?said=password_changed")
    return _on(visit, request, entered, str(typed["next"]))


@router.get("/sign-in/enrolment")
async def enrolment_page(visit: Passing, request: Request, next: Next = "") -> Response:
    """What an authenticator is to be told; asked for by a button, since a secret is made."""
    return _page(visit, "sign_in_enrolment.html", {"next": next, "enrolment": None})


@router.post("/sign-in/enrolment")
async def enrolment(visit: Passing, request: Request, form: Posted) -> Response:
    """Show the secret, or take it into use with its first code and show the recovery codes, this once."""
    typed: dict[str, Any] = {"next": _text(form, "next"), "enrolment": None}
    code = _text(form, "code")
    try:
        if not code:
            typed["enrolment"] = await signing_in.begin_second_factor(visit.door, request)
            return _page(visit, "sign_in_enrolment.html", typed)
        entered, codes = await signing_in.confirm_second_factor(visit.door, request, code)
    except Problem as found:
        if code and found.code == signing_in.WRONG_CODE:
            typed["enrolment"] = await signing_in.begin_second_factor(visit.door, request)
        return _page(visit, "sign_in_enrolment.html", typed, found)
    answer = _page(visit, "recovery_codes.html", {"codes": codes, "next": local(typed["next"])})
    give(answer, visit.door.settings, request, entered.token)
    return answer


@router.get("/sign-in/case")
async def case_code_page(visit: Passing, case: Annotated[str, Query(max_length=60)] = "") -> Response:
    """For residents: the number of their case, and the telephone they left."""
    return _page(visit, "sign_in_case.html", {"case": case, "phone": "", "sent": False})


@router.post("/sign-in/case")
async def case_code(visit: Passing, request: Request, form: Posted, _: FromHere) -> Response:
    """Send a code, or come in with the one that was sent."""
    typed: dict[str, Any] = {"case": _text(form, "case"), "phone": _text(form, "phone"), "sent": False}
    code = _text(form, "code")
    try:
        if not code:
            await signing_in.ask_code(visit.door, request, typed["case"], typed["phone"], visit.language)
            return _page(visit, "sign_in_case.html", {**typed, "sent": True})
        entered = await signing_in.use_code(visit.door, request, typed["case"], code)
    except Problem as found:
        return _page(visit, "sign_in_case.html", {**typed, "sent": bool(code)}, found)
    return _on(visit, request, entered, f"/my/{typed['case'].strip().upper()}")


@router.get("/follow/{link}")
async def follow_page(visit: Passing, link: str) -> Response:
    """The link with a receipt. It opens by a button: programs that look at links must not use it up."""
    return _page(visit, "follow.html", {"link": link})


@router.post("/follow/{link}")
async def follow(visit: Passing, request: Request, link: str, _: FromHere) -> Response:
    """Come in by the link."""
    entered, number = await signing_in.open_with_link(visit.door, request, link)
    return _on(visit, request, entered, f"/my/{number}")


@router.post("/sign-out")
async def sign_out(visit: Passing, request: Request, form: Posted) -> Response:
    """End the session."""
    await signing_in.sign_out(visit.door, request)
    answer = see_other("/sign-in?said=signed_out")
    take(answer, visit.door.settings, request)
    return answer


async def owed(visit: Visit) -> str | None:
    """Where a session goes that has begun and still owes a step."""
    here = await session_of(visit.door.database, visit.door.settings, visit.request)
    return STEPS.get(here[1].step) if here else None


def _on(visit: Visit, request: Request, entered: Entered, onward: str) -> RedirectResponse:
    step = STEPS.get(entered.step)
    answer = see_other(href(step, next=onward) if step else local(onward))
    give(answer, visit.door.settings, request, entered.token)
    return answer


def _page(visit: Visit, template: str, names: Mapping[str, Any], found: Problem | None = None) -> Response:
    shown = found.shown(visit.language) if found else None
    wrong = {each["field"]: each["message"] for each in (shown or {}).get("errors", ())}
    return render(
        visit, template, status=found.status_code if found else 200, headers=retry_of(found), wrong=wrong,
        address=visit.request.url.path, problem=shown["detail"] if shown and not wrong else None,
        single_sign_on=is_offered(visit.door.settings), **names,
    )  # fmt: skip


def _text(form: FormData, name: str) -> str:
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""
