"""Gathers one case for somebody who asked, and makes the file of it; what is asked for is written down first."""

from dataclasses import dataclass, replace
from enum import StrEnum

from activities import accounts
from activities.access import Access, looked
from activities.accounts import Account
from activities.content import Connection
from audit.casefiles.casefile import pack
from audit.casefiles.editions import Library
from audit.casefiles.gathering import evidence_of, hold
from audit.casefiles.record import read_record
from audit.checkpoints.standing import standing_of
from audit.evidence import Evidence
from domain.authority import may_see
from domain.state import evolve


class Refusal(StrEnum):
    """Why somebody is not given what they asked for; words in the catalogue's `[export_refusal]`."""

    UNKNOWN_CASE = "unknown_case"
    UNKNOWN_ACCOUNT = "unknown_account"
    NOBODY_ASKS = "nobody_asks"
    """Content is given to a named account alone."""
    MAY_NOT_SEE = "may_not_see"
    """The account may not read this case."""


@dataclass
class ExportRefused(Exception):
    """Nothing was given; `about` is the case or the account."""

    code: Refusal
    about: str


async def export(
    connection: Connection, number: str, library: Library, *, by: str | None, with_content: bool = False
) -> bytes:
    """The file of a case. Its export stands in the access log before it is made. Raises ExportRefused.

    `by` is the account that asks. Content is given only to one that may read the case.
    """
    evidence = await gathered(connection, number, library)
    if evidence is None:
        raise ExportRefused(Refusal.UNKNOWN_CASE, number)
    account = await known(connection, by) if by is not None else None
    if with_content:
        _check_right(evidence, account)
    await looked(connection, by, Access.FILE_EXPORTED, number, content=with_content)
    return pack(evidence, with_content=with_content)


async def gathered(connection: Connection, number: str, library: Library) -> Evidence | None:
    """Everything there is about a case, its standing in the last checkpoint included; None if there is no case."""
    (held,) = await hold(connection, [number])
    if not (held.events or held.runs or held.journal):
        return None
    return evidence_of(replace(held, standing=await standing_of(connection, number)), library)


async def known(connection: Connection, who: str) -> Account:
    """The account of an id. Raises ExportRefused."""
    account = await accounts.account(connection, who)
    if account is None:
        raise ExportRefused(Refusal.UNKNOWN_ACCOUNT, who)
    return account


def _check_right(evidence: Evidence, account: Account | None) -> None:
    if account is None:
        raise ExportRefused(Refusal.NOBODY_ASKS, evidence.case_no)
    record = read_record(evidence.links)
    if not record.events or not may_see(evolve(record.events), account.actor):
        raise ExportRefused(Refusal.MAY_NOT_SEE, account.id)
