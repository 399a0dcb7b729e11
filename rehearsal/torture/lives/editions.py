"""The editions of simulated lives: those that ship, and some that come out while lives are under way."""

from functools import cache
from importlib import resources
from pathlib import Path

from activities.shelf import load_shelf
from domain.calendar import Calendar, parse_calendar
from domain.rulebook import Rulebook, parse_rulebook
from domain.shelf import Shelf

SLOW, NEXT_YEAR, THIS_YEAR = "torture-slow", "torture-2027", "cn-2026"
LATER = (SLOW, NEXT_YEAR)
"""What is published during a life, if it is."""

_SLOW = """edition = "torture-slow"
extends = "default-3"
title_zh = "慢"
title_en = "Slow"
released = 2026-01-01
limits."mediation.level.village" = { n = 40, unit = "working_day", starts_at = "accepted", \
pausable_by = ["consent"], source = "《测试》", tag = "PROPOSED" }
limits."order.handle.service" = { n = 2, unit = "month", starts_at = "accepted", \
pausable_by = [], source = "《测试》", tag = "PROPOSED" }
"""
"""A village that may take longer than the month, and orders counted in months."""

_SPRING_2027 = """
[2027]
spring_festival = { rest = [[2027-02-05, 2027-02-11]], adjusted = [2027-02-10, 2027-02-11], work = [2027-02-13] }
"""
"""Invented: nobody has published 2027."""


class GrowingShelf(Shelf):
    """A shelf on which editions are put while cases run, as on the shelf of a worker that is started again."""

    def publish(self, edition: str) -> None:
        """Put one of those on it that come out later."""
        whole = whole_shelf()
        if edition == NEXT_YEAR:
            calendar = whole.calendar(edition)
            self._calendars[calendar.digest] = calendar
        else:
            rulebook = whole.rulebook(edition)
            self._rulebooks[rulebook.digest] = rulebook


@cache
def whole_shelf() -> Shelf:
    """Every edition there will ever be in a life."""
    shipped = load_shelf()
    slow = parse_rulebook(_SLOW, shipped.rulebook("default-3"))
    return Shelf((*shipped.rulebooks, slow), (*shipped.calendars, parse_calendar(_next_year())))


def growing() -> GrowingShelf:
    """What a life begins with."""
    shipped: tuple[Rulebook, ...] = tuple(each for each in whole_shelf().rulebooks if each.edition != SLOW)
    calendars: tuple[Calendar, ...] = (whole_shelf().calendar(THIS_YEAR),)
    return GrowingShelf(shipped, calendars)


def lay(folder: Path) -> None:
    """Write those that come out later into a folder from which a worker takes its editions."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{SLOW}.toml").write_text(_SLOW, encoding="utf-8")
    (folder / f"{NEXT_YEAR}.toml").write_text(_next_year(), encoding="utf-8")


def _next_year() -> str:
    text = (resources.files("domain") / "calendars" / f"{THIS_YEAR}.toml").read_text(encoding="utf-8")
    text = text.replace(THIS_YEAR, NEXT_YEAR).replace("published_through = 2026", "published_through = 2027")
    return text + _SPRING_2027
