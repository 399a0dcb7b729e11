"""Snapshots, changes, explanations, reports and studies in the words of one caller's language."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from activities.content import Kept
from activities.journal import Entry
from api.answers import Coded, EventLine, LinkView
from api.auditing.answers import (
    AccessView,
    AnswerView,
    ChangeView,
    CitedView,
    DiffView,
    DutyThenView,
    ExplainedView,
    FeatureView,
    FindingView,
    ReasonView,
    RefusedView,
    StateView,
    StudyRow,
    SumView,
    UnlookedView,
    VerificationView,
    WhatIfView,
)
from api.reading.explaining import line_view
from api.voice import Voice
from api.words import load_words
from audit.commands.study_telling import row_json, shown, snapshot_features
from audit.findings import Answer, Report
from audit.study.explaining import Cited, DutySum, Explained, RefusedAct
from audit.study.travel import Change, ChangeCode, DutyThen, Snapshot
from audit.study.whatif import Found, Row, rows_of
from domain.codec import event_json
from domain.events import Acted, Event
from domain.vocabulary import Content


def state_view(snapshot: Snapshot, last: int, voice: Voice) -> StateView:
    """A case as it stood, of `last` events it has today."""
    state = snapshot.json()
    return StateView(
        number=snapshot.number, seq=snapshot.last.seq, last=last, at=snapshot.last.at,
        kind=voice.of(snapshot.case.kind),
        features=tuple(_feature(name, state[name], voice) for name in snapshot_features(state)),
        duties=tuple(_duty(each, voice) for each in snapshot.duties.values()),
        parts=tuple(_part(each, voice) for each in state["parts"]),
    )  # fmt: skip


def _feature(name: str, value: Any, voice: Voice) -> FeatureView:
    return FeatureView(
        name=voice.coded("case_feature", name), value=value, text=shown(name, value, voice.say)
    )


def _duty(then: DutyThen, voice: Voice) -> DutyThenView:
    duty = then.duty
    return DutyThenView(
        number=duty.number, kind=voice.of(duty.kind), about=duty.about, unit=voice.maybe_unit(duty.owner.unit),
        party=duty.owner.party, rule=duty.rule, internal_due=then.internal_due, legal_due=then.legal_due,
        provisional=then.provisional, status=voice.of(then.status), opened_seq=then.opened_seq,
        breached_at=then.breached_at, settled_at=then.settled_at,
        why=voice.why(then.why) if then.why else None, paused=then.paused, extended_days=then.extended_days,
    )  # fmt: skip


def _part(part: Mapping[str, Any], voice: Voice) -> LinkView:
    return LinkView(
        number=part["number"], kind=voice.maybe("case_kind", part["kind"]),
        link=voice.coded("link", part["link"]), unit=voice.maybe_unit(part["unit"]),
        share=voice.maybe("share", part["share"]), mandatory=part["mandatory"], waived=part["waived"],
        outcome=voice.maybe("outcome", part["outcome"]),
    )  # fmt: skip


def diff_view(number: str, first: int, last: int, changes: tuple[Change, ...], voice: Voice) -> DiffView:
    """What changed from one event to a later one."""
    return DiffView(
        number=number, first=first, last=last, changes=tuple(_change(each, voice) for each in changes)
    )


def _change(change: Change, voice: Voice) -> ChangeView:
    is_feature = change.code is ChangeCode.FEATURE
    label = voice.say("case_feature", change.about) if is_feature else voice.of(change.code).text
    return ChangeView(
        code=voice.of(change.code), about=change.about, label=label, before=change.before, after=change.after
    )


# -- explanations -------------------------------------------------------------------------------------


def explained_view(explained: Explained, kept: Mapping[Content, Kept], voice: Voice) -> ExplainedView:
    """One event explained, with the words behind its reasons."""
    event = explained.event
    return ExplainedView(
        event=_event(event), text=_sentence(event, voice), causes=tuple(map(_event, explained.causes)),
        effects=explained.effects, cited=_cited(explained.cited, voice) if explained.cited else None,
        sums=tuple(_sum(each, voice) for each in explained.sums), refuses=explained.refuses,
        reasons=tuple(_reasons(explained, kept, voice)),
        escalated_why=voice.why(explained.escalated_why) if explained.escalated_why else None,
    )  # fmt: skip


def _event(event: Event) -> EventLine:
    return EventLine(**event_json(event))


def _sentence(event: Event, voice: Voice) -> str:
    said = voice.say("fact", event.fact.code)
    return f"{said} · {voice.say('act', event.fact.act.code)}" if isinstance(event.fact, Acted) else said


def _cited(cited: Cited, voice: Voice) -> CitedView:
    return CitedView(
        rule=cited.rule, source=cited.source, tag=voice.of(cited.tag) if cited.tag else None, n=cited.n,
        unit=voice.coded("time_unit", cited.unit) if cited.unit else None,
        starts_at=voice.coded("starts_at", cited.starts_at) if cited.starts_at else None,
    )  # fmt: skip


def _sum(each: DutySum, voice: Voice) -> SumView:
    dates = each.terms.dates
    return SumView(
        duty=each.number, kind=voice.of(each.kind), internal_due=dates.internal, legal_due=dates.legal,
        provisional=dates.provisional, lines=tuple(line_view(line, each.terms) for line in each.lines),
    )  # fmt: skip


def _reasons(explained: Explained, kept: Mapping[Content, Kept], voice: Voice) -> Iterator[ReasonView]:
    for name, commitment in explained.reasons.items():
        held = kept.get(Content(commitment))
        yield ReasonView(
            field=voice.coded("field", name), commitment=commitment, words=held.body if held else None
        )


def refused_view(refused: RefusedAct, voice: Voice) -> RefusedView:
    """An act that never reached the ledger."""
    return RefusedView(
        at=refused.at, account=refused.account, act=voice.coded("act", refused.act),
        code=_refusal(refused.code, voice), about=refused.about,
    )  # fmt: skip


def _refusal(code: str, voice: Voice) -> Coded:
    return Coded(code=code, text=load_words().find(("refusal", "guard_code"), code, voice.language))


# -- reports, studies, the access log -------------------------------------------------------------------


def verification_view(report: Report, voice: Voice) -> VerificationView:
    """The five answers, each with what is wrong and what could not be looked at."""
    return VerificationView(
        number=report.case_no, events=report.events, history_events=report.history_events,
        clean=report.is_clean, answers=tuple(_answer(each, report, voice) for each in Answer),
    )  # fmt: skip


def _answer(answer: Answer, report: Report, voice: Voice) -> AnswerView:
    findings = tuple(
        FindingView(
            code=voice.coded("finding", each.code), seq=each.seq, expected=_plain(each.expected),
            found=_plain(each.found), about=each.about,
        )
        for each in report.findings if each.answer is answer
    )  # fmt: skip
    unlooked = tuple(
        UnlookedView(why=voice.coded("unlooked", each.why), about=each.about)
        for each in report.unlooked
        if each.answer is answer
    )
    return AnswerView(answer=voice.of(answer), clean=not findings, findings=findings, unlooked=unlooked)


def _plain(value: Any) -> Any:
    """JSON values as they are, anything else as its text."""
    match value:
        case None | bool() | int() | float() | str():
            return value
        case dict():
            return {str(name): _plain(each) for name, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case datetime():
            return value.isoformat()
        case _:
            return str(value)


def study_view(rulebook: str, found: Found, voice: Voice) -> WhatIfView:
    """A study, the rows that change most first."""
    tally = found.tally
    return WhatIfView(
        rulebook=rulebook, cases=tally.cases, changed=tally.changed, spared=tally.spared,
        cannot_run=tally.cannot_run.total(), refused=dict(tally.refused),
        by_duty=tuple(_row(row, voice.say("duty_kind", row.about)) for row in rows_of(tally.by_duty)),
        by_unit=tuple(_row(row, _unit(row.about, voice)) for row in rows_of(tally.by_unit)),
        by_matter=tuple(_row(row, voice.matter(row.about).text) for row in rows_of(tally.by_matter)),
    )  # fmt: skip


def _row(row: Row, text: str) -> StudyRow:
    return StudyRow(text=text, **row_json(row))


def _unit(path: str, voice: Voice) -> str:
    return voice.unit(path).name if path else voice.say("study", "parties")


def access_view(entry: Entry, voice: Voice) -> AccessView:
    """An entry of the access log."""
    return AccessView(
        seq=entry.seq, at=entry.at, kind=voice.coded("access", entry.kind), account=entry.data.get("account"),
        case=entry.data.get("case_no"), data=dict(entry.data), hash=entry.hash,
    )  # fmt: skip
