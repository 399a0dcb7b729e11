"""What only several cases show: links both ways, letters that were true, parts within their whole."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from audit.findings import Finding
from audit.lawfulness.codes import LawCode
from audit.lawfulness.shapes import instant
from audit.lawfulness.story import Line, Story

Stories = Mapping[str, Story]

_A_DAY = timedelta(days=1)
"""Letters are delivered in their own time; after a day a part has heard that its whole is over."""


def parts_and_wholes_know_each_other(stories: Stories, story: Story) -> Iterator[Finding]:
    """A part names the case that opened it, on whose record it stands, with the same terms."""
    whole = stories.get(story.parent.get("number", ""))
    if whole is None:
        return
    links = [each for each in whole.of.get("case_linked", ()) if each.data["number"] == story.case_no]
    if len(links) != 1:
        yield story.finding(LawCode.LINK_ONE_WAY, story.opened, 1, len(links), whole.case_no)
        return
    expected, found = _terms_there(whole, links[0]), _terms_here(whole, story, links[0])
    for name, right in expected.items():
        if found[name] != right:
            yield story.finding(LawCode.LINK_ONE_WAY, story.opened, right, found[name], name)


def _terms_there(whole: Story, link: Line) -> dict[str, object]:
    data = link.data
    return {
        "at": link.at,
        "kind": data["kind"],
        "link": data["link"],
        "unit": data.get("unit"),
        "share": data.get("share"),
        "mandatory": data.get("mandatory", False),
        "rulebook": whole.opened.data["rulebook"],
        "drill": whole.opened.data.get("drill", False),
    }


def _terms_here(whole: Story, story: Story, link: Line) -> dict[str, object]:
    """What the part says; shares are said of orders alone, and whether it is needed where one answer joins."""
    parent, split = story.parent, link.data["link"] == "split-into"
    joins = split and whole.kind in ("petition", "whistle")
    unit = story.opening.get("unit") if story.kind == "order" else story.opening.get("blower")
    return {
        "at": story.opened.at,
        "kind": story.kind,
        "link": parent["link"],
        "unit": unit,
        "share": parent.get("share", "co_handler") if split else link.data.get("share"),
        "mandatory": parent.get("mandatory", True) if joins else link.data.get("mandatory", False),
        "rulebook": story.opened.data["rulebook"],
        "drill": story.opened.data.get("drill", False),
    }


def accusations_are_passed_on(stories: Stories, story: Story) -> Iterator[Finding]:
    """§9.1: a part knows whom the whole accuses, or it could not keep the matter from them."""
    whole = stories.get(story.parent.get("number", ""))
    if whole is None:
        return
    sorted_as = [act for act in whole.acts("petition.sort") if act.at <= story.opened.at]
    accused = sorted_as[-1].fields.get("accused") if sorted_as else whole.parent.get("accused")
    found = story.parent.get("accused")
    if accused != found:
        yield story.finding(LawCode.ACCUSED_NOT_PASSED_ON, story.opened, accused, found)


def parts_leave_time_to_join_the_answers(stories: Stories, story: Story) -> Iterator[Finding]:
    """§9.7: a part is due so many days before its petition as the edition says, while there are as many."""
    whole = stories.get(story.parent.get("number", ""))
    if whole is None or whole.kind != "petition" or story.kind != "order" or whole.rules is None:
        return
    due = _due_of_whole(whole, story.opened)
    if due is None:
        return
    buffer = timedelta(days=0 if _is_simple(whole, story) else _buffer(whole))
    latest = due - buffer if due - buffer > story.opened.at else due
    cap = instant(story.parent["cap"]) if "cap" in story.parent else None
    if due > story.opened.at and (cap is None or cap > latest):
        yield story.finding(LawCode.PART_CAP_LATE, story.opened, latest, cap)


def _due_of_whole(whole: Story, opened: Line) -> datetime | None:
    handles = list(whole.owed("petition.handle"))
    held = [d for d in handles if d.opened.at <= opened.at and (d.ended is None or d.ended.at > opened.at)]
    if held:
        dates = [each for each in held[-1].dates if each.since.at <= opened.at]
        return dates[-1].legal
    later = [duty for duty in handles if duty.opened.at > opened.at]
    return later[0].dates[0].legal if later else None


def _buffer(whole: Story) -> float:
    return whole.rules.figures.get("petition.integration_buffer_days", 0) if whole.rules else 0


def _is_simple(whole: Story, story: Story) -> bool:
    sorted_as = [act for act in whole.acts("petition.sort") if act.at <= story.opened.at]
    switched = any(act.at <= story.opened.at for act in whole.acts("petition.switch_to_ordinary"))
    return bool(sorted_as and sorted_as[-1].fields.get("simple") and not switched)


def letters_tell_the_truth(stories: Stories, story: Story) -> Iterator[Finding]:
    """What another case is said to have told this one happened there, and no later."""
    for act in story.acts("part_closed", "recall", "change_checker", "join_twin"):
        sender = stories.get(act.actor["account"])
        if sender is not None and not _is_borne_out(sender, story, act):
            yield story.finding(LawCode.LETTER_UNTRUE, act, sender.case_no, dict(act.fields), act.act)


def _is_borne_out(sender: Story, story: Story, act: Line) -> bool:
    closed = sender.closed
    match act.act:
        case "part_closed":
            return bool(closed and closed.at <= act.at and closed.data["outcome"] == act.fields["outcome"])
        case "recall":
            waived = sender.notes("order_waived")
            let_go = any(n.data.get("about") == story.case_no and n.at <= act.at for n in waived)
            return let_go or bool(closed and closed.at <= act.at)
        case "change_checker":
            named = [line.data.get("unit") for line in sender.notes("lead_named") if line.at <= act.at]
            return act.fields["unit"] in {*named, *sender.seats}
        case _:
            links = [each.data for each in sender.of.get("case_linked", ()) if each.at <= act.at]
            return {"number": story.case_no, "link": "duplicate-of"}.items() <= _first(links, story).items()


def _first(links: Iterable[Mapping[str, object]], story: Story) -> Mapping[str, object]:
    return next((each for each in links if each["number"] == story.case_no), {})


def twins_were_in_hand(stories: Stories, story: Story) -> Iterator[Finding]:
    """§9.16: what a petition is refused for was in hand before it, or finally answered."""
    for act in story.acts("petition.refuse_intake"):
        twin = stories.get(act.fields["same_as"])
        if twin is None:
            continue
        ended = twin.closed is not None and twin.closed.at < act.at and not twin.notes("final")
        if twin.kind != "petition" or twin.opened.at > act.at or ended:
            yield story.finding(LawCode.TWIN_NOT_IN_HAND, act, "a petition in hand", twin.case_no)


def parts_do_not_outlive_the_whole(stories: Stories, story: Story) -> Iterator[Finding]:
    """What nobody needs any more is called off."""
    whole = stories.get(story.parent.get("number", ""))
    if whole is None or whole.closed is None or story.parent["link"] != "split-into":
        return
    last = story.closed or story.lines[-1]
    if last.at > whole.closed.at + _A_DAY:
        yield story.finding(LawCode.PART_OUTLIVES, last, whole.closed.at, last.at, whole.case_no)


CHECKS = (
    parts_and_wholes_know_each_other,
    accusations_are_passed_on,
    parts_leave_time_to_join_the_answers,
    letters_tell_the_truth,
    twins_were_in_hand,
    parts_do_not_outlive_the_whole,
)
