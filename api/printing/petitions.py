"""Documents of a petition: notices, the opinion with the fields of 第32条, review and recheck (《信访工作条例》)."""

from api.printing.blocks import Addressed, Block, Cell, Fields, Remark, Section, Sheet, Table, Text
from api.printing.codes import Document
from api.printing.dossier import Dossier, Made
from domain.acts import petition as acts
from domain.duties import DutyKind
from domain.events import DutyMoved, DutyOpened
from domain.openings import PetitionOpening
from domain.vocabulary import Unit


def transfer(of: Dossier) -> Sheet:
    """信访事项转送函 (第22条): to the unit that may look into it, or to those the orders went to."""
    made = of.last(acts.Transfer)
    split = of.last(acts.Split)
    at = (made or split).at if made or split else None  # type: ignore[union-attr]
    return of.sheet(
        Document.PETITION_TRANSFER, _office(of),
        Addressed(of.say("to_unit", unit=of.unit(made.act.unit) if made else of.unit(_lead(split)))),
        Text(of.say("transfer_text", title=of.view.title or "", day=of.day(of.file.case.opened_at))),
        Section(of.say("petition_claim"), of.view.text or of.say("erased")),
        *_orders(of, split),
        Remark(of.say("transfer_rule")),
        of.sealed(_office(of), at),
    )  # fmt: skip


def notice(of: Dossier) -> Sheet:
    """信访事项受理（不予受理）告知书 (第23条)."""
    made = of.last(acts.GiveNotice)
    assert made is not None
    return of.sheet(
        Document.PETITION_NOTICE, made.actor.unit, _to_petitioner(of),
        Text(of.say("notice_accepted" if made.act.accepted else "notice_refused",
                    title=of.view.title or "", day=of.day(of.file.case.opened_at))),
        Text(of.said(made.act.text)),
        Text(of.say("notice_after", until=_handle_by(of)) if made.act.accepted else of.say("notice_other_way")),
        of.sealed(made.actor.unit, made.at), _receipt(of),
    )  # fmt: skip


def extension(of: Dossier) -> Sheet:
    """信访事项延长办理期限告知书 (第34条)."""
    made = of.last(acts.GrantHandlingExtension)
    assert made is not None
    return of.sheet(
        Document.PETITION_EXTENSION, made.actor.unit, _to_petitioner(of),
        Text(of.say("extension_text", title=of.view.title or "", days=made.act.days, until=_handle_by(of))),
        Section(of.say("reason"), of.said(made.act.reason)),
        of.sealed(made.actor.unit, made.at), _receipt(of),
    )  # fmt: skip


def opinion(of: Dossier) -> Sheet:
    """信访处理意见书: claims, facts and reasons, opinion, legal basis (第32条), and the way to a review."""
    made = of.last(acts.IssueOpinion)
    assert made is not None
    return of.sheet(
        Document.PETITION_OPINION, made.actor.unit, _to_petitioner(of),
        Text(of.say("opinion_text", title=of.view.title or "", day=of.day(of.file.case.opened_at))),
        Section(of.say("opinion_claims"), of.said(made.act.claims)),
        Section(of.say("opinion_facts"), of.said(made.act.facts)),
        Section(of.say("opinion_decision"), of.voice.of(made.act.opinion).text),
        Section(of.say("opinion_basis"), of.said(made.act.legal_basis)),
        Text(of.say("opinion_review", office=_now(of, of.file.case.opening.offices.review_office))),
        of.sealed(made.actor.unit, made.at), _receipt(of),
    )  # fmt: skip


def review(of: Dossier) -> Sheet:
    """信访事项复查意见书 (第35条)."""
    made = of.last(acts.DecideReview)
    assert made is not None
    asked = of.last(acts.AskReview)
    return of.sheet(
        Document.PETITION_REVIEW, made.actor.unit, _to_petitioner(of),
        *_decided(of, made, of.said(asked.act.reason) if asked else ""),
        Text(of.say("review_next", office=_now(of, of.file.case.opening.offices.recheck_office))),
        of.sealed(made.actor.unit, made.at), _receipt(of),
    )  # fmt: skip


def recheck(of: Dossier) -> Sheet:
    """信访事项复核意见书: the last word (第36条)."""
    made = of.last(acts.DecideRecheck)
    assert made is not None
    asked = of.last(acts.AskRecheck)
    return of.sheet(
        Document.PETITION_RECHECK, made.actor.unit, _to_petitioner(of),
        *_decided(of, made, of.said(asked.act.reason) if asked else ""), Text(of.say("recheck_final")),
        of.sealed(made.actor.unit, made.at), _receipt(of),
    )  # fmt: skip


def _decided(
    of: Dossier, made: Made[acts.DecideReview] | Made[acts.DecideRecheck], asked: str
) -> tuple[Block, ...]:
    return (
        Text(of.say("decided_text", title=of.view.title or "")),
        Section(of.say("asked_because"), asked),
        Section(of.say("ruling"), of.voice.of(made.act.ruling).text),
        Section(of.say("decided_facts"), of.said(made.act.text)),
    )


def _to_petitioner(of: Dossier) -> Addressed:
    opening = of.file.case.opening
    assert isinstance(opening, PetitionOpening)
    return Addressed(of.say("to_person", name=of.name(opening.petitioner)))


def _receipt(of: Dossier) -> Block:
    return of.to_sign("petitioner_received")


def _now(of: Dossier, office: Unit) -> str:
    """The name of the office, or of the one that answers for it since (第24条)."""
    return of.unit(of.file.case.standing(office))


def _office(of: Dossier) -> str:
    return of.file.case.standing(of.file.case.opening.offices.petition_office)


def _lead(split: Made[acts.Split] | None) -> str | None:
    return split.act.lead.unit if split else None


def _orders(of: Dossier, split: Made[acts.Split] | None) -> tuple[Block, ...]:
    """The plan by which the petition was split (订单分包)."""
    if split is None:
        return (Fields(((Cell(of.say("matter"), of.view.matter.text),),)),)
    heads = tuple(of.say(code) for code in ("unit", "share", "order_claim"))
    rows = tuple(
        (of.unit(each.unit), of.voice.of(each.share).text, of.said(each.claim)) for each in split.act.orders
    )
    return Section(of.say("orders"), ""), Table(heads, rows, (4, 3, 8))


def _handle_by(of: Dossier) -> str:
    """The last day of handling as it stands."""
    opened = of.opened_duty(DutyKind.PETITION_HANDLE)
    if opened is None or not isinstance(opened.fact, DutyOpened):
        return of.say("by_law")
    number, due = opened.fact.duty.number, opened.fact.duty.legal_due
    for event in of.file.events:
        match event.fact:
            case DutyMoved(duty=moved, legal_due=later) if moved == number:
                due = later
    return of.last_day(due)
