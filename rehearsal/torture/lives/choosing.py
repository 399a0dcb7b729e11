"""Draws a life from a seed: who brings what, who tries which act and when, with no plan and little sense."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import count
from random import Random

from domain.actors import Actor
from domain.acts import ACTS, Act, base, mediation, order, petition, whistle
from domain.authority import Offer, offers
from domain.calendar import CST
from domain.rights import RECORDERS
from domain.state import Case, OpenDuty
from domain.vocabulary import CaseKind, CaseNo, Party, Role, Stage
from rehearsal.torture.lives.editions import LATER, NEXT_YEAR, SLOW, THIS_YEAR
from rehearsal.torture.lives.matters import Matters
from rehearsal.torture.lives.pen import EVERY_ACT, Pen
from rehearsal.torture.lives.place import COMMUNITIES, KEEPERS, Place, place_at
from rehearsal.torture.lives.steps import Brought, Life, Passed, Published, Step, Tried
from rehearsal.torture.lives.world import World

_BEGINNINGS = (
    "2026-03-02 09:00",
    "2026-09-24 16:00",
    "2026-12-20 10:00",
    "2026-01-28 23:59",
    "2026-02-13 17:30",
)
"""An ordinary Monday; before a long holiday; before a year nobody has published; a minute to midnight."""
_HORIZON = timedelta(days=700)
_MS = timedelta(milliseconds=1)
_TEMPI = (
    ("none", "none", "minutes", "minutes", "minutes", "minutes", "minutes", "minutes", "hours"),
    ("none", "none", "minutes", "minutes", "minutes", "hours", "hours", "due"),
    ("none", "minutes", "hours", "hours", "hours", "due", "past", "days"),
)
"""Brisk lives get far, slow ones are overdue in everything."""
_PARTIES_SPEAK = frozenset({Stage.CONSENTING, Stage.AGREED})
"""Where nothing moves before every party has said something."""
_SELDOM = frozenset(
    {
        base.Withdraw, base.Recuse, base.Supplement, base.Attach, base.Urge,
        mediation.Refuse, mediation.ReportRisk, mediation.RejectDispute, mediation.EndWithoutAgreement,
        order.Divert, order.Merge, petition.RefuseIntake, whistle.ReturnProposal,
    }
)  # fmt: skip
"""What ends a case, or says much and moves little, is tried, but not all the time."""


def drawn(seed: int) -> tuple[Life, World]:
    """The life of a seed, and the world it was lived in; the same seed gives the same life."""
    chooser = Chooser(seed)
    steps = tuple(chooser.steps())
    return Life(seed, steps), chooser.world


class Chooser:
    """Chooses one step after another by what the world has come to, and takes each at once."""

    def __init__(self, seed: int) -> None:
        self.world = World()
        self._dice = dice = Random(seed)
        self._seed = seed
        self._rulebook = dice.choice(("default-3", "default-3", "gaotai-4x7"))
        self._community = dice.choice(COMMUNITIES)
        self._begin = datetime.fromisoformat(dice.choice(_BEGINNINGS)).replace(tzinfo=CST)
        self._now = self._begin + timedelta(minutes=dice.randrange(60) * dice.randrange(2))
        self._tempo = dice.choice(_TEMPI)
        self._unpublished = list(LATER)
        self._numbers, self._ids = count(1), count(1)
        self._matters = Matters(dice)
        self._tried: list[Tried] = []
        self._pinned: dict[CaseNo, str] = {}

    def steps(self) -> Iterator[Step]:
        """The whole life: some matters, many acts, and at last a long silence."""
        dice = self._dice
        length, matters = dice.choice((10, 40, 80, 80, 160)), dice.choice((1, 1, 1, 2, 2, 3))
        yield from self._done(self._bring())
        for _ in range(length):
            yield from self._done(self._wait())
            if self._is_over():
                break
            if matters > 1 and dice.random() < 0.12:
                matters -= 1
                yield from self._done(self._bring())
            yield from self._done(self._next())
        if dice.random() < 0.7:
            yield from self._done(Passed(self._now + timedelta(days=dice.choice((30, 400)))))

    def _done(self, step: Step | None) -> Iterator[Step]:
        if step is not None:
            self.world.take(step)
            self._now = max(self._now, step.at)
            yield step

    def _is_over(self) -> bool:
        late = self._now > self._begin + _HORIZON
        return late or self.world.broken or not any(c.case.is_open for c in self.world.engine.cases.values())

    # -- what happens ---------------------------------------------------------------------------

    def _next(self) -> Step | None:
        self.world.advance(self._now)  # what the step before opened too late lapses before anybody is asked
        throw = self._dice.random()
        if throw < 0.02 and self._unpublished:
            return Published(self._now, self._unpublished.pop())
        if throw < 0.05 and self._tried:
            return self._again()
        return self._careless() if throw < 0.2 else self._offered()

    def _wait(self) -> Passed | None:
        """Time goes on: not at all, some minutes, some hours, to the very instant something falls due, beyond."""
        dice, now = self._dice, self._now
        due = max(self.world.engine.next_due() or now, now)
        match dice.choice(self._tempo):
            case "minutes":
                now += timedelta(seconds=dice.randrange(3600))
            case "hours":
                now += timedelta(hours=dice.randint(1, 30), milliseconds=dice.randrange(1000))
            case "due":
                now = max(now, due + dice.choice((-1, 0, 0, 1)) * _MS)
            case "past":
                now = due + timedelta(hours=dice.randint(0, 30) ** 2, seconds=1)
            case "days":
                now += timedelta(days=dice.randint(1, 20))
        return Passed(now) if now > self._now else None

    def _bring(self) -> Step:
        """A matter of any kind, under an edition that is out by now; sometimes the same matter again."""
        if SLOW not in self._unpublished and self._dice.random() < 0.5:
            self._rulebook = SLOW
        calendar = THIS_YEAR if NEXT_YEAR in self._unpublished else self._dice.choice((THIS_YEAR, NEXT_YEAR))
        opening, actor = self._matters.draw(self._place(self._rulebook), self._now)
        number = CaseNo(f"X{opening.kind.value[0].upper()}{self._seed}-{next(self._numbers)}")
        self._pinned[number] = self._rulebook
        return Brought(self._now, number, opening, actor, self._rulebook, calendar)

    def _again(self) -> Step:
        """What was tried before is tried again under its id; an answer may have been lost."""
        step = self._dice.choice(self._tried)
        return replace(step, at=self._stamp(step.act), sure=False)

    def _stamp(self, act: Act) -> datetime:
        """Mostly now; sometimes the door's clock was slow, or the act long on its way.

        What names another petition is stamped once the door has found that one.
        """
        if isinstance(act, petition.RefuseIntake):
            return self._now
        back = self._dice.choice((0,) * 12 + (1, 50, 4000, 90_000))
        return max(self._now - back * _MS, self._begin)

    # -- acts -----------------------------------------------------------------------------------

    def _offered(self) -> Tried | None:
        """An act that somebody is offered, its form filled in with care."""
        for _ in range(4):
            number = self._some_case()
            case = self.world.case(number)
            actor, offer = self._somebody(case, number)
            if offer is not None:
                act = self._pen(number, actor, offer.duty).write(ACTS[offer.act])
                if act is not None:
                    return self._try(number, actor, act, sure=True)
        return None

    def _careless(self) -> Tried | None:
        """An act that is or is not offered, its form filled in without care."""
        cases = self.world.engine.cases
        number = self._some_case() if self._dice.random() < 0.85 else self._dice.choice(sorted(cases))
        actor, act_type, duty = self._whatever(self.world.case(number), number)
        try:
            act = self._pen(number, actor, duty, careless=True).write(act_type)
        except ValueError:
            return None  # the form itself does not allow it
        return None if act is None else self._try(number, actor, act, sure=False)

    def _whatever(self, case: Case, number: CaseNo) -> tuple[Actor, type[Act], int | None]:
        """What is offered, what an open duty admits whether or not its time has come, or anything by anybody."""
        dice, throw = self._dice, self._dice.random()
        if throw < 0.4:
            actor, offer = self._somebody(case, number)
            if offer is not None:
                return actor, ACTS[offer.act], offer.duty
        if throw < 0.8 and case.duties:
            held = case.duties[dice.choice(sorted(case.duties))]
            spec = held.duty.spec
            acts = (*spec.fulfilled_by, *spec.also_admits)
            if acts:
                return self._owner(case, number, held), dice.choice(acts), held.duty.number
        return dice.choice(self._place_of(number).people), dice.choice(EVERY_ACT), None

    def _try(self, number: CaseNo, actor: Actor, act: Act, sure: bool) -> Tried:
        at = self._now if sure else self._stamp(act)
        step = Tried(at, number, f"a{next(self._ids)}", actor, act, sure)
        self._tried.append(step)
        return step

    def _some_case(self) -> CaseNo:
        """Mostly an open one."""
        cases = self.world.engine.cases
        running = sorted(number for number, core in cases.items() if core.case.is_open)
        return self._dice.choice(running or sorted(cases))

    def _somebody(self, case: Case, number: CaseNo) -> tuple[Actor, Offer | None]:
        """Somebody with something to do: mostly an owner of an open duty, else anybody."""
        dice, rules = self._dice, self.world.engine.cases[number].rules
        free = 0.5 if case.stage in _PARTIES_SPEAK else 0.2
        held = dice.choice(sorted(case.duties)) if case.duties and dice.random() > free else None
        actor = self._owner(case, number, case.duties[held]) if held else self._anybody(case, number)
        found = offers(case, actor, rules)
        own = [each for each in found if held is None or each.duty == held] or list(found)
        often = [each for each in own if ACTS[each.act] not in _SELDOM or dice.random() < 0.1]
        ends = [each for each in often if held and ACTS[each.act] in case.duties[held].duty.spec.fulfilled_by]
        wanted = ends if ends and dice.random() < 0.4 else often
        return actor, dice.choice(wanted) if wanted else None

    def _owner(self, case: Case, number: CaseNo, held: OpenDuty) -> Actor:
        """One of those who owe it; for a party sometimes a member of staff who writes down what it says."""
        found = self._place_of(number).owners(held.duty.owner)
        if held.duty.owner.party is not None and self._dice.random() < 0.3:
            return self._recorder(case, number, held.duty.owner.party) or found[0]
        return self._dice.choice(found) if found else self._anybody(case, number)

    def _anybody(self, case: Case, number: CaseNo) -> Actor:
        """A party, one of those who keep an eye on the machinery, or whoever comes along."""
        dice = self._dice
        if case.parties and dice.random() < (0.9 if case.stage in _PARTIES_SPEAK else 0.45):
            party = dice.choice(case.parties)
            spoken_for = self._recorder(case, number, party) if dice.random() < 0.3 else None
            return spoken_for or Actor(party, Role.RESIDENT)
        return dice.choice(KEEPERS if dice.random() < 0.25 else self._place_of(number).people)

    def _recorder(self, case: Case, number: CaseNo, party: Party) -> Actor | None:
        place = self._place_of(number)
        staff = [
            each
            for unit in sorted(case.units)
            for each in place.staff.get(unit, ())
            if each.role in RECORDERS
        ]
        return replace(self._dice.choice(staff), on_behalf_of=party) if staff else None

    # -- what it takes --------------------------------------------------------------------------

    def _pen(self, number: CaseNo, actor: Actor, duty: int | None, careless: bool = False) -> Pen:
        case = self.world.case(number)
        held = case.duties.get(duty) if duty else None
        published = NEXT_YEAR not in self._unpublished
        return Pen(
            self._place_of(number), case, actor, held, self._now, self._dice, self._twins(case, number),
            published, careless,
        )  # fmt: skip

    def _twins(self, case: Case, number: CaseNo) -> Sequence[CaseNo]:
        """Other cases of the kind that are in hand; a petition may also have been answered for good."""
        if case.kind not in (CaseKind.ORDER, CaseKind.PETITION) or case.parent is not None:
            return ()
        others = self.world.engine.cases.items()
        return [
            other for other, core in others
            if other != number and core.case.kind is case.kind and core.case.parent is None and core.case.is_open
        ]  # fmt: skip

    def _place_of(self, number: CaseNo) -> Place:
        root = CaseNo("-".join(number.split("-")[:2]))
        return self._place(self._pinned[root])

    def _place(self, rulebook: str) -> Place:
        return place_at(self._community, rulebook)
