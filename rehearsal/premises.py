"""Puts a whole Herun on one machine: servers, schema, a town, a worker and the door, over one folder."""

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from activities.migrate import migrate
from activities.processes import Environment, Part, listening
from rehearsal.settle import settle
from rehearsal.town import load_town
from stack import INTERRUPTED, forever, up

_console = Console(stderr=True)


async def stay_up(data: Path, *, with_town: bool) -> int:
    """Run everything until Ctrl-C, over a folder that keeps all state. Raises ProcessError."""

    async def prepare(environment: Environment) -> None:
        await migrate(environment["HERUN_OWNER_URL"])
        if with_town:
            await settle(environment["HERUN_OWNER_URL"], load_town())

    async def announce(environment: Environment) -> int:
        _announce(environment, data, with_town=with_town)
        return await forever(environment)

    code = await up(data, whole, prepare=prepare, during=announce)
    return 0 if code == INTERRUPTED else code


def whole(environment: Environment) -> Sequence[Part]:
    """A worker and the door."""
    host, port = environment["HERUN_API_HOST"], int(environment["HERUN_API_PORT"])
    return (
        worker(environment),
        Part("api", _herun("api"), env=environment, ready=listening(host, port)),
    )


def worker(environment: Environment, name: str = "worker") -> Part:
    """A worker process."""
    return Part(name, _herun("worker"), env=environment)


def _herun(command: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "cli", command)


def _announce(environment: Environment, data: Path, *, with_town: bool) -> None:
    url = f"http://{environment['HERUN_API_HOST']}:{environment['HERUN_API_PORT']}"
    _console.print(f"[bold]和润 Herun[/bold]  {url}")
    _console.print(f"  接口文档 API documentation   {url}/docs")
    if with_town:
        option = "" if data == Path(".herun") else f" --data {data}"
        _console.print(f"  令牌 a bearer token         herun token xingye.worker{option}")
        _console.print("  账号 accounts               resident-01  xingye.worker  zhujian.handler  xinfang.officer")
    _console.print("  按 Ctrl-C 停止 / Ctrl-C stops it", highlight=False)
