"""Writes a case file: one zip with all that the proof of one case needs; the same evidence, the same bytes."""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from typing import Any

from activities import journal
from activities.chain import Link, canonical
from audit.evidence import ArchivedRun, Commitment, Evidence, Inclusion, Standing
from domain.codec import instant_text

FORMAT = "herun-case/1"
MANIFEST, LEDGER, COMMITMENTS, RUNS = "manifest.json", "ledger.jsonl", "commitments.jsonl", "runs.jsonl"
JOURNAL, STANDING, CHECKPOINT, READ_ME = "journal.jsonl", "standing.json", "checkpoint.txt", "README.txt"
HISTORIES, EDITIONS = "histories/", "editions/"

_OLDEST = (1980, 1, 1, 0, 0, 0)  # a zip's first instant: a file says nothing of when it was made
_WORDS = """\
和润案卷 {case_no}
用 herun audit verify 本文件 核验；不需要网络、服务器或数据库。
各文件：ledger.jsonl 台账，commitments.jsonl 承诺值，runs.jsonl 与 histories/ 引擎历史，editions/ 规则书与日历，
journal.jsonl 封存与删除记录，standing.json 与 checkpoint.txt 检查点及包含证明，manifest.json 各文件摘要（SHA-256）。

Herun case file {case_no}
Verify it with `herun audit verify THIS-FILE`; it needs no network, no server and no database.
ledger.jsonl: the ledger; commitments.jsonl: the commitments; runs.jsonl and histories/: the engine's histories;
editions/: rulebooks and calendars; journal.jsonl: seals and erasures; standing.json and checkpoint.txt: the
checkpoint and what ties the case to it; manifest.json: the digest (SHA-256) of every member.
"""


def pack(evidence: Evidence, *, with_content: bool = False) -> bytes:
    """The file of a case. Words, names and numbers are in it only if asked for; their commitments always."""
    members = {name: text.encode() for name, text in _members(evidence, with_content).items()}
    manifest = {
        "format": FORMAT,
        "case_no": evidence.case_no,
        "members": {name: hashlib.sha256(body).hexdigest() for name, body in members.items()},
    }
    return zipped({MANIFEST: canonical(manifest).encode(), **members})


def zipped(members: Mapping[str, bytes]) -> bytes:
    """A zip of members in the order of their names, the manifest first."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as file:
        for name in sorted(members, key=lambda each: (each != MANIFEST, each)):
            member = zipfile.ZipInfo(name, _OLDEST)
            member.compress_type, member.create_system, member.external_attr = (
                zipfile.ZIP_DEFLATED,
                3,
                0o644 << 16,
            )
            file.writestr(member, members[name])
    return packed.getvalue()


def _members(evidence: Evidence, with_content: bool) -> dict[str, str]:
    said = (_commitment(each, with_content) for each in evidence.commitments.values())
    members = {
        READ_ME: _WORDS.format(case_no=evidence.case_no),
        LEDGER: lines(map(link_json, evidence.links)),
        COMMITMENTS: lines(sorted(said, key=lambda each: str(each["commitment"]))),
        RUNS: lines(map(run_json, evidence.runs)),
        JOURNAL: lines(map(entry_json, evidence.journal)),
        **{f"{HISTORIES}{run.run_id}.json": run.history for run in evidence.runs},
        **{f"{EDITIONS}{name}.toml": text for name, text in evidence.editions.items()},
    }
    if evidence.standing is not None:
        members[STANDING] = canonical(standing_json(evidence.standing))
        members[CHECKPOINT] = evidence.standing.note
    return members


def lines(each: Iterable[Mapping[str, Any]]) -> str:
    """JSON lines, each canonical."""
    return "".join(_line(one) + "\n" for one in each)


def _line(one: Mapping[str, Any]) -> str:
    """Canonical where it can be; what a hand put on a ledger may be beyond RFC 8785, and is shown all the same."""
    try:
        return canonical(one)
    except ValueError:
        return json.dumps(one, sort_keys=True)


def link_json(link: Link) -> dict[str, Any]:
    """An event with the hashes beside it."""
    return {**link.event, "prev": link.prev, "hash": link.hash}


def run_json(run: ArchivedRun) -> dict[str, Any]:
    """What the archive says of a history."""
    return {
        "run_id": run.run_id, "events": run.events, "closed": run.closed, "code": run.code,
        "digest": run.digest,
    }  # fmt: skip


def entry_json(entry: journal.Entry) -> dict[str, Any]:
    """An entry of the journal with its hashes."""
    event = journal.event_of(entry)
    return {
        "stream": entry.stream.value, "seq": entry.seq, "at": event["at"], "kind": entry.kind,
        "data": dict(entry.data), "prev": entry.prev, "hash": entry.hash,
    }  # fmt: skip


def standing_json(standing: Standing) -> dict[str, Any]:
    """The proofs; the note they lead to is a member of its own."""
    return {
        "leaves": {str(seq): _inclusion(each) for seq, each in standing.leaves.items()},
        "entries": {place: _inclusion(each) for place, each in standing.entries.items()},
        "head": _inclusion(standing.head),
        "head_seq": standing.head_seq,
        "head_hash": standing.head_hash,
    }


def _inclusion(inclusion: Inclusion) -> dict[str, Any]:
    return {"place": inclusion.place, "path": list(inclusion.path)}


def _commitment(held: Commitment, with_content: bool) -> dict[str, Any]:
    erased = {
        "erased_at": instant_text(held.erased_at) if held.erased_at else None,
        "erased_by": held.erased_by,
        "basis": held.basis,
    }
    body = {"salt": held.salt.hex() if held.salt else None, "body": held.body} if with_content else {}
    return {
        "commitment": held.commitment, "kind": held.kind,
        **{name: value for name, value in {**erased, **body}.items() if value is not None},
    }  # fmt: skip
