"""Fuzzes the pages: every form that is drawn, sent with nonsense in it, and every address with odd names."""

import re
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import requests
from fastapi.routing import APIRoute
from fuzz_site import NOBODY, Noted, Site, Someone, cookies_of, spare_unit
from page_stories import Form, Page

from activities.settings import Settings
from api.app import create_app
from api.identity.sessions import csrf_of

NONSENSE: tuple[str, ...] = (
    "", " ", "x" * 20_000, "\x00", "a\x00b", "\ud800", "‮反", "-1", "0", "1", str(2**31), str(2**70), "1e308",
    "0.1", "nan", "inf", "٣", "²", "yes", "no", "2026-13-01", "9999-12-31", "0001-01-01T00:00", "2026-11-22T10:00",
    "yunhe/../..", "yunhe/shuiwu", "市水务局", "resident-01", "O20261121-00001", "‘; DROP TABLE event; --",
    "<script>alert(1)</script>", "{{ 7*7 }}", "../../etc/passwd", "//evil.example/", "\r\nset-cookie: a=b", "😀",
    "%00", "%f0%28", "order.dispatch", "c1:" + "a" * 52,
)  # fmt: skip
QUERIES = ("after", "said", "done", "unit", "kind", "status", "q", "at", "from", "to", "lang", "page", "sort", "next",
           "since", "until", "matter", "colour", "month", "number", "case", "who", "code", "what")  # fmt: skip
_LONG = {"/events"}
"""Streams that go on for minutes have tests of their own."""
_PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")


def routes() -> list[tuple[str, str]]:
    """Method and address of everything outside the description."""
    app = create_app(Settings(door_url="postgresql:///nowhere"))
    found = [
        (method, route.path)
        for route in _every(app.routes)
        for method in sorted(route.methods or ())
        if not route.include_in_schema and route.path not in _LONG
    ]
    return sorted(found)


def _every(those: Any) -> Iterator[APIRoute]:
    """Routes, also those of routers that are included as they are."""
    for route in those:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "effective_route_contexts"):
            yield from _every(each.original_route for each in route.effective_route_contexts())


class Pages:
    """Somebody careless in front of every page."""

    def __init__(self, there: Site, seed: int, tally: Noted) -> None:
        self._there, self._tally, self._chance = there, tally, Random(seed)
        self._http = requests.Session()
        self._sessions: dict[str, str] = {}
        self._forms: list[tuple[Someone, Form]] = []

    def run(self, number: int, until: float) -> None:
        """So many requests: addresses in turn, and between them forms that were found on pages."""
        every = routes()
        for n in range(number):
            if time.monotonic() > until:
                return
            if self._forms and n % 2:
                self._send_form(*self._chance.choice(self._forms))
            else:
                method, path = every[(n // 2) % len(every)]
                self._visit(method, path, self._chance.choice(self._there.people))

    def _visit(self, method: str, path: str, who: Someone) -> None:
        values = {} if method == "GET" else {name: self._value(name) for name in self._names()}
        query = {name: self._value(name) for name in self._chance.sample(QUERIES, self._chance.randrange(3))}
        answer = self._ask(method, path, self._filled(path), who, query, values)
        if (
            answer is not None
            and answer.ok
            and method == "GET"
            and "html" in answer.headers.get("content-type", "")
        ):
            found = [form for form in Page(answer.text).forms if form.method.lower() == "post"]
            self._forms = [*self._forms, *((who, form) for form in found)][-400:]

    def _send_form(self, who: Someone, form: Form) -> None:
        names = [name for name in form.values if name not in ("csrf", "key")]
        values: dict[str, Any] = dict(form.values)
        for name in self._chance.sample(names, min(len(names), self._chance.randrange(1, 4))):
            values[name] = self._value(name)
        if self._chance.random() < 0.1:
            values[self._chance.choice(NONSENSE)] = self._chance.choice(NONSENSE)
        path = form.action.partition("#")[0] or "/"
        if "/sessions/" not in path and "sign-out" not in path:
            self._ask("POST", _template(path), path, who, {}, values)

    def _ask(
        self, method: str, label: str, path: str, who: Someone, query: Any, values: dict[str, Any]
    ) -> requests.Response | None:
        cookies = {} if who is NOBODY else cookies_of(self._session(who))
        token = cookies.get("herun_session")
        if token and method != "GET":
            values = {**values, "csrf": csrf_of(token)}
        try:
            answer = self._http.request(
                method, self._there.url + path, params=_sendable(query), data=_sendable(values),
                cookies=dict(cookies), headers={"accept": "text/html"}, allow_redirects=False, timeout=30,
            )  # fmt: skip
        except (requests.RequestException, UnicodeError, ValueError) as failed:
            if isinstance(failed, requests.Timeout | requests.ConnectionError):
                self._tally.surprise(
                    f"{method} {label}", f"no answer: {type(failed).__name__}", f"{path} {values}"
                )
            return None
        self._look(f"{method} {label}", who, answer, f"{path} {query} {values}"[:600])
        return answer

    def _look(self, label: str, who: Someone, answer: requests.Response, asked: str) -> None:
        self._tally.note(label, who.role, answer.status_code)
        if answer.status_code >= 500:
            self._tally.surprise(label, f"status {answer.status_code}", f"as {who.role}: {asked}")
        if answer.status_code == 401:
            self._sessions.pop(who.account, None)
        kind = answer.headers.get("content-type", "")
        if answer.status_code >= 400 and not kind.startswith(("text/html", "application/problem+json")):
            self._tally.surprise(label, f"{answer.status_code} as {kind}", f"as {who.role}: {asked}")
        if answer.is_redirect and not answer.headers["location"].startswith(("/", self._there.url)):
            self._tally.surprise(label, "leads away", answer.headers["location"])
        if answer.headers.get("location", "").startswith("//"):
            self._tally.surprise(label, "leads away", answer.headers["location"])

    def _session(self, who: Someone) -> str:
        if who.account not in self._sessions:
            self._sessions[who.account] = self._there.session(who.account)
        return self._sessions[who.account]

    def _names(self) -> list[str]:
        return self._chance.sample(
            ("text", "unit", "code", "name", "name_zh", "password", "kind", "act", "case", "number", "role", "sort",
             "units", "orders.0.unit", "orders.x.unit", "valid_to", "from_day", "of", "edition", "phone", "_more",
             "title", "place", "duty", "next", "language", "theme", "account", "on_behalf_of", "key", "file"),
            self._chance.randrange(8),
        )  # fmt: skip

    def _value(self, name: str) -> str:
        things = self._there.things
        kind = {"unit": "units", "place": "units", "case": "cases", "number": "cases", "matter": "matters",
                "who": "accounts", "account": "accounts", "after": "cursors"}.get(name)  # fmt: skip
        if name == "unit" and self._chance.random() < 0.3:
            return spare_unit(self._chance)
        real = things.one(kind, self._chance) if kind and self._chance.random() < 0.6 else None
        return real or self._chance.choice(NONSENSE)

    def _filled(self, path: str) -> str:
        """An address with names in it, mostly of what is there."""

        def name(found: re.Match[str]) -> str:
            kind = {"number": "cases", "who": "accounts", "commitment": "files"}.get(found[1])
            real = (
                self._there.things.one(kind, self._chance) if kind and self._chance.random() < 0.85 else None
            )
            text = real or self._chance.choice([n for n in NONSENSE if n.strip() and len(n) < 100])
            return requests.utils.quote(text.encode("utf-8", "replace"), safe=":.")

        return _PARAMETER.sub(name, path)


def _template(path: str) -> str:
    """An address without the case it is about, for counting."""
    return re.sub(r"/X?[A-Z]{1,2}\d{5,8}(-\d+)*", "/{number}", path.partition("?")[0])


def _sendable(values: dict[str, Any]) -> dict[Any, Any]:
    """Text as bytes, lone surrogates as what a broken client would send."""
    return {_bytes(name): [_bytes(one) for one in each] if isinstance(each, list) else _bytes(each)
            for name, each in values.items()}  # fmt: skip


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
