"""Supervision: the city, or a town, on one page, and behind every number exactly the cases it counts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response

from activities.access import Access, looked
from api.answers import CaseLine, Rate
from api.problems import not_found
from api.reading.listing import Paging
from api.reading.overview import (
    NOBODY,
    PRESENT,
    Behind,
    Figures,
    Grain,
    Overview,
    View,
    Which,
    behind,
    overview,
    view_of,
)
from api.reading.tables import MEDIA_TYPES, Cell, Format, Table, written
from api.routes.cases import legible
from api.web.cases.listing import chosen
from api.web.frame.arrivals import Visiting
from api.web.frame.charts import Chart, bars, lines
from api.web.frame.rendering import render
from api.web.frame.speech import Speech
from api.web.frame.visits import Visitor
from domain.calendar import CST
from domain.vocabulary import CaseKind

router = APIRouter(include_in_schema=False, prefix="/city")

PAGE = 30
"""Cases of one page."""
MOST_SAVED = 20_000
"""Cases in one file."""
SHOWN = 8
"""Lines of a table on the page of the city; the others are a click away."""
DIMENSIONS = ("unit", "matter", "community")

GrainChosen = Annotated[str, Query(max_length=10)]
KindChosen = Annotated[str, Query(max_length=20)]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table: whose figures, and what of an address finds its cases."""

    name: str
    query: dict[str, str]
    figures: Figures


@router.get("")
async def city(visitor: Visiting, grain: GrainChosen = "", kind: KindChosen = "") -> HTMLResponse:
    """Everything that is to be watched over, in one sight."""
    view = _view(visitor, grain, kind)
    found = await _overview(visitor, view)
    tables = {each: _lines(visitor, found, each) for each in DIMENSIONS}
    return render(
        visitor, "city.html", view=view, found=found, present=PRESENT, which=Which,
        tables=tables, shown=SHOWN, trend=_trend(visitor.speech, view, found), here_kind=view.kind,
        counts=_counts(visitor.speech, view, found), rates=_rates(visitor.speech, view, found),
        kinds=[(each.value, visitor.voice.of(each).text) for each in CaseKind],
        grains=[(each.value, visitor.speech.t(f"city.grain_{each}")) for each in Grain],
    )  # fmt: skip


@router.get("/cases")
async def cases_behind(
    visitor: Visiting,
    which: Annotated[str, Query(max_length=20)],
    grain: GrainChosen = "",
    kind: KindChosen = "",
    bucket: date | None = None,
    unit: Annotated[str, Query(max_length=200)] = "",
    matter: Annotated[str, Query(max_length=60)] = "",
    community: Annotated[str, Query(max_length=200)] = "",
    after: Annotated[str | None, Query(max_length=300)] = None,
    save: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The cases behind a number: as many as it says."""
    view, wanted = _view(visitor, grain, kind), _behind(which, bucket, unit, matter, community)
    paging = Paging(MOST_SAVED if save else PAGE, after)
    async with visitor.door.database.connection() as connection:
        total, found = await behind(connection, visitor.caller, visitor.voice, view, wanted, paging)
    if save:
        return await _saved(visitor, _case_table(visitor, wanted, found.items), save)
    return render(
        visitor, "city_cases.html", view=view, wanted=wanted, total=total, found=found, of=_of(visitor, wanted),
        is_first=after is None, formats=tuple(Format), back=_back(view),
    )  # fmt: skip


@router.get("/by/{dimension}")
async def by(
    visitor: Visiting, dimension: str, grain: GrainChosen = "", kind: KindChosen = "",
    save: Annotated[str, Query(max_length=10)] = "",
) -> Response:  # fmt: skip
    """A table in full, or as a file: by unit, matter or community, or the trend."""
    if dimension not in (*DIMENSIONS, "trend"):
        raise not_found()
    view = _view(visitor, grain, kind)
    found = await _overview(visitor, view)
    is_trend = dimension == "trend"
    some = _trend(visitor.speech, view, found) if is_trend else _lines(visitor, found, dimension)
    if save:
        return await _saved(visitor, _figure_table(visitor, dimension, some), save)
    return render(
        visitor, "city_table.html", view=view, dimension=dimension, lines=some, which=Which, back=_back(view)
    )


def _view(visitor: Visitor, grain: str, kind: str) -> View:
    return view_of(
        visitor.caller,
        visitor.door.settings.drill,
        chosen(grain, Grain) or Grain.WEEK,
        chosen(kind, CaseKind),
    )


def _back(view: View) -> dict[str, str | None]:
    return {"grain": view.grain.value, "kind": view.kind.value if view.kind else None}


async def _overview(visitor: Visitor, view: View) -> Overview:
    async with visitor.door.database.connection() as connection:
        return await overview(connection, visitor.voice, view)


def _behind(which: str, bucket: date | None, unit: str, matter: str, community: str) -> Behind:
    known = chosen(which, Which)
    if known is None:
        raise not_found()
    return Behind(
        known, bucket, legible(unit, "unit") or None, legible(matter, "matter") or None,
        legible(community, "community") or None,
    )  # fmt: skip


def _of(visitor: Visitor, wanted: Behind) -> list[str]:
    """Of which unit, matter, community, since when: what the number was limited to."""
    voice, said = visitor.voice, []
    if wanted.unit:
        said.append(_name(visitor, "unit", "" if wanted.unit == NOBODY else wanted.unit))
    if wanted.matter:
        said.append(voice.matter(wanted.matter).text)
    if wanted.community:
        said.append(voice.unit(wanted.community).name)
    if wanted.bucket:
        said.append(visitor.speech.t("city.from_day", day=visitor.speech.day(wanted.bucket)))
    return said


def _name(visitor: Visitor, dimension: str, code: str) -> str:
    if dimension == "matter":
        return visitor.voice.matter(code).text
    return visitor.voice.unit(code).name if code else visitor.speech.t("city.with_nobody")


def _lines(visitor: Visitor, found: Overview, dimension: str) -> list[Line]:
    some = {"unit": found.by_unit, "matter": found.by_matter, "community": found.by_community}[dimension]
    return [
        Line(_name(visitor, dimension, code), {dimension: code or NOBODY}, figures) for code, figures in some
    ]


def _trend(speech: Speech, view: View, found: Overview) -> list[Line]:
    """The latest first."""
    name = speech.month if view.grain is Grain.MONTH else speech.day
    return [Line(name(b), {"bucket": b.isoformat()}, figures) for b, figures in reversed(found.trend)]


def _steps(speech: Speech, view: View) -> list[str]:
    if view.grain is Grain.MONTH:
        return [f"{each:%Y-%m}" for each in view.buckets]
    return [f"{each.month}/{each.day}" for each in view.buckets]


def _counts(speech: Speech, view: View, found: Overview) -> Chart:
    steps, figures = _steps(speech, view), [each for _, each in found.trend]
    said = [
        speech.t("city.bar", step=step, cases=each.cases, breached=each.breached)
        for step, each in zip(steps, figures, strict=True)
    ]
    return bars(steps, [each.cases for each in figures], [each.breached for each in figures], said)


def _rates(speech: Speech, view: View, found: Overview) -> Chart:
    figures = [each for _, each in found.trend]
    return lines(
        _steps(speech, view),
        [
            (speech.t("city.response"), "plain", [each.response.rate for each in figures]),
            (speech.t("city.resolution"), "dashed", [each.resolution.rate for each in figures]),
            (speech.t("city.satisfaction"), "dotted", [each.satisfaction.rate for each in figures]),
        ],
    )


async def _saved(visitor: Visitor, table: Table, save: str) -> Response:
    """The table as a file; that somebody took it is on the access log first."""
    kind = chosen(save, Format)
    if kind is None:
        raise not_found()
    async with visitor.door.database.connection() as connection:
        await looked(
            connection, visitor.caller.account.id, Access.TABLE_EXPORTED, table=table.name, rows=len(table.rows),
            format=kind.value,
        )  # fmt: skip
    name = f'attachment; filename="{table.name}.{kind}"'
    return Response(
        written(table, kind), media_type=MEDIA_TYPES[kind],
        headers={"content-disposition": name, "cache-control": "no-store"},
    )  # fmt: skip


def _figure_table(visitor: Visitor, dimension: str, some: Sequence[Line]) -> Table:
    t = visitor.speech.t
    rates = [
        head
        for name in ("response", "resolution", "satisfaction")
        for head in (t(f"city.{name}"), t("city.numerator"), t("city.denominator"), t("city.coverage"))
    ]
    heads = (t(f"city.by_{dimension}"), t("city.opened"), t("city.unfinished"), t("city.breached"), *rates)
    return Table(f"herun-{dimension}", t(f"city.by_{dimension}"), heads, [_figure_row(each) for each in some])


def _figure_row(line: Line) -> list[Cell]:
    own = line.figures
    rates = (own.response, own.resolution, own.satisfaction)
    return [
        line.name,
        own.cases,
        own.unfinished,
        own.breached,
        *(cell for rate in rates for cell in _cells(rate)),
    ]


def _cells(rate: Rate) -> tuple[Cell, ...]:
    return rate.rate, rate.numerator, rate.denominator, rate.coverage


def _case_table(visitor: Visitor, wanted: Behind, items: Sequence[CaseLine]) -> Table:
    """Without titles: a file that leaves the building carries nobody's words."""
    t = visitor.speech.t
    heads = tuple(
        t(f"page.{each}")
        for each in ("case", "kind", "matter", "stage", "community", "unit", "opened", "closed", "due")
    )
    rows = [
        (
            each.number, each.kind.text, each.matter.text, each.stage.text, each.community.name,
            each.unit.name if each.unit else None, each.opened_at.astimezone(CST), each.closed_at, each.next_due,
        )
        for each in items
    ]  # fmt: skip
    return Table(f"herun-{wanted.which.value.replace('_', '-')}", t(f"city.{wanted.which}"), heads, rows)
