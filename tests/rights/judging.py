"""What the table expects of one person at one moment, as cells that can be compared with what the law allows."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from domain.actors import Actor
from domain.vocabulary import CaseKind, Role, Stage
from tests.rights.expected import PARTY_SIDES, PRESSERS, RECORDERS, SELDOM, TABLE, Line
from tests.rights.lives import Moment
from tests.rights.standing import Rel, Standing


@dataclass(frozen=True)
class Cell:
    """One cell of the matrix: role × act × stage × relation, for oneself or on a party's behalf."""

    kind: CaseKind
    act: str
    stage: Stage
    relation: Rel
    role: Role
    behalf: bool

    def __str__(self) -> str:
        behalf = " for the party" if self.behalf else ""
        return f"{self.kind} {self.act} @{self.stage} by {self.role}{behalf} as {self.relation}"


@cache
def _lines(kind: CaseKind, stage: Stage, role: Role | None) -> tuple[Line, ...]:
    """The lines of a stage for a role; of None those of parties, that staff write down for them."""
    roles = {Role.RESIDENT} if role is None else {role}
    return tuple(line for line in TABLE[kind] if stage in line.stages and roles <= line.roles)


def cells_of(moment: Moment, actor: Actor) -> frozenset[Cell]:
    """The cells by which somebody may act at a moment; none for whoever is recused, accused or shut out."""
    standing = moment.standing
    if standing.closed or _shut_out(standing, actor):
        return frozenset()
    behalf = actor.on_behalf_of is not None
    if behalf and not (actor.role in RECORDERS and actor.unit in standing.involved):
        return frozenset()
    relations = standing.of(actor)
    return frozenset(
        Cell(moment.kind, line.act, moment.stage, line.relation, actor.role, behalf)
        for line in _lines(moment.kind, moment.stage, None if behalf else actor.role)
        if line.relation in relations
    )


def _shut_out(standing: Standing, actor: Actor) -> bool:
    """Recused (第28条), accused (第30条), or not among those who hold what is confidential."""
    if actor.account in standing.recused or standing.is_accused(actor.unit):
        return True
    if not standing.is_confidential or actor.role is Role.SYSTEM_ADMIN:
        return False
    return not sees(standing, actor)


def sees(standing: Standing, actor: Actor) -> bool:
    """Whether somebody may read the case at all (§9.1, §9.2; 《信访工作条例》第30条)."""
    return bool(seeing(standing, actor))


def seeing(standing: Standing, actor: Actor) -> frozenset[str]:
    """Every ground on which somebody may read the case."""
    if standing.is_accused(actor.unit):
        return frozenset()
    return frozenset(_grounds(standing, actor))


def _grounds(standing: Standing, actor: Actor) -> Iterator[str]:
    if actor.role is Role.AUDITOR:
        yield "auditor"
    if actor.account == standing.opener.account:
        yield "opener"
    if actor.role is Role.RESIDENT:
        if actor.on_behalf_of is None and standing.of(actor) & PARTY_SIDES:
            yield "party"
        return
    if actor.role in (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN):
        return
    if standing.is_confidential:
        if actor.unit in standing.holders:
            yield "holder"
        return
    if actor.role in PRESSERS:
        yield "presses"
    if any(unit == actor.unit or unit.startswith(f"{actor.unit}/") for unit in standing.concerned):
        yield "involved or above"


def expected_cells() -> frozenset[Cell]:
    """Every cell of the table, but those of relations that not every role is found in."""
    return frozenset(cell for cell in _expanded() if cell.relation not in SELDOM)


def _expanded() -> Iterator[Cell]:
    for kind, lines in TABLE.items():
        for line in lines:
            for stage in line.stages:
                yield from (Cell(kind, line.act, stage, line.relation, role, False) for role in line.roles)
                if line.roles == {Role.RESIDENT}:
                    yield from (Cell(kind, line.act, stage, line.relation, role, True) for role in RECORDERS)
