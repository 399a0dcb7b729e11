"""Signed notes (c2sp.org/signed-note) with Ed25519: text, who signed it, and nothing of what it says."""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ED25519 = b"\x01"
"""The signature type of an Ed25519 key; no other is written or trusted here."""

MOST_SIGNATURES = 100
"""Signatures a note may have; verifiers must take at least 16."""

_ID = 4  # bytes of a key's id
_CONTROL = re.compile("[\x00-\x09\x0b-\x1f]")
_VKEY = re.compile(r"([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")
_LINE = re.compile("— ([^ ]+) ([A-Za-z0-9+/=]+)")


class NoteError(ValueError):
    """A note that proves nothing; `code` is a key of the catalogue's `[finding]`, the text is for people."""

    code = "note_malformed"


class MalformedNoteError(NoteError):
    """It is no signed note, or not of the kind wanted."""


class BadSignatureError(NoteError):
    """A known key is said to have signed it, and has not signed this text."""

    code = "note_unsigned"


class UntrustedNoteError(NoteError):
    """No known key has signed it."""

    code = "untrusted_key"


@dataclass(frozen=True, slots=True)
class Verifier:
    """The public half of a key: its name, and 32 bytes of Ed25519."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a verifier key, `name+id+base64`. Raises ValueError if it is not one, or its id is not its own."""
        found = _VKEY.fullmatch(text)
        raw = _decoded(found[3]) if found else b""
        if not found or not is_name(found[1]) or len(raw) != 33 or raw[:1] != ED25519:
            raise ValueError(f"不是 Ed25519 验证公钥：{text!r}。/ No Ed25519 verifier key: {text!r}.")
        verifier = cls(found[1], raw[1:])
        if verifier.id.hex() != found[2]:
            raise ValueError(f"公钥编号与公钥不符：{text!r}。/ The id is not that of the key: {text!r}.")
        return verifier

    @property
    def id(self) -> bytes:
        """The first four bytes of SHA-256 over name, newline, signature type and key."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:_ID]

    def holds(self, text: str, signature: bytes) -> bool:
        """Whether this key signed the text."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_encoded(ED25519 + self.public)}"


@dataclass(frozen=True, slots=True)
class Signer:
    """A key that signs. Raises ValueError for a name no note can carry."""

    name: str
    private: Ed25519PrivateKey

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise ValueError(
                f"密钥名称不得为空，不得含空格或加号：{self.name!r}。"
                f"/ A key's name is not empty and has neither spaces nor plus signs: {self.name!r}."
            )

    @property
    def verifier(self) -> Verifier:
        """The half that may be given to everybody."""
        return Verifier(self.name, self.private.public_key().public_bytes_raw())


@dataclass(frozen=True, slots=True)
class Opened:
    """A note that at least one known key signed, and no known key failed to sign."""

    text: str
    signed_by: tuple[Verifier, ...]


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line: who is said to have signed, and what stands there."""

    name: str
    key_id: bytes
    signature: bytes


def is_name(text: str) -> bool:
    """Whether a key may be called so: not empty, no white space, no plus sign."""
    return bool(text) and "+" not in text and not any(each.isspace() or each < " " for each in text)


def sign(text: str, signers: Sequence[Signer]) -> str:
    """The note of a text, signed by every key in the order given.

    Raises MalformedNoteError for a text that no note can carry, ValueError without a signer.
    """
    if not text.endswith("\n") or _CONTROL.search(text):
        raise _malformed(
            "正文须以换行结尾，不得含控制字符", "the text must end its last line and have no controls"
        )
    if not signers:
        raise ValueError("a note needs a signature")
    return text + "\n" + "".join(_line(text, signer) for signer in signers)


def _line(text: str, signer: Signer) -> str:
    signed = signer.verifier.id + signer.private.sign(text.encode())
    return f"— {signer.name} {_encoded(signed)}\n"


def split(note: str) -> tuple[str, tuple[Signature, ...]]:
    """A note's text and signatures, none of them verified. Raises MalformedNoteError."""
    text, gap, block = note.rpartition("\n\n")
    if not gap or not block.endswith("\n") or _CONTROL.search(note):
        raise _malformed("缺少签名", "it has no signatures")
    lines = block[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        raise _malformed("签名过多", "it has too many signatures")
    return text + "\n", tuple(map(_signature, lines))


def _signature(line: str) -> Signature:
    found = _LINE.fullmatch(line)
    raw = _decoded(found[2]) if found else b""
    if not found or not is_name(found[1]) or len(raw) <= _ID:
        raise _malformed("签名行有误", "a signature line is not one")
    return Signature(found[1], raw[:_ID], raw[_ID:])


def open_note(note: str, keys: Sequence[Verifier]) -> Opened:
    """A note's text, once a known key has signed it.

    Signatures of other keys are passed over. Raises MalformedNoteError; BadSignatureError where a known key is
    said to have signed and has not; UntrustedNoteError where no known key has.
    """
    text, signatures = split(note)
    known = {(key.name, key.id): key for key in keys}
    found: dict[Verifier, None] = {}
    for each in signatures:
        key = known.get((each.name, each.key_id))
        if key is None:
            continue
        if not key.holds(text, each.signature):
            raise BadSignatureError(f"{key} 的签名无效。/ The signature of {key} does not hold.")
        found[key] = None
    if not found:
        raise UntrustedNoteError(_untrusted(signatures))
    return Opened(text, tuple(found))


def _untrusted(signatures: Sequence[Signature]) -> str:
    said = "、".join(f"{each.name}+{each.key_id.hex()}" for each in signatures[:3])
    return f"签名者不在受信公钥之列：{said}。/ None of the trusted keys signed it; these did: {said}."


def _malformed(chinese: str, english: str) -> MalformedNoteError:
    return MalformedNoteError(f"签名文书格式有误：{chinese}。/ Not a signed note: {english}.")


def _encoded(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _decoded(text: str) -> bytes:
    """What stands in base64, or nothing where it is not the one way to write it."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if _encoded(raw) == text else b""
