"""The page of a case's documents, and each of them as PDF."""

from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from api.printing.catalogue import listed
from api.printing.producing import name_of, produced
from api.reading.casefile import CaseFile, visible_file
from api.routes.case_documents import pdf_answer
from api.web.frame.arrivals import Visiting
from api.web.frame.rendering import render
from api.web.frame.visits import Visitor

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Paper:
    """A document by its title; `href` is None before there is anything to print."""

    title: str
    href: str | None


@router.get("/cases/{number}/documents")
async def documents_page(visitor: Visiting, number: str) -> HTMLResponse:
    """What can be printed of a case now, and what later."""
    file = await visible_file(visitor.door.database, number, visitor.caller)
    return render(visitor, "documents.html", case_no=file.number, papers=papers(visitor, file))


@router.get("/cases/{number}/documents/{code}.pdf")
async def document(visitor: Visiting, number: str, code: str) -> Response:
    """One document, produced now."""
    return pdf_answer(await produced(visitor.door, visitor.caller, number, code), name_of(number, code))


def papers(visitor: Visitor, file: CaseFile) -> tuple[Paper, ...]:
    """The documents for a visitor, those to print now first."""
    found = (
        Paper(visitor.voice.of(each.document).text,
              f"/cases/{file.number}/documents/{each.document}.pdf" if each.ready else None)
        for each in listed(file, visitor.caller)
    )  # fmt: skip
    return _ready_first(found)


def _ready_first(found: Iterable[Paper]) -> tuple[Paper, ...]:
    return tuple(sorted(found, key=lambda each: each.href is None))
