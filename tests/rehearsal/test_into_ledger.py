"""Virtual lives on a real ledger: with their words, and once for each seed."""

from typing import Any

from activities.content import get
from activities.settings import Role, Settings
from rehearsal.into_ledger import populate


async def test_the_same_seed_writes_its_cases_once_with_their_words(database: Any) -> None:
    settings = Settings.model_validate(
        {f"{role}_url": database.url(role) for role in (Role.DOOR, Role.LEDGER)}
    )
    cases, events = await populate(settings, 8, 3, "default-3")
    assert cases >= 4
    connection = await database.connect(Role.READER)
    there = await connection.fetchval("SELECT count(*) FROM event")
    assert there == events
    named = {row["commitment"] for row in await connection.fetch("SELECT commitment FROM content_ref")}
    kept = await get(connection, named)
    assert kept.keys() == named
    assert all(each.holds for each in kept.values())
    assert await populate(settings, 8, 3, "default-3") == (cases, events)
    assert await connection.fetchval("SELECT count(*) FROM event") == there
    await connection.close()
