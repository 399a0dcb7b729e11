"""The pages people work in, signed in as them, over a register of any size."""

import time
from collections.abc import Mapping, Sequence
from datetime import timedelta

import httpx

from activities import sessions
from activities.sessions import Beginning, Lifetime, Step, Way
from activities.settings import Role
from rehearsal.benches.figures import Figures, spread
from rehearsal.benches.ground import Ground, at_the_door

PAGES: Mapping[str, tuple[str, str]] = {
    "work": ("xingye.worker", "/work"),
    "work_yellow": ("xinfang.officer", "/work?scope=watched&colour=yellow"),
    "work_petitions": ("xinfang.officer", "/work?scope=watched&kind=petition"),
    "cases": ("xinfang.officer", "/cases"),
    "case": ("zhujian.handler", "/cases/{number}"),
    "dispatch": ("xingye.worker", "/dispatch"),
    "desk": ("zhujian.handler", "/desk"),
    "city": ("xinfang.officer", "/city"),
    "city_cases": ("xinfang.officer", "/city/cases?which=breached"),
    "audit": ("shenji.auditor", "/audit"),
}
"""What is looked at, and by whom."""

_LIFETIME = Lifetime(timedelta(hours=10), timedelta(hours=10))
_HTML = {"accept": "text/html"}


async def pages(ground: Ground, size: int, numbers: Sequence[str]) -> Figures:
    """Milliseconds until each page has come whole, each asked for once for every number."""
    figures: Figures = {}
    tokens = await _signed_in(ground)
    async with at_the_door(ground) as http:
        for name, (who, path) in PAGES.items():
            taken = [await _get(http, tokens[who], path.format(number=number)) for number in numbers]
            figures.update(spread(f"{size}_page_{name}", taken[1:] or taken))
    return figures


async def _signed_in(ground: Ground) -> Mapping[str, str]:
    """A session of each person, by account."""
    async with ground.connection(Role.DOOR) as door:
        return {
            who: await sessions.begin(door, Beginning(who, Way.PASSWORD, Step.OPEN, _LIFETIME))
            for who in {who for who, _ in PAGES.values()}
        }


async def _get(http: httpx.AsyncClient, token: str, path: str) -> float:
    """A case that this person may not see costs what any other does, and counts. Raises httpx.HTTPStatusError."""
    began = time.perf_counter()
    answer = await http.get(path, headers={**_HTML, "cookie": f"herun_session={token}"})
    if answer.status_code != httpx.codes.NOT_FOUND:
        answer.raise_for_status()
    return (time.perf_counter() - began) * 1000
