"""The virtual engine judges outside records as they judged themselves, and accounts for every row."""

import gzip
import json
from pathlib import Path

import pytest

from domain.shelf import UnknownEdition
from rehearsal.mapping import load_mapping
from rehearsal.records import UnreadableFileError
from rehearsal.rehearse import rehearse

DATA = Path(__file__).parents[3] / "shared" / "data"
PINGSHAN = DATA / "cn_hotline_pingshan_2018_02_to_10.csv"
PETITIONS = DATA / "cn_petition_reply_2011_2018.csv"
BOSTON = DATA / "boston311_2015H1.csv.gz"

HEADER = (
    "CASE_ENQUIRY_ID,OPEN_DT,TARGET_DT,CLOSED_DT,OnTime_Status,CASE_STATUS,CLOSURE_REASON,CASE_TITLE,"
    "SUBJECT,REASON,TYPE,QUEUE,Department,neighborhood,ward,Source"
)
OPENED, TARGET = "2015-01-05 09:00:00", "2015-01-20 08:30:00"


def row(number: int, target: str, closed: str, label: str, opened: str = OPENED) -> str:
    status = "Closed" if closed else "Open"
    return (
        f"{number},{opened},{target},{closed},{label},{status},done,Lamp,Public Works,Street Lights,"
        f"Outage,PWDx_Lamps,PWDx,Back Bay,Ward 5,Call"
    )


def boston(folder: Path, *rows: str) -> Path:
    path = folder / "requests.csv"
    path.write_text("\n".join((HEADER, *rows)) + "\n", encoding="utf-8")
    return path


def needs(path: Path) -> pytest.MarkDecorator:
    return pytest.mark.skipif(not path.exists(), reason=f"the real record {path.name} is not here")


def test_the_engine_judges_each_row_as_the_record_did(tmp_path: Path) -> None:
    path = boston(
        tmp_path,
        row(1, TARGET, "2015-01-19 12:00:00", "ONTIME"),
        row(2, TARGET, "2015-02-01 12:00:00", "OVERDUE"),
        row(3, TARGET, "2015-01-20 08:30:00", "ONTIME"),  # at the very instant: in time
        row(4, TARGET, "2015-01-20 08:30:01", "OVERDUE"),  # a second later: late
        row(5, TARGET, "2015-01-04 12:00:00", "ONTIME"),  # closed before it was opened
        row(6, "2015-06-30 17:00:00", "2015-06-30 17:00:00", "ONTIME"),
    )
    found = rehearse(path, load_mapping("boston311")).json()
    assert (found["cases"], found["agreements"], found["disagreements"]) == (6, 6, 0)
    assert (found["breached"], found["on_time_rate"]) == (2, round(4 / 6, 4))


def test_a_wrong_label_is_a_disagreement(tmp_path: Path) -> None:
    path = boston(
        tmp_path,
        row(1, TARGET, "2015-01-19 12:00:00", "OVERDUE"),
        row(2, TARGET, "2015-01-20 08:30:00", "OVERDUE"),
        row(3, TARGET, "2015-01-20 08:30:01", "ONTIME"),
        row(4, TARGET, "2015-01-19 12:00:00", "ONTIME"),
    )
    found = rehearse(path, load_mapping("boston311")).json()
    assert (found["agreements"], found["disagreements"]) == (1, 3)


def test_rows_that_nothing_can_judge_are_counted_apart(tmp_path: Path) -> None:
    path = boston(
        tmp_path,
        row(1, "", "2015-01-19 12:00:00", "ONTIME"),
        row(2, TARGET, "", "OVERDUE"),
        row(3, "", "", "ONTIME"),
        row(4, TARGET, "2015-03-01 12:00:00", ""),
        row(5, TARGET, "2015-01-06 12:00:00", "ONTIME"),
    )
    found = rehearse(path, load_mapping("boston311")).json()
    assert (found["cases"], found["judged"], found["unlabelled"]) == (5, 2, 1)
    assert (found["without_target"], found["unclosed"]) == (2, 1)
    assert (found["agreements"], found["disagreements"], found["breached"]) == (1, 0, 1)


def test_a_rejected_row_is_written_with_its_reason(tmp_path: Path) -> None:
    path = boston(
        tmp_path, row(1, TARGET, "", "ONTIME"), row(1, TARGET, "", "ONTIME"), row(2, TARGET, "", "", "soon")
    )
    rejected = tmp_path / "rejected.csv"
    found = rehearse(path, load_mapping("boston311"), rejected_to=rejected).json()
    assert (found["cases"], found["rejected"], found["rows"]) == (1, 2, 3)
    written = rejected.read_text(encoding="utf-8").splitlines()[1:]
    assert [line.split(",")[1] for line in written] == ["duplicate_number", "bad_time"]


def test_an_empty_record_has_an_empty_summary(tmp_path: Path) -> None:
    found = rehearse(boston(tmp_path), load_mapping("boston311")).json()
    assert (found["cases"], found["agreements"], found["on_time_rate"]) == (0, 0, None)


def test_compressed_and_plain_records_give_the_same(tmp_path: Path) -> None:
    plain = boston(tmp_path, row(1, TARGET, "2015-02-01 12:00:00", "OVERDUE"))
    packed = tmp_path / "requests.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    one, other = (rehearse(path, load_mapping("boston311")).json() for path in (plain, packed))
    assert {**one, "seconds": 0, "acts_per_second": 0} == {**other, "seconds": 0, "acts_per_second": 0}


def test_what_is_no_record_is_refused(tmp_path: Path) -> None:
    stranger = tmp_path / "stranger.csv"
    stranger.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(UnreadableFileError):
        rehearse(stranger, load_mapping("boston311"))
    with pytest.raises(UnknownEdition):
        rehearse(boston(tmp_path), load_mapping("boston311"), rulebook="nowhere-9")


def test_the_summary_is_one_json_object_with_the_agreed_keys(tmp_path: Path) -> None:
    summary = rehearse(
        boston(tmp_path, row(1, TARGET, "2015-01-19 12:00:00", "ONTIME")), load_mapping("boston311")
    )
    read = json.loads(json.dumps(summary.json(), ensure_ascii=False))
    assert {"cases", "rejected", "breached", "agreements", "disagreements", "seconds"} <= set(read)
    assert summary.table().row_count > 3


@needs(BOSTON)
def test_boston_is_judged_without_a_disagreement() -> None:
    found = rehearse(BOSTON, load_mapping("boston311")).json()
    assert found["disagreements"] == 0
    assert found["agreements"] + found["unlabelled"] == found["judged"] > 30_000
    assert found["judged"] + found["without_target"] + found["unclosed"] == found["cases"]


@needs(PINGSHAN)
def test_pingshan_accounts_for_every_row_and_people_are_late_where_the_record_says_so() -> None:
    found = rehearse(PINGSHAN, load_mapping("pingshan")).json()
    assert found["cases"] + found["rejected"] == found["rows"] == 6952
    assert found["disagreements"] == 0
    assert found["agreements"] == found["judged"] > 6000
    assert found["closed"] == found["played"] > found["cases"]
    assert (found["refused"], found["open"]) == ({}, 0)


@needs(PETITIONS)
def test_petitions_are_split_and_answered() -> None:
    found = rehearse(PETITIONS, load_mapping("petition"), limit=250).json()
    assert found["cases"] == 250
    assert found["opened"]["order"] > 250
    assert found["outcomes"]["petition"]["answered"] > 150
    assert (found["refused"], found["open"]) == ({}, 0)


@needs(PETITIONS)
def test_the_same_seed_rehearses_the_same() -> None:
    runs = [rehearse(PETITIONS, load_mapping("petition"), limit=60, seed=s).json() for s in (7, 7, 8)]
    one, again, other = ({**r, "seconds": 0, "acts_per_second": 0, "seed": 0} for r in runs)
    assert one == again != other
