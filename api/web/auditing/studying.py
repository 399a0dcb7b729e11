"""What if another edition had been in force: a bounded study as a table that is also a chart, and as a file."""

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response

from api.answers import Coded
from api.auditing.answers import StudyRow, WhatIfView
from api.auditing.views import whatif
from api.problems import not_found
from api.reading.tables import MEDIA_TYPES, Cell, Format, Table, written
from api.web.auditing.auditor import Auditor, Typed
from api.web.auditing.sieve import Sieve, Sieved, choices
from api.web.frame.rendering import render
from api.web.frame.visits import Visitor

router = APIRouter()

MOST = 500
"""Cases of one study; `herun audit whatif` has no bound."""
_MOVES = ("now_breached", "now_met", "appeared", "vanished", "otherwise")
_NUMBERS = ("owed", "owed_after", "on_time_before", "on_time_after", *_MOVES)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Acts that the other edition does not take."""

    act: Coded
    why: str
    count: int


@router.get("/audit/whatif")
async def whatif_page(visitor: Auditor, sieve: Sieved, rulebook: Typed = "") -> HTMLResponse:
    """Closed cases, acts at their recorded instants, under the edition chosen."""
    study = await _studied(visitor, sieve, rulebook)
    return render(
        visitor, "audit/whatif.html", status=422 if sieve.wrong else 200, sieve=sieve, study=study, most=MOST,
        rulebook=rulebook, editions=_editions(visitor), refusals=tuple(_refusals(study, visitor)), moves=_MOVES,
        command=_command(sieve, rulebook), **choices(visitor),
    )  # fmt: skip


@router.get("/audit/whatif.csv")
async def whatif_file(visitor: Auditor, sieve: Sieved, rulebook: Typed = "") -> Response:
    """The same rows as CSV, with every count."""
    study = await _studied(visitor, sieve, rulebook)
    if study is None:
        raise not_found()
    table = _table(study, visitor)
    named = {"content-disposition": f'attachment; filename="whatif-{study.rulebook}.csv"'}
    return Response(written(table, Format.CSV), media_type=MEDIA_TYPES[Format.CSV], headers=named)


async def _studied(visitor: Visitor, sieve: Sieve, rulebook: str) -> WhatIfView | None:
    known = {each.edition for each in visitor.door.shelf.rulebooks}
    if sieve.wrong or rulebook not in known:
        return None
    wanted = sieve.wanted(drill=visitor.door.settings.drill)
    return await whatif(visitor.door, visitor.caller, rulebook, wanted, MOST)


def _editions(visitor: Visitor) -> tuple[Coded, ...]:
    pick = visitor.voice.pick
    return tuple(
        Coded(code=each.edition, text=f"{pick(each.title_zh, each.title_en)} · {each.edition}")
        for each in visitor.door.shelf.rulebooks
    )


def _refusals(study: WhatIfView | None, visitor: Visitor) -> Iterator[Refusal]:
    if study is None:
        return
    for said, count in sorted(study.refused.items(), key=lambda each: -each[1]):
        act, _, code = said.partition(": ")
        why = visitor.voice.say("refusal", code)
        why = visitor.voice.say("guard_code", code) if why == code else why
        yield Refusal(visitor.voice.coded("act", act), why, count)


def _table(study: WhatIfView, visitor: Visitor) -> Table:
    groups = {"duty": study.by_duty, "unit": study.by_unit, "matter": study.by_matter}
    rows = [_line(group, row) for group, several in groups.items() for row in several]
    heads = ("group", "code", "name", *_NUMBERS)
    return Table("whatif", visitor.speech.t("auditing.whatif"), heads, rows)


def _line(group: str, row: StudyRow) -> tuple[Cell, ...]:
    return (group, row.code, row.text, *(getattr(row, name) for name in _NUMBERS))


def _command(sieve: Sieve, rulebook: str) -> str:
    options = {
        "--rulebook": rulebook or "gaotai-4x7",
        "--since": sieve.since.date().isoformat() if sieve.since else "",
        "--until": sieve.until.date().isoformat() if sieve.until else "",
        "--matter": sieve.matter or "", "--kind": sieve.kind.value if sieve.kind else "",
    }  # fmt: skip
    return "herun audit whatif " + " ".join(f"{name} {value}" for name, value in options.items() if value)
