"""The first answer for one case: chain, content, archive, editions and checkpoint hold; pure over evidence."""

from collections.abc import Iterator, Sequence

from activities import chain, journal
from activities.chain import Link
from activities.commitments import ContentKind, commit, references
from activities.erasure import Erasure
from audit.answers.sealed import sealed
from audit.casefiles.editions import pins
from audit.casefiles.record import Record
from audit.codes import IntactCode, Why, against
from audit.evidence import Commitment, Evidence
from audit.findings import Answer, Finding, Unlooked
from domain.shelf import UnknownEdition

_BROKEN = {"seq": IntactCode.CHAIN_SEQ, "prev": IntactCode.CHAIN_PREV, "hash": IntactCode.CHAIN_HASH}


def intact(evidence: Evidence, record: Record) -> Iterator[Finding | Unlooked]:
    """Everything wrong that one case's evidence shows without its checkpoint (that is `checkpoints`' part)."""
    if not evidence.links:
        yield against(evidence.case_no, IntactCode.NO_EVENTS)
        return
    yield from _chain(evidence)
    yield from _readable(evidence, record)
    yield from _content(evidence, record)
    yield from _editions(evidence)
    yield from sealed(evidence)


# -- the chain ----------------------------------------------------------------------------------------


def _chain(evidence: Evidence) -> Iterator[Finding]:
    broken = first_break(evidence.case_no, evidence.links)
    if broken is not None:
        code = _BROKEN.get(broken.what, IntactCode.COLUMN_DIFFERS)
        about = broken.what if code is IntactCode.COLUMN_DIFFERS else ""
        yield against(evidence.case_no, code, broken.seq, broken.expected, broken.found, about)


def first_break(name: str, links: Sequence[Link]) -> chain.Break | None:
    """As `chain.verify_chain`, for links that may hold anything: what cannot be hashed breaks the chain."""
    try:
        return chain.verify_chain(name, links)
    except (ValueError, TypeError, AttributeError, LookupError, RecursionError):
        return _first_unhashable(name, links)


def _first_unhashable(name: str, links: Sequence[Link]) -> chain.Break | None:
    for length, link in enumerate(links, start=1):
        try:
            broken = chain.verify_chain(name, links[:length])
        except (ValueError, TypeError, AttributeError, LookupError, RecursionError) as wrong:
            return chain.Break(name, length, "hash", type(wrong).__name__, link.hash)
        if broken is not None:
            return broken
    return None


def _readable(evidence: Evidence, record: Record) -> Iterator[Finding]:
    if record.unreadable is not None:
        yield against(evidence.case_no, IntactCode.EVENT_UNREADABLE, record.unreadable, None, record.why)


# -- content ------------------------------------------------------------------------------------------


def _content(evidence: Evidence, record: Record) -> Iterator[Finding | Unlooked]:
    """Every commitment leads to content that opens it, or to an erasure that two persons approved."""
    approved = _approvals(evidence)
    absent = 0
    first: dict[str, int] = {}
    for event in record.events:
        for referred in references(event.fact):
            first.setdefault(referred, event.seq)
    for commitment, seq in first.items():
        held = evidence.commitments.get(commitment)
        if held is None:
            yield against(evidence.case_no, IntactCode.CONTENT_MISSING, seq, about=commitment)
            continue
        absent += held.erased_at is None and held.body is None
        yield from _opened(evidence, held, seq, approved)
    if record.is_whole:
        yield from _unasked(evidence, first)
    if absent:
        yield Unlooked(evidence.case_no, Answer.INTACT, Why.CONTENT_ABSENT, str(absent))


def _approvals(evidence: Evidence) -> dict[str, journal.Entry]:
    """Commitment → the entry by which its erasure was approved."""
    return {
        str(commitment): entry
        for entry in evidence.journal
        if entry.kind == Erasure.ERASURE_APPROVED and isinstance(entry.data.get("commitments"), list)
        for commitment in entry.data["commitments"]
    }


def _opened(
    evidence: Evidence, held: Commitment, seq: int, approved: dict[str, journal.Entry]
) -> Iterator[Finding]:
    entry = approved.get(held.commitment)
    if held.erased_at is not None:
        found = {"basis": held.basis, "account": held.erased_by}
        said = {name: entry.data.get(name) for name in found} if entry is not None else None
        if said != found or (entry is not None and entry.data.get("asked_by") == held.erased_by):
            yield against(evidence.case_no, IntactCode.ERASURE_UNFOUNDED, seq, said, found, held.commitment)
    if held.body is not None and held.salt is not None:
        if entry is not None:
            yield against(evidence.case_no, IntactCode.ERASURE_UNDONE, seq, about=held.commitment)
        if not _holds(held):
            yield against(evidence.case_no, IntactCode.CONTENT_DIFFERS, seq, about=held.commitment)


def _holds(held: Commitment) -> bool:
    assert held.body is not None
    assert held.salt is not None
    try:
        return commit(ContentKind(held.kind), held.body, held.salt) == held.commitment
    except ValueError:  # a kind that there is not, or a lone surrogate
        return False


def _unasked(evidence: Evidence, asked: dict[str, int]) -> Iterator[Finding]:
    for commitment in evidence.commitments:
        if commitment not in asked:
            yield against(evidence.case_no, IntactCode.CONTENT_UNASKED, about=commitment)


# -- editions -----------------------------------------------------------------------------------------


def _editions(evidence: Evidence) -> Iterator[Finding]:
    """A shelf is keyed by what the texts digest to: a changed text no longer answers to the pinned digest."""
    for pin in pins(evidence.links):
        held = evidence.shelf.calendars if pin.is_calendar else evidence.shelf.rulebooks
        try:
            find = evidence.shelf.calendar if pin.is_calendar else evidence.shelf.rulebook
            present = find(pin.digest).digest == pin.digest
        except UnknownEdition:
            present = False
        if not present:
            there = {each.edition: each.digest for each in held}
            sort = "calendar" if pin.is_calendar else "rulebook"
            yield against(evidence.case_no, IntactCode.EDITION_MISSING, pin.seq, pin.digest, there, sort)
