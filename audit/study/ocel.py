"""What of a case goes into an object-centric event log (OCEL 2.0): its events, and the objects they touch.

Nothing here names a person: accounts and parties come out as a keyed hash whose key is thrown away with the
export, so that two exports cannot be joined, and no text or commitment comes out at all.
"""

import hashlib
import hmac
import secrets
import typing
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from domain.actors import Actor
from domain.acts import ACTS, Act
from domain.duties import Duty
from domain.events import (
    FACTS,
    Acted,
    CaseClosed,
    CaseLinked,
    CaseOpened,
    DutyBreached,
    DutyFulfilled,
    DutyHandedOver,
    DutyMarked,
    DutyMoved,
    DutyOpened,
    DutyPaused,
    DutyRelieved,
    Escalated,
    Event,
    Fact,
    Noted,
    StageEntered,
    WindowClosed,
)
from domain.openings import MediationOpening, Opening, OrderOpening, PetitionOpening
from domain.vocabulary import CaseKind, CaseNo, Link, Note, Party, Role, Share

Attributes = Mapping[str, str | int | float | bool | datetime]
Relation = tuple[str, str]
"""An object's id and the qualifier of the relation to it."""


class ObjectType(StrEnum):
    """Types of object; a mediation and a petition are cases."""

    CASE = "case"
    ORDER = "order"
    WHISTLE = "whistle"
    UNIT = "unit"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class LogEvent:
    """One event of the log."""

    id: str
    type: str
    time: datetime
    attributes: Attributes
    relations: tuple[Relation, ...]


@dataclass(frozen=True, slots=True)
class LogObject:
    """One object: attributes each with its value and since when, and its relations to other objects."""

    id: str
    type: ObjectType
    attributes: tuple[tuple[str, str | bool, datetime], ...] = ()
    relations: tuple[Relation, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseLog:
    """A case in the log; `others` are the units, persons and cases it relates to, by id."""

    case: LogObject
    events: tuple[LogEvent, ...]
    others: Mapping[str, ObjectType]


@dataclass(frozen=True, slots=True)
class Faces:
    """Pseudonyms of one export."""

    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def of(self, who: str) -> str:
        """What stands for an account or a party in this export."""
        return "person:" + hmac.digest(self.key, who.encode(), hashlib.sha256).hex()[:24]


TYPES: Mapping[CaseKind, ObjectType] = MappingProxyType(
    {
        CaseKind.ORDER: ObjectType.ORDER,
        CaseKind.WHISTLE: ObjectType.WHISTLE,
        CaseKind.MEDIATION: ObjectType.CASE,
        CaseKind.PETITION: ObjectType.CASE,
    }
)

_CASE = {
    "kind": "string", "matter": "string", "community": "string", "town": "string", "rulebook": "string",
    "drill": "boolean", "stage": "string", "level": "string", "outcome": "string",
}  # fmt: skip
OBJECT_ATTRIBUTES: Mapping[ObjectType, Mapping[str, str]] = MappingProxyType(
    {
        ObjectType.CASE: _CASE,
        ObjectType.ORDER: _CASE,
        ObjectType.WHISTLE: _CASE,
        ObjectType.UNIT: {},
        ObjectType.PERSON: {},
    }
)
"""Object type → attribute → type in the terms of the standard."""

_EVERY = {"seq": "integer", "rule": "string"}
_DUTY = {"duty": "integer", "duty_kind": "string"}
_DATES = {"internal_due": "time", "legal_due": "time"}
_FACTS: Mapping[type[Fact], Mapping[str, str]] = {
    CaseOpened: {"role": "string"},
    DutyOpened: {**_DUTY, **_DATES, "nature": "string"},
    DutyFulfilled: _DUTY,
    DutyBreached: _DUTY,
    WindowClosed: _DUTY,
    DutyRelieved: {**_DUTY, "why": "string"},
    DutyMoved: {**_DUTY, **_DATES, "why": "string", "extended_days": "integer"},
    DutyHandedOver: _DUTY,
    DutyPaused: {**_DUTY, "why": "string"},
    DutyMarked: {**_DUTY, "mark": "string"},
    StageEntered: {"stage": "string", "level": "string"},
    Escalated: {"why": "string"},
    CaseLinked: {"link": "string", "mandatory": "boolean"},
    Noted: {"note": "string"},
    CaseClosed: {"outcome": "string"},
}
_ACTED = {"role": "string", "duty": "integer"}


def _plain_fields(act: type[Act]) -> Mapping[str, str]:
    """Fields of an act that say neither who, where nor in what words."""
    hints = typing.get_type_hints(act)
    found = {each.name: _typed(hints[each.name]) for each in fields(act)}
    return {name: kind for name, kind in found.items() if kind is not None}


def _typed(hint: Any) -> str | None:
    kinds = [each for each in (typing.get_args(hint) or (hint,)) if each is not type(None)]
    kind = kinds[0] if len(kinds) == 1 else None
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return "string"
    return None if kind is None else _STANDARD.get(kind)


_STANDARD: Mapping[Any, str] = {bool: "boolean", int: "integer", float: "float", datetime: "time"}
_PLAIN = {code: _plain_fields(act) for code, act in ACTS.items()}


@cache
def event_types() -> Mapping[str, Mapping[str, str]]:
    """Event type → attribute → type: one type for each act, and one for each other fact."""
    acts = {code: {**_EVERY, **_ACTED, **plain} for code, plain in _PLAIN.items()}
    facts = {code: {**_EVERY, **_FACTS[fact]} for code, fact in FACTS.items() if fact is not Acted}
    return MappingProxyType({**acts, **facts})


def case_log(number: CaseNo, events: Sequence[Event], faces: Faces) -> CaseLog:
    """A case, which begins with its opening, as it goes into the log."""
    teller = _Teller(number, faces)
    told = tuple(teller.event(event) for event in events)
    return CaseLog(teller.object(events), told, teller.others)


class _Teller:
    """Tells the events of one case, and remembers which objects they touch."""

    def __init__(self, number: CaseNo, faces: Faces) -> None:
        self._number, self._faces = number, faces
        self._duties: dict[int, Duty] = {}
        self.others: dict[str, ObjectType] = {}

    def event(self, event: Event) -> LogEvent:
        fact = event.fact
        if isinstance(fact, DutyOpened):
            self._duties[fact.duty.number] = fact.duty
        if isinstance(fact, DutyHandedOver):
            before = self._duties[fact.duty]
            self._duties[fact.duty] = replace(before, owner=replace(before.owner, unit=fact.to))
        code = fact.act.code if isinstance(fact, Acted) else fact.code
        relations = ((self._number, "of"), *self._touched(fact))
        return LogEvent(
            f"{self._number}#{event.seq}", code, event.at,
            {"seq": event.seq, "rule": event.rule, **self._said(fact)}, tuple(dict.fromkeys(relations)),
        )  # fmt: skip

    def _said(self, fact: Fact) -> Attributes:
        if isinstance(fact, Acted):
            said = {name: getattr(fact.act, name) for name in _PLAIN[fact.act.code]}
            return _present({"role": fact.actor.role, "duty": fact.duty, **said})
        if isinstance(fact, DutyOpened):
            duty = fact.duty
            return {
                "duty": duty.number, "duty_kind": duty.kind.value, "nature": duty.nature.value,
                "internal_due": duty.internal_due, "legal_due": duty.legal_due,
            }  # fmt: skip
        said = {name: getattr(fact, name, None) for name in _FACTS[type(fact)]}
        if (number := said.get("duty")) is not None:
            said["duty_kind"] = self._duties[number].kind
        if isinstance(fact, CaseOpened):
            said["role"] = fact.actor.role
        return _present(said)

    def _touched(self, fact: Fact) -> Iterator[Relation]:
        match fact:
            case CaseOpened(actor=actor) | Acted(actor=actor):
                yield from self._actor(actor)
            case DutyOpened(duty=duty):
                yield from self._owner(duty)
            case CaseLinked(number=number, kind=kind, link=link):
                yield self._case(number, kind, link.value)
            case Escalated(to=to):
                yield self._unit(to, "escalated-to")
            case StageEntered(unit=unit) | Noted(unit=unit) if unit is not None:
                yield self._unit(unit, "at")
            case _ if (held := getattr(fact, "duty", None)) is not None:
                yield from self._owner(self._duties[held])

    def _actor(self, actor: Actor) -> Iterator[Relation]:
        if actor.role is Role.CASE:
            yield self._case(CaseNo(actor.account), None, "sender")
            return
        yield self._person(actor.account, "actor")
        if actor.on_behalf_of is not None:
            yield self._person(actor.on_behalf_of, "on-behalf-of")
        if actor.unit is not None:
            yield self._unit(actor.unit, "acting")

    def _owner(self, duty: Duty) -> Iterator[Relation]:
        if duty.owner.unit is not None:
            yield self._unit(duty.owner.unit, "owes")
        if duty.owner.party is not None:
            yield self._person(duty.owner.party, "owes")

    def object(self, events: Sequence[Event]) -> LogObject:
        """The case itself, after all its events were told."""
        opened = events[0].fact
        assert isinstance(opened, CaseOpened)
        return LogObject(
            self._number, TYPES[opened.kind], tuple(_values(opened, events)),
            tuple(dict.fromkeys(self._relations(opened, events))),
        )  # fmt: skip

    def _relations(self, opened: CaseOpened, events: Sequence[Event]) -> Iterator[Relation]:
        for party in _parties(opened.opening):
            yield self._person(party, "party")
        parent = getattr(opened.opening, "parent", None)
        if parent is not None and parent.link is Link.ESCALATED_TO:
            yield self._case(parent.number, None, "escalated-from")
        for event in events:
            match event.fact:
                case CaseLinked(number=number, kind=kind, link=link, unit=unit, share=share):
                    if link is not Link.ESCALATED_TO:  # told by the case that came of it
                        yield self._case(number, kind, link.value)
                    if unit is not None and share is not None:
                        yield self._unit(unit, _SHARES[share])
                case Noted(note=Note.LEAD_NAMED, unit=unit) if unit is not None:
                    yield self._unit(unit, "lead")

    def _case(self, number: CaseNo, kind: CaseKind | None, qualifier: str) -> Relation:
        """Another case; where its kind is not said, its number says it."""
        self.others[number] = TYPES[kind] if kind else type_of(number)
        return number, qualifier

    def _unit(self, unit: str, qualifier: str) -> Relation:
        self.others["unit:" + unit] = ObjectType.UNIT
        return "unit:" + unit, qualifier

    def _person(self, who: str, qualifier: str) -> Relation:
        face = self._faces.of(who)
        self.others[face] = ObjectType.PERSON
        return face, qualifier


_SHARES = {Share.LEAD: "lead", Share.CO_HANDLER: "co-handler"}
_LETTERS = {"O": ObjectType.ORDER, "W": ObjectType.WHISTLE}


def type_of(number: CaseNo) -> ObjectType:
    """The type that a number says: a part of a petition is an order; of an order, a whistle."""
    whole, _, part = number.rpartition("-")
    letter = number.removeprefix("X")[:1]
    if len(part) == 2 and whole.count("-"):
        return ObjectType.WHISTLE if type_of(CaseNo(whole)) is ObjectType.ORDER else ObjectType.ORDER
    return _LETTERS.get(letter, ObjectType.CASE)


def _parties(opening: Opening) -> tuple[Party, ...]:
    match opening:
        case MediationOpening():
            return opening.applicants + opening.respondents
        case PetitionOpening():
            return (opening.petitioner,)
        case OrderOpening(applicant=applicant) if applicant is not None:
            return (applicant,)
        case _:
            return ()


def _values(opened: CaseOpened, events: Sequence[Event]) -> Iterator[tuple[str, str | bool, datetime]]:
    """What is so from the opening on, then what became so."""
    at, opening = events[0].at, opened.opening
    yield from (
        ("kind", opened.kind.value, at), ("matter", opening.matter, at), ("rulebook", opened.rulebook, at),
        ("community", opening.offices.community, at), ("town", opening.offices.town, at),
        ("drill", opened.drill, at),
    )  # fmt: skip
    level = ""
    for event in events:
        match event.fact:
            case StageEntered(stage=stage):
                yield "stage", stage.value, event.at
                if event.fact.level != level:
                    level = event.fact.level
                    yield "level", level, event.at
            case CaseClosed(outcome=outcome):
                yield "outcome", outcome.value, event.at


def _present(values: Mapping[str, Any]) -> Attributes:
    """Codes as texts; what is not said is left out."""
    return {
        name: value.value if isinstance(value, StrEnum) else value
        for name, value in values.items()
        if value is not None and value != ""
    }
