"""What if another edition had been in force: closed cases run again under it, and which duties fare otherwise."""

import csv
import gc
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from io import StringIO
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path
from typing import Any, NamedTuple

from activities.shelf import load_shelf
from audit.study.courses import CannotRun, Course, Editions, Fate, Life, Owed, course
from domain.rulebook import Rulebook
from domain.shelf import Shelf


class Moved(NamedTuple):
    """Duties of one sort whose fate is `before` under the pinned edition and `after` under the other."""

    about: str
    before: Fate
    after: Fate


@dataclass(slots=True)
class Tally:
    """What a study found, in a form that many processes can add up."""

    cases: int = 0
    spared: int = 0
    """Cases that need no second run: no due date that differs lies on the other side of what was done."""
    changed: int = 0
    """Cases in which some duty fares otherwise."""
    cannot_run: Counter[str] = field(default_factory=Counter)
    """Cases the other edition has no place for, by kind."""
    refused: Counter[str] = field(default_factory=Counter)
    """Acts that the other edition refuses, as `act: reason`; they were passed over."""
    by_duty: Counter[Moved] = field(default_factory=Counter)
    by_unit: Counter[Moved] = field(default_factory=Counter)
    by_matter: Counter[Moved] = field(default_factory=Counter)

    def add(self, other: "Tally") -> None:
        """Take in what another process found."""
        self.cases += other.cases
        self.spared += other.spared
        self.changed += other.changed
        for mine, theirs in zip(self._counters(), other._counters(), strict=True):
            mine.update(theirs)

    def _counters(self) -> tuple[Counter[Any], ...]:
        return self.cannot_run, self.refused, self.by_duty, self.by_unit, self.by_matter


@dataclass(frozen=True, slots=True)
class Row:
    """One duty kind, unit or matter in the result. Rates are of duties that were met or breached."""

    about: str
    owed: int
    met_before: int
    met_after: int
    owed_after: int
    now_breached: int
    now_met: int
    appeared: int
    vanished: int
    otherwise: int

    @property
    def on_time_before(self) -> float | None:
        """Share of the duties that were met, of those met or breached; None where there is none."""
        return self.met_before / self.owed if self.owed else None

    @property
    def on_time_after(self) -> float | None:
        """The same under the other edition."""
        return self.met_after / self.owed_after if self.owed_after else None

    @property
    def moved(self) -> int:
        """Duties that fare otherwise."""
        return self.now_breached + self.now_met + self.appeared + self.vanished + self.otherwise


def rows_of(counted: Counter[Moved]) -> tuple[Row, ...]:
    """A counter by duty, unit or matter as rows, those that change most first."""
    apart: dict[str, Counter[tuple[Fate, Fate]]] = {}
    for moved, count in counted.items():
        apart.setdefault(moved.about, Counter())[moved.before, moved.after] += count
    rows = (_row(about, pairs) for about, pairs in apart.items())
    return tuple(sorted(rows, key=lambda row: (-row.moved, -row.owed, row.about)))


_JUDGED = (Fate.MET, Fate.BREACHED)


def _row(about: str, pairs: Counter[tuple[Fate, Fate]]) -> Row:
    def count(wanted: Callable[[Fate, Fate], bool]) -> int:
        return sum(n for (before, after), n in pairs.items() if wanted(before, after))

    named = {
        "now_breached": pairs[Fate.MET, Fate.BREACHED],
        "now_met": pairs[Fate.BREACHED, Fate.MET],
        "appeared": count(lambda b, a: b is Fate.NEVER_OPENED and a is not b),
        "vanished": count(lambda b, a: a is Fate.NEVER_OPENED and a is not b),
    }
    every = count(lambda b, a: b is not a)
    return Row(
        about=about, owed=count(lambda b, _: b in _JUDGED), owed_after=count(lambda _, a: a in _JUDGED),
        met_before=count(lambda b, _: b is Fate.MET), met_after=count(lambda _, a: a is Fate.MET),
        otherwise=every - sum(named.values()), **named,
    )  # fmt: skip


def write_csv(tally: Tally) -> str:
    """Every count as CSV: group, code, fate under the pinned edition, fate under the other, duties."""
    out = StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(("group", "code", "before", "after", "duties"))
    for group, counted in (("duty", tally.by_duty), ("unit", tally.by_unit), ("matter", tally.by_matter)):
        for moved, count in sorted(counted.items()):
            writer.writerow((group, moved.about, moved.before.value, moved.after.value, count))
    return out.getvalue()


Seen = dict[tuple[str, str, str, Fate, Fate], int]
"""Kind of duty, owner, matter, fate under the pinned edition, fate under the other → how many."""


# -- one process ------------------------------------------------------------------------------------------


class Study:
    """Compares lives under the edition each of them pinned and under another."""

    def __init__(self, other: Rulebook, shelf: Shelf, *, every: bool = False) -> None:
        self._other, self._shelf, self._every = other, shelf, every
        self._editions: dict[str, Editions] = {}

    def look(self, lives: Iterable[tuple[Life, Course | None]]) -> Tally:
        """The fates of the duties of these lives; the course under the pinned edition is run if not known.

        Raises UnknownEdition.
        """
        tally, seen = Tally(), Seen()
        for life, known in lives:
            tally.cases += 1
            try:
                self._compare(life, known, tally, seen)
            except CannotRun:
                tally.cannot_run[life.start.opening.kind.value] += 1
        _sum_up(seen, tally)
        return tally

    def _compare(self, life: Life, known: Course | None, tally: Tally, seen: Seen) -> None:
        editions = self._of(life)
        before = known or course(life, editions.pinned, self._shelf)
        if not self._every and editions.same_course(life, before):
            tally.spared += 1
            _count_same(seen, life.matter, before)
            return
        after = course(life, self._other, self._shelf)
        tally.refused.update(after.refused)
        one, two = before.fates(), after.fates()
        tally.changed += one != two
        _count(seen, life.matter, one, two)

    def _of(self, life: Life) -> Editions:
        pinned = life.start.rulebook
        if pinned not in self._editions:
            self._editions[pinned] = Editions(self._shelf.rulebook(pinned), self._other, self._shelf)
        return self._editions[pinned]


def _count_same(seen: Seen, matter: str, course: Course) -> None:
    """Count what fares the same; plain tuples, because there are so many."""
    for span in course.spans:
        duty, fate = span.duty, span.fate
        key = duty.kind, duty.owner.unit or "", matter, fate, fate
        seen[key] = seen.get(key, 0) + 1


def _count(seen: Seen, matter: str, before: dict[Owed, Fate], after: dict[Owed, Fate]) -> None:
    """Count pairs of fates under what they are about."""
    for owed in before.keys() | after.keys():
        then, now = before.get(owed, Fate.NEVER_OPENED), after.get(owed, Fate.NEVER_OPENED)
        key = owed.kind, owed.owner, matter, then, now
        seen[key] = seen.get(key, 0) + 1


def _sum_up(seen: Seen, tally: Tally) -> None:
    for (kind, owner, matter, before, after), count in seen.items():
        tally.by_duty[Moved(kind, before, after)] += count
        tally.by_unit[Moved(owner, before, after)] += count
        tally.by_matter[Moved(matter, before, after)] += count


# -- all cores ----------------------------------------------------------------------------------------------

Lives = Callable[[Shelf, Any], Iterator[tuple[Life, Course | None]]]
"""Brings the lives of one job; a function of a module, so that another process can call it."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: the other edition by name or digest; `every` runs also what cannot differ."""

    rulebook: str
    folder: Path | None = None
    every: bool = False


@dataclass(slots=True)
class Found:
    """The answer, with how long it took in real and in processor seconds, over all processes."""

    tally: Tally
    seconds: float
    processor_seconds: float


_study: Study | None = None
_shelf: Shelf | None = None
"""What a process of a pool works with; never set in the process that asks."""


def ask(
    question: Question,
    lives: Lives,
    jobs: Sequence[Any],
    processes: int | None = None,
    tell: Callable[[int], None] = lambda done: None,
) -> Found:
    """Put the question to every job, on every core unless told otherwise. Raises UnknownEdition.

    `tell` hears how many cases are done.
    """
    load_shelf(question.folder).rulebook(question.rulebook)
    began, total, busy = time.perf_counter(), Tally(), 0.0
    for tally, took in _answers(question, lives, jobs, processes or cpu_count() or 1):
        total.add(tally)
        busy += took
        tell(total.cases)
    return Found(total, time.perf_counter() - began, busy)


def _answers(
    question: Question, lives: Lives, jobs: Sequence[Any], processes: int
) -> Iterator[tuple[Tally, float]]:
    if processes == 1 or len(jobs) == 1:
        shelf = load_shelf(question.folder)
        study = Study(shelf.rulebook(question.rulebook), shelf, every=question.every)
        yield from (_looked(study, shelf, lives, job) for job in jobs)
        return
    with ProcessPoolExecutor(processes, get_context("spawn"), _prepare, (question,)) as pool:
        yield from pool.map(_do, [lives] * len(jobs), jobs)


def _prepare(question: Question) -> None:
    """Once in each process: the editions, parsed; and few looks for cycles among so many small objects."""
    global _study, _shelf
    _shelf = load_shelf(question.folder)
    _study = Study(_shelf.rulebook(question.rulebook), _shelf, every=question.every)
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


def _do(lives: Lives, job: Any) -> tuple[Tally, float]:
    assert _study is not None
    assert _shelf is not None
    return _looked(_study, _shelf, lives, job)


def _looked(study: Study, shelf: Shelf, lives: Lives, job: Any) -> tuple[Tally, float]:
    began = time.process_time()
    tally = study.look(lives(shelf, job))
    return tally, time.process_time() - began
