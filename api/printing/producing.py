"""Produces a document for a caller: with the right of the case, on the access journal, set in a thread."""

import asyncio
from http import HTTPStatus

from activities.access import Access, looked
from api.door import Door
from api.identity.callers import Caller
from api.printing.catalogue import MAKERS, listed
from api.printing.codes import Document
from api.printing.dossier import dossier
from api.printing.typesetting import NoChineseFont, typeset
from api.problems import Problem, not_found
from api.reading.casefile import visible_file


async def produced(door: Door, caller: Caller, number: str, code: str) -> bytes:
    """A document of a case as PDF, in the caller's language.

    Raises Problem: 404 for a case or document that is not there or not for the caller, 409
    `document_not_ready` before there is anything to print, 503 `no_chinese_font`.
    """
    file = await visible_file(door.database, number, caller)
    found = next((each for each in listed(file, caller) if each.document == code), None)
    if found is None:
        raise not_found()
    if not found.ready:
        raise Problem(HTTPStatus.CONFLICT, "document_not_ready")
    voice = await door.voice(caller)
    async with door.database.connection() as connection:
        await looked(
            connection, caller.account.id, Access.DOCUMENT_PRODUCED, file.number,
            document=found.document.value, seq=file.case.seq,
        )  # fmt: skip
        of = await dossier(connection, file, caller, voice)
    try:
        return await asyncio.to_thread(typeset, MAKERS[found.document](of), file.case.last_at)
    except NoChineseFont as missing:
        raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "no_chinese_font") from missing


def name_of(number: str, document: Document | str) -> str:
    """The name of the file that a document is saved as."""
    return f"{number}-{document}.pdf"
