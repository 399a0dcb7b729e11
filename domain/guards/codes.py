"""What the rules of single acts share: their codes, their shape, and the questions several of them ask."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from domain.actors import Actor
from domain.duties import DutyKind
from domain.organisation import within
from domain.rulebook import Rulebook
from domain.state import Case, OpenDuty
from domain.vocabulary import Party, Unit

Objection = tuple[str, tuple[str, ...]] | None
"""A code with what it is about, or None where the rule has nothing against the act."""

Ready = Callable[[Case, Actor, Rulebook], Objection]
"""A rule that can be asked before the form is filled in."""

Form = Callable[[Case, Any, Actor, Rulebook], Objection]
"""A rule about what the form says."""

Done = Callable[[Case, Actor], bool]
"""Whether an act would only say again what is on the record; it is taken in, but nobody is asked for it."""


class GuardCode(StrEnum):
    """Why an act is refused though it is its turn."""

    NOTICE_MISSING = "notice_missing"
    CONSENT_MISSING = "consent_missing"
    THIRD_PERSON_CONSENT_MISSING = "third_person_consent_missing"
    SIGNATURE_MISSING = "signature_missing"
    PAPER_MISSING = "paper_missing"
    ALL_PARTIES_NEEDED = "all_parties_needed"
    NOT_A_PARTY = "not_a_party"
    NOT_CHOSEN = "not_chosen"
    SUSPENDED = "suspended"
    NOT_SUSPENDED = "not_suspended"
    NOT_PAUSABLE = "not_pausable"
    TOO_FAR = "too_far"
    NO_SEATS = "no_seats"
    PARTS_OPEN = "parts_open"
    EXTENSION_USED = "extension_used"
    EXTENSION_ASKED = "extension_asked"
    EXTENSION_TOO_LONG = "extension_too_long"
    EXTENSION_LATE = "extension_late"
    NOT_EXTENDABLE = "not_extendable"
    PATH_NEEDED = "path_needed"
    ACCUSED_NEEDED = "accused_needed"
    ACCUSED_UNIT = "accused_unit"
    COMMUNITY_AS_LEAD = "community_as_lead"
    BLOWER_REPORTS = "blower_reports"
    LEAD_DECIDED = "lead_decided"
    NOT_RATIFIED = "not_ratified"
    ONLY_ITSELF = "only_itself"
    UNKNOWN_ORDER = "unknown_order"
    RETURN_SETTLED = "return_settled"
    SEND_BACK_USED = "send_back_used"
    OBJECTED_BEFORE = "objected_before"
    WHISTLE_TOO_SOON = "whistle_too_soon"
    NOT_SIMPLE = "not_simple"
    SIMPLE_NEEDS_ONE_UNIT = "simple_needs_one_unit"
    HEARING_RUNS = "hearing_runs"
    SAME_CASE = "same_case"
    UNKNOWN_CALENDAR = "unknown_calendar"
    NOT_ANOTHERS = "not_anothers"
    OWN_WORK = "own_work"
    NO_SUCCESSION = "no_succession"


def held(case: Case, kind: DutyKind) -> OpenDuty | None:
    """The open duty of a kind, breached or not."""
    return next((each for each in case.duties.values() if each.duty.kind is kind), None)


def missing_from(case: Case, present: tuple[Party, ...]) -> Objection:
    """All parties or none."""
    missing = tuple(each for each in case.parties if each not in present)
    return (GuardCode.ALL_PARTIES_NEEDED, missing) if missing else None


def accused_bodies(case: Case) -> tuple[Unit, ...]:
    """The accused, and who answers for it since it was abolished; nobody accused, nothing."""
    accused = case.accused
    return () if accused is None else _names(case, accused)


def reaches_accused(case: Case, *units: Unit | None) -> Objection:
    """An accusation never reaches the accused or a subordinate (《信访工作条例》第30条第3款、第46条第5项)."""
    accused = accused_bodies(case)
    named = (each for each in units if each is not None)
    reached = tuple(each for each in named if _comes_under(case, each, accused))
    return (GuardCode.ACCUSED_UNIT, reached) if reached else None


def not_community(case: Case, lead: Unit) -> Objection:
    """A community never leads a matter that is not on its list (《北京市接诉即办工作条例》第17条第2款)."""
    communities = _names(case, case.opening.offices.community)
    return (GuardCode.COMMUNITY_AS_LEAD, (lead,)) if _comes_under(case, lead, communities) else None


def _comes_under(case: Case, unit: Unit, bodies: tuple[Unit, ...]) -> bool:
    """Whether a unit is one of the bodies or belongs to one, under either of its names."""
    return any(within(name, body) for name in _names(case, unit) for body in bodies)


def _names(case: Case, unit: Unit) -> tuple[Unit, Unit]:
    """A unit as somebody names it, and the one that answers for it now; nearly always the same."""
    return unit, case.standing(unit)
