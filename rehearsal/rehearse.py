"""Plays a whole outside record through the virtual engine, and holds the engine against its labels."""

import gc
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

from activities.shelf import load_shelf
from domain.acts import order
from domain.events import Event
from domain.openings import OrderOpening
from domain.shelf import Shelf
from domain.vocabulary import Role
from rehearsal.ground import Ground, ground_for
from rehearsal.habits import chance
from rehearsal.mapping import Mapping
from rehearsal.oracle import Oracle
from rehearsal.people import Accounts, People
from rehearsal.rows import Counts, Rejected, Row, read_rows, write_rejected
from rehearsal.script import Scene, from_rows, numbered
from rehearsal.staff import staff
from rehearsal.stage import Editions, VirtualStage, fake_commitment
from rehearsal.summary import Summary, Tally
from workflows.core import Core, Start
from workflows.virtual import VirtualEngine

_PATIENCE = timedelta(days=2000)
"""How long after the last arrival a rehearsal goes on: the slowest answer on record took 1,160 days."""


@dataclass(frozen=True, slots=True)
class Record:
    """An outside record read into memory: its rows, those that are no cases, and the ground they stand on."""

    rows: tuple[Row, ...]
    rejected: tuple[Rejected, ...]
    counts: Counts
    ground: Ground

    def figures(self) -> dict[str, Any]:
        """What became of the rows: every row read is a case or rejected."""
        return {
            "rows": self.counts.read,
            "rejected_by_reason": dict(self.counts.rejected_by_reason),
            "unsorted_units": self.counts.unsorted_units,
            "unsorted_matters": self.counts.unsorted_matters,
            "mended": dict(self.counts.mended),
        }


def read_record(path: Path, mapping: Mapping, limit: int | None = None, *, spread: bool = False) -> Record:
    """The first `limit` cases of a record, or so many spread over the whole. Raises UnreadableFileError."""
    counts = Counts()
    rows: list[Row] = []
    rejected: list[Rejected] = []
    for found in read_rows(path, mapping, counts):
        match found:
            case Row():
                rows.append(found)
            case Rejected():
                rejected.append(found)
        if limit is not None and len(rows) >= limit and not spread:
            break
    if limit is not None and len(rows) > limit:
        rows = [rows[place * len(rows) // limit] for place in range(limit)]
    return Record(tuple(rows), tuple(rejected), counts, ground_for(rows, mapping))


def rehearse(
    path: Path,
    mapping: Mapping,
    rulebook: str = "default-3",
    seed: int = 1,
    limit: int | None = None,
    *,
    shelf: Shelf | None = None,
    rejected_to: Path | None = None,
) -> Summary:
    """Every case of a record under one rulebook edition, in the virtual engine.

    A record with due and closing instants of its own is judged without people: each order carries the
    record's deadline and is completed when the record says. Any other is played by simulated people.
    `rejected_to` gets the rows that are no cases. Raises UnreadableFileError and UnknownEdition.
    """
    began = time.perf_counter()
    editions = Editions(shelf or load_shelf(), rulebook)
    with _few_collections():
        record = read_record(path, mapping, limit)
        judges = mapping.columns.due is not None and mapping.columns.closed is not None
        summary = _judge(record, editions) if judges else _play(record, editions, seed)
    if rejected_to is not None:
        write_rejected(record.rejected, rejected_to)
    more = {**record.figures(), "rulebook": rulebook, "seed": seed, **summary.more}
    return replace(summary, seconds=time.perf_counter() - began, more=more)


# -- a record that people play -------------------------------------------------------------------


def _play(record: Record, editions: Editions, seed: int) -> Summary:
    scenes = numbered(from_rows(record.rows, record.ground, editions.rules))
    people = People(seed, staff(record.ground.tree), editions.rules, editions.days)
    tally = Tally()
    oracle = Oracle({scene.number: scene.label for scene in scenes if scene.label is not None})
    stage = VirtualStage(editions, people, (tally.note, oracle.note))
    if scenes:
        stage.play(scenes, scenes[-1].at + _PATIENCE)
    tally.refused.update(stage.refused)
    return _summary(record, tally, oracle, len(tally.breached.intersection(scene.number for scene in scenes)))


# -- a record that judges ------------------------------------------------------------------------


def _judge(record: Record, editions: Editions) -> Summary:
    """Nobody but the record: each order is accepted as it comes and completed when the record closed it.

    Rows without a target or a closing instant have nothing to be judged by; they are counted apart.
    """
    rows = sorted((row for row in record.rows if row.due and row.closed), key=lambda row: row.at)
    scenes = numbered(from_rows(rows, record.ground, editions.rules))
    tally, roster = Tally(), Accounts(staff(record.ground.tree))
    oracle = Oracle({scene.number: row.label for scene, row in zip(scenes, rows, strict=True)})
    for scene, row in zip(scenes, rows, strict=True):
        engine = VirtualEngine(editions.shelf, _listener(tally, oracle))
        _live_row(engine, scene, row, editions, roster)
    summary = _summary(record, tally, oracle, oracle.overdue)
    return replace(summary, more={**summary.more, **_apart(record.rows)})


def _live_row(engine: VirtualEngine, scene: Scene, row: Row, editions: Editions, roster: Accounts) -> None:
    """One order in an engine of its own, since rows do not touch each other."""
    assert row.closed is not None
    unit = scene.cue.lead
    handler = roster.one_of(chance(unit), unit, (Role.HANDLER,))
    spoken = scene.spoken(fake_commitment)
    assert isinstance(spoken, OrderOpening)
    opening = replace(spoken, unit=unit, due=row.due)
    engine.open(
        Start(scene.number, opening, editions.rulebook, editions.calendar, scene.opener, "open", row.at, True)
    )
    engine.act(scene.number, "accept", handler, order.Accept(), row.at)
    result = order.Complete(fake_commitment(row.answer or ""))
    engine.act(scene.number, "complete", handler, result, row.closed)


def _apart(rows: Sequence[Row]) -> dict[str, int]:
    """Rows that cannot be judged: without a target of their own, or not closed."""
    return {
        "without_target": sum(row.due is None for row in rows),
        "unclosed": sum(row.due is not None and row.closed is None for row in rows),
    }


def _listener(tally: Tally, oracle: Oracle) -> Callable[[Core, list[Event]], None]:
    def hear(core: Core, events: list[Event]) -> None:
        for event in events:
            tally.note(core.number, event)
            oracle.note(core.number, event)

    return hear


def _summary(record: Record, tally: Tally, oracle: Oracle, breached: int) -> Summary:
    return Summary(
        tally=tally,
        brought=len(record.rows),
        rejected=record.counts.rejected,
        breached=breached,
        seconds=0.0,
        agreements=oracle.agreements,
        disagreements=oracle.disagreements,
        more={"judged": len(oracle.judged), "unlabelled": oracle.unlabelled},
    )


@contextmanager
def _few_collections() -> Iterator[None]:
    """Hundreds of thousands of small objects live at once, and looking through them for cycles takes long."""
    before = gc.get_threshold()
    gc.set_threshold(200_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
