"""The sheet of a whistle: who blew, which departments report, by when, and what was fixed (街乡吹哨、部门报到)."""

from api.printing.blocks import Block, Cell, Fields, Section, Sheet, Table
from api.printing.codes import Document
from api.printing.dossier import Dossier
from domain.acts import whistle as acts
from domain.openings import WhistleOpening
from domain.vocabulary import Unit


def sheet(of: Dossier) -> Sheet:
    """吹哨单."""
    opening = of.file.case.opening
    assert isinstance(opening, WhistleOpening)
    blown = of.last(acts.Blow)
    return of.sheet(
        Document.WHISTLE_SHEET, opening.blower,
        Fields((
            (Cell(of.say("blower"), of.unit(opening.blower)),
             Cell(of.say("whistle_kind"), of.voice.of(opening.whistle).text)),
            (Cell(of.say("blown_at"), of.moment(blown.at if blown else of.file.case.opened_at)),
             Cell(of.say("place"), (of.said(blown.act.place) if blown else "") or of.view.community.name)),
            (Cell(of.say("matter"), of.view.title or ""),),
            (Cell(of.say("whistle_text"), of.view.text or of.say("erased"), tall=True),),
        )),
        Section(of.say("departments"), ""), _departments(of, blown.act.departments if blown else opening.departments),
        *_tasks(of),
        of.to_sign("leader_signs"), of.sealed(opening.blower, blown.at if blown else None),
    )  # fmt: skip


def _departments(of: Dossier, departments: tuple[Unit, ...]) -> Block:
    signed = {made.actor.unit: made for made in of.acts(acts.SignWhistle)}
    came = {made.actor.unit: made for made in of.acts(acts.ReportOnSite)}
    heads = tuple(of.say(code) for code in ("department", "answered_at", "arrived_at", "who_came"))
    rows = tuple(
        (
            of.unit(each), of.moment(signed[each].at) if each in signed else "",
            of.moment(came[each].at) if each in came else "",
            of.said(came[each].act.person) if each in came else "",
        )
        for each in departments
    )  # fmt: skip
    return Table(heads, rows, (4, 4, 4, 3))


def _tasks(of: Dossier) -> tuple[Block, ...]:
    fixed = of.last(acts.FixTasks)
    if fixed is None:
        return ()
    heads = tuple(of.say(code) for code in ("unit", "share", "order_claim"))
    rows = tuple(
        (of.unit(each.unit), of.voice.of(each.share).text, of.said(each.text)) for each in fixed.act.tasks
    )
    return Section(of.say("tasks"), ""), Table(heads, rows, (4, 3, 8))
