"""How people go about a resident order 居民点单—社区下单—单位接单—评单."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from domain.actors import Actor
from domain.acts import Act, base, order
from domain.duties import DutyKind
from domain.openings import OrderOpening
from domain.vocabulary import Content, Service
from rehearsal.conduct.moment import Conduct, Intent, Moment, Now
from rehearsal.phrases import Saying

_CHANNELS = (order.Channel.HOTLINE, order.Channel.POLICE, order.Channel.LITIGATION)
_CLAIMABLE = frozenset({Service.WISH, Service.SERVICE})
"""What several units are asked about; anything else is sent to one by name."""


def review(m: Moment) -> Iterator[Intent]:
    """The community takes the matter in, or shows it to its proper channel."""
    if m.happens(0.015):
        channel, text = m.dice.choice(_CHANNELS), m.says(Saying.DIVERTED)
        yield m.means(m.sooner_or_later(), lambda now: order.Divert(channel, now.ink(text)))
    else:
        yield m.means(m.sooner_or_later(), order.AcceptNeed(_opening(m).service))


def dispatch(m: Moment) -> Iterator[Intent]:
    """To the unit the record names; what came back is sent there again, to the town, or whistled for."""
    opening = _opening(m)
    named = tuple(dict.fromkeys(m.cue.units))
    came_back = m.duty.number > 2 or opening.unit is not None
    throw = m.dice.random()
    act: Act = order.Dispatch((m.cue.lead,))
    if throw < (0.15 if came_back else 0.015):
        act = order.AskWhistle()
    elif came_back and throw > 0.6:
        act = order.Dispatch((opening.offices.town,))
    elif len(named) > 1 and opening.service in _CLAIMABLE and not came_back:
        act = order.Dispatch(named)
    yield m.means(m.sooner_or_later(), act)


def accept(m: Moment) -> Iterator[Intent]:
    """Most units accept, some object with their reason, some are silent."""
    parent = _opening(m).parent
    unit = m.duty.owner.unit
    returnable = (parent is None or parent.returnable) and unit not in m.case.returned
    throw = m.dice.random()
    if throw < 0.03:
        return
    if throw < 0.09 and returnable:
        yield _with_reason(m, order.Return, Saying.NOT_OURS)
    else:
        yield m.means(m.in_time(0.6), order.Accept())


def claim(m: Moment) -> Iterator[Intent]:
    """A unit that may claim takes it, says no, or says nothing."""
    throw = m.dice.random()
    if throw < 0.55:
        yield m.means(m.in_time(), order.Accept())
    elif throw < 0.85:
        yield _with_reason(m, order.Decline, Saying.NO_HANDS)


def assign(m: Moment) -> Iterator[Intent]:
    """The community's party committee names a unit, or lets it go to the town."""
    if m.happens(0.85):
        yield m.means(m.in_time(), order.Assign(m.cue.lead))


def rule_on_return(m: Moment) -> Iterator[Intent]:
    """The sender verifies the objection."""
    at = m.sooner_or_later()
    if m.happens(0.55):
        yield m.means(at, order.UpholdReturn())
    else:
        text = m.says(Saying.OURS_TO_RULE)
        yield m.means(at, lambda now: order.RefuseReturn(now.ink(text)))


def handle(m: Moment) -> Iterator[Intent]:
    """The work: in time or late, as the record says of it, else as the unit's habit is."""
    known = m.cue.late if m.is_root else None
    late = m.duty.legal_due <= m.at or (m.slips(1.0) if known is None else known)
    resolved = m.happens(0.75 if late else 0.92)
    text = m.says(Saying.DONE if resolved else Saying.NOT_DONE)
    handler = m.owner()
    if late:
        done = m.late()
        yield from _excuses(m, handler, done)
    else:
        room = 1.0 if m.is_root else 0.6  # a part leaves time for checking and joining
        done = m.habits.answer(m.dice, m.at, m.at + (m.duty.legal_due - m.at) * room)
        yield from _asks_for_time(m, handler, done)
    yield m.means(done, lambda now: order.Complete(now.ink(text), resolved), handler, "complete")


def decide_extension(m: Moment) -> Iterator[Intent]:
    """The sender grants while it may; after expiry only the first date stands."""
    days, refuses = m.days("order.extension"), m.happens(0.2)
    text = m.says(Saying.NO_MORE_TIME)

    def decide(now: Now) -> Act:
        held = next((h for h in now.case.duties.values() if h.duty.kind is DutyKind.ORDER_HANDLE), None)
        if refuses or now.case.extensions or held is None or held.breached or held.legal_due <= now.at:
            return order.RefuseExtension(now.ink(text))
        return order.GrantExtension(days)

    yield m.means(m.in_time(), decide)


def check(m: Moment) -> Iterator[Intent]:
    """Who asked for the part takes the result, sends it back once, or says nothing."""
    throw = m.dice.random()
    if throw < 0.07:
        yield _send_back(m, _soon_enough(m), order.AcceptResult())
    elif throw < 0.96:
        yield m.means(_soon_enough(m), order.AcceptResult())


def rate(m: Moment) -> Iterator[Intent]:
    """Residents rate, send back once, or say nothing; late work is rated lower."""
    throw = m.dice.random()
    rating = _rating(m)
    if throw < 0.05:
        yield _send_back(m, m.in_time(), rating)
    elif throw < 0.5:
        yield m.means(m.in_time(), rating)


def community_rate(m: Moment) -> Iterator[Intent]:
    """The community rates nearly always, and now and then sends back."""
    throw = m.dice.random()
    if throw < 0.015:
        yield _send_back(m, m.in_time(), _rating(m))
    elif throw < 0.95:
        yield m.means(m.in_time(), _rating(m))


def close(m: Moment) -> Iterator[Intent]:
    """The community crosses the order off and credits the hours."""
    yield m.means(m.sooner_or_later(), order.CloseOrder(credit_hours=m.dice.randint(1, 12) / 2))


def _excuses(m: Moment, handler: Actor, done: datetime) -> Iterator[Intent]:
    """Some of those who are late report how far they are, some give the reason."""
    due = max(m.duty.legal_due, m.at)
    if m.happens(0.25):
        text = m.says(Saying.PROGRESS)
        at = m.part_way(due, 0.8)
        yield m.means(at, lambda now: order.InterimReport(now.ink(text)), handler, "interim")
    if m.happens(0.35):
        reason = m.says(Saying.LATE_BECAUSE)
        at = (due + (done - due) / 2).replace(microsecond=0)
        yield m.means(at, lambda now: base.ExplainDelay(now.ink(reason)), handler, "explain")


def _asks_for_time(m: Moment, handler: Actor, done: datetime) -> Iterator[Intent]:
    """Now and then somebody asks for more time, on the way to finishing anyhow."""
    if m.duty.legal_due - m.at < timedelta(days=5) or not m.happens(0.05):
        return
    days, reason = m.days("order.extension"), m.says(Saying.MORE_TIME)

    def ask(now: Now) -> Act | None:
        return None if now.case.extensions else order.RequestExtension(days, now.ink(reason))

    yield m.means(m.part_way(done, 0.5), ask, handler, "extend")


def _send_back(m: Moment, at: datetime, otherwise: Act) -> Intent:
    """Send the result back, or content oneself where it has been sent back before."""
    text, often = m.says(Saying.NOT_CONTENT), m.rules.figures["order.send_back_max"].n

    def send(now: Now) -> Act:
        return otherwise if now.case.send_backs >= often else order.SendBack(now.ink(text))

    return m.means(at, send)


def _rating(m: Moment) -> base.Rate:
    floor, ceiling = (1, 4) if m.cue.late else (3, 5)
    speed, attitude, resolution = (m.dice.randint(floor, ceiling) for _ in range(3))
    return base.Rate(speed, attitude, resolution)


def _soon_enough(m: Moment) -> datetime:
    """Within the limit, and while the whole that waits for this part still has time."""
    parent = _opening(m).parent
    cap = parent.cap if parent else None
    limit = min(m.duty.legal_due, cap) if cap is not None and cap > m.at else m.duty.legal_due
    return m.habits.in_time(m.dice, m.at, m.at + (limit - m.at) / 2)


def _with_reason(m: Moment, act: Callable[[Content], Act], saying: Saying) -> Intent:
    text = m.says(saying)
    return m.means(m.in_time(0.7), lambda now: act(now.ink(text)))


def _opening(m: Moment) -> OrderOpening:
    assert isinstance(m.case.opening, OrderOpening)
    return m.case.opening


CONDUCT: Mapping[DutyKind, Conduct] = {
    DutyKind.ORDER_REVIEW: review,
    DutyKind.ORDER_DISPATCH: dispatch,
    DutyKind.ORDER_ACCEPT: accept,
    DutyKind.ORDER_CLAIM: claim,
    DutyKind.ORDER_ASSIGN: assign,
    DutyKind.ORDER_RETURN_RULING: rule_on_return,
    DutyKind.ORDER_HANDLE: handle,
    DutyKind.ORDER_EXTENSION_DECISION: decide_extension,
    DutyKind.ORDER_CHECK: check,
    DutyKind.ORDER_RATE: rate,
    DutyKind.ORDER_COMMUNITY_RATE: community_rate,
    DutyKind.ORDER_CLOSE: close,
}
