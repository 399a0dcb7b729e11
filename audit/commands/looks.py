"""What the study commands do: read, write down that somebody looked, then look; sentences for what cannot be."""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, TypeVar

import asyncpg
import uvloop
from rich.progress import Progress

from activities import journal
from activities.access import Access, looked
from activities.content import Connection
from activities.settings import Role, Settings
from activities.shelf import load_shelf
from audit.casefiles.reading import Wanted, numbers, record_of, records
from audit.commands.looking import CannotLook
from audit.commands.outside import Say
from audit.study import generated, recorded
from audit.study.charts import Legend
from audit.study.duties_csv import write_duties
from audit.study.explaining import Explained, RefusedAct, explain_case, explain_event, refused_acts
from audit.study.ocel_files import JsonLog, SqliteLog, Writer, Written, write_log
from audit.study.travel import Moment, NoSuchMoment, read_moment
from audit.study.whatif import Found, Question, ask
from domain.calendar import CST
from domain.events import Event
from domain.shelf import Shelf, UnknownEdition
from domain.vocabulary import CaseKind, CaseNo

T = TypeVar("T")

WRITERS: dict[str, Callable[[Path], Writer]] = {
    ".json": JsonLog, ".jsonocel": JsonLog, ".sqlite": SqliteLog, ".db": SqliteLog,
}  # fmt: skip


def wanted(
    since: datetime | None, until: datetime | None, matter: str | None, kind: CaseKind | None, drill: bool
) -> Wanted:
    """Which cases; instants without a zone are China Standard Time."""
    return Wanted(_local(since), _local(until), matter, kind, drill=drill)


def moment(text: str) -> Moment:
    """The moment a text means. Raises CannotLook."""
    try:
        return read_moment(text)
    except ValueError:
        raise CannotLook(
            f"看不懂的时刻：{text}；写序号、时刻或日期。",
            f"No moment: {text}; write a number, an instant or a day.",
        ) from None


@contextmanager
def within() -> Iterator[None]:
    """What the case does not have is said in a sentence. Raises CannotLook."""
    try:
        yield
    except NoSuchMoment as none:
        raise CannotLook(*str(none).split("/ ", 1)) from none


def events_of(settings: Settings, case: str, by: str | None, view: str) -> tuple[CaseNo, Sequence[Event]]:
    """A case's events, once the access log says that somebody looked. Raises CannotLook."""

    async def read() -> Sequence[Event]:
        async with _reader(settings) as connection:
            events = await record_of(connection, case)
            if events:
                await looked(connection, by, Access.AUDIT_VIEWED, case, view=view)
            return events

    events = _run(read())
    if not events:
        raise CannotLook(f"没有案件 {case}。", f"No case {case}.")
    return CaseNo(case), events


def explained(
    settings: Settings, case: str, seq: int | None, by: str | None
) -> tuple[Sequence[Explained], Sequence[RefusedAct]]:
    """One event of a case explained, or all of them with the acts that were refused. Raises CannotLook."""
    number, events = events_of(settings, case, by, "explain")
    shelf = load_shelf(settings.editions_dir)
    if seq is None:
        return list(explain_case(number, events, shelf)), refused_acts(_run(_entries(settings, case)))
    with within():
        return [explain_event(number, events, seq, shelf)], ()


@dataclass(frozen=True, slots=True)
class Year:
    """A generated year: how many cases, drawn from which seed, under which edition, in the shape of which record."""

    cases: int
    seed: int
    pinned: str
    record: Path | None


def study_year(rulebook: str, year: Year, every: bool, folder: Path | None = None) -> Found:
    """A generated year under another edition. Raises CannotLook."""
    folder = folder or Settings().editions_dir
    shelf = load_shelf(folder)
    for edition in (rulebook, year.pinned):
        _check(edition, shelf)
    jobs = generated.batches(year.cases, year.seed, year.pinned, year.record)
    return _asked(Question(rulebook, folder, every), generated.generated_lives, jobs, year.cases)


def study_ledger(settings: Settings, rulebook: str, chosen: Wanted, every: bool, by: str | None) -> Found:
    """Closed cases of the ledger under another edition. Raises CannotLook."""
    _check(rulebook, load_shelf(settings.editions_dir))

    async def read() -> list[recorded.Batch]:
        async with _reader(settings) as connection:
            await looked(connection, by, Access.TABLE_EXPORTED, view="whatif", rulebook=rulebook)
            return await recorded.batches(connection, settings.url(Role.READER), rulebook, chosen)

    jobs = _run(read())
    if not jobs:
        raise CannotLook("没有符合条件的已结案件。", "No closed case fits.")
    question = Question(rulebook, settings.editions_dir, every)
    return _asked(question, recorded.recorded_lives, jobs, sum(len(job.cases) for job in jobs))


def export_ocel(settings: Settings, chosen: Wanted, out: Path, by: str | None) -> Written:
    """Write the cases wanted as an object-centric log. Raises CannotLook for another kind of file."""
    writer = WRITERS.get(out.suffix)
    if writer is None:
        raise CannotLook(f"{out}：只能写 {'、'.join(WRITERS)}。", f"{out}: only {', '.join(WRITERS)}.")

    async def write() -> Written:
        async with _reader(settings) as connection:
            await looked(connection, by, Access.TABLE_EXPORTED, view="ocel")
            return await write_log(records(connection, await numbers(connection, chosen)), writer(out))

    return _run(write())


def export_duties(settings: Settings, chosen: Wanted, out: IO[str], by: str | None) -> int:
    """Write the duties of the cases wanted as CSV; how many."""

    async def write() -> int:
        async with _reader(settings) as connection:
            await looked(connection, by, Access.TABLE_EXPORTED, view="duties")
            return await write_duties(records(connection, await numbers(connection, chosen)), out)

    return _run(write())


def legend(rulebook: str, say: Say) -> Legend:
    """The words of the chart of a study."""
    return Legend(
        title=say("study", "chart_title").format(rulebook=rulebook), before=say("study", "pinned"),
        after=rulebook, axis=say("study", "on_time"), nothing=say("study", "no_change"),
    )  # fmt: skip


def _asked(question: Question, lives: Any, jobs: Sequence[Any], cases: int) -> Found:
    with Progress(transient=True) as bar:
        task = bar.add_task("what-if", total=cases)
        return ask(question, lives, jobs, tell=lambda done: bar.update(task, completed=done))


def _check(edition: str, shelf: Shelf) -> None:
    try:
        shelf.rulebook(edition)
    except UnknownEdition:
        known = [each.edition for each in shelf.rulebooks]
        raise CannotLook(
            f"没有版本 {edition}；有 {'、'.join(known)}。",
            f"No edition {edition}; there are {', '.join(known)}.",
        ) from None


async def _entries(settings: Settings, case: str) -> list[journal.Entry]:
    async with _reader(settings) as connection:
        return await journal.entries_of_case(connection, case)


@asynccontextmanager
async def _reader(settings: Settings) -> AsyncIterator[Connection]:
    connection = await asyncpg.connect(settings.url(Role.READER))
    try:
        yield connection
    finally:
        await connection.close()


def _local(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=CST) if at.tzinfo is None else at


def _run(work: Coroutine[object, object, T]) -> T:
    return uvloop.run(work)
