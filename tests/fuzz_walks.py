"""Walks through cases with odd words: whoever may do something does it, in forms filled in from their schemas."""

import time
from itertools import count
from random import Random
from typing import Any

import requests
from fuzz_site import NOBODY, Noted, Site, Someone

from api.forms import FORMS
from api.writing.openings import OPENING_FORMS
from domain.vocabulary import CaseKind
from rehearsal.canary.filling import Known, Pen

ODD: tuple[str, ...] = (
    "a\x00b", "\ud800", "‮反", "\u2028", "😀" * 50, "é", "e\u0301", "\x7f\x80", "'; DROP TABLE event; --",
    "<script>alert(1)</script>", "%s{0}{{7*7}}", "slot:0", "c1:" + "a" * 52, "null", "\\u0000", "x" * 10_000, "\ufeff",
    "\t\n\r", "٣", "龘" * 9_999, "-1", '"', "=cmd()", "\ufffe", "\U0010ffff",
)  # fmt: skip
_OPENERS = {CaseKind.ORDER: "resident", CaseKind.MEDIATION: "community_worker", CaseKind.PETITION: "resident",
            CaseKind.WHISTLE: "community_worker"}  # fmt: skip
_keys = count(1)


class Walks:
    """People who do whatever they are offered."""

    def __init__(self, there: Site, seed: int, tally: Noted) -> None:
        self._there, self._tally, self._chance = there, tally, Random(seed)
        self._http = requests.Session()
        self._people = {who.role: who for who in there.people}

    def run(self, number: int, until: float) -> None:
        """So many requests, in turn a look at a case and an act that it offers; now and then a new case."""
        for n in range(number // 2):
            if time.monotonic() > until:
                return
            if n % 12 == 0:
                self._open(self._chance.choice(list(CaseKind)))
            else:
                self._step(self._chance.choice(self._there.things.cases))

    def _open(self, kind: CaseKind) -> None:
        body = self._pen({}).filled(OPENING_FORMS[kind], kind.value)
        body |= {"place": self._chance.choice(("星叶社区", "yunhe/gucheng/mujie"))}
        answer = self._ask(
            self._people[_OPENERS[kind]], "POST", f"/v1/{kind.value}s", f"/v1/{kind.value}s", body
        )
        if answer is not None and answer.status_code == 201:
            self._there.things.cases.append(str(answer.json()["number"]))

    def _step(self, number: str) -> None:
        who = self._chance.choice([each for each in self._there.people if each is not NOBODY])
        seen = self._ask(who, "GET", "/v1/cases/{number}", f"/v1/cases/{number}")
        offers = seen.json().get("possible_acts") if seen is not None and seen.status_code == 200 else None
        if not offers:
            return
        offer = self._chance.choice(offers)
        fields = {each["name"]: each for each in offer["fields"]}
        body = self._pen(fields).filled(FORMS[offer["act"]], offer["act"])
        self._ask(who, "POST", f"/v1/cases/{{number}}/acts/{offer['act']}", offer["href"], body)

    def _pen(self, fields: dict[str, Any]) -> Pen:
        things = self._there.things
        known = {"unit": things.units, "matter": things.matters, "case": things.cases, "party": things.parties,
                 "account": things.accounts, "calendar": ("cn-2026", "cn-2027"), "file": things.files}  # fmt: skip
        return Pen(self._write, Known(known), self._chance, fields)

    def _write(self, place: str, longest: int) -> str:
        return (self._chance.choice(ODD) if self._chance.random() < 0.3 else "还没有修好。")[:longest]

    def _ask(
        self, who: Someone, method: str, label: str, path: str, body: Any = None
    ) -> requests.Response | None:
        headers = {"authorization": f"Bearer {who.token}", "idempotency-key": f"walk-{next(_keys)}"}
        try:
            answer = self._http.request(
                method, self._there.url + path, json=body, headers=headers, timeout=30
            )
        except (requests.Timeout, requests.ConnectionError) as failed:
            self._tally.surprise(
                f"{method} {label}", f"no answer: {type(failed).__name__}", f"{path} {body}"[:600]
            )
            return None
        self._tally.note(f"{method} {label}", who.role, answer.status_code)
        if answer.status_code >= 500:
            example = f"as {who.role}: {path} {body!r}"[:600] + f"\n    → {answer.text[:300]}"
            self._tally.surprise(f"{method} {label}", f"walk at {answer.status_code}", example)
        return answer
