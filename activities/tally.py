"""Settles supervision's counts: every case that changed since is measured again."""

from activities.content import Connection

AT_A_TIME = 2_000  # cases of one transaction, so that nobody waits long for its lock


async def settle(connection: Connection) -> int:
    """Count everything that waits; how many cases that were. As `herun_door` or `herun_ledger`."""
    counted = 0
    while some := int(await connection.fetchval("SELECT herun_settle_tally($1)", AT_A_TIME)):
        counted += some
    return counted
