"""Whatever one hand changes is found, and named at the right place; what nobody touched is not (issue 3, 2)."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
import tamper
import tamper_database
import tamper_rows
from notary import golden, notarised, signer

from activities.settings import Role
from audit.answers.verify import verify_case, verify_each
from audit.answers.whole import whole
from audit.casefiles.editions import Library
from audit.casefiles.gathering import Held
from audit.casefiles.unpacking import unpack
from audit.checkpoints.checkpoint import verify_tree, write_checkpoint
from audit.evidence import Evidence
from audit.findings import Report
from domain.vocabulary import CaseNo

SEED, EACH = 2026, 5
KEY = signer()


@pytest.fixture(scope="module")
async def untouched(town_evidence: Mapping[CaseNo, Evidence], library: Library) -> list[Evidence]:
    """A town's virtual cases, and a real server's, all under one checkpoint."""
    real = [replace(each, editions=library.texts_of(each.links)) for each in await golden(library.shelf)]
    return list(notarised([*real, *town_evidence.values()], KEY).values())


async def verified(file: bytes) -> Report:
    unpacked = unpack(file)
    return await verify_case(unpacked.evidence, [KEY.verifier], unpacked.findings)


async def test_nothing_is_found_where_nobody_touched_anything(untouched: list[Evidence]) -> None:
    for evidence in untouched:
        report = await verified(tamper.pack(evidence, with_content=True))
        assert report.findings == []
        assert report.events == len(evidence.links)


@pytest.mark.parametrize("how", tamper.HANDS)
async def test_a_changed_file_is_named_where_it_was_changed(untouched: list[Evidence], how: str) -> None:
    world = tamper.World(untouched, Random(f"{SEED} {how}"))
    for _ in range(EACH):
        done = tamper.tampered(world, how)
        report = await verified(done.file)
        assert any(map(done.named, report.findings)), (done.what, done.place, report.findings)


@pytest.mark.parametrize("how", tamper_rows.HANDS)
async def test_a_changed_row_is_named_where_it_was_changed(
    town_rows: Mapping[CaseNo, Held], library: Library, how: str
) -> None:
    chance, found = Random(f"{SEED} {how}"), 0
    cases = [tamper_rows.rows_of_case(each, library) for each in town_rows.values()]
    while found < EACH:
        done = tamper_rows.HANDS[how](chance, chance.choice(cases))
        if done is not None:
            (report,) = [r async for r in verify_each([tamper_rows.case_in(done.rows, library)])]
            assert any(map(done.named, report.findings)), (done.what, done.place, report.findings)
            found += 1


async def test_rows_that_nobody_touched_are_whole(town_rows: Mapping[CaseNo, Held], library: Library) -> None:
    cases = [
        tamper_rows.case_in(tamper_rows.rows_of_case(each, library), library) for each in town_rows.values()
    ]
    assert [r.findings async for r in verify_each(cases) if r.findings] == []


@pytest.fixture(scope="module")
async def signed(written: Any) -> Any:
    connection = await written.connect(Role.LEDGER)
    await write_checkpoint(connection, [KEY], datetime.now(UTC))
    await connection.close()
    return written


async def test_nothing_is_found_in_a_database_that_nobody_touched(signed: Any) -> None:
    connection = await signed.connect(Role.READER)
    assert [each async for each in whole(connection)] == []
    assert await verify_tree(connection, None, [KEY.verifier]) == []
    await connection.close()


@pytest.mark.parametrize("how", tamper_database.HANDS)
async def test_a_changed_database_is_named_where_it_was_changed(signed: Any, how: str) -> None:
    superuser = await signed.connect()
    chance = Random(f"{SEED} {how}")
    for _ in range(2):
        async with asyncio.timeout(60):
            done, found = await tamper_database.found_after(superuser, how, chance, [KEY.verifier])
        assert any(map(done.named, found)), (how, done.place, found[:5])
    await superuser.close()
