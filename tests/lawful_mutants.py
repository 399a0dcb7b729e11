"""One forged ledger, at the least, for each rule: a life, one change in it, and the event that gives it away."""

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass

from lawful_lives import Event

from audit.lawfulness.codes import LawCode

Events = list[Event]
Change = Callable[[Events], Event]


@dataclass(frozen=True)
class Mutant:
    """What is changed in which case of a life; the change returns the event at which it must be found."""

    life: str
    number: str
    change: Change


# -- finding and changing ------------------------------------------------------------------------------


def act(events: Events, code: str, place: int = 0) -> Event:
    return [e for e in events if e["kind"] == "acted" and e["data"]["act"] == code][place]


def note(events: Events, code: str, place: int = 0) -> Event:
    return [e for e in events if e["kind"] == "noted" and e["data"]["note"] == code][place]


def opened(events: Events, kind: str, place: int = 0) -> Event:
    return [e for e in events if e["kind"] == "duty_opened" and e["data"]["duty"]["kind"] == kind][place]


def kind(events: Events, code: str, place: int = 0) -> Event:
    return [e for e in events if e["kind"] == code][place]


def alter(event: Event, path: str, value: object = None) -> Event:
    """The event with another value at a dotted path, or without it."""
    *way, last = path.split(".")
    table = event
    for name in way:
        table = table[name]
    if value is None:
        del table[last]
    else:
        table[last] = value
    return event


def drop(events: Events, event: Event) -> None:
    """Take an event away and number the others anew, as a forger would."""
    events.remove(event)
    _shift(events, event["seq"], -1)


def put(events: Events, event: Event, after: Event) -> Event:
    """Slip an event in."""
    event = {**deepcopy(event), "seq": after["seq"] + 1, "at": after["at"]}
    _shift(events, after["seq"], 1)
    events.insert(after["seq"], event)
    return event


def _shift(events: Events, beyond: int, by: int) -> None:
    for each in events:
        each["seq"] += by if each["seq"] > beyond else 0
        each["cause"] = each["cause"] and each["cause"] + (by if each["cause"] > beyond else 0)


def again(events: Events, event: Event, times: int = 1) -> Event:
    """An act once more, under another id."""
    for number in range(times):
        event = put(events, alter(deepcopy(event), "data.act_id", f"again:{number}"), event)
    return event


# -- changes of more than one line ---------------------------------------------------------------------


def _found_at(found: Event, changed: object) -> Event:
    """The event that gives away a change made elsewhere."""
    return found


def _by_the_unit_itself(events: Events) -> Event:
    actor = {"account": "x", "role": "handler", "unit": "city/water", "on_behalf_of": "yuan"}
    return alter(act(events, "rate"), "data.actor", actor)


def _never_done(events: Events) -> Event:
    for place in (0, 0):
        alter(act(events, "order.complete", place), "data.act", "order.interim_report")
    return act(events, "order.send_back")


def _fulfilled_by_nothing(events: Events) -> Event:
    relieved = kind(events, "duty_relieved")
    relieved.update(kind="duty_fulfilled", data={"duty": relieved["data"]["duty"]})
    return relieved


def _dropped(events: Events, event: Event, found: Event) -> Event:
    drop(events, event)
    return found


def _another_rule(events: Events) -> Event:
    duty = alter(opened(events, "order.community_rate"), "data.duty.rule", "order.rate")
    return alter(duty, "rule", "order.rate")


def _told_of_nothing(events: Events) -> Event:
    return alter(note(events, "credited"), "data", {"note": "unrated", "about": "order.rate"})


def _split_in_two(events: Events) -> Event:
    split = act(events, "petition.split")
    split["data"]["fields"]["orders"].append({"unit": "city/power", "share": "co_handler", "claim": "c:x"})
    return split


_P, _L, _D = "whole_petition", "a_late_petition", "a_settled_dispute"
_R, _B, _Y, _E = "a_refused_dispute", "a_busy_order", "a_year_end_order", "an_emergency"
_U = "a_succession"
_LATER = "2027-05-05T00:00:00+08:00"
_EARLIER = "2026-03-01T00:00:00+08:00"
_C = LawCode

MUTANTS: dict[LawCode, Mutant] = {
    _C.ACCUSED_REACHED: Mutant(_P, "P1", lambda e: _found_at(
        act(e, "petition.split"), alter(act(e, "petition.sort"), "data.fields.accused", "city/housing"))),
    _C.ACCUSED_NOT_PASSED_ON: Mutant(_P, "P1-01", lambda e: alter(e[0], "data.opening.parent.accused")),
    _C.RECUSED_ACTED: Mutant(_B, "O1", lambda e: alter(
        act(e, "order.complete"), "data.actor.account", "city/water.handler")),
    _C.LEADS: Mutant(_P, "P1", lambda e: alter(kind(e, "case_linked", 1), "data.share", "lead")),
    _C.OBJECTION_LATE: Mutant(_P, "P1-02", lambda e: _found_at(
        act(e, "order.return"), alter(opened(e, "order.accept"), "data.duty.legal_due", _EARLIER))),
    _C.OBJECTION_WITHOUT_REASON: Mutant(_P, "P1-02", lambda e: alter(
        act(e, "order.return"), "data.fields.reason")),
    _C.OBJECTED_AGAIN: Mutant(_P, "P1-02", lambda e: _found_at(
        act(e, "order.return"), alter(e[0], "data.opening.parent.returnable", False))),
    _C.RETURN_UNAPPROVED: Mutant(_P, "P1-02", lambda e: _found_at(
        e[-1], alter(act(e, "order.uphold_return"), "data.act", "order.refuse_return"))),
    _C.CLOCK_STOPPED: Mutant(_P, "P1", lambda e: alter(kind(e, "duty_moved"), "data.why", "quarrel")),
    _C.CLOCK_RESTARTED: Mutant(_L, "P1", lambda e: alter(
        opened(e, "petition.handle", 2), "data.duty.counted_from", "2026-03-03T09:00:00+08:00")),
    _C.EXTENSION_REPEATED: Mutant(_P, "P1", lambda e: again(e, act(e, "petition.grant_extension"))),
    _C.EXTENSION_TOO_LONG: Mutant(_P, "P1", lambda e: alter(
        act(e, "petition.grant_extension"), "data.fields.days", 31)),
    _C.EXTENSION_LATE: Mutant(_P, "P1", lambda e: alter(act(e, "petition.grant_extension"), "at", _LATER)),
    _C.EXTENSION_NOT_BY_HEAD: Mutant(_P, "P1", lambda e: alter(
        act(e, "petition.grant_extension"), "data.actor.role", "handler")),
    _C.EXTENSION_UNTOLD: Mutant(_B, "O1", lambda e: _dropped(
        e, note(e, "party_told"), act(e, "order.grant_extension"))),
    _C.PART_DUE_LATE: Mutant(_P, "P1-01", lambda e: alter(
        opened(e, "order.handle"), "data.duty.legal_due", _LATER)),
    _C.PART_CAP_LATE: Mutant(_P, "P1-01", lambda e: alter(e[0], "data.opening.parent.cap", _LATER)),
    _C.PARTS_OPEN: Mutant(_P, "P1", lambda e: _found_at(
        act(e, "petition.issue_opinion"), alter(act(e, "part_closed", 1), "data.fields.number", "P1-99"))),
    _C.OPINION_REPEATED: Mutant(_P, "P1", lambda e: again(e, act(e, "petition.issue_opinion"))),
    _C.OPINION_INCOMPLETE: Mutant(_P, "P1", lambda e: alter(
        act(e, "petition.issue_opinion"), "data.fields.facts")),
    _C.OPINION_MISSING: Mutant(_P, "P1", lambda e: _found_at(
        e[-1], alter(act(e, "petition.issue_opinion"), "data.act", "petition.interim_report"))),
    _C.WAIVED_WITHOUT_REASON: Mutant(_P, "P1", lambda e: alter(
        act(e, "petition.waive_order"), "data.fields.reason")),
    _C.MEDIATED_AFTER_REFUSAL: Mutant(_R, "M1", lambda e: put(e, act(e, "mediation.session"), e[-1])),
    _C.ACCEPTED_UNINFORMED: Mutant(_D, "M1", lambda e: _found_at(
        act(e, "mediation.accept"), alter(act(e, "mediation.serve_notice"), "data.fields.to", "wu"))),
    _C.ACCEPTED_UNCONSENTED: Mutant(_D, "M1", lambda e: _found_at(
        act(e, "mediation.accept"), alter(act(e, "mediation.consent"), "data.actor.account", "wu"))),
    _C.MEDIATED_UNACCEPTED: Mutant(_D, "M1", lambda e: _found_at(
        act(e, "mediation.session"), alter(act(e, "mediation.accept"), "data.act", "mediation.reject"))),
    _C.THIRD_PERSONS: Mutant(_D, "M1", lambda e: alter(
        act(e, "mediation.session"), "data.fields.third_persons_consented")),
    _C.CONSENT_INCOMPLETE: Mutant(_D, "M1", lambda e: alter(
        act(e, "mediation.suspend"), "data.fields.consenting", ["yuan"])),
    _C.AGREEMENT_UNSIGNED: Mutant(_D, "M1", lambda e: _dropped(
        e, act(e, "mediation.sign_agreement"), note(e, "agreement_effective"))),
    _C.AGREEMENT_UNSEALED: Mutant(_D, "M1", lambda e: _found_at(
        note(e, "agreement_effective"), alter(act(e, "mediation.seal"), "data.act", "mediation.visit"))),
    _C.AGREEMENT_NOT_ON_PAPER: Mutant(_D, "M1", lambda e: _found_at(
        note(e, "agreement_effective"), alter(act(e, "mediation.sign_agreement"), "data.fields.scan"))),
    _C.CONFIRMATION_WINDOW: Mutant(_D, "M1", lambda e: alter(
        opened(e, "mediation.confirm"), "data.duty.marks", [])),
    _C.CONFIRMATION_ALONE: Mutant(_D, "M1", lambda e: alter(
        act(e, "mediation.confirm"), "data.fields.applicants", ["yuan"])),
    _C.DANGER_NOT_PASSED_ON: Mutant(_R, "M1", lambda e: _dropped(
        e, note(e, "police_told"), act(e, "mediation.report_risk"))),
    _C.URGENT_NOT_REPORTED: Mutant(_P, "P1", lambda e: _dropped(
        e, note(e, "urgent_reported"), act(e, "petition.sort"))),
    _C.OWN_WORK_RATED: Mutant(_B, "O1", _by_the_unit_itself),
    _C.RATED_BEFORE_DONE: Mutant(_B, "O1", _never_done),
    _C.NOT_BY_BLOWER: Mutant(_E, "W1", lambda e: alter(
        act(e, "whistle.stand_down"), "data.actor.unit", "city/water")),
    _C.RATED_ITSELF: Mutant(_E, "W1", lambda e: alter(
        act(e, "whistle.rate_department"), "data.fields.department", "city/town")),
    _C.NOT_RATIFIED: Mutant(_E, "W1", lambda e: _dropped(
        e, e[act(e, "whistle.ratify")["seq"]], act(e, "whistle.stand_down"))),
    _C.SENT_BACK_TOO_OFTEN: Mutant(_E, "W1", lambda e: again(e, act(e, "whistle.send_back"), 2)),
    _C.TWIN_NOT_LINKED: Mutant(_L, "P2", lambda e: _found_at(
        act(e, "petition.refuse_intake"), alter(kind(e, "case_linked"), "data.number", "P9"))),
    _C.TWIN_NOT_IN_HAND: Mutant(_L, "P2", lambda e: alter(
        act(e, "petition.refuse_intake"), "data.fields.same_as", "P1-01")),
    _C.NOT_FINAL: Mutant(_P, "P1", lambda e: _dropped(e, note(e, "final"), e[-1])),
    _C.REPRESENTATIVES: Mutant(_P, "P1", lambda e: alter(e[0], "data.opening.representatives", 6)),
    _C.COMMUNITY_LEADS: Mutant(_P, "P1", lambda e: alter(
        note(e, "lead_named"), "data.unit", "city/town/village/library")),
    _C.UNRATED_HIDDEN: Mutant(_B, "O1", lambda e: _dropped(e, note(e, "unrated"), kind(e, "duty_breached"))),
    _C.UNRATED_FALSE: Mutant(_B, "O1", _told_of_nothing),
    _C.UNREADABLE: Mutant(_B, "O1", lambda e: alter(kind(e, "duty_fulfilled"), "data.duty", "1")),
    _C.OPENED: Mutant(_B, "O1", lambda e: alter(e[0], "data.actor.role", "auditor")),
    _C.SEQUENCE: Mutant(_B, "O1", lambda e: alter(e[-1], "seq", 99)),
    _C.TIME_BACKWARDS: Mutant(_B, "O1", lambda e: alter(e[5], "at", _EARLIER)),
    _C.CAUSE: Mutant(_B, "O1", lambda e: alter(e[8], "cause", 1)),
    _C.ACT_UNKNOWN: Mutant(_B, "O1", lambda e: alter(act(e, "explain_delay"), "data.act", "order.vanish")),
    _C.ACT_TWICE: Mutant(_B, "O1", lambda e: alter(
        act(e, "order.close"), "data.act_id", act(e, "order.dispatch")["data"]["act_id"])),
    _C.ACT_INCOMPLETE: Mutant(_B, "O1", lambda e: alter(act(e, "order.decline"), "data.fields.reason")),
    _C.ROLE: Mutant(_B, "O1", lambda e: alter(act(e, "order.dispatch"), "data.actor.role", "auditor")),
    _C.NO_RIGHT: Mutant(_B, "O1", lambda e: alter(
        act(e, "explain_delay"), "data.actor.unit", "city/water")),
    _C.DUTY_NUMBER: Mutant(_B, "O1", lambda e: alter(opened(e, "order.rate"), "data.duty.number", 77)),
    _C.DUTY_RULE: Mutant(_B, "O1", _another_rule),
    _C.DUTY_OWNER: Mutant(_B, "O1", lambda e: alter(
        opened(e, "order.close"), "data.duty.owner.unit", "city/water")),
    _C.DUTY_NOT_OPEN: Mutant(_B, "O1", lambda e: alter(kind(e, "duty_fulfilled", 2), "data.duty", 1)),
    _C.ANSWERS_NOTHING: Mutant(_B, "O1", lambda e: alter(act(e, "order.close"), "data.duty", 1)),
    _C.NOT_OWNER: Mutant(_B, "O1", lambda e: alter(act(e, "order.close"), "data.actor.unit", "city/water")),
    _C.FULFILLED_WITHOUT_ACT: Mutant(_E, "W1", _fulfilled_by_nothing),
    _C.NOT_FULFILLED: Mutant(_B, "O1", lambda e: _dropped(
        e, kind(e, "duty_fulfilled", -1), act(e, "order.close"))),
    _C.WRONG_LAPSE: Mutant(_E, "W1", lambda e: alter(kind(e, "window_closed"), "kind", "duty_breached")),
    _C.AFTER_CLOSING: Mutant(_B, "O1", lambda e: put(e, note(e, "credited"), e[-1])),
    _C.OPEN_AFTER_CLOSING: Mutant(_E, "W1", lambda e: _dropped(e, kind(e, "duty_relieved", -1), e[-1])),
    _C.NOBODY_WAITS: Mutant(_Y, "O1", lambda e: put(
        e, {**e[-1], "kind": "duty_relieved", "rule": "", "data": {"duty": 2, "why": "?"}}, e[-1])),
    _C.OUTCOME: Mutant(_B, "O1", lambda e: alter(e[-1], "data.outcome", "withdrawn")),
    _C.LAPSE_INSTANT: Mutant(_B, "O1", lambda e: alter(
        kind(e, "duty_breached", 1), "at", "2026-03-08T00:00:00.000+08:00")),
    _C.LAPSE_MISSING: Mutant(_B, "O1", lambda e: _dropped(
        e, kind(e, "duty_breached", 1), kind(e, "duty_marked"))),
    _C.RULE_UNKNOWN: Mutant(_B, "O1", lambda e: alter(note(e, "party_told"), "rule", "《不存在条例》第1条")),
    _C.LEVELS: Mutant(_D, "M1", lambda e: alter(
        next(x for x in e if x["data"].get("level") == "township"), "data.level", "city")),
    _C.ESCALATION: Mutant(_E, "W1", lambda e: alter(kind(e, "escalated"), "data.to", "city/power")),
    _C.MARK_WRONG: Mutant(_B, "O1", lambda e: alter(
        kind(e, "duty_marked"), "at", "2026-03-08T00:00:00.000+08:00")),
    _C.MARK_MISSING: Mutant(_B, "O1", lambda e: _dropped(
        e, kind(e, "duty_marked", 1), act(e, "explain_delay"))),
    _C.DUE_WRONG: Mutant(_B, "O1", lambda e: alter(
        opened(e, "order.review"), "data.duty.legal_due", "2026-03-05T00:00:00+08:00")),
    _C.MOVED_WRONG: Mutant(_B, "O1", lambda e: alter(kind(e, "duty_moved"), "data.legal_due", _LATER)),
    _C.PROVISIONAL_WRONG: Mutant(_Y, "O1", lambda e: alter(
        opened(e, "order.handle"), "data.duty.provisional")),
    _C.COUNTED_FROM: Mutant(_B, "O1", lambda e: alter(
        opened(e, "order.handle"), "data.duty.counted_from", "2026-03-02T10:00:00+08:00")),
    _C.PAUSE_NOT_ALLOWED: Mutant(_P, "P1", lambda e: alter(kind(e, "duty_paused"), "data.why", "quarrel")),
    _C.MOVED_WITHOUT_CAUSE: Mutant(_B, "O1", lambda e: alter(
        kind(e, "duty_moved"), "data.extended_days", 4)),
    _C.NOT_MOVED: Mutant(_Y, "O1", lambda e: _dropped(e, kind(e, "duty_moved"), act(e, "adopt_calendar"))),
    _C.EDITION_UNKNOWN: Mutant(_B, "O1", lambda e: alter(e[0], "data.rulebook", "f" * 64)),
    _C.SIMPLE_SPLIT: Mutant(_L, "P1", _split_in_two),
    _C.REMEDIES_UNTOLD: Mutant(_R, "M1", lambda e: _dropped(e, note(e, "remedies_told"), e[-1])),
    _C.SUCCESSION: Mutant(_U, "O1", lambda e: alter(kind(e, "duty_handed_over"), "data.to", "city/school")),
    _C.LINK_ONE_WAY: Mutant(_P, "P1-01", lambda e: alter(e[0], "data.opening.parent.share", "co_handler")),
    _C.LETTER_UNTRUE: Mutant(_E, "W1", lambda e: alter(
        act(e, "part_closed"), "data.fields.outcome", "recalled")),
    _C.PART_OUTLIVES: Mutant(_E, "W1-02", lambda e: alter(e[-1], "at", _LATER)),
}  # fmt: skip
"""Rule → a ledger that breaks it."""

MORE: tuple[tuple[LawCode, Mutant], ...] = (
    (_C.EXTENSION_TOO_LONG, Mutant(_B, "O1", lambda e: alter(
        act(e, "order.grant_extension"), "data.fields.days", 8))),
    (_C.LEADS, Mutant(_E, "W1", lambda e: alter(
        act(e, "whistle.release_task"), "data.fields.order", "W1-01"))),
    (_C.PARTS_OPEN, Mutant(_E, "W1", lambda e: _found_at(act(e, "whistle.handled"), alter(
        act(e, "part_closed"), "data.fields.number", "W1-99")))),
    (_C.ESCALATION, Mutant(_E, "W1", lambda e: _dropped(
        e, note(e, "reported_to_government"), kind(e, "duty_breached", 2)))),
    (_C.NO_RIGHT, Mutant(_E, "W1", lambda e: alter(
        act(e, "whistle.release_task"), "data.actor.role", "handler"))),
    (_C.NO_RIGHT, Mutant(_R, "M1", lambda e: alter(
        act(e, "mediation.refuse"), "data.actor.account", "wu"))),
    (_C.SUCCESSION, Mutant(_U, "O1", lambda e: _dropped(
        e, kind(e, "duty_handed_over"), act(e, "succeed")))),
    (_C.NOT_OWNER, Mutant(_U, "O1", lambda e: alter(
        act(e, "order.complete"), "data.actor.unit", "city/water"))),
    (_C.NO_RIGHT, Mutant(_U, "O1", lambda e: alter(act(e, "succeed"), "data.actor.role", "handler"))),
    (_C.NO_RIGHT, Mutant(_Y, "O1", lambda e: alter(
        act(e, "adopt_calendar"), "data.actor.role", "handler"))),
    (_C.MOVED_WRONG, Mutant(_P, "P1", lambda e: alter(
        kind(e, "duty_moved", -1), "data.legal_due", "2026-04-04T00:00:00+08:00"))),
    (_C.DUE_WRONG, Mutant(_P, "P1", lambda e: alter(
        opened(e, "petition.hearing"), "data.duty.legal_due", _LATER))),
    (_C.DUE_WRONG, Mutant(_D, "M1", lambda e: alter(
        opened(e, "mediation.suspension"), "data.duty.legal_due", _LATER))),
    (_C.NOT_MOVED, Mutant(_P, "P1", lambda e: _dropped(
        e, kind(e, "duty_moved"), act(e, "petition.grant_extension")))),
    (_C.NOT_MOVED, Mutant(_L, "P1", lambda e: _dropped(
        e, kind(e, "duty_moved", 1), opened(e, "petition.handle", 2)))),
    (_C.NOT_MOVED, Mutant(_P, "P1", lambda e: _dropped(
        e, kind(e, "duty_moved", -1), e[act(e, "petition.end_hearing")["seq"]]))),
    (_C.NOT_MOVED, Mutant(_D, "M1", lambda e: _dropped(
        e, kind(e, "duty_moved"), next(x for x in e if x["data"].get("why") == "resumed")))),
    (_C.URGENT_NOT_REPORTED, Mutant(_P, "P1", lambda e: _dropped(
        e, kind(e, "escalated"), act(e, "petition.sort")))),
    (_C.TWIN_NOT_LINKED, Mutant(_L, "P1", lambda e: _dropped(
        e, kind(e, "case_linked", 1), act(e, "join_twin")))),
    (_C.DUTY_OWNER, Mutant(_B, "O1", lambda e: _dropped(
        e, note(e, "lead_named"), opened(e, "order.handle")))),
    (_C.ROLE, Mutant(_B, "O1", lambda e: alter(act(e, "rate"), "data.actor.unit", "city/water"))),
    (_C.OPENED, Mutant(_E, "W1", lambda e: alter(e[0], "data.actor.role", "community_worker"))),
    (_C.ACCUSED_REACHED, Mutant("an_accusation", "P1", lambda e: alter(
        act(e, "petition.transfer"), "data.fields.unit", "city/water/station"))),
    (_C.LETTER_UNTRUE, Mutant(_L, "P1", lambda e: alter(
        act(e, "part_closed"), "data.fields.outcome", "done"))),
    (_C.LEVELS, Mutant("a_failing_dispute", "M1", lambda e: alter(
        kind(e, "escalated"), "data.to", "city/committee"))),
    (_C.CONFIRMATION_WINDOW, Mutant("a_failing_dispute", "M1", lambda e: _dropped(
        e, note(e, "agreement_effective"), opened(e, "mediation.confirm")))),
)  # fmt: skip
"""Other ways to break some of them."""
