"""Colours in the worklist's filter are the law's own, and an open page hears that something happened."""

import asyncio
import re
from datetime import timedelta

import pytest
from doorway import Deployment, Person
from page_stories import MANHOLE, Browser

from api.web.frame import live
from domain.vocabulary import Colour

_SHIFT = """
    UPDATE duty_register SET counted_from = now() - $2::interval, internal_due = now() + $3::interval,
        legal_due = now() + $4::interval WHERE case_no = $1 AND status = 'open'"""

CASES = {
    "calm": (timedelta(days=1), timedelta(days=9), timedelta(days=9)),
    "blue": (timedelta(days=6), timedelta(days=4), timedelta(days=4)),
    "yellow": (timedelta(days=9), timedelta(days=1), timedelta(days=1)),
    "short": (timedelta(hours=9), timedelta(hours=1), timedelta(hours=1)),
    "between": (timedelta(days=9), timedelta(days=-1), timedelta(days=1)),
    "red": (timedelta(days=9), timedelta(days=-2), timedelta(days=-1)),
}
EXPECTED = {
    None: set(CASES), Colour.RED: {"red"}, Colour.YELLOW: {"yellow", "between"}, Colour.BLUE: {"blue", "short"},
}  # fmt: skip


async def test_the_filter_and_the_chip_agree_on_every_colour(
    resident: Person, community: Browser, deployment: Deployment
) -> None:
    numbers = {name: await resident.opened("/v1/orders", MANHOLE) for name in CASES}
    for name, shift in CASES.items():
        await deployment.owner.execute(_SHIFT, numbers[name], *shift)
    for colour, wanted in EXPECTED.items():
        page = await community.page("/work", **({"colour": colour.value} if colour else {}))
        found = {name for name, number in numbers.items() if f"/cases/{number}" in page.links}
        assert found == wanted, colour
        if colour:
            assert set(re.findall(r'<tr role="row" class="(\w+)"', page.html)) == {colour.value}


async def test_an_open_page_hears_of_an_act(
    resident: Person, community: Browser, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "EVERY", 0.01)
    monkeypatch.setattr(live, "LOOKS", 3)
    number = await resident.opened("/v1/orders", MANHOLE)
    before = await community.http.get(f"/events?case={number}")
    await resident.done(number, "supplement", text="又响了。")
    after = await community.http.get(f"/events?case={number}")
    assert before.headers["content-type"].startswith("text/event-stream")
    heard = [re.findall(r"event: seq\ndata: (\d+)", each.text) for each in (before, after)]
    assert [len(each) for each in heard] == [1, 1]
    assert int(heard[1][0]) > int(heard[0][0])


async def test_a_stream_ends_when_the_door_closes(
    community: Browser, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment.app.state, "is_stopping", lambda: True, raising=False)
    async with asyncio.timeout(5):
        answer = await community.http.get("/events")
    assert "event:" not in answer.text


async def test_watching_a_page_is_no_sign_of_life(community: Browser, deployment: Deployment) -> None:
    monkeypatch = pytest.MonkeyPatch()
    monkeypatch.setattr(live, "LOOKS", 1)
    monkeypatch.setattr(live, "EVERY", 0.0)
    await deployment.owner.execute("UPDATE session SET seen_at = now() - interval '10 minutes'")
    seen = await deployment.owner.fetchval("SELECT max(seen_at) FROM session")
    await community.http.get("/events")
    assert await deployment.owner.fetchval("SELECT max(seen_at) FROM session") == seen
    await community.page("/work")
    assert await deployment.owner.fetchval("SELECT max(seen_at) FROM session") > seen
    monkeypatch.undo()
