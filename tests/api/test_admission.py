"""An engine that has enough to do is not given more: whoever comes then is told so at once, and loses nothing."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from doorway import Deployment, Person
from fastapi import FastAPI

from activities.settings import Settings
from api.app import create_app
from api.gate.admission import Admission
from api.problems import Problem

ORDER = {"title": "楼道灯不亮", "text": "三号楼二层。", "place": "星叶社区", "matter": "03.01.02"}
NARROW = {"acts_at_once": 1, "acts_waiting": 0, "acts_patience": 0.05}


@dataclass
class Narrow:
    """A door that lets one act in at a time, and nobody wait."""

    app: FastAPI
    person: Person

    @property
    def admission(self) -> Admission:
        found: Admission = self.app.state.door.admission
        return found


@pytest.fixture(scope="module")
async def narrow(deployment: Deployment) -> AsyncIterator[Narrow]:
    app = create_app(deployment.settings.model_copy(update=NARROW))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as http:
        resident = await deployment.person("resident-01")
        yield Narrow(app, Person(http, resident.token, resident.account))
    await app.state.door.database.close()


async def test_beyond_what_it_can_do_the_door_answers_503_and_when_to_come_again(narrow: Narrow) -> None:
    async with narrow.admission.turn():
        refused = await narrow.person.post("/v1/orders", ORDER, key="once")
    assert (refused.status_code, refused.json()["code"]) == (503, "busy")
    assert int(refused.headers["retry-after"]) >= 1
    assert narrow.admission.turned_away >= 1
    again = await narrow.person.post("/v1/orders", ORDER, key="once")
    assert again.status_code == 201


async def test_a_refused_act_left_nothing_behind(deployment: Deployment, narrow: Narrow) -> None:
    before = await deployment.owner.fetchval("SELECT count(*) FROM intake")
    async with narrow.admission.turn():
        await narrow.person.post("/v1/orders", ORDER, key="nothing")
    assert await deployment.owner.fetchval("SELECT count(*) FROM intake") == before


async def test_reading_goes_on_while_no_act_gets_a_turn(narrow: Narrow) -> None:
    async with narrow.admission.turn():
        assert (await narrow.person.get("/v1/cases")).status_code == 200


async def test_while_the_door_is_full_an_act_is_not_even_read(narrow: Narrow) -> None:
    async with narrow.admission.turn():
        stranger = Person(narrow.person.http, "no token at all", "nobody")
        assert (await stranger.act("O20260101-00001", "order.close")).status_code == 503
        assert (await stranger.get("/v1/cases")).status_code == 401
    assert (await stranger.act("O20260101-00001", "order.close")).status_code == 401


async def test_an_act_that_has_not_come_as_far_as_the_line_takes_a_place_too(narrow: Narrow) -> None:
    """Where the door's own processor is short, nobody gets through to the line, and it would never be full."""
    with narrow.admission.inside():
        assert (await narrow.person.post("/v1/orders", ORDER, key="place")).status_code == 503
        assert (await narrow.person.get("/v1/cases")).status_code == 200
    assert (await narrow.person.post("/v1/orders", ORDER, key="place")).status_code == 201


async def test_a_refusal_by_the_law_gives_its_turn_back(narrow: Narrow) -> None:
    number = await narrow.person.opened("/v1/orders", ORDER)
    assert (await narrow.person.act(number, "order.close")).status_code in (403, 409)
    assert narrow.admission.under_way == 0
    assert (await narrow.person.act(number, "withdraw")).status_code == 200


async def test_those_who_wait_get_their_turns_in_the_order_of_coming() -> None:
    admission = Admission(Settings(acts_at_once=1, acts_waiting=3, acts_patience=30))
    came: list[int] = []

    async def act(who: int) -> None:
        async with admission.turn():
            came.append(who)

    async with admission.turn():
        waiting = [asyncio.create_task(act(who)) for who in range(3)]
        while admission.waiting < 3:  # noqa: ASYNC110 - it rings no bell
            await asyncio.sleep(0)
        with pytest.raises(Problem, match="busy"):
            await act(3)
    await asyncio.gather(*waiting)
    assert came == [0, 1, 2]
    assert (admission.under_way, admission.waiting, admission.turned_away) == (0, 0, 1)


async def test_nobody_waits_longer_than_the_patience() -> None:
    admission = Admission(Settings(acts_at_once=1, acts_waiting=3, acts_patience=0.01))
    async with admission.turn():
        with pytest.raises(Problem, match="busy"):
            async with admission.turn():
                raise AssertionError("let in")
    async with admission.turn():
        assert admission.under_way == 1
