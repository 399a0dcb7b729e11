"""What a procedure may ask of the hands: names and models only, nothing here reaches outside."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

RECORD = "record"
"""Activity: events onto the ledger. `RecordRequest` → `RecordResult`."""

DELIVER = "deliver"
"""Activity: letters to other cases, and cases to open. `DeliverRequest` → `DeliverResult`."""

READ = "read"
"""Activity: what the ledger holds of a case. `ReadRequest` → `ReadResult`."""

SEAL = "seal"
"""Activity: histories of cases that have closed, into the archive. `RoundRequest` → `RoundResult`."""

SEAL_OPEN = "seal_open"
"""Activity: histories of long open cases, as they stand, into the archive. `RoundRequest` → `RoundResult`."""

REVERIFY = "reverify"
"""Activity: a sample of sealed cases is verified again. `RoundRequest` → `RoundResult`."""

CHECKPOINT = "checkpoint"
"""Activity: a signed tree head over everything new. `RoundRequest` → `RoundResult`."""

CUSTODIAN = "custodian"
"""Workflow that makes a round: some of the four activities above. `Rounds` → `RoundsMade`."""

LETTER = "letter"
"""Signal by which a case receives an act from another case."""

LEDGER_CONFLICT = "ledger_conflict"
"""Type of the error when the ledger already says something else; its only detail is a `Conflict`."""


class Message(BaseModel):
    """A model that crosses a workflow's border: fields are added with defaults, never removed or retyped."""

    model_config = ConfigDict(frozen=True)


class RecordRequest(Message):
    """Events of one case, in order and without a gap, as `domain.codec.event_json` writes them.

    `head` is the hash of the event before the first one, in hex; empty at the start of a case.
    """

    case_no: str
    head: str = ""
    events: list[dict[str, Any]]
    drill: bool = False


class RecordResult(Message):
    """The hash (hex) and the number of the last event on the ledger after the request."""

    head: str
    seq: int


class ReadRequest(Message):
    """Events of one case that follow on the one numbered `after`."""

    case_no: str
    after: int = 0


class ReadResult(Message):
    """The events as `event_json`; none if the ledger holds no more."""

    events: list[dict[str, Any]] = Field(default_factory=list)


class Conflict(Message):
    """Where the ledger and a request part: nothing of the request was written.

    `stored` holds the events on the ledger from `seq` on, as `event_json`; it is empty where the request
    leaves a gap or follows on a head that the ledger does not have. `head` is the hash of the stored
    event before `seq`.
    """

    case_no: str
    seq: int
    expected: str = ""
    found: str = ""
    head: str = ""
    stored: list[dict[str, Any]] = Field(default_factory=list)


class Letter(Message):
    """One argument for the signal `letter` of another case; that case counts each letter once."""

    to: str
    argument: dict[str, Any]


class NewCase(Message):
    """A case to open: its number is the workflow id, `argument` is what its workflow takes, as JSON."""

    number: str
    workflow: str
    argument: dict[str, Any]


class DeliverRequest(Message):
    """What came out of a step besides events. Cases are opened before letters are sent."""

    letters: list[Letter] = Field(default_factory=list)
    cases: list[NewCase] = Field(default_factory=list)


class DeliverResult(Message):
    """How many letters arrived and how many cases were opened by this attempt; who was not there any more."""

    delivered: int = 0
    opened: int = 0
    missing: list[str] = Field(default_factory=list)


class RoundRequest(Message):
    """One piece of a custodian's round; `after` is where the last one of its kind left off."""

    after: int = 0


class RoundResult(Message):
    """How much was done, how much is left for the next round, what is wrong, and where that may begin."""

    done: int = 0
    left: int = 0
    wrong: int = 0
    mark: int = 0


class Rounds(Message):
    """The activities of a round, in order; `goes_on`: it begins where the last round left off."""

    activities: list[str]
    goes_on: bool = False


class RoundsMade(Message):
    """What came of each activity of a round; those that failed are named."""

    results: dict[str, RoundResult] = Field(default_factory=dict)
    failed: list[str] = Field(default_factory=list)
