"""An auditor's looks for tests of pages: what the access log says of them, and checkpoints to keep."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from doorway import Deployment

from activities.settings import Role
from audit.checkpoints.keys import generate, load
from audit.checkpoints.signing import write_checkpoint

AUDITOR = "shenji.auditor"


async def log(deployment: Deployment, **wanted: Any) -> list[dict[str, Any]]:
    """The access log, the first entry first, each with what it says beside its columns."""
    rows = await deployment.owner.fetch("SELECT * FROM journal WHERE stream = 'access' ORDER BY seq")
    entries = [{**dict(row), **json.loads(row["data"])} for row in rows]
    return [each for each in entries if all(each.get(name) == value for name, value in wanted.items())]


async def signed(deployment: Deployment, key: Path) -> str:
    """The note of a checkpoint over what is on record now, signed with the key of that file."""
    signer = load(key) if key.exists() else generate(key, "herun.test/ledger")
    ledger = await asyncpg.connect(deployment.settings.url(Role.LEDGER))
    try:
        return (await write_checkpoint(ledger, [signer], datetime.now(UTC))).note
    finally:
        await ledger.close()


async def altered(deployment: Deployment, number: str, seq: int, hours: int) -> None:
    """Another instant in one event, as somebody with every right in the database could write it."""
    owner = deployment.owner
    async with owner.transaction():
        await owner.execute("ALTER TABLE event DISABLE TRIGGER USER")
        change = "UPDATE event SET at = at + make_interval(hours => $3) WHERE case_no = $1 AND seq = $2"
        await owner.execute(change, number, seq, hours)
        await owner.execute("ALTER TABLE event ENABLE TRIGGER USER")
