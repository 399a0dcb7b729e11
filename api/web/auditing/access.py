"""Who looked: the access log, by account, case, kind and day."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from activities import journal
from activities.access import Access, looked
from api.auditing.answers import AccessView
from api.auditing.showing import access_view
from api.database import Connection
from api.identity.sight import Query as Conditions
from api.reading.cursors import cursor_of, key_of
from api.web.auditing.auditor import Auditor, Typed, day_of, end_of
from api.web.frame.rendering import render
from api.web.frame.visits import Visitor

router = APIRouter()

PAGE = 50

_ENTRIES = "SELECT * FROM journal r WHERE {where} ORDER BY r.seq DESC LIMIT {limit}"
_NAMES = "SELECT id, name FROM account WHERE id = ANY($1::text[]) AND role <> 'resident'"


@dataclass(frozen=True, slots=True)
class Line:
    """One entry with the name of who it was and what else it says."""

    entry: AccessView
    name: str | None
    details: tuple[tuple[str, str], ...]


@router.get("/audit/access")
async def access_page(
    visitor: Auditor, account: Typed = "", case: Typed = "", kind: Typed = "", since: Typed = "",
    until: Typed = "", after: Annotated[str | None, Query(max_length=300)] = None,
) -> HTMLResponse:  # fmt: skip
    """The log, the latest first; this very look is its latest entry."""
    given = {"account": account, "case": case, "kind": kind, "since": since, "until": until}
    typed = {name: each.replace("\x00", "").strip() for name, each in given.items()}
    query, wrong = _conditions(typed, visitor)
    async with visitor.door.database.connection() as connection:
        await looked(connection, visitor.caller.account.id, Access.AUDIT_VIEWED, view="access")
        lines, more = ((), None) if wrong else await _lines(connection, query, after, visitor)
    return render(
        visitor, "audit/access.html", status=422 if wrong else 200, typed=typed, wrong=wrong, lines=lines,
        next=more, is_first=after is None, kinds=tuple(map(visitor.voice.of, Access)),
    )  # fmt: skip


def _conditions(typed: Mapping[str, str], visitor: Visitor) -> tuple[Conditions, dict[str, str]]:
    query, wrong = Conditions(), dict[str, str]()
    query.match("r.stream", "access")
    query.match("r.account", typed["account"] or None)
    query.match("r.case_no", typed["case"].upper() or None)
    query.match("r.kind", typed["kind"] if typed["kind"] in set(Access) else None)
    for name, read, sign in (("since", day_of, ">="), ("until", end_of, "<")):
        try:
            at = read(typed[name])
        except ValueError:
            wrong[name] = visitor.speech.t("auditing.not_a_day")
            continue
        if at is not None:
            query.want(f"r.at {sign} {query.give(at)}")
    return query, wrong


async def _lines(
    connection: Connection, query: Conditions, after: str | None, visitor: Visitor
) -> tuple[tuple[Line, ...], str | None]:
    if after is not None:
        (seq,) = key_of(after, int)
        query.want(f"r.seq < {query.give(seq)}")
    limit = query.give(PAGE + 1)
    rows = await connection.fetch(_ENTRIES.format(where=query.where, limit=limit), *query.parameters)
    entries = [access_view(journal.entry_of(row), visitor.voice) for row in rows[:PAGE]]
    who = await connection.fetch(_NAMES, list({each.account for each in entries if each.account}))
    names = {row["id"]: row["name"] for row in who}
    lines = tuple(
        Line(each, names.get(each.account or ""), tuple(_details(each, visitor))) for each in entries
    )
    return lines, cursor_of(entries[-1].seq) if len(rows) > PAGE else None


def _details(entry: AccessView, visitor: Visitor) -> Iterator[tuple[str, str]]:
    """What an entry says besides who and which case, codes in words where there are any."""
    for name, value in entry.data.items():
        if name not in ("account", "case_no"):
            yield _label(name, visitor), _value(name, value, visitor)


def _label(name: str, visitor: Visitor) -> str:
    said = visitor.voice.say("auditing", f"detail_{name}")
    return name if said == f"detail_{name}" else said


def _value(name: str, value: Any, visitor: Visitor) -> str:
    speech = visitor.speech
    match name, value:
        case _, bool():
            return speech.t("ui.yes" if value else "ui.no")
        case "view", str():
            said = visitor.voice.say("auditing", f"view_{value}")
            return value if said == f"view_{value}" else said
        case "act", str():
            return visitor.voice.say("act", value)
        case "way", str():
            return visitor.voice.say("session_way", value)
        case _, list():
            return speech.t("ui.semicolon").join(map(str, value))
        case _:
            return str(value)
