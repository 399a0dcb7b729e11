"""Which rows of the register a caller may see: `domain.authority.may_see`, said in SQL for lists."""

from typing import Any

from api.callers import Caller
from api.town import Town
from domain.organisation import line_of_command
from domain.rights import ADMINISTRATORS, PRESSERS
from domain.vocabulary import Role

# A part carries the unit that its parent accuses in its opening, which the register does not repeat.
_ACCUSED = """CASE WHEN r.parent_no IS NULL THEN r.accused ELSE coalesce(r.accused, (
        SELECT e.data::jsonb #>> '{opening,parent,accused}' FROM event e
        WHERE e.case_no = r.case_no AND e.seq = 1)) END"""
_CONFIDENTIAL = (
    f"""(r.confidential OR r.kind = 'petition' AND r.category IS NULL OR ({_ACCUSED}) IS NOT NULL)"""
)
_HOLDS = """(EXISTS (SELECT FROM duty_register d WHERE d.case_no = r.case_no AND d.owner_unit = {unit})
        OR EXISTS (SELECT FROM event e WHERE e.case_no = r.case_no AND e.seq = 1 AND e.unit = {unit}))"""


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
        above = query.give(list(line_of_command(actor.unit)))
        query.want(f"({_ACCUSED}) IS NULL OR NOT ({_ACCUSED}) = ANY({above}::text[])")
    if actor.role is Role.AUDITOR:
        return
    own = _own(query.give(actor.account), actor.role)
    if actor.unit is None or actor.role in ADMINISTRATORS:
        query.want(own)
        return
    holds = _HOLDS.format(unit=query.give(actor.unit))
    reach = "true"
    if actor.role not in PRESSERS:
        reach = f"r.units && {query.give(town.subtree(actor.unit))}::text[]"
        query.want(f"{own} OR {reach}")  # follows from what is next, and can be found by index
    query.want(f"{own} OR CASE WHEN {_CONFIDENTIAL} THEN {holds} ELSE {reach} END")


def _own(account: str, role: Role) -> str:
    """What somebody opened; of a resident also what it is a party of."""
    opened = f"r.opener = {account}"
    return f"{opened} OR r.parties @> ARRAY[{account}]::text[]" if role is Role.RESIDENT else opened
