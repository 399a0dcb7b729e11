"""Statistics count what happened, never show a rate without its coverage, and keep drills apart."""

from typing import Any

from doorway import Deployment, Person

PLACE = "蓝湾社区"
ORDER: dict[str, Any] = {"title": "路灯不亮", "text": "路灯坏了。", "place": PLACE, "matter": "01.02.01"}


async def finished(
    lanwan: Person, resident: Person, water: Person, marks: tuple[int, int, int] | None
) -> str:
    number = await resident.opened("/v1/orders", ORDER)
    await lanwan.done(number, "order.accept_need", service="service")
    await lanwan.done(number, "order.dispatch", units=["市水务局"])
    await water.done(number, "order.accept")
    await water.done(number, "order.complete", result="修好了。")
    if marks is not None:
        speed, attitude, resolution = marks
        await resident.done(number, "rate", speed=speed, attitude=attitude, resolution=resolution)
        await lanwan.done(number, "rate", speed=5, attitude=5, resolution=5)
        await lanwan.done(number, "order.close")
    return number


async def test_each_rate_is_counted_by_its_formula_with_its_coverage(
    resident: Person, water: Person, deployment: Deployment
) -> None:
    lanwan = await deployment.person("lanwan.worker")
    await finished(lanwan, resident, water, (5, 5, 5))
    await finished(lanwan, resident, water, (3, 3, 3))
    await finished(lanwan, resident, water, (1, 1, 1))
    await finished(lanwan, resident, water, None)
    withdrawn = await resident.opened("/v1/orders", ORDER)
    await resident.done(withdrawn, "withdraw")
    counted = (await lanwan.get("/v1/statistics", community=PLACE)).json()
    assert (counted["cases"], counted["closed"], counted["breaches"]) == (5, 4, 0)
    assert counted["response"] == {
        "rate": 1.0, "numerator": 4, "denominator": 4, "coverage": 0.8, "of": 5,
    }  # fmt: skip
    assert counted["resolution"] == {
        "rate": 0.6667, "numerator": 2, "denominator": 3, "coverage": 0.75, "of": 4,
    }  # fmt: skip
    assert counted["satisfaction"] == {
        "rate": 0.6, "numerator": 1.8, "denominator": 3, "coverage": 0.75, "of": 4,
    }  # fmt: skip
    by_unit = {each["code"]: each["on_time"] for each in counted["by_unit"]}
    assert by_unit["yunhe/shuiwu"]["rate"] == 1.0
    assert by_unit["yunhe/shuiwu"]["denominator"] == 8
    assert {each["code"] for each in counted["by_matter"]} == {"01.02.01"}
    assert {each["name"] for each in counted["by_community"]} == {PLACE}
    assert "覆盖率" in counted["basis"]["zh"]
    assert "coverage" in counted["basis"]["en"]


async def test_no_rate_comes_without_its_coverage(worker: Person) -> None:
    counted = (await worker.get("/v1/statistics", since="2099-01-01T00:00:00+08:00")).json()
    for name in ("response", "resolution", "satisfaction", "on_time"):
        assert counted[name] == {"rate": None, "numerator": 0, "denominator": 0, "coverage": None, "of": 0}


async def test_statistics_are_asked_for_a_period_a_kind_or_a_unit(worker: Person) -> None:
    everything = (await worker.get("/v1/statistics")).json()
    orders = (await worker.get("/v1/statistics", kind="order")).json()
    water = (await worker.get("/v1/statistics", unit="市水务局")).json()
    assert 0 < orders["cases"] <= everything["cases"]
    assert {each["code"] for each in water["by_unit"]} == {"yunhe/shuiwu"}
    assert (await worker.get("/v1/statistics", unit="火星局")).status_code == 422


async def test_statistics_are_for_staff(resident: Person) -> None:
    answer = await resident.get("/v1/statistics")
    assert (answer.status_code, answer.json()["code"]) == (403, "staff_only")
