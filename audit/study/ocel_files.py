"""Writes an object-centric event log as OCEL 2.0 JSON or SQLite, case by case, whatever their number."""

import json
import re
import sqlite3
import tempfile
from collections import Counter
from collections.abc import AsyncIterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Protocol

from audit.study.ocel import (
    OBJECT_ATTRIBUTES,
    CaseLog,
    Faces,
    LogEvent,
    LogObject,
    ObjectType,
    case_log,
    event_types,
)
from domain.events import Event
from domain.vocabulary import CaseNo


@dataclass(slots=True)
class Written:
    """How much is in a log that was written."""

    events: Counter[str] = field(default_factory=Counter)
    objects: Counter[str] = field(default_factory=Counter)
    event_relations: int = 0
    object_relations: int = 0

    def json(self) -> dict[str, Any]:
        """The counts as JSON values."""
        return {
            "events": self.events.total(), "objects": self.objects.total(),
            "event_relations": self.event_relations, "object_relations": self.object_relations,
            "by_event_type": dict(sorted(self.events.items())),
            "by_object_type": dict(sorted(self.objects.items())),
        }  # fmt: skip


class Writer(Protocol):
    """A file in the making."""

    def event(self, event: LogEvent) -> None:
        """Write an event; the objects it relates to may come later."""

    def object(self, thing: LogObject) -> None:
        """Write an object; those it relates to may come later."""

    def close(self) -> None:
        """Finish the file."""


async def write_log(
    cases: AsyncIterable[tuple[CaseNo, list[Event]]], writer: Writer, faces: Faces | None = None
) -> Written:
    """Write every case, then the units and persons, and the cases that are related to but not part of this."""
    written, faces = Written(), faces or Faces()
    told: set[str] = set()
    others: dict[str, ObjectType] = {}
    async for number, events in cases:
        log = case_log(number, events, faces)
        _write_case(log, writer, written)
        told.add(number)
        others.update(log.others)
    for name, kind in others.items():
        if name not in told:
            _write_object(LogObject(name, kind), writer, written)
    writer.close()
    return written


def _write_case(log: CaseLog, writer: Writer, written: Written) -> None:
    for event in log.events:
        writer.event(event)
        written.events[event.type] += 1
        written.event_relations += len(event.relations)
    _write_object(log.case, writer, written)


def _write_object(thing: LogObject, writer: Writer, written: Written) -> None:
    writer.object(thing)
    written.objects[thing.type.value] += 1
    written.object_relations += len(thing.relations)


# -- JSON ---------------------------------------------------------------------------------------------


class JsonLog:
    """OCEL 2.0 JSON. Events go straight into the file, objects wait beside it until the events are done."""

    def __init__(self, path: Path) -> None:
        self._file: IO[str] = path.open("w", encoding="utf-8")
        self._waiting: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  closed in `close`
        self._events = self._objects = 0
        types = {name: {"name": name, "attributes": _declared(of)} for name, of in event_types().items()}
        things = [{"name": kind.value, "attributes": _declared(of)} for kind, of in OBJECT_ATTRIBUTES.items()]
        self._file.write(
            f'{{"objectTypes":{_json(things)},"eventTypes":{_json(list(types.values()))},"events":['
        )

    def event(self, event: LogEvent) -> None:
        """Write an event."""
        line = {
            "id": event.id, "type": event.type, "time": _instant(event.time),
            "attributes": [{"name": name, "value": _value(value)} for name, value in event.attributes.items()],
            "relationships": _related(event.relations),
        }  # fmt: skip
        self._file.write((",\n" if self._events else "\n") + _json(line))
        self._events += 1

    def object(self, thing: LogObject) -> None:
        """Write an object, to be added at the end."""
        line = {
            "id": thing.id, "type": thing.type.value,
            "attributes": [
                {"name": name, "value": value, "time": _instant(at)} for name, value, at in thing.attributes
            ],
            "relationships": _related(thing.relations),
        }  # fmt: skip
        self._waiting.write((",\n" if self._objects else "\n") + _json(line))
        self._objects += 1

    def close(self) -> None:
        """Put the objects behind the events."""
        self._file.write('\n],"objects":[')
        self._waiting.seek(0)
        while part := self._waiting.read(1 << 20):
            self._file.write(part)
        self._file.write("\n]}\n")
        self._waiting.close()
        self._file.close()


def _declared(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in attributes.items()]


def _related(relations: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"objectId": name, "qualifier": qualifier} for name, qualifier in relations]


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _value(value: object) -> object:
    return _instant(value) if isinstance(value, datetime) else value


# -- SQLite -------------------------------------------------------------------------------------------


class SqliteLog:
    """OCEL 2.0 SQLite: a table for each type beside the tables of events, objects and relations."""

    def __init__(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        self._base = sqlite3.connect(path, isolation_level=None)
        self._base.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;" + _TABLES)
        for name, attributes in event_types().items():
            self._declare("event", name, attributes, "")
        for kind, attributes in OBJECT_ATTRIBUTES.items():
            self._declare("object", kind.value, attributes, "ocel_changed_field TEXT,")

    def event(self, event: LogEvent) -> None:
        """Write an event."""
        names = tuple(event_types()[event.type])
        values = [_stored(event.attributes.get(name)) for name in names]
        self._base.execute("INSERT INTO event VALUES (?, ?)", (event.id, event.type))
        self._insert(f"event_{_map(event.type)}", [event.id, _moment(event.time), *values])
        self._base.executemany(
            "INSERT INTO event_object VALUES (?, ?, ?)",
            [(event.id, *relation) for relation in event.relations],
        )

    def object(self, thing: LogObject) -> None:
        """Write an object: a row of its first values, and a row for each later one."""
        self._base.execute("INSERT INTO object VALUES (?, ?)", (thing.id, thing.type.value))
        table, names = f"object_{_map(thing.type.value)}", tuple(OBJECT_ATTRIBUTES[thing.type])
        for at, changed, values in _rows(thing):
            self._insert(
                table, [thing.id, _moment(at), changed, *(_stored(values.get(name)) for name in names)]
            )
        self._base.executemany(
            "INSERT INTO object_object VALUES (?, ?, ?)",
            [(thing.id, *relation) for relation in thing.relations],
        )

    def close(self) -> None:
        """Commit and close."""
        self._base.execute("COMMIT")
        self._base.close()

    def _declare(self, what: str, name: str, attributes: Mapping[str, str], more: str) -> None:
        columns = "".join(f', "{each}" {_SQL[kind]}' for each, kind in attributes.items())
        key = "TEXT PRIMARY KEY" if what == "event" else "TEXT"
        self._base.execute(f"INSERT INTO {what}_map_type VALUES (?, ?)", (name, _map(name)))  # noqa: S608  our names
        self._base.execute(
            f'CREATE TABLE "{what}_{_map(name)}" (ocel_id {key}, ocel_time TIMESTAMP{", " if more else ""}'
            f"{more.rstrip(',')}{columns}, FOREIGN KEY (ocel_id) REFERENCES {what} (ocel_id))"
        )

    def _insert(self, table: str, values: list[Any]) -> None:
        marks = ", ".join("?" * len(values))
        self._base.execute(f'INSERT INTO "{table}" VALUES ({marks})', values)  # noqa: S608  our names


_SQL = {"string": "TEXT", "integer": "INTEGER", "float": "REAL", "boolean": "BOOLEAN", "time": "TIMESTAMP"}
_TABLES = """
CREATE TABLE event_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT);
CREATE TABLE object_map_type (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT);
CREATE TABLE event (
    ocel_id TEXT PRIMARY KEY, ocel_type TEXT, FOREIGN KEY (ocel_type) REFERENCES event_map_type (ocel_type));
CREATE TABLE object (
    ocel_id TEXT PRIMARY KEY, ocel_type TEXT, FOREIGN KEY (ocel_type) REFERENCES object_map_type (ocel_type));
CREATE TABLE event_object (
    ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT,
    PRIMARY KEY (ocel_event_id, ocel_object_id, ocel_qualifier),
    FOREIGN KEY (ocel_event_id) REFERENCES event (ocel_id),
    FOREIGN KEY (ocel_object_id) REFERENCES object (ocel_id));
CREATE TABLE object_object (
    ocel_source_id TEXT, ocel_target_id TEXT, ocel_qualifier TEXT,
    PRIMARY KEY (ocel_source_id, ocel_target_id, ocel_qualifier),
    FOREIGN KEY (ocel_source_id) REFERENCES object (ocel_id),
    FOREIGN KEY (ocel_target_id) REFERENCES object (ocel_id));
"""


def _rows(thing: LogObject) -> Iterator[tuple[datetime, str | None, Mapping[str, object]]]:
    """What held at first in one row without a changed field; afterwards one row for each change."""
    first: dict[str, object] = {}
    later: list[tuple[datetime, str, object]] = []
    begin = thing.attributes[0][2] if thing.attributes else _NEVER
    for name, value, at in thing.attributes:
        if at == begin and name not in first:
            first[name] = value
        else:
            later.append((at, name, value))
    yield begin, None, first
    for at, name, changed in later:
        yield at, name, {name: changed}


_NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""For what has no beginning, as the standard says."""


def _map(name: str) -> str:
    """The end of a table's name."""
    return re.sub("[^A-Za-z0-9]", "_", name)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(" ", timespec="milliseconds")


def _stored(value: object) -> object:
    return _moment(value) if isinstance(value, datetime) else value
