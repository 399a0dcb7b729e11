"""A life as a list of steps: what happened in it and when, in a form that is kept in a file and lived again."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from domain.actors import Actor
from domain.acts import Act
from domain.codec import dump, instant_text, load_act, load_actor, load_opening, read_instant
from domain.openings import Opening
from domain.vocabulary import CaseKind, CaseNo


@dataclass(frozen=True, slots=True)
class Brought:
    """Somebody brings a matter; the editions it pins are named as they were published."""

    at: datetime
    number: CaseNo
    opening: Opening
    actor: Actor
    rulebook: str
    calendar: str


@dataclass(frozen=True, slots=True)
class Tried:
    """Somebody tries an act; `sure` where it was offered and its form was filled in with care."""

    at: datetime
    number: CaseNo
    id: str
    actor: Actor
    act: Act
    sure: bool = False


@dataclass(frozen=True, slots=True)
class Passed:
    """Time passes; whatever falls due before the instant lapses."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Published:
    """An edition of rules or of the calendar comes out, by name."""

    at: datetime
    edition: str


Step = Brought | Tried | Passed | Published


@dataclass(frozen=True, slots=True)
class Life:
    """What a seed became; `steps` alone are enough to live it again."""

    seed: int
    steps: tuple[Step, ...]


def write(life: Life, path: Path, why: Sequence[str] = ()) -> None:
    """Keep a life in a file that people can read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = {"seed": life.seed, "why": list(why), "steps": [_json(step) for step in life.steps]}
    path.write_text(json.dumps(whole, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def read(path: Path) -> Life:
    """A life from its file."""
    whole = json.loads(path.read_text(encoding="utf-8"))
    return Life(whole["seed"], tuple(map(_step, whole["steps"])))


def _json(step: Step) -> dict[str, Any]:
    at = {"at": instant_text(step.at)}
    match step:
        case Brought():
            who = {"number": step.number, "kind": step.opening.kind.value, "actor": dump(step.actor)}
            pinned = {"rulebook": step.rulebook, "calendar": step.calendar}
            return {"step": "brought", **at, **who, **pinned, "opening": dump(step.opening)}
        case Tried():
            what = {"act": step.act.code, "fields": dump(step.act), "sure": step.sure}
            return {
                "step": "tried",
                **at,
                "number": step.number,
                "id": step.id,
                "actor": dump(step.actor),
                **what,
            }
        case Passed():
            return {"step": "passed", **at}
        case Published():
            return {"step": "published", **at, "edition": step.edition}


def _step(data: dict[str, Any]) -> Step:
    at = read_instant(data["at"])
    match data["step"]:
        case "brought":
            opening = load_opening(CaseKind(data["kind"]), data["opening"])
            number, actor = CaseNo(data["number"]), load_actor(data["actor"])
            return Brought(at, number, opening, actor, data["rulebook"], data["calendar"])
        case "tried":
            act, actor = load_act(data["act"], data["fields"]), load_actor(data["actor"])
            return Tried(at, CaseNo(data["number"]), data["id"], actor, act, data["sure"])
        case "passed":
            return Passed(at)
        case "published":
            return Published(at, data["edition"])
    raise ValueError(data["step"])
