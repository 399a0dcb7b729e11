"""Documents of the committee's own file: register, records, report, cover and catalogue (《人民调解法》第27条)."""

from collections.abc import Sequence

from api.printing.blocks import Block, Cell, Cover, Fields, Section, Sheet, Table, Text
from api.printing.codes import Document
from api.printing.dossier import Dossier, Made
from domain.acts import mediation as acts
from domain.events import Noted
from domain.vocabulary import Note


def register(of: Dossier) -> Sheet:
    """人民调解受理登记表."""
    accepted = of.last(acts.AcceptDispute)
    case = of.file.case
    return of.sheet(
        Document.REGISTER, of.committee,
        Fields((
            (Cell(of.say("registered_at"), of.moment(case.opened_at)), Cell(of.say("matter"), of.view.matter.text)),
            (Cell(of.say("source"), _source(of)), Cell(of.say("place"), of.view.community.name)),
        )),
        *of.both_sides(),
        Fields((
            (Cell(of.say("dispute"), f"{of.view.title or ''}\n{of.view.text or of.say('erased')}", tall=True),),
            (Cell(of.say("intake"), of.say("accepted_on", day=of.moment(accepted.at)) if accepted else ""),),
        )),
        of.to_sign("parties_sign", "registrar_signs"),
        of.sealed(of.committee, accepted.at if accepted else None),
    )  # fmt: skip


def investigation_record(of: Dossier) -> Sheet:
    """人民调解调查记录, one sheet each."""
    return of.sheet(
        Document.INVESTIGATION_RECORD, of.committee, *of.one_sheet_each(acts.Investigate, _investigated)
    )


def session_record(of: Dossier) -> Sheet:
    """人民调解记录, one sheet a sitting."""
    return of.sheet(Document.SESSION_RECORD, of.committee, *of.one_sheet_each(acts.HoldSession, _sat))


def performance_record(of: Dossier) -> Sheet:
    """协议履行情况记录 (第31条)."""
    return of.sheet(
        Document.PERFORMANCE_RECORD, of.committee,
        Fields(((Cell(of.say("parties"), _names(of)),),
                (Cell(of.say("matter"), of.view.title or ""), Cell(of.say("perform_due"), _perform_by(of))))),
        Table(
            tuple(of.say(code) for code in ("looked_at", "performance", "looked_by", "remark")),
            tuple((of.moment(made.at), of.voice.of(made.act.performance).text, of.who(made.actor.account),
                   of.said(made.act.evidence)) for made in of.acts(acts.ReportPerformance)),
            (4, 3, 3, 5),
        ),
        of.to_sign("parties_sign", "mediator_signs"),
    )  # fmt: skip


def closing_report(of: Dossier) -> Sheet:
    """人民调解结案报告表."""
    case, agreed = of.file.case, of.last(acts.Agree)
    return of.sheet(
        Document.CLOSING_REPORT, of.committee,
        Fields((
            (Cell(of.say("parties"), _names(of)),),
            (Cell(of.say("matter"), of.view.matter.text), Cell(of.say("source"), _source(of))),
            (Cell(of.say("opened_on"), of.day(case.opened_at)), Cell(of.say("closed_on"), of.day(case.closed_at))),
            (Cell(of.say("sittings"), str(len([*of.acts(acts.HoldSession)]))), Cell(of.say("outcome"), _outcome(of))),
            (Cell(of.say("dispute"), f"{of.view.title or ''}\n{of.view.text or of.say('erased')}", tall=True),),
            (Cell(of.say("result"), of.said(agreed.act.terms) if agreed else "", tall=True),),
            (Cell(of.say("handler_opinion"), "", tall=True),),
        )),
        of.to_sign("mediator_signs", "head_signs"),
        of.sealed(of.committee, case.closed_at),
    )  # fmt: skip


def file_cover(of: Dossier) -> Sheet:
    """卷宗封面."""
    case, accepted = of.file.case, of.last(acts.AcceptDispute)
    rows = (
        Cell(of.say("file_number"), of.file.number),
        Cell(of.say("file_matter"), of.view.title or ""),
        Cell(of.say("parties"), _names(of)),
        Cell(of.say("mediator"), _mediators(of)),
        Cell(of.say("accepted_day"), of.day(accepted.at if accepted else None)),
        Cell(of.say("closed_on"), of.day(case.closed_at)),
        Cell(of.say("outcome"), _outcome(of)),
        Cell(of.say("kept_for")),
        Cell(of.say("filed_by")),
    )
    return of.sheet(Document.FILE_COVER, None, Cover(of.unit(of.committee), rows))


def file_catalogue(of: Dossier, documents: Sequence[Document]) -> Sheet:
    """卷内目录: what lies in the file, with the files that people brought."""
    titles = [of.voice.say("document", each) for each in documents]
    brought = [of.say("brought", n=n, seq=each.seq) for n, each in enumerate(of.attachments, 1)]
    rows = tuple((str(n), title, "", "") for n, title in enumerate([*titles, *brought], 1))
    heads = tuple(of.say(code) for code in ("place_in_file", "document_title", "pages", "remark"))
    return of.sheet(Document.FILE_CATALOGUE, of.committee, Table(heads, rows, (2, 9, 2, 4)))


def file_note(of: Dossier) -> Sheet:
    """卷宗情况说明 and back cover."""
    return of.sheet(
        Document.FILE_NOTE, of.committee,
        Section(of.say("file_state"), "", room=8),
        Text(of.say("file_note_text", seq=of.file.case.seq)),
        of.to_sign("filed_by_signs", "checked_by_signs"),
    )  # fmt: skip


def _investigated(of: Dossier, made: Made[acts.Investigate]) -> tuple[Block, ...]:
    return (
        Fields((
            (Cell(of.say("at"), of.moment(made.at)), Cell(of.say("at_place"))),
            (Cell(of.say("asked_whom")), Cell(of.say("investigator"), of.who(made.actor.account))),
            (Cell(of.say("matter"), of.view.title or ""),),
        )),
        Section(of.say("record"), of.said(made.act.record), room=3),
        of.to_sign("asked_signs", "investigator_signs", "recorder_signs"),
    )  # fmt: skip


def _sat(of: Dossier, made: Made[acts.HoldSession]) -> tuple[Block, ...]:
    third = (
        of.say("third_persons", n=made.act.third_persons) if made.act.third_persons else of.say("nobody_else")
    )
    return (
        Fields((
            (Cell(of.say("at"), of.moment(made.at)), Cell(of.say("at_place"))),
            (Cell(of.say("parties"), _names(of)),),
            (Cell(of.say("mediator"), of.who(made.actor.account)), Cell(of.say("present"), third)),
            (Cell(of.say("matter"), of.view.title or ""),),
        )),
        Section(of.say("told"), of.say("told_text")),
        Section(of.say("record"), of.said(made.act.record), room=2),
        of.signed(*((of.say("party_signs_named", name=of.name(each)), "") for each in of.file.case.parties),
                  (of.say("mediator_signs"), ""), (of.say("recorder_signs"), "")),
    )  # fmt: skip


def _source(of: Dossier) -> str:
    """Where the dispute came from: a party, or the office that brought it."""
    opener = of.file.case.opener
    if opener.unit is None:
        return of.say("by_application")
    return of.say("brought_by", unit=of.unit(opener.unit))


def _perform_by(of: Dossier) -> str:
    agreed = of.last(acts.Agree)
    return of.day(agreed.act.perform_by) if agreed else ""


def _outcome(of: Dossier) -> str:
    if of.view.outcome:
        return of.view.outcome.text
    effective = any(
        isinstance(e.fact, Noted) and e.fact.note is Note.AGREEMENT_EFFECTIVE for e in of.file.events
    )
    return of.voice.of(Note.AGREEMENT_EFFECTIVE).text if effective else ""


def _mediators(of: Dossier) -> str:
    """Those who held sittings or took in the dispute."""
    found = [made.actor.account for kind in (acts.AcceptDispute, acts.HoldSession) for made in of.acts(kind)]
    return of.say("and").join(filter(None, (of.who(each) for each in dict.fromkeys(found))))


def _names(of: Dossier) -> str:
    return of.say("and").join(each.name or each.id for each in of.view.parties)
