"""How urgent an open duty looks: blue, yellow, red, computed when asked for and never stored."""

from collections import defaultdict
from datetime import datetime, timedelta

from api.identity.sight import Query
from domain.rulebook import Rulebook
from domain.shelf import Shelf
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


_GONE = "extract(epoch FROM {now} - d.counted_from)"
_WHOLE = "extract(epoch FROM d.internal_due - d.counted_from)"
_IS_YELLOW = f"({_GONE} >= {{yellow}} * {_WHOLE} AND {_WHOLE} >= {{short}})"
_IS_BLUE = f"({_GONE} >= {{blue}} * {_WHOLE} AND NOT {_IS_YELLOW})"


def want_colour(query: Query, colour: Colour, now: datetime | None, shelf: Shelf) -> None:
    """Only rows of `duty_register d` with `case_register r` that have a colour: `colour_of` said in SQL.

    Without `now` every case is looked at as it stands at its last event, as drills are.
    """
    at = "r.last_at" if now is None else query.give(now)
    if colour is Colour.RED:
        query.want(f"d.breached_at IS NOT NULL OR d.legal_due < {at}")
        return
    query.want(f"d.legal_due >= {at}")  # by itself, so that it can be found by index
    query.want("d.breached_at IS NULL AND NOT d.paused")
    query.want(_by_fractions(query, _IS_YELLOW if colour is Colour.YELLOW else _IS_BLUE, at, shelf))


def _by_fractions(query: Query, condition: str, at: str, shelf: Shelf) -> str:
    """The condition with the fractions of each case's edition; editions that agree are asked about together."""
    agreeing: defaultdict[tuple[float, float, float], list[str]] = defaultdict(list)
    for rules in shelf.rulebooks:
        warn = rules.warn
        agreeing[warn.blue, warn.yellow, warn.short_limit_hours * 3600.0].append(rules.digest)
    found = []
    for (blue, yellow, short), digests in agreeing.items():
        holds = condition.format(now=at, blue=blue, yellow=yellow, short=short)
        mine = f"r.rulebook = ANY({query.give(digests)}::text[]) AND " if len(agreeing) > 1 else ""
        found.append(f"({mine}{holds})")
    return " OR ".join(found)
