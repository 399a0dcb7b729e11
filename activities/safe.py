"""Keeps short secrets that must be read again: encrypted under a key that lies in a file, never in the database."""

import base64
import os
import secrets
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

SECOND_FACTOR_KEY = "second-factor.key"
"""Name of the file in a folder that holds everything of one machine."""

_MARK = "s1:"  # AES-256-GCM; nonce, then ciphertext with its tag, in base64
_NONCE, _KEY = 12, 32  # bytes (NIST SP 800-38D §8.2.2)
_OTHERS = 0o077  # whoever is not the owner


class SafeError(RuntimeError):
    """A key file cannot be used, or does not open what was sealed; the text is for people."""


@dataclass(frozen=True, slots=True)
class Safe:
    """Seals and opens; without a key what is sealed stays as it is, and is sealed when there is one."""

    key: bytes | None = field(default=None, repr=False)

    def seal(self, secret: str, of: str) -> str:
        """What may be kept of a secret; it opens for the same account alone."""
        if self.key is None:
            return secret
        nonce = secrets.token_bytes(_NONCE)
        sealed = AESGCM(self.key).encrypt(nonce, secret.encode(), of.encode())
        return _MARK + base64.b64encode(nonce + sealed).decode()

    def open(self, kept: str, of: str) -> str:
        """The secret; one that was kept before there was a key reads as it is. Raises SafeError."""
        if not kept.startswith(_MARK):
            return kept
        raw = base64.b64decode(kept.removeprefix(_MARK))
        try:
            return AESGCM(self.key or b"").decrypt(raw[:_NONCE], raw[_NONCE:], of.encode()).decode()
        except (InvalidTag, ValueError) as wrong:
            raise SafeError(
                "密钥打不开第二因素。/ The key does not open the second factor: see HERUN_SECOND_FACTOR_KEY."
            ) from wrong

    def is_bare(self, kept: str) -> bool:
        """Whether what is kept still waits for the key that there is."""
        return self.key is not None and not kept.startswith(_MARK)


BARE = Safe()
"""For a deployment without a key."""


@lru_cache(maxsize=4)
def open_safe(path: Path | None) -> Safe:
    """The safe of a key file, read once; without a file secrets are kept as they are. Raises SafeError."""
    if path is None:
        return BARE
    try:
        readable, text = path.stat().st_mode & _OTHERS, path.read_text(encoding="ascii")
        key = base64.b64decode(text.strip(), validate=True)
    except (OSError, ValueError) as wrong:
        raise SafeError(f"密钥文件 {path} 读不了。/ The key {path} cannot be read.") from wrong
    if readable or len(key) != _KEY:
        raise SafeError(
            f"密钥文件 {path} 应为仅本人可读的 32 字节（base64）。"
            f"/ The key {path} must be 32 bytes in base64 that only its owner may read."
        )
    return Safe(key)


def make_key(path: Path) -> None:
    """A new key in a file for its owner alone; one that is there already stays."""
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(base64.b64encode(secrets.token_bytes(_KEY)).decode() + "\n")
