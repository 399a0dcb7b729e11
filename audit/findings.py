"""What an audit says: five answers, what was found against each, and what could not be looked at."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Answer(StrEnum):
    """The five questions of an audit, in the order in which they are asked (design §6)."""

    INTACT = "intact"
    """Chain, commitments and checkpoint hold: nothing missing, reordered, altered or appended."""
    SAME_STEPS = "same_steps"
    """The archived history replays under the code."""
    SAME_CONTENT = "same_content"
    """What replaying commands equals what the history and the ledger hold."""
    SAME_LAW = "same_law"
    """The rerun of the acts gives the same ledger."""
    LAWFUL = "lawful"
    """Independent invariants hold over the ledger."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: which answer, at which event of which chain, what was expected and found.

    `code` is a key of the catalogue's `[finding]`; `seq` is the first event that differs, None where the
    finding is not of one event; `about` names what else it is about (a run, a commitment, an edition, a rule).
    """

    case_no: str
    answer: Answer
    code: str
    seq: int | None = None
    expected: Any = None
    found: Any = None
    about: str = ""


@dataclass(frozen=True, slots=True)
class Unlooked:
    """An answer that could not be given, or only in part; `why` is a key of the catalogue's `[unlooked]`.

    It is not a finding: a case without an archived history yet, events after the last checkpoint.
    """

    case_no: str
    answer: Answer
    why: str
    about: str = ""


@dataclass(slots=True)
class Report:
    """What was looked at in one chain and what was found."""

    case_no: str
    events: int = 0
    history_events: int = 0
    findings: list[Finding] = field(default_factory=list)
    unlooked: list[Unlooked] = field(default_factory=list)

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong in what was looked at."""
        return not self.findings
