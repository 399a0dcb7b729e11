"""Whom a matter may reach and who answers for it: the accused, the one lead, the community."""

from collections.abc import Iterator

from audit.findings import Finding
from audit.lawfulness.codes import LawCode
from audit.lawfulness.story import Line, Story, within

_ANSWERING = ("petition.notice", "petition.handle", "whistle.handle", "order.handle")


def accusations_never_reach_the_accused(story: Story) -> Iterator[Finding]:
    """§9.1: from the sorting on, or in a part from its opening on, nothing goes to the accused or below."""
    accused, since = story.parent.get("accused"), 0
    for line in story.lines:
        if line.act == "petition.sort":
            accused, since = line.fields.get("accused"), line.seq
        if accused is not None and line.seq > since:
            barred = (accused, story.standing(accused, line.seq))
            for unit in _reached(story, line):
                if any(within(unit, body) for body in barred):
                    yield story.finding(LawCode.ACCUSED_REACHED, line, f"not {accused}", unit)


def _reached(story: Story, line: Line) -> Iterator[str | None]:
    data = line.data
    match line.kind:
        case "case_opened":
            yield data["opening"].get("unit")
        case "duty_opened":
            yield data["duty"]["owner"].get("unit")
        case "duty_handed_over":
            yield data["to"]
        case "acted":
            yield line.actor.get("unit")
            yield from _given_to(line)
        case "escalated":
            yield data["to"]
        case "stage_entered" | "case_linked" | "noted":
            yield data.get("unit")


def _given_to(act: Line) -> Iterator[str | None]:
    """Units that an act gives the matter to."""
    fields = act.fields
    if act.act != "petition.sort":
        yield fields.get("unit")
        yield fields.get("superior")
        yield from fields.get("units", ())
        yield from (line["unit"] for line in fields.get("orders", ()))


def one_lead_answers_for_the_whole(story: Story) -> Iterator[Finding]:
    """§9.3: once orders are placed exactly one of them leads, its unit is named, and owes the main duty."""
    leads: dict[str, str | None] = {}
    named: str | None = None
    changed: Line | None = None
    for line in story.lines:
        if changed is not None and line.cause != changed.cause:
            yield from _check_lead(story, leads, named, changed)
            changed = None
        before = dict(leads), named
        named = _follow(leads, named, line)
        if (leads, named) != before:
            changed = line
    if changed is not None:
        yield from _check_lead(story, leads, named, changed)


def _follow(leads: dict[str, str | None], named: str | None, line: Line) -> str | None:
    data = line.data
    if line.kind == "case_linked" and data.get("share") == "lead":
        leads[data["number"]] = data.get("unit")
    elif line.kind == "noted" and data["note"] == "order_reassigned":
        leads.pop(data.get("about", ""), None)
    elif line.kind == "noted" and data["note"] == "lead_named":
        return data.get("unit")
    return named


def _check_lead(
    story: Story, leads: dict[str, str | None], named: str | None, changed: Line
) -> Iterator[Finding]:
    placed = [unit and story.standing(unit, changed.seq) for unit in leads.values()]
    if leads and placed != [named]:
        yield story.finding(LawCode.LEADS, changed, [named], sorted(map(str, placed)))
    for duty in story.owed(*_ANSWERING):
        in_charge = duty.opened.seq <= _last_of_step(story, changed) and duty.was_open(changed.seq + 1)
        still = duty.ended is None or duty.ended.cause != changed.cause
        owes = duty.unit_at(_last_of_step(story, changed) + 1)
        if in_charge and still and owes != named:
            yield story.finding(LawCode.LEADS, changed, named, owes, duty.name)


def _last_of_step(story: Story, line: Line) -> int:
    step = story.steps.get(line.cause or 0)
    return step[-1].seq if step else line.seq


def communities_lead_nothing_off_their_list(story: Story) -> Iterator[Finding]:
    """§9.18: in a petition or a whistle the lead is no community."""
    if story.kind not in ("petition", "whistle"):
        return
    for line in story.notes("lead_named"):
        community = story.standing(story.offices["community"], line.seq)
        if within(line.data.get("unit"), community):
            yield story.finding(LawCode.COMMUNITY_LEADS, line, "no community", line.data.get("unit"))


def abolished_bodies_hand_over_what_they_owe(story: Story) -> Iterator[Finding]:
    """All that a body owes passes to the successor named, in one step, and nothing of another's does."""
    for line in story.of.get("duty_handed_over", ()):
        duty, root = story.duties.get(line.data["duty"]), story.root(line)
        if duty is None or root is None or root.act != "succeed":
            yield story.finding(LawCode.SUCCESSION, line, "succeed", root and (root.act or root.kind))
            continue
        expected = root.fields["abolished"], root.fields["successor"]
        found = duty.unit_at(line.seq), line.data["to"]
        if found != expected:
            yield story.finding(LawCode.SUCCESSION, line, expected, found, duty.name)
    for act in story.acts("succeed"):
        step = story.step(act)
        after = (step[-1] if step else act).seq + 1
        for duty in story.duties.values():
            if duty.was_open(after) and duty.unit_at(after) == act.fields["abolished"]:
                successor = act.fields["successor"]
                yield story.finding(LawCode.SUCCESSION, act, successor, duty.unit_at(after), duty.name)


CHECKS = (
    abolished_bodies_hand_over_what_they_owe,
    accusations_never_reach_the_accused,
    one_lead_answers_for_the_whole,
    communities_lead_nothing_off_their_list,
)
