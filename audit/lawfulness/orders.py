"""What the rules say of orders: objections, returns, dates within the whole, and honest ratings."""

from collections.abc import Iterator

from audit.findings import Finding
from audit.lawfulness.codes import LawCode
from audit.lawfulness.shapes import instant
from audit.lawfulness.story import Line, Story, within

_RATING = ("order.rate", "order.community_rate", "petition.rate", "whistle.rate", "whistle.rate_blower")


def objections_come_in_time_once_with_a_reason(story: Story) -> Iterator[Finding]:
    """§9.4: within the days of 第23条第3款, with a reason, never after the matter was determined."""
    determined = not story.parent.get("returnable", True)
    for act in story.acts("order.return", "whistle.object"):
        if not act.fields.get("reason"):
            yield story.finding(LawCode.OBJECTION_WITHOUT_REASON, act, "a reason", None)
        yield from _check_objection_in_time(story, act)
        unit = act.actor.get("unit")
        before = [a for a in story.acts(act.act) if a.seq < act.seq and a.actor.get("unit") == unit]
        refused = [line for line in story.notes("return_refused") if line.seq < act.seq]
        if before or refused or determined:
            yield story.finding(LawCode.OBJECTED_AGAIN, act, "no objection", unit)


def _check_objection_in_time(story: Story, act: Line) -> Iterator[Finding]:
    duty = story.duties.get(act.data["duty"])
    if act.act == "order.return" and duty is not None:
        due = duty.dates_at(act.seq).legal
        if act.at > due or duty.was_breached(act.seq):
            yield story.finding(LawCode.OBJECTION_LATE, act, due, act.at, duty.name)


def orders_go_back_only_by_consent_of_the_sender(story: Story) -> Iterator[Finding]:
    """§9.4: an objection changes nothing until the sender has verified and agreed (核实同意)."""
    closed = story.closed
    if story.kind != "order" or closed is None or closed.data["outcome"] != "returned":
        return
    upheld = story.acts("order.uphold_return")
    if not upheld or not story.acts("order.return"):
        yield story.finding(LawCode.RETURN_UNAPPROVED, closed, "order.uphold_return", None)


def parts_are_due_within_the_whole(story: Story) -> Iterator[Finding]:
    """§9.7: a part's work is due no later than the whole set for it, whatever extension it had."""
    if "cap" not in story.parent:
        return
    cap = instant(story.parent["cap"])
    for duty in story.owed("order.handle"):
        for dates in duty.dates:
            if dates.legal > cap > duty.opened.at:
                yield story.finding(LawCode.PART_DUE_LATE, dates.since, cap, dates.legal, duty.name)


def nobody_speaks_for_others_of_its_own_work(story: Story) -> Iterator[Finding]:
    """§9.14: what people think of a piece of work is written down by others than its unit, once it is done."""
    if story.kind != "order":
        return
    for act in story.acts("rate", "order.send_back"):
        duty, lead = story.duties.get(act.data["duty"]), story.lead_before(act.seq)
        if duty is None or duty.kind == "order.check":
            continue
        unit, writes = act.actor.get("unit"), "on_behalf_of" in act.actor
        if lead is not None and (unit == lead or (writes and within(unit, lead))):
            yield story.finding(LawCode.OWN_WORK_RATED, act, f"not {lead}", unit)
        done = [*story.acts("order.complete"), *story.acts("part_closed")]
        if not any(each.seq < act.seq for each in done):
            yield story.finding(LawCode.RATED_BEFORE_DONE, act, "order.complete", None)


def results_go_back_as_often_as_allowed(story: Story) -> Iterator[Finding]:
    """A result is sent back no oftener than the edition says."""
    for code in ("order.send_back", "whistle.send_back"):
        most = story.rules.figures.get(f"{code}_max") if story.rules else None
        for place, act in enumerate(story.acts(code), start=1):
            if most is not None and place > most:
                yield story.finding(LawCode.SENT_BACK_TOO_OFTEN, act, most, place)


def unrated_is_not_satisfied(story: Story) -> Iterator[Finding]:
    """§9.19: whoever was asked and was silent is noted as silent; nobody else is."""
    silent = {}
    for duty in story.owed(*_RATING):
        lapsed = duty.breached or (duty.ended if duty.ended and duty.ended.kind == "window_closed" else None)
        if lapsed is not None:
            silent[lapsed.seq] = duty.kind
    noted = {line.cause: line for line in story.notes("unrated")}
    for seq, kind in silent.items():
        line = noted.get(seq)
        if line is None or line.data.get("about") != kind:
            yield story.finding(LawCode.UNRATED_HIDDEN, story.lines[seq - 1], kind, None)
    for cause, line in noted.items():
        if cause not in silent:
            yield story.finding(LawCode.UNRATED_FALSE, line, None, line.data.get("about"))


CHECKS = (
    objections_come_in_time_once_with_a_reason,
    orders_go_back_only_by_consent_of_the_sender,
    parts_are_due_within_the_whole,
    nobody_speaks_for_others_of_its_own_work,
    results_go_back_as_often_as_allowed,
    unrated_is_not_satisfied,
)
