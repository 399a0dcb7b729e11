"""Acts, openings and events as JSON values and back; strict, so that what was written reads the same."""

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter

from domain.actors import Actor
from domain.acts import ACTS, Act
from domain.calendar import CST
from domain.events import FACTS, Acted, CaseOpened, Event, Fact
from domain.openings import OPENINGS, Opening
from domain.vocabulary import CaseKind

_ADAPTERS: dict[type, TypeAdapter[Any]] = {}


def adapter(kind: type) -> TypeAdapter[Any]:
    """The reader and writer of one class, built once."""
    found = _ADAPTERS.get(kind)
    if found is None:
        found = _ADAPTERS[kind] = TypeAdapter(kind)
    return found


def instant_text(at: datetime) -> str:
    """An instant as it stands on the ledger: China Standard Time, milliseconds."""
    return at.astimezone(CST).isoformat(timespec="milliseconds")


def read_instant(text: str) -> datetime:
    """The instant a ledger text means."""
    return datetime.fromisoformat(text).astimezone(CST)


def dump(value: object) -> dict[str, Any]:
    """A dataclass as a JSON object, without the fields that keep their default."""
    return adapter(type(value)).dump_python(value, mode="json", exclude_defaults=True)  # type: ignore[no-any-return]


def load_act(code: str, data: dict[str, Any]) -> Act:
    """The act a code and its fields mean.

    Raises:
        KeyError: no act has that code.
        pydantic.ValidationError: a field is missing, unknown or wrong.
    """
    return adapter(ACTS[code]).validate_python(data)  # type: ignore[no-any-return]


def load_actor(data: dict[str, Any]) -> Actor:
    """Who acted."""
    return adapter(Actor).validate_python(data)  # type: ignore[no-any-return]


def load_opening(kind: CaseKind, data: dict[str, Any]) -> Opening:
    """The opening of a kind of case from its fields."""
    return adapter(OPENINGS[kind]).validate_python(data)  # type: ignore[no-any-return]


def event_json(event: Event) -> dict[str, Any]:
    """An event as it is hashed and stored, without the chain."""
    return {
        "seq": event.seq,
        "at": instant_text(event.at),
        "kind": event.fact.code,
        "cause": event.cause,
        "rule": event.rule,
        "data": _fact_json(event.fact),
    }


def load_event(stored: dict[str, Any]) -> Event:
    """The event that `event_json` wrote."""
    return Event(
        seq=stored["seq"],
        at=read_instant(stored["at"]),
        fact=_load_fact(stored["kind"], stored["data"]),
        cause=stored["cause"],
        rule=stored["rule"],
    )


def _fact_json(fact: Fact) -> dict[str, Any]:
    match fact:
        case Acted():
            return {
                "act": fact.act.code, "fields": dump(fact.act), "actor": dump(fact.actor),
                "act_id": fact.act_id, "duty": fact.duty,
            }  # fmt: skip
        case CaseOpened():
            return {
                "kind": fact.kind.value, "opening": dump(fact.opening), "rulebook": fact.rulebook,
                "calendar": fact.calendar, "actor": dump(fact.actor), "act_id": fact.act_id,
                "drill": fact.drill,
            }  # fmt: skip
        case _:
            return dump(fact)


def _load_fact(code: str, data: dict[str, Any]) -> Fact:
    match code:
        case Acted.code:
            act = load_act(data["act"], data["fields"])
            return Acted(act, load_actor(data["actor"]), data["act_id"], data["duty"])
        case CaseOpened.code:
            return CaseOpened(
                kind=CaseKind(data["kind"]),
                opening=load_opening(CaseKind(data["kind"]), data["opening"]),
                rulebook=data["rulebook"],
                calendar=data["calendar"],
                actor=load_actor(data["actor"]),
                act_id=data["act_id"],
                drill=data["drill"],
            )
        case _:
            return adapter(FACTS[code]).validate_python(data)  # type: ignore[no-any-return]
