"""The OpenAPI description is whole: every operation has words, answers, problems and an example."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from activities.settings import Settings
from api import answers, examples
from api.app import create_app
from api.forms import FORMS
from api.writing.openings import OPENING_FORMS

SCHEMA: dict[str, Any] = create_app(Settings(door_url="postgresql:///nowhere")).openapi()
OPERATIONS = {
    operation["operationId"]: (method, path, operation)
    for path, methods in SCHEMA["paths"].items()
    for method, operation in methods.items()
}
PATHS = {
    "/v1/orders", "/v1/mediations", "/v1/petitions", "/v1/whistles", "/v1/cases", "/v1/cases/{number}",
    "/v1/cases/{number}/timeline", "/v1/cases/{number}/duties/{duty}/explanation", "/v1/worklist",
    "/v1/search", "/v1/statistics", "/v1/matters", "/v1/organisations", "/v1/rulebooks", "/v1/me",
    "/healthz", "/readyz",
    "/v1/audit/cases/{number}/state", "/v1/audit/cases/{number}/diff", "/v1/audit/cases/{number}/explain",
    "/v1/audit/cases/{number}/verification", "/v1/audit/cases/{number}/export", "/v1/audit/whatif",
    "/v1/audit/checkpoints", "/v1/audit/access",
    "/v1/cases/{number}/documents", "/v1/cases/{number}/documents/{document}",
    "/v1/attachments", "/v1/cases/{number}/attachments", "/v1/cases/{number}/attachments/{commitment}",
    "/v1/codes", "/v1/sessions", "/v1/sessions/code", "/v1/sessions/current", "/v1/sessions/enrolment",
    "/v1/sessions/enrolment/confirmation", "/v1/sessions/link", "/v1/sessions/password",
    "/v1/sessions/second-factor", "/v1/sessions/{session}",
}  # fmt: skip


def is_plain(operation: dict[str, Any]) -> bool:
    """Whether an operation answers with JSON, and a write takes a key: files and sessions are otherwise."""
    return not {"附件 Attachments", "登录 Signing in"} & set(operation["tags"])


def resolved(node: Any) -> Any:
    while isinstance(node, dict) and "$ref" in node:
        target: Any = SCHEMA
        for step in node["$ref"].removeprefix("#/").split("/"):
            target = target[step]
        node = target
    return node


def references(node: Any) -> Iterator[str]:
    match node:
        case {"$ref": str() as ref}:
            yield ref
        case dict():
            for each in node.values():
                yield from references(each)
        case list():
            for each in node:
                yield from references(each)


def test_every_address_is_described() -> None:
    acts = {f"/v1/cases/{{number}}/acts/{code}" for code in FORMS}
    assert set(SCHEMA["paths"]) == PATHS | acts


def test_every_operation_has_its_own_id_a_summary_in_both_languages_and_a_tag() -> None:
    assert len(OPERATIONS) == sum(len(methods) for methods in SCHEMA["paths"].values())
    tags = {tag["name"] for tag in SCHEMA["tags"]}
    for name, (_, _, operation) in OPERATIONS.items():
        assert re.search("[一-鿿]", operation["summary"]), name
        assert re.search("[a-z]{3}", operation["summary"]), name
        assert operation["description"], name
        assert set(operation["tags"]) <= tags, name


def test_every_operation_has_a_good_answer_with_an_example_and_its_problems() -> None:
    for name, (method, path, operation) in OPERATIONS.items():
        responses = {status: resolved(response) for status, response in operation["responses"].items()}
        good = [response for status, response in responses.items() if status.startswith("2")]
        assert good, name
        if not is_plain(operation):
            continue
        (body,) = good[0]["content"].values()  # JSON, or a file
        assert "example" in body, name
        assert "schema" in body, name
        if path.startswith("/v1"):
            assert {"401", "503"} <= set(responses), name
            assert operation["security"] == [{"token": []}, {"session": []}]
        if method == "post":
            assert {"400", "413", "415", "422"} <= set(responses), name
        for status, response in responses.items():
            if status[0] in "45" and path.startswith("/v1"):
                assert "example" in response["content"]["application/problem+json"], (name, status)


def test_every_write_shows_what_to_send_and_asks_for_a_key() -> None:
    for name, (method, _, operation) in OPERATIONS.items():
        if method != "post" or not is_plain(operation):
            continue
        content = operation["requestBody"]["content"]["application/json"]
        assert "example" in content, name
        assert resolved(content["schema"]), name
        headers = {each["name"]: each for each in operation["parameters"] if each["in"] == "header"}
        assert "idempotency-key" in headers, name


def test_every_act_has_a_schema_of_its_own_that_allows_nothing_else() -> None:
    for code, form in FORMS.items():
        operation = OPERATIONS["act_" + code.replace(".", "_")][2]
        schema = resolved(operation["requestBody"]["content"]["application/json"]["schema"])
        assert set(schema["properties"]) == set(form.model_fields), code
        assert schema["additionalProperties"] is False, code


def test_every_reference_leads_somewhere() -> None:
    for reference in set(references(SCHEMA)):
        assert resolved({"$ref": reference}), reference


@pytest.mark.parametrize(
    ("model", "example"),
    [
        (answers.Receipt, examples.RECEIPT),
        (answers.Page[answers.CaseLine], examples.CASES),
        (answers.Page[answers.WorkItem], examples.WORKLIST),
        (answers.CaseView, examples.CASE),
        (answers.Timeline, examples.TIMELINE),
        (answers.Explanation, examples.EXPLANATION),
        (answers.Statistics, examples.STATISTICS),
        (answers.MatterView, examples.MATTERS[0]),
        (answers.OrganisationView, examples.ORGANISATIONS[0]),
        (answers.RulebookView, examples.RULEBOOKS[0]),
        (answers.Me, examples.ME),
        (answers.Health, examples.READY),
    ],
)
def test_every_example_is_one_of_its_model(model: type[answers.Answer], example: dict[str, Any]) -> None:
    assert model.model_validate(example).model_dump(mode="json", exclude_unset=True).keys() == example.keys()


def test_every_example_of_an_opening_is_one_its_form_takes() -> None:
    for kind, form in OPENING_FORMS.items():
        assert form.model_validate(examples.OPENINGS[kind])
