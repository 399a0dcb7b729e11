"""The `herun` command: starts what runs, and plays what is rehearsed."""

import sys
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

app = typer.Typer(
    name="herun", no_args_is_help=True, add_completion=False,
    help="和润：矛盾调解与信访订单分包引擎。/ Dispute mediation and petition order-splitting.",
)  # fmt: skip
register = typer.Typer(
    no_args_is_help=True, help="登记簿：台账的投影。/ The register, a projection of the ledger."
)
app.add_typer(register, name="register")

if TYPE_CHECKING:
    from rehearsal.mapping import Mapping

T = TypeVar("T")

DataFolder = Annotated[Path, typer.Option("--data", help="一台机器全部状态的目录。/ Folder with all state.")]
AsJson = Annotated[
    bool, typer.Option("--json", help="末行输出一个 JSON 对象。/ One JSON object as the last line.")
]
MappingName = Annotated[str, typer.Option("--mapping", help="pingshan、petition、boston311 或自备的 TOML。")]
HERE = Path(".herun")


@app.command()
def up(
    data: DataFolder = HERE,
    town: Annotated[bool, typer.Option(help="载入演示镇。/ Load the demo town.")] = True,
) -> None:
    """启动全部：数据库、Temporal、工作者、接口。/ Start everything on this machine; Ctrl-C stops it."""
    from rehearsal.premises import stay_up  # servers are heavy to import for `herun --help`

    _exit(_run(stay_up(data, with_town=town)))


@app.command()
def worker() -> None:
    """运行工作者。/ Run a worker (the same as `python worker.py`)."""
    from worker import main as work

    work()


@app.command()
def api() -> None:
    """运行接口。/ Run the API."""
    from api.serve import main as serve

    serve()


@app.command()
def migrate() -> None:
    """升级数据库结构。/ Bring the database schema up to date."""
    from activities.migrate import migrate as bring_up
    from activities.settings import Role, Settings

    for name in _run(bring_up(Settings().url(Role.OWNER))):
        typer.echo(name)


@app.command()
def token(
    account: Annotated[str, typer.Argument(help="账号，如 xingye.worker。/ Account id.")],
    data: DataFolder = HERE,
    days: Annotated[int, typer.Option(min=1, help="有效天数。/ Days until it expires.")] = 30,
) -> None:
    """为账号签发令牌。/ Make a bearer token for an account."""
    typer.echo(_run(_token(_owner_url(data), account, timedelta(days=days))))


@register.command("rebuild")
def register_rebuild(data: DataFolder = HERE) -> None:
    """由台账重建登记簿。/ Make the register anew from the ledger."""
    cases, events = _run(_rebuild(_owner_url(data)))
    typer.echo(f"{cases} 案 {events} 事件 / {cases} cases, {events} events")


@app.command()
def rehearse(
    file: Annotated[Path, typer.Argument(help=".csv 或 .csv.gz。")],
    mapping: MappingName,
    rulebook: Annotated[str, typer.Option(help="规则书版本。/ Rulebook edition.")] = "default-3",
    limit: Annotated[int | None, typer.Option(min=1, help="只取前若干行。/ Only the first rows.")] = None,
    seed: Annotated[int, typer.Option(help="人物的随机种子。/ Seed of the simulated people.")] = 1,
    rejected: Annotated[
        Path | None, typer.Option(help="写出被拒各行及原因。/ Write rejected rows here.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """在虚拟引擎中演练整个文件。/ Play a whole file in the virtual engine, in seconds."""
    from rehearsal.rehearse import rehearse as play_through

    summary = play_through(
        file, _mapping(mapping), rulebook=rulebook, seed=seed, limit=limit, rejected_to=rejected
    )
    _show(summary, as_json)


@app.command()
def play(
    file: Annotated[Path, typer.Argument(help=".csv 或 .csv.gz。")],
    mapping: MappingName,
    limit: Annotated[int, typer.Option(min=1, help="取若干行。/ How many rows.")] = 200,
    speed: Annotated[
        float, typer.Option(min=1, help="演练时间的倍速。/ Drill seconds in a second.")
    ] = 100_000,
    seed: Annotated[int, typer.Option(help="人物的随机种子。/ Seed of the simulated people.")] = 1,
    data: Annotated[
        Path | None, typer.Option(help="默认用临时目录。/ A temporary folder unless given.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """在真实引擎中以演练时间播放一个文件。/ Play a file through the durable engine in drill time."""
    from rehearsal.premises import play_file

    code, summary = _run(
        play_file(file, _mapping(mapping), limit=limit, speed=speed, seed=seed, data=data, quiet=as_json)
    )
    if summary is not None:
        _show(summary, as_json)
    _exit(code)


@app.command()
def demo(
    as_json: AsJson = False,
    seed: Annotated[int, typer.Option(help="人物的随机种子。/ Seed of the simulated people.")] = 1,
    records: Annotated[
        Path,
        typer.Option(
            help="真实记录所在目录；没有则用演示镇。/ Folder of real records; the demo town without it."
        ),
    ] = Path("../shared/data"),
) -> None:
    """主演示：真实工单、信访分包、调解与吹哨。/ The main job, through the durable engine in drill time."""
    from rehearsal.premises import play_demo

    code, summary = _run(play_demo(records, seed=seed, quiet=as_json))
    if summary is not None:
        _show(summary, as_json)
    _exit(code)


@app.command()
def bench(
    part: Annotated[str, typer.Argument(help="cycle、act 或 virtual。")],
    cases: Annotated[int, typer.Option(min=3, help="每轮的案件或动作数。/ Cases or acts a round.")] = 100,
) -> None:
    """测量并以 JSON 输出。/ Measure, and print JSON."""
    import json

    from rehearsal import bench as benches

    match part:
        case "cycle":
            figures = _run(benches.bench_cycle(cases, (1, 8, 50)))
        case "act":
            figures = _run(benches.bench_act(cases))
        case "virtual":
            figures = benches.bench_virtual(cases)
        case _:
            raise typer.BadParameter("cycle, act, virtual")
    typer.echo(json.dumps(figures))


def main() -> None:
    """Run the command; what people can mend is said in a sentence, not in a traceback."""
    import structlog

    from activities.migrate import MigrationError
    from activities.processes import ProcessError
    from activities.settings import MissingSettingError
    from activities.shelf import BrokenEdition
    from rehearsal.mapping import MappingError
    from rehearsal.records import UnreadableFileError

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is the answer's
    try:
        app()
    except (
        ProcessError,
        MissingSettingError,
        MigrationError,
        BrokenEdition,
        MappingError,
        UnreadableFileError,
    ) as wrong:
        typer.echo(str(wrong), err=True)
        raise SystemExit(2) from None


async def _token(owner_url: str, account: str, lifetime: timedelta) -> str:
    import asyncpg

    from activities import accounts

    connection = await asyncpg.connect(owner_url)
    try:
        return await accounts.create_token(connection, account, lifetime)
    except LookupError:
        raise typer.BadParameter(f"没有账号 {account}。/ No account {account}.") from None
    finally:
        await connection.close()


async def _rebuild(owner_url: str) -> tuple[int, int]:
    import asyncpg
    from rich.progress import Progress

    from activities.rebuild import rebuild

    connection = await asyncpg.connect(owner_url)
    try:
        with Progress(transient=True) as bar:
            task = bar.add_task("台账 / ledger", total=None)
            done = await rebuild(connection, lambda n, total: bar.update(task, completed=n, total=total))
    finally:
        await connection.close()
    return done.cases, done.events


def _mapping(name: str) -> "Mapping":
    """A mapping that ships with the package, or one from a file."""
    from rehearsal.mapping import load_mapping, parse_mapping

    path = Path(name)
    return (
        parse_mapping(path.read_text(encoding="utf-8"), path.stem)
        if path.suffix == ".toml"
        else load_mapping(name)
    )


def _owner_url(data: Path) -> str:
    """The owner's url from the environment, or of the stack that runs on a folder."""
    from activities.settings import Role, Settings
    from stack import running

    settings = Settings()
    return settings.url(Role.OWNER) if settings.owner_url else running(data)["HERUN_OWNER_URL"]


def _show(summary: object, as_json: bool) -> None:
    import json

    from rich.console import Console

    from rehearsal.summary import Summary

    assert isinstance(summary, Summary)
    if as_json:
        typer.echo(json.dumps(summary.json(), ensure_ascii=False))
    else:
        Console().print(summary.table())


def _run(work: Coroutine[object, object, T]) -> T:
    """Run to the end, on the fastest loop there is."""
    import uvloop

    return uvloop.run(work)


def _exit(code: int) -> NoReturn:
    raise SystemExit(code)


if __name__ == "__main__":
    main()
