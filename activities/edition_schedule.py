"""Which editions new cases pin from a day on, as administrators schedule it; cases already open keep theirs."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

import asyncpg

from activities.access import Access, looked
from activities.accounts import Account
from activities.administration import NotTheirs, Unfit
from activities.content import Connection

FROM_TOMORROW = "from_tomorrow"
"""Code of Unfit: what has begun stays as it is."""

_ALL = "SELECT * FROM edition_schedule ORDER BY of, from_day"
_SCHEDULE = "SELECT herun_schedule_edition($1, $2, $3, $4, $5)"


class Of(StrEnum):
    """What has editions."""

    RULEBOOK = "rulebook"
    CALENDAR = "calendar"


@dataclass(frozen=True, slots=True)
class Pin:
    """One entry: from the first hour of `from_day` in China, new cases pin the edition of a digest."""

    of: Of
    from_day: date
    digest: str
    edition: str
    by: str
    at: datetime


async def pins(connection: Connection) -> tuple[Pin, ...]:
    """Every entry, the earliest first."""
    return tuple(_pin(row) for row in await connection.fetch(_ALL))


def pinned(entries: Iterable[Pin], of: Of, on: date) -> str | None:
    """The digest that is in force on a day; None before the first entry."""
    begun = [each for each in entries if each.of is of and each.from_day <= on]
    return max(begun, key=lambda each: each.from_day).digest if begun else None


async def schedule(
    connection: Connection, by: Account, of: Of, from_day: date, digest: str, edition: str
) -> None:
    """New cases pin this edition from a day on. Raises NotTheirs, and Unfit `from_tomorrow` for a day begun."""
    await _change(connection, by, of, from_day, digest, edition)


async def cancel(connection: Connection, by: Account, of: Of, from_day: date) -> None:
    """Take out an entry that has not begun. Raises NotTheirs, Unfit."""
    await _change(connection, by, of, from_day, None, None)


async def _change(
    connection: Connection, by: Account, of: Of, from_day: date, digest: str | None, edition: str | None
) -> None:
    async with connection.transaction():
        try:
            await connection.execute(_SCHEDULE, by.id, of.value, from_day, digest, edition)
        except asyncpg.InsufficientPrivilegeError as refused:
            raise NotTheirs(str(refused)) from refused
        except asyncpg.CheckViolationError as wrong:
            raise Unfit(FROM_TOMORROW) from wrong
        await looked(
            connection,
            by.id,
            Access.EDITION_CHANGED,
            of=of.value,
            from_day=from_day.isoformat(),
            digest=digest,
        )


def _pin(row: asyncpg.Record) -> Pin:
    return Pin(Of(row["of"]), row["from_day"], row["digest"], row["edition"], row["by"], row["at"])
