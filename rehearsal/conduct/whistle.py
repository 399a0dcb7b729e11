"""How towns and departments go about a whistle 吹哨—应哨—报到—会诊—办理—销哨—评哨."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from random import Random

from domain.acts import Act, whistle
from domain.duties import DutyKind
from domain.openings import WhistleOpening
from domain.organisation import within
from domain.vocabulary import Share, Unit
from rehearsal.conduct.moment import AwaitsParts, Conduct, Intent, Later, Moment, Now
from rehearsal.habits import chance
from rehearsal.phrases import Saying

_ABSENT, _OBJECTS = 0.1, 0.07
_MOST_DEPARTMENTS = 3


def approve(m: Moment) -> Iterator[Intent]:
    """The leader blows, finds that the town can do it itself, or lets it lie until the secretary is asked."""
    first_asked = m.duty.number == 1
    throw = m.dice.random()
    if first_asked and throw < 0.06:
        return
    at = m.in_time() if first_asked else m.sooner_or_later()
    if 0.06 <= throw < 0.14:
        text = m.says(Saying.TOWN_CAN)
        yield m.means(at, lambda now: whistle.ReturnProposal(now.ink(text)))
        return
    departments, place = _departments(m), m.says(Saying.PLACE)
    yield m.means(at, lambda now: whistle.Blow(departments, now.ink(place)))


def ratify(m: Moment) -> Iterator[Intent]:
    """An emergency is approved afterwards."""
    yield m.means(m.sooner_or_later(), whistle.Ratify())


def sign(m: Moment) -> Iterator[Intent]:
    """A department signs; one that will not come may still sign, and some object."""
    mood = _mood(m)
    if mood < _ABSENT / 2:
        return
    at = m.sooner_or_later()
    yield m.means(at, whistle.SignWhistle())
    if 1 - mood < _OBJECTS:
        reason = m.says(Saying.NOT_OURS)

        def object_once(now: Now) -> Act | None:
            unit = m.duty.owner.unit
            return None if unit in now.case.objected else whistle.ObjectWhistle(now.ink(reason))

        yield m.means(m.part_way(at, 0.5), object_once, place="object")


def contact(m: Moment) -> Iterator[Intent]:
    """A department that comes has telephoned before."""
    if _mood(m) >= _ABSENT:
        yield m.means(m.sooner_or_later(), whistle.ContactBlower())


def report(m: Moment) -> Iterator[Intent]:
    """Most departments report on site in time; the absent never do, and are reported to the government."""
    if _mood(m) >= _ABSENT:
        text = m.says(Saying.ON_SITE)
        yield m.means(m.in_time(), lambda now: whistle.ReportOnSite(now.ink(text)))


def rule_on_objection(m: Moment) -> Iterator[Intent]:
    """The blower mostly holds the department to its report."""
    released = m.happens(0.3)
    yield m.means(m.in_time(0.5), whistle.RuleObjection(Unit(m.duty.about), released))


def decide_escalation(m: Moment) -> Iterator[Intent]:
    """The government office names the lead."""
    lead, text = _lead(m, _departments(m)), m.says(Saying.GOVERNMENT)
    yield m.means(m.sooner_or_later(), lambda now: whistle.DecideEscalation(lead, now.ink(text)))


def meet(m: Moment) -> Iterator[Intent]:
    """The blower chairs the joint consultation: one lead, an order for each department."""
    text = m.says(Saying.TASK)

    def fix(now: Now) -> Act:
        units = _departments(m)
        lead = now.case.lead or _lead(m, units)
        shares = {lead: Share.LEAD, **{u: Share.CO_HANDLER for u in units if u != lead}}
        tasks = (whistle.Task(unit, share, now.ink(text)) for unit, share in shares.items())
        return whistle.FixTasks(tuple(tasks))

    yield m.means(m.sooner_or_later(), fix)


def handle(m: Moment) -> Iterator[Intent]:
    """The lead reports the matter handled once every order is in."""
    text = m.says(Saying.DONE)

    def report_handled(now: Now) -> Act | AwaitsParts:
        if now.case.awaited_parts:
            return AwaitsParts()
        return whistle.ReportHandled(now.ink(text))

    late = m.slips(1.0) or m.duty.legal_due <= m.at
    at = m.late() if late else m.habits.answer(m.dice, m.at, m.duty.legal_due)
    yield m.means(at, report_handled)


def stand_down(m: Moment) -> Iterator[Intent]:
    """The blower ends the whistle once it is ratified, or sends it back while it may."""
    content, often = m.happens(0.87), m.rules.figures["whistle.send_back_max"].n
    text = m.says(Saying.NOT_CONTENT)

    def look(now: Now) -> Act | Later:
        if any(held.duty.kind is DutyKind.WHISTLE_RATIFY for held in now.case.duties.values()):
            return Later(now.at + timedelta(hours=3))
        if content or now.case.send_backs >= often:
            return whistle.StandDown()
        return whistle.SendBackWhistle(now.ink(text))

    yield m.means(m.sooner_or_later(), look)


def rate_department(m: Moment) -> Iterator[Intent]:
    """Streets rate nearly always."""
    if m.happens(0.85):
        low = 1 if _mood_of(m, m.duty.about) < _ABSENT else 3
        act = whistle.RateDepartment(Unit(m.duty.about), m.dice.randint(low, low + 2), m.dice.randint(2, 5))
        yield m.means(m.in_time(), act)


def rate_blower(m: Moment) -> Iterator[Intent]:
    """Departments rate the whistle half of the time."""
    if m.happens(0.5):
        yield m.means(m.in_time(), whistle.RateBlower(m.dice.randint(2, 5), m.dice.randint(2, 5)))


def _mood(m: Moment) -> float:
    return _mood_of(m, str(m.duty.owner.unit))


def _mood_of(m: Moment, unit: str) -> float:
    """What a department makes of this whistle: one throw for all it owes."""
    return _throws(m, unit).random()


def _throws(m: Moment, unit: str) -> Random:
    return chance(m.habits.seed, m.key, unit, "mood")


def _departments(m: Moment) -> tuple[Unit, ...]:
    """Those named when it was proposed, else those the record knows; never the town that blows."""
    opening = _opening(m)
    known = (u for u in dict.fromkeys(opening.departments or m.cue.units) if u != opening.blower)
    return tuple(known)[:_MOST_DEPARTMENTS] or (opening.offices.centre,)


def _lead(m: Moment, units: tuple[Unit, ...]) -> Unit:
    """The first that is no community; failing that the town's centre."""
    offices = m.case.opening.offices
    return next((u for u in units if not within(u, offices.community)), offices.centre)


def _opening(m: Moment) -> WhistleOpening:
    assert isinstance(m.case.opening, WhistleOpening)
    return m.case.opening


CONDUCT: Mapping[DutyKind, Conduct] = {
    DutyKind.WHISTLE_APPROVE: approve,
    DutyKind.WHISTLE_RATIFY: ratify,
    DutyKind.WHISTLE_SIGN: sign,
    DutyKind.WHISTLE_CONTACT: contact,
    DutyKind.WHISTLE_REPORT: report,
    DutyKind.WHISTLE_OBJECTION_RULING: rule_on_objection,
    DutyKind.WHISTLE_MEET: meet,
    DutyKind.WHISTLE_HANDLE: handle,
    DutyKind.WHISTLE_STAND_DOWN: stand_down,
    DutyKind.WHISTLE_ESCALATION: decide_escalation,
    DutyKind.WHISTLE_RATE: rate_department,
    DutyKind.WHISTLE_RATE_BLOWER: rate_blower,
}
