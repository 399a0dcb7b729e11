"""Which rows of the register a caller may see: `domain.authority.may_see`, said in SQL for lists."""

import re
from typing import Any

from api.database import Connection
from api.forms import CASE_NUMBER
from api.identity.callers import Caller
from api.town import Town
from domain.organisation import line_of_command
from domain.rights import ADMINISTRATORS, PRESSERS
from domain.vocabulary import Role

_NUMBER = re.compile(CASE_NUMBER)

_CONFIDENTIAL = "(r.confidential OR r.kind = 'petition' AND r.category IS NULL OR r.accused IS NOT NULL)"
# Scalar, not EXISTS: Postgres would hash every duty of the office to fill a page of fifty.
_HOLDS = """(coalesce((SELECT true FROM duty_register d
            WHERE d.case_no = r.case_no AND d.owner_unit = {unit} LIMIT 1), false)
        OR coalesce((SELECT e.unit = {unit} FROM event e WHERE e.case_no = r.case_no AND e.seq = 1), false))"""

# A unit that only does a piece of work for a dispute learns nothing of it, unless it is held in public.
_CONCERNS = """(coalesce((SELECT (e.data::jsonb #>> '{{opening,public}}')::boolean FROM event e
            WHERE e.case_no = r.case_no AND e.seq = 1), false) AND r.units && {units}::text[]
        OR coalesce((SELECT true FROM unnest(r.units) u
            WHERE u = ANY({units}::text[]) AND (u = r.community OR u = r.town
                OR (SELECT true FROM link_register l WHERE l.case_no = r.case_no AND l.unit = u LIMIT 1) IS NULL
                OR (SELECT true FROM duty_register d WHERE d.case_no = r.case_no AND d.owner_unit = u LIMIT 1)
                OR (SELECT e.unit = u FROM event e WHERE e.case_no = r.case_no AND e.seq = 1))
            LIMIT 1), false))"""


class Query:
    """A statement in the making: conditions on `case_register r`, each with its parameters."""

    def __init__(self) -> None:
        self.parameters: list[Any] = []
        self._conditions: list[str] = []

    def give(self, value: Any) -> str:
        """The placeholder for a value."""
        self.parameters.append(value)
        return f"${len(self.parameters)}"

    def want(self, condition: str) -> None:
        """One more condition that every row must meet."""
        self._conditions.append(condition)

    def match(self, column: str, value: Any) -> None:
        """The column must hold the value, if there is one."""
        if value is not None:
            self.want(f"{column} = {self.give(value)}")

    @property
    def where(self) -> str:
        """All conditions together."""
        return " AND ".join(f"({each})" for each in self._conditions) or "true"


def want_visible(query: Query, caller: Caller, town: Town) -> None:
    """Only cases that the caller may see."""
    actor = caller.actor
    if caller.only_case is not None:
        only = query.give(caller.only_case)
        query.want(f"r.case_no = {only} OR starts_with(r.case_no, {only} || '-')")
    if actor.unit is not None:
        above = query.give([*line_of_command(actor.unit), *town.predecessors(actor.unit)])
        query.want(f"r.accused IS NULL OR NOT r.accused = ANY({above}::text[])")
    if actor.role is Role.AUDITOR:
        return
    own = _own(query.give(actor.account), actor.role)
    if actor.unit is None or actor.role in ADMINISTRATORS:
        query.want(own)
        return
    holds = _HOLDS.format(unit=query.give(actor.unit))
    reach = "true"
    if actor.role not in PRESSERS:
        units = query.give(town.subtree(actor.unit))
        reach = f"r.units && {units}::text[]"
        query.want(f"{own} OR {reach}")  # follows from what is next, and can be found by index
        reach = f"CASE WHEN r.kind = 'mediation' THEN {_CONCERNS.format(units=units)} ELSE {reach} END"
    query.want(f"{own} OR CASE WHEN {_CONFIDENTIAL} THEN {holds} ELSE {reach} END")


async def in_sight(connection: Connection, caller: Caller, town: Town, number: str) -> bool:
    """Whether there is such a case and the caller may see it; cheaper than to read the case."""
    if not _NUMBER.fullmatch(number):
        return False
    query = Query()
    query.match("r.case_no", number)
    want_visible(query, caller, town)
    statement = f"SELECT true FROM case_register r WHERE {query.where}"  # noqa: S608 - conditions from here
    return bool(await connection.fetchval(statement, *query.parameters))


def _own(account: str, role: Role) -> str:
    """What somebody opened; of a resident also what it is a party of."""
    opened = f"r.opener = {account}"
    return f"{opened} OR r.parties @> ARRAY[{account}]::text[]" if role is Role.RESIDENT else opened
