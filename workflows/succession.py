"""A body is abolished while a case runs: what its successor takes over, and who owes what a procedure names."""

from collections.abc import Iterator
from dataclasses import replace

from domain.actors import Owner
from domain.acts import base
from domain.events import DutyHandedOver, Fact, Noted, StageEntered
from domain.state import Case
from domain.vocabulary import Note


def handed_over(case: Case, act: base.Succeed) -> Iterator[tuple[Fact, str]]:
    """What the body led, where the case stood with it, and each duty it owed; with the rule each cites.

    The procedure notices nothing: it waits for the same duties, by the same dates (《信访工作条例》第24条).
    """
    lead, at = case.lead, case.at
    owed = [held for held in case.duties.values() if held.duty.owner.unit == act.abolished]
    if lead == act.abolished:
        yield Noted(Note.LEAD_NAMED, act.successor), ""
    if at is not None and act.abolished in (lead, at):
        yield StageEntered(case.stage, case.level, case.standing(at)), ""
    for held in owed:
        yield DutyHandedOver(held.duty.number, act.successor), held.duty.rule


def owner_now(case: Case, owner: Owner) -> Owner:
    """The owner that a procedure names, or the one that answers for it since."""
    if owner.unit is None or owner.unit not in case.successors:
        return owner
    return replace(owner, unit=case.standing(owner.unit))
