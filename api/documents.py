"""What the OpenAPI description says besides the models: problems, examples, tags and the way to log in."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from pydantic import BaseModel

from api.answers import ProblemView
from api.problems import MEDIA_TYPE, Problem
from api.words import Language

Responses = dict[int | str, dict[str, Any]]

TITLE = "和润 Herun"
DESCRIPTION = """居民点单、人民调解、信访分单、吹哨报到：提出、办理、查询、统计。

File, act, read and count cases of the four procedures. Every write needs an `Idempotency-Key`; errors are
`application/problem+json` (RFC 9457) with a `code`; `Accept-Language: en` turns every text into English.
"""
TAGS: Sequence[Mapping[str, str]] = (
    {"name": "提出 Openings", "description": "提出各类事项 / Bring a matter."},
    {"name": "办理：通用 Acts", "description": "任何案件可有的行为 / Acts of any case."},
    {"name": "办理：点单 Order acts", "description": "居民点单的行为 / Acts of resident orders."},
    {"name": "办理：调解 Mediation acts", "description": "人民调解的行为 / Acts of mediation."},
    {"name": "办理：信访 Petition acts", "description": "信访的行为 / Acts of petitions."},
    {"name": "办理：吹哨 Whistle acts", "description": "吹哨报到的行为 / Acts of whistles."},
    {"name": "附件 Attachments", "description": "照片、文件、录音 / Photographs, documents, recordings."},
    {"name": "登录 Signing in", "description": "登录、退出、口令、第二因素 / Sessions and what opens them."},
    {"name": "案件 Cases", "description": "查看案件、经过和期限 / Read cases, their course and their dates."},
    {"name": "统计 Statistics", "description": "响应、解决、满意、按时 / Rates with their coverage."},
    {"name": "审计 Audit", "description": "回看、核验、推演、日志 / Time travel, proof, what-if."},
    {"name": "基础 Reference", "description": "事项、机构、规则、本人 / Matters, bodies, rules, oneself."},
    {"name": "运行 Health", "description": "存活与就绪 / Alive and ready."},
)

_CASE = "O20261121-00012"
_CODES: Mapping[int, str] = {
    400: "key_missing",
    401: "unauthenticated",
    403: "no_right",
    404: "not_found",
    409: "out_of_turn",
    413: "body_too_large",
    415: "unsupported_media_type",
    422: "invalid_request",
    429: "too_many_requests",
    503: "engine_unavailable",
}
READ = (401, 404, 422, 503)
WRITE = (400, 401, 403, 404, 409, 413, 415, 422, 503)


def problems(*statuses: int) -> Responses:
    """The problems an operation may answer with, each with an example."""
    return {status: _problem(status) for status in statuses}


def _problem(status: int) -> dict[str, Any]:
    problem = Problem(status, _CODES[status], possible=_POSSIBLE if status == HTTPStatus.CONFLICT else None)
    example = problem.shown(Language.ZH)
    return {
        "description": f"{problem.shown(Language.ZH)['title']} / {problem.shown(Language.EN)['title']}",
        "content": {MEDIA_TYPE: {"schema": _SCHEMA, "example": example}},
    }


_SCHEMA = {"$ref": f"#/components/schemas/{ProblemView.__name__}"}
_POSSIBLE = [
    {
        "act": "order.complete", "text": "办结", "duty": 4, "method": "POST",
        "href": f"/v1/cases/{_CASE}/acts/order.complete",
    }
]  # fmt: skip


def answers(status: int, description: str, example: Any) -> Responses:
    """The good answer of an operation, with an example."""
    return {status: {"description": description, "content": {"application/json": {"example": example}}}}


def completed(schema: dict[str, Any], problem: type[BaseModel]) -> dict[str, Any]:
    """The framework's description with our problems in place of its own, and how to log in."""
    components = schema["components"]
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    described = problem.model_json_schema(ref_template="#/components/schemas/{model}")
    components["schemas"].update(described.pop("$defs", {}))
    components["schemas"][problem.__name__] = described
    components["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer"},
        "session": {"type": "apiKey", "in": "cookie", "name": "herun_session"},
    }
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            operation["security"] = _security(path, method)
            operation["responses"] = {
                status: _shared(status, response, components)
                for status, response in operation["responses"].items()
                if not _is_the_framework_s(response)
            }
    return schema


def _is_the_framework_s(response: dict[str, Any]) -> bool:
    """Added to every operation with a parameter, header or body, whether or not it can happen."""
    schema = response.get("content", {}).get("application/json", {}).get("schema", {})
    return len(response.get("content", {})) == 1 and str(schema.get("$ref", "")).endswith(
        "/HTTPValidationError"
    )


def _shared(status: str, response: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    """A problem is described once and referred to from every operation."""
    if MEDIA_TYPE not in response.get("content", {}):
        return response
    response["content"].pop("application/json", None)
    components.setdefault("responses", {})[f"Problem{status}"] = response
    return {"$ref": f"#/components/responses/Problem{status}"}


def _security(path: str, method: str) -> list[dict[str, list[str]]]:
    """What an operation asks of the caller; whoever is in may list its sessions or end one by token as well."""
    if (method, path) in _OPEN:
        return []
    if path == "/v1/sessions/{session}":
        return [{"token": []}, {"session": []}]
    return [{"session": []}] if path.startswith("/v1/sessions/") else [{"token": []}, {"session": []}]


_OPEN = (
    ("get", "/healthz"), ("get", "/readyz"), ("post", "/v1/sessions"), ("post", "/v1/sessions/code"),
    ("post", "/v1/sessions/link"), ("post", "/v1/codes"),
    ("delete", "/v1/sessions/current"),  # to end what is no more is no mistake
)  # fmt: skip
