"""pm4py, which nobody here wrote, loads the export and counts what we count."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pm4py
import pytest
from pm4py.objects.ocel.validation import ocel20_rel_validation
from town_stage import Played, play_virtually, town_scenes

from audit.study.ocel_files import JsonLog, SqliteLog, Writer, Written, write_log
from domain.events import Event
from domain.vocabulary import CaseNo

pytestmark = pytest.mark.filterwarnings("ignore")  # pm4py's own and its libraries'


@pytest.fixture(scope="module")
def played() -> Played:
    return play_virtually(town_scenes(3, 12), 3)


async def brought(played: Played) -> AsyncIterator[tuple[CaseNo, list[Event]]]:
    for number, events in played.ledger.items():
        yield number, events


@pytest.mark.parametrize(
    ("suffix", "writer", "read"),
    [(".json", JsonLog, pm4py.read_ocel2_json), (".sqlite", SqliteLog, pm4py.read_ocel2_sqlite)],
)
def test_pm4py_counts_what_we_count(
    suffix: str, writer: Callable[[Path], Writer], read: Callable[[str], Any], played: Played, tmp_path: Path
) -> None:
    path = tmp_path / f"log{suffix}"
    written: Written = asyncio.run(write_log(brought(played), writer(path)))
    log = read(str(path))
    assert Counter(log.events["ocel:activity"]) == written.events
    assert Counter(log.objects["ocel:type"]) == written.objects
    assert len(log.relations) == written.event_relations
    assert len(log.o2o) == written.object_relations
    assert {"split-into", "lead", "co-handler", "party"} <= set(log.o2o["ocel:qualifier"])


def test_the_database_meets_every_constraint_of_the_standard(played: Played, tmp_path: Path) -> None:
    path = tmp_path / "log.sqlite"
    asyncio.run(write_log(brought(played), SqliteLog(path)))
    met, broken = ocel20_rel_validation.apply(str(path))
    assert broken == []
    assert len(met) == 24


def test_the_course_of_orders_can_be_mined(played: Played, tmp_path: Path) -> None:
    """Flattened by order, the log gives a directly-follows graph in which acceptance precedes completion."""
    path = tmp_path / "log.json"
    asyncio.run(write_log(brought(played), JsonLog(path)))
    flat = pm4py.ocel_flattening(pm4py.read_ocel2_json(str(path)), "order")
    follows, begins, ends = pm4py.discover_dfg(flat)
    assert set(begins) == {"case_opened", "case_linked"}  # a part begins with the case it is split from
    assert "case_closed" in ends
    assert ("order.accept", "duty_fulfilled") in follows
