"""What must hold of every life when it is over; independent of the procedures wherever that is possible."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

from audit.answers.lawful import editions_of
from audit.answers.rerun import UnlawfulAct, rerun
from audit.lawfulness.editions import Rules
from audit.lawfulness.story import Story
from audit.lawfulness.sums import Days
from audit.lawfulness.verdict import judged, together
from domain.actors import Actor, Owner
from domain.acts import ACTS, base
from domain.authority import offers
from domain.codec import event_json, load_event
from domain.events import Acted, CaseOpened, DutyOpened
from domain.state import Case, OpenDuty, evolve
from domain.vocabulary import CaseNo, Link, Role
from rehearsal.torture.lives.editions import whole_shelf
from rehearsal.torture.lives.registering import Shown
from rehearsal.torture.lives.world import World, Wrong
from workflows.core import Core

Stored = list[dict[str, Any]]


@dataclass
class Ended:
    """A world whose life is over, with its records as they would stand on the ledger."""

    world: World

    @cached_property
    def records(self) -> Mapping[CaseNo, Stored]:
        """Every event as JSON says it."""
        return {
            number: [json.loads(json.dumps(event_json(event))) for event in events]
            for number, events in self.world.engine.ledger.items()
        }


def found_in(world: World) -> Iterator[Wrong]:
    """Everything that does not hold: what was seen at a step, and what the records show at the end."""
    yield from world.wrong
    if world.broken:
        return
    ended = Ended(world)
    for check in CHECKS:
        yield from check(ended)


# -- the law -------------------------------------------------------------------------------------------


@cache
def _editions() -> tuple[dict[str, Rules], dict[str, Days]]:
    return editions_of(whole_shelf(), {})


def lawful(ended: Ended) -> Iterator[Wrong]:
    """Every named invariant of the domain rules, by the checks that share nothing with what ran the cases."""
    stories: list[Story] = []
    for number, events in ended.records.items():
        story, findings = judged(number, events, *_editions())
        stories += [story] if story is not None else []
        yield from (Wrong(f"law {each.code}", f"{each}") for each in findings)
    yield from (Wrong(f"law {each.code}", f"{each}") for each in together(stories))


def relived(ended: Ended) -> Iterator[Wrong]:
    """The recorded acts at their recorded instants give the very record again."""
    for number, events in ended.world.engine.ledger.items():
        try:
            again = [json.loads(json.dumps(event_json(e))) for e in rerun(number, events, ended.world.shelf)]
        except UnlawfulAct as unlawful:
            yield Wrong("rerun refuses", f"{number}: {unlawful} {unlawful.verdict}")
            continue
        record = ended.records[number]
        if again != record:
            place = next(
                (p for p, pair in enumerate(zip(again, record, strict=False)) if pair[0] != pair[1]), -1
            )
            yield Wrong("rerun differs", f"{number} at {place}: {again[place]} is not {record[place]}")


# -- the record ----------------------------------------------------------------------------------------


def read_back(ended: Ended) -> Iterator[Wrong]:
    """What was written reads the same, and the case is the fold of what reads."""
    for number, core in ended.world.engine.cases.items():
        read = [load_event(each) for each in ended.records[number]]
        if read != ended.world.engine.ledger[number]:
            yield Wrong("codec", f"{number} reads differently")
        elif evolve(read) != core.case:
            yield Wrong("fold", f"{number} is not the fold of its record")


def one_event_set_an_act(ended: Ended) -> Iterator[Wrong]:
    """Every act that was taken in is on the record once, and nothing else that people did is."""
    seen: dict[str, int] = {}
    for number, events in ended.world.engine.ledger.items():
        for event in events:
            if isinstance(event.fact, Acted) and event.fact.actor.role is not Role.CASE:
                key = f"{number} {event.fact.act_id}"
                seen[key] = seen.get(key, 0) + 1
    accepted = dict.fromkeys(ended.world.accepted, 1)
    if seen != accepted:
        yield Wrong(
            "acts", f"on record {seen.items() - accepted.items()}, taken in {accepted.items() - seen.items()}"
        )
    for number, core in ended.world.engine.cases.items():
        yield from _receipts_part_the_record(number, core)


def _receipts_part_the_record(number: CaseNo, core: Core) -> Iterator[Wrong]:
    """No event belongs to two acts."""
    spans = sorted((receipt.first, receipt.last) for receipt in core.receipts.values())
    for (_, last), (first, _) in pairwise(spans):
        if first <= last:
            yield Wrong("receipts overlap", f"{number}: {last} and {first}")


def registered(ended: Ended) -> Iterator[Wrong]:
    """The register kept batch by batch is the one made from the whole record."""
    shown: dict[CaseNo, Shown] = {}
    for came in ended.world.batches:
        shown.setdefault(came.number, Shown(came.number)).take(came.events)
    for number, events in ended.world.engine.ledger.items():
        whole = Shown(number)
        whole.take(events)
        for table, key in shown[number].differences(whole):
            yield Wrong(f"register {table}", f"{number} {key}")


# -- the duties ----------------------------------------------------------------------------------------


def owned(ended: Ended) -> Iterator[Wrong]:
    """No duty without somebody who owes it, in an office that is there."""
    for number, events in ended.world.engine.ledger.items():
        for event in events:
            if isinstance(event.fact, DutyOpened) and not _is_somebody(event.fact.duty.owner):
                yield Wrong(f"nobody owes {event.fact.duty.kind}", f"{number} event {event.seq}")


def _is_somebody(owner: Owner) -> bool:
    return bool(owner.party) or (bool(owner.unit) and bool(owner.roles))


def waiting(ended: Ended) -> Iterator[Wrong]:
    """No open case without a duty or a lawful wait, and none in which nobody can ever do anything more."""
    cases = ended.world.engine.cases
    for number, core in cases.items():
        case = core.case
        if not case.is_open:
            continue
        if not case.duties and not any(_is_awaited(cases, case)):
            yield Wrong("open without a duty", f"{number} at {case.stage}")
        elif not _goes_on(cases, core):
            owed = sorted(held.duty.kind for held in case.duties.values())
            yield Wrong(f"nobody can go on at {case.stage}", f"{number}: {owed}")


def _is_awaited(cases: Mapping[CaseNo, Core], case: Case) -> Iterator[bool]:
    for part in case.parts.values():
        if part.link is not Link.DUPLICATE_OF and part.outcome is None and part.number in cases:
            yield cases[part.number].case.is_open


def _goes_on(cases: Mapping[CaseNo, Core], core: Core) -> bool:
    """Something will happen by itself, somebody may answer a duty, or a part that is waited for goes on."""
    case = core.case
    if any(not (held.breached or held.paused) for held in case.duties.values()):
        return True
    if any(_is_answerable(core, held) for held in case.duties.values()) or _may_a_party_move_it(core):
        return True
    parts = [cases[number] for number in case.parts if number in cases]
    return any(part.case.is_open and _goes_on(cases, part) for part in parts)


def _is_answerable(core: Core, held: OpenDuty) -> bool:
    """Whether one of those who owe it, though none of those there were is left, is offered what fulfils it."""
    wanted = {act.code for act in held.duty.spec.fulfilled_by}
    return any(
        offer.act in wanted
        for actor in _anybody_who_owes(held.duty.owner)
        for offer in offers(core.case, actor, core.rules)
        if offer.duty == held.duty.number
    )


def _may_a_party_move_it(core: Core) -> bool:
    """Whether a party has a right that is more than adding material: to sign, to consent, to end it."""
    return any(
        ACTS[offer.act] not in (base.Supplement, base.Attach)
        for party in core.case.parties
        for offer in offers(core.case, Actor(party, Role.RESIDENT), core.rules)
        if offer.duty is None
    )


def _anybody_who_owes(owner: Owner) -> Iterator[Actor]:
    if owner.party is not None:
        yield Actor(owner.party, Role.RESIDENT)
    for role in owner.roles:
        yield Actor(f"new.{role.value}", role, owner.unit)


def linked(ended: Ended) -> Iterator[Wrong]:
    """Every case that another says it opened is there, and begins as that case said."""
    cases = ended.world.engine.cases
    for number, core in cases.items():
        for part in core.case.parts.values():
            if part.link is Link.DUPLICATE_OF:
                continue
            opened = ended.world.engine.ledger[part.number][0].fact if part.number in cases else None
            if not isinstance(opened, CaseOpened) or opened.kind is not part.kind:
                yield Wrong("part is not there", f"{part.number} of {number}")


CHECKS: tuple[Callable[[Ended], Iterator[Wrong]], ...] = (
    lawful, relived, read_back, one_event_set_an_act, registered, owned, waiting, linked,
)  # fmt: skip
"""Every one of them is asked of every life."""
