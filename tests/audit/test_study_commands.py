"""`herun audit state|diff|explain|whatif|ocel|duties` as an auditor types them."""

import asyncio
import csv
import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner, Result

from activities.settings import Role, Settings
from api.words import Language, load_words
from audit.commands.app import app
from audit.commands.outside import Outside
from audit.study.courses import Fate
from audit.study.travel import ChangeCode, DutyStatus, state_at
from domain.vocabulary import CaseKind, CaseNo
from rehearsal.into_ledger import Lives

Run = Callable[..., Result]


@pytest.fixture
def run(written: Any) -> Run:
    """The commands over the module's database."""
    settings = Settings(reader_url=written.url(Role.READER))
    words = load_words()
    outside = Outside(
        lambda _: settings, lambda table, code, tongue: words.say(table, code, Language(tongue))
    )

    def typed(*arguments: str) -> Result:
        return CliRunner().invoke(app, arguments, obj=outside)

    return typed


@pytest.fixture
def petition(town_lives: Lives) -> CaseNo:
    """A petition that was split."""
    return next(
        number for number, events in town_lives.events.items()
        if events[0].fact.kind is CaseKind.PETITION and any(e.fact.code == "case_linked" for e in events)  # type: ignore[attr-defined]
    )  # fmt: skip


def entries(written: Any) -> Sequence[Any]:
    async def read() -> Sequence[Any]:
        connection = await asyncpg.connect(written.url(Role.READER))
        try:
            return await connection.fetch("SELECT * FROM journal WHERE stream = 'access' ORDER BY seq")
        finally:
            await connection.close()

    return asyncio.run(read())


def test_the_state_of_a_case_is_printed_and_the_look_is_written_down(
    run: Run, written: Any, petition: CaseNo, town_lives: Lives
) -> None:
    shown = run("state", petition, "--json", "--at", "3", "--by", "shenji.auditor")
    assert shown.exit_code == 0, shown.output
    assert json.loads(shown.stdout) == state_at(petition, town_lives.events[petition], 3).json()
    last = entries(written)[-1]
    assert (last["account"], last["case_no"], json.loads(last["data"])["view"]) == (
        "shenji.auditor", petition, "state",
    )  # fmt: skip
    told = run("state", petition, "--lang", "zh").stdout
    assert "阶段" in told
    assert "split-into" not in told
    assert "Stage" in run("state", petition, "--lang", "en").stdout


def test_the_difference_is_told_in_words_or_as_json(run: Run, petition: CaseNo) -> None:
    shown = run("diff", petition, "1", "2030-01-01", "--json")
    codes = {each["code"] for each in json.loads(shown.stdout)}
    assert {"duty_opened", "duty_settled", "part_opened", "feature"} <= codes
    told = run("diff", petition, "1", "2030-01-01", "--lang", "zh").stdout
    assert "新职责" in told
    assert run("diff", petition, "4", "4", "--lang", "en").stdout == "Nothing changed\n"


def test_an_event_is_explained_and_so_are_all(run: Run, petition: CaseNo) -> None:
    every = json.loads(run("explain", petition, "--json").stdout)["events"]
    one = json.loads(run("explain", petition, "2", "--json").stdout)["events"]
    assert one == [every[1]]
    told = run("explain", petition, "--lang", "zh").stdout
    assert "《信访工作条例》" in told
    assert "依据" in told


@pytest.mark.parametrize(
    "arguments",
    [
        ("state", "O20200101-00001"), ("state", "{case}", "--at", "9999"), ("state", "{case}", "--at", "soon"),
        ("diff", "{case}", "0", "2"), ("explain", "{case}", "9999"),
        ("whatif", "--rulebook", "nowhere-1"), ("whatif", "--rulebook", "default-3", "--since", "2090-01-01"),
        ("ocel", "-o", "log.xes"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_at_ends_with_two_and_a_sentence(
    arguments: tuple[str, ...], run: Run, petition: CaseNo
) -> None:
    refused = run(*(each.format(case=petition) for each in arguments))
    assert refused.exit_code == 2
    assert "/ " in refused.stderr
    assert "Traceback" not in refused.output


def test_a_study_of_the_ledger_gives_a_table_a_csv_and_a_chart(
    run: Run, tmp_path: Path, written: Any
) -> None:
    table, chart = tmp_path / "study.csv", tmp_path / "study.svg"
    shown = run(
        "whatif",
        "--rulebook",
        "statutory-2026",
        "--drill",
        "--csv",
        str(table),
        "--svg",
        str(chart),
        "--json",
    )
    assert shown.exit_code == 0, shown.output
    found = json.loads(shown.stdout.splitlines()[-1])
    assert found["cases"] > 20
    assert found["cannot_run"].get("mediation", 0) > 0  # that edition has no levels of its own
    assert {row["group"] for row in csv.DictReader(table.read_text(encoding="utf-8").splitlines())} == {
        "duty",
        "unit",
        "matter",
    }
    assert chart.read_text(encoding="utf-8").startswith("<svg")
    last = entries(written)[-1]
    assert (last["kind"], json.loads(last["data"])["rulebook"]) == ("table_exported", "statutory-2026")


def test_a_generated_year_needs_no_database(run: Run, tmp_path: Path) -> None:
    shown = run("whatif", "--rulebook", "gaotai-4x7", "--generated", "40", "--record", str(tmp_path / "none"),
                "--lang", "en")  # fmt: skip
    assert shown.exit_code == 0, shown.output
    assert "40 cases; 0 with duties that fare otherwise; 40 that no due date can change" in shown.stdout
    assert "Handle the order" in shown.stdout


def test_logs_and_duties_are_written_to_files(run: Run, tmp_path: Path) -> None:
    log, base, duties = (tmp_path / name for name in ("log.json", "log.sqlite", "duties.csv"))
    counts = json.loads(run("ocel", "-o", str(log), "--drill").stdout)
    assert counts["events"] == len(json.loads(log.read_text(encoding="utf-8"))["events"]) > 500
    assert json.loads(run("ocel", "-o", str(base), "--drill").stdout) == counts
    with closing(sqlite3.connect(base)) as opened:
        assert opened.execute("SELECT count(*) FROM event").fetchone() == (counts["events"],)
    told = run("duties", "-o", str(duties), "--drill")
    lines = list(csv.DictReader(duties.read_text(encoding="utf-8").splitlines()))
    assert told.stderr.startswith(f"{len(lines)} ")
    orders = run("duties", "--drill", "--kind", "order").stdout
    assert 0 < len(list(csv.DictReader(orders.splitlines()))) < len(lines)


@pytest.mark.parametrize("language", Language)
def test_every_code_that_is_told_has_words(language: Language, town_lives: Lives) -> None:
    words = load_words()
    number, events = next(iter(town_lives.events.items()))
    state = state_at(number, events, 1).json()
    features = set(words.table("case_feature", language))
    assert features <= set(state)
    assert set(words.table("change_code", language)) == {code.value for code in ChangeCode}
    assert set(words.table("fate", language)) == {code.value for code in Fate}
    assert set(words.table("duty_status", language)) == {*(code.value for code in DutyStatus), "breached"}
