"""A town's virtual lives, as evidence and on a real ledger: what an audit has to find nothing wrong with."""

from collections.abc import Mapping
from typing import Any

import asyncpg
import pytest
from town_rows import held, lives_of

from activities.settings import Role
from audit.casefiles.editions import Library, open_library
from audit.casefiles.gathering import Held, evidence_of
from audit.evidence import Evidence
from domain.vocabulary import CaseNo
from rehearsal.into_ledger import Lives, keep, ledger_at, write

SEED, CASES = 11, 30


@pytest.fixture(scope="session")
def library() -> Library:
    return open_library()


@pytest.fixture(scope="session")
def town_lives() -> Lives:
    """Cases of all four kinds with their parts, played to their end."""
    return lives_of(SEED, CASES)


@pytest.fixture(scope="session")
def town_rows(town_lives: Lives) -> dict[CaseNo, Held]:
    """The same as rows of the tables, without a database."""
    return {number: held(number, town_lives) for number in town_lives.events}


@pytest.fixture(scope="session")
def town_evidence(town_rows: dict[CaseNo, Held], library: Library) -> Mapping[CaseNo, Evidence]:
    return {number: evidence_of(each, library) for number, each in town_rows.items()}


@pytest.fixture(scope="module")
async def written(database: Any, town_lives: Lives) -> Any:
    """The module's database with the town's lives on its ledger."""
    async with asyncpg.create_pool(database.url(Role.DOOR), min_size=1, max_size=1) as door:
        await keep(door, town_lives)
    async with ledger_at(database.url(Role.LEDGER)) as ledger:
        await write(ledger, town_lives)
    return database
