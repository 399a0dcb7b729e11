"""Placing orders from the dispatch desk: take a matter in and dispatch it, one or many, each act by itself."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.datastructures import FormData

from api.answers import Receipt
from api.identity.mandate import offers
from api.problems import Problem
from api.reading.casefile import visible_file
from api.web.cases.actforms import Returned
from api.web.cases.doing import KEY, HandedBack, do
from api.web.frame.fields import Typed
from api.web.frame.visits import Visitor

ACCEPT, DISPATCH = "order.accept_need", "order.dispatch"
MERGES = {"order.merge": "into", "petition.refuse_intake": "same_as"}
"""Acts that join a matter with another one, and their field for it."""

AT_ONCE = 6
"""Orders under way at a time: the connections of the door are for everybody."""


@dataclass(frozen=True, slots=True)
class Placing:
    """One order as it is to be placed; `key` tells one attempt from another."""

    number: str
    service: str
    matter: str
    units: tuple[str, ...]
    key: str


@dataclass(frozen=True, slots=True)
class Placed:
    """What came of it: the last receipt, whether the need was taken in, and what was refused."""

    number: str
    receipt: Receipt | None
    accepted: bool = False
    refused: HandedBack | None = None

    @property
    def problem(self) -> str | None:
        """The sentence why not."""
        return self.refused.returned.problem if self.refused else None


async def place(visitor: Visitor, wanted: Placing) -> Placed:
    """Take the matter into the need list, if that is still to do, and dispatch it: two acts, each with its own key.

    If the second is refused the first stands. Raises Problem (404) for a case one may not see.
    """
    accepted: Receipt | None = None
    if await _is_offered(visitor, wanted.number, ACCEPT):
        need = {"service": wanted.service, "matter": wanted.matter, KEY: f"{wanted.key}.need"}
        try:
            accepted = await do(visitor, wanted.number, ACCEPT, FormData(need))
        except HandedBack as refused:
            return Placed(wanted.number, None, refused=refused)
    if accepted is not None and not wanted.units:
        return Placed(wanted.number, accepted, accepted=True)
    sent = FormData([*(("units", unit) for unit in wanted.units), (KEY, f"{wanted.key}.send")])
    try:
        receipt = await do(visitor, wanted.number, DISPATCH, sent)
    except HandedBack as refused:
        return Placed(wanted.number, accepted, accepted=accepted is not None, refused=refused)
    return Placed(wanted.number, receipt, accepted=accepted is not None)


async def place_all(visitor: Visitor, wanted: Iterable[Placing]) -> tuple[Placed, ...]:
    """Each order by itself, so that what is refused of one stops no other."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(each: Placing) -> Placed:
        async with room:
            try:
                return await place(visitor, each)
            except Problem as found:
                return Placed(each.number, None, refused=_not_there(visitor, found))

    return tuple(await asyncio.gather(*map(one, wanted)))


async def join(visitor: Visitor, number: str, act: str, into: str, key: str) -> Receipt:
    """Join a matter with another one. Raises HandedBack, Problem."""
    reason = visitor.speech.t("dispatch.same_matter_reason", number=into)
    fields = {
        MERGES[act]: into,
        KEY: f"{key}.{number}.join",
        **({"reason": reason} if act != "order.merge" else {}),
    }
    return await do(visitor, number, act, FormData(fields))


async def _is_offered(visitor: Visitor, number: str, act: str) -> bool:
    file = await visible_file(visitor.door.database, number, visitor.caller)
    rules = visitor.voice.shelf.rulebook(file.case.rulebook)
    return any(offer.act == act for offer in offers(file.case, visitor.caller.actor, rules))


def _not_there(visitor: Visitor, found: Problem) -> HandedBack:
    sentence = found.shown(visitor.language)["detail"]
    return HandedBack(Returned(DISPATCH, Typed(), sentence), found.status_code, found)
