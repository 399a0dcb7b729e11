"""Rulebook editions: limits, levels, warnings and figures as immutable data, parsed from their text."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date

from domain.edition import EditionError, Table, digest_of, read
from domain.terms import DAY_UNITS, ClockRules, DayEnd, HoursRun, Limit, Roll, Tag, TimeUnit
from domain.vocabulary import Grade, Role, UnitKind

_LEVEL_LIMIT = "mediation.level."
_MOST = 3660
"""No limit is longer than this many of its units; a longer one is a slip of the pen."""
_GRADES = (
    Grade.VERY_SATISFIED,
    Grade.SATISFIED,
    Grade.FAIRLY_SATISFIED,
    Grade.DISSATISFIED,
    Grade.VERY_DISSATISFIED,
)


@dataclass(frozen=True, slots=True)
class Level:
    """One rung of the response to a dispute.

    `committee_unit_kind` is the kind of organisation that mediates there: the one nearest to the place of the
    dispute. `limit_key` names the rung's limit in `Rulebook.limits`; `actors` are the roles that may mediate.
    """

    code: str
    title_zh: str
    title_en: str
    committee_unit_kind: UnitKind
    limit_key: str
    actors: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class Warn:
    """When people are told, as fractions of the time to the internal due date.

    A limit shorter than `short_limit_hours` has no yellow. After a breach the unit's head is urged once
    `urge_after` has passed (催办), and the breach is made public once `bulletin_after` has (通报).
    """

    blue: float
    yellow: float
    short_limit_hours: int
    urge_after: Limit
    bulletin_after: Limit


@dataclass(frozen=True, slots=True)
class Figure:
    """A number of the rules that is no limit of time: how often, how many, by which day."""

    n: int | float
    source: str
    tag: Tag
    note: str = ""


@dataclass(frozen=True, slots=True)
class Rulebook:
    """One edition with everything it inherits. Equal content has an equal `digest` (SHA-256, hex)."""

    edition: str
    digest: str
    title_zh: str
    title_en: str
    released: date
    extends: str | None
    limits: Mapping[str, Limit]
    levels: tuple[Level, ...]
    warn: Warn
    satisfaction: Mapping[Grade, float]
    figures: Mapping[str, Figure]
    clock: ClockRules

    def __hash__(self) -> int:
        return hash(self.digest)

    def level(self, code: str) -> Level:
        """The rung of a code; KeyError if this edition has none."""
        for level in self.levels:
            if level.code == code:
                return level
        raise KeyError(code)

    def next_level(self, code: str) -> Level | None:
        """The rung above, or None at the top."""
        above = self.levels.index(self.level(code)) + 1
        return self.levels[above] if above < len(self.levels) else None


def base_of(text: str) -> str | None:
    """The edition a rulebook's text extends, to be parsed before it. Raises EditionError."""
    top = read(text)
    return top.text("extends") if "extends" in top else None


def parse_rulebook(text: str, base: Rulebook | None) -> Rulebook:
    """A rulebook from the text of its edition, resolved on the edition it extends.

    What an edition says of one limit or one figure replaces it as a whole, so that no number keeps another's
    source; `levels`, `warn`, `satisfaction` and `clock` are replaced as a whole too. An edition that extends
    another may not invent limits, except those of its own levels.
    Raises EditionError with path, line and what is allowed.
    """
    top = read(text)
    base = _base(top, base)
    levels = _levels(top) or (base.levels if base else ())
    rulebook = Rulebook(
        edition=top.text("edition"),
        digest="",
        title_zh=top.text("title_zh"),
        title_en=top.text("title_en"),
        released=top.day("released"),
        extends=base.edition if base else None,
        limits=_limits(top, base, levels),
        levels=levels,
        warn=base.warn if base and "warn" not in top else _warn(top.table("warn")),
        satisfaction=base.satisfaction if base and "satisfaction" not in top else _satisfaction(top),
        figures=_figures(top, base),
        clock=base.clock if base and "clock" not in top else _clock(top.table("clock")),
    )
    top.close()
    return replace(rulebook, digest=digest_of(asdict(rulebook)))


def _base(top: Table, base: Rulebook | None) -> Rulebook | None:
    extended = top.text("extends") if "extends" in top else None
    if extended is None:
        return None
    if base is None or base.edition != extended:
        known = base.edition if base else "none"
        raise top.error("extends", f"the edition {extended} is not at hand; known: {known}")
    return base


def _limits(top: Table, base: Rulebook | None, levels: tuple[Level, ...]) -> dict[str, Limit]:
    table = top.table("limits")
    known = {key for key in (base.limits if base else table) if not key.startswith(_LEVEL_LIMIT)}
    known |= {level.limit_key for level in levels}
    limits = dict(base.limits) if base else {}
    for key in table:
        if key not in known:
            raise table.error(key, "unknown; allowed: the limits of the edition extended, and of its levels")
        limits[key] = _limit(table.table(key), key)
    _require_level_limits(top, levels, limits)
    return {key: limits[key] for key in sorted(limits) if key in known}


def _require_level_limits(top: Table, levels: tuple[Level, ...], limits: Mapping[str, Limit]) -> None:
    for level in levels:
        if level.limit_key not in limits:
            raise top.error("levels", f'the level {level.code} needs limits."{level.limit_key}"')


def _limit(table: Table, key: str) -> Limit:
    unit = table.choice("unit", TimeUnit)
    limit = Limit(
        key=key,
        n=_amount(table, unit),
        unit=unit,
        starts_at=table.text("starts_at"),
        roll=_roll(table, unit),
        pausable_by=table.texts("pausable_by", ()),
        source=table.text("source"),
        tag=table.choice("tag", Tag),
        soft=table.flag("soft", False),
        note=table.text("note", ""),
    )
    table.close()
    return limit


def _amount(table: Table, unit: TimeUnit) -> int | float:
    n = table.number("n")
    if not 0 < n <= _MOST:
        raise table.error("n", f"must be more than 0 and at most {_MOST}")
    if unit in DAY_UNITS and not isinstance(n, int):
        raise table.error("n", f"must be a whole number of {unit}; minutes and hours may have a fraction")
    return n


def _roll(table: Table, unit: TimeUnit) -> Roll:
    """Natural days and months roll unless the edition says otherwise; other units have nothing to roll."""
    usual = Roll.NEXT_WORKDAY if unit in (TimeUnit.NATURAL_DAY, TimeUnit.MONTH) else Roll.NONE
    roll = table.choice("roll", Roll, usual)
    if roll is not usual and usual is Roll.NONE:
        raise table.error("roll", f"must be {usual} for {unit}; only natural_day and month roll")
    return roll


def _levels(top: Table) -> tuple[Level, ...]:
    levels: dict[str, Level] = {}
    for table in top.tables("levels"):
        level = _level(table)
        if level.code in levels:
            raise table.error("code", f"{level.code} is given twice")
        levels[level.code] = level
    return tuple(levels.values())


def _level(table: Table) -> Level:
    code = table.text("code")
    level = Level(
        code=code,
        title_zh=table.text("title_zh"),
        title_en=table.text("title_en"),
        committee_unit_kind=table.choice("committee_unit_kind", UnitKind),
        limit_key=_LEVEL_LIMIT + code,
        actors=table.choices("actors", Role),
    )
    table.close()
    return level


def _warn(table: Table) -> Warn:
    warn = Warn(
        blue=_fraction(table, "blue"),
        yellow=_fraction(table, "yellow"),
        short_limit_hours=table.integer("short_limit_hours"),
        urge_after=_limit(table.table("urge_after"), "warn.urge_after"),
        bulletin_after=_limit(table.table("bulletin_after"), "warn.bulletin_after"),
    )
    if warn.blue >= warn.yellow:
        raise table.error("blue", "must be less than yellow")
    table.close()
    return warn


def _fraction(table: Table, key: str) -> float:
    fraction = table.number(key)
    if not 0 <= fraction <= 1:
        raise table.error(key, "must be from 0 to 1")
    return fraction


def _satisfaction(top: Table) -> dict[Grade, float]:
    table = top.table("satisfaction")
    weights = {grade: _fraction(table, grade.value) for grade in _GRADES}
    table.close()
    return weights


def _figures(top: Table, base: Rulebook | None) -> dict[str, Figure]:
    table = top.table("figures")
    figures = dict(base.figures) if base else {}
    for key in table:
        if base and key not in figures:
            raise table.error(key, f"unknown; allowed: {', '.join(figures)}")
        figures[key] = _figure(table.table(key))
    return dict(sorted(figures.items()))


def _figure(table: Table) -> Figure:
    figure = Figure(
        n=table.number("n"),
        source=table.text("source"),
        tag=table.choice("tag", Tag),
        note=table.text("note", ""),
    )
    if figure.n < 0:
        raise table.error("n", "must not be negative")
    table.close()
    return figure


def _clock(table: Table) -> ClockRules:
    clock = ClockRules(
        business_open=table.time("business_open"),
        business_close=table.time("business_close"),
        day_end=table.choice("day_end", DayEnd),
        hours_run=table.choice("hours_run", HoursRun),
    )
    if clock.business_open >= clock.business_close:
        raise table.error("business_close", f"must be after business_open ({clock.business_open})")
    table.close()
    return clock


__all__ = [
    "EditionError",
    "Figure",
    "Level",
    "Rulebook",
    "Warn",
    "base_of",
    "parse_rulebook",
]
