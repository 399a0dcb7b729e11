"""A custodian and a notary without servers: seals histories in a journal, and signs one tree over all there is."""

import hashlib
import json
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activities.chain import Link, event_hash
from activities.commitments import references
from activities.interface import RECORD
from activities.journal import Entry, Stream
from audit.answers.sealed import hash_of
from audit.casefiles.record import read_record
from audit.checkpoints import heads, merkle, treehead
from audit.checkpoints.heads import Head, HeadTree
from audit.checkpoints.merkle import Subtrees
from audit.checkpoints.notes import Signer
from audit.evidence import ArchivedRun, Commitment, Evidence, Inclusion, Standing
from audit.replays.replay import replayed
from domain.shelf import Shelf

WHEN = datetime(2026, 12, 1, 3, tzinfo=UTC)
ORIGIN = "herun.test"


def signer(seed: int = 1, name: str = ORIGIN) -> Signer:
    """The same key for the same seed."""
    return Signer(name, Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32))


@dataclass
class Notary:
    """What is on record as it grows: the leaves in their order, and the journal's one stream."""

    archive: list[Entry]

    def seal(self, evidence: Evidence) -> Evidence:
        """The histories of a case, entered in the journal."""
        entries = [self._enter(evidence.case_no, run) for run in evidence.runs]
        return replace(evidence, journal=[*evidence.journal, *entries])

    def _enter(self, case_no: str, run: ArchivedRun) -> Entry:
        data = {
            "case_no": case_no, "run_id": run.run_id, "events": run.events, "closed": run.closed,
            "digest": run.digest, "code": run.code,
        }  # fmt: skip
        prev = self.archive[-1].hash if self.archive else ""
        bare = Entry(Stream.ARCHIVE, len(self.archive) + 1, WHEN, "history_archived", data, prev, "")
        self.archive.append(replace(bare, hash=hash_of(bare) or ""))
        return self.archive[-1]


def notarised(cases: Iterable[Evidence], by: Signer) -> dict[str, Evidence]:
    """Cases with their histories sealed, and all of them under one checkpoint."""
    notary = Notary([])
    sealed = [notary.seal(evidence) for evidence in cases]
    return stood(sealed, by)


def stood(cases: Sequence[Evidence], by: Signer) -> dict[str, Evidence]:
    """Cases as they are, under a checkpoint that is signed over what they hold now."""
    hashes = [link.hash for each in cases for link in each.links]
    hashes += [entry.hash for each in cases for entry in each.journal]
    leaves = Subtrees(b"".join(merkle.leaf_hash(bytes.fromhex(each)) for each in hashes))
    ends = HeadTree(sorted((_head(each) for each in cases), key=lambda head: head.chain))
    root = merkle.root_of(len(hashes), leaves)
    found = treehead.Heads(len(hashes), root, len(ends), ends.root)
    note = treehead.signed(found, WHEN, [by]).note
    places = iter(range(len(hashes)))
    events = {each.case_no: [next(places) for _ in each.links] for each in cases}
    entries = {each.case_no: [next(places) for _ in each.journal] for each in cases}

    def inclusion(place: int) -> Inclusion:
        spans = merkle.inclusion_spans(place, len(hashes))
        return Inclusion(place, tuple(merkle.hash_of(span, leaves).hex() for span in spans))

    def standing(each: Evidence) -> Standing:
        place, head = ends.find(each.case_no) or (0, _head(each))
        return Standing(
            note,
            {seq: inclusion(at) for seq, at in enumerate(events[each.case_no], start=1)},
            Inclusion(place, tuple(step.hex() for step in ends.path(place))),
            head.seq, head.hash.hex(),
            {f"{e.stream}/{e.seq}": inclusion(at) for e, at in zip(each.journal, entries[each.case_no], strict=True)},
        )  # fmt: skip

    return {each.case_no: replace(each, standing=standing(each)) for each in cases}


def _head(evidence: Evidence) -> Head:
    return heads.Head(evidence.case_no, len(evidence.links), bytes.fromhex(evidence.links[-1].hash))


# -- histories of a real server that lie in the repository ------------------------------------------------

GOLDEN = Path(__file__).parent / "golden" / "histories"
WHOLE = ("mediation_agreed", "order_returned_and_rated", "petition_answered", "whistle_stood_down")
"""Those of one run that come to a workflow task's end."""


async def golden(shelf: Shelf) -> list[Evidence]:
    """Cases of a real server: the history is the server's, the ledger what the case asked to be written."""
    return [await _golden(GOLDEN / f"{name}.json", shelf) for name in WHOLE]


async def _golden(path: Path, shelf: Shelf) -> Evidence:
    events = json.loads(path.read_text(encoding="utf-8"))["events"]
    history = json.dumps({"events": events})
    run = ArchivedRun(_run_id(events), len(events), is_closed(events), "golden", _digest(history), history)
    number = _said(events[0]["workflowExecutionStartedEventAttributes"]["input"]["payloads"][0])["number"]
    bare = Evidence(number, (), shelf, runs=[run])
    links = chained(number, await _recorded(bare))
    known = {c: Commitment(c, "text") for e in read_record(links).events for c in references(e.fact)}
    return replace(bare, links=links, commitments=known)


async def _recorded(evidence: Evidence) -> list[dict[str, Any]]:
    """Every event the case asked to be written while its history was replayed."""
    (run,) = (await replayed(evidence)).runs
    assert run.is_replayed, run
    asked = (
        command.schedule_local_activity
        for _, completion in run.activations
        for command in completion.successful.commands
        if command.HasField("schedule_local_activity")
    )
    requests = [json.loads(each.arguments[0].data) for each in asked if each.activity_type == RECORD]
    return [event for request in requests for event in request["events"]]


def chained(case_no: str, events: Iterable[Mapping[str, Any]]) -> list[Link]:
    """Events with the hashes that belong beside them."""
    links: list[Link] = []
    for event in events:
        prev = links[-1].hash if links else ""
        links.append(Link(dict(event), prev, event_hash(case_no, prev, event).hex()))
    return links


def is_closed(events: Sequence[Mapping[str, Any]]) -> bool:
    return str(events[-1]["eventType"]).endswith("EXECUTION_COMPLETED")


def _run_id(events: Sequence[Mapping[str, Any]]) -> str:
    return str(events[0]["workflowExecutionStartedEventAttributes"]["originalExecutionRunId"])


def _digest(history: str) -> str:
    return hashlib.sha256(history.encode()).hexdigest()


def _said(payload: Mapping[str, str]) -> Any:
    return json.loads(b64decode(payload["data"]))
