"""Editions as plain data: from their TOML text, or from mappings of the same form, for this proof alone."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from audit.lawfulness.sums import Clock, Days, Due, Limit, reckon

Data = Mapping[str, Any]

_LEVEL_LIMIT = "mediation.level."
_ROLLING = ("natural_day", "month")
_LAST_YEAR = 2099


@dataclass(frozen=True, slots=True)
class Level:
    """A rung of the response to a dispute."""

    code: str
    limit_key: str
    actors: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """A rulebook edition, as far as a ledger can be held to it."""

    name: str
    limits: Mapping[str, Limit]
    figures: Mapping[str, float]
    levels: tuple[Level, ...]
    clock: Clock
    urge_after: Limit
    bulletin_after: Limit

    def due(self, key: str, start: datetime, days: Days) -> Due:
        """When a limit of the edition runs out that nothing stops or extends. Raises KeyError."""
        limit = self.limits[key]
        if not limit.in_days:
            return reckon(limit, start, days, self.clock)
        place = (f"{self.name} {key}", start.date().toordinal())
        found = days.memo.get(place)
        if found is None:
            found = days.memo[place] = reckon(limit, start, days, self.clock)
        return found


def rules_of(data: Data) -> Rules:
    """A resolved rulebook. Raises KeyError, TypeError or ValueError where the data have another form."""
    clock, warn = data["clock"], data["warn"]
    return Rules(
        name=str(data.get("digest") or data["edition"]),
        limits={key: _limit(key, each) for key, each in data["limits"].items()},
        figures={key: each["n"] for key, each in data["figures"].items()},
        levels=tuple(_level(each) for each in data["levels"]),
        clock=Clock(
            _time(clock["business_open"]), _time(clock["business_close"]), clock["day_end"] == "24:00",
            clock["hours_run"] == "office",
        ),
        urge_after=_limit("warn.urge_after", warn["urge_after"]),
        bulletin_after=_limit("warn.bulletin_after", warn["bulletin_after"]),
    )  # fmt: skip


def days_of(data: Data) -> Days:
    """A calendar from `published_from`, `published_through`, and `rest` and `work`: days unlike their week."""
    rest, work = ({_day(each).toordinal() for each in data[name]} for name in ("rest", "work"))
    return Days(data["published_from"], data["published_through"], frozenset(rest), frozenset(work))


def rulebook_data(text: str, base: Data | None = None) -> dict[str, Any]:
    """The data of a rulebook's TOML text, laid over the edition it extends."""
    own = tomllib.loads(text)
    if base is None:
        return {"levels": [], **own}
    laid = {**base, **own, "figures": {**base["figures"], **own.get("figures", {})}}
    rungs = {_LEVEL_LIMIT + level["code"] for level in laid["levels"]}
    limits = {**base["limits"], **own.get("limits", {})}
    kept = {key: limits[key] for key in limits if key in rungs or not key.startswith(_LEVEL_LIMIT)}
    return {**laid, "limits": kept}


def calendar_data(text: str) -> dict[str, Any]:
    """The data of a calendar's TOML text: what its notices say, then solar festivals of the years beyond."""
    own = tomllib.loads(text)
    through = own["published_through"]
    rest: set[date] = set()
    work: set[date] = set()
    for year in range(own["published_from"], through + 1):
        for entry in own[str(year)].values():
            rest.update(day for first, last in entry.get("rest", ()) for day in _stretch(first, last))
            work.update(entry.get("work", ()))
    for month_day in (each for days in own.get("beyond", {}).values() for each in days):
        rest.update(date.fromisoformat(f"{year}-{month_day}") for year in range(through + 1, _LAST_YEAR + 1))
    return {
        "published_from": own["published_from"],
        "published_through": through,
        "rest": sorted(day for day in rest if day.weekday() < 5),
        "work": sorted(day for day in work if day.weekday() > 4),
    }


def _stretch(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=place) for place in range((last - first).days + 1))


def _limit(key: str, data: Data) -> Limit:
    unit = str(data["unit"])
    rolls = data.get("roll", "next_workday" if unit in _ROLLING else "none") == "next_workday"
    return Limit(key, data["n"], unit, rolls, frozenset(map(str, data.get("pausable_by", ()))))


def _level(data: Data) -> Level:
    code = data["code"]
    key = data.get("limit_key", _LEVEL_LIMIT + code)
    return Level(code, key, frozenset(map(str, data["actors"])))


def _time(value: time | str) -> time:
    return time.fromisoformat(value) if isinstance(value, str) else value


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value
