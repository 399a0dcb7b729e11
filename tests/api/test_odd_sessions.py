"""What the fuzz found in signing in: a session that waits for what is no longer there is told so, and is no bug."""

import asyncpg
from doorway import Deployment
from page_stories import _DAY

from activities import sessions
from activities.sessions import Beginning, Step, Way
from activities.settings import Role
from api.identity.sessions import csrf_of


async def test_a_second_factor_for_a_sign_in_that_was_taken_away_is_a_wrong_step(
    deployment: Deployment,
) -> None:
    door = await asyncpg.connect(deployment.settings.url(Role.DOOR))
    waiting = Beginning("resident-07", Way.PASSWORD, Step.SECOND_FACTOR, _DAY)
    token = await sessions.begin(door, waiting)
    await door.close()
    answer = await deployment.http.post(
        "/v1/sessions/second-factor", json={"code": "000000"},
        headers={"cookie": f"herun_session={token}", "x-csrf-token": csrf_of(token)},
    )  # fmt: skip
    assert (answer.status_code, answer.json()["code"]) == (409, "wrong_step")


async def test_a_body_that_is_no_text_is_a_mistake_in_what_was_sent(deployment: Deployment) -> None:
    headers = {"content-type": "application/json"}
    answer = await deployment.http.post("/v1/sessions", content=b"\xee\xe4c", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert answer.json()["errors"][0]["code"] == "not_legible"


async def test_to_end_a_session_that_is_no_more_is_open_to_everybody_and_said_so(
    deployment: Deployment,
) -> None:
    described = (await deployment.http.get("/openapi.json")).json()["paths"]["/v1/sessions/current"]["delete"]
    answer = await deployment.http.delete("/v1/sessions/current", headers={"cookie": "herun_session=none"})
    assert (described["security"], answer.status_code) == ([], 204)
