"""What can go wrong for a caller: RFC 9457 problems, with a code and a sentence in the caller's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from api.words import Language, language_of, load_words

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "1"
"""Seconds after which a request that could not be answered may be repeated."""

_TABLES = ("problem", "refusal", "guard_code")


@dataclass(frozen=True, slots=True)
class FieldError:
    """One mistake in a request: where (a dotted path), a code, and the values its sentence mentions."""

    path: tuple[str | int, ...]
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def shown(self, language: Language) -> dict[str, str]:
        """As the caller reads it."""
        words = load_words()
        values = {**self.values, "error": words.say("rule", str(self.values.get("error")), language)}
        return {
            "field": ".".join(map(str, self.path)),
            "code": self.code,
            "message": words.say("invalid", self.code, language).format_map(values),
        }


class Problem(HTTPException):
    """A request that is not answered as asked; nothing was written unless `code` says it is unsure."""

    def __init__(
        self,
        status: int,
        code: str,
        *,
        about: Sequence[str] = (),
        errors: Sequence[FieldError] = (),
        possible: Sequence[Mapping[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, code, dict(headers or {}))
        self.code = code
        self.about = tuple(about)
        self.errors = tuple(errors)
        self.possible = possible

    def shown(self, language: Language) -> dict[str, Any]:
        """The body of the answer."""
        title = load_words().find(_TABLES, self.code, language)
        body: dict[str, Any] = {
            "type": f"urn:herun:problem:{self.code}",
            "title": title,
            "status": self.status_code,
            "detail": _detail(title, self.about, language),
            "code": self.code,
        }
        if self.about:
            body["about"] = list(self.about)
        if self.errors:
            body["errors"] = [each.shown(language) for each in self.errors]
        if self.possible is not None:
            body["possible"] = list(self.possible)
        return body


def _detail(title: str, about: Sequence[str], language: Language) -> str:
    if not about:
        return title
    match language:
        case Language.ZH:
            return f"{title.rstrip('。')}：{'、'.join(about)}。"
        case Language.EN:
            return f"{title.rstrip('.')}: {', '.join(about)}."


def response_of(request: Request, problem: Problem) -> JSONResponse:
    """The answer to a request that met a problem."""
    language = language_of(request.headers.get("accept-language"))
    request.state.problem = problem.code
    headers = {**(problem.headers or {}), "content-language": language.value}
    return JSONResponse(
        problem.shown(language), status_code=problem.status_code, headers=headers, media_type=MEDIA_TYPE
    )


def not_found() -> Problem:
    """The same for what is not there and for what the caller may not see."""
    return Problem(HTTPStatus.NOT_FOUND, "not_found")


def unauthenticated() -> Problem:
    """No token, or none that holds."""
    return Problem(HTTPStatus.UNAUTHORIZED, "unauthenticated", headers={"www-authenticate": "Bearer"})


def invalid(*errors: FieldError) -> Problem:
    """A request with mistakes in named places."""
    return Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid_request", errors=errors)


def unavailable(code: str) -> Problem:
    """Something behind the door does not answer; the same request may be sent again."""
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, code, headers={"retry-after": RETRY_AFTER})


def busy() -> Problem:
    """More acts are under way than the engine can do; nothing was done, the same request may be sent again."""
    return unavailable("busy")


def from_status(status: int, headers: Mapping[str, str] | None = None) -> Problem:
    """What the web framework refuses by itself."""
    codes = {
        HTTPStatus.NOT_FOUND: "not_found",
        HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body_too_large",
    }
    known = HTTPStatus(status)
    return Problem(status, codes.get(known, "bad_request" if status < 500 else "internal"), headers=headers)
