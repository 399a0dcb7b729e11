"""Lives a case again from the acts it took in: for a new run, and where the ledger knows more than the case."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from domain.codec import event_json, load_act, load_actor, read_instant
from domain.events import Acted
from workflows.core import Core
from workflows.envelope import CarriedAct


class LedgerDiffers(Exception):
    """The ledger holds what this case, by its own procedure, could not have written."""


def relive(core: Core, acts: Iterable[CarriedAct]) -> None:
    """Take acts in again, each at the instant it took effect."""
    for act in acts:
        core.receive(act.id, load_actor(act.actor), load_act(act.act, act.fields), read_instant(act.at))


def let_lapse(core: Core, seq: int) -> None:
    """Let happen by itself what did, up to an event. Raises LedgerDiffers if that event does not come."""
    while core.case.seq < seq:
        due = core.next_due()
        if due is None:
            raise LedgerDiffers(f"{core.number}: event {seq} does not come")
        core.tick(due + datetime.resolution)


def acts_of(stored: Sequence[dict[str, Any]]) -> list[CarriedAct]:
    """The acts among events as the ledger holds them."""
    return [
        CarriedAct(
            id=event["data"]["act_id"], actor=event["data"]["actor"], act=event["data"]["act"],
            fields=event["data"]["fields"], at=event["at"],
        )
        for event in stored
        if event["kind"] == Acted.code
    ]  # fmt: skip


def check(core: Core, stored: Sequence[dict[str, Any]]) -> None:
    """Raises LedgerDiffers if the case did not come to the very events that are stored."""
    first = stored[0]["seq"]
    came = [event_json(event) for event in core.events if event.seq >= first][: len(stored)]
    if came != list(stored):
        raise LedgerDiffers(f"{core.number}: the ledger differs from event {first} on")
