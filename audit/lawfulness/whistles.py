"""What the rules say of whistles and of rising to a higher hand: who ends one, who rates whom, who is asked."""

from collections.abc import Iterator

from audit.findings import Finding
from audit.lawfulness.codes import LawCode
from audit.lawfulness.story import Line, Story

_BLOWERS = ("whistle.stand_down", "whistle.send_back", "whistle.rate_department")


def only_the_blower_ends_a_whistle(story: Story) -> Iterator[Finding]:
    """§9.15: whoever blew accepts, sends back and rates; an emergency is ratified before it ends."""
    for act in story.acts(*_BLOWERS):
        blower = story.standing(story.opening["blower"], act.seq)
        if act.actor.get("unit") != blower:
            yield story.finding(LawCode.NOT_BY_BLOWER, act, blower, act.actor.get("unit"), act.act)
    for act in story.acts("whistle.stand_down"):
        if any(duty.was_open(act.seq) for duty in story.owed("whistle.ratify")):
            yield story.finding(LawCode.NOT_RATIFIED, act, "whistle.ratify", None)


def nobody_rates_itself(story: Story) -> Iterator[Finding]:
    """§9.15: the street rates departments, departments rate the whistle (双考核)."""
    blower = story.opening.get("blower")
    for act in story.acts("whistle.rate_department"):
        if act.fields.get("department") in (blower, act.actor.get("unit")):
            yield story.finding(LawCode.RATED_ITSELF, act, f"not {blower}", act.fields.get("department"))
    for act in story.acts("whistle.rate_blower"):
        if act.actor.get("unit") == blower:
            yield story.finding(LawCode.RATED_ITSELF, act, f"not {blower}", blower)


def leads_are_never_let_go(story: Story) -> Iterator[Finding]:
    """§9.3: the blower may go on without a co-handler's order, never without the lead's."""
    for act in story.acts("whistle.release_task"):
        links = (line.data for line in story.of.get("case_linked", ()) if line.seq < act.seq)
        shares = [link.get("share") for link in links if link["number"] == act.fields["order"]]
        if shares != ["co_handler"]:
            yield story.finding(LawCode.LEADS, act, "co_handler", shares, act.fields["order"])


def matters_rise_to_whom_they_may(story: Story) -> Iterator[Finding]:
    """A higher hand is one that the rules name: superior, joint conference, government, the one that blows."""
    if story.kind == "mediation":
        return
    for line in story.of.get("escalated", ()):
        allowed = _higher_hands(story, line)
        if line.data["to"] not in allowed:
            yield story.finding(LawCode.ESCALATION, line, allowed, line.data["to"], line.data["why"])
    for line in story.notes("reported_to_government"):
        absent = [duty.unit_at(line.seq) for duty in story.owed("whistle.report") if duty.breached]
        if line.data.get("unit") not in absent:
            yield story.finding(LawCode.ESCALATION, line, absent, line.data.get("unit"))
    yield from _absent_are_reported(story)


def _higher_hands(story: Story, line: Line) -> set[str]:
    """Those of the case, or who answers for them now where one was abolished."""
    return {story.standing(unit, line.seq) for unit in _usual_hands(story, line)}


def _usual_hands(story: Story, line: Line) -> set[str]:
    offices = story.offices
    match story.kind:
        case "order":
            root = story.root(line)
            hotline = root.actor.get("unit") if root is not None and root.kind == "acted" else None
            return {offices["town"], *((hotline,) if hotline else ())}
        case "whistle":
            return {story.opening["blower"], offices["government"]}
        case _:
            named = {act.fields.get("superior") for act in story.acts("petition.refer_jurisdiction")}
            usual = {offices[name] for name in ("government", "joint_office", "discipline")}
            return usual | {each for each in named if each}


def _absent_are_reported(story: Story) -> Iterator[Finding]:
    """A department that did not come in time is reported (第44条), and what is overdue rises."""
    for duty in story.owed("whistle.report", "whistle.handle"):
        if duty.breached is None:
            continue
        after = story.step(duty.breached)
        raised = any(line.kind == "escalated" for line in after)
        reported = any(line.data.get("note") == "reported_to_government" for line in after)
        if not raised or (duty.kind == "whistle.report" and not reported):
            yield story.finding(LawCode.ESCALATION, duty.breached, "reported_to_government", None, duty.name)


CHECKS = (
    only_the_blower_ends_a_whistle,
    nobody_rates_itself,
    leads_are_never_let_go,
    matters_rise_to_whom_they_may,
)
