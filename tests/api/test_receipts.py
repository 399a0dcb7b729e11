"""The answer to an act, and the same answer to the same request again, whatever became of its duties since."""

from typing import Any

from doorway import Person

ORDER: dict[str, Any] = {
    "title": "井盖松动", "text": "路口井盖一踩就响。", "place": "星叶社区", "matter": "01.01.01",
}  # fmt: skip


async def test_a_repeated_act_is_answered_as_the_first_time_though_its_duty_was_extended_since(
    resident: Person, worker: Person, water: Person
) -> None:
    number = await resident.opened("/v1/orders", ORDER)
    await worker.done(number, "order.accept_need", service="service")
    await worker.done(number, "order.dispatch", units=["市水务局"])
    first = await water.act(number, "order.accept", key="taken")
    await water.done(number, "order.request_extension", days=2, reason="要等配件。")
    asked = await worker.act(number, "order.grant_extension", key="granted", days=2)
    assert asked.json()["next_due"] > first.json()["next_due"]
    again = await water.act(number, "order.accept", key="taken")
    assert again.json() == first.json()
    await water.done(number, "order.complete", result="换好了。")
    assert (await water.act(number, "order.accept", key="taken")).json() == first.json()
    assert (await worker.act(number, "order.grant_extension", key="granted", days=2)).json() == asked.json()


async def test_a_repeated_opening_is_answered_as_the_first_time_when_the_case_has_moved_on(
    resident: Person, worker: Person
) -> None:
    first = await resident.post("/v1/orders", ORDER, key="brought")
    number = first.json()["number"]
    await worker.done(number, "order.accept_need", service="service")
    await worker.done(number, "order.dispatch", units=["市水务局"])
    assert (await resident.post("/v1/orders", ORDER, key="brought")).json() == first.json()
