"""The codes of what can be wrong with what is kept of a case, and of why something could not be looked at."""

from enum import StrEnum
from typing import Any

from audit.findings import Answer, Finding


class IntactCode(StrEnum):
    """What can be wrong with what lies on the ledger and beside it."""

    NO_EVENTS = "no_events"
    CHAIN_SEQ = "chain_seq"
    CHAIN_PREV = "chain_prev"
    CHAIN_HASH = "chain_hash"
    COLUMN_DIFFERS = "column_differs"
    EVENT_UNREADABLE = "event_unreadable"
    CONTENT_MISSING = "content_missing"
    CONTENT_DIFFERS = "content_differs"
    CONTENT_UNASKED = "content_unasked"
    ERASURE_UNFOUNDED = "erasure_unfounded"
    ERASURE_UNDONE = "erasure_undone"
    EDITION_MISSING = "edition_missing"
    JOURNAL_DIFFERS = "journal_differs"
    ENTRY_DIFFERS = "entry_differs"
    ARCHIVE_DIFFERS = "archive_differs"
    ARCHIVE_UNSEALED = "archive_unsealed"
    ARCHIVE_MISSING = "archive_missing"
    REGISTER_DIFFERS = "register_differs"
    MEMBER_DIFFERS = "member_differs"
    MEMBER_MISSING = "member_missing"
    MEMBER_EXTRA = "member_extra"
    EDITION_BROKEN = "edition_broken"


class Why(StrEnum):
    """Why an answer could not be given, or not in full."""

    NO_CHECKPOINT = "no_checkpoint"
    AFTER_CHECKPOINT = "after_checkpoint"
    NO_KEYS = "no_keys"
    OTHER_CHECKPOINT = "other_checkpoint"
    CONTENT_ABSENT = "content_absent"
    NOT_SEALED = "not_sealed"
    STILL_OPEN = "still_open"
    HISTORY_LOST = "history_lost"
    EVENTS_UNREADABLE = "events_unreadable"
    EDITION_ABSENT = "edition_absent"


def against(
    case_no: str, code: IntactCode, seq: int | None = None, expected: Any = None, found: Any = None,
    about: str = "",
) -> Finding:  # fmt: skip
    """A finding against the first answer."""
    return Finding(case_no, Answer.INTACT, code, seq, expected, found, about)
