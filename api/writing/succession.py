"""Hands the open cases of an abolished body to the one that answers for it, each by an act of its own (第24条)."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from activities import access
from activities.access import Access
from activities.accounts import Account
from api.database import Connection
from api.door import Door
from api.engine import ActRefused, NotAnswered, NotRunning, Unreachable
from api.gate.keys import act_id_of, update_id_of
from domain.actors import Actor
from domain.acts.base import Succeed
from domain.calendar import CST
from domain.codec import dump
from domain.vocabulary import CaseNo, Unit
from workflows.envelope import ActRequest

MOST = 200
"""Cases of one press of the button; the button stays until none is left."""
AT_ONCE = 8

# Open cases of the real world that the body has touched, whose opening names it, or that accuse it; a training
# case has a clock of its own. What was handed over stays so.
_CONCERNED = """
    SELECT r.case_no FROM case_register r WHERE r.closed_at IS NULL AND NOT r.drill
    AND (r.units @> ARRAY[$1]::text[] OR r.accused = $1 OR (
        SELECT strpos(e.data, '"' || $1 || '"') > 0 FROM event e WHERE e.case_no = r.case_no AND e.seq = 1))
    AND NOT EXISTS (SELECT FROM event e WHERE e.case_no = r.case_no AND e.act = 'succeed'
        AND e.data::jsonb #>> '{fields,abolished}' = $1)
    ORDER BY r.case_no LIMIT $2"""
_OWED = """
    SELECT count(DISTINCT case_no) FROM duty_register WHERE status = 'open' AND owner_unit = $1 AND NOT drill"""


@dataclass(frozen=True, slots=True)
class Handing:
    """What one press did: cases handed over, those the law refused to either body, those still to do."""

    done: int
    refused: tuple[CaseNo, ...]
    left: int


async def still_owed(connection: Connection, unit: Unit) -> int:
    """Open cases in which the body owes something now: those that move when it is abolished."""
    return int(await connection.fetchval(_OWED, unit))


async def hand_over(door: Door, by: Account, unit: Unit) -> Handing:
    """Give every open case that the abolished body has a part in to who answers for it today.

    Where the law keeps the successor from a case, as the accused, the desk of the unsorted takes it, in sight.
    A case that ended meanwhile, or whose server is away, is left; to press again does nothing twice.
    """
    town = await door.hall.town()
    takers = tuple(
        dict.fromkeys(each for each in (town.answering(unit), town.unsorted) if each not in (None, unit))
    )
    async with door.database.connection() as connection:
        numbers = [CaseNo(row["case_no"]) for row in await connection.fetch(_CONCERNED, unit, MOST + 1)]
    room = asyncio.Semaphore(AT_ONCE)
    tasks = [_give(door, room, by, number, unit, takers) for number in numbers[:MOST]]
    said = dict(zip(numbers, await asyncio.gather(*tasks), strict=False))
    async with door.database.connection() as connection:
        await _log(connection, by, unit, said)
    refused = tuple(number for number, taken in said.items() if taken is False)
    return Handing(_count(said, True), refused, _count(said, None) + len(numbers[MOST:]))


async def _give(
    door: Door,
    room: asyncio.Semaphore,
    by: Account,
    number: CaseNo,
    unit: Unit,
    takers: tuple[Unit | None, ...],
) -> bool | None:
    """Whether one of the takers has the case now; None where nobody could be asked."""
    try:
        async with room:
            for taker in takers:
                assert taker is not None
                if await _succeeds(door, by, number, Succeed(unit, taker)):
                    return True
    except (NotRunning, NotAnswered, Unreachable):
        return None
    return False


async def _succeeds(door: Door, by: Account, number: CaseNo, act: Succeed) -> bool:
    act_id = act_id_of(by.id, f"succeed:{number}:{act.abolished}:{act.successor}")
    request = ActRequest(
        id=act_id, actor=dump(Actor(by.id, by.role, by.unit)), act=act.code, fields=dump(act),
        at=datetime.now(CST),
    )  # fmt: skip
    try:
        await door.engine.act(number, request, update_id_of(act_id, request.model_dump(exclude={"id", "at"})))
    except ActRefused:
        return False
    return True


async def _log(connection: Connection, by: Account, unit: Unit, said: Mapping[CaseNo, bool | None]) -> None:
    if said:
        await access.looked(
            connection, by.id, Access.ORGANISATION_CHANGED, subject=unit, handed_over=_count(said, True),
            refused=_count(said, False),
        )  # fmt: skip
    for number in (number for number, taken in said.items() if taken is False):
        await access.looked(connection, by.id, Access.ACT_REFUSED, number, act=Succeed.code, about=[unit])


def _count(said: Mapping[CaseNo, bool | None], taken: bool | None) -> int:
    return sum(each is taken for each in said.values())
