"""Plays a script through the durable engine in drill time, and asks at the end whether all was lawful."""

import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import asyncpg

from activities import chain
from activities.intake import fingerprint, take_number
from activities.settings import Role, Settings
from activities.shelf import load_shelf
from api.engine import Engine
from audit.answers.rerun import difference
from domain.calendar import CST
from domain.catalogue import Matter
from domain.codec import load_event
from domain.organisation import Organisation
from domain.rulebook import Rulebook
from domain.shelf import Shelf
from domain.state import Case
from domain.vocabulary import CaseKind, CaseNo
from rehearsal.durable_stage import DurableStage, Terms
from rehearsal.feed import Feed, root
from rehearsal.ground import Ground
from rehearsal.mapping import Mapping as RecordMapping
from rehearsal.mapping import load_mapping
from rehearsal.oracle import Oracle
from rehearsal.people import People
from rehearsal.progress import Board, View, watching
from rehearsal.rehearse import Record, read_record
from rehearsal.script import Playbill, Scene, arrivals, compressed, from_rows, numbered
from rehearsal.staff import staff
from rehearsal.stage import Editions
from rehearsal.summary import Summary, Tally
from rehearsal.town import Account, Town, load_town

ORIGIN = datetime(2026, 3, 2, 8, tzinfo=CST)
"""Drills begin on this Monday morning, whatever day it is."""

SPEED = 100_000.0
"""Drill seconds in a real one: about 28 hours."""

GRACE = 6.0
"""Real seconds a due date waits for people whose acts are still on their way."""

HORIZON = timedelta(days=100)
"""Drill time for each case; what is open then must be waiting lawfully."""

LONGEST_ANSWER = timedelta(days=60)
"""Answers that took longer in the record take so long in a drill: they are late, and it ends."""

ARRIVAL_DAYS: Mapping[CaseKind, float] = {
    CaseKind.ORDER: 10.0,
    CaseKind.PETITION: 2.0,
    CaseKind.MEDIATION: 3.0,
    CaseKind.WHISTLE: 3.0,
}
"""Drill days over which cases arrive; first those that take long."""

PINGSHAN = "cn_hotline_pingshan_2018_02_to_10.csv"
PETITIONS = "cn_petition_reply_2011_2018.csv"


@dataclass(frozen=True, slots=True)
class Script:
    """What is played, and the organisations, people and matters it needs. `rejected` rows are no cases."""

    scenes: tuple[Scene, ...]
    organisations: tuple[Organisation, ...]
    accounts: tuple[Account, ...]
    matters: tuple[Matter, ...]
    rejected: int = 0


def file_script(path: Path, mapping: RecordMapping, rules: Rulebook, limit: int | None = None) -> Script:
    """The first cases of an outside record within the days of arrival. Raises UnreadableFileError."""
    return _record_script(read_record(path, mapping, limit), mapping.kind, rules)


def _record_script(record: Record, kind: CaseKind, rules: Rulebook) -> Script:
    scenes = map(_shortened, from_rows(record.rows, record.ground, rules))
    brought = numbered(compressed(scenes, ORIGIN, ARRIVAL_DAYS[kind]))
    return replace(_grounds(record.ground), scenes=brought, rejected=record.counts.rejected)


def _shortened(scene: Scene) -> Scene:
    took = scene.cue.answered_after
    if took is None or took <= LONGEST_ANSWER:
        return scene
    return replace(scene, cue=replace(scene.cue, answered_after=LONGEST_ANSWER))


def demo_script(
    records: Path, rules: Rulebook, seed: int = 1, sizes: Mapping[CaseKind, int] | None = None
) -> Script:
    """Real orders and petitions where their files are there, and the demo town's disputes and whistles.

    Where a file is absent the demo town brings its own.
    """
    wanted = {**DEMO, **(sizes or {})}
    town = load_town()
    parts = [_town_script(town)]
    scenes: list[Scene] = []
    for kind, (file, mapping) in _FILES.items():
        if (records / file).exists() and wanted[kind]:
            record = read_record(records / file, load_mapping(mapping), wanted.pop(kind), spread=True)
            part = _record_script(record, kind, rules)
            parts.append(part)
            scenes.extend(part.scenes)
    playbill = Playbill(town, rules)
    for kind, count in wanted.items():
        scenes.extend(playbill.scenes(kind, count, arrivals(seed, kind, ORIGIN, ARRIVAL_DAYS[kind])))
    return Script(
        scenes=numbered(scenes),
        organisations=tuple(each for part in parts for each in part.organisations),
        accounts=tuple(each for part in parts for each in part.accounts),
        matters=tuple(each for part in parts for each in part.matters),
        rejected=sum(part.rejected for part in parts),
    )


DEMO: Mapping[CaseKind, int] = {
    CaseKind.ORDER: 200,
    CaseKind.PETITION: 40,
    CaseKind.MEDIATION: 20,
    CaseKind.WHISTLE: 10,
}
_FILES: Mapping[CaseKind, tuple[str, str]] = {
    CaseKind.ORDER: (PINGSHAN, "pingshan"),
    CaseKind.PETITION: (PETITIONS, "petition"),
}


def _grounds(ground: Ground) -> Script:
    return Script((), tuple(ground.tree), tuple(staff(ground.tree)), tuple(ground.catalogue))


def _town_script(town: Town) -> Script:
    return Script((), tuple(town.tree), town.accounts, tuple(town.catalogue))


async def play(
    script: Script,
    settings: Settings,
    *,
    seed: int = 1,
    rulebook: str = "default-3",
    speed: float = SPEED,
    grace: float = GRACE,
    horizon: timedelta = HORIZON,
    board: Board | None = None,
) -> Summary:
    """Play a script on servers that run, with a worker that runs, until it is over or the drill's horizon.

    `unlawful` in the summary names every case that neither reached a lawful end nor waits lawfully. Cases
    get training numbers (X…). The board is drawn while it plays; without one nothing is shown.
    """
    editions = Editions(load_shelf(settings.editions_dir), rulebook)
    async with _pools(settings) as (door, reader):
        scenes = await _take_numbers(door, script.scenes)
        people = People(seed, script.accounts, editions.rules, editions.days)
        tally, oracle = Tally(), Oracle({s.number: s.label for s in scenes if s.label is not None})
        feed = Feed(reader, (scene.number for scene in scenes))
        await feed.begin()
        began = time.perf_counter()
        terms = Terms(speed, grace, horizon)
        stage = DurableStage(Engine(settings), door, feed, people, editions, terms, (tally.note, oracle.note))
        async with watching(View(tally, stage, len(scenes)), board):
            await stage.play(scenes)
        seconds = time.perf_counter() - began
        tally.refused.update(stage.doings.refused)
        return await _end(reader, stage, scenes, tally, oracle, script.rejected, seconds, editions.shelf)


async def _end(
    reader: asyncpg.Pool, stage: DurableStage, scenes: Iterable[Scene], tally: Tally, oracle: Oracle,
    rejected: int, seconds: float, shelf: Shelf,
) -> Summary:  # fmt: skip
    brought = [scene.number for scene in scenes]
    verified, broken = await _verify(reader, brought, shelf)
    unlawful = {
        **{number: "never_opened" for number in brought if number not in stage.cases},
        **{number: why for number, case in stage.cases.items() if (why := _why_unlawful(case))},
        **await _troubles(reader, brought),
        **broken,
    }
    return Summary(
        tally=tally,
        brought=len(brought),
        rejected=rejected,
        breached=len(tally.breached.intersection(brought)),
        seconds=seconds,
        agreements=oracle.agreements,
        disagreements=oracle.disagreements,
        chains_verified=verified,
        unlawful=tuple(f"{number}: {why}" for number, why in sorted(unlawful.items())),
        more={"unanswered": dict(stage.doings.lost)},
    )


def _why_unlawful(case: Case) -> str:
    """Closed, or somebody owes something, or a part of it is awaited; anything else is a case nobody has."""
    if not case.is_open or case.duties:
        return ""
    waits = any(part.outcome is None and not part.waived for part in case.parts.values())
    return "" if waits else "nobody_has_it"


@asynccontextmanager
async def _pools(settings: Settings) -> AsyncIterator[tuple[asyncpg.Pool, asyncpg.Pool]]:
    """The door's connections and a reader's."""
    async with (
        asyncpg.create_pool(settings.url(Role.DOOR), min_size=2, max_size=8) as door,
        asyncpg.create_pool(settings.url(Role.READER), min_size=1, max_size=2) as reader,
    ):
        yield door, reader


async def _take_numbers(door: asyncpg.Pool, scenes: Iterable[Scene]) -> tuple[Scene, ...]:
    """Training numbers from the office, in the order of the script."""
    play = datetime.now(UTC).isoformat()
    found: list[Scene] = []
    async with door.acquire() as connection:
        for scene in scenes:
            taken = await take_number(
                connection, scene.opener.account, f"{play} {scene.key}", fingerprint({"scene": scene.key}),
                scene.opening.kind, scene.at, drill=True,
            )  # fmt: skip
            found.append(replace(scene, number=taken.case_no))
    return tuple(found)


_LEDGER = """
    SELECT * FROM event WHERE split_part(case_no, '-', 1) || '-' || split_part(case_no, '-', 2) = ANY($1)
    ORDER BY case_no, seq"""
_TROUBLE = "SELECT case_no FROM trouble"


async def _verify(reader: asyncpg.Pool, brought: list[CaseNo], shelf: Shelf) -> tuple[int, dict[CaseNo, str]]:
    """How many cases have a whole chain and the very events the law gives for their acts; what ails the others."""
    verified, broken = 0, {}
    rows: list[Any] = await reader.fetch(_LEDGER, brought)
    for number, of_case in groupby(rows, key=lambda row: CaseNo(row["case_no"])):
        ailing = _ails(number, list(of_case), shelf)
        if ailing is None:
            verified += 1
        else:
            broken[number] = ailing
    return verified, broken


def _ails(number: CaseNo, rows: list[Any], shelf: Shelf) -> str | None:
    broken = chain.verify_chain(number, map(chain.link_of, rows))
    if broken is not None:
        return f"chain_broken_at_{broken.seq}"
    differs = difference(number, [load_event(chain.stored_event(row)) for row in rows], shelf)
    return None if differs is None else f"law_differs_at_{differs.seq}"


async def _troubles(reader: asyncpg.Pool, brought: list[CaseNo]) -> dict[CaseNo, str]:
    """Cases of ours that a bug holds up."""
    ours = frozenset(brought)
    rows = await reader.fetch(_TROUBLE)
    return {CaseNo(row["case_no"]): "in_trouble" for row in rows if root(row["case_no"]) in ours}
