"""Draws the result of a study as SVG text, without any library and without a script in it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from audit.study.whatif import Row


@dataclass(frozen=True, slots=True)
class Legend:
    """The words of a chart."""

    title: str
    before: str
    after: str
    axis: str
    nothing: str


_LEFT, _RIGHT, _TOP, _ROW, _WIDTH = 300, 150, 92, 26, 960
_BEFORE, _WORSE, _BETTER, _SAME = "#5b6770", "#b3261e", "#1b6e3c", "#5b6770"
_FONT = "font-family=\"'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif\""


def on_time_chart(rows: Sequence[Row], legend: Legend, most: int = 24) -> str:
    """On-time rates before and after as two dots on a line for each row, those with the largest change first.

    A hollow dot is the rate under the pinned edition, a full one that under the other; both rates are
    written out, so that nothing rests on colour alone.
    """
    shown = _largest(rows)[:most]
    height = _TOP + _ROW * max(len(shown), 1) + 30
    body = "\n".join((*_head(legend), *_grid(height), *_rows(shown, legend)))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" '
        f'viewBox="0 0 {_WIDTH} {height}" role="img" aria-label="{escape(legend.title)}" {_FONT}>\n'
        f'<rect width="100%" height="100%" fill="#ffffff"/>\n{body}\n</svg>\n'
    )


def _largest(rows: Sequence[Row]) -> list[Row]:
    rated = [row for row in rows if row.on_time_before is not None and row.on_time_after is not None]
    return sorted(rated, key=lambda row: (-abs(_change(row)), -row.owed, row.about))


def _change(row: Row) -> float:
    return (row.on_time_after or 0.0) - (row.on_time_before or 0.0)


def _head(legend: Legend) -> Iterator[str]:
    yield _text(24, 34, legend.title, 18, weight="bold")
    yield _dot(32, 60, _BEFORE, hollow=True) + _text(44, 64, legend.before, 12)
    yield _dot(332, 60, _BEFORE) + _text(344, 64, legend.after, 12)
    yield _text(_WIDTH - 24, 64, legend.axis, 12, anchor="end")


def _grid(height: int) -> Iterator[str]:
    for percent in range(0, 101, 20):
        x = _x(percent / 100)
        yield f'<line x1="{x}" y1="{_TOP - 8}" x2="{x}" y2="{height - 26}" stroke="#e1e5e8"/>'
        yield _text(x, height - 10, f"{percent} %", 11, anchor="middle", fill="#5b6770")


def _rows(rows: Sequence[Row], legend: Legend) -> Iterator[str]:
    if not rows:
        yield _text(_LEFT, _TOP + 14, legend.nothing, 13)
    for place, row in enumerate(rows):
        yield from _row(row, _TOP + _ROW * place + 8)


def _row(row: Row, y: int) -> Iterator[str]:
    before, after = row.on_time_before or 0.0, row.on_time_after or 0.0
    colour = _SAME if after == before else _BETTER if after > before else _WORSE
    yield _text(_LEFT - 12, y + 4, _short(row.about), 12, anchor="end")
    yield (f'<line x1="{_x(before)}" y1="{y}" x2="{_x(after)}" y2="{y}" stroke="{colour}" stroke-width="3"/>')
    yield _dot(_x(before), y, _BEFORE, hollow=True) + _dot(_x(after), y, colour)
    yield _text(_WIDTH - 24, y + 4, f"{before:.1%} → {after:.1%}", 12, anchor="end")


def _x(rate: float) -> float:
    return round(_LEFT + (_WIDTH - _LEFT - _RIGHT) * rate, 1)


def _dot(x: float, y: int, colour: str, *, hollow: bool = False) -> str:
    fill = "#ffffff" if hollow else colour
    return f'<circle cx="{x}" cy="{y}" r="5" fill="{fill}" stroke="{colour}" stroke-width="2"/>'


def _text(
    x: float, y: int, words: str, size: int, *, anchor: str = "start", weight: str = "normal",
    fill: str = "#1c2226",
) -> str:  # fmt: skip
    return (
        f'<text x="{x}" y="{y}" font-size="{size}" font-weight="{weight}" text-anchor="{anchor}" '
        f'fill="{fill}">{escape(words)}</text>'
    )


_LONGEST = 28


def _short(about: str) -> str:
    """The end of a path says more than its beginning."""
    return about if len(about) <= _LONGEST else "…" + about[-_LONGEST + 1 :]
