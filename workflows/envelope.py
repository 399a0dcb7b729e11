"""What crosses the wire to and from a durable case: one model in, one out; fields are only ever added."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from domain.vocabulary import CaseKind


class Envelope(BaseModel):
    """Immutable, and tolerant of fields that a newer version added."""

    model_config = ConfigDict(frozen=True)


class Drill(Envelope):
    """Engine time of a training case: `origin` + (real time − `began`) × `speed`.

    A person in a drill acts at a drill instant; the machine takes real time to carry the act here.
    `grace` is how many real seconds a due date waits for such acts, so that a slow machine makes nobody late.
    """

    origin: datetime
    began: datetime
    speed: float
    grace: float = 3.0


class CarriedAct(Envelope):
    """An act that a case took in, with the instant it took effect."""

    id: str
    actor: dict[str, Any]
    act: str
    fields: dict[str, Any]
    at: str


class OpenCase(Envelope):
    """Everything a durable case starts with; the last five fields only after continue-as-new.

    `at` is the instant the door stamped on the opening, in a drill the drill's. `acts_per_run` bounds
    one run's history.
    """

    number: str
    kind: CaseKind
    opening: dict[str, Any]
    rulebook: str
    calendar: str
    actor: dict[str, Any]
    act_id: str
    at: datetime | None = None
    drill: Drill | None = None
    acts_per_run: int = 1000
    began_at: str = ""
    carried: tuple[CarriedAct, ...] = ()
    ticked: str = ""
    recorded: int = 0
    head: str = ""


class ActRequest(Envelope):
    """An act on its way in; `id` makes it count once.

    `at` is the instant the door stamped on it, in a drill the drill's: at that instant it counts. Only a
    drill may leave it to the engine's clock. `seen` is the last event the door saw on the ledger, where it
    has reason to think that the case has fallen behind.
    """

    id: str
    actor: dict[str, Any]
    act: str
    fields: dict[str, Any]
    at: datetime | None = None
    seen: int = 0


class ActReceipt(Envelope):
    """The act took effect at `at` and led to the events from `first` to `last`, which are on the ledger."""

    number: str
    first: int
    last: int
    at: str


class LetterEnvelope(Envelope):
    """An act sent by another case."""

    id: str
    sender: str
    act: str
    fields: dict[str, Any]
    at: datetime


class CaseEnd(Envelope):
    """How a durable case ended."""

    number: str
    outcome: str
    last: int


class RefusalDetail(Envelope):
    """Why an act was refused; travels as the detail of the application error of type `refused`."""

    code: str
    forbidden: bool
    about: tuple[str, ...] = ()
