"""A lock that one process holds on a folder, and that the kernel lets go when the process ends."""

import asyncio
import fcntl
from contextlib import suppress
from pathlib import Path
from typing import IO

from activities.processes import POLL, ProcessError

_PATIENCE = 0.5
"""Seconds; a look by `is_held` has it for an instant."""


async def hold(path: Path) -> IO[str]:
    """The lock, ours until it is closed. Raises `ProcessError` where another process has it."""
    lock = path.open("a+")
    try:
        async with asyncio.timeout(_PATIENCE):
            while not _lock_now(lock, fcntl.LOCK_EX):  # noqa: ASYNC110 - a lock tells nobody
                await asyncio.sleep(POLL)
    except TimeoutError:
        lock.close()
        folder = path.parent
        raise ProcessError(
            f"数据目录 {folder} 正被另一个和润使用，请先停止它，或用 --data 另选目录。"
            f"/ The folder {folder} is in use by another Herun: stop that one, or choose another with --data."
        ) from None
    return lock


def is_held(path: Path) -> bool:
    """Whether some process holds it; False where there is no such lock."""
    with suppress(FileNotFoundError), path.open() as lock:
        return not _lock_now(lock, fcntl.LOCK_SH)
    return False


def _lock_now(lock: IO[str], kind: int) -> bool:
    with suppress(BlockingIOError):
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
        return True
    return False
