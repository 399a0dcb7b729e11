"""What a document is made of before it is set: blocks of plain text, which nothing reads as markup."""

import dataclasses
from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class Block:
    """One part of a document, from top to bottom."""

    kind: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A labelled value of a form; empty where it is filled in by hand. `tall` leaves room to write."""

    label: str
    value: str = ""
    tall: bool = False


@dataclass(frozen=True, slots=True)
class Fields(Block):
    """A ruled form: rows of one or two labelled cells."""

    kind: ClassVar[str] = "fields"
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Text(Block):
    """Paragraphs, one a line, each beginning two characters in."""

    kind: ClassVar[str] = "text"
    text: str


@dataclass(frozen=True, slots=True)
class Section(Block):
    """A heading and what stands under it; `room` is how many empty lines are left to write on."""

    kind: ClassVar[str] = "section"
    title: str
    text: str
    room: int = 0


@dataclass(frozen=True, slots=True)
class Table(Block):
    """A ruled table; `widths` are the shares of its columns."""

    kind: ClassVar[str] = "table"
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line to sign on, and what the record says of the signature."""

    label: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Signatures(Block):
    """Lines to sign on, each with a place for the date."""

    kind: ClassVar[str] = "signatures"
    lines: tuple[Line, ...]
    dated: str


@dataclass(frozen=True, slots=True)
class Seal(Block):
    """Who signs off, the place of the seal, and the day."""

    kind: ClassVar[str] = "seal"
    unit: str
    place: str
    day: str


@dataclass(frozen=True, slots=True)
class Addressed(Block):
    """To whom a letter goes: a line that begins at the margin."""

    kind: ClassVar[str] = "addressed"
    text: str


@dataclass(frozen=True, slots=True)
class Remark(Block):
    """Small print."""

    kind: ClassVar[str] = "remark"
    text: str


@dataclass(frozen=True, slots=True)
class NewPage(Block):
    """What follows is a sheet of its own, with the title again."""

    kind: ClassVar[str] = "new_page"


@dataclass(frozen=True, slots=True)
class Cover(Block):
    """The cover of a file: large, and alone on its page."""

    kind: ClassVar[str] = "cover"
    unit: str
    rows: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A whole document: title, the body it comes from, its number, and its blocks.

    `reading_copy` says in the reader's language that the Chinese document counts; empty in Chinese.
    """

    title: str
    unit: str
    number: str
    footer: str
    language: str
    blocks: tuple[Block, ...]
    reading_copy: str = ""

    def plain(self) -> dict[str, Any]:
        """As JSON for the template."""
        said = {each.name: getattr(self, each.name) for each in dataclasses.fields(self)}
        return said | {"blocks": [{"kind": each.kind} | dataclasses.asdict(each) for each in self.blocks]}
