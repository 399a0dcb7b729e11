"""Copies a machine's whole state while it runs, and lays a copy out again: Postgres, Temporal, attachments."""

import asyncio
import json
import os
import shutil
import sqlite3
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlparse

import asyncpg

from activities.custody import code_version
from activities.processes import Child, Part, ProcessError, finish
from activities.settings import POSTGRES_PORT
from stack import SERVER_ACCOUNT, bundled, running

MANIFEST = "backup.json"
POSTGRES, TEMPORAL, FILES = "postgres", "temporal", "attachments"
_DB = "temporal.db"


@dataclass(frozen=True, slots=True)
class Backup:
    """What a copy holds: when it was begun and done, the last number on its ledger at least, and how large it is.

    `temporal_at` comes before `postgres_at`: the ledger of a copy is never behind its histories.
    """

    temporal_at: str
    postgres_at: str
    ledger_last_id: int
    schema: int
    code: str
    bytes: int


async def back_up(data: Path, to: Path) -> Backup:
    """Copy the state of the Herun that runs on `data` into a new folder; everything goes on meanwhile.

    Temporal comes first and Postgres after it, so that whatever a restored history lacks its case can learn
    from the restored ledger. Raises ProcessError where nothing runs there, or the folder is taken.
    """
    owner = running(data)["HERUN_OWNER_URL"]
    claim(to)
    temporal_at = now()
    await copy_temporal(data, to)
    last = await copy_postgres(owner, to)
    return await complete(data, owner, to, temporal_at, last)


async def copy_temporal(data: Path, to: Path) -> None:
    """One state of Temporal's database, by SQLite's own online backup: its server goes on writing beside it."""
    await asyncio.to_thread(_copy_sqlite, data / TEMPORAL / _DB, to / TEMPORAL / _DB)


async def copy_postgres(owner_url: str, to: Path) -> int:
    """The whole cluster as of the end of the copy, checked; the last number on its ledger when it began."""
    last = await _asked(owner_url, "SELECT coalesce(max(id), 0) FROM event")
    await _base_backup(_sockets(owner_url), to / POSTGRES, to)
    return last


async def complete(data: Path, owner_url: str, to: Path, temporal_at: str, last: int) -> Backup:
    """Attachments, which never change and so can come last, and what the copy says of itself."""
    await asyncio.to_thread(_copy_files, data / FILES, to / FILES)
    schema = await _asked(owner_url, "SELECT max(number) FROM schema_version")
    made = Backup(temporal_at, now(), last, schema, code_version(), _size(to))
    (to / MANIFEST).write_text(json.dumps(asdict(made), indent=1), encoding="utf-8")
    return made


def read_manifest(backup: Path) -> Backup:
    """What a copy says of itself. Raises ProcessError where it is none, or was not finished."""
    try:
        return Backup(**json.loads((backup / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        raise ProcessError(
            f"{backup} 不是完整的备份：没有可读的 {MANIFEST}。/ {backup} is no complete backup: no {MANIFEST} in it."
        ) from None


def lay_out(backup: Path, data: Path) -> Backup:
    """Put a copy where a Herun can be started on it. Raises ProcessError for a folder that is taken."""
    made = read_manifest(backup)
    claim(data)
    shutil.copytree(backup / POSTGRES, data / POSTGRES)
    shutil.copytree(backup / TEMPORAL, data / TEMPORAL)
    _copy_files(backup / FILES, data / FILES)
    (data / TEMPORAL).chmod(0o700)
    _give(data / POSTGRES)
    return made


def claim(folder: Path) -> None:
    """Make a folder that nobody has. Raises ProcessError."""
    if folder.exists() and any(folder.iterdir()):
        raise ProcessError(
            f"目录 {folder} 已有内容，请另选。/ The folder {folder} is not empty: choose another."
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def _copy_sqlite(source: Path, to: Path) -> None:
    to.parent.mkdir(mode=0o700)
    here, there = sqlite3.connect(f"file:{source}?mode=ro", uri=True, timeout=30), sqlite3.connect(to)
    try:
        here.backup(there)
    finally:
        there.close()
        here.close()


async def _asked(owner_url: str, query: str) -> int:
    connection = await asyncpg.connect(owner_url)
    try:
        return int(await connection.fetchval(query))
    finally:
        await connection.close()


def _sockets(url: str) -> str:
    """The folder of the server's socket, by a url of ours."""
    return unquote(parse_qs(urlparse(url).query)["host"][0])


async def _base_backup(sockets: str, to: Path, logs: Path) -> None:
    reach = ("-h", sockets, "-p", str(POSTGRES_PORT), "-U", "postgres")
    copy = (bundled("pg_basebackup"), *reach, "-D", str(to), "-X", "stream", "-c", "fast")
    await finish(Child(Part("pg_basebackup", copy), logs / "logs"))
    await finish(Child(Part("pg_verifybackup", (bundled("pg_verifybackup"), str(to))), logs / "logs"))


def _copy_files(source: Path, to: Path) -> None:
    if source.exists():
        shutil.copytree(source, to)


def _give(folder: Path) -> None:
    """Postgres must own its files; as root it runs under another account."""
    folder.chmod(0o700)
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, SERVER_ACCOUNT)


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def now() -> str:
    """This instant, as a manifest has it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
