"""The canaries: made-up names, numbers, addresses and words that exist nowhere else, and how to find a piece of one."""

import base64
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import product, takewhile

_FIRST, _LETTERS = 0x3440, 64
"""Sixty-four characters (U+3440 to U+347F) that no word, name or place of the product has in it."""
_PHONE, _ID_NUMBER = "1665507", "9900881901"
"""Numbers nobody has begin so; what follows tells one from another."""


def rare(number: int, length: int) -> str:
    """A word of rare characters: any two of them side by side are a piece of a canary, and of nothing else."""
    letters = []
    for _ in range(length):
        number, place = divmod(number, _LETTERS)
        letters.append(chr(_FIRST + place))
    return "".join(letters)


def phone(number: int) -> str:
    """A telephone number."""
    return f"{_PHONE}{number % 10_000:04}"


def id_number(number: int) -> str:
    """A citizen's number with its check digit (GB 11643)."""
    body = f"{_ID_NUMBER}{number % 10_000_000:07}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(body, weights, strict=True))
    return body + "10X98765432"[total % 11]


@dataclass
class Canaries:
    """Makes them one after another, and knows which place each was put in."""

    put: dict[str, str] = field(default_factory=dict)
    """Canary → where it was written, such as `order.complete result`."""

    def _next(self, text: str, place: str) -> str:
        self.put[text] = place
        return text

    def name(self, place: str) -> str:
        """A person's name."""
        return self._next(rare(len(self.put), 4), place)

    def phone(self, place: str) -> str:
        """A telephone number."""
        return self._next(phone(len(self.put)), place)

    def address(self, place: str) -> str:
        """Where somebody lives."""
        return self._next(rare(len(self.put), 6), place)

    def words(self, place: str) -> str:
        """What somebody writes: it names a person, with all that tells who it is."""
        number = len(self.put)
        return self._next(f"{rare(number, 6)} {phone(number)} {id_number(number)}", place)


# -- finding --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Trace:
    """A piece of a canary where none may be: in which writing, and what stands around it."""

    writing: str
    piece: str


@dataclass(frozen=True, slots=True)
class _Writing:
    """One way in which a canary could be written; `literal` is quick to miss, and most often missing."""

    name: str
    literal: bytes
    pattern: re.Pattern[bytes]
    folds: bool = False
    """Whether capital and small letters are the same."""


@cache
def _writings() -> tuple[_Writing, ...]:
    escaped = rb"\\+x?(?:e3|343)\\+x?(?:91|221)\\+x?(?:[89ab][0-9a-f]|2\d\d)"
    entity = rb"&#(?:x34[4-7][0-9a-f]|133[789]\d|134\d\d);"
    plain = (
        _Writing("utf-8", b"\xe3\x91", re.compile(_twice(rb"\xe3\x91[\x80-\xbf]"))),
        _Writing("unicode escape", b"\\u34", re.compile(_twice(rb"\\+u34[4-7][0-9a-f]")), folds=True),
        _Writing("percent", b"%e3%91", re.compile(_twice(rb"%e3%91%[89ab][0-9a-f]")), folds=True),
        _Writing("entity", b"&#", re.compile(_twice(entity)), folds=True),
        _Writing("hex", b"e391", re.compile(_twice(rb"e391[89ab][0-9a-f]")), folds=True),
        _Writing("escaped bytes", b"\\", re.compile(_twice(escaped)), folds=True),
    )
    numbers = [_plain_digits(*each) for prefix in (_PHONE, _ID_NUMBER) for each in _digits_in(prefix)]
    return (*plain, *_in_base64(), *numbers)


def _plain_digits(name: str, text: bytes) -> _Writing:
    return _Writing(name, text, re.compile(re.escape(text)))


def _digits_in(prefix: str) -> Iterator[tuple[str, bytes]]:
    yield "digits", prefix.encode()
    yield "digits in hex", prefix.encode().hex().encode()
    for offset in range(3):
        yield "digits in base64", _known_base64(prefix.encode(), offset)


def _twice(letter: bytes) -> bytes:
    return b"(?:" + letter + b"){2}"


def _in_base64() -> Iterator[_Writing]:
    """Two rare characters in base64, at each of the three places where a group may begin."""
    pairs = [(rare(a, 1) + rare(b, 1)).encode() for a, b in product(range(_LETTERS), repeat=2)]
    for offset in range(3):
        known = [_known_base64(pair, offset) for pair in pairs]
        columns = [sorted({each[place] for each in known}) for place in range(len(known[0]))]
        while len(columns[0]) > 1:
            columns.pop(0)
        literal = bytes(column[0] for column in takewhile(lambda column: len(column) == 1, columns))
        yield _Writing("base64", literal, re.compile(b"".join(_one_of(column) for column in columns)))


def _known_base64(data: bytes, offset: int) -> bytes:
    """What base64 of anything has in it that has `data` in it so many bytes after the beginning of a group."""
    whole = base64.b64encode(b"\0" * offset + data)
    first = -(-8 * offset // 6)
    last = 8 * (offset + len(data)) // 6
    return whole[first:last]


def _one_of(letters: list[int]) -> bytes:
    both = {letter for each in letters for letter in (each, *_URL_SAFE.get(each, ()))}
    return b"[" + b"".join(re.escape(bytes([each])) for each in sorted(both)) + b"]"


_URL_SAFE = {ord("+"): (ord("-"),), ord("/"): (ord("_"),)}
_ENDS = tuple(
    _Writing("end of a number", text[-5:].encode(), re.compile(text[-5:].encode() + rest))
    for text, rest in ((_PHONE, rb"[0-9]{4}"), (_ID_NUMBER, rb"[0-9]{7}[0-9X]?"))
)
"""The last digits of a number, where they are a number of their own and not part of a hash."""


def traces(data: bytes) -> list[Trace]:
    """Every piece of a canary, also within what is compressed; a few of each writing are enough."""
    return [trace for layer in layers(data) for trace in _in_one(layer)]


def _in_one(data: bytes) -> Iterator[Trace]:
    folded = data.lower()
    for writing in (*_writings(), *_ENDS):
        text = folded if writing.folds else data
        if writing.literal in text:
            found = (each for each in writing.pattern.finditer(text) if _counts(writing, text, each))
            for each, _ in zip(found, range(3), strict=False):
                yield Trace(writing.name, _around(data, each))


def _counts(writing: _Writing, data: bytes, found: re.Match[bytes]) -> bool:
    """Digits within a hash are no end of a number."""
    if writing not in _ENDS:
        return True
    start = found.start()
    while start and bytes([data[start - 1]]).isdigit():
        start -= 1
    around = data[max(0, start - 1) : start] + data[found.end() : found.end() + 1]
    return not any(bytes([each]).isalnum() for each in around)


def _around(data: bytes, found: re.Match[bytes]) -> str:
    return data[max(0, found.start() - 80) : found.end() + 40].decode("utf-8", "replace")


def layers(data: bytes) -> Iterator[bytes]:
    """The data, and what it holds if it is compressed (gzip, zlib, zip), however deep."""
    yield data
    inner = _unpacked(data)
    for each in inner:
        yield from layers(each)


def _unpacked(data: bytes) -> Iterator[bytes]:
    try:
        if data[:2] == b"\x1f\x8b":
            yield zlib.decompress(data, wbits=31)
        elif data[:1] == b"\x78" and len(data) > 2 and int.from_bytes(data[:2], "big") % 31 == 0:
            yield zlib.decompress(data)
        elif data[:4] == b"\x28\xb5\x2f\xfd":
            raise ValueError("nothing here compresses with zstd, and this cannot look into it")
        elif data[:4] == b"PK\x03\x04":
            yield from _zipped(data)
    except zlib.error:
        return


def _zipped(data: bytes) -> Iterator[bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        for each in file.infolist():
            yield each.filename.encode()
            yield file.read(each)
