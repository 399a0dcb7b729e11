"""A town where anybody may do anything at any time, and what must hold after every step."""

import json
import os
from datetime import timedelta
from itertools import count
from random import Random

from builders import (
    ADMIN,
    AUDITOR,
    CABINET,
    COMMUNITY,
    CONFERENCE,
    DISCIPLINE,
    DISPATCHER,
    HOTLINE,
    HOTLINE_DESK,
    HOUSING,
    KANG,
    LIBRARY,
    OFFICER,
    POWER,
    RECHECK_OFFICE,
    REVIEW_OFFICE,
    SCHOOL,
    SECRETARY,
    SUPERVISOR,
    TOWN,
    TOWN_LEADER,
    TOWN_SECRETARY,
    WATER,
    WATER_STATION,
    WORKER,
    YUAN,
    Story,
    handler,
    head,
    mediator,
    on_behalf,
    person,
    resident,
    shelf,
)  # fmt: skip
from forms import EVERY_ACT, Pen
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from invariants import ALL, World

from domain.actors import Actor
from domain.acts import ACTS, Act, base, mediation, order, petition, whistle
from domain.authority import Admitted, Offer, may, offers
from domain.codec import event_json, load_event
from domain.events import Acted, CaseOpened, Event
from domain.openings import Opening
from domain.state import evolve
from domain.vocabulary import CaseNo, Role, Unit
from workflows.catalogue import PROCEDURES
from workflows.core import Core, Start

_UNITS = (
    WATER,
    POWER,
    HOUSING,
    WATER_STATION,
    LIBRARY,
    SCHOOL,
    TOWN,
    DISCIPLINE,
    REVIEW_OFFICE,
    RECHECK_OFFICE,
)
CAST: tuple[Actor, ...] = (
    WORKER, SECRETARY, OFFICER, TOWN_LEADER, TOWN_SECRETARY, CONFERENCE, CABINET, DISPATCHER, HOTLINE_DESK,
    *(mediator(level) for level in (1, 2, 3)), *(handler(unit) for unit in _UNITS), *(head(u) for u in _UNITS),
    head(HOTLINE), YUAN, KANG, on_behalf(WORKER, YUAN), on_behalf(mediator(1), KANG), on_behalf(OFFICER, YUAN),
    on_behalf(handler(WATER), YUAN), person(Role.HANDLER, COMMUNITY), SUPERVISOR, ADMIN, AUDITOR,
    resident("wu"), Actor("m1", Role.MEDIATOR, mediator(1).unit), person(Role.GOVERNMENT_OFFICE, Unit("city")),
)  # fmt: skip

_SELDOM = {
    base.Withdraw, base.Recuse, base.Supplement, base.Urge, base.AdoptCalendar, base.Succeed,
    mediation.Refuse, mediation.ReportRisk, mediation.RejectDispute, mediation.EndWithoutAgreement,
    order.Divert, order.Merge, petition.RefuseIntake, whistle.ReturnProposal,
}  # fmt: skip
"""What ends a case, or says much and moves little, is tried, but not all the time."""


def profile() -> settings:
    """A short fixed run by default; `HERUN_HYPOTHESIS=thorough` draws many more, anew, and shrinks what fails."""
    thorough = os.environ.get("HERUN_HYPOTHESIS") == "thorough"
    return settings(
        max_examples=1000 if thorough else 150, stateful_step_count=50 if thorough else 12,
        derandomize=not thorough, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck),
        phases=tuple(Phase) if thorough else (Phase.explicit, Phase.generate),
    )  # fmt: skip


_CHANCE = st.integers(0, 2**20).map(Random)
Walk = tuple[int, Random]
WALKS = st.tuples(st.integers(0, 90), _CHANCE)


class Town(RuleBasedStateMachine):
    """One case and whatever it opens, under random people and random times."""

    def __init__(self) -> None:
        super().__init__()
        self.story = Story()
        self.world = World()
        self.accepted = 0
        self.numbers = count(1)
        self.last: tuple[CaseNo, str, Actor, Act] | None = None

    def begin(self, opening: Opening, actor: Actor, walk: Walk) -> None:
        """Somebody brings a matter, and it goes some way before anybody looks closely."""
        self.story.open(opening, actor)
        steps, chance = walk
        for _ in range(steps):
            if chance.random() < 0.1:
                self.time_passes(chance.choice(["hours"] * 6 + ["due", "beyond"]), chance.randint(1, 12))
            else:
                self._one_act(chance)
            self.the_law_holds()

    # -- what people do -------------------------------------------------------------------------

    @rule(times=st.integers(1, 8), chance=_CHANCE)
    def people_get_on_with_it(self, times: int, chance: Random) -> None:
        """An offered act whose form is filled in properly is admitted."""
        for _ in range(times):
            self._one_act(chance)
            self.the_law_holds()

    @rule(times=st.integers(1, 8), chance=_CHANCE)
    def people_are_careless(self, times: int, chance: Random) -> None:
        """An act that is not offered, or not as it stands in the form, is refused and nothing is written."""
        for _ in range(times):
            offered = self._offers(chance)
            if offered and chance.random() < 0.7:
                number, actor, offer = chance.choice(offered)
                self._try(number, actor, ACTS[offer.act], offer.duty, chance)
            else:
                number = chance.choice(sorted(self.story.engine.cases))
                self._try(number, chance.choice(CAST), chance.choice(EVERY_ACT), None, chance)
            self.the_law_holds()

    def _try(
        self, number: CaseNo, actor: Actor, act_type: type[Act], duty: int | None, chance: Random
    ) -> None:
        case, rules = self.story.case(number), self.story.rules
        try:
            act = Pen(case, actor, duty, chance, careless=True).write(act_type)
        except ValueError:
            return  # the form itself does not allow it
        if isinstance(may(case, actor, act, rules), Admitted):
            assert act.code in {offer.act for offer in offers(case, actor, rules)}, (actor, act)
            self._do(number, actor, act)
        else:
            self.story.refuses(number, actor, act)

    @precondition(lambda self: self.last is not None)
    @rule()
    def somebody_repeats_themselves(self) -> None:
        """The same act id again is the same act, whenever it comes."""
        assert self.last is not None
        number, act_id, actor, act = self.last
        self.story.engine.advance(self.story.now)
        before = len(self.story.events(number))
        receipt = self.story.do(number, actor, act, act_id)
        assert receipt == self.story.engine.cases[number].receipts[act_id]
        assert len(self.story.events(number)) == before

    # -- what time does -------------------------------------------------------------------------

    @precondition(lambda self: self._may_wait())
    @rule(how=st.sampled_from(["hours", "hours", "hours", "due", "beyond"]), much=st.integers(1, 30))
    def time_passes(self, how: str, much: int) -> None:
        """Some hours, or to the very instant something falls due, or beyond it."""
        due = max(self.story.engine.next_due() or self.story.now, self.story.now)
        match how:
            case "hours":
                self.story.wait(hours=much)
            case "due":
                self.story.until(due)
            case _:
                self.story.until(due + timedelta(hours=much * much, seconds=1))

    def _may_wait(self) -> bool:
        """Calendars end; nobody waits for years."""
        return self.story.now.year < 2028

    # -- what must hold -------------------------------------------------------------------------

    @invariant()
    def the_law_holds(self) -> None:
        """Every invariant over every case that changed, and over those linked with it."""
        changed = [number for number in self.story.engine.ledger if self._read(number)]
        for number in changed:
            for holds in ALL:
                holds(self.world, number)
            for relative in self._relatives(number):
                for holds in ALL:
                    holds(self.world, relative)

    @invariant()
    def every_accepted_act_is_one_event(self) -> None:
        acted = [
            event for events in self.story.engine.ledger.values() for event in events
            if isinstance(event.fact, Acted) and event.fact.actor.role is not Role.CASE
        ]  # fmt: skip
        assert len(acted) == self.accepted

    def teardown(self) -> None:
        """The record tells the whole case, and its acts alone give the record again."""
        self.story.engine.advance(self.story.now)
        for number, events in self.story.engine.ledger.items():
            stored = [json.loads(json.dumps(event_json(event))) for event in events]
            assert evolve(load_event(each) for each in stored) == self.story.case(number)
            assert _canonical(rerun(number, events, self.story)) == _canonical(events)

    # -- by hand --------------------------------------------------------------------------------

    def _offers(self, chance: Random) -> list[tuple[CaseNo, Actor, Offer]]:
        """What is open to anybody in one of the open cases."""
        self.story.engine.advance(self.story.now)
        running = [number for number, core in self.story.engine.cases.items() if core.case.is_open]
        if not running:
            return []
        number = chance.choice(running)
        case, rules = self.story.case(number), self.story.rules
        return [(number, actor, offer) for actor in CAST for offer in offers(case, actor, rules)]

    def _one_act(self, chance: Random) -> None:
        offered = self._offers(chance)
        often = [one for one in offered if ACTS[one[2].act] not in _SELDOM]
        owed = [one for one in often if one[2].duty is not None]
        free = [one for one in often if one[2].duty is None]
        groups = [group for group in (*[owed] * 12, *[free] * 6, offered) if group]
        if groups:
            group = chance.choice(groups)
            code = chance.choice(sorted({offer.act for _, _, offer in group}))
            number, actor, offer = chance.choice([one for one in group if one[2].act == code])
            act = self._write(number, actor, ACTS[offer.act], offer.duty, chance)
            self._do(number, actor, act)

    def _write(self, number: CaseNo, actor: Actor, act: type[Act], duty: int | None, chance: Random) -> Act:
        return Pen(self.story.case(number), actor, duty, chance).write(act)

    def _do(self, number: CaseNo, actor: Actor, act: Act) -> None:
        act_id = f"step:{next(self.numbers)}"
        self.story.do(number, actor, act, act_id)
        self.accepted += 1
        self.last = number, act_id, actor, act

    def _read(self, number: CaseNo) -> bool:
        """Take in what was written since the last step."""
        known = self.world.setdefault(number, [])
        fresh = self.story.events(number)[len(known) :]
        known.extend(json.loads(json.dumps(event_json(event))) for event in fresh)
        return bool(fresh)

    def _relatives(self, number: str) -> list[str]:
        parent = self.world[number][0]["data"]["opening"].get("parent")
        return [parent["number"]] if parent and parent["number"] in self.world else []


def rerun(number: CaseNo, events: list[Event], story: Story) -> list[Event]:
    """What the acts of a record give when the law is asked again, up to the story's present."""
    opened = events[0].fact
    assert isinstance(opened, CaseOpened)
    start = Start(
        number, opened.opening, opened.rulebook, opened.calendar, opened.actor, opened.act_id, events[0].at,
        opened.drill,
    )  # fmt: skip
    core = Core(PROCEDURES[opened.opening.kind], start, shelf())
    for event in events:
        if isinstance(event.fact, Acted):
            core.receive(event.fact.act_id, event.fact.actor, event.fact.act, event.at)
    core.tick(story.now)
    return core.events


def _canonical(events: list[Event]) -> str:
    return json.dumps([event_json(event) for event in events], sort_keys=True, ensure_ascii=False)


__all__ = ["WALKS", "Town", "Walk", "profile"]
