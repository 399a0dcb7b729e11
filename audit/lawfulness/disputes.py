"""What the rules say of mediation: consent, notice, signatures, danger, the order of levels."""

from collections.abc import Iterator

from audit.findings import Finding
from audit.lawfulness.codes import LawCode
from audit.lawfulness.story import Line, Story

_AFTER_REFUSAL = frozenset({"duty_relieved", "duty_moved", "case_closed"})
_SITTING = ("mediation.session", "mediation.investigate", "mediation.agree", "mediation.place_order")


def a_refusal_ends_mediation(story: Story) -> Iterator[Finding]:
    """§9.9: by any party, from any state; after it nothing is left but to tell the other ways."""
    for refusal in story.acts("mediation.refuse"):
        for line in story.lines[refusal.seq :]:
            told = line.kind == "noted" and line.data["note"] == "remedies_told"
            if line.cause != refusal.seq or not (told or line.kind in _AFTER_REFUSAL):
                yield story.finding(LawCode.MEDIATED_AFTER_REFUSAL, line, "nothing", line.act or line.kind)
        closed = story.closed
        if closed is None or closed.data["outcome"] != "refused":
            found = closed and closed.data["outcome"]
            yield story.finding(LawCode.MEDIATED_AFTER_REFUSAL, refusal, "refused", found)


def notice_and_consent_come_first(story: Story) -> Iterator[Finding]:
    """§9.10: every party was told its rights and consented before acceptance, and acceptance before sittings."""
    accepted = story.acts("mediation.accept")
    for act in accepted:
        told = {a.fields.get("to") for a in story.acts("mediation.serve_notice") if a.seq < act.seq}
        willing = {a.party for a in story.acts("mediation.consent") if a.seq < act.seq}
        if not told.issuperset(story.parties):
            yield story.finding(LawCode.ACCEPTED_UNINFORMED, act, story.parties, told)
        if not willing.issuperset(story.parties):
            yield story.finding(LawCode.ACCEPTED_UNCONSENTED, act, story.parties, willing)
    since = accepted[0].seq if accepted else len(story.lines) + 1
    for act in story.acts(*_SITTING):
        if act.seq < since:
            yield story.finding(LawCode.MEDIATED_UNACCEPTED, act, "mediation.accept", None, act.act)


def third_persons_sit_in_by_consent(story: Story) -> Iterator[Finding]:
    """§9.10: others than the parties only if these agree."""
    for act in story.acts("mediation.session"):
        if act.fields.get("third_persons") and not act.fields.get("third_persons_consented"):
            yield story.finding(LawCode.THIRD_PERSONS, act, "consent", act.fields["third_persons"])


def written_agreements_are_signed_and_sealed(story: Story) -> Iterator[Finding]:
    """§9.11: by all parties, by mediator and committee; on paper where e-signature does not hold."""
    for line in story.notes("agreement_effective"):
        agreed = [act for act in story.acts("mediation.agree") if act.seq < line.seq]
        if not agreed:
            yield story.finding(LawCode.AGREEMENT_UNSIGNED, line, "mediation.agree", None)
        elif agreed[-1].fields["form"] != "oral":
            yield from _check_signatures(story, agreed[-1], line)


def _check_signatures(story: Story, agreed: Line, line: Line) -> Iterator[Finding]:
    signed = [a for a in story.acts("mediation.sign_agreement") if agreed.seq < a.seq < line.seq]
    signers = {act.party for act in signed}
    if not signers.issuperset(story.parties):
        yield story.finding(LawCode.AGREEMENT_UNSIGNED, line, story.parties, signers)
    if not any(agreed.seq < act.seq < line.seq for act in story.acts("mediation.seal")):
        yield story.finding(LawCode.AGREEMENT_UNSEALED, line, "mediation.seal", None)
    on_paper = {act.party for act in signed if act.fields.get("scan")}
    if story.opening.get("paper_only") and not on_paper.issuperset(story.parties):
        yield story.finding(LawCode.AGREEMENT_NOT_ON_PAPER, line, story.parties, on_paper)


def the_court_may_be_asked_for_thirty_days(story: Story) -> Iterator[Finding]:
    """§9.12: each agreement that takes effect opens a window from that instant; its length is a due date."""
    windows = {duty.opened.cause: duty for duty in story.owed("mediation.confirm")}
    effective = {line.cause: line for line in story.notes("agreement_effective")}
    for cause, line in effective.items():
        if cause not in windows:
            yield story.finding(LawCode.CONFIRMATION_WINDOW, line, "mediation.confirm", None)
    for cause, duty in windows.items():
        if cause not in effective:
            yield story.finding(LawCode.CONFIRMATION_WINDOW, duty.opened, "agreement_effective", None)


def danger_goes_to_police_and_top_at_once(story: Story) -> Iterator[Finding]:
    """§9.13: a risk reported, or graded red, reaches the police and the highest level in the same step."""
    for act in story.acts("mediation.report_risk", "mediation.grade"):
        if act.fields.get("colour", "red") != "red":
            continue
        after = story.step(act)
        told = any(line.data.get("note") == "police_told" for line in after)
        police = [line.data.get("unit") for line in after if line.data.get("note") == "police_told"]
        top, station = (story.standing(each, act.seq) for each in (story.seats[-1], story.offices["police"]))
        raised = any(line.kind == "escalated" and line.data["to"] == top for line in after)
        if not told or police != [station] or not raised:
            yield story.finding(LawCode.DANGER_NOT_PASSED_ON, act, station, police)


def levels_are_climbed_in_order(story: Story) -> Iterator[Finding]:
    """A dispute rises level by level and never falls; danger and the joint conference go to the top."""
    if story.rules is None or story.kind != "mediation":
        return
    codes, top = [level.code for level in story.rules.levels], len(story.seats) - 1
    if len(codes) != len(story.seats):
        yield story.finding(LawCode.LEVELS, story.opened, len(codes), len(story.seats))
        return
    reached, allowed = 0, {0}
    for line in story.lines:
        if line.kind == "escalated":
            to = _rung(story, line, reached, top)
            if to is None:
                yield story.finding(LawCode.LEVELS, line, story.seats[reached:], line.data["to"])
            allowed.add(top if to is None else to)
        elif line.kind == "stage_entered" and line.data.get("level"):
            found = codes.index(line.data["level"]) if line.data["level"] in codes else -1
            seat = story.standing(story.seats[found], line.seq)
            if found not in allowed or found < reached or line.data.get("unit") != seat:
                yield story.finding(LawCode.LEVELS, line, sorted(allowed), line.data["level"])
            reached = max(found, reached)
            allowed = {each for each in allowed if each >= reached} | {reached}


def _rung(story: Story, line: Line, reached: int, top: int) -> int | None:
    """The level that an escalation leads to; None if it may not."""
    seats = [story.standing(seat, line.seq) for seat in story.seats]
    to, danger = line.data["to"], line.rule == "《人民调解法》第25条"
    month_over = any(duty.ended and duty.ended.seq < line.seq for duty in story.owed("mediation.total"))
    if danger:
        return top if to == seats[-1] else None
    if to == story.standing(story.offices["joint_office"], line.seq):
        return top if reached == top or month_over else None
    following = min(_highest(story, line, reached) + 1, top)
    return following if to == seats[following] else None


def _highest(story: Story, line: Line, reached: int) -> int:
    """How far the dispute has been passed up before, signed for or not."""
    passed = [each for each in story.of.get("escalated", ()) if each.seq < line.seq]
    known = [
        rung for each in passed for rung, seat in enumerate(story.seats)
        if story.standing(seat, each.seq) == each.data["to"]
    ]  # fmt: skip
    return max([reached, *known])


CHECKS = (
    a_refusal_ends_mediation,
    notice_and_consent_come_first,
    third_persons_sit_in_by_consent,
    written_agreements_are_signed_and_sealed,
    the_court_may_be_asked_for_thirty_days,
    danger_goes_to_police_and_top_at_once,
    levels_are_climbed_in_order,
)
