"""`herun audit`: verify and export as commands; what is heavy is imported when it is used."""

import os
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.commands import checkpoints, study
from audit.commands.looking import FOUND, CannotLook, looking
from audit.commands.outside import HERE, By, DataFolder, Keys, Language, outside_of, ran

if TYPE_CHECKING:
    from audit.casefiles.choosing import Query
    from audit.commands.plans import Plan

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="审计：核验、导出、检查点。/ The proof: verify, export, checkpoints.",
)


@app.command()
def verify(
    context: typer.Context,
    what: Annotated[list[str] | None, typer.Argument(help="案号或案卷文件。/ Case numbers or files.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="全部案件。/ Every case.")] = False,
    since: Annotated[datetime | None, typer.Option(help="此后立案的。/ Opened since then.")] = None,
    kind: Annotated[str | None, typer.Option(help="order、petition、mediation 或 whistle。")] = None,
    unit: Annotated[str | None, typer.Option(help="经手的单位。/ A unit it touched.")] = None,
    against: Annotated[Path | None, typer.Option(help="自存的检查点。/ A checkpoint kept outside.")] = None,
    keys: Keys = None,
    as_json: Annotated[bool, typer.Option("--json", help="只输出一行 JSON。/ One line of JSON.")] = False,
    lang: Language = None,
    by: By = None,
    processes: Annotated[int | None, typer.Option(min=1, help="默认每核一个。/ One a core.")] = None,
    data: DataFolder = HERE,
) -> None:
    """五问核验；0 无发现，1 有发现，2 无法核验。/ The five answers; 0 clean, 1 findings, 2 could not look."""
    from audit.casefiles.choosing import Query
    from audit.commands.plans import verify_database, verify_files
    from audit.commands.telling import Outcome, as_text
    from audit.commands.telling import as_json as json_of

    outside, began, outcome = outside_of(context), time.perf_counter(), Outcome()
    with looking():
        plan = _plan(what or [], Query(since, kind, unit), everything, against, keys, by)
        verify_files(plan, outcome)
        if plan.needs_database:
            verify_database(plan, outside.settings(data), processes or _cores(), outcome)
    seconds = time.perf_counter() - began
    lines = [json_of(outcome, seconds)] if as_json else as_text(outcome, seconds, outside.speaking(lang))
    for line in lines:
        typer.echo(line)
    raise typer.Exit(0 if outcome.is_clean else FOUND)


@app.command()
def export(
    context: typer.Context,
    case: Annotated[str, typer.Argument(help="案号。/ Case number.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="写到何处。/ Where to write.")],
    with_content: Annotated[
        bool, typer.Option("--with-content", help="含文字与姓名；须有权查看。/ With words; needs the right.")
    ] = False,
    by: By = None,
    data: DataFolder = HERE,
) -> None:
    """导出案卷：一个文件，断网可验。/ One file with all that the proof needs; verifiable off line."""
    from activities.settings import Role
    from audit.casefiles.editions import open_library
    from audit.casefiles.exporting import ExportRefused
    from audit.casefiles.exporting import export as packed

    outside = outside_of(context)
    with looking():
        settings = outside.settings(data)
        library = open_library(settings.editions_dir)
        try:
            file = ran(
                settings.url(Role.READER),
                lambda reader: packed(reader, case, library, by=by, with_content=with_content),
            )
        except ExportRefused as refused:
            zh, en = (outside.say("export_refusal", refused.code, each) for each in ("zh", "en"))
            raise CannotLook(f"{zh}：{refused.about}。", f"{en}: {refused.about}.") from None
        output.write_bytes(file)
    typer.echo(f"{output} ({len(file)} B)")


def _plan(
    what: Sequence[str], query: "Query", everything: bool, against: Path | None, keys: Path | None,
    by: str | None,
) -> "Plan":  # fmt: skip
    from audit.checkpoints.keys import trusted
    from audit.commands.plans import Plan

    asked = query if everything or not query.is_everything else None
    if not what and asked is None:
        raise CannotLook("请给出案号、文件或 --all。", "Name cases or files, or say --all.")
    return Plan(
        files=[Path(each) for each in what if _is_file(each)],
        numbers=[each for each in what if not _is_file(each)],
        query=asked,
        note=against.read_text(encoding="utf-8") if against is not None else None,
        keys=trusted(keys) if keys is not None else (),
        by=by,
    )


def _is_file(what: str) -> bool:
    """No case number has a dot or a slash; a file may be called like one."""
    return "/" in what or "." in what or Path(what).exists()


def _cores() -> int:
    return len(os.sched_getaffinity(0))


checkpoints.register(app)
study.register(app)
