"""Why a duty falls due when it does: its terms read back from the ledger, and the law's sum line by line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from api.answers import Bilingual, Explanation, ExplanationLine
from api.casefile import CaseFile
from api.voice import Voice, both, source_of
from api.words import Language, load_words
from domain.acts import base
from domain.calendar import Calendar
from domain.duties import Duty
from domain.events import Acted, DutyMoved, DutyOpened, DutyPaused, Event
from domain.limits import due, explain
from domain.rulebook import Rulebook
from domain.shelf import Shelf
from domain.terms import Due, Limit, Span, Step, StepCode


@dataclass(frozen=True, slots=True)
class Terms:
    """From what a duty's dates were counted, and the dates it has now."""

    duty: Duty
    dates: Due
    calendar: Calendar
    extended: tuple[Limit, ...] = ()
    pauses: tuple[Span, ...] = ()
    paused_at: datetime | None = None


def terms_of(file: CaseFile, number: int, shelf: Shelf) -> Terms | None:
    """The terms of a duty as its events leave them; None if the case has no such duty."""
    rules, calendar = shelf.rulebook(file.case.rulebook), shelf.calendar(_first_calendar(file))
    terms: Terms | None = None
    for event in file.events:
        match event.fact:
            case Acted(act=base.AdoptCalendar(calendar=adopted)):
                calendar = shelf.calendar(adopted)
            case DutyOpened(duty=duty) if duty.number == number:
                dates = Due(duty.internal_due, duty.legal_due, duty.provisional)
                terms = Terms(duty, dates, calendar)
            case DutyPaused(duty=paused) if paused == number and terms:
                terms = replace(terms, paused_at=event.at)
            case DutyMoved(duty=moved) as fact if moved == number and terms:
                terms = _moved(replace(terms, calendar=calendar), fact, event, rules)
    return terms


def _first_calendar(file: CaseFile) -> str:
    return str(getattr(file.events[0].fact, "calendar", file.case.calendar))


def _moved(terms: Terms, fact: DutyMoved, event: Event, rules: Rulebook) -> Terms:
    """A date moves by an extension, by the end of a pause, or by a new calendar."""
    terms = replace(terms, dates=Due(fact.internal_due, fact.legal_due, fact.provisional))
    if fact.extended_days:
        extension = replace(rules.limits[event.rule], n=fact.extended_days)
        return replace(terms, extended=(*terms.extended, extension))
    if terms.paused_at is not None:
        return replace(terms, pauses=(*terms.pauses, (terms.paused_at, event.at)), paused_at=None)
    return terms


def explanation(file: CaseFile, number: int, voice: Voice) -> Explanation | None:
    """The sum behind a duty's dates; None if the case has no such duty."""
    rules = voice.shelf.rulebook(file.case.rulebook)
    terms = terms_of(file, number, voice.shelf)
    if terms is None:
        return None
    duty = terms.duty
    source, tag = source_of(rules.limits.get(duty.rule), duty.rule)
    return Explanation(
        number=file.number, duty=number, kind=voice.of(duty.kind), rule=duty.rule, source=source,
        tag=voice.of(tag) if tag else None, internal_due=terms.dates.internal, legal_due=terms.dates.legal,
        provisional=terms.dates.provisional, lines=tuple(_lines(terms, rules)),
    )  # fmt: skip


def _lines(terms: Terms, rules: Rulebook) -> Iterator[ExplanationLine]:
    """The law's own steps, then what overrules them; the last line always has the duty's own dates."""
    limit, start = rules.limits.get(terms.duty.rule), terms.duty.counted_from
    how: dict[str, Any] = {"paused": terms.pauses, "extended": terms.extended}
    if limit is None:
        yield _extra("fixed", terms.dates.legal)
        yield _result(terms)
        return
    counted = due(limit, start, terms.calendar, rules.clock, **how)
    for step in explain(limit, start, terms.calendar, rules.clock, **how):
        if step.code is not StepCode.RESULT:
            yield _line(step)
    if counted.legal != terms.dates.legal:
        yield _extra("cap" if terms.duty.cap == terms.dates.legal else "fixed", terms.dates.legal)
    if terms.paused_at is not None:
        yield _extra("standing", terms.paused_at)
    yield _result(terms)


def _line(step: Step) -> ExplanationLine:
    return ExplanationLine(
        code=step.code.value, text=_bilingual(step), day=step.day.isoformat(), at=step.at,
        until=step.until.isoformat() if step.until else None, detail=dict(step.detail),
    )  # fmt: skip


def _extra(code: str, at: datetime) -> ExplanationLine:
    template = both("explanation", code)
    text = Bilingual(zh=template.zh.format(at=_instant(at)), en=template.en.format(at=_instant(at)))
    return ExplanationLine(code=code, text=text, at=at)


def _result(terms: Terms) -> ExplanationLine:
    dates = terms.dates
    template = both("step_code", StepCode.RESULT.value)
    values = {"internal": _end(dates.internal), "legal": _end(dates.legal)}
    return ExplanationLine(
        code=StepCode.RESULT.value, at=dates.legal,
        text=Bilingual(zh=template.zh.format(**values), en=template.en.format(**values)),
        detail={
            "internal": dates.internal.isoformat(), "legal": dates.legal.isoformat(),
            "provisional": dates.provisional,
        },
    )  # fmt: skip


def _bilingual(step: Step) -> Bilingual:
    return Bilingual(zh=_sentence(step, Language.ZH), en=_sentence(step, Language.EN))


def _sentence(step: Step, language: Language) -> str:
    words = load_words()
    whole_day = step.code is not StepCode.START or "counted" in step.detail
    table, code = ("step_code", step.code.value) if whole_day else ("explanation", "start_instant")
    return words.say(table, code, language).format_map(_values(step, language))


def _values(step: Step, language: Language) -> Mapping[str, Any]:
    """What a step's sentence mentions."""
    words, detail = load_words(), step.detail
    values: dict[str, Any] = {**detail, "day": step.day.isoformat()}
    values["until"] = (step.until or step.day).isoformat()
    if step.at is not None:
        values["at"] = _instant(step.at)
        values["until"] = values["at"] if step.code in (StepCode.COUNT, StepCode.EXTEND) else values["until"]
    if "unit" in detail:
        values["unit"] = words.say("time_unit", str(detail["unit"]), language)
    if "festival" in detail:
        values["reason"] = words.say("festival", str(detail["festival"]), language)
    elif "reason" in detail:
        values["reason"] = words.say("day_kind", str(detail["reason"]), language)
    return values


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _end(at: datetime) -> str:
    """Midnight as the end of the day it ends (《民法典》第203条第2款)."""
    if at.hour == at.minute == at.second == 0:
        return f"{at - timedelta(days=1):%Y-%m-%d} 24:00"
    return _instant(at)
