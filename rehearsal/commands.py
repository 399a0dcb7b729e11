"""The commands that put something on the stage: rehearsing, playing, measuring, torturing; `herun` takes them in."""

from collections.abc import Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

stage = typer.Typer()

if TYPE_CHECKING:
    from rehearsal.mapping import Mapping

T = TypeVar("T")

AsJson = Annotated[
    bool, typer.Option("--json", help="末行输出一个 JSON 对象。/ One JSON object as the last line.")
]
MappingName = Annotated[str, typer.Option("--mapping", help="pingshan、petition、boston311 或自备的 TOML。")]


@stage.command()
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


@stage.command()
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


@stage.command()
def demo(
    as_json: AsJson = False,
    seed: Annotated[int, typer.Option(help="人物的随机种子。/ Seed of the simulated people.")] = 1,
    records: Annotated[
        Path,
        typer.Option(
            help="真实记录所在目录；没有则用演示镇。/ Folder of real records; the demo town without it."
        ),
    ] = Path("../shared/data"),
    data: Annotated[
        Path | None, typer.Option(help="默认用临时目录。/ A temporary folder unless given.")
    ] = None,
) -> None:
    """主演示：真实工单、信访分包、调解与吹哨。/ The main job, through the durable engine in drill time."""
    from rehearsal.premises import play_demo

    code, summary = _run(play_demo(records, seed=seed, quiet=as_json, data=data))
    if summary is not None:
        _show(summary, as_json)
    _exit(code)


@stage.command()
def bench(
    part: Annotated[
        str, typer.Argument(help="all、cycle、split、timers、size、year、audit、memory。")
    ] = "all",
    scale: Annotated[str, typer.Option(help="tiny、short、long。")] = "short",
    out: Annotated[Path | None, typer.Option(help="逐行写入 JSON。/ Add a line of JSON a part.")] = None,
) -> None:
    """测量各部分，列表并输出 JSON。/ Measure parts; print a table, and a JSON object a line."""
    from rich.console import Console

    from rehearsal.benches.figures import Scale, table
    from rehearsal.benches.running import Part, measured

    if scale not in tuple(Scale) or part not in ("all", *Part):
        raise typer.BadParameter(f"{', '.join(('all', *Part))}; {', '.join(Scale)}")
    done = []
    for each in Part if part == "all" else (Part(part),):
        done.append(_run(measured(each, Scale(scale))))
        _say_line(done[-1].json(), out)
    Console(stderr=True).print(table(done))


@stage.command()
def torture(
    part: Annotated[str, typer.Argument(help="all、simulation、kill、cut、load、upgrade、restore。")] = "all",
    scale: Annotated[str, typer.Option(help="tiny、short、long。")] = "short",
    seed: Annotated[int, typer.Option(help="同一种子，同样的折磨。/ The same seed, the same faults.")] = 1,
    resume: Annotated[bool, typer.Option(help="接着上次中断处。/ Go on where it was interrupted.")] = False,
    count: Annotated[
        int | None,
        typer.Option("--count", "--lives", min=1, help="以此数代替规模所定之数。/ How many instead."),
    ] = None,
    folder: Annotated[
        Path, typer.Option(help="各部分的数据与进度。/ Data and progress of the parts.")
    ] = Path(".herun/torture"),
    life: Annotated[
        Path | None, typer.Option(help="重放一份缩短的生涯。/ Replay one shrunk life of the simulation.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="逐行写入 JSON。/ Add a line of JSON a part.")] = None,
) -> None:
    """以种子造成的故障折磨各部分；有失败则以 1 结束。/ Torture parts by seed; ends with 1 if anything failed."""
    from rich.console import Console

    from rehearsal.benches.figures import Scale
    from rehearsal.torture.running import Part, tortured
    from rehearsal.torture.tally import Order, table
    from rehearsal.torture.telling import Telling

    if life is not None:
        _relive(life)
    if scale not in tuple(Scale) or part not in ("all", *Part):
        raise typer.BadParameter(f"{', '.join(('all', *Part))}; {', '.join(Scale)}")
    console = Console(stderr=True)
    order = Order(Scale(scale), seed, folder.resolve(), Telling(console), resume, count)
    done = []
    for each in Part if part == "all" else (Part(part),):
        done.append(_run(tortured(each, order)))
        _say_line(done[-1].json(), out)
    console.print(table(done))
    _exit(int(any(each.tally.failures for each in done)))


def _relive(life: Path) -> NoReturn:
    from rehearsal.torture.simulation import relive

    failures = relive(life)
    for each in failures:
        typer.echo(f"{each.what}: {each.detail}")
    _exit(int(bool(failures)))


def _say_line(answer: dict[str, Any], out: Path | None) -> None:
    """One JSON object on a line, and in a file if one was named."""
    import json

    line = json.dumps(answer, ensure_ascii=False)
    typer.echo(line)
    if out is not None:
        with out.open("a", encoding="utf-8") as lines:
            lines.write(f"{line}\n")


def _mapping(name: str) -> "Mapping":
    """A mapping that ships with the package, or one from a file."""
    from rehearsal.mapping import load_mapping, parse_mapping

    path = Path(name)
    return (
        parse_mapping(path.read_text(encoding="utf-8"), path.stem)
        if path.suffix == ".toml"
        else load_mapping(name)
    )


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
