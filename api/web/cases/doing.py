"""An act from a posted form: read, carried out, or handed back with what was typed and what was wrong."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus

from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from api.answers import FieldView, Receipt
from api.forms import FORMS, PEOPLES_ACTS, ActForm
from api.mistakes import from_validation
from api.problems import Problem, invalid
from api.routes.attachments import keep
from api.web.cases.actforms import Returned, fields_of
from api.web.frame.fields import Typed
from api.web.frame.links import href
from api.web.frame.reading import FILE, typed_in, values_of, with_files, wrong
from api.web.frame.visits import Visitor
from api.writing.acting import carry
from domain.acts import base

KEY = "key"
BEHALF = "on_behalf_of"


@dataclass(frozen=True, slots=True)
class HandedBack(Exception):
    """The act was not done; the page shows the form again. `status` is that of the page."""

    returned: Returned
    status: int
    found: Problem | None = None


async def do(visitor: Visitor, number: str, act: str, form: FormData) -> Receipt:
    """Do an act as a form says. Raises HandedBack; Problem (404) for a case or an act that is not there."""
    if act not in PEOPLES_ACTS:
        raise Problem(404, "unknown_act")
    fields = fields_of(act, visitor.voice)
    typed = typed_in(fields, form)
    if typed.more:
        raise HandedBack(Returned(act, typed), 200)
    try:
        typed = with_files(typed, await keep_files(visitor, fields, form))
        return await carry(
            visitor.door, visitor.caller, number, PEOPLES_ACTS[act], _model(visitor, act, typed, form),
            str(form.get(KEY) or ""),
        )  # fmt: skip
    except Problem as found:
        if found.status_code == 404:
            raise
        raise _handed_back(visitor, act, typed, found, form) from found


async def keep_files(visitor: Visitor, fields: Iterable[FieldView], form: FormData) -> dict[str, list[str]]:
    """Keep the files that came with a form: field → their commitments. Raises Problem: 413, 422, 503."""
    kept: dict[str, list[str]] = {}
    for view in fields:
        for upload in form.getlist(view.name) if view.kind == FILE else ():
            if isinstance(upload, UploadFile) and upload.filename:
                found = await keep(visitor.door, visitor.caller, await upload.read())
                kept.setdefault(view.name, []).append(found.commitment)
    return kept


def _model(visitor: Visitor, act: str, typed: Typed, form: FormData) -> ActForm:
    values = values_of(fields_of(act, visitor.voice), typed.raw)
    behalf = form.get(BEHALF)
    try:
        return FORMS[act].model_validate({**values, BEHALF: behalf or None})
    except ValidationError as mistakes:
        raise invalid(*from_validation(mistakes)) from mistakes


def _handed_back(visitor: Visitor, act: str, typed: Typed, found: Problem, form: FormData) -> HandedBack:
    visitor.request.state.problem = found.code
    sentence = found.shown(visitor.language)["detail"]
    marked = wrong(typed, found.errors, visitor.language)
    unsure = found.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR
    key = str(form.get(KEY) or "") if unsure else None
    return HandedBack(Returned(act, marked, sentence, key), found.status_code, found)


def onward(visitor: Visitor, act: str, form: FormData, here: str) -> str:
    """Where to go on after an act: whoever stepped aside reads the case no more (《信访工作条例》第28条第3款)."""
    stepped_aside = act == base.Recuse.code and form.get("account") == visitor.caller.account.id
    return "/work" if stepped_aside else here


def done_address(back: str, receipt: Receipt) -> str:
    """Where to look after an act: the page it was done from, told which act it was."""
    path, _, query = back.partition("?")
    kept = f"{path}?{query}&" if query else f"{path}?"
    return kept + href("", done=f"{receipt.number}.{receipt.first}").removeprefix("?")
