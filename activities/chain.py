"""The chain that makes a ledger tamper-evident: canonical text of an event, its hash, and the first break."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import rfc8785

from domain.codec import instant_text

START = ""
"""What stands as the hash before the first event of a case."""

_encode = json.JSONEncoder(
    ensure_ascii=False, check_circular=False, allow_nan=False, sort_keys=True, separators=(",", ":")
).encode
_quote = json.encoder.encode_basestring  # type: ignore[attr-defined]  # absent from the stubs
_WRITTEN_OTHERWISE = re.compile(r'(?:":|[\[,])-?(?:\d+[.e]|\d{16})|[\U00010000-\U0010ffff]')
"""What Python's encoder may write otherwise than RFC 8785: a float, a number beyond 2**53, and names
outside the basic plane (the RFC sorts by UTF-16). A string that merely looks so only costs time."""


def canonical(value: Any) -> str:
    """JSON by RFC 8785 of strings, integers, finite floats, booleans, None, lists and string-keyed dicts.

    Six times as fast as `rfc8785` on an event, and equal to it. Raises ValueError for a number that JSON
    cannot carry, and for a lone surrogate.
    """
    text = _encode(value)
    if not _WRITTEN_OTHERWISE.search(text):
        return text
    return rfc8785.dumps(value).decode()


def sealed(case_no: str, prev: str, event: Mapping[str, Any], data: str) -> str:
    """The text that is hashed: `event_json` with the case number and the hash (hex) of the event before.

    `data` is the canonical text of the event's data; names stand in the order RFC 8785 gives them.
    """
    cause = "null" if event["cause"] is None else event["cause"]
    return (
        f'{{"at":{_quote(event["at"])},"case_no":{_quote(case_no)},"cause":{cause},"data":{data},'
        f'"kind":{_quote(event["kind"])},"prev":{_quote(prev)},"rule":{_quote(event["rule"])},'
        f'"seq":{event["seq"]}}}'
    )


def event_hash(case_no: str, prev: str, event: Mapping[str, Any]) -> bytes:
    """SHA-256 over the canonical text of {"case_no", "prev", …event_json}."""
    return digest(sealed(case_no, prev, event, canonical(event["data"])))


def digest(text: str) -> bytes:
    """SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).digest()


def stored_event(row: Mapping[str, Any]) -> dict[str, Any]:
    """The `event_json` that a row of the ledger holds, with instants as they were hashed."""
    return {
        "seq": row["seq"],
        "at": instant_text(row["at"]),
        "kind": row["kind"],
        "cause": row["cause"],
        "rule": row["rule"],
        "data": json.loads(row["data"]),
    }


@dataclass(frozen=True, slots=True)
class Link:
    """One event on the ledger with the two hashes (hex) that are stored beside it."""

    event: Mapping[str, Any]
    prev: str
    hash: str


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where a chain does not hold: `what` is "seq", "prev" or "hash"."""

    case_no: str
    seq: int
    what: str
    expected: str
    found: str


def verify_chain(case_no: str, links: Iterable[Link]) -> Break | None:
    """The first break in a case's events, given from the first on; None if the chain holds.

    A chain cannot tell of events missing at its end; checkpoints do.
    """
    seq, head = 0, START
    for link in links:
        seq += 1
        if link.event["seq"] != seq:
            return Break(case_no, seq, "seq", str(seq), str(link.event["seq"]))
        if link.prev != head:
            return Break(case_no, seq, "prev", head, link.prev)
        head = event_hash(case_no, head, link.event).hex()
        if link.hash != head:
            return Break(case_no, seq, "hash", head, link.hash)
    return None
