"""Lives that nobody planned: the demo town in the virtual engine, and people who may do anything at any time."""

import json
from collections.abc import Iterator
from dataclasses import replace
from random import Random

from builders import (
    FOUR_SEATS,
    HOTLINE,
    HOTLINE_DESK,
    OFFICER,
    POWER,
    TOWN,
    TOWN_LEADER,
    WATER,
    WORKER,
    YUAN,
    Story,
    a_dispute,
    a_petition,
    a_whistle,
    an_order,
    head,
    shelf,
    text,
)  # fmt: skip
from lawful_lives import Event, World, world_of
from machines import Town
from town_stage import SHELF, play_virtually, town_scenes
from town_stage import TOWN as DEMO

from audit.answers.lawful import editions_of
from audit.findings import Finding
from audit.lawfulness.verdict import judged, together
from domain.actors import Actor
from domain.acts import Act, base
from domain.openings import Opening, WhistleOpening
from domain.shelf import Shelf
from domain.vocabulary import CaseNo, Role, Service, WhistleKind
from rehearsal.script import Scene

EDITIONS = ("default-3", "gaotai-4x7")
BEGINNINGS = ("2026-03-02 09:00", "2026-09-24 16:00", "2026-12-20 10:00", "2026-01-28 23:59")


def findings(world: World, held: Shelf) -> list[Finding]:
    """Everything unlawful in cases and among them."""
    rulebooks, calendars = editions_of(held, {})
    judgements = [judged(number, events, rulebooks, calendars) for number, events in world.items()]
    apart = [finding for _, found in judgements for finding in found]
    return apart + together(story for story, _ in judgements if story is not None)


def played(seed: int, each: int, rulebook: str) -> World:
    """So many matters of each kind in the demo town, and everything that came of them."""
    scenes = [_blown_by_a_leader(scene) for scene in town_scenes(seed, each, rulebook=rulebook)]
    stage = play_virtually(scenes, seed, rulebook)
    return {number: _stored(stage.lines(number)) for number in stage.ledger}


def _blown_by_a_leader(scene: Scene) -> Scene:
    """An emergency whistle is nobody's but a leader's, whoever found the matter."""
    opening = scene.opening
    if not isinstance(opening, WhistleOpening) or opening.whistle is not WhistleKind.EMERGENCY:
        return scene
    leader = DEMO.staff_of(opening.blower, Role.TOWN_LEADER)[0]
    return replace(scene, opener=Actor(leader.id, leader.role, opening.blower))


def _stored(events: list[Event]) -> list[Event]:
    return json.loads(json.dumps(events))  # type: ignore[no-any-return]


class Walker(Town):
    """A town nobody looks at until it is over."""

    def the_law_holds(self) -> None:
        """Asked afterwards, by others."""

    def _write(self, number: CaseNo, actor: Actor, act: type[Act], duty: int | None, chance: Random) -> Act:
        if act is base.Attach:
            return base.Attach((text("photograph"),))
        return super()._write(number, actor, act, duty, chance)


def walked(seed: int) -> World:
    """One case and whatever it opens, under people who may do anything."""
    dice = Random(seed)
    edition = dice.choice(["default-3", "default-3", "slow", "gaotai-4x7"])
    walker = Walker()
    walker.story = Story(dice.choice(BEGINNINGS), edition)
    opening, actor = _any_opening(dice)
    if edition == "gaotai-4x7":
        opening = replace(opening, offices=replace(opening.offices, seats=FOUR_SEATS))
    walker.begin(opening, actor, (dice.randint(5, 90), dice))
    walker.story.engine.advance(walker.story.now)
    return world_of(walker.story)


def _any_opening(dice: Random) -> tuple[Opening, Actor]:
    match dice.choice(["order", "mediation", "petition", "whistle"]):
        case "order":
            unit = dice.choice([None, None, WATER])
            return an_order(dice.choice(list(Service)), unit), dice.choice([YUAN, HOTLINE_DESK])
        case "mediation":
            return a_dispute(paper_only=dice.random() < 0.3), WORKER
        case "petition":
            return a_petition(), dice.choice([YUAN, OFFICER])
        case _:
            kind, hotline = dice.choice(list(WhistleKind)), dice.random() < 0.3
            units = (WATER, POWER) if kind is WhistleKind.EMERGENCY else ()
            return a_whistle(kind, HOTLINE if hotline else TOWN, units), head(
                HOTLINE
            ) if hotline else TOWN_LEADER


def every_life(plays: range, each: int, walks: range) -> Iterator[tuple[str, int, list[Finding]]]:
    """What each lot of lives is called, how many cases it has, and what is unlawful in it."""
    for seed in plays:
        for rulebook in EDITIONS:
            world = played(seed, each, rulebook)
            yield f"played {seed} {rulebook}", len(world), findings(world, SHELF)
    for seed in walks:
        world = walked(seed)
        yield f"walked {seed}", len(world), findings(world, shelf())
