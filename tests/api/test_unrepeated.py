"""What the canary found: an error does not repeat what somebody wrote in a place that was not meant for it."""

import pytest
from doorway import Person
from pydantic import ValidationError

from api.forms import FORMS
from api.mistakes import from_validation
from api.words import Language

SOMEBODY = "郑映雪 13311110000"


def _fields(body: dict[str, object]) -> list[str]:
    with pytest.raises(ValidationError) as wrong:
        FORMS["withdraw"].model_validate(body)
    return [each.shown(Language.ZH)["field"] for each in from_validation(wrong.value)]


@pytest.mark.parametrize("name", [SOMEBODY, "13311110000", "", "a b", "x" * 200, "reason\n"])
def test_the_name_of_an_unknown_field_is_not_repeated_if_it_could_be_somebodys(name: str) -> None:
    assert _fields({name: 1}) == ["?"]


@pytest.mark.parametrize("name", ["resaon", "onBehalfOf", "on-behalf-of", "X_colour"])
def test_a_slip_in_the_name_of_a_field_is_shown(name: str) -> None:
    assert _fields({name: 1}) == [name]


async def test_an_act_that_is_none_is_repeated_only_if_it_could_be_a_code(resident: Person) -> None:
    number = await resident.opened("/v1/orders", {"title": "路灯", "text": "不亮。", "place": "星叶社区"})
    unknown = await resident.act(number, "order.vanish")
    assert (unknown.status_code, unknown.json()["about"]) == (404, ["order.vanish"])
    for said in ("13311110000", "Zheng%20Yingxue", "%E9%83%91", "order.1331"):
        answer = await resident.act(number, said)
        assert (answer.status_code, answer.json()["code"]) == (404, "unknown_act")
        assert "about" not in answer.json() or not answer.json()["about"]
        assert "1331" not in answer.text
        assert "Zheng" not in answer.text
