"""Documents that people's mediation hands to parties or has them sign (《人民调解法》第17至33条)."""

from api.printing.blocks import (
    Addressed,
    Block,
    Cell,
    Fields,
    Remark,
    Section,
    Sheet,
    Table,
    Text,
)
from api.printing.codes import Document
from api.printing.dossier import Dossier, Made
from domain.acts import Act
from domain.acts import mediation as acts
from domain.duties import DutyKind
from domain.events import DutyOpened
from domain.vocabulary import Party

_ENDINGS = (acts.EndWithoutAgreement, acts.RejectDispute, acts.Refuse, acts.DecideConference)


def application(of: Dossier) -> Sheet:
    """人民调解申请书."""
    opened = of.file.case.opened_at
    return of.sheet(
        Document.APPLICATION, None, *of.both_sides(),
        Section(of.say("dispute"), _what_happened(of)),
        Section(of.say("request"), of.say("request_text", matter=of.view.matter.text)),
        Text(of.say("application_text", committee=of.unit(of.committee))),
        of.signed(*((of.say("applicant_signs", name=of.name(each)), "") for each in of.dispute.applicants)),
        Remark(of.say("application_recorded", day=of.moment(opened))),
    )  # fmt: skip


def rights_notice(of: Dossier) -> Sheet:
    """人民调解权利义务告知书, with the receipt that each party signs (《人民调解工作若干规定》第30条)."""
    served = {made.act.to: made for made in of.acts(acts.ServeNotice)}
    return of.sheet(
        Document.RIGHTS_NOTICE, of.committee,
        Addressed(of.say("to_parties", names=of.say("and").join(each.name or "" for each in of.view.parties))),
        Text(of.say("notice_intro", title=of.view.title or "", matter=of.view.matter.text)),
        Section(of.say("notice_nature"), of.say("notice_nature_text")),
        Section(of.say("notice_rights"), of.say("notice_rights_text")),
        Section(of.say("notice_duties"), of.say("notice_duties_text")),
        Section(of.say("notice_effect"), of.say("notice_effect_text")),
        of.sealed(of.committee, min((made.at for made in served.values()), default=None)),
        Section(of.say("receipt"), ""),
        Table(
            tuple(of.say(code) for code in ("party", "served_at", "served_by", "party_signs")),
            tuple(_served(of, party, served.get(party)) for party in of.file.case.parties), (3, 4, 3, 4),
        ),
    )  # fmt: skip


def power_of_attorney(of: Dossier) -> Sheet:
    """授权委托书, to be filled in by hand."""
    return of.sheet(
        Document.POWER_OF_ATTORNEY, None,
        Fields((
            (Cell(of.say("principal")), Cell(of.say("phone"))),
            (Cell(of.say("identity")), Cell(of.say("address"))),
            (Cell(of.say("agent")), Cell(of.say("phone"))),
            (Cell(of.say("identity")), Cell(of.say("relation"))),
        )),
        Text(of.say("attorney_text", title=of.view.title or "", committee=of.unit(of.committee))),
        Section(of.say("attorney_scope"), of.say("attorney_scope_text")),
        of.to_sign("principal_signs", "agent_signs"),
    )  # fmt: skip


def agreement(of: Dossier) -> Sheet:
    """人民调解协议书 with everything that 第29条 asks for."""
    made = _agreed(of)
    sealed = of.last(acts.SealAgreement)
    return of.sheet(
        Document.AGREEMENT, of.committee, *of.both_sides(), *_terms(of, made.act),
        Text(of.say("agreement_effect", copies=len(of.file.case.parties) + 1)),
        of.signed(*((of.say("party_signs_named", name=of.name(each)), _signature(of, each))
                    for each in of.file.case.parties)),
        of.signed((of.say("mediator_signs"), _sealed_by(of, sealed)), (of.say("recorder_signs"), "")),
        of.sealed(of.committee, sealed.at if sealed else None),
    )  # fmt: skip


def oral_agreement(of: Dossier) -> Sheet:
    """人民调解口头协议登记表: what was agreed by word of mouth is written down (第28条)."""
    made = _agreed(of)
    return of.sheet(
        Document.ORAL_AGREEMENT, of.committee, *of.both_sides(), *_terms(of, made.act),
        Text(of.say("oral_effect", day=of.day(made.at))),
        of.signed((of.say("mediator_signs"), of.who(made.actor.account)), (of.say("recorder_signs"), "")),
        of.sealed(of.committee, made.at),
    )  # fmt: skip


def ending_notice(of: Dossier) -> Sheet:
    """终止调解告知书 with the ways that stay open (第26条)."""
    ended = _ending(of)
    reason = of.said(getattr(ended.act, "reason", None)) if ended else ""
    return of.sheet(
        Document.ENDING_NOTICE, of.committee,
        Addressed(of.say("to_parties", names=of.say("and").join(each.name or "" for each in of.view.parties))),
        Text(of.say("ending_text", title=of.view.title or "",
                    day=of.day(of.file.case.closed_at))),
        Section(of.say("reason"), reason or _why_ended(of, ended)),
        Section(of.say("remedies"), of.say("remedies_text")),
        of.sealed(of.committee, of.file.case.closed_at),
        of.signed(*((of.say("party_received", name=of.name(each)), "") for each in of.file.case.parties)),
    )  # fmt: skip


def confirmation_application(of: Dossier) -> Sheet:
    """司法确认申请书: all parties together, within thirty days (第33条; 《民事诉讼法》第205条)."""
    made, window = _agreed(of), of.opened_duty(DutyKind.MEDIATION_CONFIRM)
    until = window.fact.duty.legal_due if window and isinstance(window.fact, DutyOpened) else None
    effective = window.at if window else made.at
    people = of.people(of.say("joint_applicant"), of.side(*of.file.case.parties))
    return of.sheet(
        Document.CONFIRMATION_APPLICATION, None, people,
        Section(of.say("request"), of.say("confirm_request", committee=of.unit(of.committee),
                                          day=of.day(effective), number=of.file.number)),
        Section(of.say("facts_and_reasons"), of.said(made.act.facts)),
        Section(of.say("agreed_terms"), of.said(made.act.terms)),
        Section(of.say("confirm_promise"), of.say("confirm_promise_text")),
        Addressed(of.say("to_court")),
        of.signed(*((of.say("joint_applicant_signs", name=of.name(each)), "") for each in of.file.case.parties)),
        Remark(of.say("confirm_until", effective=of.day(effective), until=of.last_day(until))),
    )  # fmt: skip


def return_visit(of: Dossier) -> Sheet:
    """人民调解回访记录, one sheet a visit."""
    return of.sheet(Document.RETURN_VISIT, of.committee, *of.one_sheet_each(acts.ReturnVisit, _visited))


def _visited(of: Dossier, made: Made[acts.ReturnVisit]) -> tuple[Block, ...]:
    performed = of.last(acts.ReportPerformance)
    satisfied = {True: "yes", False: "no", None: "unsaid"}[made.act.satisfied]
    return (
        Fields((
            (Cell(of.say("parties"), _names(of)),),
            (Cell(of.say("matter"), of.view.title or ""), Cell(of.say("agreement_number"), of.file.number)),
            (Cell(of.say("visited_at"), of.moment(made.at)), Cell(of.say("visitor"), of.who(made.actor.account))),
            (Cell(of.say("performance"), of.voice.of(performed.act.performance).text if performed else ""),
             Cell(of.say("satisfied"), of.voice.say("ui", satisfied))),
            (Cell(of.say("visit_record"), of.said(made.act.record), tall=True),),
        )),
        of.to_sign("visited_signs", "visitor_signs"),
    )  # fmt: skip


def _terms(of: Dossier, agreed: acts.Agree) -> tuple[Block, ...]:
    return (
        Section(of.say("facts"), of.said(agreed.facts)),
        Section(of.say("responsibility"), of.said(agreed.responsibility)),
        Section(of.say("terms"), of.said(agreed.terms)),
        Section(of.say("manner_and_time"),
                f"{of.said(agreed.manner)}\n{of.say('perform_by', day=of.day(agreed.perform_by))}"),
    )  # fmt: skip


def _agreed(of: Dossier) -> Made[acts.Agree]:
    found = of.last(acts.Agree)
    assert found is not None  # asked for only where it is there
    return found


def _signature(of: Dossier, party: Party) -> str:
    """What the record says of a party's signature."""
    made = next((each for each in of.acts(acts.SignAgreement) if each.actor.party == party), None)
    if made is None:
        return ""
    return of.say(
        "signed_on_paper" if made.act.scan else "signed_here", at=of.moment(made.at), seq=made.event.seq
    )


def _sealed_by(of: Dossier, sealed: Made[acts.SealAgreement] | None) -> str:
    if sealed is None:
        return ""
    return of.say(
        "sealed_by", at=of.moment(sealed.at), who=of.who(sealed.actor.account), seq=sealed.event.seq
    )


def _served(of: Dossier, party: Party, made: Made[acts.ServeNotice] | None) -> tuple[str, ...]:
    if made is None:
        return of.name(party), "", "", ""
    return of.name(party), of.moment(made.at), of.who(made.actor.account), ""


def _ending(of: Dossier) -> Made[Act] | None:
    """The act by which it ended; None where consent was still missing when its time was over."""
    return max((made for made in of.acts(Act) if isinstance(made.act, _ENDINGS)),
               key=lambda each: each.event.seq, default=None)  # fmt: skip


def _why_ended(of: Dossier, made: Made[Act] | None) -> str:
    if made is None:
        return of.say("ending_no_consent")
    return of.say("ending_by", act=of.voice.say("act", made.act.code))


def _what_happened(of: Dossier) -> str:
    return f"{of.view.title or ''}\n{of.view.text or of.say('erased')}"


def _names(of: Dossier) -> str:
    return of.say("and").join(each.name or each.id for each in of.view.parties)
