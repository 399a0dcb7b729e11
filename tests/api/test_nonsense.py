"""Whatever is sent, the door answers with a problem and no case is left stuck."""

import json
import random
from typing import Any

from doorway import Deployment, Person

from api.examples import example_of
from api.forms import PEOPLES_ACTS
from api.writing.openings import OPENING_FORMS

ORDER: dict[str, Any] = {"title": "占道停车", "text": "堵住了消防通道。", "place": "星叶社区"}
NONSENSE: tuple[Any, ...] = (
    None, "", " ", "x" * 20_000, "\x00", "\ud800", "‮反", -1, 0, 1, 2**31, 2**70, 1e308, 0.1, True, [], [[]],
    [None], {}, {"a": {}}, "2026-13-01", "9999-12-31", "0001-01-01", "yunhe/../..", "yunhe/shuiwu", "resident-01",
    "O20261121-00001", "‘; DROP TABLE event; --", float("nan"), float("inf"),
)  # fmt: skip


async def test_no_act_however_odd_is_a_bug(
    resident: Person, worker: Person, officer: Person, deployment: Deployment
) -> None:
    draw = random.Random(20261121)
    numbers = [
        await resident.opened("/v1/orders", ORDER),
        await resident.opened("/v1/petitions", ORDER),
        await worker.opened(
            "/v1/mediations", {**ORDER, "applicants": [{"name": "甲"}], "respondents": [{"name": "乙"}]}
        ),
        await worker.opened("/v1/whistles", ORDER),
    ]
    people = (resident, worker, officer, await deployment.person("xingye.mediator"))
    for code, act in PEOPLES_ACTS.items():
        for _ in range(6):
            body = _spoilt(example_of(act), draw)
            answer = await _sent(draw.choice(people), f"/v1/cases/{draw.choice(numbers)}/acts/{code}", body)
            assert answer.status_code in (200, 403, 404, 409, 422), (code, body, answer.text)
    assert (
        await deployment.owner.fetchval("SELECT count(*) FROM trouble WHERE case_no = ANY($1)", numbers) == 0
    )
    for number in numbers:
        assert (await officer.get(f"/v1/cases/{number}")).status_code in (200, 404)


async def test_no_opening_however_odd_is_a_bug(worker: Person) -> None:
    draw = random.Random(19491001)
    for kind, form in OPENING_FORMS.items():
        for _ in range(40):
            body = {**ORDER, draw.choice([*form.model_fields, "nothing"]): draw.choice(NONSENSE)}
            answer = await _sent(worker, f"/v1/{kind.value}s", body)
            assert answer.status_code in (201, 422), (kind, body, answer.text)


def _spoilt(body: dict[str, Any], draw: random.Random) -> Any:
    if draw.random() < 0.1:
        return draw.choice(NONSENSE)
    names = [*body, "on_behalf_of", "at", "nothing"]
    return {**body, draw.choice(names): draw.choice(NONSENSE)} if draw.random() < 0.8 else body


async def _sent(who: Person, path: str, body: Any) -> Any:
    headers = {
        "authorization": f"Bearer {who.token}", "content-type": "application/json",
        "idempotency-key": f"odd-{random.random()}",
    }  # fmt: skip
    return await who.http.post(path, content=json.dumps(body), headers=headers)
