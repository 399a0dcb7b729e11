"""Finds words in Chinese text by index: two-character grams and whole words, no dictionary and no scan."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

MOST_BYTES = 1_000_000  # of terms; a tsvector holds a mebibyte
LONGEST_WORD = 64  # characters; what is longer is found by its beginning

_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_RUNS = re.compile(f"(?P<han>[{_HAN}]+)|(?P<word>[^\\W_{_HAN}]+)")


class EmptyQuery(ValueError):
    """A query without a single letter, digit or character to look for."""

    def __init__(self) -> None:
        super().__init__("请输入要查找的字词。/ Enter a word to look for.")


@dataclass(frozen=True, slots=True)
class Query:
    """A query made ready: `tsquery` goes to the index, `phrases` must each stand in the text as they are.

    A phrase longer than two characters is found by all its pairs, which might stand apart; so what the
    index finds is looked at once more for the phrase itself.
    """

    tsquery: str
    phrases: tuple[str, ...]


def grams(text: str) -> list[str]:
    """The index terms of a text: pairs of characters, the last character of each run, whole other words.

    The last character lets a single one be found as the beginning of a term, wherever it stands. Full and
    half width, and large and small letters, are the same. What goes beyond MOST_BYTES is not indexed.
    """
    found: dict[str, None] = {}
    for han, word in _runs(text):
        terms = [*_pairs(han), han[-1]] if han else [word[:LONGEST_WORD]]
        found.update(dict.fromkeys(terms))
    sizes = accumulate(len(term.encode()) for term in found)
    return [term for term, size in zip(found, sizes, strict=True) if size <= MOST_BYTES]


def query(text: str) -> Query:
    """What a person typed, as a query in which every word must be found. Raises EmptyQuery."""
    terms: list[str] = []
    phrases: list[str] = []
    for han, word in _runs(text):
        if not han:
            terms.append(_quoted(word[:LONGEST_WORD]))
        elif len(han) == 1:
            terms.append(_quoted(han) + ":*")
        else:
            terms += map(_quoted, _pairs(han))
            phrases += [han] if len(han) > 2 else []
    if not terms:
        raise EmptyQuery
    return Query(" & ".join(dict.fromkeys(terms)), tuple(dict.fromkeys(phrases)))


def matches(column: str, body: str, tsquery: str, phrases: str) -> str:
    """The SQL condition for a `Query`, from the names of two columns and two parameters (text, text[])."""
    stands = f"SELECT bool_and(strpos(normalize({body}, NFKC), p) > 0) FROM unnest({phrases}::text[]) p"  # noqa: S608 - names from code
    return f"{column} @@ {tsquery}::tsquery AND coalesce(({stands}), true)"


def _runs(text: str) -> Iterator[tuple[str, str]]:
    for run in _RUNS.finditer(unicodedata.normalize("NFKC", text).lower()):
        yield run["han"] or "", run["word"] or ""


def _pairs(han: str) -> list[str]:
    return [han[place : place + 2] for place in range(len(han) - 1)]


def _quoted(term: str) -> str:
    """Runs hold letters, digits and characters only, so that nothing in them needs an escape."""
    return f"'{term}'"
