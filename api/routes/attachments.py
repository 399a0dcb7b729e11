"""/v1/attachments and /v1/cases/{number}/attachments: bring a file, list a case's files, fetch one."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Path, Response, UploadFile

from activities import attachments
from activities.attachments import Attachment, StoreUnreachable, Unfit, UnfitFile
from api import examples
from api.answers import Answer
from api.documents import READ, answers, problems
from api.door import AtDoor, Calling, Door
from api.forms import COMMITMENT
from api.identity.callers import Caller
from api.problems import FieldError, Problem, invalid, not_found, unavailable
from api.reading.casefile import visible_file
from api.routes.cases import Number

router = APIRouter(prefix="/v1", tags=["附件 Attachments"])

SANDBOX = "sandbox; default-src 'none'; style-src 'unsafe-inline'"
"""A file that somebody brought runs nothing, and reaches nothing, wherever it is opened."""


class AttachedView(Answer):
    """A file that is kept; an act must refer to it by `commitment` within an hour."""

    commitment: str
    media_type: str
    bytes: int
    sha256: str


class AttachmentView(AttachedView):
    """A file that belongs to a case, and by which event."""

    at: datetime
    seq: int | None
    href: str


@router.post(
    "/attachments",
    operation_id="keep_attachment",
    summary="上传附件 / Bring a file",
    status_code=HTTPStatus.CREATED,
    responses={
        **answers(201, "已保存 / It is kept.", examples.ATTACHED),
        **problems(401, 403, 413, 415, 422, 503),
    },
)
async def keep_attachment(door: AtDoor, caller: Calling, file: UploadFile) -> AttachedView:
    """A photograph, PDF or recording, told by its content; then do `attach` with its commitment."""
    kept = await keep(door, caller, await file.read())
    return AttachedView(**_shown(kept))


async def keep(door: Door, caller: Caller, data: bytes) -> Attachment:
    """Keep a file that a caller brings. Raises Problem: 413, 422 `file_kind`, 503."""
    try:
        async with door.database.connection() as connection:
            return await attachments.keep(
                connection, door.files, data, caller.account.id, door.settings.attachment_limit
            )
    except UnfitFile as unfit:
        if unfit.why is Unfit.TOO_LARGE:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large") from unfit
        raise invalid(FieldError(("file",), unfit.why.value)) from unfit
    except StoreUnreachable as absent:
        raise unavailable("files_unavailable") from absent


@router.get(
    "/cases/{number}/attachments",
    operation_id="list_attachments",
    summary="案件附件 / Files of a case",
    responses={**answers(200, "附件 / Files.", examples.ATTACHMENTS), **problems(*READ)},
)
async def list_attachments(door: AtDoor, caller: Calling, number: Number) -> list[AttachmentView]:
    """Files that events of the case refer to, in their order; those erased are absent."""
    file = await visible_file(door.database, number, caller)
    async with door.database.connection() as connection:
        found = await attachments.of_case(connection, file.number)
    return [
        AttachmentView(**_shown(each), at=each.at, seq=each.seq, href=href_of(number, each.commitment))
        for each in found
    ]


@router.get(
    "/cases/{number}/attachments/{commitment}",
    operation_id="get_attachment",
    summary="取附件 / Fetch a file",
    response_class=Response,
    responses={
        200: {
            "description": "文件 / The file.",
            "content": {kind.value: {"schema": {"type": "string", "format": "binary"}}
                        for kind in attachments.MediaType},
        },
        **problems(*READ),
    },
)  # fmt: skip
async def get_attachment(
    door: AtDoor, caller: Calling, number: Number,
    commitment: Annotated[str, Path(pattern=COMMITMENT, examples=["c1:" + "a" * 52])],
) -> Response:  # fmt: skip
    """With the right of the case. Images may be shown in place; everything else is for saving."""
    return await fetched(door, caller, number, commitment)


async def fetched(door: Door, caller: Caller, number: str, commitment: str) -> Response:
    """The answer with a file. Raises Problem: 404 for what is not there or not theirs to see, 503."""
    file = await visible_file(door.database, number, caller)
    async with door.database.connection() as connection:
        found = await attachments.find(connection, file.number, commitment)
    if found is None:
        raise not_found()
    try:
        data = await door.files.get(found.sha256)
    except StoreUnreachable as absent:
        raise unavailable("files_unavailable") from absent
    return Response(data, media_type=found.media_type.value, headers=_headers(file.number, found))


def href_of(number: str, commitment: str) -> str:
    """Where a file of a case is fetched."""
    return f"/v1/cases/{number}/attachments/{commitment}"


def _headers(number: str, found: Attachment) -> dict[str, str]:
    how = "inline" if found.media_type.is_image else "attachment"
    name = f"{number}-{found.commitment[3:11]}{found.media_type.suffix}"
    return {
        "content-disposition": f'{how}; filename="{name}"',
        "content-security-policy": SANDBOX,
        "x-content-type-options": "nosniff",
        "cache-control": "private, max-age=300",
    }


def _shown(kept: Attachment) -> dict[str, object]:
    return {
        "commitment": kept.commitment, "media_type": kept.media_type.value, "bytes": kept.size,
        "sha256": kept.sha256,
    }  # fmt: skip
