"""Sets a sheet in type: one template of ours, data that is only ever data, a Chinese font of the system's."""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import typst

from api.printing.blocks import Sheet

CHINESE = (
    "FangSong", "FangSong_GB2312", "STFangsong", "Noto Serif CJK SC", "Noto Serif SC", "Source Han Serif SC",
    "Source Han Serif CN", "SimSun", "STSong", "Songti SC", "Noto Sans CJK SC", "WenQuanYi Micro Hei",
)  # fmt: skip
"""Families that can set Chinese, the best first: 仿宋, then Song, then whatever is there."""

_WESTERN = "Libertinus Serif"
"""Comes with typst; sets the English reading copies."""

_ONE_AT_A_TIME = Lock()
"""The compiler keeps what it read and set before, for one thread at a time."""


class NoChineseFont(RuntimeError):
    """No font on this machine can set Chinese: install one, such as Debian's fonts-noto-cjk."""


def typeset(sheet: Sheet, at: datetime) -> bytes:
    """The sheet as PDF/A; the same sheet gives the same bytes. `at` is written in it as its date.

    Blocks for some hundredths of a second: call it in a thread. Raises NoChineseFont.
    """
    (pdf,) = _compiled(sheet, "pdf", at)
    return pdf


def pictures(sheet: Sheet, ppi: float = 72.0) -> Sequence[bytes]:
    """Its pages as PNG. Raises NoChineseFont."""
    return _compiled(sheet, "png", datetime(2026, 1, 1, tzinfo=UTC), ppi)


def _compiled(
    sheet: Sheet, how: Literal["pdf", "png"], at: datetime, ppi: float | None = None
) -> Sequence[bytes]:
    fonts = fonts_for(tuple(_system_fonts().families()), sheet.language)
    data = json.dumps(_legible(sheet.plain()) | {"fonts": fonts}, ensure_ascii=False)

    def compiled(standards: list[Any]) -> Any:
        return _compiler().compile(
            format=how, ppi=ppi, sys_inputs={"data": data}, timestamp=at.astimezone(UTC).replace(microsecond=0),
            pdf_standards=standards,
        )  # fmt: skip

    with _ONE_AT_A_TIME:
        try:
            made = compiled(["a-2a"] if how == "pdf" else [])
        except (
            typst.TypstError
        ):  # a character that no font of this machine has: a plain PDF shows a box for it
            made = compiled([])
    return [each for each in (made if isinstance(made, list) else [made]) if each is not None]


def _legible(said: Any) -> Any:
    """Text without what no reader could show: characters of private use, unassigned or for control become □.

    An archived PDF may hold none of them (ISO 19005-2), and a rare name typed with one must still be printed.
    """
    match said:
        case str():
            return "".join(map(_shown, said.replace("\ufeff", "")))
        case Mapping():
            return {name: _legible(each) for name, each in said.items()}
        case list() | tuple():
            return [_legible(each) for each in said]
        case _:
            return said


def _shown(character: str) -> str:
    is_dark = unicodedata.category(character) in ("Cc", "Cn", "Co", "Cs") and character not in "\n\t"
    return "□" if is_dark else character


def fonts_for(installed: Sequence[str], language: str) -> tuple[str, ...]:
    """The families to set a sheet in, of those installed. Raises NoChineseFont."""
    chinese = next((each for each in CHINESE if each in installed), None)
    if chinese is None:
        raise NoChineseFont
    return (_WESTERN, chinese) if language == "en" else (chinese,)


@cache
def _system_fonts() -> typst.Fonts:
    return typst.Fonts()


@cache
def _compiler() -> typst.Compiler:
    """It may read what lies beside its template, and nothing else."""
    with resources.as_file(resources.files("api.printing") / "sheet.typ") as template:
        path = Path(template)
        return typst.Compiler(input=str(path), root=str(path.parent), font_paths=_system_fonts())
