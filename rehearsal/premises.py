"""Puts a whole Herun on one machine: servers, schema, a town, a worker and the door, over one folder."""

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from activities.migrate import migrate
from activities.processes import Environment, Part, listening, vacant
from activities.settings import Settings
from activities.shelf import load_shelf
from api.words import load_words
from rehearsal import demo_accounts
from rehearsal.demo_accounts import Keys
from rehearsal.mapping import Mapping
from rehearsal.play import SPEED, Script, demo_script, file_script, play
from rehearsal.progress import board_for
from rehearsal.seals import until_sealed
from rehearsal.settle import settle, settle_people
from rehearsal.summary import Summary
from rehearsal.town import Town, load_town
from stack import INTERRUPTED, forever, up

UNCOUNTED: Environment = {
    f"HERUN_RATE_{name}": "100000000/minute" for name in ("SIGN_IN", "FILING", "FILING_STAFF", "SEARCH")
}
"""For a door at which one client does the work of a town."""

_console = Console(stderr=True)


async def stay_up(data: Path, *, with_town: bool) -> int:
    """Run everything until Ctrl-C, over a folder that keeps all state. Raises ProcessError."""
    town = load_town() if with_town else None
    keys: Keys | None = None

    async def prepare(environment: Environment) -> None:
        nonlocal keys
        await migrate(environment["HERUN_OWNER_URL"])
        if town is not None:
            await settle(environment["HERUN_OWNER_URL"], town)
            keys = await demo_accounts.let_in(environment["HERUN_OWNER_URL"], data, town)

    async def announce(environment: Environment) -> int:
        _announce(environment)
        if town is not None and keys is not None:
            _announce_people(town, keys, data)
        _console.print("  按 Ctrl-C 停止 / Ctrl-C stops it", highlight=False)
        return await forever(environment)

    code = await up(data, whole, prepare=prepare, during=announce, usual_port=True)
    return 0 if code == INTERRUPTED else code


async def play_demo(
    records: Path, *, seed: int, quiet: bool, data: Path | None = None
) -> tuple[int, Summary | None]:
    """The main job: real orders and petitions where the records are, the town's disputes and whistles."""
    script = demo_script(records, load_shelf().rulebook("default-3"), seed)
    return await _perform(script, data, quiet=quiet, seed=seed)


async def play_file(
    file: Path, mapping: Mapping, *, limit: int, speed: float, seed: int, data: Path | None, quiet: bool
) -> tuple[int, Summary | None]:
    """The first rows of an outside record in drill time."""
    script = file_script(file, mapping, load_shelf().rulebook("default-3"), limit)
    return await _perform(script, data, quiet=quiet, seed=seed, speed=speed)


async def _perform(
    script: Script, data: Path | None, *, quiet: bool, seed: int, speed: float = SPEED
) -> tuple[int, Summary | None]:
    """Start servers and a worker, play, stop them; exit 0 only if every case went lawfully."""
    summary: Summary | None = None

    async def prepare(environment: Environment) -> None:
        await migrate(environment["HERUN_OWNER_URL"])
        await settle_people(
            environment["HERUN_OWNER_URL"], script.organisations, script.accounts, script.matters
        )

    async def perform(environment: Environment) -> int:
        nonlocal summary
        settings = Settings.of(environment)
        board = None if quiet else board_for(_console)
        summary = await play(script, settings, seed=seed, board=board, speed=speed)
        unsealed = await until_sealed(settings, None if quiet else _console)
        sealed = summary.tally.closed.total() - unsealed
        summary = replace(summary, more={**summary.more, "sealed": sealed, "unsealed": unsealed})
        return 1 if summary.unlawful or unsealed else 0

    with tempfile.TemporaryDirectory(prefix="herun-") as spare:
        code = await up(data or Path(spare), lambda env: (worker(env),), prepare=prepare, during=perform)
    return code, summary


def whole(environment: Environment) -> Sequence[Part]:
    """A worker and the door."""
    return worker(environment), door(environment)


def worker(environment: Environment, name: str = "worker") -> Part:
    """A worker process."""
    return Part(name, _herun("worker"), env=environment)


def door(environment: Environment, name: str = "api") -> Part:
    """A process of the door; it does not start where another program has its port."""
    host, port = environment["HERUN_API_HOST"], int(environment["HERUN_API_PORT"])
    return Part(name, _herun("api"), env=environment, prepare=vacant(host, port), ready=listening(host, port))


def _herun(command: str) -> tuple[str, ...]:
    return (sys.executable, "-m", "cli", command)


def _announce(environment: Environment) -> None:
    url = f"http://{environment['HERUN_API_HOST']}:{environment['HERUN_API_PORT']}"
    _console.print(f"[bold]和润 Herun[/bold]  {url}")
    _console.print(f"  接口文档 API documentation   {url}/docs")


def _announce_people(town: Town, keys: Keys, data: Path) -> None:
    """One account for each role of the demo town; every other one has the same password."""
    option = "" if data == Path(".herun") else f" --data {data}"
    _console.print(f"  演示口令 demo password       [bold]{keys.password}[/bold]", highlight=False)
    words = load_words()
    for each in demo_accounts.cast(town):
        mark = "  + 动态码 code" if each.id in keys.authenticators else ""
        role = words.both("role", each.role.value)
        _console.print(f"    {each.id:<22} {role}{mark}", highlight=False)
    _console.print(f"  动态码与验证码 codes         herun code ACCOUNT|CASE{option}", highlight=False)
    _console.print(f"  令牌 a bearer token         herun token xingye.worker{option}", highlight=False)
