"""Moves a town into Postgres: its organisations, its accounts and its catalogue of matters."""

from collections.abc import Iterable
from datetime import datetime

import asyncpg

from activities import accounts
from domain.calendar import CST
from domain.catalogue import Matter, Urgency
from domain.organisation import Organisation
from domain.vocabulary import Unit, UnitKind
from rehearsal.town import Account, Town

LONG_AGO = datetime(2020, 1, 1, tzinfo=CST)
"""Since when the people of a demo town hold their offices, so that drills may begin in the past."""


async def settle(owner_url: str, town: Town) -> None:
    """Load a town; what is there already is brought up to date."""
    await settle_people(owner_url, town.tree, town.accounts, town.catalogue)


async def settle_people(
    owner_url: str,
    organisations: Iterable[Organisation],
    people: Iterable[Account],
    matters: Iterable[Matter],
) -> None:
    """Load organisations, accounts and matters from wherever they were read."""
    connection = await asyncpg.connect(owner_url)
    try:
        async with connection.transaction():
            await accounts.load_organisations(connection, organisations)
            await accounts.load_accounts(connection, map(_account, people))
            await accounts.load_catalogue(connection, map(_matter, matters))
    finally:
        await connection.close()


def _account(person: Account) -> accounts.Account:
    return accounts.Account(person.id, person.name_zh, person.role, person.unit, valid_from=LONG_AGO)


def _matter(matter: Matter) -> accounts.Matter:
    """A matter as the door reads it; a lead that is a kind of unit is found near each place, not stored."""
    return accounts.Matter(
        code=matter.code, parent=matter.parent, name_zh=matter.name_zh, name_en=matter.name_en,
        route=matter.route, service=matter.service, lead=_unit(matter.lead),
        co_units=tuple(unit for taker in matter.co_units if (unit := _unit(taker)) is not None),
        urgent=matter.urgency is not Urgency.ROUTINE, paper_only=matter.paper_only,
    )  # fmt: skip


def _unit(taker: Unit | UnitKind | None) -> Unit | None:
    return None if taker is None or isinstance(taker, UnitKind) else taker
