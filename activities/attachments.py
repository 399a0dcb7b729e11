"""Keeps files beside the ledger: the object under its hash, and content whose body is that hash and the length."""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

import asyncpg
import obstore
import puremagic
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from activities import content
from activities.chain import canonical
from activities.commitments import ContentKind
from activities.content import Connection, Words
from activities.credentials import askable
from activities.metadata import without_metadata
from domain.vocabulary import CaseNo, Content

ORPHANED_AFTER = timedelta(hours=2)
"""When an object that no content points to may go: content itself waits an hour for its event."""

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('herun file ' || $1))"
_FIND = """
    SELECT c.commitment, c.body, c.media_type, c.account, c.created_at, r.seq
    FROM content_ref r JOIN content c USING (commitment)
    WHERE r.case_no = $1 AND ($2::text IS NULL OR c.commitment = $2)
        AND c.kind = 'file' AND c.media_type IS NOT NULL
    ORDER BY r.seq, c.created_at, c.commitment"""
_USABLE = """
    SELECT c.commitment FROM content c
    WHERE c.commitment = ANY($1::text[]) AND c.account = $2 AND c.kind = 'file' AND c.body IS NOT NULL
        AND NOT EXISTS (SELECT FROM content_ref r WHERE r.commitment = c.commitment AND r.case_no <> $3)"""
_IN_USE = "SELECT herun_files_in_use($1::text[])"
_BODY = "SELECT body FROM content WHERE commitment = $1 AND kind = 'file' AND media_type IS NOT NULL"


class MediaType(StrEnum):
    """The kinds of file that are taken: photographs, PDF, sound."""

    JPEG = "image/jpeg"
    PNG = "image/png"
    WEBP = "image/webp"
    HEIC = "image/heic"
    PDF = "application/pdf"
    MP3 = "audio/mpeg"
    M4A = "audio/mp4"
    OGG = "audio/ogg"
    WAV = "audio/wav"

    @property
    def is_image(self) -> bool:
        """Whether a page may show it in place."""
        return self.startswith("image/")

    @property
    def suffix(self) -> str:
        """The ending of a name for it."""
        return _SUFFIXES[self]


_SUFFIXES = MappingProxyType(
    {
        MediaType.JPEG: ".jpg", MediaType.PNG: ".png", MediaType.WEBP: ".webp", MediaType.HEIC: ".heic",
        MediaType.PDF: ".pdf", MediaType.MP3: ".mp3", MediaType.M4A: ".m4a", MediaType.OGG: ".ogg",
        MediaType.WAV: ".wav",
    }
)  # fmt: skip
_OTHER_SUFFIXES = {".jpeg": MediaType.JPEG, ".jpe": MediaType.JPEG, ".jfif": MediaType.JPEG, ".heif": MediaType.HEIC,
                   ".mpga": MediaType.MP3, ".oga": MediaType.OGG, ".opus": MediaType.OGG}  # fmt: skip
_BY_SUFFIX = MappingProxyType({suffix: kind for kind, suffix in _SUFFIXES.items()} | _OTHER_SUFFIXES)


class Unfit(StrEnum):
    """Why a file is not taken."""

    EMPTY = "file_empty"
    TOO_LARGE = "file_too_large"
    UNKNOWN_KIND = "file_kind"


class UnfitFile(ValueError):
    """A file that is not taken; nothing was kept."""

    def __init__(self, why: Unfit) -> None:
        super().__init__(why.value)
        self.why = why


class StoreUnreachable(OSError):
    """The place where files lie does not answer, or does not hold what it should."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that stands behind a commitment; `size` in bytes, `seq` the event that refers to it."""

    commitment: Content
    media_type: MediaType
    sha256: str
    size: int
    account: str
    at: datetime
    seq: int | None = None


@dataclass(frozen=True, slots=True)
class Store:
    """Where objects lie, each under the hexadecimal SHA-256 of what it holds."""

    objects: ObjectStore

    async def put(self, sha256: str, data: bytes) -> None:
        """Lay an object down; the same again changes nothing. Raises StoreUnreachable."""
        try:
            await obstore.put_async(self.objects, _place(sha256), data)
        except (BaseError, OSError) as wrong:
            raise StoreUnreachable(sha256) from wrong

    async def get(self, sha256: str) -> bytes:
        """What was laid down under a hash, and nothing else. Raises StoreUnreachable."""
        try:
            found = await obstore.get_async(self.objects, _place(sha256))
            data = bytes(await found.bytes_async())
        except (BaseError, OSError) as wrong:
            raise StoreUnreachable(sha256) from wrong
        if await asyncio.to_thread(_digest, data) != sha256:
            raise StoreUnreachable(sha256)
        return data

    async def delete(self, sha256: str) -> None:
        """Remove an object; one that is gone already is no mistake. Raises StoreUnreachable."""
        try:
            await obstore.delete_async(self.objects, _place(sha256))
        except FileNotFoundError:
            return
        except (BaseError, OSError) as wrong:
            raise StoreUnreachable(sha256) from wrong


def open_store(url: str) -> Store:
    """The store of a `file:///…`, `s3://…` or `memory:///` url. Raises ValueError for any other."""
    try:
        is_folder = url.startswith("file:")
        return Store(from_url(url, mkdir=True) if is_folder else from_url(url))
    except (BaseError, ValueError, OSError) as wrong:
        raise ValueError(
            f"附件存储地址无法使用。/ This place for attachments cannot be used: {url}"
        ) from wrong


def kind_of(data: bytes) -> MediaType | None:
    """What a file is by its content, whatever it is called; None for kinds that are not taken."""
    try:
        found = puremagic.magic_string(data)
    except (puremagic.PureError, ValueError):
        return _unlisted_kind(data)
    return _BY_SUFFIX.get(found[0].extension)


def _unlisted_kind(data: bytes) -> MediaType | None:
    """Two kinds that many telephones write and the library's tables lack."""
    if data[4:12] in (b"ftypmif1", b"ftypmsf1"):
        return MediaType.HEIC
    is_layer_3 = len(data) > 2 and data[0] == 0xFF and data[1] & 0xE6 == 0xE2
    return MediaType.MP3 if is_layer_3 else None


async def keep(connection: Connection, store: Store, data: bytes, account: str, limit: int) -> Attachment:
    """Keep a file before the act that refers to it. Raises UnfitFile, StoreUnreachable.

    Of a photograph the picture alone is kept: hash and length are of what is stored. Like words it is swept
    when no event refers to it within an hour.
    """
    kind = _fit(data, limit)
    data = await asyncio.to_thread(without_metadata, kind, data)
    sha256 = await asyncio.to_thread(_digest, data)
    async with connection.transaction():
        await connection.execute(_LOCK, sha256)
        await store.put(sha256, data)
        words = Words(ContentKind.FILE, _body(sha256, len(data)), kind.value)
        (commitment,) = await content.put(connection, [words], account)
    return Attachment(commitment, kind, sha256, len(data), account, datetime.now(UTC))


async def of_case(connection: Connection, case_no: CaseNo) -> list[Attachment]:
    """The files that events of a case refer to, those erased left out, in the order of the events."""
    rows = await connection.fetch(_FIND, case_no, None)
    return [each for row in rows if (each := _attachment(row)) is not None]


async def find(connection: Connection, case_no: CaseNo, commitment: str) -> Attachment | None:
    """The file behind a commitment, if an event of the case refers to it and it was not erased."""
    row = await connection.fetchrow(_FIND, case_no, askable(commitment))
    return _attachment(row) if row else None


async def usable(
    connection: Connection, case_no: CaseNo, commitments: Sequence[str], account: str
) -> set[Content]:
    """Which of these are files that the account kept, and that no other case refers to."""
    rows = await connection.fetch(_USABLE, list(commitments), account, case_no)
    return {Content(row["commitment"]) for row in rows}


async def erase(connection: Connection, store: Store, commitment: Content, who: str, basis: str) -> bool:
    """Erase content, and its object unless other content points to it; whether there was anything to take.

    For content that is no file the same as `content.erase`. As owner. Raises StoreUnreachable, and then
    nothing is erased.
    """
    async with connection.transaction():
        body = await connection.fetchval(_BODY, commitment)
        file = _read(body)
        if file is not None:
            await connection.execute(_LOCK, file[0])
        taken = await content.erase(connection, commitment, who, basis)
        if file is not None and not await connection.fetch(_IN_USE, [body]):
            await store.delete(file[0])
    return taken


async def tidy(connection: Connection, store: Store, older_than: timedelta = ORPHANED_AFTER) -> int:
    """Delete objects that no content points to any more; returns how many. As `herun_ledger` or owner."""
    before = datetime.now(UTC) - older_than
    gone = 0
    async for batch in obstore.list(store.objects, chunk_size=500):
        old = {
            each["path"].rpartition("/")[2]: each["size"] for each in batch if each["last_modified"] < before
        }
        gone += await _tidy_some(connection, store, old)
    return gone


async def _tidy_some(connection: Connection, store: Store, sizes: dict[str, int]) -> int:
    bodies = {_body(sha256, size): sha256 for sha256, size in sizes.items()}
    used = {row[0] for row in await connection.fetch(_IN_USE, list(bodies))}
    gone = 0
    for body in bodies.keys() - used:
        async with connection.transaction():
            await connection.execute(_LOCK, bodies[body])
            if not await connection.fetch(_IN_USE, [body]):  # somebody may have kept it again just now
                await store.delete(bodies[body])
                gone += 1
    return gone


def _fit(data: bytes, limit: int) -> MediaType:
    if not data:
        raise UnfitFile(Unfit.EMPTY)
    if len(data) > limit:
        raise UnfitFile(Unfit.TOO_LARGE)
    if (kind := kind_of(data)) is None:
        raise UnfitFile(Unfit.UNKNOWN_KIND)
    return kind


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _place(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def _body(sha256: str, size: int) -> str:
    return canonical({"bytes": size, "sha256": sha256})


def _read(body: str | None) -> tuple[str, int] | None:
    """Digest and length in a body; None for content of another kind."""
    if body is None or not body.startswith("{"):
        return None
    said = json.loads(body)
    return said["sha256"], said["bytes"]


def _attachment(row: asyncpg.Record) -> Attachment | None:
    read = _read(row["body"])
    if read is None:
        return None
    return Attachment(
        Content(row["commitment"]), MediaType(row["media_type"]), *read, row["account"], row["created_at"],
        row["seq"],
    )  # fmt: skip


def suffixes() -> Iterable[str]:
    """What a page may tell the file picker to offer."""
    return sorted({*_BY_SUFFIX})
