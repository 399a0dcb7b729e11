"""How people go about a petition that is split into orders 信访 · 订单分包."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from domain.actors import Actor
from domain.acts import Act, base, petition
from domain.acts.petition import Category, Opinion, OrderLine, Path, Ruling
from domain.duties import DutyKind
from domain.openings import Offices
from domain.organisation import within
from domain.state import Part
from domain.vocabulary import CaseNo, Outcome, Role, Service, Share, Unit
from rehearsal.conduct.moment import AwaitsParts, ClaimCue, Conduct, Deed, Intent, Moment, Now
from rehearsal.phrases import Saying


def sort(m: Moment) -> Iterator[Intent]:
    """As the record says; where it is silent most are claims without a way of their own (第31条第6项)."""
    category, path = _kind(m)
    accused = (m.cue.accused or m.cue.lead) if category is Category.ACCUSATION else None
    simple = path is Path.RESIDUAL and len(m.cue.claims) < 2 and m.happens(0.08)
    yield m.means(m.sooner_or_later(), petition.Sort(category, path, accused, simple, urgent=m.happens(0.02)))


def transfer(m: Moment) -> Iterator[Intent]:
    """A suggestion to the unit it concerns; an accusation to discipline inspection, past the accused."""
    offices = m.case.opening.offices

    def pass_on(now: Now) -> Act:
        accused = now.case.accused
        if accused is None:
            return petition.Transfer(m.cue.lead)
        apart = (u for u in (offices.discipline, offices.government) if not within(u, accused))
        return petition.Transfer(next(apart))

    yield m.means(m.sooner_or_later(), pass_on)


def reply(m: Moment) -> Iterator[Intent]:
    """Every suggestion is answered; somewhat over half are adopted."""
    text, adopted = m.says(Saying.REPLY), m.happens(0.6)

    def answer(now: Now) -> Act:
        asked = now.case.sorting is not None and now.case.sorting.category is Category.SUGGESTION
        return petition.Reply(now.ink(text), adopted if asked else None)

    yield m.means(m.sooner_or_later(1.0), answer)


def split(m: Moment) -> Iterator[Intent]:
    """One lead and one to three co-handlers; never a community in the lead."""
    claims = _claims(m)

    def plan(now: Now) -> Act:
        simple = now.case.sorting is not None and now.case.sorting.simple
        wanted = [c for c in claims if c.share is Share.LEAD] if simple else claims
        lines = (OrderLine(c.unit, c.share, now.ink(c.text), service=c.service) for c in wanted)
        return petition.Split(tuple(lines))

    yield m.means(m.sooner_or_later(), plan)


def reassign(m: Moment) -> Iterator[Intent]:
    """A returned order goes to another unit; sometimes the units must settle whose it is, or it is waived."""
    throw = m.dice.random()
    reason = m.says(Saying.WAIVED)
    order = CaseNo(m.duty.about)

    def give_away(now: Now) -> Act | None:
        part = now.case.parts.get(order)
        if part is None or part.waived:
            return None
        other = _another(m, part)
        if throw < 0.3:
            government = m.case.opening.offices.government
            return petition.ReferJurisdiction(order, (_unit_of(m, part), other), government)
        if throw < 0.45 and part.share is not Share.LEAD:
            return petition.WaiveOrder(order, now.ink(reason))
        return petition.Reassign(order, other)

    yield m.means(m.sooner_or_later(), give_away)


def negotiate(m: Moment) -> Iterator[Intent]:
    """Half of the disputing units come to terms: the matter is theirs after all."""
    assert m.duty.owner.unit is not None
    if m.happens(0.3):
        yield m.means(m.in_time(), petition.SettleJurisdiction(CaseNo(m.duty.about), m.duty.owner.unit))


def decide_jurisdiction(m: Moment) -> Iterator[Intent]:
    """The superior decides, or is silent and leaves it to the joint conference."""
    if m.happens(0.75):
        yield m.means(m.in_time(), _settles(m))


def designate(m: Moment) -> Iterator[Intent]:
    """The joint conference names the unit."""
    yield m.means(m.sooner_or_later(), _settles(m))


def notice(m: Moment) -> Iterator[Intent]:
    """The lead gives written notice, nearly always of acceptance, within days."""
    accepted = m.happens(0.96)
    text = m.says(Saying.NOTICE if accepted else Saying.NOTICE_REFUSED)
    at = m.late() if m.duty.legal_due <= m.at or m.slips() else m.in_time(0.4)
    yield m.means(at, lambda now: petition.GiveNotice(accepted, now.ink(text)))


def handle(m: Moment) -> Iterator[Intent]:
    """The lead joins the results into one opinion, in about the time that the record's own answer took."""
    lead, at = m.owner(), _answered(m)
    opinion = m.dice.choices((Opinion.SUPPORT, Opinion.EXPLAIN, Opinion.NOT_SUPPORT), (55, 35, 10))[0]
    yield m.means(at, _joins(m, opinion), lead, "opinion")
    if m.duty.rule == "petition.simple.handle" and m.happens(0.2):
        yield _switches(m)
    yield from _on_the_way(m, lead, at)


def decide_extension(m: Moment) -> Iterator[Intent]:
    """The head grants before expiry, once; after it only the first date stands."""
    days, refuses = m.days("petition.extension"), m.happens(0.25)
    text = m.says(Saying.MORE_TIME)

    def decide(now: Now) -> Act:
        held = next((h for h in now.case.duties.values() if h.duty.kind is DutyKind.PETITION_HANDLE), None)
        if refuses or now.case.extensions or held is None or held.breached or held.legal_due <= now.at:
            return petition.RefuseHandlingExtension(now.ink(text))
        return petition.GrantHandlingExtension(days, now.ink(text))

    yield m.means(m.in_time(), decide)


def serve(m: Moment) -> Iterator[Intent]:
    """The opinion reaches the petitioner."""
    yield m.means(m.sooner_or_later(), petition.Serve())


def rate(m: Moment) -> Iterator[Intent]:
    """Some petitioners rate."""
    if m.happens(0.4):
        speed, attitude, resolution = (m.dice.randint(2, 5) for _ in range(3))
        yield m.means(m.in_time(), base.Rate(speed, attitude, resolution))


def ask_review(m: Moment) -> Iterator[Intent]:
    """A few ask the body above to look again."""
    if m.happens(0.08):
        text = m.says(Saying.ASK_REVIEW)
        yield m.means(m.in_time(), lambda now: petition.AskReview(now.ink(text)))


def review(m: Moment) -> Iterator[Intent]:
    """The body above decides."""
    ruling, text = _ruling(m), m.says(Saying.RULING)
    yield m.means(m.sooner_or_later(), lambda now: petition.DecideReview(ruling, now.ink(text)))


def ask_recheck(m: Moment) -> Iterator[Intent]:
    """Some of those ask once more."""
    if m.happens(0.4):
        text = m.says(Saying.ASK_REVIEW)
        yield m.means(m.in_time(), lambda now: petition.AskRecheck(now.ink(text)))


def recheck(m: Moment) -> Iterator[Intent]:
    """The last look, with a hearing in two of five; the decision waits for its end."""
    ruling, text = _ruling(m), m.says(Saying.RULING)
    decided = m.sooner_or_later()
    if m.happens(0.4):
        began = m.in_time(0.4)
        ended = m.habits.after(m.dice, began, 5.0)
        decided = max(decided, m.habits.after(m.dice, ended, 4.0))
        yield m.means(began, petition.StartHearing(planned_end=ended), place="hearing")
    yield m.means(decided, lambda now: petition.DecideRecheck(ruling, now.ink(text)), place="decide")


def hear(m: Moment) -> Iterator[Intent]:
    """The hearing ends by the time planned."""
    record = m.says(Saying.HEARING)
    yield m.means(m.in_time(), lambda now: petition.EndHearing(now.ink(record)))


def _kind(m: Moment) -> tuple[Category, Path | None]:
    if m.cue.category is not None:
        return m.cue.category, m.cue.path or (Path.RESIDUAL if m.cue.category is Category.CLAIM else None)
    throw = m.dice.random()
    if throw < 0.09:
        return Category.SUGGESTION, None
    if throw < 0.12 and not _is_needed(m):
        return Category.ACCUSATION, None
    ways = (Path.LITIGATION, Path.ARBITRATION, Path.ADMINISTRATIVE, Path.DUTY)
    return Category.CLAIM, m.dice.choice(ways) if throw < 0.18 else Path.RESIDUAL


def _is_needed(m: Moment) -> bool:
    """Whether the unit that would be accused is the one that must look into it, or stands above it."""
    offices = m.case.opening.offices
    return any(within(u, m.cue.lead) for u in (offices.petition_office, offices.discipline))


def _claims(m: Moment) -> tuple[ClaimCue, ...]:
    """The record's own claims, else one each for two to four of the units that may know."""
    offices = m.case.opening.offices
    if m.cue.claims and not any(_misled(c, offices) for c in m.cue.claims):
        return m.cue.claims
    units = [u for u in dict.fromkeys(m.cue.units) if not within(u, offices.community)]
    units = [*units, *(u for u in (offices.town, offices.centre) if u not in units)]
    several = min(m.dice.choices((2, 3, 4), (60, 32, 8))[0], len(units))
    text = m.says(Saying.CLAIM)
    return tuple(
        ClaimCue(unit, Share.CO_HANDLER if place else Share.LEAD, text, _service(m))
        for place, unit in enumerate(units[:several])
    )


def _misled(claim: ClaimCue, offices: Offices) -> bool:
    return claim.share is Share.LEAD and within(claim.unit, offices.community)


def _service(m: Moment) -> Service:
    return m.dice.choice((Service.ORDER, Service.HARD, Service.SERVICE))


def _answered(m: Moment) -> datetime:
    """When the lead answers: the record's own days where it has them, whatever the limit says of them."""
    due, asked = m.duty.legal_due, m.cue.answered_after
    if due <= m.at:
        return m.late()
    if asked is not None:
        return m.habits.next_office(m.dice, m.at + asked)
    return m.late() if m.slips(0.8) else m.habits.answer(m.dice, m.at, due)


def _joins(m: Moment, opinion: Opinion) -> Deed:
    """One opinion once every part is in."""
    claims, facts, basis = m.says(Saying.CLAIMS), m.says(Saying.OPINION_FACTS), m.says(Saying.LEGAL_BASIS)

    def join(now: Now) -> Act | AwaitsParts:
        if now.case.awaited_parts:
            return AwaitsParts()
        return petition.IssueOpinion(now.ink(claims), now.ink(facts), opinion, now.ink(basis))

    return join


def _on_the_way(m: Moment, lead: Actor, at: datetime) -> Iterator[Intent]:
    """More time asked for, a report, an order done without, a quarrel inside it mediated."""
    middle = m.part_way(at, m.dice.uniform(0.3, 0.8))
    throw = m.dice.random()
    if throw < 0.07 and m.duty.rule == "petition.handle":
        ask = _asks_for_time(m.days("petition.extension"), m.says(Saying.MORE_TIME))
        yield m.means(min(middle, m.duty.legal_due), ask, lead, "extend")
    elif throw < 0.19:
        text = m.says(Saying.PROGRESS)
        yield m.means(middle, lambda now: petition.ReportInterim(now.ink(text)), lead, "interim")
    elif throw < 0.22:
        yield m.means(middle, _waives(m.says(Saying.WAIVED)), lead, "waive")
    elif throw < 0.26 and len(m.case.opening.offices.seats) == len(m.rules.levels):
        text, other = m.says(Saying.MEDIATION), m.other_side()
        yield m.means(middle, lambda now: petition.OpenMediation(now.ink(text), other), lead, "mediate")


def _switches(m: Moment) -> Intent:
    """The head finds the matter less simple than it looked; the clock runs on from the first acceptance."""
    assert m.duty.owner.unit is not None
    head = m.roster.one_of(m.dice, m.duty.owner.unit, (Role.UNIT_HEAD,))
    reason = m.says(Saying.PROGRESS)
    return m.means(m.in_time(0.3), lambda now: petition.SwitchToOrdinary(now.ink(reason)), head, "switch")


def _asks_for_time(days: int, reason: str) -> Deed:
    return lambda now: None if now.case.extensions else petition.AskExtension(days, now.ink(reason))


def _waives(reason: str) -> Deed:
    def waive(now: Now) -> Act | None:
        waiting = [p for p in now.case.awaited_parts if p.share is not Share.LEAD and p.outcome is None]
        return petition.WaiveOrder(waiting[0].number, now.ink(reason)) if waiting else None

    return waive


def _settles(m: Moment) -> Deed:
    """Names the unit that had the order, or another."""
    order, same = CaseNo(m.duty.about), m.happens(0.5)

    def settle(now: Now) -> Act | None:
        part = now.case.parts.get(order)
        if part is None or part.outcome is not Outcome.RETURNED or part.waived:
            return None
        return petition.SettleJurisdiction(order, _unit_of(m, part) if same else _another(m, part))

    return settle


def _unit_of(m: Moment, part: Part) -> Unit:
    return part.unit or m.case.opening.offices.town


def _another(m: Moment, part: Part) -> Unit:
    """Another unit that may know, or the town."""
    offices = m.case.opening.offices
    others = [u for u in m.cue.units if u != part.unit and not within(u, offices.community)]
    return others[-1] if others else offices.town if part.unit != offices.town else offices.centre


def _ruling(m: Moment) -> Ruling:
    return m.dice.choices((Ruling.UPHOLD, Ruling.CHANGE, Ruling.REVOKE), (75, 17, 8))[0]


CONDUCT: Mapping[DutyKind, Conduct] = {
    DutyKind.PETITION_SORT: sort,
    DutyKind.PETITION_TRANSFER: transfer,
    DutyKind.PETITION_REPLY: reply,
    DutyKind.PETITION_SPLIT: split,
    DutyKind.PETITION_REASSIGN: reassign,
    DutyKind.PETITION_NEGOTIATE: negotiate,
    DutyKind.PETITION_DECIDE: decide_jurisdiction,
    DutyKind.PETITION_DESIGNATE: designate,
    DutyKind.PETITION_NOTICE: notice,
    DutyKind.PETITION_HANDLE: handle,
    DutyKind.PETITION_EXTENSION_DECISION: decide_extension,
    DutyKind.PETITION_SERVE: serve,
    DutyKind.PETITION_RATE: rate,
    DutyKind.PETITION_REVIEW_ASK: ask_review,
    DutyKind.PETITION_REVIEW: review,
    DutyKind.PETITION_RECHECK_ASK: ask_recheck,
    DutyKind.PETITION_RECHECK: recheck,
    DutyKind.PETITION_HEARING: hear,
}
