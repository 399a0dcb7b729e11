"""Somebody at the door who tries every address, and what each answer gives away."""

import itertools
import math
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import astuple, dataclass, field
from typing import Any

import httpx
from dispute_stories import table
from doorway import Deployment
from fastapi import FastAPI
from page_stories import HEATER, MANHOLE, Matters, session_for

from api.examples import example_of
from api.identity import signing_in
from api.identity.sessions import CSRF_HEADER, NAME, csrf_of
from domain.acts import ACTS
from domain.vocabulary import CaseNo, Party

ACCUSED = "滨湖街道"
DOCUMENTS = {"P": "petition_notice", "M": "agreement", "W": "whistle_sheet"}
PHOTO = b"\x89PNG\r\n\x1a\n" + b"\0" * 64

_FITTING = {
    "order.dispatch": {"units": ["市水务局", "市城管局"]},
    "succeed": {"abolished": "市城管局", "successor": "市水务局"},
    "petition.refer_jurisdiction": {"order": "O20261121-00008", "units": ["市水务局", "市城管局"]},
}
"""Where the example names a body that the demo town has under another name."""

_keys = itertools.count(1)
_BY_CHANCE = {"content-length", "date", "set-cookie", "x-request-id"}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^\"<\s]*")
_KEY = re.compile(r"\b[0-9a-f]{32}\b")


@dataclass(frozen=True)
class Route:
    """One method at one address with its blanks."""

    method: str
    template: str

    @property
    def blanks(self) -> list[str]:
        """What has to be filled in."""
        return re.findall(r"{(\w+)(?::\w+)?}", self.template)

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


def routes_of(app: FastAPI) -> list[Route]:
    """Every address of the door, also of routers within routers."""
    return sorted(set(_walked(app.routes)), key=str)


def _walked(routes: Any) -> Iterator[Route]:
    for route in routes:
        if hasattr(route, "original_router"):
            yield from _walked(route.original_router.routes)
        elif getattr(route, "methods", None):
            yield from (Route(method, route.path) for method in route.methods - {"HEAD"})


def filled(route: Route, number: str, **blanks: Any) -> str:
    """The address with its blanks filled in, for one case."""
    given = {
        "number": number, "duty": 1, "act": "supplement", "document": DOCUMENTS.get(number[0], "agreement"),
        "code": DOCUMENTS.get(number[0], "agreement"), "commitment": "c1:" + "a" * 52, **blanks,
    }  # fmt: skip
    return re.sub(r"{(\w+)(?::\w+)?}", lambda blank: str(given[blank[1]]), route.template)


@dataclass(frozen=True)
class Answer:
    """What somebody outside could tell one answer from another by."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...]
    statements: int

    def differs_from(self, other: "Answer") -> str:
        """In what, for whoever reads a failed test."""
        return str([pair for pair in zip(astuple(self), astuple(other), strict=True) if pair[0] != pair[1]])[
            :600
        ]


@dataclass
class Counter:
    """Statements that the door sent to Postgres."""

    statements: list[str] = field(default_factory=list)

    def on(self, app: FastAPI) -> None:
        """Count from now on."""
        database, log = app.state.door.database, self.statements
        connect = database.connection

        @asynccontextmanager
        async def counted() -> AsyncIterator[Any]:
            async with connect() as connection:
                with connection.query_logger(lambda record: _noted(record.query, log)):
                    yield connection

        database.connection = counted


def _noted(statement: str, log: list[str]) -> None:
    """All but the note, twice a minute and whatever was asked, that the session was seen."""
    if not statement.startswith("UPDATE session SET seen_at"):
        log.append(statement)


@dataclass
class Seeker:
    """Somebody signed in who asks for what may not be theirs."""

    http: httpx.AsyncClient
    account: str
    csrf: str
    counter: Counter

    async def ask(self, route: Route, path: str, number: str = "") -> Answer:
        """One request as a program or a page would send it, and its answer without what differs by chance."""
        before = len(self.counter.statements)
        answer = await self.http.request(route.method, path, **self._with(route))
        text = answer.text if "text" in answer.headers.get("content-type", "") or "json" in answer.headers.get(
            "content-type", "") else str(len(answer.content))  # fmt: skip
        kept = tuple(sorted((k, v) for k, v in answer.headers.items() if k not in _BY_CHANCE))
        return Answer(
            answer.status_code, _KEY.sub("KEY", _INSTANT.sub("NOW", _without(text, number))),
            tuple((k, _without(v, number)) for k, v in kept), len(self.counter.statements) - before,
        )  # fmt: skip

    def _with(self, route: Route) -> dict[str, Any]:
        headers = {CSRF_HEADER: self.csrf, "idempotency-key": f"probe-{next(_keys)}", "origin": "http://door"}
        if not route.template.startswith("/v1/"):
            headers["accept"] = "text/html"
            return {"headers": headers, "data": {}} if route.method == "POST" else {"headers": headers}
        act = route.template.rpartition("/")[2]
        body = _FITTING.get(act) or (example_of(ACTS[act]) if act in ACTS else {"text": "路过看见的。"})
        return {"headers": headers, "json": body} if route.method == "POST" else {"headers": headers}


def _without(text: str, number: str) -> str:
    return text.replace(number, "NUMBER") if number else text


def nobodys(number: str) -> str:
    """A number of the same shape that no case has."""
    head, _, _ = number.partition("-")
    return f"{head}-99999"


@dataclass
class Scene:
    """The cases, who may not see them, and the door that is probed."""

    deployment: Deployment
    matters: Matters
    accusation: str
    dispute: str
    """A private dispute for which the water bureau does a piece of work."""
    recused: str
    """A dispute whose mediator stepped aside."""
    photo: str
    session: int
    link: str
    counter: Counter

    @asynccontextmanager
    async def seeking(self, account: str, token: str = "") -> AsyncIterator[Seeker]:
        """Somebody with a session of their own."""
        token = token or await session_for(self.deployment.settings, account)
        transport = httpx.ASGITransport(self.deployment.app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://door", cookies={NAME: token}
        ) as http:
            yield Seeker(http, account, csrf_of(token), self.counter)


async def set_scene(deployment: Deployment, matters: Matters) -> Scene:
    """An accusation, a private dispute with an order, a dispute whose mediator stepped aside, and a photograph."""
    who = {
        name: await deployment.person(name) for name in ("resident-01", "xinfang.officer", "xingye.mediator")
    }
    resident = who["resident-01"]
    accusation = await resident.opened("/v1/petitions", {**MANHOLE, "title": "街道有人收钱"})
    await who["xinfang.officer"].done(accusation, "petition.sort", category="accusation", accused=ACCUSED)
    held = await (await (await table(deployment, HEATER)).visited()).consented()
    await held.done("mediation.place_order", unit="市水务局", text="请查验热水器管路。")
    other = await (await table(deployment, HEATER)).visited()
    await other.done("recuse", account="xingye.mediator", reason="与房东是亲戚。")
    kept = await deployment.http.post(
        "/v1/attachments", files={"file": ("p.png", PHOTO, "image/png")},
        headers={"authorization": f"Bearer {resident.token}"},
    )  # fmt: skip
    photo = str(kept.json()["commitment"])
    await resident.done(matters.manhole, "attach", files=[photo])
    await session_for(deployment.settings, "resident-01")
    session = await deployment.owner.fetchval("SELECT max(id) FROM session WHERE account = 'resident-01'")
    link = await signing_in.make_link(
        deployment.app.state.door, CaseNo(matters.manhole), Party("resident-01")
    )
    hall = deployment.app.state.door.hall
    await hall.reload()
    hall._read_at = math.inf  # the town is read again by chance, within whatever request
    counter = Counter()
    counter.on(deployment.app)
    return Scene(
        deployment, matters, accusation, held.number, other.number, photo, session, link, counter,
    )  # fmt: skip
