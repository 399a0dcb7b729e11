"""What one verification is to look at, files and cases, and the looking at it."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from activities.access import Access, looked
from activities.content import Connection
from activities.settings import Role, Settings
from audit.answers.many import Source, verify_cases
from audit.answers.verify import verify_case
from audit.answers.whole import whole
from audit.casefiles.choosing import Query, chosen, unknown
from audit.casefiles.exporting import ExportRefused, known
from audit.casefiles.unpacking import open_file
from audit.checkpoints.checkpoint import compare, latest, verify_tree
from audit.checkpoints.held_against import by_known_keys, held_against
from audit.checkpoints.notes import NoteError, Verifier
from audit.codes import Why
from audit.commands.looking import CannotLook
from audit.commands.outside import ran
from audit.commands.telling import Outcome
from audit.findings import Answer, Finding, Unlooked


@dataclass(frozen=True, slots=True)
class Plan:
    """Files, numbers of cases, a query; and the kept checkpoint and the keys they are held against.

    `by` is the account that looks, if one is named.
    """

    files: Sequence[Path] = ()
    numbers: Sequence[str] = ()
    query: Query | None = None
    note: str | None = None
    keys: tuple[Verifier, ...] = ()
    by: str | None = None

    @property
    def is_of_everything(self) -> bool:
        """Whether every case of the ledger is looked at, and so all that belongs to none."""
        return self.query is not None and self.query.is_everything

    @property
    def needs_database(self) -> bool:
        """Whether anything is asked for beyond files."""
        return bool(self.numbers) or self.query is not None


def verify_files(plan: Plan, outcome: Outcome) -> None:
    """Every file with nothing of ours running. Raises UnreadableCaseFile, NoteError."""
    with asyncio.Runner() as runner, _bar(len(plan.files)) as step:
        for file in plan.files:
            unpacked = open_file(file)
            found = [*unpacked.findings, *held_against(unpacked.evidence, plan.note, plan.keys)]
            outcome.add(runner.run(verify_case(unpacked.evidence, plan.keys, found)))
            step()


def verify_database(plan: Plan, settings: Settings, processes: int, outcome: Outcome) -> None:
    """The cases meant, and over all of them what no single case can show. Raises CannotLook."""
    url = settings.url(Role.READER)
    numbers = ran(url, lambda reader: _numbers(reader, plan))
    source = Source(url, settings.editions_dir, plan.keys, with_standing=not plan.is_of_everything)
    with _bar(len(numbers)) as step:
        for report in verify_cases(source, numbers, processes):
            outcome.add(report)
            step()
    ran(url, lambda reader: _beyond_cases(reader, plan, outcome))


async def _numbers(reader: Connection, plan: Plan) -> list[str]:
    """The cases meant; who asked is written down before anything of them is told."""
    missing = await unknown(reader, plan.numbers)
    if missing:
        raise CannotLook(f"没有案件：{'、'.join(missing)}。", f"There is no case {', '.join(missing)}.")
    numbers = list(plan.numbers)
    if plan.query is not None:
        numbers += await chosen(reader, plan.query)
    if plan.by is not None:
        await _write_down(reader, plan.by, plan.numbers, len(numbers))
    return numbers


async def _write_down(reader: Connection, by: str, named: Sequence[str], cases: int) -> None:
    try:
        await known(reader, by)
    except ExportRefused:
        raise CannotLook(f"没有账号：{by}。", f"There is no account {by}.") from None
    for case_no in named or (None,):
        await looked(reader, by, Access.AUDIT_VIEWED, case_no, view="verification", cases=cases)


async def _beyond_cases(reader: Connection, plan: Plan, outcome: Outcome) -> None:
    if plan.is_of_everything:
        async for finding in whole(reader):
            outcome.find(finding)
        await _tree(reader, plan, outcome)
    if plan.note is not None:
        comparison = await compare(reader, plan.note, plan.keys)
        _tell(by_known_keys("", comparison.findings, plan.keys), outcome)


async def _tree(reader: Connection, plan: Plan, outcome: Outcome) -> None:
    """Every leaf once more under the last checkpoint; what came after it waits for the next."""
    try:
        last = await latest(reader)
    except NoteError as wrong:
        outcome.find(Finding("", Answer.INTACT, wrong.code, found=str(wrong)))
        return
    if last is None:
        outcome.miss(Unlooked("", Answer.INTACT, Why.NO_CHECKPOINT))
        return
    _tell(by_known_keys("", await verify_tree(reader, None, plan.keys), plan.keys), outcome)
    there = await reader.fetchval("SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM journal)")
    if there > last.size:
        outcome.miss(Unlooked("", Answer.INTACT, Why.AFTER_CHECKPOINT, str(there - last.size)))


def _tell(said: Iterable[Finding | Unlooked], outcome: Outcome) -> None:
    for each in said:
        if isinstance(each, Finding):
            outcome.find(each)
        else:
            outcome.miss(each)


@contextmanager
def _bar(cases: int) -> Iterator["Step"]:
    """A bar on standard error, gone when it is full."""
    columns = TextColumn("核验 verify"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        yield Step(progress, cases)


class Step:
    """Moves a bar by one case."""

    def __init__(self, progress: Progress, cases: int) -> None:
        self._progress, self._task = progress, progress.add_task("", total=cases)

    def __call__(self) -> None:
        self._progress.advance(self._task)
