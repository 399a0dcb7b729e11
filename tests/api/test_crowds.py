"""Many acts at once on one case: some are under way, some stand in line for a moment, the others are told at once."""

import asyncio
from typing import Any

import pytest
from doorway import Deployment, Person
from temporalio.service import RPCError, RPCStatusCode

from api import engine
from api.gate import lines
from api.gate.lines import AT_ONCE, WAITING, LineFull, Lines

ORDER: dict[str, Any] = {
    "title": "井盖松动", "text": "路口井盖一踩就响。", "place": "星叶社区", "matter": "01.01.01",
}  # fmt: skip


async def stand(line: Lines, number: str, let_go: asyncio.Event, begun: list[str]) -> None:
    async with line.turn(number):
        begun.append(number)
        await let_go.wait()


async def test_of_forty_acts_at_once_on_a_case_eight_go_eight_wait_and_the_rest_are_told_at_once() -> None:
    line, let_go, begun = Lines(), asyncio.Event(), list[str]()
    tasks = [asyncio.create_task(stand(line, "O1", let_go, begun)) for _ in range(40)]
    done, waiting = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    assert len(begun) == AT_ONCE < 10, "Temporal takes ten"
    assert all(isinstance(task.exception(), LineFull) for task in done)
    let_go.set()
    await asyncio.gather(*waiting)
    assert len(begun) == AT_ONCE + WAITING


async def test_who_has_stood_in_line_for_its_patience_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "PATIENCE", 0.01)
    line, let_go, begun = Lines(), asyncio.Event(), list[str]()
    under_way = [asyncio.create_task(stand(line, "O1", let_go, begun)) for _ in range(AT_ONCE)]
    await asyncio.sleep(0)
    with pytest.raises(LineFull):
        await stand(line, "O1", let_go, begun)
    let_go.set()
    await asyncio.gather(*under_way)
    await stand(line, "O1", let_go, begun)
    assert len(begun) == AT_ONCE + 1


async def test_a_crowd_at_one_case_keeps_nobody_from_another() -> None:
    line, let_go, begun = Lines(), asyncio.Event(), list[str]()
    crowd = [asyncio.create_task(stand(line, "O1", let_go, begun)) for _ in range(AT_ONCE)]
    other = asyncio.create_task(stand(line, "O2", let_go, begun))
    await asyncio.sleep(0)
    assert begun.count("O2") == 1
    let_go.set()
    await asyncio.gather(*crowd, other)


async def test_more_acts_than_the_engine_takes_are_503_busy_and_each_is_done_when_asked_again(
    resident: Person, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = await resident.opened("/v1/orders", ORDER)
    monkeypatch.setattr(lines, "WAITING", 0)
    crowd = [resident.act(number, "supplement", key=f"crowd-{n}", text=f"第{n}句。") for n in range(30)]
    answers = await asyncio.gather(*crowd)
    told = {(each.status_code, each.json().get("code")) for each in answers}
    assert told == {(200, None), (503, "busy")}
    assert all("retry-after" in each.headers for each in answers if each.status_code == 503)
    for n, answer in enumerate(answers):
        if answer.status_code != 200:
            await resident.done(number, "supplement", text=f"再说第{n}句。")
    acts = [row for row in await deployment.events(number) if row["act"] == "supplement"]
    assert len(acts) == 30


async def test_what_the_engine_has_no_room_for_is_busy_and_not_away() -> None:
    with pytest.raises(engine.Crowded):
        async with engine._reasons():
            raise RPCError("too many", RPCStatusCode.RESOURCE_EXHAUSTED, b"")
    assert issubclass(engine.Crowded, engine.Unreachable)
