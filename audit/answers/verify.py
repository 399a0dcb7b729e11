"""The five answers for cases whose evidence is at hand; reads nothing and writes nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from audit.answers.intact import intact
from audit.answers.lawful import lawful
from audit.answers.same_content import same_content
from audit.answers.same_law import same_law
from audit.answers.same_steps import same_steps
from audit.casefiles.record import Record, read_record
from audit.checkpoints.checkpoint import check_standing
from audit.checkpoints.held_against import by_known_keys
from audit.checkpoints.notes import Verifier
from audit.codes import Why
from audit.evidence import Evidence
from audit.findings import Answer, Finding, Report, Unlooked

CHECK_FAILED = "check_failed"
"""A check that met what it could not take: on evidence that is whole none does."""


Said = Finding | Unlooked


@dataclass(frozen=True, slots=True)
class Case:
    """One case to verify: its evidence, what the law reads of it, and what is known to be wrong already.

    `with_standing`: whether the case is held against a checkpoint by itself, rather than with all others.
    """

    evidence: Evidence
    record: Record
    found: Sequence[Said] = ()
    with_standing: bool = True


def case_of(evidence: Evidence, found: Iterable[Said] = ()) -> Case:
    """A case from its evidence."""
    return Case(evidence, read_record(evidence.links), list(found))


async def verify_case(
    evidence: Evidence, keys: Sequence[Verifier] = (), found: Iterable[Said] = ()
) -> Report:
    """All five answers for one case, `found` being what is known to be wrong already. Never raises."""
    (report,) = [each async for each in verify_each([case_of(evidence, found)], keys)]
    return report


async def verify_each(cases: Iterable[Case], keys: Sequence[Verifier] = ()) -> AsyncIterator[Report]:
    """All five answers for each case in turn. Never raises."""
    for case in cases:
        yield _report(case.evidence, await _answers(case, keys))


async def _answers(case: Case, keys: Sequence[Verifier]) -> list[Said]:
    """What each check says, in the order of the questions."""
    evidence, record = case.evidence, case.record
    said = [*case.found, *guarded(Answer.INTACT, evidence, lambda: intact(evidence, record))]
    if case.with_standing:
        said += guarded(Answer.INTACT, evidence, lambda: _standing(evidence, keys))
    if evidence.runs:
        said += await _awaited(Answer.SAME_STEPS, evidence, same_steps)
        said += await _awaited(Answer.SAME_CONTENT, evidence, same_content)
    said += guarded(Answer.SAME_LAW, evidence, lambda: same_law(evidence, record))
    if record.is_whole and record.events:
        said += guarded(Answer.LAWFUL, evidence, lambda: lawful(evidence))
    return said


def _report(evidence: Evidence, said: Sequence[Said]) -> Report:
    return Report(
        evidence.case_no, len(evidence.links), sum(run.events for run in evidence.runs),
        [each for each in said if isinstance(each, Finding)],
        [each for each in said if isinstance(each, Unlooked)],
    )  # fmt: skip


def _standing(evidence: Evidence, keys: Sequence[Verifier]) -> Iterator[Said]:
    """What ties the case to a checkpoint; without keys nobody can say who signed it."""
    standing = evidence.standing
    if standing is None:
        yield Unlooked(evidence.case_no, Answer.INTACT, Why.NO_CHECKPOINT)
        return
    yield from by_known_keys(evidence.case_no, check_standing(evidence, keys), keys)
    if len(evidence.links) > standing.head_seq:
        later = f"{standing.head_seq + 1}–{len(evidence.links)}"
        yield Unlooked(evidence.case_no, Answer.INTACT, Why.AFTER_CHECKPOINT, later)


def guarded(answer: Answer, evidence: Evidence, check: Callable[[], Iterable[Said]]) -> list[Said]:
    """What a check says; that it broke is a finding."""
    said: list[Said] = []
    try:
        said.extend(check())
    except Exception as failure:  # evidence may come from any hand; no check may fall silent over it
        said.append(_failed(answer, evidence, failure))
    return said


async def _awaited(
    answer: Answer, evidence: Evidence, check: Callable[[Evidence], Awaitable[Iterable[Said]]]
) -> list[Said]:
    try:
        return list(await check(evidence))
    except Exception as failure:
        return [_failed(answer, evidence, failure)]


def _failed(answer: Answer, evidence: Evidence, failure: Exception) -> Finding:
    said = f"{type(failure).__name__}: {failure}"[:500]
    return Finding(evidence.case_no, answer, CHECK_FAILED, None, None, said)
