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
            for unit in _reached(story, line):
                if within(unit, accused):
                    yield story.finding(LawCode.ACCUSED_REACHED, line, f"not {accused}", unit)


def _reached(story: Story, line: Line) -> Iterator[str | None]:
    data = line.data
    match line.kind:
        case "case_opened":
            yield data["opening"].get("unit")
        case "duty_opened":
            yield data["duty"]["owner"].get("unit")
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
    if leads and list(leads.values()) != [named]:
        yield story.finding(LawCode.LEADS, changed, [named], sorted(map(str, leads.values())))
    for duty in story.owed(*_ANSWERING):
        in_charge = duty.opened.seq <= _last_of_step(story, changed) and duty.was_open(changed.seq + 1)
        still = duty.ended is None or duty.ended.cause != changed.cause
        if in_charge and still and duty.unit != named:
            yield story.finding(LawCode.LEADS, changed, named, duty.unit, duty.name)


def _last_of_step(story: Story, line: Line) -> int:
    step = story.steps.get(line.cause or 0)
    return step[-1].seq if step else line.seq


def communities_lead_nothing_off_their_list(story: Story) -> Iterator[Finding]:
    """§9.18: in a petition or a whistle the lead is no community."""
    if story.kind not in ("petition", "whistle"):
        return
    for line in story.notes("lead_named"):
        if within(line.data.get("unit"), story.offices["community"]):
            yield story.finding(LawCode.COMMUNITY_LEADS, line, "no community", line.data.get("unit"))


CHECKS = (
    accusations_never_reach_the_accused,
    one_lead_answers_for_the_whole,
    communities_lead_nothing_off_their_list,
)
