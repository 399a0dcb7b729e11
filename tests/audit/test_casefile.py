"""A case in one file: the same bytes for the same case, and no hand's bytes that hurt whoever opens it."""

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from activities.journal import Entry, Stream
from audit.casefiles import casefile, unpacking
from audit.casefiles.casefile import MANIFEST, pack, zipped
from audit.casefiles.unpacking import UnreadableCaseFile, open_file, unpack, unzipped
from audit.evidence import ArchivedRun, Evidence, Inclusion, Standing
from domain.vocabulary import CaseNo

WHEN = datetime(2026, 12, 1, 1, tzinfo=UTC)
HASH = "ab" * 32
LEDGER = casefile.LEDGER


@pytest.fixture
def evidence(town_evidence: Mapping[CaseNo, Evidence]) -> Evidence:
    """A case with everything a file can hold."""
    plain = next(iter(town_evidence.values()))
    runs = [ArchivedRun("r-1", 2, True, "herun-1", hashlib.sha256(b"{}").hexdigest(), "{}")]
    entry = Entry(Stream.ARCHIVE, 4, WHEN, "history_archived", {"case_no": plain.case_no}, HASH, HASH)
    standing = Standing("note\n", {1: Inclusion(7, (HASH,))}, Inclusion(3, (HASH, HASH)), 1, HASH)
    return replace(plain, runs=runs, journal=[entry], standing=standing)


def resealed(members: Mapping[str, bytes]) -> bytes:
    """A file whose manifest tells of its members as they are, as somebody would make it who changed them."""
    manifest = json.loads(members[MANIFEST])
    rest = {name: body for name, body in members.items() if name != MANIFEST}
    manifest["members"] = {name: hashlib.sha256(body).hexdigest() for name, body in rest.items()}
    return zipped({MANIFEST: json.dumps(manifest).encode(), **rest})


def changed(evidence: Evidence, name: str, change: Callable[[bytes], bytes]) -> bytes:
    members = unzipped(pack(evidence))
    return resealed({**members, name: change(members.get(name, b""))})


def test_a_file_says_what_the_case_is(evidence: Evidence) -> None:
    read = unpack(pack(evidence, with_content=True))
    assert read.findings == []
    assert read.evidence.links == [replace(link, columns=None) for link in evidence.links]
    for name in ("case_no", "commitments", "runs", "journal", "standing", "editions"):
        assert getattr(read.evidence, name) == getattr(evidence, name), name
    assert {each.digest for each in read.evidence.shelf.rulebooks} >= {
        evidence.links[0].event["data"]["rulebook"]
    }


def test_the_same_case_gives_the_same_bytes(evidence: Evidence) -> None:
    assert pack(evidence) == pack(evidence)
    assert pack(unpack(pack(evidence)).evidence) == pack(evidence)


def test_words_are_in_a_file_only_if_they_are_asked_for(evidence: Evidence) -> None:
    bodies = [each.body for each in evidence.commitments.values() if each.body]
    assert bodies
    bare = b"".join(unzipped(pack(evidence)).values()).decode()
    full = b"".join(unzipped(pack(evidence, with_content=True)).values()).decode()
    for body in bodies:
        assert json.dumps(body, ensure_ascii=False)[1:-1] in full
        assert body not in bare


def test_a_member_that_the_manifest_does_not_tell_of_is_found(evidence: Evidence) -> None:
    members = unzipped(pack(evidence))
    less = zipped({name: body for name, body in members.items() if name != casefile.JOURNAL})
    more = zipped({**members, "histories/r-2.json": b"{}"})
    other = zipped({**members, LEDGER: members[LEDGER] + b"\n"})
    found = [[(e.code, e.about) for e in unpack(each).findings] for each in (less, more, other)]
    assert found == [
        [("member_missing", casefile.JOURNAL)],
        [("member_extra", "histories/r-2.json")],
        [("member_differs", LEDGER)],
    ]


def test_a_broken_edition_is_a_finding_and_no_shelf(evidence: Evidence) -> None:
    name = next(each for each in unzipped(pack(evidence)) if "statutory" in each)
    read = unpack(changed(evidence, name, lambda body: body.replace(b"n = 60", b"n = 61")))
    assert [each.code for each in read.findings] == ["edition_broken"]
    assert read.evidence.shelf.rulebooks == ()
    read = unpack(changed(evidence, name, lambda _: b"a = " + b"[" * 5000))
    assert [each.code for each in read.findings] == ["edition_broken"]


# -- from hostile hands ---------------------------------------------------------------------------------


def line(**changes: Any) -> bytes:
    event: dict[str, Any] = {
        "seq": 1, "at": "2026-01-01T00:00:00.000+08:00", "kind": "noted", "cause": None, "rule": "", "data": {},
        "prev": "", "hash": HASH,
    }  # fmt: skip
    return json.dumps({**event, **changes}).encode()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        (LEDGER, b"{"),
        (LEDGER, b"\xff\xfe"),
        (LEDGER, b"[" * 100_000),
        (LEDGER, b'{"seq":' + b"9" * 5000 + b"}"),
        (LEDGER, line(seq=True)),
        (LEDGER, line(seq=-1)),
        (LEDGER, line(seq="1")),
        (LEDGER, line(hash="xyz")),
        (LEDGER, line(data=[])),
        (LEDGER, line(more=1)),
        (LEDGER, line(data={"x": float("nan")})),
        (casefile.JOURNAL, line(stream="other")),
        (casefile.JOURNAL, line(stream="access", at="0001-01-01T00:00:00+23:59")),
        (
            casefile.RUNS,
            b'{"run_id":"../../x","events":1,"closed":true,"code":"","digest":"%b"}' % HASH.encode(),
        ),
        (casefile.COMMITMENTS, b'{"commitment":"c1:x","kind":"text","salt":"zz"}'),
        (casefile.STANDING, b"[]"),
        (casefile.STANDING, b'{"leaves":{"0":{"place":0,"path":[]}},"head":{},"head_seq":1,"head_hash":""}'),
    ],
)
def test_a_member_that_cannot_be_read_is_said_so(evidence: Evidence, name: str, body: bytes) -> None:
    with pytest.raises(UnreadableCaseFile) as refused:
        unpack(changed(evidence, name, lambda _: body))
    assert name in str(refused.value)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "histories/../../x.json", "a", "editions/", "x\\y"])
def test_a_name_that_leads_elsewhere_is_refused(evidence: Evidence, name: str, tmp_path: Path) -> None:
    with pytest.raises(UnreadableCaseFile, match="member"):
        unpack(zipped({**unzipped(pack(evidence)), name: b"{}"}))
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_comes_twice_is_refused(evidence: Evidence) -> None:
    packed = io.BytesIO(pack(evidence))
    with zipfile.ZipFile(packed, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr(LEDGER, "")
    with pytest.raises(UnreadableCaseFile):
        unpack(packed.getvalue())


def test_a_bomb_is_not_unpacked(evidence: Evidence, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "LARGEST_WHOLE", 2**20)
    with pytest.raises(UnreadableCaseFile, match="too large"):
        unpack(zipped({**unzipped(pack(evidence)), casefile.CHECKPOINT: bytes(2**22)}))


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(unpacking, "LARGEST_FILE", 3)
    (tmp_path / "x.zip").write_bytes(b"1234")
    for path in (tmp_path / "x.zip", tmp_path / "absent.zip", tmp_path):
        with pytest.raises(UnreadableCaseFile):
            open_file(path)


def test_another_format_is_refused(evidence: Evidence) -> None:
    with pytest.raises(UnreadableCaseFile, match="herun-case/9"):
        unpack(_of_format(evidence))
    with pytest.raises(UnreadableCaseFile, match="manifest"):
        unpack(zipped({}))


def _of_format(evidence: Evidence) -> bytes:
    members = unzipped(pack(evidence))
    return zipped({**members, MANIFEST: members[MANIFEST].replace(b"herun-case/1", b"herun-case/9")})


@settings(max_examples=150, deadline=None)
@given(
    cut=st.integers(0, 2**16),
    flips=st.lists(st.tuples(st.integers(0, 2**16), st.integers(1, 255)), max_size=6),
)
def test_bytes_from_anywhere_are_read_or_refused(
    town_evidence: Mapping[CaseNo, Evidence], cut: int, flips: list[tuple[int, int]]
) -> None:
    packed = bytearray(pack(next(iter(town_evidence.values()))))
    for place, bits in flips:
        packed[place % len(packed)] ^= bits
    try:
        unpack(bytes(packed[: len(packed) - cut % 3]))
    except UnreadableCaseFile as refused:
        assert "/" in str(refused)
