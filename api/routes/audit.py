"""GET /v1/audit/…: read-only views for auditors, each of them on the access log."""

from typing import Annotated, TypeAlias

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime

from api.answers import Page
from api.auditing import examples
from api.auditing import views as auditing
from api.auditing.answers import (
    AccessView,
    CheckpointView,
    DiffView,
    ExplanationsView,
    StateView,
    VerificationView,
    WhatIfView,
)
from api.auditing.views import Auditing
from api.documents import answers, problems
from api.door import AtDoor
from api.reading.listing import Paging
from api.routes.cases import After, Limit, Number, legible
from audit.casefiles.reading import Wanted
from domain.vocabulary import CaseKind

router = APIRouter(prefix="/v1/audit", tags=["审计 Audit"])

ZIP = "application/zip"
MOST_STUDIED = 2000
"""Cases the door studies at once; the command has no bound."""

_OF_A_CASE = (401, 403, 404, 422, 503)
_OF_MANY = (401, 403, 422, 503)
Moment: TypeAlias = Annotated[
    str,
    Query(max_length=40, description="事件序号、时刻或日期 / Event number, instant or day.", examples=["12"]),
]


@router.get(
    "/cases/{number}/state",
    operation_id="audit_state",
    summary="回看：当时的案件 / The case as it stood",
    responses={
        **answers(200, "当时的案件 / The case as it stood.", examples.STATE),
        **problems(*_OF_A_CASE),
    },
)
async def get_state(door: AtDoor, caller: Auditing, number: Number, at: Moment | None = None) -> StateView:
    """After an event, at an instant or at the end of a day; as it stands now if `at` is not given."""
    return await auditing.state(door, caller, number, at)


@router.get(
    "/cases/{number}/diff",
    operation_id="audit_diff",
    summary="回看：两时刻之间 / What changed between two moments",
    responses={**answers(200, "变化 / Changes.", examples.DIFF), **problems(*_OF_A_CASE)},
)
async def get_diff(
    door: AtDoor,
    caller: Auditing,
    number: Number,
    from_: Annotated[Moment, Query(alias="from", examples=["1"])],
    to: Moment,
) -> DiffView:
    """From the earlier of the two moments to the later, whichever is named first."""
    return await auditing.difference(door, caller, number, from_, to)


@router.get(
    "/cases/{number}/explain",
    operation_id="audit_explain",
    summary="说明：事件的起因与依据 / Why events stand on the record",
    responses={**answers(200, "说明 / Explanations.", examples.EXPLANATIONS), **problems(*_OF_A_CASE)},
)
async def get_explanations(
    door: AtDoor,
    caller: Auditing,
    number: Number,
    seq: Annotated[
        int | None, Query(ge=1, description="事件序号；不给则全部 / Event number; all without one.")
    ] = None,
) -> ExplanationsView:
    """Causes, the rule with its source, the sum of every due date, reasons of refusals and escalations."""
    return await auditing.explanations(door, caller, number, seq)


@router.get(
    "/cases/{number}/verification",
    operation_id="audit_verify",
    summary="五问核验 / The five answers",
    responses={
        **answers(200, "五问的答案 / The five answers.", examples.VERIFICATION),
        **problems(*_OF_A_CASE),
    },
)
async def get_verification(door: AtDoor, caller: Auditing, number: Number) -> VerificationView:
    """Intact, same steps, same content, same law, lawful: what is wrong, and what could not be looked at."""
    return await auditing.verification(door, caller, number)


@router.get(
    "/cases/{number}/export",
    operation_id="audit_export",
    summary="导出案卷 / Export the case file",
    response_class=Response,
    responses={
        200: {
            "description": "案卷，断网可核验 / A zip that verifies off line.",
            "content": {ZIP: {"schema": {"type": "string", "format": "binary"}, "example": "PK…"}},
        },
        **problems(*_OF_A_CASE),
    },
)
async def get_export(
    door: AtDoor,
    caller: Auditing,
    number: Number,
    content: Annotated[bool, Query(description="含文字与姓名 / With words and names.")] = False,
) -> Response:
    """One file with all that the proof needs; verify it with `herun audit verify FILE`."""
    packed = await auditing.export(door, caller, number, with_content=content)
    named = {"content-disposition": f'attachment; filename="{number}.zip"'}
    return Response(packed, media_type=ZIP, headers=named)


@router.get(
    "/whatif",
    operation_id="audit_whatif",
    summary="推演：换一版规则 / What if another edition had been in force",
    responses={**answers(200, "哪些职责结果不同 / Duties that fare otherwise.", examples.WHATIF),
               **problems(*_OF_MANY)},
)  # fmt: skip
async def get_whatif(
    door: AtDoor,
    caller: Auditing,
    rulebook: Annotated[
        str, Query(max_length=100, description="规则书版本 / Edition.", examples=["gaotai-4x7"])
    ],
    since: Annotated[AwareDatetime | None, Query(description="立案不早于 / Opened not before.")] = None,
    until: Annotated[AwareDatetime | None, Query(description="立案早于 / Opened before.")] = None,
    matter: Annotated[str | None, Query(max_length=60, examples=["03.01.02"])] = None,
    kind: CaseKind | None = None,
    drill: bool = False,
    limit: Annotated[
        int, Query(ge=1, le=MOST_STUDIED, description="至多几案，以最近办结者为先 / Cases, closed last.")
    ] = 500,
) -> WhatIfView:
    """Closed cases, acts at their recorded instants, run again under another edition."""
    wanted = Wanted(since, until, legible(matter, "matter"), kind, drill=drill)
    return await auditing.whatif(door, caller, rulebook, wanted, limit)


@router.get(
    "/checkpoints",
    operation_id="audit_checkpoints",
    summary="检查点 / Checkpoints",
    responses={**answers(200, "签名树根 / Signed tree heads.", examples.CHECKPOINTS), **problems(*_OF_MANY)},
)
async def list_checkpoints(
    door: AtDoor, caller: Auditing, limit: Limit = 50, after: After = None
) -> Page[CheckpointView]:
    """The latest first; keep the notes outside."""
    return await auditing.checkpoints(door, caller, Paging(limit, after))


@router.get(
    "/access",
    operation_id="audit_access",
    summary="查阅日志 / The access log",
    responses={**answers(200, "一页日志 / One page.", examples.ACCESS), **problems(*_OF_MANY)},
)
async def list_access(
    door: AtDoor,
    caller: Auditing,
    account: Annotated[str | None, Query(max_length=100, examples=["shenji.auditor"])] = None,
    case: Annotated[str | None, Query(max_length=60, examples=["O20261121-00012"])] = None,
    limit: Limit = 50,
    after: After = None,
) -> Page[AccessView]:
    """Who looked at what, signed in, was refused or changed what others rely on; the latest first."""
    who, which = legible(account, "account"), legible(case, "case")
    return await auditing.access_log(door, caller, who, which, Paging(limit, after))
