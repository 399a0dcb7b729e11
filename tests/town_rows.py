"""A town's virtual lives as rows of the tables, without a database."""

from typing import Any

from activities.ledger import _lines
from activities.shelf import load_shelf
from audit.casefiles.gathering import Held, commitments
from domain.vocabulary import CaseNo
from rehearsal.into_ledger import Lives, live, request, town_scenes
from rehearsal.stage import Editions
from rehearsal.town import load_town

COLUMNS = (
    "case_no", "seq", "at", "kind", "act", "account", "role", "unit", "on_behalf_of", "act_id", "cause", "rule",
    "data", "prev", "hash",
)  # fmt: skip


def lives_of(seed: int, cases: int) -> Lives:
    """About so many cases of all four kinds with their parts, played to their end."""
    town, editions = load_town(), Editions(load_shelf(), "default-3")
    return live(town, editions, town_scenes(town, editions, seed, cases), seed)


def held(number: CaseNo, lives: Lives) -> Held:
    """The rows that the ledger would write for a life."""
    rows = [
        dict(zip(COLUMNS, line, strict=True)) for line in _lines(request(number, lives.events[number]), 1)
    ]
    content = [content_row(each, *lives.words[each]) for each in sorted(commitments(rows))]  # type: ignore[index]
    return Held(number, rows, content)


def content_row(commitment: str, salt: bytes, body: str) -> dict[str, Any]:
    return {
        "commitment": commitment, "kind": "text", "salt": salt, "body": body, "erased_at": None,
        "erased_by": None, "erase_basis": None,
    }  # fmt: skip
