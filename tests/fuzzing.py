"""`make fuzz`: requests made from our OpenAPI description, as every role, against a whole Herun: no surprises.

Besides pages and walks (`fuzz_pages`, `fuzz_walks`) there are two sources: boundary values of every parameter
and field in their order, and random cases of a seed. What they name is mostly real
(`fuzz_site.Things`), so that requests get past 404. Rate limits are raised for the run: they are tested by
themselves, and here they would hide everything behind 429.
"""

import argparse
import asyncio
import functools
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import fuzz_pages
import fuzz_walks
import hypothesis
import requests
import schemathesis
from fuzz_site import NOBODY, Site, Someone, cookies_of, csrf_headers, site
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from activities.sessions import Step
from activities.settings import Settings
from api.app import create_app
from api.forms import BLANKS, Blank
from api.writing.openings import OPENING_FORMS

CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
PATIENCE = 30.0  # seconds for one answer
SEVERAL = 3  # people who send the same random case, each about other things
_KINDS = {"unit": "units", "party": "parties", "case": "cases", "account": "accounts", "matter": "matters",
          "file": "files"}  # fmt: skip
_QUERIES = {"unit": "units", "community": "units", "matter": "matters", "account": "accounts", "case": "cases",
            "after": "cursors", "on_behalf_of": "parties"}  # fmt: skip
_keys = count(1)


@dataclass
class Tally:
    """What was asked and what came of it; `surprises` has one example for each kind."""

    statuses: Counter[int] = field(default_factory=Counter)
    roles: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    good: Counter[str] = field(default_factory=Counter)
    surprises: dict[str, str] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        """How many were sent."""
        return self.statuses.total()

    def note(self, operation: str, role: str, status: int) -> None:
        """One more answer."""
        self.statuses[status] += 1
        self.roles[role] += 1
        self.operations[operation] += 1
        if status < 400:
            self.good[operation] += 1

    def surprise(self, operation: str, what: str, example: str) -> None:
        """Something that must not be."""
        told = f"{operation}: {what}"
        if told not in self.surprises:
            self.surprises[told] = example
            print(f"surprise: {told}\n    {example}", file=sys.stderr, flush=True)

    def lines(self) -> Iterator[str]:
        """The summary."""
        of, good = len(self.operations), len(self.good)
        yield f"{self.requests} requests to {of} operations, {good} of them with a good answer"
        yield "by status: " + ", ".join(f"{status} {n}" for status, n in sorted(self.statuses.items()))
        yield "by role:   " + ", ".join(f"{role} {n}" for role, n in sorted(self.roles.items()))
        yield f"surprises: {len(self.surprises)}"
        for what, example in sorted(self.surprises.items()):
            yield f"- {what}\n    {example}"


@functools.cache
def described() -> dict[str, Any]:
    """The whole OpenAPI description of the product."""
    return dict(create_app(Settings(door_url="postgresql:///nowhere")).openapi())


def operations_of(schema: Any) -> list[APIOperation]:
    """Every operation of a description."""
    return [each.ok() for each in schema.get_all_operations()]


# -- where cases come from ------------------------------------------------------------------------------


def boundaries(operation: APIOperation) -> Iterator[Case]:
    """Smallest and largest, missing, of another type, unknown: in the library's own order."""
    schema = operation.schema
    yield from schema.iter_coverage_cases(
        operation, generation_modes=list(GenerationMode), generation_config=schema.config.generation
    )


def drawn(operation: APIOperation, mode: GenerationMode, number: int, seed: int) -> list[Case]:
    """Random cases that fit the description, or that do not."""
    found: list[Case] = []

    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=number, phases=[hypothesis.Phase.generate], database=None, deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: Case) -> None:
        found.append(case)

    with suppress(hypothesis.errors.Unsatisfiable):  # an operation of which nothing can be wrong
        collect()
    return found


# -- making them meet what is there ---------------------------------------------------------------------


def _kinds_of(blanks: Iterable[Blank]) -> Iterator[tuple[str, str]]:
    for each in blanks:
        if each.kind in _KINDS:
            yield each.name, _KINDS[each.kind]
        yield from _kinds_of(each.blanks)


NAMED: Mapping[str, str] = {
    "place": "units", "unit": "units", "party": "parties", "blower": "units", "on_behalf_of": "parties",
    "case": "cases", **dict(pair for blanks in BLANKS.values() for pair in _kinds_of(blanks)),
}  # fmt: skip
"""Name of a field in any form → the kind of thing it names."""
_OPENINGS = {f"/v1/{kind.value}s" for kind in OPENING_FORMS}


def made_real(case: Case, there: Site, chance: Random) -> None:
    """Most of what the case names is put in place of what was made up."""
    things, path = there.things, case.path_parameters
    number = things.one("cases", chance)
    if "number" in path and number and chance.random() < 0.9:
        path["number"] = number
        if "duty" in path and chance.random() < 0.8:
            path["duty"] = things.duties.get(number, 1)
    if "commitment" in path and chance.random() < 0.5:
        path["commitment"] = things.one("files", chance)
    for name in [name for name in (case.query or {}) if name in _QUERIES]:
        if (real := things.one(_QUERIES[name], chance)) and chance.random() < 0.6:
            case.query[name] = real
    if isinstance(case.body, dict | list):
        case.body = _real(case.body, there, chance, "")
    if "idempotency-key" in case.headers and chance.random() < 0.95:
        case.headers["idempotency-key"] = f"fuzz-{next(_keys)}"


def _real(value: Any, there: Site, chance: Random, name: str) -> Any:
    match value:
        case dict():
            return {each: _real(inner, there, chance, str(each)) for each, inner in value.items()}
        case list():
            return [_real(inner, there, chance, name) for inner in value]
        case str() if name in NAMED and chance.random() < 0.8:
            return there.things.one(NAMED[name], chance) or value
        case _:
            return value


# -- sending them -----------------------------------------------------------------------------------------


class Fuzzer:
    """Sends cases and looks at the answers."""

    def __init__(self, there: Site, seed: int) -> None:
        self.tally = Tally()
        self.chance = Random(seed)
        self.there = there
        self._http = requests.Session()
        self._sessions: dict[tuple[str, Step], str] = {}

    def send(self, case: Case, who: Someone) -> None:
        """One request as somebody."""
        made_real(case, self.there, self.chance)
        headers = self._let_in(case, who)
        label = case.operation.label
        try:
            answer = case.call(
                base_url=self.there.url, session=self._http, headers=headers, timeout=PATIENCE,
                allow_redirects=False,
            )  # fmt: skip
        except (requests.RequestException, ValueError, TypeError) as failed:
            self._unsent(label, failed, case)
            return
        self.tally.note(label, who.role, answer.status_code)
        self._look(case, who, answer, headers)

    def _unsent(self, label: str, failed: Exception, case: Case) -> None:
        """What no client can put on the wire was not asked; what was not answered is a surprise."""
        if isinstance(failed, requests.Timeout | requests.ConnectionError):
            self.tally.surprise(label, f"no answer: {type(failed).__name__}", repr(case)[:600])

    def _look(self, case: Case, who: Someone, answer: schemathesis.Response, headers: Any) -> None:
        label = case.operation.label
        if who is NOBODY and answer.status_code < 400 and case.operation.definition.raw.get("security"):
            self.tally.surprise(label, "an operation that asks for a sign-in let nobody in", repr(case)[:600])
        try:
            case.validate_response(answer, checks=CHECKS, headers=headers)
        except FailureGroup as failures:
            for each in failures.exceptions:
                self.tally.surprise(label, _told(each, answer.status_code), _example(case, who, answer))

    def _let_in(self, case: Case, who: Someone) -> dict[str, str]:
        """Headers with which the request comes from somebody: a token, or a browser's session."""
        case.headers.pop("authorization", None)
        case.cookies.pop("herun_session", None)
        if who.token is None:
            return self._forged(case)
        if case.path.startswith("/v1/sessions") or self.chance.random() < 0.3:
            token = self._session(who, case)
            case.cookies.update(cookies_of(token))
            return dict(csrf_headers(token))
        return {"authorization": f"Bearer {who.token}"}

    def _forged(self, case: Case) -> dict[str, str]:
        match self.chance.randrange(4):
            case 0:
                return {"authorization": "Bearer " + "x" * 43}
            case 1:
                case.cookies.update(cookies_of("y" * 43))
                return dict(csrf_headers("y" * 43))
            case 2:
                return {"authorization": "Basic YTpi"}
            case _:
                return {}

    def _session(self, who: Someone, case: Case) -> str:
        """One that still lasts: requests about sessions get a new one now and then, at any step."""
        about = case.path.startswith("/v1/sessions")
        step = self.chance.choice(list(Step)) if about else Step.OPEN
        if (who.account, step) not in self._sessions or (about and self.chance.random() < 0.3):
            self._sessions[who.account, step] = self.there.session(who.account, step)
        elif case.method.upper() == "DELETE":
            return self._sessions.pop((who.account, step))
        return self._sessions[who.account, step]


def _told(failure: BaseException, status: int) -> str:
    text = failure.message if isinstance(failure, Failure) else str(failure)
    return f"{type(failure).__name__} at {status}: {' '.join(text.split())[:160]}"


def _example(case: Case, who: Someone, answer: schemathesis.Response) -> str:
    body = answer.content[:300].decode("utf-8", "replace")
    return f"as {who.role}: {case.method} {answer.request.url} {case!r}"[:900] + f"\n    → {body}"


# -- the runs ---------------------------------------------------------------------------------------------

Report = Callable[[Tally, str], None]


def quiet(tally: Tally, phase: str) -> None:
    """For tests."""


@dataclass(frozen=True)
class Plan:
    """How much: requests in all, seconds at most, boundary cases and random cases of each operation and round."""

    requests: int
    seconds: float
    boundaries: int | None
    drawn: int
    pages: int
    walks: int
    seed: int


def run(there: Site, plan: Plan, report: Report = quiet) -> Tally:
    """Everything of a plan; blocking, for a thread of its own."""
    schema = schemathesis.openapi.from_dict(described())
    fuzzer, until = Fuzzer(there, plan.seed), time.monotonic() + plan.seconds
    operations = operations_of(schema)
    pages = fuzz_pages.Pages(there, plan.seed, fuzzer.tally)
    pages.run(plan.pages, until)
    report(fuzzer.tally, "pages")
    fuzz_walks.Walks(there, plan.seed, fuzzer.tally).run(plan.walks, until)
    report(fuzzer.tally, "walks")
    for case in _bounded(operations, plan, fuzzer.chance):
        if time.monotonic() > until or fuzzer.tally.requests >= plan.requests:
            break
        fuzzer.send(case, _anybody(fuzzer))
        report(fuzzer.tally, "boundaries")
    _random_rounds(fuzzer, operations, plan, until, report)
    for trouble in there.troubles():
        fuzzer.tally.surprise("workflow", "a case is stuck", trouble)
    return fuzzer.tally


def _anybody(fuzzer: Fuzzer) -> Someone:
    return fuzzer.chance.choice(fuzzer.there.people)


def _bounded(operations: Sequence[APIOperation], plan: Plan, chance: Random) -> Iterator[Case]:
    """Boundary cases: of each operation all, or a few from a random place on."""
    for operation in operations:
        cases = boundaries(operation)
        if plan.boundaries is None:
            yield from cases
            continue
        first = chance.randrange(30)
        found = [case for place, case in zip(range(first + plan.boundaries), cases, strict=False)]
        yield from found[-plan.boundaries :]


def _random_rounds(
    fuzzer: Fuzzer, operations: Sequence[APIOperation], plan: Plan, until: float, report: Report
) -> None:
    """Rounds over all operations, each some roles further on, until there were enough requests."""
    people = fuzzer.there.people
    for turn in count():
        for place, operation in enumerate(operations):
            mode = list(GenerationMode)[(turn + place) % 2]
            for n, case in enumerate(drawn(operation, mode, plan.drawn, plan.seed + turn)):
                for again in range(SEVERAL):
                    if time.monotonic() > until or fuzzer.tally.requests >= plan.requests:
                        return
                    fuzzer.send(case, people[(turn + place + SEVERAL * n + again) % len(people)])
            report(fuzzer.tally, f"random, round {turn + 1}")


def _progress() -> Report:
    began = last = time.monotonic()

    def report(tally: Tally, phase: str) -> None:
        nonlocal last
        if (now := time.monotonic()) - last > 10:
            last = now
            line = (
                f"{now - began:5.0f} s  {phase}: {tally.requests} requests, {len(tally.surprises)} surprises"
            )
            print(line, file=sys.stderr, flush=True)

    return report


async def _whole(plan: Plan) -> Tally:
    with tempfile.TemporaryDirectory(prefix="herun-fuzz-") as folder:
        async with site(Path(folder)) as there:
            return await asyncio.to_thread(run, there, plan, _progress())


def main() -> int:
    """0 only if nothing was a surprise and as many requests were sent as asked for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--requests", type=int, default=22_000)
    options.add_argument("--minutes", type=float, default=60)
    options.add_argument("--seed", type=int, default=20261122)
    asked = options.parse_args()
    plan = Plan(
        asked.requests, 60 * asked.minutes, None, 12, asked.requests // 10, asked.requests // 10, asked.seed
    )
    began = time.monotonic()
    tally = asyncio.run(_whole(plan))
    print("\n".join(tally.lines()))
    print(f"seed {asked.seed}, {time.monotonic() - began:.0f} s")
    return 1 if tally.surprises or tally.requests < asked.requests else 0


if __name__ == "__main__":
    sys.exit(main())
