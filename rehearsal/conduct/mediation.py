"""How parties, mediators and the centre go about a dispute under the three-level response 三级响应."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from domain.acts import Act, mediation
from domain.acts.mediation import Conference, Form, Performance
from domain.duties import DutyKind
from domain.openings import MediationOpening
from domain.vocabulary import Colour, Service
from rehearsal.conduct.moment import Conduct, Deed, Intent, Moment, Now, resident
from rehearsal.phrases import Saying


def sign(m: Moment) -> Iterator[Intent]:
    """Somebody is on duty round the clock; a lower level is silent now and then, the last signs late."""
    if m.happens(0.93):
        yield m.means(m.in_time(), mediation.SignFor())
    elif _is_last(m):
        yield m.means(m.late(), mediation.SignFor())


def grade(m: Moment) -> Iterator[Intent]:
    """The centre sees the colour that the record gives, where it gives one."""
    colours = (Colour.BLUE, Colour.YELLOW, Colour.RED)
    colour = m.cue.risk or m.dice.choices(colours, (60, 33, 7))[0]
    if m.happens(0.96):
        yield m.means(m.in_time(), mediation.GradeRisk(colour))


def first_visit(m: Moment) -> Iterator[Intent]:
    """The mediator sees or telephones both sides."""
    text = m.says(Saying.VISITED)
    yield m.means(m.sooner_or_later(0.5), lambda now: mediation.Visit(now.ink(text)))


def consent(m: Moment) -> Iterator[Intent]:
    """Each party is told its rights, then consents, refuses or is silent; then the dispute is taken in."""
    mediator = m.owner()
    told = m.in_time(0.3)
    if m.happens(0.03):
        text = m.says(Saying.NOT_MEDIABLE)
        yield m.means(told, lambda now: mediation.RejectDispute(now.ink(text)), mediator, "reject")
        return
    heard = told
    for place, who in enumerate(m.case.parties):
        told += timedelta(minutes=m.dice.randint(2, 40))
        yield m.means(told, mediation.ServeNotice(who), mediator, f"notice{place}")
        throw = m.dice.random()
        if throw < 0.03:
            return
        answered = m.shortly_after(told, 20)
        heard = max(heard, answered)
        act: Act = mediation.Refuse() if throw < 0.08 else mediation.Consent()
        yield m.means(answered, act, m.speaker(who, mediator), f"answer{place}")
    yield m.means(m.shortly_after(heard, 6), _takes_in, mediator, "accept")


def mediate(m: Moment) -> Iterator[Intent]:
    """One to three sittings, then an agreement, a failure, a plea upwards, or silence until it rises."""
    mediator = m.owner()
    last = m.in_time(0.85) if m.duty.legal_due > m.at else m.late()
    for place in range(m.dice.choice((1, 1, 2, 2, 3))):
        at = m.part_way(last, m.dice.uniform(0.15, 0.9))
        yield m.means(at, _sits(m), mediator, f"session{place}")
    if m.happens(0.12):
        yield m.means(m.part_way(last, 0.5), _orders(m), mediator, "order")
    if m.happens(0.2):
        text = m.says(Saying.INVESTIGATED)
        at = m.part_way(last, 0.1)
        yield m.means(at, lambda now: mediation.Investigate(now.ink(text)), mediator, "investigate")
    throw = m.dice.random() * (0.9 if m.duty.about == _top(m) else 1.0)
    if throw < 0.68:
        yield m.means(last, _agrees(m, last), mediator, "end")
    elif throw < 0.76:
        text = m.says(Saying.STUCK)
        yield m.means(last, lambda now: mediation.EndWithoutAgreement(now.ink(text)), mediator, "end")
    elif throw < 0.88:
        text = m.says(Saying.STUCK)
        yield m.means(last, lambda now: mediation.AskEscalation(now.ink(text)), mediator, "end")
    elif throw < 0.92:
        yield m.means(m.part_way(last, 0.5), _extends(m), mediator, "extend")
        yield m.means(last, _agrees(m, last), mediator, "end")


def confer(m: Moment) -> Iterator[Intent]:
    """The joint conference tries again in two of five."""
    decision = Conference.EXTEND if m.happens(0.4) else Conference.TERMINATE
    text = m.says(Saying.CONFERENCE)
    all_agree = m.case.parties if decision is Conference.EXTEND else ()
    yield m.means(
        m.sooner_or_later(), lambda now: mediation.DecideConference(decision, now.ink(text), all_agree)
    )


def agreement(m: Moment) -> Iterator[Intent]:
    """Every party signs, on paper where the law asks for it; the mediator seals. A few step back."""
    mediator, sealed = m.owner(), m.sooner_or_later()
    for place, who in enumerate(m.case.parties):
        at = m.part_way(sealed, m.dice.uniform(0.1, 0.9))
        deed = _refuses if m.happens(0.015) else _signs(m)
        yield m.means(at, deed, resident(who), f"signs{place}")
    yield m.means(sealed, mediation.SealAgreement(), mediator, "seal")


def confirm(m: Moment) -> Iterator[Intent]:
    """Some apply to the court together, some say that they will not, the rest let the window close."""
    throw = m.dice.random()
    if throw < 0.2:
        yield m.means(m.in_time(0.6), mediation.ApplyConfirmation(m.case.parties))
    elif throw < 0.75:
        yield m.means(m.in_time(0.25), mediation.SkipConfirmation())


def performance(m: Moment) -> Iterator[Intent]:
    """The committee looks when performance is due; most of it is done by then, the rest mostly when urged."""
    throw = m.dice.random()
    done = Performance.FULL if throw < 0.86 else Performance.PARTIAL if throw < 0.94 else Performance.NONE
    text = m.says(Saying.PERFORMED)
    at = m.late() if m.slips() or m.duty.legal_due <= m.at else _once_due(m)
    yield m.means(at, lambda now: mediation.ReportPerformance(done, now.ink(text)))


def return_visit(m: Moment) -> Iterator[Intent]:
    """Most are content, some are not, some cannot be reached."""
    satisfied = m.dice.choices((True, False, None), (75, 12, 13))[0]
    text = m.says(Saying.RETURN_VISIT)
    yield m.means(m.sooner_or_later(), lambda now: mediation.ReturnVisit(satisfied, now.ink(text)))


def _takes_in(now: Now) -> Act | None:
    everyone = set(now.case.parties)
    return mediation.AcceptDispute() if everyone <= now.case.noticed & now.case.consented else None


def _refuses(now: Now) -> Act:
    return mediation.Refuse()


def _signs(m: Moment) -> Deed:
    opening = m.case.opening
    on_paper = isinstance(opening, MediationOpening) and opening.paper_only
    text = m.says(Saying.SCAN)
    return lambda now: mediation.SignAgreement(now.ink(text) if on_paper else None)


def _sits(m: Moment) -> Deed:
    text, guests = m.says(Saying.SESSION), m.dice.choice((0, 0, 0, 1, 2))
    return lambda now: mediation.HoldSession(now.ink(text), guests, third_persons_consented=guests > 0)


def _orders(m: Moment) -> Deed:
    """Work that would dissolve the dispute is ordered from the unit that could do it."""
    text = m.says(Saying.HELP_NEEDED)
    return lambda now: mediation.PlaceOrder(m.cue.lead, now.ink(text), Service.ORDER)


def _agrees(m: Moment, at: datetime) -> Deed:
    form = Form.ORAL if m.happens(0.25) else Form.WRITTEN
    perform_by = at.date() + timedelta(days=m.dice.choice((0, 3, 7, 10, 15, 20)))
    facts, responsibility = m.says(Saying.FACTS), m.says(Saying.RESPONSIBILITY)
    terms, manner = m.says(Saying.TERMS), m.says(Saying.MANNER)

    def agree(now: Now) -> Act:
        return mediation.Agree(
            form, now.ink(facts), now.ink(responsibility), now.ink(terms), now.ink(manner), perform_by
        )

    return agree


def _extends(m: Moment) -> Act:
    return mediation.ExtendByConsent(m.dice.randint(5, 20), m.case.parties)


def _once_due(m: Moment) -> datetime:
    """After the day of performance and within the committee's days."""
    start = max(m.at, min(m.duty.counted_from, m.duty.legal_due))
    return m.habits.in_time(m.dice, start, m.duty.legal_due)


def _top(m: Moment) -> str:
    return m.rules.levels[-1].code


def _is_last(m: Moment) -> bool:
    return m.duty.about == _top(m)


CONDUCT: Mapping[DutyKind, Conduct] = {
    DutyKind.MEDIATION_SIGN: sign,
    DutyKind.MEDIATION_GRADE: grade,
    DutyKind.MEDIATION_FIRST_VISIT: first_visit,
    DutyKind.MEDIATION_CONSENT: consent,
    DutyKind.MEDIATION_MEDIATE: mediate,
    DutyKind.MEDIATION_JOINT: confer,
    DutyKind.MEDIATION_AGREEMENT: agreement,
    DutyKind.MEDIATION_CONFIRM: confirm,
    DutyKind.MEDIATION_PERFORMANCE: performance,
    DutyKind.MEDIATION_RETURN_VISIT: return_visit,
}
