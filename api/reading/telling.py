"""Events told as sentences, with who acted and the words behind the commitments."""

from collections.abc import Iterable, Mapping

from activities import content
from activities.commitments import ContentKind, references
from activities.content import Kept
from api.answers import ActorView, Timeline, TimelineEvent
from api.database import Connection
from api.identity.callers import Caller
from api.reading.casefile import CaseFile
from api.voice import Voice
from domain.actors import Actor
from domain.codec import event_json
from domain.duties import DutyKind
from domain.events import (
    Acted,
    CaseClosed,
    CaseLinked,
    CaseOpened,
    DutyBreached,
    DutyFulfilled,
    DutyHandedOver,
    DutyMarked,
    DutyMoved,
    DutyOpened,
    DutyPaused,
    DutyRelieved,
    Escalated,
    Event,
    Fact,
    Noted,
    StageEntered,
    WindowClosed,
)
from domain.vocabulary import Content

Kinds = Mapping[int, DutyKind]
Names = Mapping[str, str]

_NAMES = "SELECT id, name FROM account WHERE id = ANY($1::text[]) AND role <> 'resident'"


async def timeline(connection: Connection, file: CaseFile, caller: Caller, voice: Voice) -> Timeline:
    """The whole course of a case; staff also read the names of staff."""
    kept = await content.get(connection, {each for event in file.events for each in references(event.fact)})
    accounts = {actor.account for event in file.events if (actor := _actor(event.fact))}
    rows = await connection.fetch(_NAMES, list(accounts)) if caller.is_staff else []
    names = {row["id"]: row["name"] for row in rows}
    kinds = {e.fact.duty.number: e.fact.duty.kind for e in file.events if isinstance(e.fact, DutyOpened)}
    return Timeline(
        number=file.number,
        events=tuple(_told(event, kept, names, kinds, voice) for event in file.events),
    )


def _told(
    event: Event, kept: Mapping[Content, Kept], names: Names, kinds: Kinds, voice: Voice
) -> TimelineEvent:
    actor = _actor(event.fact)
    parts = (voice.say("fact", event.fact.code), *_particulars(event.fact, kinds, voice))
    return TimelineEvent(
        **event_json(event),
        text=" · ".join(parts),
        actor=_shown(actor, names, voice) if actor else None,
        words={each: _said(kept.get(each)) for each in references(event.fact)},
    )


def _said(kept: Kept | None) -> str | None:
    """Words as they were written; of a file its kind, None once erased."""
    if kept is None:
        return None
    return kept.media_type if kept.kind is ContentKind.FILE else kept.body


def _actor(fact: Fact) -> Actor | None:
    match fact:
        case Acted(actor=actor) | CaseOpened(actor=actor):
            return actor
        case _:
            return None


def _shown(actor: Actor, names: Names, voice: Voice) -> ActorView:
    return ActorView(
        account=actor.account,
        name=names.get(actor.account),
        role=voice.of(actor.role),
        unit=voice.maybe_unit(actor.unit),
        on_behalf_of=actor.on_behalf_of,
    )


def _particulars(fact: Fact, kinds: Kinds, voice: Voice) -> Iterable[str]:
    """What there is to say of a fact besides what it is."""
    match fact:
        case CaseOpened(kind=kind):
            return (voice.of(kind).text,)
        case Acted(act=act):
            return (voice.say("act", act.code),)
        case StageEntered(stage=stage, unit=unit):
            return (voice.of(stage).text, *((voice.unit(unit).name,) if unit else ()))
        case Escalated(to=to, why=why):
            return (voice.unit(to).name, voice.why(why).text)
        case CaseLinked(number=number, link=link):
            return (voice.of(link).text, number)
        case Noted(note=note, unit=unit):
            return (voice.of(note).text, *((voice.unit(unit).name,) if unit else ()))
        case CaseClosed(outcome=outcome):
            return (voice.of(outcome).text,)
        case _:
            return _of_duty(fact, kinds, voice)


def _of_duty(fact: Fact, kinds: Kinds, voice: Voice) -> Iterable[str]:
    match fact:
        case DutyOpened(duty=duty):
            owner = duty.owner.unit
            return (voice.of(duty.kind).text, *((voice.unit(owner).name,) if owner else ()))
        case DutyFulfilled(duty=number) | DutyBreached(duty=number) | WindowClosed(duty=number):
            return (voice.of(kinds[number]).text,)
        case DutyHandedOver(duty=number, to=to):
            return (voice.of(kinds[number]).text, voice.unit(to).name)
        case (
            DutyRelieved(duty=number, why=why)
            | DutyMoved(duty=number, why=why)
            | DutyPaused(duty=number, why=why)
        ):
            return (voice.of(kinds[number]).text, voice.why(why).text)
        case DutyMarked(duty=number, mark=mark):
            return (voice.of(kinds[number]).text, voice.of(mark).text)
        case _:
            return ()
