"""Counts what this process answered, for `/metrics`: routes, codes and durations; no account, no case, no text."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from itertools import accumulate
from time import perf_counter
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.measures.exposition import Sample

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)  # seconds
_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
_ACTS = "/v1/cases/{number}/acts/"
_OPENINGS = frozenset(("/v1/orders", "/v1/mediations", "/v1/petitions", "/v1/whistles"))


class Durations:
    """How long requests of one kind took."""

    def __init__(self) -> None:
        self._in_bucket = [0] * (len(BUCKETS) + 1)
        self._sum = 0.0

    def add(self, seconds: float) -> None:
        """One more."""
        self._in_bucket[bisect_left(BUCKETS, seconds)] += 1
        self._sum += seconds

    def samples(self, labels: Mapping[str, str]) -> Iterator[Sample]:
        """Cumulated, as the format wants it."""
        edges = (*(str(edge) for edge in BUCKETS), "+Inf")
        upto = list(accumulate(self._in_bucket))
        for edge, count in zip(edges, upto, strict=True):
            yield Sample(count, {**labels, "le": edge}, "_bucket")
        yield Sample(self._sum, labels, "_sum")
        yield Sample(upto[-1], labels, "_count")


class Counts:
    """Since this process began."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._problems: Counter[str] = Counter()
        self._durations: dict[str, Durations] = {}

    def add(self, scope: Mapping[str, Any], status: int, seconds: float) -> None:
        """One request that was answered; its route is the template, never the address itself."""
        route = str(getattr(scope.get("route"), "path", None) or "none")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self._requests[method, route, status] += 1
        if problem := scope.get("state", {}).get("problem"):
            self._problems[problem] += 1
        self._durations.setdefault(_what(method, route), Durations()).add(seconds)

    def requests(self) -> Iterator[Sample]:
        """By method, route and status."""
        for (method, route, status), count in sorted(self._requests.items()):
            yield Sample(count, {"method": method, "route": route, "status": str(status)})

    def problems(self) -> Iterator[Sample]:
        """By code."""
        for code, count in sorted(self._problems.items()):
            yield Sample(count, {"code": code})

    def durations(self) -> Iterator[Sample]:
        """By what was asked for."""
        for what, durations in sorted(self._durations.items()):
            yield from durations.samples({"what": what})


def _what(method: str, route: str) -> str:
    if route.startswith(_ACTS):
        return "act"
    if method == "POST" and route in _OPENINGS:
        return "opening"
    if route.startswith("/v1/"):
        return "read" if method == "GET" else "other"
    return "page"


class Counting:
    """Around every request: adds it to the counts once it is answered."""

    def __init__(self, app: ASGIApp, counts: Counts) -> None:
        self._app = app
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), HTTPStatus.INTERNAL_SERVER_ERROR.value

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            self._counts.add(scope, status, perf_counter() - began)
