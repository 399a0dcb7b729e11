"""Photographs tell no place: Exif, XMP, texts and trailers go; picture, colours and the way up stay."""

import struct
import zlib

import pytest

from activities.metadata import orientation, without_metadata

PLACE = b"GPS 24.7314N 118.6477E"


def exif(turn: int, order: str = ">") -> bytes:
    """Exif as telephones write it: the way up, the maker, and a place."""
    head = (b"MM\0*" if order == ">" else b"II*\0") + struct.pack(f"{order}I", 8)
    tags = [
        (0x010F, 2, len(PLACE), 50),
        (0x0112, 3, 1, turn << 16 if order == ">" else turn),
        (0x8825, 4, 1, 50),
    ]
    ifd = struct.pack(f"{order}H", len(tags)) + b"".join(struct.pack(f"{order}HHII", *tag) for tag in tags)
    return head + ifd + b"\0\0\0\0" + PLACE


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


TABLES = segment(0xDB, bytes(65)) + segment(0xC2, b"\x08\0\x01\0\x01\x01\x01\x11\0")
SCAN = segment(0xDA, b"\x01\x01\0\0\x3f\0") + b"\x12\xff\x00\x34\xff\xd0\x56"
MORE = segment(0xC4, bytes(20)) + SCAN
JFIF, ICC, ADOBE = (
    segment(0xE0, b"JFIF\0rest"),
    segment(0xE2, b"ICC_PROFILE\0\1\1p"),
    segment(0xEE, b"Adobe\0d"),
)


def jpeg(turn: int, order: str = ">") -> bytes:
    told = segment(0xE1, b"Exif\0\0" + exif(turn, order)) + segment(
        0xE1, b"http://ns.adobe.com/xap/1.0/\0" + PLACE
    )
    told += segment(0xED, b"Photoshop 3.0\0" + PLACE) + segment(0xFE, PLACE) + segment(0xE2, b"MPF\0" + PLACE)
    return b"\xff\xd8" + JFIF + told + ICC + ADOBE + TABLES + SCAN + MORE + b"\xff\xd9" + jpeg_behind()


def jpeg_behind() -> bytes:
    """A second picture behind the first, as moving photographs have one."""
    return b"\xff\xd8" + segment(0xE1, b"Exif\0\0" + exif(1)) + b"\xff\xd9"


@pytest.mark.parametrize("order", [">", "<"])
@pytest.mark.parametrize("turn", range(1, 9))
def test_a_jpeg_keeps_picture_colours_and_the_way_up_and_nothing_else(turn: int, order: str) -> None:
    stripped = without_metadata("image/jpeg", jpeg(turn, order))
    assert PLACE not in stripped
    rest = stripped.removeprefix(b"\xff\xd8" + JFIF)
    if turn != 1:
        length = struct.unpack_from(">H", rest, 2)[0]
        assert rest[:10] == b"\xff\xe1" + rest[2:4] + b"Exif\0\0"
        assert orientation(rest[10 : 2 + length]) == turn
        rest = rest[2 + length :]
    assert rest == ICC + ADOBE + TABLES + SCAN + MORE + b"\xff\xd9"
    assert without_metadata("image/jpeg", stripped) == stripped


def test_a_jpeg_that_breaks_off_in_the_picture_is_kept_to_there() -> None:
    whole = b"\xff\xd8" + segment(0xE1, b"Exif\0\0" + exif(1)) + TABLES + SCAN
    assert without_metadata("image/jpeg", whole) == b"\xff\xd8" + TABLES + SCAN


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


@pytest.mark.parametrize("turn", [1, 6])
def test_a_png_loses_texts_times_and_exif(turn: int) -> None:
    head, picture = (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + chunk(b"iCCP", b"p"),
        chunk(b"IDAT", b"pixels"),
    )
    told = b"".join(chunk(kind, PLACE) for kind in (b"tEXt", b"zTXt", b"iTXt", b"tIME", b"prVt"))
    whole = head + told + chunk(b"eXIf", exif(turn)) + picture + chunk(b"IEND", b"") + PLACE
    stripped = without_metadata("image/png", whole)
    assert PLACE not in stripped
    rest = stripped.removeprefix(head)
    assert rest.endswith(picture + chunk(b"IEND", b""))
    kept = rest.removesuffix(picture + chunk(b"IEND", b""))
    assert (kept == b"") is (turn == 1)
    if kept:
        assert kept == chunk(b"eXIf", kept[8:-4])
        assert orientation(kept[8:-4]) == turn


def riff(*chunks: tuple[bytes, bytes]) -> bytes:
    told = b"".join(k + struct.pack("<I", len(b)) + b + b"\0" * (len(b) % 2) for k, b in chunks)
    return b"RIFF" + struct.pack("<I", len(told) + 4) + b"WEBP" + told


@pytest.mark.parametrize("turn", [1, 8])
def test_a_webp_loses_exif_and_xmp_and_says_so_in_its_flags(turn: int) -> None:
    whole = riff(
        (b"VP8X", b"\x1c" + bytes(9)), (b"ICCP", b"p"), (b"VP8 ", b"picture"), (b"EXIF", exif(turn)), (b"XMP ", PLACE)
    )  # fmt: skip
    stripped = without_metadata("image/webp", whole + PLACE)
    assert PLACE not in stripped
    head = [
        (b"VP8X", bytes([0x18 if turn != 1 else 0x10]) + bytes(9)),
        (b"ICCP", b"p"),
        (b"VP8 ", b"picture"),
    ]
    if turn == 1:
        assert stripped == riff(*head)
    else:
        assert stripped[:-34] == riff(*head, (b"EXIF", stripped[-26:]))[:-34]
        assert orientation(stripped[-26:]) == turn


@pytest.mark.parametrize("kind", ["image/jpeg", "image/png", "image/webp", "application/pdf", "audio/mpeg"])
def test_what_is_no_image_is_left_as_it_is(kind: str) -> None:
    for data in (
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff\xe1\0\x10Exif\0\0" + bytes(40),
        b"RIFF\xff\0\0\0WEBP",
        jpeg(6)[:30],
    ):
        assert without_metadata(kind, data) == data


def test_damaged_exif_turns_nothing() -> None:
    whole = exif(6)
    assert {orientation(whole[:cut]) for cut in range(24)} == {1}
    assert orientation(b"XX" + whole[2:]) == 1
    assert orientation(whole[:4] + b"\xff\xff\xff\xff" + whole[8:]) == 1
