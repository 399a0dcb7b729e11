"""The commands of whoever keeps a Herun: copy it, restore it, reconcile it; `herun` takes them in."""

from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

keeping = typer.Typer()
T = TypeVar("T")

if TYPE_CHECKING:
    from audit.replays.reconcile import Parted
    from rehearsal.mending import Mended
    from rehearsal.reconciling import Reach

_Data = Annotated[Path, typer.Option("--data", help="一台机器全部状态的目录。/ Folder with all state.")]
_Acknowledged = Annotated[
    Path | None,
    typer.Option(
        help="外部留存的回执，每行“案号 行为编号”。/ Receipts kept outside: case and act id a line."
    ),
]
HERE = Path(".herun")
PARTED = 1
"""Exit code when something is not where it should be."""


@keeping.command()
def backup(to: Annotated[Path, typer.Argument(help="新目录。/ A new folder.")], data: _Data = HERE) -> None:
    """办理照常，备份一台机器的全部状态。/ Copy a machine's whole state while it goes on."""
    from rehearsal.keeping import back_up

    made = _run(back_up(data.resolve(), to.resolve()))
    typer.echo(
        f"{to}: {made.bytes:,} 字节，台账至 {made.ledger_last_id} / bytes, ledger to {made.ledger_last_id}"
    )


@keeping.command()
def restore(
    backup: Annotated[Path, typer.Argument(help="备份目录。/ Folder of the backup.")],
    data: Annotated[Path, typer.Option("--data", help="新目录。/ A new folder.")],
    acknowledged: _Acknowledged = None,
) -> None:
    """在新目录还原备份，并使台账与流程重新一致。/ Lay a copy out and bring ledger and Temporal together."""
    from rehearsal.keeping import lay_out

    made = lay_out(backup.resolve(), data.resolve())
    typer.echo(f"备份时刻 / copied at {made.postgres_at}，台账至 / ledger to {made.ledger_last_id}")
    raise typer.Exit(_run(_reconciled(data.resolve(), acknowledged, mend=True)))


@keeping.command()
def reconcile(
    mend: Annotated[bool, typer.Option(help="使之一致。/ Bring them together.")] = False,
    acknowledged: _Acknowledged = None,
    data: _Data = HERE,
) -> None:
    """比对台账与 Temporal，逐案逐件。/ Where ledger and Temporal have parted, act by act; 1 if anywhere."""
    raise typer.Exit(_run(_reconciled(data.resolve(), acknowledged, mend=mend)))


@keeping.command()
def replay(
    most: Annotated[int, typer.Option(min=1, help="至多几案。/ How many cases at most.")] = 1_000,
    data: _Data = HERE,
) -> None:
    """升级之前：本程序能否接着办正在办的案件。/ Whether this code can go on with running cases; 1 if not."""
    raise typer.Exit(_run(_rehearsed(data.resolve(), most)))


async def _rehearsed(data: Path, most: int) -> int:
    from audit.replays.replaying import rehearsed
    from rehearsal.reconciling import reaching

    count, wrong = 0, 0
    async with reaching(data) as reach:
        async for each in rehearsed(reach.client, reach.shelf, most):
            count, wrong = count + 1, wrong + bool(each.difference)
            if each.difference:
                typer.echo(f"{each.case_no}\t{each.difference}")
    typer.echo(f"{count} 案，不能接着办 {wrong} 案 / {count} cases, {wrong} that this code cannot go on with")
    return PARTED if wrong else 0


async def _reconciled(data: Path, acknowledged: Path | None, *, mend: bool) -> int:
    from rehearsal.reconciling import reaching

    async with reaching(data) as reach:
        found = await reach.look()
        _tell(found)
        if mend:
            mended = await reach.mend(found)
            _tell_mended(mended)
            found = [each for each in found if each.case_no in mended.left]
        lost = await _lost(reach, acknowledged)
    return PARTED if found or lost else 0


async def _lost(reach: "Reach", acknowledged: Path | None) -> int:
    """How many acts that somebody kept a receipt of are nowhere; each is told."""
    from audit.replays.reconcile import unknown

    if acknowledged is None:
        return 0
    kept = _receipts(acknowledged)
    lost = await unknown(reach.pool, kept)
    for case, act_id in lost:
        typer.echo(f"{case}\t备份之后，已不在 / beyond the backup, gone\t{act_id}")
    typer.echo(
        f"回执 {len(kept)}，不在台账 {len(lost)} / receipts {len(kept)}, not on the ledger {len(lost)}"
    )
    return len(lost)


def _receipts(file: Path) -> list[tuple[str, str]]:
    lines = (line.split() for line in file.read_text(encoding="utf-8").splitlines())
    return [(words[0], words[1]) for words in lines if len(words) > 1]


def _tell(found: Sequence["Parted"]) -> None:
    from api.words import load_words

    words = load_words()
    for each in found:
        how = words.both("apart", each.how.value)
        typer.echo(f"{each.case_no}\t{how}\t台账 ledger {each.ledger}，历史 history {each.history}")
        for act in each.acts:
            typer.echo(f"{each.case_no}\t  {act.seq}\t{act.act}\t{act.act_id}")
    typer.echo(f"不一致 {len(found)} 案 / {len(found)} cases have parted")


def _tell_mended(mended: "Mended") -> None:
    for chinese, english, count in (
        ("补写事件", "events written again", mended.written),
        ("重新开始的案件", "cases begun again", mended.begun),
        ("追上台账的案件", "cases that caught up", mended.taught),
        ("备份中没有的文字", "texts on no copy", mended.wordless),
    ):
        typer.echo(f"{count:>8}  {chinese} {english}")
    for number, why in sorted(mended.left.items()):
        typer.echo(f"{number}\t未能恢复 / left\t{why}")


def _run(work: Coroutine[object, object, T]) -> T:
    import uvloop

    return uvloop.run(work)
