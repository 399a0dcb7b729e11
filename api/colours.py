"""How urgent an open duty looks: blue, yellow, red, computed when asked for and never stored."""

from datetime import datetime, timedelta

from domain.rulebook import Rulebook
from domain.state import OpenDuty
from domain.vocabulary import Colour


def colour_of(held: OpenDuty, now: datetime, rules: Rulebook) -> Colour | None:
    """The colour by the share of time gone towards the internal due date, by the edition's fractions.

    Red from the breach on; no yellow for limits shorter than the edition says; none while the clock stands.
    """
    if held.breached or now > held.legal_due:
        return Colour.RED
    if held.paused:
        return None
    gone = now - held.duty.counted_from
    whole = held.internal_due - held.duty.counted_from
    if gone >= rules.warn.yellow * whole and whole >= timedelta(hours=rules.warn.short_limit_hours):
        return Colour.YELLOW
    return Colour.BLUE if gone >= rules.warn.blue * whole else None
