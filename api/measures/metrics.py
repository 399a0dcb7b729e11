"""Every metric of the door by its name, and where its value comes from; `docs/operations.md` says what they mean."""

import importlib.metadata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from api.measures.exposition import Metric, Sample, Shape, exposed
from api.measures.gauges import Standing
from domain.vocabulary import CaseKind

if TYPE_CHECKING:
    from api.door import Door

Family = tuple[Metric, Iterable[Sample]]

_INFO = Metric("herun_info", Shape.GAUGE, "Always 1; its label is the version that runs.")
_REQUESTS = Metric("herun_requests_total", Shape.COUNTER, "Requests by method, route template and status.")
_SECONDS = Metric("herun_request_seconds", Shape.HISTOGRAM, "Seconds to answer, by what was asked for.")
_PROBLEMS = Metric("herun_problems_total", Shape.COUNTER, "Answers that were problems, by code.")
_UNDER_WAY = Metric("herun_acts_under_way", Shape.GAUGE, "Acts and openings under way in this process.")
_WAITING = Metric("herun_acts_waiting", Shape.GAUGE, "Acts and openings that wait in line for their turn.")
_AWAY = Metric("herun_acts_turned_away_total", Shape.COUNTER, "Acts answered 503 `busy`; nothing was done.")
_POOL = Metric("herun_pool_connections", Shape.GAUGE, "Postgres connections of this process, by state.")
_POSTGRES = Metric("herun_postgres_up", Shape.GAUGE, "1 if Postgres answers this process.")
_TEMPORAL = Metric("herun_temporal_up", Shape.GAUGE, "1 if Temporal answers this process.")
_OPEN_CASES = Metric("herun_open_cases", Shape.GAUGE, "Open cases by kind, drills left out.")

_OF_REGISTER = tuple(
    Metric(name, Shape.GAUGE, told)
    for name, told in (
        ("herun_open_duties", "Duties that are owed now."),
        ("herun_overdue_duties", "Duties owed beyond their legal due date, pauses left out."),
        (
            "herun_lapse_lag_seconds",
            "Seconds since the oldest due date that has passed and is not yet breached on the ledger.",
        ),
        ("herun_stuck_cases", "Cases that a bug holds up."),
        ("herun_stuck_seconds", "Seconds since the first of them."),
        ("herun_unsealed_cases", "Cases closed between half an hour and a week ago without a seal."),
        ("herun_doubts", "Histories that are gone and sealed cases that failed a look, ever."),
        ("herun_checkpoint_age_seconds", "Seconds since the last signed checkpoint; +Inf if there is none."),
        ("herun_ledger_last_id", "The number last given on the ledger; its rate is that of writing."),
        ("herun_outbox_messages", "Messages for residents that wait to be sent."),
        ("herun_outbox_age_seconds", "Seconds since the oldest of them."),
        ("herun_unswept_content", "Content of the last day that no event refers to after two hours."),
        ("herun_locked_names", "Login names that are locked after failures."),
    )
)

METRICS: Sequence[Metric] = (
    _INFO, _REQUESTS, _SECONDS, _PROBLEMS, _UNDER_WAY, _WAITING, _AWAY, _POOL, _POSTGRES, _TEMPORAL,
    _OPEN_CASES, *_OF_REGISTER,
)  # fmt: skip
"""All that `/metrics` shows."""


async def metrics_text(door: "Door") -> str:
    """The page, whatever is away: what cannot be asked has no value."""
    postgres, temporal = await door.database.is_up(), await door.engine.is_up()
    standing = await door.gauges.standing()
    up = ((_POSTGRES, _one(postgres)), (_TEMPORAL, _one(temporal)))
    return exposed(chain(_of_process(door), up, _of_register(standing)))


def _of_process(door: "Door") -> Iterator[Family]:
    yield _INFO, [Sample(1, {"version": importlib.metadata.version("herun")})]
    yield _REQUESTS, door.counts.requests()
    yield _SECONDS, door.counts.durations()
    yield _PROBLEMS, door.counts.problems()
    yield _UNDER_WAY, _one(door.admission.under_way)
    yield _WAITING, _one(door.admission.waiting)
    yield _AWAY, _one(door.admission.turned_away)
    held, idle = door.database.connections
    yield _POOL, [Sample(held - idle, {"state": "used"}), Sample(idle, {"state": "idle"})]


def _of_register(standing: Standing) -> Iterator[Family]:
    kinds = CaseKind if standing.figures else ()
    yield _OPEN_CASES, [Sample(standing.open_cases.get(kind, 0), {"kind": kind.value}) for kind in kinds]
    for metric in _OF_REGISTER:
        value = standing.figures.get(metric.name)
        yield metric, [] if value is None else _one(value)


def _one(value: float) -> list[Sample]:
    return [Sample(value, {})]
