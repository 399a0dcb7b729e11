"""What the mediation room shows: the steps of a mediator's work, what each still lacks, and the acts of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from api.answers import CaseView, DutyView, PartyView
from api.reading.casefile import CaseFile
from api.web.cases.actforms import ActForm
from api.web.cases.course import Entry
from api.web.frame.visits import Visitor
from domain.acts import mediation as acts
from domain.duties import DutyKind
from domain.events import Acted, DutyMarked, DutyOpened
from domain.openings import MediationOpening
from domain.state import Case
from domain.vocabulary import Note, Party, Stage


class Step(StrEnum):
    """The order in which a mediator works."""

    INTAKE = "intake"
    CONSENT = "consent"
    SESSIONS = "sessions"
    AGREEMENT = "agreement"
    CONFIRMATION = "confirmation"
    PERFORMANCE = "performance"


class State(StrEnum):
    """Whether a step is behind, under way or ahead."""

    DONE = "done"
    NOW = "now"
    AHEAD = "ahead"


ACTS: Mapping[Step, tuple[str, ...]] = MappingProxyType(
    {
        Step.INTAKE: ("mediation.sign", "mediation.visit", "mediation.grade"),
        Step.CONSENT: (
            "mediation.serve_notice", "mediation.consent", "mediation.choose_mediator", "mediation.accept",
            "mediation.reject",
        ),
        Step.SESSIONS: (
            "mediation.session", "mediation.investigate", "mediation.suspend", "mediation.resume",
            "mediation.place_order", "mediation.extend", "mediation.conference", "mediation.ask_escalation",
            "mediation.end",
        ),
        Step.AGREEMENT: ("mediation.agree", "mediation.sign_agreement", "mediation.seal"),
        Step.CONFIRMATION: ("mediation.confirm", "mediation.skip_confirmation"),
        Step.PERFORMANCE: ("mediation.performance", "mediation.return_visit"),
    }
)  # fmt: skip
"""The acts of each step, in the order in which they are of use; the law says which are offered."""

IN_THE_TABLE = frozenset(
    {"mediation.serve_notice", "mediation.consent", "mediation.choose_mediator", "mediation.sign_agreement"}
)
"""Acts about one party, which stand in that party's row."""

_STAGES: Mapping[Step, frozenset[Stage]] = MappingProxyType(
    {
        Step.INTAKE: frozenset({Stage.REGISTERED, Stage.SIGNED, Stage.VISITED}),
        Step.CONSENT: frozenset({Stage.CONSENTING}),
        Step.SESSIONS: frozenset({Stage.MEDIATING, Stage.JOINT_CONFERENCE}),
        Step.AGREEMENT: frozenset({Stage.AGREED}),
        Step.CONFIRMATION: frozenset({Stage.PERFORMING}),
        Step.PERFORMANCE: frozenset({Stage.PERFORMING}),
    }
)
_DUTIES: Mapping[Step, frozenset[str]] = MappingProxyType(
    {
        Step.INTAKE: frozenset(
            {DutyKind.MEDIATION_SIGN, DutyKind.MEDIATION_FIRST_VISIT, DutyKind.MEDIATION_GRADE}
        ),
        Step.CONSENT: frozenset({DutyKind.MEDIATION_CONSENT}),
        Step.SESSIONS: frozenset(
            {
                DutyKind.MEDIATION_MEDIATE, DutyKind.MEDIATION_TOTAL, DutyKind.MEDIATION_SUSPENSION,
                DutyKind.MEDIATION_JOINT,
            }
        ),
        Step.AGREEMENT: frozenset({DutyKind.MEDIATION_AGREEMENT}),
        Step.CONFIRMATION: frozenset({DutyKind.MEDIATION_CONFIRM}),
        Step.PERFORMANCE: frozenset({DutyKind.MEDIATION_PERFORMANCE, DutyKind.MEDIATION_RETURN_VISIT}),
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Lack:
    """Something without which the next step cannot come: a sentence of the table `room`, about these names."""

    code: str
    names: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """That something was done for or by a party: when, and who wrote it down."""

    at: datetime
    recorded_by: str | None = None
    on_paper: bool = False


@dataclass(frozen=True, slots=True)
class Person:
    """A party with how far it has come, and what may be written down for it; keys of `forms` are acts."""

    party: PartyView
    side: str
    notice: Mark | None
    consent: Mark | None
    choice: str | None
    signature: Mark | None
    forms: Mapping[str, ActForm]


@dataclass(frozen=True, slots=True)
class RoomStep:
    """One step with its state, what it lacks, its open duties, its records and its acts."""

    step: Step
    state: State
    lacks: tuple[Lack, ...]
    duties: tuple[DutyView, ...]
    entries: tuple[Entry, ...]
    forms: tuple[ActForm, ...]


@dataclass(frozen=True, slots=True)
class Window:
    """The thirty days for the court: from effect to end, with the instants of its reminders."""

    since: datetime
    until: datetime
    reminders: tuple[tuple[datetime, bool], ...]
    end: str | None
    """How it ended, by its code in the table `room`; None while it is open."""


Entries = Sequence[Entry]
Forms = Sequence[ActForm]


def steps(
    file: CaseFile, view: CaseView, entries: Entries, forms: Forms, names: Mapping[str, str]
) -> tuple[RoomStep, ...]:
    """Every step in order."""
    entered = {each.fact.stage for each in file.events if hasattr(each.fact, "stage")} | {Stage.REGISTERED}
    told = {each.seq: each for each in reversed(entries)}
    return tuple(
        RoomStep(
            step, _state(file.case, step, entered, own := _forms_of(step, forms)), _lacks(file, step, names),
            tuple(each for each in view.duties if each.status == "open" and each.kind.code in _DUTIES[step]),
            tuple(_records(file, step, told)), own,
        )
        for step in Step
    )  # fmt: skip


def others(forms: Forms) -> tuple[ActForm, ...]:
    """Acts that belong to no step."""
    placed = {act for acts_of in ACTS.values() for act in acts_of}
    return tuple(each for each in forms if each.act not in placed)


def people(file: CaseFile, view: CaseView, visitor: Visitor, forms: Mapping[str, Forms],
           staff: Mapping[str, str]) -> tuple[Person, ...]:  # fmt: skip
    """The parties in order; `forms` are what may be written down for each."""
    marks = _marks(file, staff)
    return tuple(
        Person(
            party=each, side=_side(file, Party(each.id)), notice=marks.get(("notice", each.id)),
            consent=marks.get(("consent", each.id)), choice=_choice(file.case, Party(each.id), staff),
            signature=marks.get(("signature", each.id)),
            forms={form.act: form for form in forms.get(each.id, ())},
        )
        for each in view.parties
    )  # fmt: skip


def window(file: CaseFile) -> Window | None:
    """The window of the court, once there is one."""
    opened = [e for e in file.events if isinstance(e.fact, DutyOpened)
              and e.fact.duty.kind is DutyKind.MEDIATION_CONFIRM]  # fmt: skip
    if not opened or not isinstance(opened[-1].fact, DutyOpened):
        return None
    duty, since = opened[-1].fact.duty, opened[-1].at
    marked = {e.at for e in file.events if isinstance(e.fact, DutyMarked) and e.fact.duty == duty.number}
    reminders = tuple((at, at in marked) for at, _ in duty.marks)
    return Window(since, duty.legal_due, reminders, _end_of_window(file, duty.number))


def _end_of_window(file: CaseFile, duty: int) -> str | None:
    done = {type(e.fact.act) for e in file.events if isinstance(e.fact, Acted)}
    if acts.ApplyConfirmation in done:
        return "applied"
    if acts.SkipConfirmation in done:
        return "skipped"
    if Note.CONFIRMATION_LAPSED in file.case.notes:
        return "lapsed"
    return None if duty in file.case.duties else "window_over"


def _forms_of(step: Step, forms: Forms) -> tuple[ActForm, ...]:
    by_act = {each.act: each for each in forms}
    return tuple(by_act[act] for act in ACTS[step] if act in by_act)


def _state(case: Case, step: Step, entered: set[Stage], forms: Forms) -> State:
    if case.is_open and (case.stage in _STAGES[step] or forms):
        return State.NOW
    return State.DONE if entered & _STAGES[step] else State.AHEAD


def _records(file: CaseFile, step: Step, told: Mapping[int, Entry]) -> Iterator[Entry]:
    wanted = set(ACTS[step]) - IN_THE_TABLE
    for event in file.events:
        match event.fact:
            case Acted(act=act) if act.code in wanted and event.seq in told:
                yield told[event.seq]


def _lacks(file: CaseFile, step: Step, names: Mapping[str, str]) -> tuple[Lack, ...]:
    """What is missing for the next step, as far as the case stands in this one."""
    case = file.case
    if not case.is_open or case.stage not in _STAGES[step]:
        return ()
    match step:
        case Step.CONSENT:
            return tuple(_lacking_consent(case, names))
        case Step.SESSIONS:
            return tuple(_lacking_sessions(file))
        case Step.AGREEMENT:
            return tuple(_lacking_signatures(case, names))
        case _:
            open_kinds = {held.duty.kind for held in case.duties.values()}
            return tuple(Lack(code) for kind, code in _OWED.items() if kind in open_kinds & _DUTIES[step])


_OWED: Mapping[str, str] = MappingProxyType(
    {
        DutyKind.MEDIATION_SIGN: "need_sign_for", DutyKind.MEDIATION_FIRST_VISIT: "need_visit",
        DutyKind.MEDIATION_GRADE: "need_grade", DutyKind.MEDIATION_PERFORMANCE: "need_check",
        DutyKind.MEDIATION_RETURN_VISIT: "need_visit_back",
    }
)  # fmt: skip


def _lacking_consent(case: Case, names: Mapping[str, str]) -> Iterator[Lack]:
    untold, unwilling = _without(case, case.noticed, names), _without(case, case.consented, names)
    if untold:
        yield Lack("need_notice", untold)
    if unwilling:
        yield Lack("need_consent", unwilling)
    yield Lack("need_accept")


def _lacking_sessions(file: CaseFile) -> Iterator[Lack]:
    if any(held.duty.kind is DutyKind.MEDIATION_SUSPENSION for held in file.case.duties.values()):
        yield Lack("need_resume")
    if not any(isinstance(e.fact, Acted) and isinstance(e.fact.act, acts.HoldSession) for e in file.events):
        yield Lack("need_session")
    yield Lack("need_agreement")


def _lacking_signatures(case: Case, names: Mapping[str, str]) -> Iterator[Lack]:
    assert isinstance(case.opening, MediationOpening)
    if unsigned := _without(case, case.signed, names):
        yield Lack("need_signature", unsigned)
    if case.opening.paper_only and (missing := _without(case, case.on_paper, names)):
        yield Lack("need_paper", missing)
    yield Lack("need_seal")


def _without(case: Case, done: set[Party], names: Mapping[str, str]) -> str:
    return "、".join(names.get(each, each) for each in case.parties if each not in done)


def _marks(file: CaseFile, staff: Mapping[str, str]) -> Mapping[tuple[str, str], Mark]:
    found: dict[tuple[str, str], Mark] = {}
    for event in file.events:
        match event.fact:
            case Acted(act=acts.ServeNotice(to=party), actor=actor):
                found.setdefault(("notice", party), Mark(event.at, staff.get(actor.account)))
            case Acted(act=acts.Consent(), actor=actor) if actor.party:
                by = staff.get(actor.account) if actor.on_behalf_of else None
                found.setdefault(("consent", actor.party), Mark(event.at, by))
            case Acted(act=acts.SignAgreement(scan=scan), actor=actor) if actor.party:
                by = staff.get(actor.account) if actor.on_behalf_of else None
                found["signature", actor.party] = Mark(event.at, by, scan is not None)
    return found


def _choice(case: Case, party: Party, staff: Mapping[str, str]) -> str | None:
    chosen = case.chosen.get(party)
    return None if chosen is None else staff.get(chosen, chosen)


def _side(file: CaseFile, party: Party) -> str:
    assert isinstance(file.case.opening, MediationOpening)
    return "applicants" if party in file.case.opening.applicants else "respondents"
