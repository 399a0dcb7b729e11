"""Everything there is about one case, wherever it comes from: the database, or a file that somebody carried."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from activities.chain import Link
from activities.journal import Entry
from domain.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Commitment:
    """What stands behind a commitment that the ledger refers to.

    `salt` and `body` are None where the content is not part of the evidence (a file without content) or was
    erased; `erased_at`, `erased_by` and `basis` say the latter.
    """

    commitment: str
    kind: str
    salt: bytes | None = None
    body: str | None = None
    erased_at: datetime | None = None
    erased_by: str | None = None
    basis: str | None = None


@dataclass(frozen=True, slots=True)
class ArchivedRun:
    """One archived history: `history` is the JSON text that `digest` (hex, SHA-256) is of."""

    run_id: str
    events: int
    closed: bool
    code: str
    digest: str
    history: str


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That a leaf stands at `place` of a checkpoint's tree: sibling hashes (hex) from the leaf to the root."""

    place: int
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """What ties a chain to a signed checkpoint.

    `note` is the signed note. `leaves` maps an event's seq to its inclusion among all leaves; `head` is the
    inclusion of (`case_no`, `head_seq`, `head_hash`) among the heads of all chains at that checkpoint.
    Events after `head_seq` came after the checkpoint.
    """

    note: str
    leaves: Mapping[int, Inclusion]
    head: Inclusion
    head_seq: int
    head_hash: str
    entries: Mapping[str, Inclusion] = field(default_factory=dict)
    """The same for the journal's entries about the case, by stream and number, such as `archive/12`."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One case: its chain as stored, what stands behind it, its histories, its editions, its checkpoint."""

    case_no: str
    links: Sequence[Link]
    shelf: Shelf
    """Holds the editions the case pinned, by digest, and the calendars it adopted."""
    commitments: Mapping[str, Commitment] = field(default_factory=dict)
    runs: Sequence[ArchivedRun] = ()
    """In the order in which they ran."""
    journal: Sequence[Entry] = ()
    """Entries that name the case: seals and erasures."""
    standing: Standing | None = None
    editions: Mapping[str, str] = field(default_factory=dict)
    """The TOML texts of which `shelf` was made, those they extend included, by the name of the edition."""
