"""Whether a record hangs together: numbers, times, causes, rules cited, acts that count once, its end."""

from collections.abc import Iterator

from audit.findings import Finding
from audit.lawfulness.codes import LawCode
from audit.lawfulness.story import LAPSES, ROOTS, Line, Story, within
from audit.lawfulness.tables import ARTICLES, LEADERS, OPENERS, OUTCOMES, PROPOSERS, REQUIRED


def opened_once(story: Story) -> Iterator[Finding]:
    """A case begins with its opening, by somebody who may bring such a matter, and has no other."""
    for line in story.of.get("case_opened", ())[1:]:
        yield story.finding(LawCode.OPENED, line, "one opening", "another")
    opened = story.opened
    if opened.cause is not None or opened.rule:
        yield story.finding(LawCode.OPENED, opened, "no cause", opened.cause)
    if not _may_open(story, opened):
        yield story.finding(LawCode.OPENED, opened, "somebody who may bring it", dict(opened.actor))


def _may_open(story: Story, opened: Line) -> bool:
    actor, whole = opened.actor, story.parent.get("number")
    if whole is not None or actor["role"] == "case":
        return bool(actor["role"] == "case" and actor["account"] == whole)
    if story.kind != "whistle":
        return actor["role"] in OPENERS
    blower, unit = story.opening.get("blower"), actor.get("unit")
    if story.opening.get("whistle", "everyday") == "emergency":
        return actor["role"] in LEADERS and unit == blower
    return actor["role"] in PROPOSERS and within(unit, blower)


def numbered_in_turn(story: Story) -> Iterator[Finding]:
    """Events are numbered from 1 without a gap."""
    for place, line in enumerate(story.lines, start=1):
        if line.seq != place:
            yield story.finding(LawCode.SEQUENCE, line, place, line.seq)


def in_order_of_time(story: Story) -> Iterator[Finding]:
    """Times never go back, and what comes after a lapse is later than it (ADR 0014)."""
    before, lapsed = story.opened, None
    for line in story.lines:
        if line.at < before.at:
            yield story.finding(LawCode.TIME_BACKWARDS, line, before.at, line.at)
        elif line.kind == "acted" and lapsed is not None and line.at <= lapsed.at:
            yield story.finding(LawCode.TIME_BACKWARDS, line, lapsed.at, line.at, f"after {lapsed.seq}")
        if line.kind in LAPSES or line.kind == "duty_marked":
            lapsed = line
        before = line


def caused_by_what_came_before(story: Story) -> Iterator[Finding]:
    """What people and time do has no cause; everything else follows at once from the last such event."""
    root = story.opened
    for line in story.lines[1:]:
        if line.kind in ROOTS:
            root = line
        expected = None if line.kind in ROOTS else root.seq
        if line.cause != expected or (expected and (line.at != root.at or root.kind == "duty_marked")):
            yield story.finding(LawCode.CAUSE, line, expected, line.cause)


def cites_rules_there_are(story: Story) -> Iterator[Finding]:
    """A rule cited is a limit of the pinned edition, or an article that this rulebook rests on."""
    if story.rules is None:
        return
    for line in story.lines:
        if line.rule and line.rule not in story.rules.limits and line.rule not in ARTICLES:
            yield story.finding(LawCode.RULE_UNKNOWN, line, "a rule of the edition", line.rule)
        if line.kind == "duty_opened" and line.data["duty"]["rule"] != line.rule:
            yield story.finding(LawCode.RULE_UNKNOWN, line, line.rule, line.data["duty"]["rule"])


def acts_count_once(story: Story) -> Iterator[Finding]:
    """One act id, one event."""
    seen = {story.opened.data["act_id"]}
    for act in story.of.get("acted", ()):
        if act.data["act_id"] in seen:
            yield story.finding(LawCode.ACT_TWICE, act, "an act id of its own", act.data["act_id"])
        seen.add(act.data["act_id"])


def acts_say_what_they_must(story: Story) -> Iterator[Finding]:
    """An act without its contents is no act."""
    for act in story.of.get("acted", ()):
        missing = [n for n in REQUIRED.get(act.act, ()) if act.fields.get(n) in (None, "", (), [])]
        if missing:
            yield story.finding(LawCode.ACT_INCOMPLETE, act, missing, None, act.act)


def nothing_after_the_end(story: Story) -> Iterator[Finding]:
    """A closed case gets no more events, and nobody owes anything in it."""
    closed = story.closed
    if closed is None:
        return
    for line in story.lines:
        if line.seq > closed.seq:
            yield story.finding(LawCode.AFTER_CLOSING, line, "nothing", line.kind)
    for duty in story.duties.values():
        if duty.was_open(closed.seq):
            yield story.finding(LawCode.OPEN_AFTER_CLOSING, closed, "no open duty", duty.name)


def somebody_is_waited_for(story: Story) -> Iterator[Finding]:
    """An open case waits for an open duty, or for a part that it cannot do without."""
    if story.closed is not None or any(duty.ended is None for duty in story.duties.values()):
        return
    heard = {act.fields.get("number") for act in story.acts("part_closed")}
    awaited = [link for link in story.of.get("case_linked", ()) if link.data.get("mandatory")]
    if not any(link.data["number"] not in heard for link in awaited):
        yield story.finding(LawCode.NOBODY_WAITS, story.lines[-1], "an open duty or part", None)


def ends_on_what_ends_it(story: Story) -> Iterator[Finding]:
    """The outcome is one of the procedure's, and follows from an act or a lapse that leads to it."""
    closed = story.closed
    if closed is None:
        return
    outcome = closed.data["outcome"]
    allowed = OUTCOMES.get((story.kind, outcome))
    ended_on = _ended_on(story, closed)
    if allowed is None or ended_on not in allowed or not _bears_out(story, closed, outcome):
        yield story.finding(LawCode.OUTCOME, closed, sorted(allowed or ()), ended_on, outcome)


def _ended_on(story: Story, closed: Line) -> str:
    root = story.root(closed)
    if root is None or root.kind not in LAPSES:
        return root.act if root is not None else ""
    duty = story.duties.get(root.data["duty"])
    return f"lapse {duty.kind if duty else ''}"


def _bears_out(story: Story, closed: Line, outcome: str) -> bool:
    """Whether the act it ended on, and what came before, say the same as the outcome."""
    root = story.root(closed)
    said = root.fields if root is not None and root.kind == "acted" else {}
    match story.kind, outcome:
        case "mediation", "agreed_performed" | "agreed_unperformed":
            looked = [act.fields.get("performance") for act in story.acts("mediation.performance")]
            return bool(looked) and (looked[-1] == "full") is (outcome == "agreed_performed")
        case "mediation", "failed":
            return bool(said.get("decision", "terminate") == "terminate")
        case "petition", "not_accepted":
            return not said.get("accepted")
        case "petition", "diverted":
            return said.get("category") == "claim" and said.get("path") != "residual"
        case "petition", "answered" | "transferred" if root is not None and root.act == "petition.reply":
            sorted_as = [act.fields.get("category") for act in story.acts("petition.sort")]
            return sorted_as == ["suggestion" if outcome == "answered" else "accusation"]
        case "whistle", "stood_down":
            return bool(story.acts("whistle.stand_down"))
        case "order", "whistled":
            return any(act.fields.get("outcome") == "stood_down" for act in story.acts("part_closed"))
        case _:
            return True


CHECKS = (
    opened_once,
    numbered_in_turn,
    in_order_of_time,
    caused_by_what_came_before,
    cites_rules_there_are,
    acts_count_once,
    acts_say_what_they_must,
    nothing_after_the_end,
    somebody_is_waited_for,
    ends_on_what_ends_it,
)
