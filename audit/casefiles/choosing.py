"""Which cases are meant: by number, or by what the register says of them; the ledger decides what there is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from activities.content import Connection
from domain.calendar import CST

_EVERY = "SELECT DISTINCT case_no FROM event ORDER BY case_no"
_CHOSEN = """
    SELECT case_no FROM case_register
    WHERE ($1::timestamptz IS NULL OR opened_at >= $1) AND ($2::text IS NULL OR kind = $2)
        AND ($3::text IS NULL OR units @> ARRAY[$3::text]) ORDER BY case_no"""
_KNOWN = """
    SELECT case_no FROM event WHERE case_no = ANY($1::text[])
    UNION SELECT case_no FROM case_register WHERE case_no = ANY($1::text[])
    UNION SELECT case_no FROM archive WHERE case_no = ANY($1::text[])"""


@dataclass(frozen=True, slots=True)
class Query:
    """Cases opened since an instant, of a kind, that a unit had to do with; nothing said is every case."""

    since: datetime | None = None
    kind: str | None = None
    unit: str | None = None

    @property
    def is_everything(self) -> bool:
        """Whether no case is left out."""
        return self == Query()


async def chosen(connection: Connection, query: Query) -> list[str]:
    """The numbers of the cases meant; of all cases by the ledger, for a register may hide one."""
    if query.is_everything:
        rows = await connection.fetch(_EVERY)
    else:
        since = query.since.replace(tzinfo=query.since.tzinfo or CST) if query.since else None
        rows = await connection.fetch(_CHOSEN, since, query.kind, query.unit)
    return [row["case_no"] for row in rows]


async def unknown(connection: Connection, numbers: Sequence[str]) -> list[str]:
    """Those of which there is no trace; a case that the ledger lost while others know of it is a finding."""
    there = {row["case_no"] for row in await connection.fetch(_KNOWN, list(numbers))}
    return [number for number in numbers if number not in there]
