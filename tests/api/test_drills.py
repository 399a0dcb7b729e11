"""Training cases run through the same door, under numbers of their own, and never mix with real ones."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from doorway import Deployment, Person

from domain.calendar import CST

ORDER: dict[str, Any] = {
    "title": "演练用事项", "text": "鸬鹚演练。", "place": "星叶社区", "matter": "01.02.01",
}  # fmt: skip
ORIGIN = datetime(2026, 3, 2, 9, tzinfo=CST)


@pytest.fixture
async def trainee(deployment: Deployment) -> AsyncIterator[Person]:
    drills = deployment.settings.model_copy(update={"drill": True, "drill_speed": 10.0})
    async with deployment.through(drills, "resident-01") as person:
        yield person


def of(who: Person, account: str, deployment: Deployment) -> Person:
    return Person(who.http, deployment.tokens[account], account)


async def drilled(trainee: Person, **more: Any) -> str:
    drill = {"origin": ORIGIN.isoformat(), "speed": 1_000_000, "grace": 600}
    return await trainee.opened("/v1/orders", {**ORDER, "drill": drill, "at": ORIGIN.isoformat(), **more})


async def test_a_drill_has_its_own_number_and_its_own_time(
    trainee: Person, worker: Person, deployment: Deployment
) -> None:
    number = await drilled(trainee)
    assert number.startswith("XO")
    trainer = of(trainee, "xingye.worker", deployment)
    at = ORIGIN + timedelta(hours=2)
    receipt = await trainer.done(number, "order.accept_need", service="service", at=at.isoformat())
    assert receipt["at"] == at.isoformat()
    case = (await trainer.get(f"/v1/cases/{number}")).json()
    assert (case["drill"], case["opened_at"]) == (True, ORIGIN.isoformat())
    assert case["duties"][0]["legal_due"] == "2026-03-04T00:00:00+08:00"
    assert case["duties"][0]["colour"] is None, "a drill stands at its own now"


async def test_drills_are_in_no_list_and_no_count_unless_asked_for(
    trainee: Person, worker: Person, deployment: Deployment
) -> None:
    before = (await worker.get("/v1/statistics")).json()["cases"]
    number = await drilled(trainee)
    assert (await worker.get("/v1/statistics")).json()["cases"] == before
    assert (await worker.get("/v1/statistics", drill=True)).json()["cases"] >= 1
    for path, key, query in (
        ("/v1/cases", "number", {}), ("/v1/worklist", "case", {}),
        ("/v1/search", "number", {"q": "鸬鹚演练"}), ("/v1/search", "number", {"q": number}),
    ):  # fmt: skip
        real = (await worker.get(path, limit=200, **query)).json()["items"]
        training = (await worker.get(path, limit=200, drill=True, **query)).json()["items"]
        assert number not in [item[key] for item in real]
        assert number in [item[key] for item in training]


async def test_where_drills_are_open_every_case_is_one(trainee: Person) -> None:
    assert (await trainee.opened("/v1/orders", ORDER)).startswith("XO")


async def test_a_drill_instant_is_no_good_at_a_door_for_real_cases(
    trainee: Person, deployment: Deployment, worker: Person
) -> None:
    number = await drilled(trainee)
    answer = await worker.act(number, "order.accept_need", service="wish", at=ORIGIN.isoformat())
    assert answer.json()["errors"][0]["code"] == "drill_not_allowed"


@pytest.mark.parametrize("drill", [{"speed": 0}, {"speed": -1}, {"grace": -1}, {"origin": "2026-01-01"}])
async def test_a_drill_is_described_properly(trainee: Person, drill: dict[str, Any]) -> None:
    answer = await trainee.post("/v1/orders", {**ORDER, "drill": drill})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("drill.")
