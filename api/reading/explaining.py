"""Why a duty falls due when it does: its terms read back from the ledger, and the law's sum line by line."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from api.answers import Bilingual, Explanation, ExplanationLine
from api.reading.casefile import CaseFile
from api.voice import Voice, both, source_of
from api.words import Language, load_words
from audit.study.sums import Line, Overruled, Terms, lines_of, terms_of
from domain.terms import Step, StepCode


def explanation(file: CaseFile, number: int, voice: Voice) -> Explanation | None:
    """The sum behind a duty's dates; None if the case has no such duty."""
    rules = voice.shelf.rulebook(file.case.rulebook)
    terms = terms_of(file.events, number, voice.shelf)
    if terms is None:
        return None
    duty = terms.duty
    source, tag = source_of(rules.limits.get(duty.rule), duty.rule)
    return Explanation(
        number=file.number, duty=number, kind=voice.of(duty.kind), rule=duty.rule, source=source,
        tag=voice.of(tag) if tag else None, internal_due=terms.dates.internal, legal_due=terms.dates.legal,
        provisional=terms.dates.provisional,
        lines=tuple(line_view(each, terms) for each in lines_of(terms, rules)),
    )  # fmt: skip


def line_view(line: Line, terms: Terms) -> ExplanationLine:
    """A line of a sum with its sentence in both languages."""
    match line.code:
        case Overruled():
            return _extra(line.code, line.at or terms.dates.legal)
        case StepCode.RESULT:
            return _result(terms)
        case _:
            assert line.step is not None
            return _line(line.step)


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
