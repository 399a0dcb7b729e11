"""Geometry of small charts that a template draws as SVG; every chart stands beside a table that says the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log10

WIDTH, HEIGHT = 360, 170
_LEFT, _RIGHT, _TOP, _BOTTOM = 34, 8, 10, 22
_FULL = 1.0


@dataclass(frozen=True, slots=True)
class Tick:
    """A line across with what it stands for, or a word below a step."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One step: the whole, and the part of it that stands out."""

    x: float
    y: float
    width: float
    height: float
    part_y: float
    part_height: float
    said: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A line without a gap: where there is no rate, nothing is drawn."""

    points: str
    ends: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One rate over the steps; `style` tells it from the others without colour."""

    name: str
    style: str
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """All that is drawn in one frame."""

    across: tuple[Tick, ...]
    below: tuple[Tick, ...]
    bars: tuple[Bar, ...] = ()
    series: tuple[Series, ...] = ()
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    base: int = HEIGHT - _BOTTOM


def bars(steps: Sequence[str], wholes: Sequence[int], parts: Sequence[int], said: Sequence[str]) -> Chart:
    """Counts by step, with a part of each that stands out."""
    most = _round_up(max(wholes, default=0))
    wide = _step(steps)
    drawn = tuple(
        Bar(round(_LEFT + n * wide + wide * 0.15, 1), _y(whole / most), round(wide * 0.7, 1), _tall(whole / most),
            _y(part / most), _tall(part / most), text)
        for n, (whole, part, text) in enumerate(zip(wholes, parts, said, strict=True))
    )  # fmt: skip
    across = tuple(Tick(_y(n / 2), f"{most * n // 2:,}") for n in range(3))
    return Chart(across, _below(steps), bars=drawn)


def lines(steps: Sequence[str], rates: Sequence[tuple[str, str, Sequence[float | None]]]) -> Chart:
    """Shares from nothing to all by step: name, style and values of each line."""
    across = tuple(Tick(_y(n / 2), f"{n * 50}%") for n in range(3))
    drawn = tuple(Series(name, style, _stretches(steps, values)) for name, style, values in rates)
    return Chart(across, _below(steps), series=drawn)


def _stretches(steps: Sequence[str], values: Sequence[float | None]) -> tuple[Stretch, ...]:
    wide, found, run = _step(steps), [], []
    for n, value in enumerate([*values, None]):
        if value is not None:
            run.append((round(_LEFT + (n + 0.5) * wide, 1), _y(min(value, _FULL))))
        elif run:
            found.append(Stretch(" ".join(f"{x},{y}" for x, y in run), tuple(run)))
            run = []
    return tuple(found)


def _below(steps: Sequence[str]) -> tuple[Tick, ...]:
    """Every third step has its word, so that they stand apart on a telephone too."""
    wide = _step(steps)
    return tuple(
        Tick(round(_LEFT + (n + 0.5) * wide, 1), text)
        for n, text in enumerate(steps)
        if (len(steps) - 1 - n) % 3 == 0
    )


def _step(steps: Sequence[str]) -> float:
    return (WIDTH - _LEFT - _RIGHT) / max(len(steps), 1)


def _y(share: float) -> float:
    return round(HEIGHT - _BOTTOM - share * (HEIGHT - _TOP - _BOTTOM), 1)


def _tall(share: float) -> float:
    return round(share * (HEIGHT - _TOP - _BOTTOM), 1)


def _round_up(most: int) -> int:
    """An even figure of one or two digits and noughts, so that half of it is whole."""
    if most <= 4:
        return 4
    size = int(10 ** int(log10(most)))
    return next(n * size for n in (1, 2, 3, 4, 5, 6, 8, 10) if n * size >= most and (n * size) % 2 == 0)
