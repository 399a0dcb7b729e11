"""Files with the keys of checkpoints: a private one (PKCS8 PEM, 0600), its public half beside it, trusted ones."""

import os
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from audit.checkpoints.notes import Signer, Verifier

_OTHERS = 0o077  # whoever is not the owner


class KeyFileError(RuntimeError):
    """A key file cannot be used; the text is for people."""


def public_file(path: Path) -> Path:
    """Where the public half of a private key lies: the file to give to auditors."""
    return path.with_suffix(".vkey")


def generate(path: Path, name: str) -> Signer:
    """Make a key of that name, the origin of the log, and write both halves.

    Raises KeyFileError where a file is there already, ValueError for a name no note can carry.
    """
    signer = Signer(name, Ed25519PrivateKey.generate())
    pem = signer.private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write(path, pem, 0o600)
    _write(public_file(path), f"{signer.verifier}\n".encode(), 0o644)
    return signer


def load(path: Path) -> Signer:
    """The key in a file; its name comes from the public half. Raises KeyFileError."""
    private = _private(path)
    verifier = _parsed(_text(public_file(path)).strip(), str(public_file(path)))
    signer = Signer(verifier.name, private)
    if signer.verifier != verifier:
        raise KeyFileError(
            f"{public_file(path)} 不是 {path} 的公钥。/ {public_file(path)} is not the public half of {path}."
        )
    return signer


def trusted(path: Path) -> tuple[Verifier, ...]:
    """The public keys in a file, one a line; `#` begins a comment. Raises KeyFileError naming the line."""
    found = []
    for number, line in enumerate(_text(path).splitlines(), start=1):
        if text := line.partition("#")[0].strip():
            found.append(_parsed(text, f"{path}:{number}"))
    return tuple(found)


def successor(path: Path) -> Signer:
    """The key that will follow the one in `path`, under the same name; made once, found again after that.

    A rotation is three steps, each of which may be repeated: this; a checkpoint that both keys sign
    (`checkpoint.rotate`); `adopt`. Raises KeyFileError.
    """
    beside = _next(path)
    if beside.exists() and public_file(beside).exists():
        return load(beside)
    # A half alone was left behind by a crash, and nothing is signed with it yet.
    for half in (beside, public_file(beside)):
        half.unlink(missing_ok=True)
    return generate(beside, load(path).name)


def adopt(path: Path) -> Signer:
    """Put the successor in the place of the key, which stays beside it under its id; may be done again after a crash.

    Raises KeyFileError.
    """
    new = load(_next(path))
    old = Verifier(new.name, _private(path).public_key().public_bytes_raw())
    kept = path.with_name(f"{path.stem}.{old.id.hex()}{path.suffix}")
    kept.unlink(missing_ok=True)
    kept.hardlink_to(path)
    public_file(kept).write_text(f"{old}\n")
    public_file(path).write_text(f"{new.verifier}\n")
    _next(path).replace(path)
    public_file(_next(path)).unlink()
    return new


def _next(path: Path) -> Path:
    return path.with_name(f"{path.stem}.next{path.suffix}")


def _private(path: Path) -> Ed25519PrivateKey:
    if path.exists() and path.stat().st_mode & _OTHERS:
        raise KeyFileError(
            f"私钥文件 {path} 他人可读，请先执行 chmod 600。/ Others may read the key {path}; chmod 600 it first."
        )
    try:
        private = load_pem_private_key(_read(path), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as wrong:
        raise KeyFileError(f"{path} 不是未加密的 PEM 私钥。/ {path} is no plain PEM private key.") from wrong
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyFileError(f"{path} 不是 Ed25519 私钥。/ {path} is not an Ed25519 key.")
    return private


def _parsed(text: str, where: str) -> Verifier:
    try:
        return Verifier.parse(text)
    except ValueError as wrong:
        raise KeyFileError(f"{where}: {wrong}") from wrong


def _text(path: Path) -> str:
    try:
        return _read(path).decode()
    except UnicodeDecodeError as wrong:
        raise KeyFileError(f"{path} 不是文本文件。/ {path} is not a text file.") from wrong


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as wrong:
        raise KeyFileError(
            f"无法读取 {path}：{wrong.strerror}。/ Cannot read {path}: {wrong.strerror}."
        ) from wrong


def _write(path: Path, content: bytes, mode: int) -> None:
    """A new file that is whole on the disk, or none."""
    try:
        handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    except OSError as wrong:
        raise KeyFileError(
            f"无法新建 {path}：{wrong.strerror}。/ Cannot make {path}: {wrong.strerror}."
        ) from wrong
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
