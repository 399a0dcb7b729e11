"""Whether more time was given as it may be: once, not too long, in time, by those who may, and told."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from audit.findings import Finding
from audit.lawfulness.codes import LawCode
from audit.lawfulness.story import Line, Story

_MOST_BY_LAW = 30
"""Natural days (《信访工作条例》第34条), whatever an edition says."""


@dataclass(frozen=True, slots=True)
class _Grant:
    """How one kind of case is given more time."""

    duty: str
    limit: str
    times: str


_GRANTS: Mapping[str, _Grant] = {
    "petition.grant_extension": _Grant("petition.handle", "petition.extension", "petition.extension_times"),
    "order.grant_extension": _Grant("order.handle", "order.extension", "order.extension_times"),
}
_TOLD = frozenset({"extension_granted", "party_told"})
_ALL_CONSENT = {
    "mediation.suspend": "consenting",
    "mediation.extend": "consenting",
    "mediation.conference": "consenting",
    "mediation.confirm": "applicants",
}


def more_time_is_given_once_and_in_time(story: Story) -> Iterator[Finding]:
    """§9.6: as often as the edition says, before expiry, at most 30 natural days, and the person is told."""
    for code, grant in _GRANTS.items():
        for place, act in enumerate(story.acts(code), start=1):
            yield from _check_measure(story, grant, act, place)
            yield from _check_instant(story, grant, act)
            noted = {line.data["note"] for line in story.step(act) if line.kind == "noted"}
            unsaid = code.startswith("petition") and not act.fields.get("reason")
            if unsaid or not noted.issuperset(_TOLD):
                yield story.finding(LawCode.EXTENSION_UNTOLD, act, _TOLD, noted)


def _check_measure(story: Story, grant: _Grant, act: Line, place: int) -> Iterator[Finding]:
    rules, days = story.rules, act.fields["days"]
    times = rules.figures.get(grant.times, 1) if rules else 1
    longest = rules.limits[grant.limit].n if rules and grant.limit in rules.limits else _MOST_BY_LAW
    longest = min(longest, _MOST_BY_LAW) if grant.duty == "petition.handle" else longest
    if place > times:
        yield story.finding(LawCode.EXTENSION_REPEATED, act, times, place)
    if not 1 <= days <= longest:
        yield story.finding(LawCode.EXTENSION_TOO_LONG, act, longest, days)


def _check_instant(story: Story, grant: _Grant, act: Line) -> Iterator[Finding]:
    held = [duty for duty in story.owed(grant.duty) if duty.was_open(act.seq)]
    late = [duty for duty in held if duty.was_breached(act.seq) or act.at > duty.dates_at(act.seq).legal]
    if not held or late:
        due = held[-1].dates_at(act.seq).legal if held else None
        yield story.finding(LawCode.EXTENSION_LATE, act, due, act.at)
    if act.act.startswith("petition") and held:
        head = ("unit_head", held[-1].unit_at(act.seq))
        found = (act.actor["role"], act.actor.get("unit"))
        if found != head:
            yield story.finding(LawCode.EXTENSION_NOT_BY_HEAD, act, head, found)


def all_consent_or_none(story: Story) -> Iterator[Finding]:
    """A rest, more time beyond the month, another try and the court's confirmation: by all parties together."""
    for code, name in _ALL_CONSENT.items():
        for act in story.acts(code):
            if act.fields.get("decision") == "terminate":
                continue
            missing = story.parties.difference(act.fields.get(name, ()))
            alone = LawCode.CONFIRMATION_ALONE if name == "applicants" else LawCode.CONSENT_INCOMPLETE
            if missing:
                yield story.finding(alone, act, story.parties, act.fields.get(name, ()), act.act)


CHECKS = (more_time_is_given_once_and_in_time, all_consent_or_none)
