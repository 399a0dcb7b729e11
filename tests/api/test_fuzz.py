"""No request, however odd and whoever sends it, gets an answer that the description does not foresee."""

import asyncio
import copy
import math
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import fuzz_pages
import fuzzing
import pytest
import requests
import schemathesis
import urllib3
from fuzz_site import NOBODY, Site, Someone, Things, site
from fuzzing import Fuzzer, Plan, described, operations_of
from schemathesis import Case

PLAN = Plan(requests=640, seconds=math.inf, boundaries=2, drawn=1, pages=150, walks=150, seed=20261122)
"""A thirtieth of `make fuzz`."""


@pytest.fixture(scope="module")
async def there(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    async with site(tmp_path_factory.mktemp("fuzz")) as running:
        yield running


@pytest.mark.timeout(400)
async def test_no_answer_of_the_whole_product_is_a_surprise(there: Site) -> None:
    tally = await asyncio.to_thread(fuzzing.run, there, PLAN)
    assert not tally.surprises, "\n".join(tally.lines())
    assert tally.requests == PLAN.requests
    assert set(tally.roles) == {who.role for who in there.people}
    described_ones = {
        operation.label for operation in operations_of(schemathesis.openapi.from_dict(described()))
    }
    assert len(described_ones & set(tally.operations)) > 0.95 * len(described_ones)
    posted = {path for method, path in fuzz_pages.routes() if method == "POST"}
    assert {path for path in posted if f"POST {path}" in tally.operations} >= posted


# -- the fuzz can fail --------------------------------------------------------------------------------------

NOWHERE = Site("http://door", None, Path(), (NOBODY,), Things(), None)  # type: ignore[arg-type]
SOMEONE = Someone("resident-01", "resident", "token")


def _case(schema: dict[str, Any], path: str, method: str) -> Case:
    operation = schemathesis.openapi.from_dict(schema)[path][method]
    return operation.Case(path_parameters={"number": "O20261121-00001"})


def _answer(
    case: Case, status: int, body: bytes, kind: str = "application/problem+json"
) -> schemathesis.Response:
    answer = requests.Response()
    answer.status_code, answer._content = status, body
    answer.raw = urllib3.HTTPResponse(headers={"content-type": kind})
    answer.headers.update(answer.raw.headers)
    answer.request = requests.Request(case.method, "http://door/v1").prepare()
    return schemathesis.Response.from_requests(answer, verify=True)


def _surprises(
    schema: dict[str, Any], status: int, body: bytes, who: Someone = SOMEONE, **kind: str
) -> list[str]:
    fuzzer = Fuzzer(NOWHERE, 1)
    case = _case(schema, "/v1/cases/{number}/timeline", "GET")
    fuzzer._look(case, who, _answer(case, status, body, **kind), {})
    return list(fuzzer.tally.surprises)


PROBLEM = b'{"type": "urn:herun:problem:not_found", "title": "-", "status": 404, "detail": "-", "code": "not_found"}'


def test_an_answer_as_described_is_none() -> None:
    assert not _surprises(described(), 404, PROBLEM)


def test_a_status_that_is_not_described_is_a_surprise() -> None:
    less = copy.deepcopy(described())
    del less["paths"]["/v1/cases/{number}/timeline"]["get"]["responses"]["404"]
    assert any("404" in each for each in _surprises(less, 404, PROBLEM))


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (500, PROBLEM, "application/problem+json"),
        (503, PROBLEM, "application/problem+json"),
        (404, b"{}", "application/problem+json"),
        (404, PROBLEM, "text/html"),
        (200, b'{"number": 1}', "application/json"),
    ],
    ids=["a bug", "not there", "another shape", "another kind", "another type of field"],
)
def test_an_answer_that_breaks_its_description_is_a_surprise(status: int, body: bytes, kind: str) -> None:
    assert _surprises(described(), status, body, kind=kind)


def test_an_answer_to_nobody_is_a_surprise_where_a_sign_in_is_asked_for() -> None:
    found = _surprises(described(), 200, b"{}", NOBODY, kind="application/json")
    assert any("let nobody in" in each for each in found)
