"""Canaries where no form asks for them: people paste names and numbers into searches, logins, codes and addresses."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from rehearsal.canary.tokens import Canaries, Trace, traces

Request = Mapping[str, Any]
"""What httpx is asked to send."""


def requests(canaries: Canaries, token: str, case: str) -> Iterator[Request]:
    """Every wrong place once, with canaries of its own; most of them are refused."""
    write = canaries.words
    mine = {"authorization": f"Bearer {token}"}
    keyed = {**mine, "idempotency-key": f"astray-{len(canaries.put)}"}
    person = {"name": canaries.name("astray person"), "phone": canaries.phone("astray person")}
    yield {
        "method": "GET",
        "url": "/v1/search",
        "params": {"q": canaries.name("search")[:4]},
        "headers": mine,
    }
    yield {"method": "GET", "url": "/v1/search", "params": {"q": canaries.phone("search")}, "headers": mine}
    yield {"method": "GET", "url": "/v1/cases", "params": {"unit": write("filter")}, "headers": mine}
    yield {
        "method": "GET",
        "url": "/v1/cases",
        "params": {"after": write("cursor"), "x": write("query")},
        "headers": mine,
    }
    yield {"method": "GET", "url": f"/v1/cases/{canaries.name('address')}", "headers": mine}
    yield {"method": "GET", "url": f"/v1/cases/{case}/{canaries.phone('address')}", "headers": mine}
    yield {"method": "GET", "url": f"/{canaries.name('address')}/{canaries.phone('address')}"}
    yield {
        "method": "POST",
        "url": f"/v1/cases/{case}/acts/{canaries.phone('act')}",
        "json": {},
        "headers": keyed,
    }
    yield {
        "method": "GET",
        "url": f"/v1/cases/{case}",
        "params": {"on_behalf_of": canaries.phone("party")},
        "headers": mine,
    }
    yield _act(case, "withdraw", {"reason": 1, write("field"): write("value")}, keyed)
    yield _act(case, "supplement", {"text": [write("list")]}, keyed)
    yield _act(case, "withdraw", {"on_behalf_of": canaries.phone("party")}, keyed)
    yield _act(case, "order.dispatch", {"units": [canaries.name("unit")]}, keyed)
    yield _act(case, "order.merge", {"into": canaries.phone("case")}, keyed)
    yield _act(case, "recuse", {"account": canaries.phone("account"), "reason": write("reason")}, keyed)
    yield _act(case, "rate", {"speed": write("number"), "attitude": 1, "resolution": 1}, keyed)
    yield {
        "method": "POST",
        "url": "/v1/orders",
        "headers": keyed,
        "json": _order(write, place=write("place")),
    }
    yield {
        "method": "POST",
        "url": "/v1/orders",
        "headers": keyed,
        "json": _order(write, matter=write("matter")),
    }
    yield {
        "method": "POST",
        "url": "/v1/orders",
        "headers": keyed,
        "json": _order(write, applicant={**person, "x": 1}),
    }
    yield {"method": "POST", "url": "/v1/orders", "headers": {**keyed, "content-type": "application/json"},
           "content": ('{"title": "' + write("broken JSON")).encode()}  # fmt: skip
    yield from _signing_in(canaries, case)
    yield {"method": "GET", "url": "/healthz", "headers": {
        "user-agent": canaries.phone("device"), "referer": f"http://x/{canaries.phone('referer')}",
        "accept-language": canaries.phone("language"), "authorization": f"Bearer {canaries.phone('token')}",
    }}  # fmt: skip
    name = f"{canaries.name('file name')}.txt"
    yield {
        "method": "POST",
        "url": "/v1/attachments",
        "headers": mine,
        "files": {"file": (name, write("file").encode())},
    }


def _act(case: str, code: str, body: Any, headers: Mapping[str, str]) -> Request:
    return {"method": "POST", "url": f"/v1/cases/{case}/acts/{code}", "json": body, "headers": headers}


def _order(write: Any, **odd: Any) -> dict[str, Any]:
    return {"title": write("title")[:200], "text": write("text"), "place": "星叶社区", **odd}


def _signing_in(canaries: Canaries, case: str) -> Iterator[Request]:
    """Names and numbers for a login, a code and a link."""
    yield {"method": "POST", "url": "/v1/sessions",
           "json": {"name": canaries.name("login"), "password": canaries.words("password")}}  # fmt: skip
    yield {"method": "POST", "url": "/v1/sessions",
           "json": {"name": canaries.phone("login"), "password": canaries.words("password")}}  # fmt: skip
    yield {"method": "POST", "url": "/sign-in", "headers": {"accept": "text/html"},
           "data": {"name": canaries.name("login page"), "password": canaries.words("password")}}  # fmt: skip
    yield {"method": "POST", "url": "/v1/codes", "json": {"case": case, "phone": canaries.phone("code")}}
    yield {"method": "POST", "url": "/v1/codes", "json": {"case": canaries.phone("code"), "phone": "1"}}
    yield {
        "method": "POST",
        "url": "/v1/sessions/code",
        "json": {"case": case, "code": canaries.phone("code")},
    }
    yield {"method": "POST", "url": "/v1/sessions/link", "json": {"link": canaries.words("link")}}


async def send(http: httpx.AsyncClient, canaries: Canaries, token: str, case: str) -> list[tuple[str, Trace]]:
    """Ask in every wrong way. What the answers, in JSON, give back of it: there must be nothing."""
    found: list[tuple[str, Trace]] = []
    for request in requests(canaries, token, case):
        answer = await http.request(**request)
        if answer.status_code >= 500:
            raise RuntimeError(f"{request['method']} {request['url']} answered {answer.status_code}")
        if answer.status_code >= 400 and "json" in answer.headers.get("content-type", ""):
            place = f"{request['method']} {answer.request.url.path} {answer.status_code}"
            found += [(place, trace) for trace in traces(answer.content)]
    return found
