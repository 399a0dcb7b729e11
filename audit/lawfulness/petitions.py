"""What the rules say of petitions: clocks that nobody stops, one complete answer, twins, groups."""

from collections.abc import Iterator

from audit.findings import Finding
from audit.lawfulness.codes import LawCode
from audit.lawfulness.story import Line, Story, within

_CLOCKS = ("petition.route", "petition.notice", "petition.handle")
_TURNED_AWAY = frozenset(
    {
        *(("mediation", name) for name in ("not_accepted", "refused", "failed", "agreed_unperformed")),
        *(("petition", name) for name in ("not_accepted", "diverted")),
        ("order", "diverted"),
    }
)
_OPINION = ("claims", "facts", "opinion", "legal_basis")


def no_quarrel_stops_the_clock(story: Story) -> Iterator[Finding]:
    """§9.5: the days of 第22、23、34条 run on through objections and disputes, from where they began."""
    starts: dict[tuple[str, str], str] = {}
    for duty in story.owed(*_CLOCKS):
        for stop in duty.stops:
            yield story.finding(LawCode.CLOCK_STOPPED, stop, "no pause", stop.data["why"], duty.name)
        for move in duty.moves:
            if move.data["why"] not in ("extension", "calendar_adopted"):
                yield story.finding(LawCode.CLOCK_STOPPED, move, "extension", move.data["why"], duty.name)
        start = duty.terms["counted_from"]
        first = starts.setdefault((duty.kind, ""), start)
        if start != first:
            yield story.finding(LawCode.CLOCK_RESTARTED, duty.opened, first, start, duty.name)


def answers_wait_for_their_parts(story: Story) -> Iterator[Finding]:
    """§9.8: every mandatory order is over, or waived with a reason, before the whole is answered."""
    for act in story.acts("petition.waive_order", "whistle.release_task"):
        if not act.fields.get("reason"):
            yield story.finding(LawCode.WAIVED_WITHOUT_REASON, act, "a reason", None)
    for act in story.acts("petition.issue_opinion", "whistle.handled"):
        closed = {
            a.fields.get("number")
            for a in story.acts("part_closed")
            if a.seq < act.seq and a.fields.get("outcome") != "returned"
        }
        let_go = story.notes("order_waived", "order_reassigned")
        closed |= {line.data.get("about") for line in let_go if line.seq < act.seq}
        links = [each for each in story.of.get("case_linked", ()) if each.seq < act.seq]
        waiting = {each.data["number"] for each in links if each.data.get("mandatory")} - closed
        if waiting:
            yield story.finding(LawCode.PARTS_OPEN, act, "all parts over", waiting, act.act)


def one_complete_opinion(story: Story) -> Iterator[Finding]:
    """§9.8: one 处理意见书 with the fields of 第32条; no claim is answered for good without it."""
    opinions = story.acts("petition.issue_opinion")
    for act in opinions[1:]:
        yield story.finding(LawCode.OPINION_REPEATED, act, 1, len(opinions))
    for act in opinions:
        missing = [name for name in _OPINION if not act.fields.get(name)]
        if missing:
            yield story.finding(LawCode.OPINION_INCOMPLETE, act, missing, None)
    closed = story.closed
    is_claim = any(act.fields.get("category") == "claim" for act in story.acts("petition.sort"))
    if closed and is_claim and closed.data["outcome"] in ("answered", "final") and not opinions:
        yield story.finding(LawCode.OPINION_MISSING, closed, "petition.issue_opinion", None)


def twins_are_linked(story: Story) -> Iterator[Finding]:
    """§9.16: what is not accepted because the same matter is in hand is linked to it, and ends."""
    named = {"petition.refuse_intake": "same_as", "order.merge": "into"}
    for code, name in named.items():
        for act in story.acts(code):
            links = [line.data for line in story.step(act) if line.kind == "case_linked"]
            found = [link["number"] for link in links if link["link"] == "duplicate-of"]
            if found != [act.fields.get(name)] or story.case_no in found:
                yield story.finding(LawCode.TWIN_NOT_LINKED, act, act.fields.get(name), found)
    for act in story.acts("join_twin"):
        links = [line.data for line in story.step(act) if line.kind == "case_linked"]
        if [link["number"] for link in links if link["link"] == "duplicate-of"] != [act.actor["account"]]:
            yield story.finding(LawCode.TWIN_NOT_LINKED, act, act.actor["account"], None)


def the_other_ways_are_told(story: Story) -> Iterator[Finding]:
    """Whoever is turned away, or whose mediation came to nothing, is told the other ways (《人民调解法》第26条)."""
    closed = story.closed
    if closed is None or (story.kind, closed.data["outcome"]) not in _TURNED_AWAY:
        return
    root = story.root(closed)
    last = story.step(root) if root is not None else ()
    if not any(line.data.get("note") == "remedies_told" for line in last):
        yield story.finding(LawCode.REMEDIES_UNTOLD, closed, "remedies_told", None, closed.data["outcome"])


def the_last_answer_is_final(story: Story) -> Iterator[Finding]:
    """§9.16: after the recheck, or when nobody asked for it in time, the same facts are not accepted again."""
    closed = story.closed
    if story.kind != "petition" or closed is None or not story.acts("petition.serve"):
        return
    if closed.data["outcome"] in ("answered", "final") and not story.notes("final"):
        yield story.finding(LawCode.NOT_FINAL, closed, "final", None)


def groups_send_at_most_five(story: Story) -> Iterator[Finding]:
    """§9.17: representatives of a group."""
    most = story.rules.figures.get("petition.representatives_max", 5) if story.rules else 5
    found = story.opening.get("representatives", 1)
    if not 1 <= found <= min(most, 5):
        yield story.finding(LawCode.REPRESENTATIVES, story.opened, most, found)


def urgent_matters_are_reported_at_once(story: Story) -> Iterator[Finding]:
    """§9.13: government and joint conference hear of it in the same step, unless it accuses them."""
    for act in story.acts("petition.sort"):
        if act.fields.get("urgent"):
            after = story.step(act)
            expected = {story.standing(each, act.seq) for each in _who_must_hear(story, act)}
            told = {line.data.get("unit") for line in after if line.data.get("note") == "urgent_reported"}
            raised = {line.data["to"] for line in after if line.kind == "escalated"}
            if not told == raised == expected:
                yield story.finding(LawCode.URGENT_NOT_REPORTED, act, expected, told & raised)


def _who_must_hear(story: Story, act: Line) -> set[str]:
    offices, accused = story.offices, act.fields.get("accused")
    heard = {offices[name] for name in ("government", "joint_office") if not within(offices[name], accused)}
    return heard or {offices["discipline"]}


def simple_matters_have_one_unit(story: Story) -> Iterator[Finding]:
    """简易办理 is not for matters of several units."""
    for act in story.acts("petition.split"):
        sorted_as = [each for each in story.acts("petition.sort") if each.seq < act.seq]
        switched = any(each.seq < act.seq for each in story.acts("petition.switch_to_ordinary"))
        units = {line["unit"] for line in act.fields.get("orders", ())}
        if sorted_as and sorted_as[-1].fields.get("simple") and not switched and len(units) > 1:
            yield story.finding(LawCode.SIMPLE_SPLIT, act, 1, units)


CHECKS = (
    no_quarrel_stops_the_clock,
    answers_wait_for_their_parts,
    one_complete_opinion,
    twins_are_linked,
    the_other_ways_are_told,
    the_last_answer_is_final,
    groups_send_at_most_five,
    urgent_matters_are_reported_at_once,
    simple_matters_have_one_unit,
)
