"""Any table as CSV or Excel; what a spreadsheet would take for a formula goes out as the text it is."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TypeAlias

import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

from domain.calendar import CST

Cell: TypeAlias = str | int | float | date | datetime | None

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a cell must not begin with (OWASP, CSV injection), full-width forms included."""
_WIDEST = 60
_NARROWEST = 8


class Format(StrEnum):
    """What a table can be saved as."""

    CSV = "csv"
    XLSX = "xlsx"


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its heads; `name` is of ASCII letters and becomes the file's."""

    name: str
    title: str
    heads: tuple[str, ...]
    rows: Sequence[Sequence[Cell]]


def written(table: Table, kind: Format) -> bytes:
    """The file."""
    return _csv(table) if kind is Format.CSV else _xlsx(table)


def harmless(text: str) -> str:
    """A text that no spreadsheet runs: one that would be a formula is quoted."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _csv(table: Table) -> bytes:
    """With a byte order mark, without which Excel takes UTF-8 for something else."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([harmless(each) for each in table.heads])
    writer.writerows([_plain(cell) for cell in row] for row in table.rows)
    return out.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> str | int | float:
    match cell:
        case None:
            return ""
        case datetime():
            return cell.astimezone(CST).isoformat(sep=" ", timespec="minutes")
        case date():
            return cell.isoformat()
        case str():
            return harmless(cell)
        case _:
            return cell


def _xlsx(table: Table) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False,
                                   "strings_to_numbers": False, "remove_timezone": True}) as book:  # fmt: skip
        sheet = book.add_worksheet(table.title[:31].translate(_NOT_IN_NAMES))
        head = book.add_format({"bold": True, "bottom": 1})
        day, moment = (book.add_format({"num_format": f}) for f in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm"))
        for column, text in enumerate(table.heads):
            sheet.write_string(0, column, text, head)
        for place, row in enumerate(table.rows, start=1):
            for column, cell in enumerate(row):
                match cell:
                    case datetime():
                        sheet.write_datetime(place, column, cell.astimezone(CST), moment)
                    case date():
                        sheet.write_datetime(place, column, cell, day)
                    case str():
                        sheet.write_string(place, column, cell)
                    case int() | float():
                        sheet.write_number(place, column, cell)
        for column, width in enumerate(_widths(table)):
            sheet.set_column(column, column, width)
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(len(table.rows), 1), len(table.heads) - 1)
    return out.getvalue()


_NOT_IN_NAMES = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def _widths(table: Table) -> Iterator[int]:
    """Wide enough for what stands in the first rows; a Chinese character takes two."""
    for column, head in enumerate(table.heads):
        texts = [head, *(str(_plain(row[column])) for row in table.rows[:200])]
        wide = max(sum(2 if ord(c) > 0x2E7F else 1 for c in text) for text in texts)
        yield min(max(wide + 2, _NARROWEST), _WIDEST)
