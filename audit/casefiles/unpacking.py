"""Reads a case file from any hand: bounded, strict, writing nothing; what it says is evidence, not truth."""

import hashlib
import io
import json
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from activities.chain import Link
from activities.journal import Entry, Stream
from activities.shelf import BrokenEdition
from audit.casefiles import casefile
from audit.casefiles.editions import Library, library_of
from audit.codes import IntactCode, against
from audit.evidence import ArchivedRun, Commitment, Evidence, Inclusion, Standing
from audit.findings import Finding
from domain.codec import read_instant
from domain.shelf import Shelf

LARGEST_FILE, LARGEST_WHOLE, MOST_MEMBERS = 256 * 2**20, 1024 * 2**20, 10_000
"""Bytes packed and unpacked, and members; Temporal ends a history at 50 MB."""

_NAMES = re.compile(
    r"(manifest|standing)\.json|(ledger|commitments|runs|journal)\.jsonl|checkpoint\.txt|README\.txt"
    r"|histories/[0-9A-Za-z_-]{1,64}\.json|editions/[0-9A-Za-z._-]{1,64}\.toml"
)
_SAFE = 2**53
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError, NotImplementedError)


class UnreadableCaseFile(Exception):
    """The file cannot be looked at; the text is for people."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"案卷无法读取：{chinese}。/ The case file cannot be read: {english}.")


@dataclass(frozen=True, slots=True)
class Unpacked:
    """What a file holds, and what its own manifest already shows to be wrong."""

    evidence: Evidence
    findings: Sequence[Finding]


def open_file(path: Path) -> Unpacked:
    """The evidence in a case file. Raises UnreadableCaseFile."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UnreadableCaseFile("文件过大", "it is too large")
        return unpack(path.read_bytes())
    except OSError as wrong:
        raise UnreadableCaseFile(str(wrong.strerror), str(wrong.strerror)) from wrong


def unpack(packed: bytes) -> Unpacked:
    """As `open_file`, from bytes."""
    members = unzipped(packed)
    manifest = _json(_Manifest, casefile.MANIFEST, members.get(casefile.MANIFEST, b""))
    if manifest.format != casefile.FORMAT:
        raise UnreadableCaseFile(f"不识的格式 {manifest.format!r}", f"unknown format {manifest.format!r}")
    findings = list(_against_manifest(manifest, members))
    library = _library(manifest.case_no, members, findings)
    return Unpacked(_evidence(manifest.case_no, members, library), findings)


def unzipped(packed: bytes) -> dict[str, bytes]:
    """The members of a zip by name, within bounds and nowhere but in memory. Raises UnreadableCaseFile."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as file:
            infos = file.infolist()
            _check_bounds(infos)
            return {info.filename: file.read(info) for info in infos}
    except _BROKEN as wrong:
        raise UnreadableCaseFile(f"压缩包有误（{wrong}）", f"the zip is broken ({wrong})") from wrong


def _check_bounds(infos: Sequence[zipfile.ZipInfo]) -> None:
    names = [info.filename for info in infos]
    strange = next((name for name in names if not _NAMES.fullmatch(name)), None)
    if strange is not None:
        raise UnreadableCaseFile(f"不该有的成员 {strange!r}", f"it has a member {strange!r}")
    if len(names) > MOST_MEMBERS or len(set(names)) != len(names):
        raise UnreadableCaseFile("成员过多或重名", "it has too many members, or two of one name")
    if sum(info.file_size for info in infos) > LARGEST_WHOLE:
        raise UnreadableCaseFile("展开后过大", "it would be too large unpacked")


# -- what the members say -------------------------------------------------------------------------------


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


_Hex = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Prev = Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")]
_Place = Annotated[int, Field(ge=0, lt=_SAFE)]
_Model = TypeVar("_Model", bound=_Strict)


class _Manifest(_Strict):
    format: str
    case_no: Annotated[str, Field(min_length=1, max_length=100)]
    members: dict[str, _Hex]


class _Line(_Strict):
    seq: _Place
    at: Annotated[str, Field(max_length=40)]
    kind: str
    data: dict[str, Any]
    prev: _Prev
    hash: _Hex


class _EventLine(_Line):
    cause: _Place | None
    rule: str


class _EntryLine(_Line):
    stream: str


class _RunLine(_Strict):
    run_id: Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]
    events: _Place
    closed: bool
    code: str
    digest: _Hex


class _CommitmentLine(_Strict):
    commitment: str
    kind: str
    salt: Annotated[str, Field(pattern=r"^([0-9a-f]{2}){1,64}$")] | None = None
    body: str | None = None
    erased_at: str | None = None
    erased_by: str | None = None
    basis: str | None = None


class _InclusionPart(_Strict):
    place: _Place
    path: Annotated[list[_Hex], Field(max_length=64)]


class _StandingPart(_Strict):
    leaves: dict[Annotated[str, Field(pattern=r"^[1-9][0-9]{0,9}$")], _InclusionPart]
    entries: dict[Annotated[str, Field(pattern=r"^[a-z]{1,20}/[1-9][0-9]{0,9}$")], _InclusionPart]
    head: _InclusionPart
    head_seq: _Place
    head_hash: _Hex


def _evidence(case_no: str, members: Mapping[str, bytes], library: Library) -> Evidence:
    runs = [_run(line, members) for line in _lines(_RunLine, casefile.RUNS, members)]
    said = (_commitment(line) for line in _lines(_CommitmentLine, casefile.COMMITMENTS, members))
    return Evidence(
        case_no=case_no,
        links=[_link(line) for line in _lines(_EventLine, casefile.LEDGER, members)],
        shelf=library.shelf,
        commitments={each.commitment: each for each in said},
        runs=runs,
        journal=[_entry(line) for line in _lines(_EntryLine, casefile.JOURNAL, members)],
        standing=_standing(members),
        editions=library.texts,
    )


def _link(line: _EventLine) -> Link:
    event = {name: getattr(line, name) for name in ("seq", "at", "kind", "cause", "rule", "data")}
    return Link(event, line.prev, line.hash)


def _run(line: _RunLine, members: Mapping[str, bytes]) -> ArchivedRun:
    history = _text(f"{casefile.HISTORIES}{line.run_id}.json", members)
    return ArchivedRun(line.run_id, line.events, line.closed, line.code, line.digest, history)


def _entry(line: _EntryLine) -> Entry:
    if line.stream not in set(Stream):
        raise _wrong(casefile.JOURNAL, f"stream {line.stream!r}")
    at = _instant(casefile.JOURNAL, line.at)
    return Entry(Stream(line.stream), line.seq, at, line.kind, line.data, line.prev, line.hash)


def _commitment(line: _CommitmentLine) -> Commitment:
    erased_at = _instant(casefile.COMMITMENTS, line.erased_at) if line.erased_at is not None else None
    salt = bytes.fromhex(line.salt) if line.salt is not None else None
    return Commitment(line.commitment, line.kind, salt, line.body, erased_at, line.erased_by, line.basis)


def _standing(members: Mapping[str, bytes]) -> Standing | None:
    if casefile.STANDING not in members:
        return None
    part = _json(_StandingPart, casefile.STANDING, members[casefile.STANDING])
    return Standing(
        note=_text(casefile.CHECKPOINT, members),
        leaves={int(seq): _inclusion(each) for seq, each in part.leaves.items()},
        head=_inclusion(part.head),
        head_seq=part.head_seq,
        head_hash=part.head_hash,
        entries={place: _inclusion(each) for place, each in part.entries.items()},
    )


def _inclusion(part: _InclusionPart) -> Inclusion:
    return Inclusion(part.place, tuple(part.path))


def _instant(member: str, text: str) -> datetime:
    try:
        return read_instant(text)
    except (ValueError, OverflowError) as wrong:
        raise _wrong(member, str(wrong)) from wrong


# -- the manifest, the editions -------------------------------------------------------------------------


def _against_manifest(manifest: _Manifest, members: Mapping[str, bytes]) -> Iterator[Finding]:
    found = {n: hashlib.sha256(body).hexdigest() for n, body in members.items() if n != casefile.MANIFEST}
    for name in sorted(manifest.members.keys() | found.keys()):
        said, is_so = manifest.members.get(name), found.get(name)
        if said != is_so:
            code = (
                IntactCode.MEMBER_MISSING if is_so is None
                else IntactCode.MEMBER_EXTRA if said is None else IntactCode.MEMBER_DIFFERS
            )  # fmt: skip
            yield against(manifest.case_no, code, None, said, is_so, name)


def _library(case_no: str, members: Mapping[str, bytes], findings: list[Finding]) -> Library:
    """The editions in the file; one that is no edition is a finding, and then there are none."""
    names = [name for name in members if name.startswith(casefile.EDITIONS)]
    texts = {_stem(name): _text(name, members) for name in names}
    try:
        return library_of(texts)
    except BrokenEdition as broken:
        about = f"{broken.file}:{broken.line}"
        findings.append(against(case_no, IntactCode.EDITION_BROKEN, None, None, str(broken), about))
        return Library(Shelf((), ()), texts)


def _stem(name: str) -> str:
    return name.removeprefix(casefile.EDITIONS).removesuffix(".toml")


# -- texts and JSON -------------------------------------------------------------------------------------


def _text(name: str, members: Mapping[str, bytes]) -> str:
    try:
        return members.get(name, b"").decode()
    except UnicodeDecodeError as wrong:
        raise _wrong(name, "not UTF-8") from wrong


def _lines(model: type[_Model], name: str, members: Mapping[str, bytes]) -> Iterator[_Model]:
    for place, line in enumerate(_text(name, members).split("\n"), start=1):
        if line:
            yield _json(model, f"{name}:{place}", line.encode())


def _json(model: type[_Model], where: str, body: bytes) -> _Model:
    try:
        value = json.loads(body, parse_int=_number, parse_constant=_no_number)
        return model.model_validate(value)
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False)[0]
        raise _wrong(where, f"{'.'.join(map(str, first['loc']))}: {first['type']}") from wrong
    except (ValueError, RecursionError) as wrong:
        raise _wrong(where, str(wrong)) from wrong


def _number(digits: str) -> int | float:
    """As `activities.chain` reads them: RFC 8785 writes a float without a fraction as an integer."""
    number = int(digits)
    return number if -_SAFE < number < _SAFE else float(digits)


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _wrong(where: str, what: str) -> UnreadableCaseFile:
    return UnreadableCaseFile(f"{where}（{what}）", f"{where} ({what})")
