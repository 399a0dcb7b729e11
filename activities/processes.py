"""Keeps child processes of this machine: starts them, waits for them, restarts them, leaves none behind."""

import asyncio
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import structlog

Environment: TypeAlias = Mapping[str, str]

HOST = "127.0.0.1"
POLL = 0.02  # seconds between two looks at a process or a port
FIRST_PAUSE, LONGEST_PAUSE, SETTLED = 0.1, 10.0, 30.0  # seconds, for a part that keeps dying

log = structlog.get_logger("processes")


class ProcessError(RuntimeError):
    """A process could not be started; the text is for people."""


async def nothing() -> None:
    """The preparation of a part that needs none."""


async def at_once() -> bool:
    """The check of a part that counts as ready when it runs."""
    return True


@dataclass(frozen=True)
class Part:
    """One process to keep running: how it starts, when it counts as ready, how it is asked to stop.

    `env` is added to ours. `prepare` runs before each start. `orphaned` is the signal the kernel sends it
    when we die without stopping it. It has `patience` seconds to become ready and `grace` to stop.
    """

    name: str
    argv: tuple[str, ...]
    env: Environment = field(default_factory=dict)
    folder: Path | None = None
    prepare: Callable[[], Awaitable[None]] = nothing
    ready: Callable[[], Awaitable[bool]] = at_once
    stop_signal: signal.Signals = signal.SIGTERM
    orphaned: signal.Signals = signal.SIGKILL
    account: str | None = None
    patience: float = 60.0
    grace: float = 15.0


class Child:
    """The process of a `Part`, in a session of its own, so that Ctrl-C reaches us alone.

    Start it from the main thread: the kernel takes the end of the thread for the death of the parent.
    """

    def __init__(self, part: Part, logs: Path, on_start: Callable[[], None] = lambda: None) -> None:
        self.part = part
        self.log_file = logs / f"{part.name}.log"
        self._on_start = on_start
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """The process id, or None while it does not run."""
        return self._process.pid if self._process and self._process.poll() is None else None

    async def start(self) -> None:
        """Returns when it is ready, at once if it runs. Raises `ProcessError` with the end of its log."""
        if self.pid:
            return
        await self.part.prepare()
        self._spawn()
        await self._until_ready()
        self._on_start()
        log.info("part_started", part=self.part.name, pid=self.pid)

    async def exited(self) -> int:
        """The exit code (minus the signal that ended it), once it has ended."""
        while self.pid:  # noqa: ASYNC110 - no event tells it on every system
            await asyncio.sleep(POLL)
        return self._process.returncode if self._process else 0

    async def stop(self) -> None:
        """Asks it to stop, kills it after its grace, and returns when it is gone."""
        if not self._process or not self.pid:
            return
        self._process.send_signal(self.part.stop_signal)
        try:
            async with asyncio.timeout(self.part.grace):
                await self.exited()
        except TimeoutError:
            log.warning("part_killed", part=self.part.name, waited=self.part.grace)
            self.kill()
        log.info("part_stopped", part=self.part.name, code=await self.exited())

    def kill(self) -> None:
        """SIGKILL to it and to what it started in its session."""
        if pid := self.pid:
            os.killpg(pid, signal.SIGKILL)

    def failure(self, chinese: str, english: str) -> ProcessError:
        """An error that ends in the last lines it logged since its start."""
        said = self.log_file.read_bytes()[self._log_start :].decode(errors="replace")
        tail = "\n".join(said.splitlines()[-15:])
        return ProcessError(
            f"{self.part.name} {chinese}。/ {self.part.name} {english}. {self.log_file}\n{tail}"
        )

    def _spawn(self) -> None:
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log_file.open("ab") as lines:
            self._log_start = lines.tell()
            self._process = subprocess.Popen(  # noqa: S603 - its arguments are ours
                [*_tether(self.part), *self.part.argv],
                env={**os.environ, **self.part.env},
                cwd=self.part.folder,
                stdin=subprocess.DEVNULL,
                stdout=lines,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    async def _until_ready(self) -> None:
        try:
            async with asyncio.timeout(self.part.patience):
                while not await self.part.ready():
                    if not self.pid:
                        raise self.failure("启动后即退出", "ended as soon as it was started")
                    await asyncio.sleep(POLL)
        except TimeoutError:
            await self.stop()
            seconds = f"{self.part.patience:.0f}"
            raise self.failure(f"{seconds} 秒内未就绪", f"was not ready in {seconds} s") from None


def _tether(part: Part) -> list[str]:
    """The command under which a part dies with us even after `kill -9`, and under its own account.

    `setpriv` (util-linux) sets PR_SET_PDEATHSIG after it has changed the account, which would clear it.
    The account keeps one capability of root's: to pass through folders closed to others. The shell
    goes on only if we are still the parent: had we died before the signal was set, none would come.
    """
    setpriv = shutil.which("setpriv")
    if setpriv:
        if_ours = ["sh", "-c", 'test "$PPID" = "$0" && exec "$@"', str(os.getpid())]
        return [setpriv, "--pdeathsig", part.orphaned.name, *_identity(part.account), "--", *if_ours]
    if part.account:
        raise ProcessError("以 root 运行需要 setpriv。/ Running as root needs setpriv (util-linux).")
    return []  # the next start ends what this one may leave


def _identity(account: str | None) -> list[str]:
    if account is None:
        return []
    group = str(pwd.getpwnam(account).pw_gid)
    capability = ["--inh-caps=-all,+dac_override", "--ambient-caps=-all,+dac_override"]
    return ["--reuid", account, "--regid", group, "--clear-groups", *capability]


async def end_leftovers(program: str, folder: Path) -> None:
    """Kills every `program` at work in `folder`, left by an earlier life; we hold the folder's lock."""
    while left := [pid for pid in _processes(program) if _works_in(pid, folder)]:
        log.warning("leftovers_killed", program=program, pids=left)
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        await asyncio.sleep(POLL)


def _processes(program: str) -> Iterator[int]:
    for name in Path("/proc").glob("[0-9]*/comm"):
        with suppress(OSError):
            if name.read_text().strip() == program:
                yield int(name.parent.name)


def _works_in(pid: int, folder: Path) -> bool:
    with suppress(OSError):
        return Path(f"/proc/{pid}/cwd").readlink() == folder
    return False


def listening(host: str, port: int) -> Callable[[], Awaitable[bool]]:
    """A check for `Part.ready`: whether something accepts connections there."""

    async def check() -> bool:
        with suppress(OSError):
            (await asyncio.open_connection(host, port))[1].close()
            return True
        return False

    return check


def vacant(host: str, port: int) -> Callable[[], Awaitable[None]]:
    """A preparation for a `Part` that listens there: raises `ProcessError` where another program does.

    Without it the other one's answers would be taken for the part's own.
    """

    async def check() -> None:
        if await listening(host, port)():
            raise ProcessError(
                f"{host} 的端口 {port} 已被其他程序占用，请先停止它，或用 HERUN_API_PORT 另选端口。"
                f"/ Another program has port {port} of {host}: stop it, or choose another with HERUN_API_PORT."
            )

    return check


def free_port(*preferred: int) -> int:
    """The first of `preferred` that nobody has, otherwise another port.

    Never one that the kernel lends to outgoing connections: a client that retries while the server is
    down could be lent the very port it calls, and keep the server from it.
    """
    return next(filter(_is_free, [*preferred, *random.sample(range(17_000, 27_000), 500)]))


def _is_free(port: int) -> bool:
    with socket.socket() as probe, suppress(OSError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((HOST, port))
        return True
    return False


@asynccontextmanager
async def supervised(children: Sequence[Child]) -> AsyncIterator[None]:
    """While it is entered, starts again whichever of `children` ends, at longer and longer intervals."""
    watchers = [asyncio.create_task(_keep(child)) for child in children]
    try:
        yield
    finally:
        for watcher in watchers:
            watcher.cancel()
        await asyncio.gather(*watchers, return_exceptions=True)


async def _keep(child: Child) -> None:
    clock = asyncio.get_running_loop().time
    pause = FIRST_PAUSE
    while True:
        began = clock()
        code = await child.exited()
        pause = FIRST_PAUSE if clock() - began > SETTLED else min(2 * pause, LONGEST_PAUSE)
        log.warning("part_died", part=child.part.name, code=code, again_in=pause)
        await asyncio.sleep(pause)
        try:
            await child.start()
        except (ProcessError, OSError) as failure:
            log.error("part_not_restarted", part=child.part.name, why=str(failure))


async def finish(child: Child) -> None:
    """Runs a part that ends by itself. Raises `ProcessError` unless it ends well."""
    try:
        await child.start()
        if await child.exited():
            raise child.failure("失败", "failed")
    finally:
        await child.stop()
