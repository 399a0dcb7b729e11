"""What a photograph tells besides its picture: taken out of JPEG, PNG and WebP before a file is kept.

Telephones write where and with which device a picture was taken. Picture data is copied byte by byte; of the
rest only colour profiles and the way up stay. What cannot be read as an image up to its picture is left as it is.
"""

import re
import struct
import zlib
from collections.abc import Iterator

_JPEG, _PNG = b"\xff\xd8", b"\x89PNG\r\n\x1a\n"
_EXIF = b"Exif\0\0"
_SCAN = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]", re.DOTALL)
"""The next marker in picture data that is neither a stuffed byte nor a restart."""
_START_OF_SCAN, _END_OF_IMAGE = 0xDA, 0xD9
_APPLICATION = range(0xE0, 0xF0)
_COMMENT = 0xFE
_KEPT_SEGMENTS = ((0xE0, b"JFIF\0"), (0xE2, b"ICC_PROFILE\0"), (0xEE, b"Adobe"))
_KEPT_CHUNKS = frozenset(
    b"IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP bKGD pHYs acTL fcTL fdAT".split()
)
_ORIENTATION = 0x0112
_HAS_EXIF, _HAS_XMP = 0x08, 0x04


class _Broken(ValueError):
    """No image of its kind."""


def without_metadata(media_type: str, data: bytes) -> bytes:
    """The same picture, the same way up, without place, time, device, thumbnail, comment or anything behind it.

    Files of other kinds come back as they are.
    """
    read = {"image/jpeg": _jpeg, "image/png": _png, "image/webp": _webp}.get(media_type)
    if read is None:
        return data
    try:
        return b"".join(read(data))
    except (_Broken, struct.error, IndexError):
        return data


def orientation(exif: bytes) -> int:
    """How to turn the picture, 1 to 8 (TIFF 6.0 tag 274); 1 where a block of Exif does not say."""
    order = {b"II": "<", b"MM": ">"}.get(exif[:2])
    try:
        if order is None:
            return 1
        (first,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, first)
        for place in range(first + 2, first + 2 + 12 * min(count, 512), 12):
            tag, kind = struct.unpack_from(f"{order}HH", exif, place)
            if (tag, kind) == (_ORIENTATION, 3):
                (value,) = struct.unpack_from(f"{order}H", exif, place + 8)
                return value if 1 <= value <= 8 else 1
    except struct.error:
        return 1
    return 1


def _way_up(turn: int) -> bytes:
    """A block of Exif that says this and nothing else."""
    return b"MM\0*\0\0\0\x08\0\x01" + struct.pack(">HHIHH", _ORIENTATION, 3, 1, turn, 0) + b"\0\0\0\0"


# -- JPEG ----------------------------------------------------------------------------------------------


def _jpeg(data: bytes) -> Iterator[bytes]:
    kept, turn, place = [], 1, 2
    while True:
        marker, end = _segment(data, place)
        body = data[place + 4 : end]
        if marker == 0xE1 and body.startswith(_EXIF) and turn == 1:
            turn = orientation(body[len(_EXIF) :])
        if _is_kept(marker, body):
            kept.append(data[place:end])
        place = end
        if marker == _START_OF_SCAN:
            break
    yield _JPEG
    first = kept[:1] if kept[0][1] == 0xE0 else []
    yield from first
    if turn != 1:
        block = _EXIF + _way_up(turn)
        yield b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block
    yield from kept[len(first) :]
    yield from _picture(data, place)


def _segment(data: bytes, place: int) -> tuple[int, int]:
    """The marker of the segment at a place, and where the segment ends."""
    if data[place] != 0xFF:
        raise _Broken
    (length,) = struct.unpack_from(">H", data, place + 2)
    end = place + 2 + length
    if length < 2 or end > len(data) or data[place + 1] in (0x00, 0xFF, _END_OF_IMAGE):
        raise _Broken
    return data[place + 1], end


def _is_kept(marker: int, body: bytes) -> bool:
    if marker in _APPLICATION:
        return any(marker == kind and body.startswith(name) for kind, name in _KEPT_SEGMENTS)
    return marker != _COMMENT


def _picture(data: bytes, place: int) -> Iterator[bytes]:
    """From the first scan to the end of the image; what telephones hang on behind it is left out."""
    while (found := _SCAN.search(data, place)) is not None:
        marker, at = found.group()[-1], found.end() - 2
        yield data[place:at]
        if marker == _END_OF_IMAGE:
            yield b"\xff\xd9"
            return
        _, place = _segment(data, at)
        if _is_kept(marker, data[at + 4 : place]):
            yield data[at:place]
    yield data[place:]


# -- PNG -----------------------------------------------------------------------------------------------


def _png(data: bytes) -> Iterator[bytes]:
    yield _PNG
    place, kind = len(_PNG), b""
    while kind != b"IEND":
        length, kind = struct.unpack_from(">I4s", data, place)
        end = place + 12 + length
        if end > len(data):
            raise _Broken
        if kind in _KEPT_CHUNKS:
            yield data[place:end]
        elif kind == b"eXIf" and (turn := orientation(data[place + 8 : end - 4])) != 1:
            block = b"eXIf" + _way_up(turn)
            yield struct.pack(">I", len(block) - 4) + block + struct.pack(">I", zlib.crc32(block))
        place = end


# -- WebP ----------------------------------------------------------------------------------------------


def _webp(data: bytes) -> Iterator[bytes]:
    (size,) = struct.unpack_from("<I", data, 4)
    whole = data[: 8 + size]
    if len(whole) < 8 + size:
        raise _Broken
    chunks, turn, place = [], 1, 12
    while place < len(whole):
        kind, length = struct.unpack_from("<4sI", whole, place)
        body = whole[place + 8 : place + 8 + length]
        if len(body) < length:
            raise _Broken
        if kind == b"EXIF":
            turn = orientation(body.removeprefix(_EXIF))
        elif kind != b"XMP ":
            chunks.append((kind, body))
        place += 8 + length + length % 2
    if turn != 1:
        chunks.append((b"EXIF", _way_up(turn)))
    told = b"".join(_chunk(kind, _flagged(body, turn) if kind == b"VP8X" else body) for kind, body in chunks)
    yield b"RIFF" + struct.pack("<I", len(told) + 4) + b"WEBP" + told


def _chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def _flagged(body: bytes, turn: int) -> bytes:
    flags = body[0] & ~(_HAS_EXIF | _HAS_XMP) | (_HAS_EXIF if turn != 1 else 0)
    return bytes([flags]) + body[1:]
