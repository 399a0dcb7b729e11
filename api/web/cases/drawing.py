"""Where a case stands, as a line of its procedure's stages, and what it hangs together with, as a small tree."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from api.answers import CaseView, Coded, DutyView, LinkView
from api.reading.casefile import CaseFile
from api.voice import Voice
from domain.events import CaseClosed, StageEntered
from domain.openings import OrderOpening
from domain.state import Case
from domain.vocabulary import CaseKind, Stage


class Place(StrEnum):
    """Where a stage lies from the present one."""

    PAST = "past"
    PRESENT = "present"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Step:
    """One stage on the line; `at` is when it was last entered, `times` how often, `note` a level or an end."""

    stage: Coded
    place: Place
    at: datetime | None = None
    times: int = 0
    note: str | None = None


_ALWAYS: Mapping[CaseKind, tuple[Stage, ...]] = {
    CaseKind.ORDER: (
        Stage.REGISTERED, Stage.REVIEWING, Stage.DISPATCHING, Stage.ACCEPTING, Stage.HANDLING, Stage.RATING,
        Stage.CLOSED,
    ),
    CaseKind.MEDIATION: (
        Stage.REGISTERED, Stage.SIGNED, Stage.VISITED, Stage.CONSENTING, Stage.MEDIATING, Stage.AGREED,
        Stage.PERFORMING, Stage.CLOSED,
    ),
    CaseKind.PETITION: (
        Stage.REGISTERED, Stage.SORTING, Stage.SPLITTING, Stage.ACCEPTING, Stage.HANDLING, Stage.SERVING,
        Stage.REVIEW_WINDOW, Stage.CLOSED,
    ),
    CaseKind.WHISTLE: (
        Stage.REGISTERED, Stage.APPROVING, Stage.REPORTING, Stage.MEETING, Stage.HANDLING,
        Stage.STANDING_DOWN, Stage.RATING, Stage.CLOSED,
    ),
}  # fmt: skip
"""The usual way of each procedure (`workflows/`): what still lies ahead is drawn from it."""

_DETOURS: Mapping[CaseKind, Mapping[Stage, Stage]] = {
    CaseKind.ORDER: {
        Stage.CLAIMING: Stage.DISPATCHING, Stage.ASSIGNING: Stage.CLAIMING, Stage.ESCALATED: Stage.ASSIGNING,
    },
    CaseKind.MEDIATION: {Stage.JOINT_CONFERENCE: Stage.MEDIATING},
    CaseKind.PETITION: {
        Stage.REVIEW: Stage.REVIEW_WINDOW, Stage.RECHECK_WINDOW: Stage.REVIEW,
        Stage.RECHECK: Stage.RECHECK_WINDOW,
    },
    CaseKind.WHISTLE: {Stage.ESCALATED: Stage.REPORTING},
}  # fmt: skip
"""Stages that only some cases enter, and after which stage they are drawn."""

_OF_ITSELF = frozenset({Stage.REVIEWING, Stage.DISPATCHING})
"""Stages that an order placed with a unit from the start does not pass."""


def procedure(file: CaseFile, voice: Voice) -> tuple[Step, ...]:
    """The line of a case: what it has passed with dates, where it stands, what usually comes."""
    entered = _entered(file)
    line = _line(file.case, entered)
    return tuple(_step(file.case, stage, entered, voice) for stage in line)


Entered = Mapping[Stage, Sequence[tuple[datetime, str]]]


def _entered(file: CaseFile) -> Entered:
    found: dict[Stage, list[tuple[datetime, str]]] = {Stage.REGISTERED: [(file.case.opened_at, "")]}
    for event in file.events:
        match event.fact:
            case StageEntered(stage=stage, level=level):
                found.setdefault(stage, []).append((event.at, level))
            case CaseClosed():
                found[Stage.CLOSED] = [(event.at, "")]
    return found


def _line(case: Case, entered: Entered) -> list[Stage]:
    """The usual stages still to come and every stage entered, each in its place."""
    usual = _ALWAYS[case.kind]
    present = max((n for n, stage in enumerate(usual) if stage is case.stage), default=-1)
    ahead = {stage for n, stage in enumerate(usual) if n > present} if case.is_open else set()
    if isinstance(case.opening, OrderOpening) and case.opening.unit is not None:
        ahead -= _OF_ITSELF
    line = [stage for stage in usual if stage in entered or stage in ahead or stage is case.stage]
    for stage, after in _DETOURS[case.kind].items():
        if stage in entered:
            line.insert(_behind(line, after), stage)
    return line + [stage for stage in entered if stage not in line]


def _behind(line: Sequence[Stage], stage: Stage) -> int:
    return line.index(stage) + 1 if stage in line else max(1, len(line) - 1)


def _step(case: Case, stage: Stage, entered: Entered, voice: Voice) -> Step:
    visits = entered.get(stage, ())
    at, level = visits[-1] if visits else (None, "")
    place = Place.PAST if visits else Place.AHEAD
    if stage is case.stage:
        place = Place.PRESENT
    return Step(voice.of(stage), place, at, len(visits), _note(case, stage, level, voice))


def _note(case: Case, stage: Stage, level: str, voice: Voice) -> str | None:
    if stage is Stage.CLOSED:
        return voice.of(case.outcome).text if case.outcome else None
    rung = voice.level(voice.shelf.rulebook(case.rulebook), level) if level else None
    return rung.text if rung else None


@dataclass(frozen=True, slots=True)
class Node:
    """One case, or one department of a whistle, in the tree around a case."""

    name: str
    number: str | None = None
    kind: str | None = None
    state: str | None = None
    here: bool = False
    below: tuple["Node", ...] = ()


Standings = Mapping[str, tuple[str | None, str]]
"""Number of a case → its title and the words of its stage."""


def tree(view: CaseView, standings: Standings, voice: Voice) -> Node | None:
    """The case between what opened it and what it opened; None if it stands alone."""
    below = (*(_part(each, standings) for each in view.parts), *_departments(view, voice))
    if view.parent is None and not below:
        return None
    here = Node(view.title or view.number, view.number, view.kind.text, view.stage.text, True, below)
    if view.parent is None:
        return here
    number = view.parent.number
    title, stage = standings.get(number, (None, None))
    return Node(title or number, number, view.parent.link.text, stage, below=(here,))


def _part(link: LinkView, standings: Standings) -> Node:
    marks = [link.share.text] if link.share else []
    _, stage = standings.get(link.number, (None, None))
    state = link.outcome.text if link.outcome else stage
    kind = " · ".join([link.kind.text if link.kind else link.link.text, *marks])
    return Node(link.unit.name if link.unit else link.number, link.number, kind, state)


def _departments(view: CaseView, voice: Voice) -> Iterable[Node]:
    """What each department of a whistle owes or has done."""
    if view.kind.code != CaseKind.WHISTLE:
        return
    found: dict[str, list[DutyView]] = {}
    for duty in view.duties:
        if duty.about in voice.town.tree:
            found.setdefault(duty.about, []).append(duty)
    for unit, duties in found.items():
        last = max(duties, key=lambda each: (each.status == "open", each.number))
        state = f"{last.kind.text} · {voice.say('ui', 'duty_' + last.status)}"
        yield Node(voice.unit(unit).name, state=state)
