"""A disk that is full under Postgres: a small file system of memory takes the place of its folder, and is filled."""

import asyncio
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from activities.processes import Child
from rehearsal.torture.cuts.scenes import Stage

_ROOM = 64 << 20
"""Bytes that the small file system has beyond what lies in the folder already."""
_CHUNK = bytes(1 << 20)


async def full_disk(stage: Stage) -> None:
    """No room for a page or a log segment; Postgres may refuse or fall, and is started again as `herun up` does."""
    postgres, folder = stage.ground.postgres, stage.ground.stack.data / "postgres"
    await postgres.stop()
    if not _mounted(folder):
        await postgres.start()
        stage.figures["disk_full"] = "may not mount here: not tried"
        return
    try:
        async with _kept_up(postgres), stage.scene("disk_full", reads_go_on=False):
            ballast = await asyncio.to_thread(_fill, folder)
            await asyncio.sleep(2 * stage.hold)
            await asyncio.to_thread(ballast.unlink)
    finally:
        await postgres.stop()
        _unmounted(folder)
        await postgres.start()


def let_go(data: Path) -> None:
    """A run that was killed may have left its small file system where the next one wants to begin."""
    if (data / "postgres").is_mount():
        subprocess.run(["umount", str(data / "postgres")], check=True)  # noqa: S603, S607


def _mounted(folder: Path) -> bool:
    """Whether the folder is now a small file system of memory with the same in it."""
    if shutil.which("mount") is None:
        return False
    beside = folder.with_name("postgres.disk")
    folder.rename(beside)
    folder.mkdir(mode=0o700)
    size = sum(each.lstat().st_size for each in beside.rglob("*")) + _ROOM
    made = subprocess.run(  # noqa: S603
        ["mount", "-t", "tmpfs", "-o", f"size={size},mode=700", "tmpfs", str(folder)],  # noqa: S607
        check=False, capture_output=True,
    )  # fmt: skip
    if made.returncode:
        folder.rmdir()
        beside.rename(folder)
        return False
    _copy(beside, folder)
    return True


def _unmounted(folder: Path) -> None:
    """Back onto the disk, with what came to it meanwhile."""
    beside = folder.with_name("postgres.disk")
    shutil.rmtree(beside)
    beside.mkdir(mode=0o700)
    _copy(folder, beside)
    subprocess.run(["umount", str(folder)], check=True)  # noqa: S603, S607
    folder.rmdir()
    beside.rename(folder)


def _copy(source: Path, target: Path) -> None:
    subprocess.run(["cp", "-a", f"{source}/.", str(target)], check=True)  # noqa: S603, S607


def _fill(folder: Path) -> Path:
    """Everything that is free, to the last byte."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (len(_CHUNK), 4096):
            try:
                while os.write(file.fileno(), _CHUNK[:size]) == size:
                    pass
            except OSError:
                continue
    return ballast


@asynccontextmanager
async def _kept_up(postgres: Child) -> AsyncIterator[None]:
    """It is started, and started again when it falls, while this is entered."""
    await postgres.start()

    async def keep() -> None:
        while True:
            await postgres.exited()
            try:
                await postgres.start()
            except Exception:  # still no room: again
                await asyncio.sleep(0.5)

    task = asyncio.create_task(keep())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
