"""Whether every due date is what its rule gives, counted anew from where it began."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from audit.findings import Finding
from audit.lawfulness.codes import LawCode
from audit.lawfulness.editions import Rules
from audit.lawfulness.shapes import instant
from audit.lawfulness.story import LAPSES, Dates, Duty, Line, Story
from audit.lawfulness.sums import CST, Due, Limit, Span, reckon, still_that_day
from audit.lawfulness.tables import HEARING, WRITTEN

_REMINDERS = tuple(f"mediation.confirm_remind_{place}" for place in (1, 2, 3))
_EXTENDING = MappingProxyType(
    {
        "order.handle": "order.extension",
        "petition.handle": "petition.extension",
        "mediation.total": "mediation.total",
    }
)
_MAIN = frozenset({"petition.notice", "petition.handle"})
"""Duties of a petition that pass to other hands, counted from where they began."""


def due_when_the_rule_says(story: Story) -> Iterator[Finding]:
    """A new duty's dates, by its limit, the calendar the case holds, and its cap; a written date is itself."""
    for duty in story.duties.values():
        expected = _first_dates(story, duty)
        if expected is not None:
            yield from _compare(story, LawCode.DUE_WRONG, expected, duty.dates[0], duty)


def _first_dates(story: Story, duty: Duty) -> Due | None:
    terms, rules, days = duty.terms, story.rules, story.calendar_at(duty.opened.seq)
    if terms["rule"] == WRITTEN and "due" in story.opening:
        written = instant(story.opening["due"])
        return Due(written, written, False)
    if duty.kind in ("mediation.suspension", "petition.hearing"):
        return _until_agreed(story, duty)
    if rules is None or days is None or terms["rule"] not in rules.limits:
        return None
    found = rules.due(terms["rule"], instant(terms["counted_from"]), days)
    return found.at_most(instant(terms["cap"])) if "cap" in terms else found


def _until_agreed(story: Story, duty: Duty) -> Due | None:
    """A matter rests until the end of the day that all agreed on, a hearing lasts until the end planned."""
    root = story.root(duty.opened)
    if root is not None and root.act == "petition.start_hearing":
        planned = max(instant(root.fields["planned_end"]), root.at)
        return Due(planned, planned, False)
    if root is None or root.act != "mediation.suspend":
        return None
    last = date.fromisoformat(root.fields["until"])
    ends = datetime.combine(last + timedelta(days=1), time(), CST)
    return Due(ends, ends, False)


def _compare(story: Story, code: LawCode, expected: Due, found: Dates, duty: Duty) -> Iterator[Finding]:
    right, recorded = (expected.internal, expected.legal), (found.internal, found.legal)
    if right != recorded:
        yield story.finding(code, found.since, right, recorded, f"{duty.name} {duty.terms['rule']}")
    elif expected.provisional is not found.provisional:
        yield story.finding(
            LawCode.PROVISIONAL_WRONG, found.since, expected.provisional, found.provisional, duty.name
        )


def counted_from_where_they_begin(story: Story) -> Iterator[Finding]:
    """A limit counts from the event it follows; what follows 24:00 counts from the day that ended."""
    for duty in story.duties.values():
        expected, found = _beginning(story, duty), instant(duty.terms["counted_from"])
        if found != expected:
            yield story.finding(LawCode.COUNTED_FROM, duty.opened, expected, found, duty.name)


def _beginning(story: Story, duty: Duty) -> datetime:
    opened, rule = duty.opened, duty.terms["rule"]
    if duty.kind == "mediation.first_visit":
        return story.opened.at
    if rule == "mediation.perform_grace":
        agreed = story.acts("mediation.agree")[-1].fields["perform_by"]
        return max(datetime.combine(date.fromisoformat(agreed), time(), CST), opened.at)
    if duty.kind in _MAIN and (before := _passed_on(story, duty)) is not None:
        return instant(before.terms["counted_from"])
    if duty.kind == "mediation.mediate" and (before := _same_level(story, duty)) is not None:
        return instant(before.terms["counted_from"])
    if rule in (WRITTEN, HEARING) or duty.kind == "mediation.suspension":
        return opened.at
    root, limit = story.root(opened), story.rules.limits.get(rule) if story.rules else None
    follows_a_lapse = root is not None and root.kind in LAPSES
    return still_that_day(limit, opened.at) if limit and follows_a_lapse else opened.at


def _same_level(story: Story, duty: Duty) -> Duty | None:
    """The sittings at this level that danger broke off: their days run on.

    Once the joint conference had the dispute, those days are over: what it gives back, or danger takes from it,
    begins anew.
    """
    again = [d for d in story.owed("mediation.mediate") if d.opened.seq < duty.opened.seq]
    if not again or again[-1].terms.get("about") != duty.terms.get("about"):
        return None
    conferred = [duty.opened.seq for duty in story.owed("mediation.joint")]
    return None if any(again[-1].opened.seq < seq < duty.opened.seq for seq in conferred) else again[-1]


def _passed_on(story: Story, duty: Duty) -> Duty | None:
    """The duty of the kind that was relieved in the same step, because it goes to other hands."""
    for other in story.owed(duty.kind):
        ended = other.ended
        if ended is not None and ended.cause == duty.opened.cause and ended.seq < duty.opened.seq:
            return other if ended.data.get("why") == "moved" else None
    return None


# -- moved, paused ------------------------------------------------------------------------------------


def moved_as_far_as_was_granted(story: Story) -> Iterator[Finding]:
    """A duty moves for an extension granted, a pause that ended or a calendar adopted, by as much as that."""
    for duty in story.duties.values():
        for place, line in enumerate(duty.moves, start=1):
            if not _is_granted(story, duty, line):
                found = [line.data["why"], line.data.get("extended_days", 0)]
                yield story.finding(LawCode.MOVED_WITHOUT_CAUSE, line, "what moves it", found, duty.name)
            expected = _dates_after(story, duty, line)
            if expected is not None:
                yield from _compare(story, LawCode.MOVED_WRONG, expected, duty.dates[place], duty)


def _is_granted(story: Story, duty: Duty, line: Line) -> bool:
    root, days = story.root(line), line.data.get("extended_days", 0)
    if root is None:
        return False
    if days == 0 and line.data["why"] in ("consent", "hearing"):
        return any(begun.at <= line.at for begun in _stops_before(duty, line))
    match line.data["why"], root.act:
        case "calendar_adopted", "adopt_calendar":
            return not days
        case "extension", "order.grant_extension" | "petition.grant_extension":
            return bool(days == root.fields["days"])
        case "extension", _ if duty.kind in _MAIN:
            granted = [a.fields["days"] for a in story.acts("petition.grant_extension") if a.seq < line.seq]
            return _passed_on(story, duty) is not None and granted[-1:] == [days]
        case "consent", "mediation.extend":
            return bool(days == root.fields["days"] and duty.kind == "mediation.total")
    return False


def _stops_before(duty: Duty, line: Line) -> list[Line]:
    """The pause that still runs at an event: the last one, if nothing moved the duty since."""
    stops = [stop for stop in duty.stops if stop.seq < line.seq]
    moved = any(stops and stops[-1].seq < move.seq < line.seq for move in duty.moves)
    return [] if moved or not stops or stops[-1].data["why"] != line.data["why"] else stops[-1:]


def _dates_after(story: Story, duty: Duty, line: Line) -> Due | None:
    rules, days, terms = story.rules, story.calendar_at(line.seq), duty.terms
    if rules is None or days is None or terms["rule"] not in rules.limits:
        return None
    start, limit = instant(terms["counted_from"]), rules.limits[terms["rule"]]
    stops, more = _pauses(duty, line), _extensions(rules, duty, line)
    found = reckon(limit, start, days, rules.clock, stops, more)
    return found.at_most(instant(terms["cap"])) if "cap" in terms else found


def _pauses(duty: Duty, line: Line) -> list[Span]:
    """Every pause that ended by an event, from its beginning to the move that ended it."""
    found = []
    for stop in duty.stops:
        ended = next((move for move in duty.moves if move.seq > stop.seq), None)
        if ended is not None and ended.seq <= line.seq:
            found.append((stop.at, ended.at))
    return found


def _extensions(rules: Rules, duty: Duty, line: Line) -> list[Limit]:
    found = []
    for move in duty.moves:
        days = move.data.get("extended_days", 0)
        if days and move.seq <= line.seq:
            key = _EXTENDING.get(duty.kind, duty.terms["rule"])
            unit = "natural_day" if duty.kind == "mediation.total" else rules.limits[key].unit
            found.append(Limit(key, days, unit, False, frozenset()))
    return found


def paused_where_the_limit_allows(story: Story) -> Iterator[Finding]:
    """Clocks stand for what their limit names, from the act that says so, and not twice at once."""
    starts: Mapping[str, str] = {"hearing": "petition.start_hearing", "consent": "mediation.suspend"}
    for duty in story.duties.values():
        for stop in duty.stops:
            why, root = stop.data["why"], story.root(stop)
            limit = story.rules.limits.get(duty.terms["rule"]) if story.rules else None
            allowed = limit.pausable_by if limit is not None else frozenset({why})
            begun = root is not None and root.act == starts.get(why)
            if why not in allowed or not begun or duty.was_breached(stop.seq) or _stands(duty, stop):
                yield story.finding(LawCode.PAUSE_NOT_ALLOWED, stop, allowed, why, duty.name)


def _stands(duty: Duty, line: Line) -> bool:
    """Whether the clock stood already."""
    since = max((stop.seq for stop in duty.stops if stop.seq < line.seq), default=0)
    return bool(since) and not any(since < move.seq < line.seq for move in duty.moves)


def counted_anew_by_a_new_calendar(story: Story) -> Iterator[Finding]:
    """A calendar adopted counts every provisional date anew that still runs (ADR 0013)."""
    for act in story.acts("adopt_calendar"):
        if act.fields["calendar"] not in story.calendars:
            yield story.finding(LawCode.EDITION_UNKNOWN, act, "an edition at hand", act.fields["calendar"])
        moved = {line.data["duty"] for line in story.step(act) if line.kind == "duty_moved"}
        for number, duty in story.duties.items():
            runs = duty.was_open(act.seq) and not duty.was_breached(act.seq) and not _stands(duty, act)
            if (runs and duty.dates_at(act.seq).provisional) is not (number in moved):
                yield story.finding(LawCode.NOT_MOVED, act, number not in moved, number in moved, duty.name)


def moved_when_time_was_given(story: Story) -> Iterator[Finding]:
    """More time that was granted moves the duty it was granted for, and a duty that goes to other hands with it."""
    for act in story.acts("order.grant_extension", "petition.grant_extension", "mediation.extend"):
        moved = [line for line in story.step(act) if line.kind == "duty_moved"]
        if len(moved) != 1:
            yield story.finding(LawCode.NOT_MOVED, act, 1, len(moved), act.act)
    for duty in story.owed("petition.handle"):
        granted = [act for act in story.acts("petition.grant_extension") if act.seq < duty.opened.seq]
        with_it = [move for move in duty.moves if move.cause == duty.opened.cause]
        if granted and _passed_on(story, duty) is not None and not with_it:
            yield story.finding(LawCode.NOT_MOVED, duty.opened, granted[-1].fields["days"], None, duty.name)


def clocks_run_again_when_the_pause_is_over(story: Story) -> Iterator[Finding]:
    """A clock that stood for a rest or a hearing runs again in the step in which that ends."""
    for pause in story.owed("mediation.suspension", "petition.hearing"):
        over = pause.breached or pause.ended
        for duty in story.duties.values():
            stopped = any(stop.cause == pause.opened.cause for stop in duty.stops)
            if over is not None and stopped and not _runs_again(duty, over):
                yield story.finding(LawCode.NOT_MOVED, over, "duty_moved", None, duty.name)


def _runs_again(duty: Duty, over: Line) -> bool:
    step = over.seq if over.cause is None else over.cause
    ended_before = duty.ended is not None and duty.ended.seq < over.seq
    return ended_before or any(move.cause == step for move in duty.moves)


def under_editions_at_hand(story: Story) -> Iterator[Finding]:
    """The editions that the case pinned are those it is held to."""
    opened = story.opened
    if story.rules is None:
        yield story.finding(LawCode.EDITION_UNKNOWN, opened, "an edition at hand", opened.data["rulebook"])
    if opened.data["calendar"] not in story.calendars:
        yield story.finding(LawCode.EDITION_UNKNOWN, opened, "an edition at hand", opened.data["calendar"])


# -- reminders, urgings, bulletins ---------------------------------------------------------------------


def marked_when_the_rule_says(story: Story) -> Iterator[Finding]:
    """Reminders before a window closes; after a breach the urging, and the bulletin unless it was explained."""
    for duty in story.duties.values():
        awaited = _marks(story, duty)
        if awaited is None:
            continue
        for place, line in enumerate(duty.marks):
            expected = awaited[place] if place < len(awaited) else None
            if expected != (line.at, line.data["mark"]):
                yield story.finding(
                    LawCode.MARK_WRONG, line, expected, [line.at, line.data["mark"]], duty.name
                )
        for at, mark in awaited[len(duty.marks) :]:
            if (missed := _first_after(story, duty, at)) is not None:
                yield story.finding(LawCode.MARK_MISSING, missed, [at, mark], None, duty.name)


def reminded_as_the_rule_says(story: Story) -> Iterator[Finding]:
    """The reminders of a duty are those of its rule, and no others (local default: day 10, 20 and 27)."""
    for duty in story.duties.values():
        expected, days = [], story.calendar_at(duty.opened.seq)
        if duty.kind == "mediation.confirm" and story.rules is not None and days is not None:
            start = instant(duty.terms["counted_from"])
            expected = [story.rules.due(key, start, days).legal for key in _REMINDERS]
        found = [instant(at) for at, _ in duty.terms.get("marks", ())]
        if found != expected:
            yield story.finding(LawCode.CONFIRMATION_WINDOW, duty.opened, expected, found, duty.name)


def _marks(story: Story, duty: Duty) -> list[tuple[datetime, str]] | None:
    """When a duty is marked, and with what; None where the editions are not at hand."""
    reminders = [(instant(at), str(mark)) for at, mark in duty.terms.get("marks", ())]
    if duty.breached is None:
        return reminders
    rules, days = story.rules, story.calendar_at(duty.breached.seq)
    if rules is None or days is None:
        return None
    start = still_that_day(rules.urge_after, duty.breached.at)
    urged = reckon(rules.urge_after, start, days, rules.clock).internal
    bulletin = reckon(rules.bulletin_after, urged, days, rules.clock).internal
    explained = any(
        act.seq > duty.breached.seq and act.at <= bulletin and duty.is_owed_by(act.actor, act.party, act.seq)
        for act in story.acts("explain_delay")
    )
    return [(urged, "urged"), *([] if explained else [(bulletin, "bulletin")])]


def _first_after(story: Story, duty: Duty, at: datetime) -> Line | None:
    """The first event after an instant, if the duty was still open then."""
    if duty.ended is not None and duty.ended.at <= at:
        return None
    return next((line for line in story.lines[duty.opened.seq :] if line.at > at), None)


CHECKS = (
    due_when_the_rule_says,
    counted_from_where_they_begin,
    moved_as_far_as_was_granted,
    paused_where_the_limit_allows,
    counted_anew_by_a_new_calendar,
    moved_when_time_was_given,
    clocks_run_again_when_the_pause_is_over,
    under_editions_at_hand,
    marked_when_the_rule_says,
    reminded_as_the_rule_says,
)
