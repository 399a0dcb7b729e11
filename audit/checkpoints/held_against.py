"""Checkpoints against one another and against the keys that are trusted; where nobody can say, it says so."""

from collections.abc import Iterable, Iterator, Sequence

from audit.checkpoints import treehead
from audit.checkpoints.notes import UntrustedNoteError, Verifier
from audit.checkpoints.wholeness import heads_of
from audit.codes import Why
from audit.evidence import Evidence
from audit.findings import Answer, Finding, Unlooked


def by_known_keys(
    case_no: str, found: Iterable[Finding], keys: Sequence[Verifier]
) -> Iterator[Finding | Unlooked]:
    """Findings as they are; without any key, who signed a checkpoint could not be looked at."""
    if not keys:
        yield Unlooked(case_no, Answer.INTACT, Why.NO_KEYS)
    for finding in found:
        if keys or finding.code != UntrustedNoteError.code:
            yield finding


def held_against(
    evidence: Evidence, note: str | None, keys: Sequence[Verifier]
) -> Iterator[Finding | Unlooked]:
    """A case file against a checkpoint kept outside. Raises NoteError where that is none.

    Of two checkpoints of different sizes only the ledger itself can show that one begins with the other.
    """
    if note is None:
        return
    kept = treehead.opened(note, keys) if keys else treehead.read(note)
    if evidence.standing is None:
        yield Finding(evidence.case_no, Answer.INTACT, "checkpoint_missing", about=f"checkpoint {kept.size}")
        return
    own = treehead.read(evidence.standing.note)
    if own.size != kept.size and own.origin == kept.origin:
        about = f"{own.size}, {kept.size}"
        yield Unlooked(evidence.case_no, Answer.INTACT, Why.OTHER_CHECKPOINT, about)
    elif heads_of(own) != heads_of(kept):
        expected, found = f"{kept.origin} {kept.root.hex()}", f"{own.origin} {own.root.hex()}"
        about = f"checkpoint {kept.size}"
        yield Finding(evidence.case_no, Answer.INTACT, "inconsistent", None, expected, found, about)
