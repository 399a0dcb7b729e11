"""Everything that leaves the content store, gathered to be searched: histories, logs, metrics, exports, every table."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import Client, WorkflowHistory

from api.reading.overview import Which
from rehearsal.canary.tokens import traces

HELD: Mapping[tuple[str, str], str] = {
    ("content", "body"): "this is where words, names, numbers and addresses are kept",
    ("content", "grams"): "index terms of the same words; an erasure takes them away with the body",
    ("account", "name"): "names of staff and of residents with an account",
}
"""Columns that may hold personal data, and why; every other column of every table is searched."""

PAGES = (
    "/healthz", "/readyz", "/openapi.json", "/v1/statistics", "/v1/matters", "/v1/organisations", "/v1/rulebooks",
    "/v1/audit/checkpoints", "/v1/audit/access?limit=200",
)  # fmt: skip
"""Answers that are nobody's business in particular."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Something to be searched: where it was found, and its bytes."""

    place: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Leak:
    """A piece of a canary where none may be."""

    place: str
    what: str


def searched(pieces: Sequence[Piece]) -> list[Leak]:
    """What is found in them."""
    return [Leak(each.place, str(trace)) for each in pieces for trace in traces(each.data)]


# -- Temporal -----------------------------------------------------------------------------------------------


async def histories(client: Client) -> AsyncIterator[Piece]:
    """Every run of every workflow, as the server sends it, as the archive writes it, and each payload by itself."""
    async for run in client.list_workflows():
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        history = await handle.fetch_history()
        for each in pieces_of(history):
            yield Piece(f"history {run.id}: {each.place}", each.data)


def pieces_of(history: WorkflowHistory) -> Iterator[Piece]:
    """One history in each of its writings."""
    yield Piece("as JSON", history.to_json().encode())
    for event in history.events:
        yield Piece(f"event {event.event_id}", event.SerializeToString())
        for payload in payloads(event):
            yield Piece(f"payload in event {event.event_id}", payload.data)


def payloads(message: Message) -> Iterator[Payload]:
    """Every payload in a message, however deep."""
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.message_type is None:
            continue
        for each in _each(field, value):
            if isinstance(each, Message):
                yield from payloads(each)


def _each(field: Any, value: Any) -> Iterator[Any]:
    if field.message_type.GetOptions().map_entry:
        yield from (value[key] for key in value)
    elif isinstance(value, Message):
        yield value
    else:
        yield from value


# -- files ----------------------------------------------------------------------------------------------------


def files(data: Path) -> Iterator[Piece]:
    """Logs of every process, and the database of Temporal with all that it has not yet overwritten."""
    for folder in ("logs", "temporal"):
        for path in sorted((data / folder).rglob("*")):
            if path.is_file():
                yield from _in_parts(path, data)


def _in_parts(path: Path, data: Path, size: int = 8 << 20, overlap: int = 4096) -> Iterator[Piece]:
    whole = path.read_bytes()
    for start in range(0, max(len(whole), 1), size):
        yield Piece(str(path.relative_to(data)), whole[max(0, start - overlap) : start + size])


# -- Postgres ---------------------------------------------------------------------------------------------------

_COLUMNS = """
    SELECT c.relname AS relation, a.attname AS name, t.typname AS kind
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'm') AND a.attnum > 0 AND NOT a.attisdropped
    ORDER BY c.relname, a.attnum"""


async def tables(owner: asyncpg.Connection) -> AsyncIterator[Piece]:
    """Every column of every table but those that are `HELD`; what is compressed is looked into."""
    for row in await owner.fetch(_COLUMNS):
        if (row["relation"], row["name"]) in HELD:
            continue
        shown = row["name"] if row["kind"] == "bytea" else f"{row['name']}::text"
        found = await owner.fetch(f'SELECT {shown} AS value FROM "{row["relation"]}"')  # noqa: S608 - names of the catalogue
        for piece in _column(f"table {row['relation']}.{row['name']}", [each["value"] for each in found]):
            yield piece


def _column(place: str, values: Sequence[Any]) -> Iterator[Piece]:
    """Bytes one by one, since each may be compressed; texts together."""
    yield from (Piece(place, each) for each in values if isinstance(each, bytes))
    texts = [each for each in values if isinstance(each, str)]
    if texts:
        yield Piece(place, "\n".join(texts).encode())


# -- exports and answers -------------------------------------------------------------------------------------------


async def answers(http: httpx.AsyncClient, token: str, cases: Sequence[str]) -> AsyncIterator[Piece]:
    """What an auditor saves without asking for content, and pages that hold nobody's words."""
    headers = {"authorization": f"Bearer {token}"}
    paths = [*PAGES, *(f"/v1/audit/cases/{number}/{part}" for number in cases for part in _PARTS)]
    for path in paths:
        answer = await http.get(path, headers=headers)
        if answer.status_code != 200:
            raise RuntimeError(f"{path} answered {answer.status_code}: {answer.text[:200]}")
        yield Piece(path, answer.content)


_PARTS = ("export", "state", "diff?from=1&to=2", "verification")
"""Without `explain`: it tells an auditor who may read the case in whose words something was refused."""


async def metrics(http: httpx.AsyncClient, address: str, token: str) -> Piece:
    """Figures at an address; there must be some."""
    answer = await http.get(address, headers={"authorization": f"Bearer {token}"})
    answer.raise_for_status()
    if b"# TYPE" not in answer.content:
        raise RuntimeError(f"{address} shows no figures")
    return Piece(address, answer.content)


async def saved_tables(http: httpx.AsyncClient, session: str) -> AsyncIterator[Piece]:
    """Every table of supervision, in both kinds of file."""
    paths = [f"/city/by/{each}" for each in ("unit", "matter", "community", "trend")]
    paths += [f"/city/cases?which={each.value}" for each in Which]
    for path in paths:
        for kind in ("csv", "xlsx"):
            address = f"{path}{'&' if '?' in path else '?'}save={kind}"
            answer = await http.get(address, headers={"cookie": f"herun_session={session}"})
            if answer.status_code != 200:
                raise RuntimeError(f"{address} answered {answer.status_code}")
            yield Piece(address, answer.content)


async def commands(data: Path, out: Path) -> AsyncIterator[Piece]:
    """What the commands of the audit export unless they are asked for content."""
    for command, name in (("ocel", "log.json"), ("ocel", "log.sqlite"), ("duties", "duties.csv")):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "cli", "audit", command, "-o", str(out / name), "--by", "shenji.auditor",
            "--data", str(data), stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
        )  # fmt: skip
        said, _ = await process.communicate()
        if process.returncode:
            raise RuntimeError(f"herun audit {command}: {said.decode()[-500:]}")
        yield Piece(f"herun audit {command} says", said)
        yield Piece(f"herun audit {command} {name}", await asyncio.to_thread((out / name).read_bytes))
