"""The one entrance: a resident says what happened, where and how to be reached, and gets a number and a link."""

import uuid
from collections.abc import Iterable, Mapping
from itertools import groupby

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.datastructures import FormData, UploadFile

from activities.accounts import Matter
from activities.sessions import RESIDENTS_WAYS
from api.door import Door
from api.forms import FORMS
from api.identity import signing_in
from api.identity.callers import Caller
from api.identity.sessions import FromHere, give
from api.problems import FieldError, Problem, invalid
from api.routes.attachments import keep
from api.town import Town
from api.voice import Voice
from api.web.frame.arrivals import Passing, Posted
from api.web.frame.failing import retry_of
from api.web.frame.links import href
from api.web.frame.rendering import render, see_other
from api.web.frame.visits import Visit
from api.web.resident.dangers import NUMBERS, dangers_in
from api.web.resident.filing import (
    FIELDS,
    LONGEST,
    MOST_PHOTOS,
    Filing,
    Sort,
    field_of,
    matters,
    mistakes,
    opening_form,
    read,
    with_photos,
)
from api.writing.acting import KEY_REUSED, carry
from api.writing.opening import open_case
from api.writing.persons import pseudonym
from domain.acts.base import Attach
from domain.vocabulary import CaseNo, Party, Role, UnitKind

router = APIRouter(include_in_schema=False)

LOST = "lost"
"""In the address of a receipt: the matter is filed, its photographs are not with it."""


@router.get("/file")
async def choices(visit: Passing, place: str = "") -> Response:
    """What do you come with? Four large choices."""
    return render(visit, "entrance.html", sorts=tuple(Sort), place=place[:100])


@router.get("/file/{sort}")
async def empty_form(visit: Passing, sort: Sort, place: str = "") -> Response:
    """The form for one sort; a sign at a community's door may name its place in the address."""
    said = {**dict.fromkeys(FIELDS, ""), "place": place[:100]}
    return await _page(visit, Filing(sort, uuid.uuid4().hex, said))


@router.post("/file/{sort}")
async def file(visit: Passing, request: Request, sort: Sort, form: Posted, _: FromHere) -> Response:
    """Take the matter in, once however often it is sent; what is wrong comes back with all that was said."""
    filing = read(sort, form, uuid.uuid4().hex)
    try:
        caller = await _caller(visit, request, filing)
        filing, refused = await _with_photos(visit.door, caller, filing, form)
        if (other := form.get("switch")) in set(Sort):
            return await _page(visit, Filing(Sort(str(other)), filing.key, filing.said, filing.photos))
        town = await visit.door.hall.town()
        wrong = mistakes(filing, town, known=_is_known(visit))
        if wrong or refused:
            return await _page(visit, filing, wrong, refused)
        return await _filed(visit, request, caller, filing)
    except Problem as found:
        return await _page(visit, _to_send_again(filing, found), found=found)


async def _caller(visit: Visit, request: Request, filing: Filing) -> Caller:
    """Who files: somebody with an account, staff who write it down for a resident, or a newcomer."""
    caller = visit.signed_in
    if caller is None or (caller.session and caller.session.way in RESIDENTS_WAYS):
        return await signing_in.newcomer(visit.door, request, filing.key, visit.language)
    return caller


def _is_known(visit: Visit) -> bool:
    """Whether it is a resident with an account, whom nobody need ask for a name."""
    caller = visit.signed_in
    if caller is None or caller.account.role is not Role.RESIDENT:
        return False
    return not (caller.session and caller.session.way in RESIDENTS_WAYS)


async def _with_photos(
    door: Door, caller: Caller, filing: Filing, form: FormData
) -> tuple[Filing, Problem | None]:
    """Keep the photographs first, so that no mistake elsewhere in the form loses them."""
    kept: list[str] = []
    refused: Problem | None = None
    for upload in form.getlist("photos")[:MOST_PHOTOS]:
        if isinstance(upload, UploadFile) and upload.filename:
            try:
                kept.append((await keep(door, caller, await upload.read())).commitment)
            except Problem as unfit:
                refused = unfit
    return with_photos(filing, kept), refused


async def _filed(visit: Visit, request: Request, caller: Caller, filing: Filing) -> Response:
    """Open the case, put the photographs with it, and show the receipt."""
    receipt = await open_case(
        visit.door, caller, filing.kind, opening_form(filing, visit.speech), filing.key
    )  # fmt: skip
    number = CaseNo(receipt.number)
    lost = None if await _attached(visit.door, caller, number, filing) else LOST
    party = _party(caller, number, filing)
    if party is None:
        return see_other(f"/cases/{number}")
    if visit.signed_in is caller:
        link = await signing_in.make_link(visit.door, number, party)
        return see_other(href(f"/filed/{link}", photos=lost))
    entered, link = await signing_in.come_in_having_filed(visit.door, request, number, party)
    answer = see_other(href(f"/filed/{link}", photos=lost))
    give(answer, visit.door.settings, request, entered.token)
    return answer


def _party(caller: Caller, number: CaseNo, filing: Filing) -> Party | None:
    """The pseudonym of whose matter it is; None for what staff found themselves."""
    if not caller.is_staff:
        return Party(caller.account.id)
    return pseudonym(number, 1) if filing.said["name"] else None


async def _attached(door: Door, caller: Caller, number: CaseNo, filing: Filing) -> bool:
    """Whether the photographs are with the case; the matter counts without them."""
    if not filing.photos:
        return True
    form = FORMS[Attach.code].model_validate({"files": filing.photos})
    try:
        await carry(door, caller, number, Attach, form, f"{filing.key}.photos")
    except Problem as found:
        return found.code == KEY_REUSED  # the form came twice, and the first time brought them
    return True


def _to_send_again(filing: Filing, found: Problem) -> Filing:
    """The form under a fresh key where its own has filed something else already."""
    if found.code != KEY_REUSED:
        return filing
    return Filing(filing.sort, uuid.uuid4().hex, filing.said)


async def _page(
    visit: Visit,
    filing: Filing,
    wrong: Mapping[str, str] | None = None,
    refused: Problem | None = None,
    found: Problem | None = None,
) -> Response:
    """The form as it was filled in, with a sentence at every place that is wrong."""
    town = await visit.door.hall.town()
    said = _sentences(visit, wrong or {}, (*_errors(refused), *_errors(found)))
    if refused and "photos" not in said:
        said["photos"] = refused.shown(visit.language)["detail"]
    bad = bool(said) or found is not None
    status = found.status_code if found else (422 if bad else 200)
    names = _names(visit, town, filing)
    return render(
        visit, "entrance_form.html", status=status, headers=retry_of(found), address=f"/file/{filing.sort}",
        filing=filing, wrong=said, problem=_problem(visit, found, said), known=_is_known(visit), **names,
        by_staff=bool(visit.signed_in and visit.signed_in.is_staff),
    )  # fmt: skip


def _names(visit: Visit, town: Town, filing: Filing) -> dict[str, object]:
    voice = Voice(visit.language, town, visit.door.shelf)
    return {
        "places": _places(town, voice), "matters": _grouped(matters(town, filing.sort), voice),
        "sorts": tuple(Sort), "longest": LONGEST, "most_photos": MOST_PHOTOS, "numbers": NUMBERS,
        "dangers": dangers_in(filing.said["text"]),
    }  # fmt: skip


def _errors(found: Problem | None) -> Iterable[FieldError]:
    return found.errors if found else ()


def _sentences(visit: Visit, wrong: Mapping[str, str], errors: Iterable[FieldError]) -> dict[str, str]:
    said = {name: visit.speech.t(f"entrance.{code}") for name, code in wrong.items()}
    for each in errors:
        said.setdefault(field_of(each), each.shown(visit.language)["message"])
    return said


def _problem(visit: Visit, found: Problem | None, said: Mapping[str, str]) -> str | None:
    """The sentence over the form, where no place in it says what was wrong."""
    if found is None:
        return said.get("")
    if found.code == KEY_REUSED:
        return visit.speech.t("entrance.sent_before")
    return None if any(said) and found.code == invalid().code else str(found.shown(visit.language)["detail"])


def _places(town: Town, voice: Voice) -> list[tuple[str, list[str]]]:
    """Communities under their towns, by name."""
    found = sorted(each.unit for each in town.tree if each.kind is UnitKind.COMMUNITY)
    return [
        (voice.unit(above).name, [voice.unit(each).name for each in group])
        for above, group in groupby(found, key=lambda unit: unit.rpartition("/")[0])
    ]


def _grouped(leaves: Iterable[Matter], voice: Voice) -> list[tuple[str, list[Matter]]]:
    """Matters under the first level of the catalogue."""
    return [
        (voice.matter(top).text, list(group))
        for top, group in groupby(leaves, key=lambda each: each.code.partition(".")[0])
    ]
