"""Which cases an auditor asks for: what was typed, what it means, and what of it means nothing."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, TypeAlias, TypeVar

from fastapi import Depends

from api.database import Connection
from api.forms import CASE_NUMBER
from api.identity.sight import Query, want_visible
from api.problems import Problem
from api.reading.listing import Status
from api.routes.cases import unit_named
from api.web.auditing.auditor import Auditor, Typed, day_of, end_of
from api.web.frame.links import href
from api.web.frame.visits import Visitor
from audit.casefiles.reading import Wanted
from domain.vocabulary import CaseKind, Outcome, Unit

_NUMBER = re.compile(CASE_NUMBER)
# Two statements rather than one with NULLS LAST: each walks an index from its end, none sorts the register.
_ORDERS = (
    "r.closed_at IS NOT NULL ORDER BY r.closed_at DESC, r.case_no DESC",
    "r.closed_at IS NULL ORDER BY r.opened_at DESC, r.case_no DESC",
)

Code = TypeVar("Code", bound=StrEnum)
Value = TypeVar("Value")


class Breached(StrEnum):
    """Whether some duty of the case was overdue at any time."""

    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Sieve:
    """Filters over the register. `typed` is what stands in the fields, `wrong` a sentence for each that failed."""

    typed: Mapping[str, str]
    wrong: Mapping[str, str] = field(default_factory=dict)
    words: str = ""
    kind: CaseKind | None = None
    status: Status | None = None
    outcome: Outcome | None = None
    breached: Breached | None = None
    unit: Unit | None = None
    matter: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def is_of_all(self) -> bool:
        """Whether nothing is left out."""
        return not any(self.typed.values())

    @property
    def number(self) -> str | None:
        """The case number, or the beginning of one, if that is what the words are."""
        words = self.words.upper()
        return words if _NUMBER.fullmatch(words) else None

    def address(self, path: str, **more: object) -> str:
        """The same filters on another page."""
        return href(path, **{**self.typed, **more})

    def wanted(self, *, drill: bool) -> Wanted:
        """What a study takes of it."""
        return Wanted(self.since, self.until, self.matter, self.kind, drill=drill)

    def query(self, visitor: Visitor) -> Query:
        """Conditions on `case_register r`; words that are no number are left to the full-text search."""
        query = Query()
        query.match("r.drill", visitor.door.settings.drill)
        query.match("r.kind", self.kind)
        query.match("r.outcome", self.outcome)
        if self.number:
            query.want(f"starts_with(r.case_no, {query.give(self.number)})")
        if self.status is not None:
            query.want(f"r.closed_at IS {'NULL' if self.status is Status.OPEN else 'NOT NULL'}")
        if self.breached is not None:
            query.want("r.breaches > 0" if self.breached is Breached.YES else "r.breaches = 0")
        if self.unit is not None:
            query.want(f"r.units @> ARRAY[{query.give(self.unit)}]::text[]")
        if self.matter is not None:
            code = query.give(self.matter)
            query.want(f"r.matter = {code} OR starts_with(r.matter, {code} || '.')")
        if self.since is not None:
            query.want(f"r.opened_at >= {query.give(self.since)}")
        if self.until is not None:
            query.want(f"r.opened_at < {query.give(self.until)}")
        want_visible(query, visitor.caller, visitor.voice.town)
        return query


async def numbers(connection: Connection, visitor: Visitor, sieve: Sieve, most: int) -> list[str]:
    """The numbers of so many of the cases, those closed last first; one more tells that there are more.

    Words that are no number choose none: a text search gives pages, not a choice.
    """
    if sieve.words and not sieve.number:
        return []
    found: list[str] = []
    for order in _ORDERS:
        query = sieve.query(visitor)
        limit = query.give(most + 1 - len(found))
        statement = f"SELECT r.case_no FROM case_register r WHERE {query.where} AND {order} LIMIT {limit}"  # noqa: S608 - conditions from the code
        found += [row["case_no"] for row in await connection.fetch(statement, *query.parameters)]
    return found


async def _sieve(
    visitor: Auditor, q: Typed = "", kind: Typed = "", status: Typed = "", outcome: Typed = "",
    breached: Typed = "", unit: Typed = "", matter: Typed = "", since: Typed = "", until: Typed = "",
) -> Sieve:  # fmt: skip
    given = {
        "q": q, "kind": kind, "status": status, "outcome": outcome, "breached": breached, "unit": unit,
        "matter": matter, "since": since, "until": until,
    }  # fmt: skip
    typed = {name: each.replace("\x00", "").strip() for name, each in given.items()}
    wrong: dict[str, str] = {}
    unsaid = visitor.speech.t("auditing.not_a_day")
    return Sieve(
        typed, wrong, typed["q"], _code(typed["kind"], CaseKind), _code(typed["status"], Status),
        _code(typed["outcome"], Outcome), _code(typed["breached"], Breached), _unit(typed["unit"], visitor, wrong),
        typed["matter"] or None, _day("since", typed, day_of, wrong, unsaid),
        _day("until", typed, end_of, wrong, unsaid),
    )  # fmt: skip


def _code(text: str, codes: type[Code]) -> Code | None:
    return codes(text) if text in set(codes) else None


def _unit(text: str, visitor: Visitor, wrong: dict[str, str]) -> Unit | None:
    try:
        return unit_named(visitor.voice, text or None, "unit")
    except Problem as unknown:
        wrong["unit"] = unknown.errors[0].shown(visitor.language)["message"]
        return None


def _day(
    name: str, typed: Mapping[str, str], read: Callable[[str], Value], wrong: dict[str, str], sentence: str
) -> Value | None:
    try:
        return read(typed[name])
    except ValueError:
        wrong[name] = sentence
        return None


Sieved: TypeAlias = Annotated[Sieve, Depends(_sieve)]
"""The filters of the address."""


def choices(visitor: Visitor) -> Mapping[str, Any]:
    """What the lists of the filter form offer."""
    voice = visitor.voice
    return {
        "kinds": tuple(map(voice.of, CaseKind)), "outcomes": tuple(map(voice.of, Outcome)),
        "drill": visitor.door.settings.drill,
    }  # fmt: skip
