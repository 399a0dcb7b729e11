"""The canary can fail: a piece of one is found in every writing, in every kind of place, and in no other thing."""

import base64
import gzip
import html
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random
from urllib.parse import quote

import asyncpg
import pytest
from conftest import Database
from temporalio.api.common.v1 import Payload, Payloads
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from api.forms import BLANKS, FORMS
from api.reading.tables import Format, Table, written
from api.writing.openings import OPENING_FORMS
from rehearsal.canary import places
from rehearsal.canary.filling import Known, Pen
from rehearsal.canary.tokens import Canaries, id_number, traces

CANARIES = Canaries()
NAME, PHONE, ADDRESS, WORDS = (
    CANARIES.name("a"), CANARIES.phone("b"), CANARIES.address("c"), CANARIES.words("d"),
)  # fmt: skip

WRITINGS: dict[str, Callable[[str], bytes]] = {
    "plain": str.encode,
    "JSON": lambda text: json.dumps({"x": text}).encode(),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)).encode(),
    "percent": lambda text: quote(text).encode(),
    "entities": lambda text: text.encode("ascii", "xmlcharrefreplace"),
    "hex": lambda text: text.encode().hex().encode(),
    "repr of bytes": lambda text: repr(text.encode()).encode(),
    **{f"base64 at {n}": lambda text, n=n: base64.b64encode(b"." * n + text.encode() + b"..") for n in range(3)},
    **{f"base64url at {n}": lambda text, n=n: base64.urlsafe_b64encode(b"?" * n + text.encode()) for n in range(3)},
    "gzip": lambda text: gzip.compress(text.encode()),
    "zlib": lambda text: zlib.compress(text.encode()),
    "zlib twice": lambda text: zlib.compress(zlib.compress(text.encode())),
}  # fmt: skip


@pytest.mark.parametrize("writing", WRITINGS)
@pytest.mark.parametrize("canary", [NAME, PHONE, ADDRESS, WORDS], ids=["name", "phone", "address", "words"])
def test_a_canary_is_found_in_every_writing(writing: str, canary: str) -> None:
    assert traces(b"before " + WRITINGS[writing](canary)) or traces(WRITINGS[writing](canary))


@pytest.mark.parametrize(
    "piece", [NAME[1:3], ADDRESS[3:5], f"“{PHONE[2:]}”", f"tel:{PHONE[:9]}", f"no {WORDS[-13:]} "]
)
def test_a_piece_of_one_is_found_too(piece: str) -> None:
    assert traces(f"2026-11-22 info {piece} end".encode()) or traces(html.escape(piece).encode())


def test_what_holds_no_canary_is_left_in_peace() -> None:
    chance = Random(1)
    numbers = " ".join(str(chance.randrange(10**12)) for _ in range(20_000)).encode()
    assert not traces(numbers)
    assert not traces(chance.randbytes(2_000_000).hex().encode())
    assert not traces(base64.b64encode(chance.randbytes(2_000_000)))
    assert not traces((Path(__file__).parents[2] / "api/locale/zh.toml").read_bytes())


def test_an_id_number_has_its_check_digit() -> None:
    weights = [2 ** (17 - place) % 11 for place in range(17)]
    for number in (0, 7, 4321):
        text = id_number(number)
        total = sum(int(digit) * weight for digit, weight in zip(text, weights, strict=False))
        assert (total + (10 if text[17] == "X" else int(text[17]))) % 11 == 1


# -- planted in each kind of place ---------------------------------------------------------------------


def test_one_planted_in_a_log_line_is_found(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    log = tmp_path / "logs" / "api.log"
    log.write_text('{"event": "request", "status": 200}\n' * 300_000)
    assert not places.searched(list(places.files(tmp_path)))
    with log.open("a") as file:
        file.write(json.dumps({"event": "bug", "error": f"no such name: {NAME}"}) + "\n")
    assert {leak.place for leak in places.searched(list(places.files(tmp_path)))} == {"logs/api.log"}


@pytest.mark.parametrize(
    "data", [f'{{"text": "{WORDS}"}}'.encode(), zlib.compress(NAME.encode())], ids=["plain", "packed"]
)
def test_one_planted_in_a_payload_of_a_history_is_found(data: bytes) -> None:
    event = HistoryEvent(event_id=7)
    event.workflow_execution_update_accepted_event_attributes.accepted_request.input.args.CopyFrom(
        Payloads(payloads=[Payload(metadata={"encoding": b"json/plain"}, data=data)])
    )
    leaks = places.searched(list(places.pieces_of(WorkflowHistory("O20261122-00001", [event]))))
    assert "payload in event 7" in {leak.place for leak in leaks}


def test_one_planted_in_a_marker_or_a_failure_of_a_history_is_found() -> None:
    event = HistoryEvent(event_id=8)
    event.marker_recorded_event_attributes.details["data"].CopyFrom(
        Payloads(payloads=[Payload(data=PHONE.encode())])
    )
    failed = HistoryEvent(event_id=9)
    failed.workflow_task_failed_event_attributes.failure.message = f"KeyError: {NAME}"
    for each, wanted in ((event, "payload in event 8"), (failed, "event 9")):
        leaks = places.searched(list(places.pieces_of(WorkflowHistory("O20261122-00001", [each]))))
        assert wanted in {leak.place for leak in leaks}


@pytest.mark.parametrize("kind", list(Format))
def test_one_planted_in_a_saved_table_is_found(kind: Format) -> None:
    table = Table("herun-unit", "按单位", ("单位",), [("市水务局",), (NAME,)])
    assert traces(written(table, kind))


def test_one_planted_in_a_case_file_is_found() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("events.jsonl", json.dumps({"place": ADDRESS}))
    assert traces(packed.getvalue())


async def test_one_planted_in_any_table_is_found(database: Database) -> None:
    owner = await database.connect()
    await owner.execute(
        "INSERT INTO trouble (case_no, since, last_seen, error) VALUES ('O20261122-00001', now(), now(), $1)",
        f"ValueError: {NAME}",
    )
    await owner.execute(
        "INSERT INTO archive (case_no, run_id, events, closed, at, code, digest, history)"
        " VALUES ('O20261122-00001', 'r', 1, true, now(), 'c', $1, $2)",
        b"\0" * 32, zlib.compress(json.dumps({"data": base64.b64encode(WORDS.encode()).decode()}).encode()),
    )  # fmt: skip
    leaks = places.searched([piece async for piece in places.tables(owner)])
    assert {leak.place for leak in leaks} == {"table trouble.error", "table archive.history"}
    await owner.close()


# -- nothing is left out ----------------------------------------------------------------------------------


async def test_only_columns_that_are_there_and_have_a_reason_are_left_out(database: Database) -> None:
    owner = await database.connect()
    there = {(row["relation"], row["name"]) for row in await owner.fetch(places._COLUMNS)}
    assert set(places.HELD) <= there
    assert all(places.HELD.values())
    await _pieces_come_from_every_other(owner, there)
    await owner.close()


async def _pieces_come_from_every_other(owner: asyncpg.Connection, there: set[tuple[str, str]]) -> None:
    await owner.execute("INSERT INTO account (id, name, role) VALUES ('resident-01', $1, 'resident')", NAME)
    pieces = [piece async for piece in places.tables(owner)]
    assert "table account.id" in {piece.place for piece in pieces}
    assert not places.searched([piece for piece in pieces if piece.place.startswith("table account")])
    assert len(there) > 150


def test_every_free_text_of_every_form_gets_a_canary() -> None:
    written_in: list[str] = []

    def write(place: str, longest: int) -> str:
        written_in.append(place)
        return "字"

    known = {"unit": ["市水务局"], "party": ["resident-01"], "case": ["O20261121-00001"], "account": ["a.b"],
             "matter": ["01.01.01"], "calendar": ["cn-2026"], "file": ["c1:" + "a" * 52]}  # fmt: skip
    pen = Pen(write, Known(known), Random(1))
    for code, form in FORMS.items():
        form.model_validate(pen.filled(form, code))
    for kind, opening in OPENING_FORMS.items():
        opening.model_validate(pen.filled(opening, kind.value) | {"place": "星叶社区"})
    texts = {
        f"{code} {each.name}" for code, blanks in BLANKS.items() for each in blanks if each.kind == "text"
    }
    persons = {"order applicant", "mediation applicants", "mediation respondents", "petition petitioner"}
    wanted = texts | {f"{who} {what}" for who in persons for what in ("name", "phone", "address")}
    wanted |= {f"{kind.value} {field}" for kind in OPENING_FORMS for field in ("title", "text")}
    assert wanted <= set(written_in)
