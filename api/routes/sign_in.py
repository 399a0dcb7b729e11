"""/v1/sessions, /v1/codes: sign in and out, choose a password, set up a second factor, end other sessions."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path, Request, Response
from pydantic import Field

from activities import credentials, sessions
from activities.sessions import Step
from api import examples
from api.answers import Answer, Coded
from api.documents import answers, problems
from api.door import AtDoor, Calling
from api.forms import Form, Line
from api.identity import signing_in
from api.identity.sessions import FromHere, csrf_of, give, take
from api.identity.signing_in import Entered
from api.problems import not_found
from api.words import Language, language_of, load_words

router = APIRouter(prefix="/v1", tags=["登录 Signing in"])

Secret: TypeAlias = Annotated[str, Field(min_length=1, max_length=1_000)]
Code: TypeAlias = Annotated[str, Field(min_length=1, max_length=40)]
_BEGUN = (401, 403, 413, 415, 422, 429, 503)
_GONE_ON = (401, 403, 409, 413, 415, 422, 429, 503)


class SignInForm(Form):
    """Name and password; the second factor may be said at once."""

    name: Line = Field(description="登录名 / Login name.")
    password: Secret = Field(description="口令 / Password.")
    code: Code | None = Field(default=None, description="动态码或恢复码 / Second factor.")


class CodeForm(Form):
    """A code of an authenticator, or a recovery code."""

    code: Code = Field(description="动态码或恢复码 / Code.")


class PasswordForm(Form):
    """Another password."""

    password: Secret = Field(description="新口令 / New password.")
    old: Secret | None = Field(default=None, description="现口令；首次设置可不填 / Present one.")


class CaseForm(Form):
    """Which case, and to which telephone a code shall go."""

    case: Line = Field(description="案件编号 / Case number.")
    phone: Annotated[str, Field(max_length=40)] = Field(
        default="", description="登记的电话；只有一名当事人时可不填 / Registered telephone."
    )


class CaseCodeForm(Form):
    """Which case, and the code that was sent."""

    case: Line = Field(description="案件编号 / Case number.")
    code: Code = Field(description="收到的六位验证码 / The six digits that were sent.")


class LinkForm(Form):
    """The last part of the link that came with the receipt."""

    link: Line = Field(description="查询链接的末段 / Token of the link.")


class SessionView(Answer):
    """A session that goes on: what it still owes, and what unsafe requests must carry in `X-CSRF-Token`."""

    step: Coded
    csrf: str


class ListedSession(Answer):
    """One session of the caller's account."""

    id: int
    way: Coded
    device: str | None
    began_at: datetime
    seen_at: datetime
    is_this: bool


class EnrolmentView(Answer):
    """What an authenticator is to be told: type the secret, or read the code in `svg`."""

    secret: str
    uri: str
    svg: str


class RecoveryCodes(Answer):
    """Codes for a lost authenticator, each good once; shown this once."""

    recovery_codes: tuple[str, ...]
    session: SessionView


@router.post(
    "/sessions",
    operation_id="sign_in",
    summary="登录 / Sign in",
    status_code=HTTPStatus.CREATED,
    responses={**answers(201, "会话已开始 / A session has begun.", examples.SESSION), **problems(*_BEGUN)},
)
async def sign_in(
    door: AtDoor, request: Request, response: Response, form: SignInForm, _: FromHere
) -> SessionView:
    """A session in a cookie; `step` says what it still owes. Five failures lock a name for a quarter of an hour."""
    entered = await signing_in.sign_in(door, request, form.name, form.password)
    if form.code is not None and entered.step is Step.SECOND_FACTOR:
        entered = await signing_in.give_code_at_once(door, entered, form.code)
    return _goes_on(door, request, response, entered)


@router.post(
    "/sessions/second-factor",
    operation_id="give_second_factor",
    summary="第二因素 / Second factor",
    responses={**answers(200, "会话继续 / The session goes on.", examples.SESSION), **problems(*_GONE_ON)},
)
async def give_second_factor(
    door: AtDoor, request: Request, response: Response, form: CodeForm
) -> SessionView:
    """Say the code of the authenticator, or a recovery code."""
    return _goes_on(door, request, response, await signing_in.give_code(door, request, form.code))


@router.post(
    "/sessions/password",
    operation_id="choose_password",
    summary="设置口令 / Choose a password",
    responses={**answers(200, "会话继续 / The session goes on.", examples.SESSION), **problems(*_GONE_ON)},
)
async def choose_password(
    door: AtDoor, request: Request, response: Response, form: PasswordForm
) -> SessionView:
    """Another password, ten characters or more; every other session of the account ends."""
    entered = await signing_in.choose_password(door, request, form.password, form.old)
    return _goes_on(door, request, response, entered)


@router.post(
    "/sessions/enrolment",
    operation_id="begin_second_factor",
    summary="设置第二因素 / Set up a second factor",
    responses={
        **answers(200, "请扫码 / To be read by an authenticator.", examples.ENROLMENT),
        **problems(401, 403, 409, 503),
    },
)
async def begin_second_factor(door: AtDoor, request: Request) -> EnrolmentView:
    """What an authenticator is to be told (RFC 6238)."""
    found = await signing_in.begin_second_factor(door, request)
    return EnrolmentView(secret=found.secret, uri=found.uri, svg=found.svg)


@router.post(
    "/sessions/enrolment/confirmation",
    operation_id="confirm_second_factor",
    summary="启用第二因素 / Take a second factor into use",
    responses={
        **answers(200, "已启用 / In use.", examples.RECOVERY_CODES), **problems(*_GONE_ON),
    },
)  # fmt: skip
async def confirm_second_factor(
    door: AtDoor, request: Request, response: Response, form: CodeForm
) -> RecoveryCodes:
    """Prove that the authenticator has the secret."""
    entered, codes = await signing_in.confirm_second_factor(door, request, form.code)
    return RecoveryCodes(recovery_codes=codes, session=_goes_on(door, request, response, entered))


@router.post(
    "/codes",
    operation_id="ask_code",
    summary="索取验证码 / Ask for a one-time code",
    status_code=HTTPStatus.ACCEPTED,
    responses={
        **answers(202, "如有相符即已发送 / Sent, if anything fits.", examples.SENT),
        **problems(403, 413, 415, 422, 429, 503),
    },
)
async def ask_code(door: AtDoor, request: Request, form: CaseForm, _: FromHere) -> dict[str, str]:
    """A code to a party of a case. The answer is the same whether or not case and telephone fit."""
    language = language_of(request.headers.get("accept-language"))
    await signing_in.ask_code(door, request, form.case, form.phone, language)
    return {"message": load_words().say("message", "code_on_its_way", language)}


@router.post(
    "/sessions/code",
    operation_id="sign_in_with_code",
    summary="凭验证码登录 / Sign in with a one-time code",
    status_code=HTTPStatus.CREATED,
    responses={**answers(201, "会话已开始 / A session has begun.", examples.SESSION), **problems(*_BEGUN)},
)
async def sign_in_with_code(
    door: AtDoor, request: Request, response: Response, form: CaseCodeForm, _: FromHere
) -> SessionView:
    """For parties of a case; the session reaches this case alone."""
    return _goes_on(door, request, response, await signing_in.use_code(door, request, form.case, form.code))


@router.post(
    "/sessions/link",
    operation_id="open_with_link",
    summary="凭链接查询 / Follow a case by its link",
    status_code=HTTPStatus.CREATED,
    responses={
        **answers(201, "会话已开始 / A session has begun.", examples.SESSION), **problems(404, *_BEGUN[1:]),
    },
)  # fmt: skip
async def open_with_link(
    door: AtDoor, request: Request, response: Response, form: LinkForm, _: FromHere
) -> SessionView:
    """For parties of a case; the session reaches this case alone."""
    entered, _case = await signing_in.open_with_link(door, request, form.link)
    return _goes_on(door, request, response, entered)


@router.get(
    "/sessions",
    operation_id="list_sessions",
    summary="本人会话 / One's own sessions",
    responses={**answers(200, "会话 / Sessions.", examples.SESSIONS), **problems(401, 503)},
)
async def list_sessions(door: AtDoor, caller: Calling) -> list[ListedSession]:
    """Every session of the caller's account, the latest used first."""
    async with door.database.connection() as connection:
        found = await sessions.listed(connection, caller.account.id)
    here = caller.session.id if caller.session else None
    return [
        ListedSession(
            id=each.id, way=_coded("session_way", each.way, caller.language), device=each.device,
            began_at=each.created_at, seen_at=each.seen_at, is_this=each.id == here,
        )
        for each in found
    ]  # fmt: skip


@router.delete(
    "/sessions/current",
    operation_id="sign_out",
    summary="退出 / Sign out",
    status_code=HTTPStatus.NO_CONTENT,
    responses={204: {"description": "已退出 / Signed out."}, **problems(403, 503)},
)
async def sign_out(door: AtDoor, request: Request, response: Response) -> None:
    """End this session; where there is none nothing happens."""
    await signing_in.sign_out(door, request)
    take(response, door.settings, request)


@router.delete(
    "/sessions/{session}",
    operation_id="end_session",
    summary="结束会话 / End a session",
    status_code=HTTPStatus.NO_CONTENT,
    responses={204: {"description": "已结束 / Ended."}, **problems(401, 403, 404, 422, 503)},
)
async def end_session(
    door: AtDoor, caller: Calling, session: Annotated[int, Path(ge=1, examples=[1])]
) -> None:
    """End one of the caller's own sessions, such as on a telephone that was lost."""
    if session >= 2**63:
        raise not_found()
    await signing_in.end_own_session(door, caller.account.id, session)


def _goes_on(door: AtDoor, request: Request, response: Response, entered: Entered) -> SessionView:
    give(response, door.settings, request, entered.token)
    language = language_of(request.headers.get("accept-language"))
    return SessionView(step=_coded("session_step", entered.step, language), csrf=csrf_of(entered.token))


def _coded(table: str, code: str, language: Language) -> Coded:
    return Coded(code=str(code), text=load_words().say(table, str(code), language))


SHORTEST_PASSWORD = credentials.SHORTEST
"""For whoever draws a form."""
