"""Every benchmark measures what it says, on the smallest scale; no test here depends on how fast the machine is."""

import json
from collections.abc import Mapping
from io import StringIO

import pytest
from rich.console import Console

from rehearsal.benches import copies
from rehearsal.benches.figures import Figures, Measured, Scale, share, spread, table
from rehearsal.benches.running import Part, measured
from rehearsal.benches.year import orders

pytestmark = pytest.mark.timeout(170)

PROMISED: Mapping[Part, frozenset[str]] = {
    Part.CYCLE: frozenset(
        {"ours_per_second_at_2", "bare_per_second_at_2", "ours_to_bare_at_2", "act_p99_ms"}
    ),
    Part.SPLIT: frozenset({"ms_an_order_at_2", "ledger_events_an_order_at_4"}),
    Part.TIMERS: frozenset({"late_p99_s", "drained_s_after_the_minute", "act_meanwhile_p99_ms"}),
    Part.SIZE: frozenset({"60_worklist_p99_ms", "120_search_p99_ms", "120_bytes_a_case"}),
    Part.YEAR: frozenset({"what_if_s", "durable_hours_with_1", "cores_of_temporal_with_1"}),
    Part.AUDIT: frozenset({"chain_events_per_second", "rerun_events_per_second", "checkpoint_leaves"}),
    Part.MEMORY: frozenset({"mb_a_thousand_cached", "mb_more_a_thousand_finished"}),
}


async def _tiny(part: Part) -> Figures:
    found = await measured(part, Scale.TINY)
    assert PROMISED[part] <= found.figures.keys()
    return found.figures


async def test_a_cycle_is_measured_beside_the_barest_workflow_and_has_few_events() -> None:
    figures = await _tiny(Part.CYCLE)
    assert all(float(figures[name]) > 0 for name in ("ours_to_bare_at_2", "act_p50_ms"))
    assert float(figures["history_events"]) <= 30


async def test_a_split_costs_the_ledger_the_same_for_each_order() -> None:
    figures = await _tiny(Part.SPLIT)
    assert float(figures["ledger_events_an_order_at_4"]) <= float(figures["ledger_events_an_order_at_2"])


async def test_every_case_of_the_minute_lapses_and_none_before_its_time() -> None:
    figures = await _tiny(Part.TIMERS)
    assert figures["lapsed"] == figures["cases"]
    assert float(figures["late_p50_s"]) >= 0


async def test_copies_of_lives_are_found_on_every_page() -> None:
    figures = await _tiny(Part.SIZE)
    assert float(figures["events_a_case"]) > 5
    assert float(figures["120_bytes_a_case"]) > 1000


async def test_a_year_is_counted_and_the_busy_are_named() -> None:
    figures = await _tiny(Part.YEAR)
    assert figures["virtual_cases"] == 40
    assert float(figures["cores_of_worker_with_1"]) >= 0


async def test_what_the_audit_measures_holds() -> None:
    figures = await _tiny(Part.AUDIT)
    assert figures["unsealed"] == 0
    assert float(figures["replayed_histories"]) >= 1


async def test_memory_is_counted_for_cases_waiting_and_cases_done() -> None:
    figures = await _tiny(Part.MEMORY)
    assert float(figures["finished_cases"]) > 0
    assert float(figures["worker_mb"]) > 10


def test_the_virtual_engine_is_measured_on_whole_orders() -> None:
    assert float(orders(20)["virtual_orders_per_cpu_second"]) > 0


def test_lives_that_are_copied_are_of_all_kinds_and_some_are_open() -> None:
    lives = copies.some_lives(40, seed=1)
    assert {number[1] for number in lives.events} == set("OMPW")
    assert any(events[-1].fact.code != "case_closed" for events in lives.events.values())


@pytest.mark.parametrize(("part", "value"), [(0.5, 3.0), (0.99, 5.0), (0.0, 1.0)])
def test_a_share_is_the_value_that_so_many_stay_below(part: float, value: float) -> None:
    assert share([5.0, 1.0, 3.0, 2.0, 4.0], part) == value


def test_no_values_have_no_median() -> None:
    with pytest.raises(ValueError, match="no values"):
        spread("act", [])


def test_figures_come_as_json_with_their_command_and_as_a_table() -> None:
    found = Measured(Part.CYCLE, Scale.TINY, {"ours_to_bare_at_1": 0.97}, load_before=1.5)
    read = json.loads(json.dumps(found.json()))
    assert read["command"] == "herun bench cycle --scale tiny"
    assert read["figures"] == {"ours_to_bare_at_1": 0.97}
    shown = StringIO()
    Console(file=shown, width=120).print(table([found]))
    assert "ours_to_bare_at_1" in shown.getvalue()
    assert "1.5 →" in shown.getvalue()
