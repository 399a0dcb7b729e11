"""Whether duties come and go by the rules: who owes them, what meets them, when they lapse."""

from collections.abc import Iterator

from audit.findings import Finding
from audit.lawfulness.codes import LawCode
from audit.lawfulness.story import LAPSES, Duty, Line, Story
from audit.lawfulness.tables import DUTIES, LEVEL_ROLES, ROUTING, WRITTEN


def numbered_in_turn(story: Story) -> Iterator[Finding]:
    """Duties are numbered from 1, each number once."""
    for place, line in enumerate(story.of.get("duty_opened", ()), start=1):
        if line.data["duty"]["number"] != place:
            yield story.finding(LawCode.DUTY_NUMBER, line, place, line.data["duty"]["number"])


def befall_open_duties_alone(story: Story) -> Iterator[Finding]:
    """What becomes of a duty becomes of an open one: it is met, moved, paused or breached while open, once."""
    for line in story.strays:
        yield story.finding(LawCode.DUTY_NOT_OPEN, line, "an open duty", line.data["duty"], line.kind)


def under_their_own_limits(story: Story) -> Iterator[Finding]:
    """A kind of duty belongs to its procedure, is obligation or window, and has its limit."""
    terms = _terms(story)
    for duty in story.duties.values():
        law = DUTIES.get(duty.kind)
        if law is None or not duty.kind.startswith(story.kind):
            yield story.finding(LawCode.DUTY_RULE, duty.opened, f"a duty of {story.kind}", duty.kind)
            continue
        filled = terms | {"level": duty.terms.get("about", ""), "service": _service(story, duty)}
        allowed = [limit.format(**filled) for limit in law.limits]
        if duty.terms["rule"] not in allowed or not _may_be_written(story, duty):
            yield story.finding(LawCode.DUTY_RULE, duty.opened, allowed, duty.terms["rule"], duty.name)
        if duty.is_window is not law.is_window:
            yield story.finding(LawCode.DUTY_RULE, duty.opened, law.is_window, duty.is_window, duty.name)


def _terms(story: Story) -> dict[str, str]:
    return {
        "whistle": story.opening.get("whistle", "everyday"),
        "accept": story.parent.get("accept_rule", "order.accept"),
    }


def _service(story: Story, duty: Duty) -> str:
    """What the order asks for, as opened or as the community took it."""
    taken = [a.fields["service"] for a in story.acts("order.accept_need") if a.seq < duty.opened.seq]
    return str(taken[-1] if taken else story.opening.get("service", "service"))


def _may_be_written(story: Story, duty: Duty) -> bool:
    """The date on the order itself holds for the first handling; a result sent back has its limit."""
    if duty.kind != "order.handle":
        return True
    sent_back = any(act.seq < duty.opened.seq for act in story.acts("order.send_back"))
    return (duty.terms["rule"] == WRITTEN) is ("due" in story.opening and not sent_back)


def owed_by_those_who_must(story: Story) -> Iterator[Finding]:
    """Each duty is owed by the roles, and the unit or party, that the rule names."""
    for duty in story.duties.values():
        owner = duty.terms["owner"]
        roles = _roles(story, duty)
        party, since = owner.get("party"), duty.opened.seq
        unit = {story.standing(each, since) for each in _unit(story, duty)}
        if not roles:
            if party is None or party not in story.parties or owner.get("unit"):
                yield story.finding(LawCode.DUTY_OWNER, duty.opened, story.parties, party, duty.name)
            continue
        if party is not None or not owner.get("roles") or not roles.issuperset(owner["roles"]):
            yield story.finding(LawCode.DUTY_OWNER, duty.opened, roles, owner.get("roles"), duty.name)
        if unit and owner.get("unit") not in unit:
            yield story.finding(LawCode.DUTY_OWNER, duty.opened, unit, owner.get("unit"), duty.name)


def _roles(story: Story, duty: Duty) -> frozenset[str]:
    law = DUTIES.get(duty.kind)
    if law is None or LEVEL_ROLES not in law.roles:
        return law.roles if law else frozenset(duty.terms["owner"].get("roles", ()))
    seats, levels = story.seats, story.rules.levels if story.rules else ()
    actors = [
        level.actors
        for level, seat in zip(levels, seats, strict=False)
        if story.standing(seat, duty.opened.seq) == duty.unit
    ]
    return actors[0] if actors else frozenset(duty.terms["owner"].get("roles", ()))


def _unit(story: Story, duty: Duty) -> set[str]:
    """The unit that must owe a duty, or the units one of which must; empty where the rules leave it open."""
    match duty.kind.partition("."):
        case "order", _, _:
            return _order_unit(story, duty)
        case "mediation", _, "grade":
            return {story.offices["centre"]}
        case "mediation", _, "total" | "joint":
            return {story.offices["joint_office"]}
        case "mediation", _, _:
            return set(story.seats)
        case "petition", _, _:
            return _petition_unit(story, duty)
        case "whistle", _, _:
            return _whistle_unit(story, duty)
    return set()


def _order_unit(story: Story, duty: Duty) -> set[str]:
    match duty.kind:
        case "order.accept" | "order.claim":
            return _named_units(story, duty.opened)
        case "order.handle":
            named = {story.standing(each, duty.opened.seq) for each in _named_units(story, duty.opened)}
            return {story.lead_before(duty.opened.seq) or ""} & named or {""}
        case "order.return_ruling" | "order.extension_decision" if story.parent:
            return {story.parent["sender"]}
        case "order.check":
            told = [a.fields["unit"] for a in story.acts("change_checker") if a.seq < duty.opened.seq]
            return {told[-1] if told else story.parent.get("checker", "")}
        case _:
            return {story.offices["community"]}


def _named_units(story: Story, line: Line) -> set[str]:
    """Every unit that the opening, a dispatch or an assignment has named so far."""
    named = {story.opening["unit"]} if "unit" in story.opening else set()
    for act in story.acts("order.dispatch", "order.assign"):
        if act.seq < line.seq:
            named.update(act.fields.get("units", ()), [act.fields["unit"]] if "unit" in act.fields else [])
    return named


def _petition_unit(story: Story, duty: Duty) -> set[str]:
    match duty.kind.removeprefix("petition."):
        case "route" | "sort" | "transfer" | "split" | "reassign":
            return {story.offices["petition_office"]}
        case "review":
            return {story.offices["review_office"]}
        case "recheck" | "hearing":
            return {story.offices["recheck_office"]}
        case "jurisdiction_designate":
            return {story.offices["joint_office"]}
        case "jurisdiction_negotiate" | "jurisdiction_decide" as step:
            return _disputing(story, duty, "units" if step.endswith("negotiate") else "superior")
        case _:
            return {story.lead_before(duty.opened.seq) or ""}


def _disputing(story: Story, duty: Duty, which: str) -> set[str]:
    referred = [a for a in story.acts("petition.refer_jurisdiction") if a.seq < duty.opened.seq]
    about = [a for a in referred if a.fields["order"] == duty.terms.get("about")]
    named = about[-1].fields.get(which) if about else None
    return {named} if isinstance(named, str) else set(named or ("",))


def _whistle_unit(story: Story, duty: Duty) -> set[str]:
    match duty.kind.removeprefix("whistle."):
        case "sign" | "contact" | "report" | "rate_blower":
            return {duty.terms.get("about", "")} & _summoned(story, duty.opened) or {""}
        case "handle":
            return {story.lead_before(duty.opened.seq) or ""}
        case "escalation":
            return {story.offices["government"]}
        case _:
            return {story.opening["blower"]}


def _summoned(story: Story, line: Line) -> set[str]:
    """Every department that the whistle has called so far."""
    emergency = story.opening.get("whistle") == "emergency"
    called = set(story.opening.get("departments", ())) if emergency else set()
    for act in story.acts("whistle.blow"):
        if act.seq < line.seq:
            called.update(act.fields["departments"])
    return called


def met_by_acts_of_their_owners(story: Story) -> Iterator[Finding]:
    """A duty is fulfilled by an act upon it that meets it; a petition's routing by what the office does."""
    for line in story.of.get("duty_fulfilled", ()):
        duty, root = story.duties.get(line.data["duty"]), story.root(line)
        if duty is None or root is None:
            continue
        by_routing = duty.kind == "petition.route" and root.act in ROUTING
        if not by_routing and not _meets(duty, root):
            yield story.finding(LawCode.FULFILLED_WITHOUT_ACT, line, duty.name, root.act or root.kind)


def _meets(duty: Duty, act: Line) -> bool:
    law = DUTIES.get(duty.kind)
    upon = act.kind == "acted" and act.data["duty"] == duty.terms["number"]
    return upon and law is not None and act.act in law.met_by


def settled_when_met(story: Story) -> Iterator[Finding]:
    """An act that meets the duty it answers ends it, at once."""
    for act in story.of.get("acted", ()):
        duty = story.duties.get(act.data["duty"])
        if duty is None or not duty.was_open(act.seq) or not _meets(duty, act):
            continue
        ended = duty.ended
        if ended is None or ended.kind != "duty_fulfilled" or ended.cause != act.seq:
            yield story.finding(LawCode.NOT_FULFILLED, act, "duty_fulfilled", ended and ended.kind, duty.name)


def lapse_as_they_must(story: Story) -> Iterator[Finding]:
    """An obligation is breached and stays; a window closes and nobody is blamed."""
    for kind in LAPSES:
        for line in story.of.get(kind, ()):
            duty = story.duties.get(line.data["duty"])
            if duty is not None and duty.is_window is not (kind == "window_closed"):
                yield story.finding(LawCode.WRONG_LAPSE, line, duty.terms.get("nature"), kind, duty.name)


def lapse_at_their_instant(story: Story) -> Iterator[Finding]:
    """A lapse stands at the legal due instant, or where the duty was overdue when it was set, there."""
    for duty in story.duties.values():
        for line in _lapses(duty):
            dates = duty.dates_at(line.seq)
            expected = max(dates.legal, dates.since.at)
            if line.at != expected:
                yield story.finding(LawCode.LAPSE_INSTANT, line, expected, line.at, duty.name)


def _lapses(duty: Duty) -> Iterator[Line]:
    if duty.breached is not None:
        yield duty.breached
    if duty.ended is not None and duty.ended.kind == "window_closed":
        yield duty.ended


def lapse_whenever_they_are_due(story: Story) -> Iterator[Finding]:
    """No event stands later than the due instant of an open duty that has not lapsed and is not paused."""
    last = story.lines[-1]
    for duty in story.duties.values():
        for place, dates in enumerate(duty.dates):
            until = _next_change(duty, place, last)
            if until is None:
                break
            expected = max(dates.legal, dates.since.at)
            if until.at > expected:
                first = next(line for line in story.lines[dates.since.seq :] if line.at > expected)
                yield story.finding(LawCode.LAPSE_MISSING, first, expected, first.at, duty.name)
                break


def _next_change(duty: Duty, place: int, last: Line) -> Line | None:
    """What ended the time in which these dates held; None if that was a lapse, or came before."""
    since = duty.dates[place].since.seq
    changes = [each.since for each in duty.dates[place + 1 :]] + duty.stops
    changes += [each for each in (duty.breached, duty.ended) if each is not None]
    following = min((each for each in changes if each.seq > since), key=lambda each: each.seq, default=last)
    return None if following.kind in LAPSES or duty.was_breached(following.seq) else following


CHECKS = (
    numbered_in_turn,
    befall_open_duties_alone,
    under_their_own_limits,
    owed_by_those_who_must,
    met_by_acts_of_their_owners,
    settled_when_met,
    lapse_as_they_must,
    lapse_at_their_instant,
    lapse_whenever_they_are_due,
)
