"""The object-centric export: well-formed by the standard, whole, and without anybody's name."""

import asyncio
import json
import re
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from builders import WORKER, YUAN, Story, an_order

from audit.study.ocel import Faces, ObjectType, case_log, event_types, type_of
from audit.study.ocel_files import JsonLog, SqliteLog, Written, write_log
from domain.acts import ACTS, order
from domain.events import FACTS, Event
from domain.vocabulary import CaseNo, Service
from rehearsal.into_ledger import Lives

TYPES = {"string": str, "integer": int, "float": float, "boolean": bool, "time": str}
NAMES = {"objectTypes", "eventTypes", "objects", "events"}


async def brought(lives: Lives) -> AsyncIterator[tuple[CaseNo, list[Event]]]:
    for number, events in lives.events.items():
        yield number, list(events)


@pytest.fixture(scope="module")
def as_json(tmp_path_factory: pytest.TempPathFactory, town_lives: Lives) -> tuple[dict[str, Any], Written]:
    path = tmp_path_factory.mktemp("ocel") / "log.json"
    written = asyncio.run(write_log(brought(town_lives), JsonLog(path)))
    return json.loads(path.read_text(encoding="utf-8")), written


@pytest.fixture(scope="module")
def as_sqlite(
    tmp_path_factory: pytest.TempPathFactory, town_lives: Lives
) -> Iterator[tuple[sqlite3.Connection, Written]]:
    path = tmp_path_factory.mktemp("ocel") / "log.sqlite"
    written = asyncio.run(write_log(brought(town_lives), SqliteLog(path)))
    with closing(sqlite3.connect(path)) as base:
        yield base, written


def test_the_json_has_the_parts_and_the_types_that_the_standard_names(as_json: Any) -> None:
    """The schema of OCEL 2.0: four lists; ids, types and times; attributes declared before they are used."""
    log, _ = as_json
    assert set(log) == NAMES
    for things, kinds in (("objects", "objectTypes"), ("events", "eventTypes")):
        declared = {kind["name"]: {a["name"]: a["type"] for a in kind["attributes"]} for kind in log[kinds]}
        assert len(declared) == len(log[kinds])
        assert {t for of in declared.values() for t in of.values()} <= set(TYPES)
        for thing in log[things]:
            for attribute in thing["attributes"]:
                kind = declared[thing["type"]][attribute["name"]]
                assert type(attribute["value"]) is TYPES[kind]
            for relation in thing["relationships"]:
                assert set(relation) == {"objectId", "qualifier"}
    assert all(datetime.fromisoformat(each["time"]) for each in log["events"])
    assert all(datetime.fromisoformat(a["time"]) for each in log["objects"] for a in each["attributes"])


def test_every_relation_leads_to_an_object_and_every_id_is_there_once(as_json: Any) -> None:
    log, _ = as_json
    objects = Counter(each["id"] for each in log["objects"])
    events = Counter(each["id"] for each in log["events"])
    assert set(objects.values()) == set(events.values()) == {1}
    for thing in (*log["events"], *log["objects"]):
        assert {relation["objectId"] for relation in thing["relationships"]} <= set(objects)


def test_nothing_is_left_out_and_what_is_told_is_what_was_written(as_json: Any, town_lives: Lives) -> None:
    log, written = as_json
    assert len(log["events"]) == sum(len(events) for events in town_lives.events.values())
    assert written.events == Counter(each["type"] for each in log["events"])
    assert written.objects == Counter(each["type"] for each in log["objects"])
    assert written.event_relations == sum(len(each["relationships"]) for each in log["events"])
    assert written.object_relations == sum(len(each["relationships"]) for each in log["objects"])
    assert {each["name"] for each in log["objectTypes"]} == {kind.value for kind in ObjectType}


def test_the_database_holds_the_same_log_and_every_key_leads_somewhere(as_json: Any, as_sqlite: Any) -> None:
    _, written = as_json
    base, again = as_sqlite
    assert again == written
    assert base.execute("PRAGMA foreign_key_check").fetchall() == []
    counted = dict(base.execute("SELECT ocel_type, count(*) FROM event GROUP BY 1"))
    assert counted == dict(written.events)
    for name, table in base.execute("SELECT ocel_type, ocel_type_map FROM event_map_type").fetchall():
        (rows,) = base.execute(f'SELECT count(*) FROM "event_{table}"').fetchone()
        assert rows == written.events[name]
    (relations,) = base.execute("SELECT count(*) FROM event_object").fetchone()
    assert relations == written.event_relations


def test_the_database_has_the_tables_and_columns_that_the_standard_names(as_sqlite: Any) -> None:
    base, _ = as_sqlite
    tables = {name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    for what, own in (("event", {"ocel_id", "ocel_time"}),
                      ("object", {"ocel_id", "ocel_time", "ocel_changed_field"})):  # fmt: skip
        maps = [table for (table,) in base.execute(f"SELECT ocel_type_map FROM {what}_map_type")]
        assert len(maps) == len(set(maps))
        for table in maps:
            columns = {
                name: kind for _, name, kind, *_ in base.execute(f'PRAGMA table_info("{what}_{table}")')
            }
            assert own <= set(columns)
            assert columns["ocel_time"] == "TIMESTAMP"
        assert {f"{what}_{table}" for table in maps} <= tables
    assert {"event", "object", "event_object", "object_object", "event_map_type", "object_map_type"} <= tables


def test_a_later_value_of_an_object_says_which_field_changed(as_sqlite: Any) -> None:
    base, _ = as_sqlite
    rows = base.execute(
        "SELECT ocel_changed_field, stage, kind, outcome FROM object_order WHERE ocel_id IN"
        " (SELECT ocel_id FROM object_order WHERE outcome IS NOT NULL LIMIT 1) ORDER BY ocel_time, rowid"
    ).fetchall()
    assert rows[0][0] is None
    assert rows[0][2] == "order"
    assert {changed for changed, *_ in rows[1:]} == {"stage", "outcome"}
    assert all(kind is None for _, _, kind, _ in rows[1:])


def test_qualified_links_between_objects(as_json: Any) -> None:
    log, _ = as_json
    types = {each["id"]: each["type"] for each in log["objects"]}
    found = {
        (each["type"], relation["qualifier"], types[relation["objectId"]])
        for each in log["objects"]
        for relation in each["relationships"]
    }
    assert ("case", "split-into", "order") in found
    assert ("case", "lead", "unit") in found
    assert ("case", "co-handler", "unit") in found
    assert ("case", "party", "person") in found
    assert {q for _, q, _ in found} <= {
        "split-into", "lead", "co-handler", "escalated-from", "duplicate-of", "mediated-in", "party",
    }  # fmt: skip


def test_a_whistle_comes_from_its_order_and_a_twin_is_named() -> None:
    story, faces = Story(), Faces(b"k")
    number = story.open(an_order())
    story.do(number, WORKER, order.AcceptNeed(Service.SERVICE))
    story.do(number, WORKER, order.AskWhistle())
    (whistle,) = story.parts(number)
    assert (number, "escalated-from") in case_log(whistle, story.events(whistle), faces).case.relations
    twin, other = story.open(an_order()), story.open(an_order())
    story.do(twin, WORKER, order.Merge(other))
    log = case_log(twin, story.events(twin), faces)
    assert (other, "duplicate-of") in log.case.relations
    assert log.others[other] is ObjectType.ORDER


def test_a_case_that_is_not_in_the_export_is_an_object_all_the_same(tmp_path: Path) -> None:
    story = Story()
    twin, other = story.open(an_order()), story.open(an_order())
    story.do(twin, WORKER, order.Merge(other))

    async def one() -> AsyncIterator[tuple[CaseNo, list[Event]]]:
        yield twin, story.events(twin)

    path = tmp_path / "log.json"
    asyncio.run(write_log(one(), JsonLog(path)))
    objects = {each["id"]: each for each in json.loads(path.read_text(encoding="utf-8"))["objects"]}
    assert objects[other] == {"id": other, "type": "order", "attributes": [], "relationships": []}


def test_nobody_is_named_and_two_exports_cannot_be_joined(tmp_path: Path, town_lives: Lives) -> None:
    texts = []
    for name in ("one.json", "two.json"):
        asyncio.run(write_log(brought(town_lives), JsonLog(tmp_path / name)))
        texts.append((tmp_path / name).read_text(encoding="utf-8"))
    people = [set(re.findall(r"person:[0-9a-f]{24}", each)) for each in texts]
    assert people[0]
    assert not people[0] & people[1]
    for events in town_lives.events.values():
        for event in events:
            actor = getattr(event.fact, "actor", None)
            if actor is not None and actor.role != "case":
                assert f'"{actor.account}"' not in texts[0]
    assert "c1:" not in texts[0]
    assert not any(body in texts[0] for _, body in town_lives.words.values() if len(body) > 6)


def test_the_key_of_the_pseudonyms_does_not_show_itself() -> None:
    assert "key" not in repr(Faces())
    assert Faces(b"1").of(YUAN.account) != Faces(b"2").of(YUAN.account)
    assert Faces(b"1").of(YUAN.account) == Faces(b"1").of(YUAN.account)


def test_every_act_and_every_fact_has_its_event_type() -> None:
    assert set(event_types()) == set(ACTS) | (set(FACTS) - {"acted"})
    assert event_types()["rate"]["speed"] == "integer"
    assert event_types()["order.complete"]["resolved"] == "boolean"
    assert "reason" not in event_types()["order.return"]


@pytest.mark.parametrize(
    ("number", "kind"),
    [
        ("O20261121-00012", ObjectType.ORDER), ("XO20261121-00012", ObjectType.ORDER),
        ("W20261121-00001", ObjectType.WHISTLE), ("M20261121-00001", ObjectType.CASE),
        ("P20261121-00001", ObjectType.CASE), ("P20261121-00001-01", ObjectType.ORDER),
        ("O20261121-00012-01", ObjectType.WHISTLE), ("O20261121-00012-01-02", ObjectType.ORDER),
    ],
)  # fmt: skip
def test_a_number_says_what_it_is_the_number_of(number: str, kind: ObjectType) -> None:
    assert type_of(CaseNo(number)) is kind


def test_units_are_objects_by_their_path(as_json: Any) -> None:
    log, _ = as_json
    units = [each["id"] for each in log["objects"] if each["type"] == "unit"]
    assert units
    assert all(each.startswith("unit:yunhe") for each in units)
