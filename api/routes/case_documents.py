"""/v1/cases/{number}/documents: which documents a case has for the caller, and each as PDF."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from api import examples
from api.answers import Answer, Coded
from api.documents import READ, answers, problems
from api.door import AtDoor, Calling
from api.printing.catalogue import listed
from api.printing.codes import Document
from api.printing.producing import name_of, produced
from api.reading.casefile import visible_file
from api.routes.cases import Number

router = APIRouter(prefix="/v1", tags=["附件 Attachments"])

PDF = "application/pdf"
POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""What a browser's own viewer of PDF needs, and nothing else."""


class DocumentView(Answer):
    """A document of a case; before it is `ready` there is nothing to print."""

    document: Coded
    ready: bool
    href: str


@router.get(
    "/cases/{number}/documents",
    operation_id="list_documents",
    summary="案件文书 / Documents of a case",
    responses={**answers(200, "文书 / Documents.", examples.DOCUMENTS), **problems(*READ)},
)
async def list_documents(door: AtDoor, caller: Calling, number: Number) -> list[DocumentView]:
    """The documents of the case that are for the caller, in the order of a file."""
    file = await visible_file(door.database, number, caller)
    voice = await door.voice(caller)
    return [
        DocumentView(document=voice.of(each.document), ready=each.ready, href=href_of(number, each.document))
        for each in listed(file, caller)
    ]


@router.get(
    "/cases/{number}/documents/{document}",
    operation_id="get_document",
    summary="生成文书 / Produce a document",
    response_class=Response,
    responses={
        200: {"description": "PDF", "content": {PDF: {"schema": {"type": "string", "format": "binary"}}}},
        **problems(*READ, 409),
    },
)
async def get_document(
    door: AtDoor, caller: Calling, number: Number,
    document: Annotated[Document, Path(description="文书代码 / Code of the document.", examples=["agreement"])],
) -> Response:  # fmt: skip
    """PDF/A in Chinese typesetting, or an English reading copy; it is written in the access journal."""
    return pdf_answer(await produced(door, caller, number, document), name_of(number, document))


def pdf_answer(pdf: bytes, name: str) -> Response:
    """The answer with a document, to be looked at in place; nothing keeps a copy on the way."""
    headers = {
        "content-disposition": f'inline; filename="{name}"',
        "content-security-policy": POLICY,
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    return Response(pdf, media_type=PDF, headers=headers)


def href_of(number: str, document: Document) -> str:
    """Where a document is produced."""
    return f"/v1/cases/{number}/documents/{document}"
