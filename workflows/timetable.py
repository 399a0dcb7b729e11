"""When the custodian makes its rounds: schedules that Temporal keeps, made by whichever worker comes first."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)

from activities import interface as hands

SOON, NIGHTLY, MONTHLY = "custodian-soon", "custodian-nightly", "custodian-monthly"


@dataclass(frozen=True, slots=True)
class Times:
    """When each round is made. Clock times are UTC, which in China is eight hours earlier.

    Nothing legal hangs on them: every case is sealed when it closes, and rounds find what was missed.
    """

    soon: ScheduleSpec = field(
        default_factory=lambda: ScheduleSpec(intervals=[ScheduleIntervalSpec(timedelta(minutes=10))])
    )
    nightly: ScheduleSpec = field(default_factory=lambda: ScheduleSpec(cron_expressions=["30 18 * * *"]))
    monthly: ScheduleSpec = field(default_factory=lambda: ScheduleSpec(cron_expressions=["30 19 1 * *"]))


_ROUNDS: Mapping[str, hands.Rounds] = {
    SOON: hands.Rounds(activities=[hands.SEAL], goes_on=True),
    NIGHTLY: hands.Rounds(activities=[hands.SEAL, hands.REVERIFY, hands.CHECKPOINT]),
    MONTHLY: hands.Rounds(activities=[hands.SEAL_OPEN]),
}


async def keep(client: Client, task_queue: str, times: Times | None = None) -> None:
    """Make the schedules, or bring those that are there up to date; whether one is paused stays as it is.

    Raises RPCError where Temporal is away.
    """
    times = times or Times()
    specs = {SOON: times.soon, NIGHTLY: times.nightly, MONTHLY: times.monthly}
    for name, rounds in _ROUNDS.items():
        await _keep(client, name, _schedule(name, rounds, specs[name], task_queue))


async def make_rounds_now(client: Client, name: str = SOON) -> None:
    """Let a round be made now. Raises RPCError where Temporal is away or there is no such schedule."""
    await client.get_schedule_handle(name).trigger(overlap=ScheduleOverlapPolicy.SKIP)


def _schedule(name: str, rounds: hands.Rounds, spec: ScheduleSpec, task_queue: str) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(hands.CUSTODIAN, rounds, id=name, task_queue=task_queue),
        spec=spec,
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=timedelta(hours=1)),
    )


async def _keep(client: Client, name: str, schedule: Schedule) -> None:
    def brought_up_to_date(found: ScheduleUpdateInput) -> ScheduleUpdate:
        return ScheduleUpdate(replace(schedule, state=found.description.schedule.state))

    try:
        await client.create_schedule(name, schedule)
    except ScheduleAlreadyRunningError:
        await client.get_schedule_handle(name).update(brought_up_to_date)
