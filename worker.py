"""Composition root of the worker: puts servers, editions and hands together and serves until told to stop."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TypeVar

import asyncpg
import structlog
import uvloop
from obstore.exceptions import BaseError as StoreError
from temporalio.client import Client
from temporalio.common import WorkerDeploymentVersion
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig
from temporalio.service import RPCError
from temporalio.worker import Worker, WorkerDeploymentConfig

from activities import attachments, content, logs, tally
from activities.content import Connection
from activities.custody import code_version
from activities.custody_rounds import Checkpointer, Custodian
from activities.custody_sealer import Promptness, Sealer
from activities.garbage import collect_seldom
from activities.hands import Hands
from activities.ledger import Ledger
from activities.pools import let_go
from activities.settings import Role, Settings
from activities.shelf import load_shelf
from audit.answers.watch import Watch
from audit.checkpoints import checkpoint, keys
from workflows import provisions, runtime, timetable

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0  # seconds between two attempts to reach a server
SWEEP_EVERY = 600.0  # seconds between two sweeps of content that no event refers to
GRACE = timedelta(seconds=20)  # for what is under way when the worker is told to stop
AGAIN_AFTER = 1.0  # seconds until a loop that goes on is cancelled again
LONGEST_ERROR = 500  # characters of a bug's description
LONGEST_STATEMENT = (
    60.0  # seconds until Postgres counts as away; the ledger has a shorter patience of its own
)
TAKEN_OVER = timedelta(seconds=4)
"""Another worker takes over what a dead one had at hand; sooner than the door's callers lose patience."""

_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)

T = TypeVar("T")
log = structlog.get_logger("worker")


class Stopped(Exception):
    """The worker was told to stop before it had begun."""


async def run(settings: Settings) -> None:
    """Serve cases until SIGTERM or SIGINT; raises as `serve`."""
    await serve(settings, _stop_signals())


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Serve cases until told to stop; servers that are not there yet are waited for.

    Raises `BrokenEdition` for an edition that must not be used and `MissingSettingError` without the ledger's
    url: waiting would mend neither.
    """
    shelf, url = load_shelf(settings.editions_dir), settings.url(Role.LEDGER)
    try:
        pool = await _reach("postgres", lambda: _pool(settings, url), stop)
        client = await _reach("temporal", lambda: _client(settings), stop)
    except Stopped:
        return
    ledger = Ledger(pool)
    try:
        async with _troubles(ledger) as report:
            provisions.lay(shelf, report)
            await _work(client, ledger, settings, pool, stop)
    finally:
        await ledger.close()
        await let_go(pool)
    log.info("stopped")


async def _work(
    client: Client, ledger: Ledger, settings: Settings, pool: asyncpg.Pool, stop: asyncio.Event
) -> None:
    sealer = Sealer(pool, client)
    promptness = Promptness(sealer)
    custodian = Custodian(
        pool, client, sealer, verify=Watch(pool, settings.editions_dir),
        checkpoint=_checkpointer(settings), sample=settings.reverify_sample,
    )  # fmt: skip
    hands = Hands(ledger, client, settings.task_queue, promptness.hear)
    worker = Worker(
        client,
        task_queue=settings.task_queue,
        workflows=runtime.WORKFLOWS,
        activities=(*hands.all, *custodian.all),
        workflow_runner=runtime.runner(),
        graceful_shutdown_timeout=GRACE,
        sticky_queue_schedule_to_start_timeout=TAKEN_OVER,
        deployment_config=_named(),
    )
    async with (
        worker, _background(_sweep(pool, attachments.open_store(settings.attachments))),
        _background(promptness.run()), _background(_timetable(client, settings)),
    ):  # fmt: skip
        log.info("serving", task_queue=settings.task_queue, temporal=settings.temporal_address)
        await stop.wait()
        log.info("stopping")


def _named() -> WorkerDeploymentConfig:
    """Histories name the code that wrote them; which worker gets a case is not decided by it."""
    version = WorkerDeploymentVersion(deployment_name="herun", build_id=code_version())
    return WorkerDeploymentConfig(version=version, use_worker_versioning=False)


def _checkpointer(settings: Settings) -> Checkpointer | None:
    """Signs with the key of the settings, read anew each time, so that a rotation needs no restart; None without.

    A key that cannot be used keeps no case from going on: it is an error in the log now and every night.
    """
    if (key := settings.signing_key) is None:
        return None
    try:
        keys.load(key)
    except keys.KeyFileError as unusable:
        log.error("signing_key_unusable", error=str(unusable))

    async def sign(connection: Connection) -> bool:
        trusted = keys.trusted(settings.audit_keys) if settings.audit_keys else ()
        before = await checkpoint.latest_note(connection)
        made = await checkpoint.write_checkpoint(connection, [keys.load(key)], datetime.now(UTC), trusted)
        return made.note != before

    return sign


async def _timetable(client: Client, settings: Settings) -> None:
    """Make the custodian's schedules, however long Temporal takes to have it."""
    while True:
        try:
            await timetable.keep(client, settings.task_queue)
        except RPCError as refused:
            log.warning("timetable_put_off", error=str(refused.status))
            await asyncio.sleep(LONGEST_PAUSE)
        else:
            return


async def _pool(settings: Settings, url: str) -> asyncpg.Pool:
    return await asyncpg.create_pool(
        url, min_size=settings.pool_min, max_size=settings.pool_max, timeout=5,
        command_timeout=LONGEST_STATEMENT,
    )  # fmt: skip


async def _client(settings: Settings) -> Client:
    telemetry = _telemetry(settings.metrics_bind) if settings.metrics_bind else None
    return await runtime.connect(settings.temporal_address, settings.temporal_namespace, telemetry)


@cache
def _telemetry(address: str) -> Runtime | None:
    """Shows the SDK's metrics at an address; one that is taken keeps no case from going on."""
    try:
        return Runtime(
            telemetry=TelemetryConfig(
                metrics=PrometheusConfig(
                    address, counters_total_suffix=True, durations_as_seconds=True, unit_suffix=True
                )
            )
        )
    except (RuntimeError, ValueError) as taken:
        log.error("metrics_unavailable", address=address, error=str(taken))
        return None


async def _reach(what: str, connect: Callable[[], Awaitable[T]], stop: asyncio.Event) -> T:
    """Connect, however long the server takes to come. Raises Stopped."""
    pause = FIRST_PAUSE
    while not stop.is_set():
        try:
            return await connect()
        except (RuntimeError, *_AWAY) as absent:
            log.warning("waiting_for_server", server=what, error=type(absent).__name__, seconds=pause)
        await _pause(stop, pause)
        pause = min(2 * pause, LONGEST_PAUSE)
    raise Stopped


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await stop.wait()
    except TimeoutError:
        return


def _stop_signals() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


@asynccontextmanager
async def _troubles(ledger: Ledger) -> AsyncIterator[provisions.Report]:
    """An ear for bugs that marks a case in trouble; procedures run in threads, the marks are written here."""
    heard: asyncio.Queue[tuple[str, str]] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    def report(number: str, bug: BaseException) -> None:
        error = f"{type(bug).__name__}: {bug}"[:LONGEST_ERROR]
        log.error("case_stuck", case_no=number, error=type(bug).__name__)
        loop.call_soon_threadsafe(heard.put_nowait, (number, error))

    async with _background(_write_troubles(ledger, heard)):
        yield report


async def _write_troubles(ledger: Ledger, heard: "asyncio.Queue[tuple[str, str]]") -> None:
    while True:
        number, error = await heard.get()
        try:
            await ledger.trouble(number, error)
        except _AWAY:
            log.warning("trouble_not_marked", case_no=number)  # it is reported again at the next attempt


async def _sweep(pool: asyncpg.Pool, store: attachments.Store) -> None:
    """Clear away and count up, for as long as the worker runs."""
    while True:
        await asyncio.sleep(SWEEP_EVERY)
        await sweep_once(pool, store)


async def sweep_once(pool: asyncpg.Pool, store: attachments.Store) -> None:
    """Content that was put and never referred to does not stay (design §2), nor files without content.

    While a case is stuck its acts may wait longer than content is kept: nothing is swept then. Supervision's
    counts are settled too, so that whoever looks after a quiet week need not wait for all of it.
    """
    try:
        async with pool.acquire() as connection:
            stuck = await connection.fetchval("SELECT EXISTS (SELECT FROM trouble)")
            swept = 0 if stuck else await content.sweep(connection)
            files = 0 if stuck else await attachments.tidy(connection, store)
            counted = await tally.settle(connection)
    except (StoreError, *_AWAY):
        log.warning("sweep_failed")
    else:
        log.info("swept", count=swept, files=files, counted=counted)


@asynccontextmanager
async def _background(work: Awaitable[None]) -> AsyncIterator[None]:
    """While it is entered, the work goes on; afterwards it is cancelled until it has ended.

    Once is not enough for a loop: a driver that cleans up may answer a cancellation with an error of its own,
    which the loop takes for a server that is away.
    """
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        while not task.done():
            task.cancel()
            await asyncio.wait((task,), timeout=AGAIN_AFTER)
        await asyncio.gather(task, return_exceptions=True)


def main() -> None:
    """`python worker.py`, the same as `herun worker`."""
    settings = Settings()
    logs.configure(settings)
    collect_seldom()
    uvloop.run(run(settings))


if __name__ == "__main__":
    main()
