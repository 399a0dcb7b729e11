"""The journal: chained streams of what the system did itself and who looked."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from activities import journal
from activities.access import Access, looked
from activities.chain import verify_chain
from activities.journal import Stream, link_of
from activities.settings import Role as Login

pytestmark = pytest.mark.timeout(60)


async def chain_of(connection, stream):
    entries = await journal.entries(connection, stream)
    return verify_chain(stream.value, map(link_of, entries))


async def test_entries_of_a_stream_are_a_chain(owner):
    for number in range(3):
        await journal.append(
            owner, Stream.ERASURE, "erasure_asked", account="a-he", commitments=[str(number)]
        )
    entries = await journal.entries(owner, Stream.ERASURE)
    assert [entry.seq for entry in entries] == [1, 2, 3]
    assert entries[0].prev == ""
    assert [entry.prev for entry in entries[1:]] == [entry.hash for entry in entries[:-1]]
    assert await chain_of(owner, Stream.ERASURE) is None


async def test_an_entry_that_was_changed_breaks_its_stream_there(owner, database):
    for _ in range(3):
        await looked(owner, "a-he", Access.AUDIT_VIEWED, "O1", view="state")
    superuser = await database.connect()
    await superuser.execute("SET session_replication_role = replica")
    await superuser.execute(
        "UPDATE journal SET data = replace(data, 'O1', 'O2') WHERE stream = 'access' AND seq = 2"
    )
    broken = await chain_of(owner, Stream.ACCESS)
    assert (broken.seq, broken.what) == (2, "hash")
    await superuser.execute("DELETE FROM journal WHERE stream = 'access'")
    await superuser.close()


async def test_many_at_once_take_their_turn(database):
    async with asyncpg.create_pool(database.url(Login.DOOR), min_size=4, max_size=4) as pool:

        async def look(number):
            async with pool.acquire() as connection:
                await looked(connection, "a-su", Access.AUDIT_VIEWED, f"O{number}")

        await asyncio.gather(*(look(number) for number in range(20)))
        async with pool.acquire() as connection:
            entries = await journal.entries(connection, Stream.ACCESS)
            assert [entry.seq for entry in entries] == list(range(1, 21))
            assert {entry.data["case_no"] for entry in entries} == {f"O{number}" for number in range(20)}
            assert await chain_of(connection, Stream.ACCESS) is None


async def test_an_entry_goes_with_the_transaction_it_was_made_in(owner):
    before = len(await journal.entries(owner, Stream.ARCHIVE))
    with pytest.raises(RuntimeError):
        async with owner.transaction():
            await journal.append(owner, Stream.ARCHIVE, "history_archived", case_no="O9")
            raise RuntimeError
    assert len(await journal.entries(owner, Stream.ARCHIVE)) == before


async def test_a_case_finds_what_was_done_about_it(owner):
    await journal.append(owner, Stream.ARCHIVE, "history_archived", case_no="P7", run_id="r")
    await looked(owner, None, Access.SIGHT_REFUSED, "P7")
    found = [(entry.stream, entry.kind) for entry in await journal.entries_of_case(owner, "P7")]
    assert found == [(Stream.ACCESS, "sight_refused"), (Stream.ARCHIVE, "history_archived")]


async def test_instants_are_kept_in_milliseconds_and_read_back_as_they_were_hashed(owner):
    at = datetime(2026, 11, 21, 3, 4, 5, 678_912, tzinfo=UTC)
    entry = await journal.append(owner, Stream.ERASURE, "erasure_asked", at=at)
    (read,) = await journal.entries(owner, Stream.ERASURE, after=entry.seq - 1)
    assert read == entry
    assert read.at.microsecond == 678_000
