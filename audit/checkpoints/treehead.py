"""What a checkpoint says (c2sp.org/tlog-checkpoint) and how it is written; reads no table."""

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from audit.checkpoints import merkle, notes
from audit.checkpoints.notes import MalformedNoteError, Signer, Verifier
from domain.codec import instant_text, read_instant

_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A signed tree head: what was on record at an instant.

    `root` is over the hashes of the first `size` events and journal entries in the order of writing;
    `chains_root` over the heads of all `chains` (audit/checkpoints/heads.py), so that no chain can lose its end.
    `note` is the whole signed note, for people to keep outside.
    """

    origin: str
    size: int
    root: bytes
    chains: int
    chains_root: bytes
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Heads:
    """The number of leaves and the root of each of the two trees."""

    size: int
    root: bytes
    chains: int
    chains_root: bytes


def signed(heads: Heads, at: datetime, signers: Sequence[Signer]) -> Checkpoint:
    """A checkpoint of these trees, signed by every key; the first one's name is the origin."""
    origin = signers[0].name
    lines = (
        origin,
        str(heads.size),
        _encoded(heads.root),
        f"chains {heads.chains} {_encoded(heads.chains_root)}",
        f"at {instant_text(at)}",
    )
    note = notes.sign("".join(f"{line}\n" for line in lines), signers)
    return read(note)


def opened(note: str, keys: Sequence[Verifier]) -> Checkpoint:
    """The checkpoint in a note that a trusted key of its origin signed. Raises NoteError."""
    checkpoint = read(note)
    notes.open_note(note, [key for key in keys if key.name == checkpoint.origin])
    return checkpoint


def read(note: str) -> Checkpoint:
    """The checkpoint in a note, whoever signed it. Raises MalformedNoteError.

    Extension lines that are not ours are passed over.
    """
    text, _ = notes.split(note)
    lines = text[:-1].split("\n")
    if len(lines) < 3 or not all(lines):
        raise _malformed("至少三行，且无空行", "it has three lines or more, none of them empty")
    extensions = {line.partition(" ")[0]: line.partition(" ")[2] for line in lines[3:]}
    chains, _, chains_root = extensions.get("chains", "").partition(" ")
    return Checkpoint(
        lines[0], _number(lines[1]), _hash(lines[2]), _number(chains), _hash(chains_root),
        _instant(extensions.get("at", "")), note,
    )  # fmt: skip


def _number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise _malformed(f"不是数目：{text!r}", f"this is no number: {text!r}")
    return int(text)


def _hash(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    if len(raw) != merkle.HASH or _encoded(raw) != text:
        raise _malformed(f"不是哈希：{text!r}", f"this is no hash: {text!r}")
    return raw


def _instant(text: str) -> datetime:
    try:
        return read_instant(text)
    except ValueError as wrong:
        raise _malformed(f"不是时刻：{text!r}", f"this is no instant: {text!r}") from wrong


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _malformed(chinese: str, english: str) -> MalformedNoteError:
    return MalformedNoteError(f"检查点格式有误：{chinese}。/ Not a checkpoint: {english}.")
