"""How time travel, explanations and studies read in a terminal; the words come in as an argument."""

from collections.abc import Iterator, Sequence
from typing import Any

from audit.commands.outside import Say
from audit.study.explaining import Explained, RefusedAct
from audit.study.travel import Change, ChangeCode, Snapshot
from audit.study.whatif import Found, Row, rows_of
from domain.codec import instant_text
from domain.events import Acted, Event

SHOWN = 12
"""Rows of a table in a terminal; the CSV has them all."""


def state_lines(snapshot: Snapshot, say: Say) -> Iterator[str]:
    """A case as it stood: its features, then its duties."""
    state = snapshot.json()
    yield f"{state['number']} #{state['seq']} {state['at']} {say('case_kind', state['kind'])}"
    for name in snapshot_features(state):
        yield f"  {say('case_feature', name)}: {shown(name, state[name], say)}"
    for duty in state["duties"]:
        yield f"  {_duty(duty, say)}"
    for part in state["parts"]:
        yield f"  {say('link', part['link'])} {part['number']} {_known('outcome', part['outcome'], say)}"


def snapshot_features(state: dict[str, Any]) -> tuple[str, ...]:
    """The features that say something, in the order in which people ask."""
    plain = ("number", "seq", "at", "kind", "opened_at", "rulebook", "drill", "duties", "parts")
    return tuple(
        name for name, value in state.items() if name not in plain and value not in (None, "", [], {}, 0)
    )


def shown(name: str, value: Any, say: Say) -> str:
    """A feature's value in words where it is a code, else as it stands on the ledger."""
    match value:
        case None | "" | [] | {}:
            return "—"
        case list():
            return ", ".join(_known(_CODES.get(name), each, say) for each in value)
        case dict():
            return ", ".join(f"{key}={each}" for key, each in value.items())
        case bool():
            return say("yes_no", "yes" if value else "no")
        case _:
            return _known(_CODES.get(name), value, say)


_CODES = {"stage": "stage", "outcome": "outcome", "notes": "note", "status": "duty_status"}


def _known(table: str | None, value: Any, say: Say) -> str:
    if value is None:
        return ""
    return say(table, value) if table and isinstance(value, str) else str(value)


def _duty(duty: dict[str, Any], say: Say) -> str:
    owner = duty["unit"] or duty["party"] or ""
    late = f" · {say('duty_status', 'breached')} {duty['breached_at']}" if duty["breached_at"] else ""
    status = say("duty_status", duty["status"])
    return f"[{duty['number']}] {say('duty_kind', duty['kind'])} · {owner} · {duty['legal_due']} · {status}{late}"


def change_lines(changes: Sequence[Change], say: Say) -> Iterator[str]:
    """One line for each change."""
    if not changes:
        yield say("study", "no_change")
    for change in changes:
        yield f"{say('change_code', change.code.value)} {_about(change, say)}".rstrip()


def _about(change: Change, say: Say) -> str:
    match change.code:
        case ChangeCode.FEATURE:
            values = (shown(change.about, each, say) for each in (change.before, change.after))
            return f"{say('case_feature', change.about)}: {' → '.join(values)}"
        case ChangeCode.DUTY_OPENED:
            return _duty(change.after, say)
        case ChangeCode.DUTY_SETTLED:
            return f"[{change.about}] {say('duty_status', change.after)}"
        case ChangeCode.DUTY_MOVED:
            return f"[{change.about}] {change.before[1]} → {change.after[1]}"
        case ChangeCode.PART_OPENED | ChangeCode.PART_CHANGED:
            return f"{change.about} {_known('outcome', change.after['outcome'], say)}"
        case _:
            return f"[{change.about}] {shown('', change.after, say)}"


def event_line(event: Event, say: Say) -> str:
    """An event in one line."""
    what = say("act", event.fact.act.code) if isinstance(event.fact, Acted) else say("fact", event.fact.code)
    return f"#{event.seq} {instant_text(event.at)} {what}"


def explained_lines(explained: Explained, say: Say) -> Iterator[str]:
    """An event: what led to it, its rule, the sum of its duty, and what it refused."""
    yield event_line(explained.event, say)
    for cause in explained.causes:
        yield f"  ← {event_line(cause, say)}"
    if (cited := explained.cited) is not None:
        limit = (
            f" {cited.n:g} {_known('time_unit', cited.unit, say) if cited.unit else ''}" if cited.n else ""
        )
        tag = f" · {say('tag', cited.tag.value)}" if cited.tag else ""
        yield f"  {say('study', 'rule')}: {cited.rule}{limit} · {cited.source}{tag}"
    if explained.escalated_why:
        yield f"  {say('why', explained.escalated_why)}"
    for each in explained.sums:
        yield f"  [{each.number}] {say('duty_kind', each.kind.value)}"
        for line in each.json()["lines"]:
            yield f"    {_step(line)}"
    for name, commitment in explained.reasons.items():
        yield f"  {say('field', name)}: {commitment}"


def _step(line: dict[str, Any]) -> str:
    span = " – ".join(each for each in (line["day"], line["until"]) if each) or line["at"] or ""
    detail = ", ".join(f"{key}={value}" for key, value in line["detail"].items())
    return f"{line['code']:<12} {span} {detail}".rstrip()


def refused_lines(refused: Sequence[RefusedAct], say: Say) -> Iterator[str]:
    """Acts that never reached the ledger, and why."""
    for each in refused:
        about = " ".join(each.about)
        yield f"✗ {instant_text(each.at)} {say('act', each.act)}: {_refusal(each.code, say)} {about}".rstrip()


def _refusal(code: str, say: Say) -> str:
    said = say("refusal", code)
    return said if said != code else say("guard_code", code)


def found_json(found: Found) -> dict[str, Any]:
    """A study as JSON values."""
    tally = found.tally
    groups = (("by_duty", tally.by_duty), ("by_unit", tally.by_unit), ("by_matter", tally.by_matter))
    return {
        "cases": tally.cases, "changed": tally.changed, "spared": tally.spared,
        "cannot_run": dict(tally.cannot_run), "refused": dict(tally.refused),
        "seconds": round(found.seconds, 2), "processor_seconds": round(found.processor_seconds, 2),
        **{group: [row_json(row) for row in rows_of(counted)] for group, counted in groups},
    }  # fmt: skip


def row_json(row: Row) -> dict[str, Any]:
    """One duty kind, unit or matter of a study as JSON values."""
    return {
        "code": row.about, "owed": row.owed, "owed_after": row.owed_after,
        "on_time_before": row.on_time_before, "on_time_after": row.on_time_after,
        "now_breached": row.now_breached, "now_met": row.now_met, "appeared": row.appeared,
        "vanished": row.vanished, "otherwise": row.otherwise,
    }  # fmt: skip


def found_lines(found: Found, say: Say) -> Iterator[str]:
    """A study in a terminal: the numbers, then the rows that change most, by duty, unit and matter."""
    tally = found.tally
    yield say("study", "cases").format(
        cases=tally.cases, changed=tally.changed, spared=tally.spared, cannot=tally.cannot_run.total(),
        refused=tally.refused.total(),
    )  # fmt: skip
    yield say("study", "took").format(
        seconds=f"{found.seconds:.1f}", processor=f"{found.processor_seconds:.1f}"
    )
    for group, counted in (("duty", tally.by_duty), ("unit", tally.by_unit), ("matter", tally.by_matter)):
        yield ""
        yield say("study", f"by_{group}")
        for row in rows_of(counted)[:SHOWN]:
            yield _row(row, group, say)
    for refused, count in tally.refused.most_common(SHOWN):
        act, _, code = refused.partition(": ")
        yield f"✗ {say('act', act)}: {_refusal(code, say)} × {count}"


def _row(row: Row, group: str, say: Say) -> str:
    name = say("duty_kind", row.about) if group == "duty" else row.about or say("study", "parties")
    rates = " → ".join(
        "—" if rate is None else f"{rate:.1%}" for rate in (row.on_time_before, row.on_time_after)
    )
    moved = (
        (row.now_breached, "now_breached"), (row.now_met, "now_met"), (row.appeared, "appeared"),
        (row.vanished, "vanished"), (row.otherwise, "otherwise"),
    )  # fmt: skip
    said = " · ".join(f"{say('study', code)} {count}" for count, code in moved if count)
    return f"  {name}: {rates}" + (f" · {said}" if said else "")
