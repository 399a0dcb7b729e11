"""`herun audit state|diff|explain|whatif|ocel|duties`: look into records and study them; heavy imports come late."""

import json
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from audit.commands.looking import looking
from audit.commands.outside import HERE, By, DataFolder, Language, outside_of
from domain.vocabulary import CaseKind

study = typer.Typer(no_args_is_help=True, help="查看与研究台账。/ Look into records and study them.")

AsJson = Annotated[bool, typer.Option("--json", help="以 JSON 输出。/ Print JSON.")]
CaseArgument = Annotated[str, typer.Argument(metavar="CASE", help="案件编号。/ Case number.")]
At = Annotated[str, typer.Argument(help="事件序号、时刻或日期。/ Event number, instant or day.")]
Since = Annotated[datetime | None, typer.Option(help="立案不早于。/ Opened not before.")]
Until = Annotated[datetime | None, typer.Option(help="立案早于。/ Opened before.")]
Matter = Annotated[str | None, typer.Option(help="事项及其下级。/ A matter and all below it.")]
KindOption = Annotated[CaseKind | None, typer.Option(help="案件类别。/ Kind of case.")]
Drill = Annotated[bool, typer.Option(help="只看演练案件。/ Training cases instead of real ones.")]
Out = Annotated[Path, typer.Option("-o", "--output", help="写到此文件。/ Write to this file.")]
PINGSHAN = Path("../shared/data/cn_hotline_pingshan_2018_02_to_10.csv")


def register(app: typer.Typer) -> None:
    """Put these commands beside those that a group has."""
    app.registered_commands.extend(study.registered_commands)


@study.command("state")
def state_command(
    context: typer.Context, case: CaseArgument,
    at: Annotated[str, typer.Option(help="事件序号、时刻或日期。/ Event number, instant or day.")] = "",
    as_json: AsJson = False, by: By = None, lang: Language = None, data: DataFolder = HERE,
) -> None:  # fmt: skip
    """案件在某一时刻的样子。/ A case as it stood at a moment."""
    from audit.commands.looks import events_of, moment, within
    from audit.commands.study_telling import state_lines
    from audit.study.travel import state_at

    outside = outside_of(context)
    with looking(), within():
        number, events = events_of(outside.settings(data), case, by, "state")
        snapshot = state_at(number, events, moment(at) if at else len(events))
    _print(snapshot.json(), state_lines(snapshot, outside.speaking(lang)), as_json)


@study.command("diff")
def diff_command(
    context: typer.Context, case: CaseArgument, one: At, other: At, as_json: AsJson = False, by: By = None,
    lang: Language = None, data: DataFolder = HERE,
) -> None:  # fmt: skip
    """两个时刻之间改变了什么。/ What changed between two moments."""
    from audit.commands.looks import events_of, moment, within
    from audit.commands.study_telling import change_lines
    from audit.study.travel import diff

    outside = outside_of(context)
    with looking(), within():
        number, events = events_of(outside.settings(data), case, by, "diff")
        changes = diff(number, events, moment(one), moment(other))
    _print([each.json() for each in changes], change_lines(changes, outside.speaking(lang)), as_json)


@study.command("explain")
def explain_command(
    context: typer.Context, case: CaseArgument,
    seq: Annotated[int | None, typer.Argument(help="事件序号；不给则全部。/ Event number; all without one.")] = None,
    as_json: AsJson = False, by: By = None, lang: Language = None, data: DataFolder = HERE,
) -> None:  # fmt: skip
    """事件为何如此：起因、依据、期限算式、拒绝理由。/ Why an event is there: cause, rule, dates, refusals."""
    from audit.commands.looks import explained
    from audit.commands.study_telling import explained_lines, refused_lines

    outside = outside_of(context)
    with looking():
        told, refused = explained(outside.settings(data), case, seq, by)
    say = outside.speaking(lang)
    lines = [line for each in told for line in explained_lines(each, say)]
    shown = {"events": [each.json() for each in told], "refused": [each.json() for each in refused]}
    _print(shown, (*lines, *refused_lines(refused, say)), as_json)


@study.command("whatif")
def whatif_command(
    context: typer.Context,
    rulebook: Annotated[str, typer.Option(help="换用的规则书版本。/ The edition to run under.")],
    since: Since = None, until: Until = None, matter: Matter = None, kind: KindOption = None,
    csv: Annotated[Path | None, typer.Option(help="全部计数写成 CSV。/ Every count as CSV.")] = None,
    svg: Annotated[Path | None, typer.Option(help="按单位的图。/ A chart by unit.")] = None,
    generated: Annotated[
        int, typer.Option(min=0, help="改用生成的一年，案件数。/ A generated year of so many cases.")
    ] = 0,
    pinned: Annotated[str, typer.Option(help="生成的一年所用版本。/ Edition of the generated year.")] = "default-3",
    record: Annotated[
        Path, typer.Option(help="生成所仿的记录；没有则按公布数字。/ Record whose shape it has, if it is there.")
    ] = PINGSHAN,
    seed: Annotated[int, typer.Option(help="随机种子。/ Seed.")] = 1,
    every: Annotated[bool, typer.Option(help="连不可能改变的也重跑。/ Run also what cannot differ.")] = False,
    drill: Drill = False, as_json: AsJson = False, by: By = None, lang: Language = None,
    data: DataFolder = HERE,
) -> None:  # fmt: skip
    """换一版规则，已结案件会怎样。/ Closed cases run again under another edition."""
    from audit.commands.looks import Year, legend, study_ledger, study_year, wanted
    from audit.commands.study_telling import found_json, found_lines

    outside = outside_of(context)
    say = outside.speaking(lang)
    with looking():
        if generated:
            year = Year(generated, seed, pinned, record if record.exists() else None)
            found = study_year(rulebook, year, every)
        else:
            chosen = wanted(since, until, matter, kind, drill)
            found = study_ledger(outside.settings(data), rulebook, chosen, every, by)
        _write(found, csv, svg, legend(rulebook, say))
    _print(found_json(found), found_lines(found, say), as_json)


@study.command("ocel")
def ocel_command(
    context: typer.Context, out: Out, since: Since = None, until: Until = None, matter: Matter = None,
    kind: KindOption = None, drill: Drill = False, by: By = None, data: DataFolder = HERE,
) -> None:  # fmt: skip
    """导出 OCEL 2.0：.json 或 .sqlite。/ Export OCEL 2.0 as .json or .sqlite."""
    from audit.commands.looks import export_ocel, wanted

    with looking():
        chosen = wanted(since, until, matter, kind, drill)
        written = export_ocel(outside_of(context).settings(data), chosen, out, by)
    typer.echo(json.dumps(written.json(), ensure_ascii=False))


@study.command("duties")
def duties_command(
    context: typer.Context, out: Out = Path("-"), since: Since = None, until: Until = None,
    matter: Matter = None, kind: KindOption = None, drill: Drill = False, by: By = None,
    data: DataFolder = HERE,
) -> None:  # fmt: skip
    """导出全部职责为 CSV。/ Export every duty as CSV."""
    from audit.commands.looks import export_duties, wanted

    with looking():
        settings = outside_of(context).settings(data)
        chosen = wanted(since, until, matter, kind, drill)
        if out == Path("-"):
            written = export_duties(settings, chosen, sys.stdout, by)
        else:
            with out.open("w", encoding="utf-8", newline="") as file:
                written = export_duties(settings, chosen, file, by)
    typer.echo(f"{written} 项职责 / {written} duties", err=True)


def _write(found: Any, csv: Path | None, svg: Path | None, words: Any) -> None:
    from audit.study.charts import on_time_chart
    from audit.study.whatif import rows_of, write_csv

    if csv is not None:
        csv.write_text(write_csv(found.tally), encoding="utf-8")
    if svg is not None:
        svg.write_text(on_time_chart(rows_of(found.tally.by_unit), words), encoding="utf-8")


def _print(value: Any, lines: Iterable[str], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(value, ensure_ascii=False))
        return
    for line in lines:
        typer.echo(line)
