"""What the two desks are made of: a card for each open duty with its words, what was said before, its forms."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Generic, TypeVar

from starlette.datastructures import FormData, UploadFile

from activities import content
from activities.chain import stored_event
from activities.content import Kept
from api.answers import FieldView, PossibleAct, Receipt, WorkItem
from api.database import Connection
from api.reading.casefile import CaseFile, file_of
from api.reading.listing import Paging, WorkFilter, worklist
from api.reading.showing import possible_acts
from api.voice import Voice
from api.web.cases.actforms import ActForm, Returned, act_forms
from api.web.cases.doing import KEY, HandedBack, do
from api.web.frame.fields import Typed
from api.web.frame.reading import FILE
from api.web.frame.visits import Visitor
from api.writing.acting import KEY_REUSED
from domain.acts import Act, order, petition, whistle
from domain.codec import load_event
from domain.duties import DutyKind
from domain.events import Acted
from domain.openings import WhistleOpening
from domain.vocabulary import CaseNo, Content

T = TypeVar("T")

PHOTOS = "photos"
"""Field of the files that come with an act, which puts them with the case first."""
WITH_PHOTOS = frozenset(
    {"order.complete", "order.interim_report", "petition.interim_report", "whistle.report", "whistle.handled"}
)
"""Acts that one shows something with."""
MOST_WORDS = 280
"""Characters of a matter's text that a card shows."""

_EVENTS = """
    SELECT case_no, seq, at, kind, cause, rule, data FROM event WHERE case_no = ANY($1::text[])
    ORDER BY case_no, seq"""
_COUNTS = """
    SELECT d.kind, count(*) AS open, count(*) FILTER (WHERE d.legal_due < now()) AS over FROM duty_register d
    WHERE d.status = 'open' AND d.owner_unit = $1 AND $2 = ANY(d.owner_roles) AND d.drill = $3 GROUP BY d.kind"""

_SAID_BEFORE: Mapping[DutyKind, type[Act]] = {
    DutyKind.ORDER_RETURN_RULING: order.Return,
    DutyKind.ORDER_EXTENSION_DECISION: order.RequestExtension,
    DutyKind.ORDER_CHECK: order.Complete,
    DutyKind.ORDER_COMMUNITY_RATE: order.Complete,
    DutyKind.ORDER_CLOSE: order.Complete,
    DutyKind.PETITION_EXTENSION_DECISION: petition.AskExtension,
    DutyKind.WHISTLE_OBJECTION_RULING: whistle.ObjectWhistle,
    DutyKind.WHISTLE_STAND_DOWN: whistle.ReportHandled,
}
"""Kind of duty → the act it answers, whose words are needed to decide."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody said that now has to be answered: the act, its words, and the days it asks for."""

    act: str
    words: str | None
    days: int | None


@dataclass(frozen=True, slots=True)
class Card:
    """One open duty on a desk."""

    item: WorkItem
    file: CaseFile
    text: str | None
    said: Said | None
    forms: tuple[ActForm, ...]
    most_days: int
    """Days of the longest extension."""

    @property
    def is_part(self) -> bool:
        """Whether the matter is a part of another case, so that silence is taking it."""
        return self.file.case.parent is not None

    @property
    def acts(self) -> frozenset[str]:
        """The acts it offers."""
        return frozenset(form.act for form in self.forms)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many open duties of a desk are of some kinds, and how many of them overdue."""

    open: int = 0
    over: int = 0


@dataclass(frozen=True, slots=True)
class Desk:
    """What lies on a desk."""

    cards: tuple[Card, ...]
    next: str | None


async def desk_of(
    connection: Connection,
    visitor: Visitor,
    wanted: WorkFilter,
    paging: Paging,
    back: tuple[str, Returned] | None,
) -> Desk:
    """The cards of one page, the most urgent first; `back` is a form of one case that was not taken in."""
    found = await worklist(
        connection, visitor.caller, visitor.voice, visitor.door.settings.drill, paging, wanted
    )
    files = await files_of(connection, [item.case for item in found.items])
    kept = await content.get(connection, {c for item in found.items for c in _needed(item, files[item.case])})
    cards = (_card(item, files[item.case], kept, visitor, back) for item in found.items)
    return Desk(tuple(cards), found.next)


async def files_of(connection: Connection, numbers: Iterable[str]) -> dict[str, CaseFile]:
    """The files of several cases in one statement; whoever asks may see them all."""
    rows = await connection.fetch(_EVENTS, sorted(set(numbers)))
    return {
        number: file_of(CaseNo(number), [load_event(stored_event(row)) for row in story])
        for number, story in groupby(rows, key=lambda row: row["case_no"])
    }


async def tallies(connection: Connection, visitor: Visitor) -> Mapping[str, Tally]:
    """Kind of duty → how many of them the visitor's office has open."""
    account = visitor.caller.account
    rows = await connection.fetch(_COUNTS, account.unit, account.role.value, visitor.door.settings.drill)
    return {row["kind"]: Tally(row["open"], row["over"]) for row in rows}


def tally_of(found: Mapping[str, Tally], kinds: Iterable[DutyKind]) -> Tally:
    """The sum over some kinds of duty."""
    several = [found[each] for each in kinds if each in found]
    return Tally(sum(each.open for each in several), sum(each.over for each in several))


@dataclass(frozen=True, slots=True)
class TrayLink(Generic[T]):
    """A tray with how much lies in it."""

    tray: T
    tally: Tally


def tray_links(
    trays: Mapping[T, Iterable[DutyKind]], found: Mapping[str, Tally], open_one: T | None
) -> Sequence[TrayLink[T]]:
    """The trays in which something lies, and the one that is looked at."""
    links = [TrayLink(tray, tally_of(found, kinds)) for tray, kinds in trays.items()]
    return [link for link in links if link.tally.open or link.tray is open_one]


async def do_with_photos(visitor: Visitor, number: str, act: str, form: FormData) -> Receipt:
    """Put the photographs that came with the form with the case, then do the act. Raises HandedBack, Problem.

    Where the act is refused after that, the photographs stay with the case.
    """
    photos = [each for each in form.getlist(PHOTOS) if isinstance(each, UploadFile) and each.filename]
    if act in WITH_PHOTOS and photos:
        sent = FormData([("files", photo) for photo in photos] + [(KEY, f"{form.get(KEY) or ''}.{PHOTOS}")])
        try:
            await do(visitor, number, "attach", sent)
        except HandedBack as refused:
            if (
                refused.found is None or refused.found.code != KEY_REUSED
            ):  # sent twice: they are there already
                raise _about_photos(act, form, refused) from refused
    return await do(visitor, number, act, form)


def _about_photos(act: str, form: FormData, refused: HandedBack) -> HandedBack:
    """The refusal of the photographs, told in the form of the act."""
    errors = tuple(sentence for several in refused.returned.typed.errors.values() for sentence in several)
    raw = {name: value for name, value in form.items() if isinstance(value, str)}
    typed = Typed(raw, {PHOTOS: errors} if errors else {})
    return HandedBack(Returned(act, typed, refused.returned.problem), refused.status, refused.found)


def _needed(item: WorkItem, file: CaseFile) -> tuple[Content, ...]:
    before = _act_before(item, file)
    words = _words_of(before.act) if before else None
    return (file.case.opening.text, *((words,) if words else ()))


def _act_before(item: WorkItem, file: CaseFile) -> Acted | None:
    kind = _SAID_BEFORE.get(DutyKind(item.duty.kind.code))
    if kind is None:
        return None
    acts = (event.fact for event in reversed(file.events) if isinstance(event.fact, Acted))
    return next((fact for fact in acts if isinstance(fact.act, kind) and _is_about(fact, item)), None)


def _is_about(fact: Acted, item: WorkItem) -> bool:
    """Departments object each for itself; elsewhere there is one who can have said it."""
    return not isinstance(fact.act, whistle.ObjectWhistle) or fact.actor.unit == item.duty.about


def _words_of(act: Act) -> Content | None:
    match act:
        case order.Complete(result=words) | whistle.ReportHandled(result=words):
            return words
        case (
            order.Return(reason=words)
            | order.RequestExtension(reason=words)
            | petition.AskExtension(reason=words)
            | whistle.ObjectWhistle(reason=words)
        ):
            return words
        case _:
            return None


def _card(
    item: WorkItem,
    file: CaseFile,
    kept: Mapping[Content, Kept],
    visitor: Visitor,
    back: tuple[str, Returned] | None,
) -> Card:
    possible = [
        _with_photos(each, visitor.voice)
        for each in possible_acts(file, visitor.caller.actor, visitor.voice)
        if each.duty == item.duty.number
    ]
    returned = back[1] if back and back[0] == item.case else _proposed(item, file, visitor.voice)
    return Card(
        item, file, _body(kept, file.case.opening.text), _said(item, file, kept, visitor.voice),
        act_forms(file.case, possible, visitor.voice, (), returned), _most_days(file, visitor.voice),
    )  # fmt: skip


def _proposed(item: WorkItem, file: CaseFile, voice: Voice) -> Returned | None:
    """A whistle to be approved is shown with the departments that were proposed."""
    if item.duty.kind.code != DutyKind.WHISTLE_APPROVE or not isinstance(file.case.opening, WhistleOpening):
        return None
    named = [voice.unit(each).name for each in file.case.opening.departments]
    return Returned(whistle.Blow.code, Typed({"departments": named})) if named else None


def _with_photos(possible: PossibleAct, voice: Voice) -> PossibleAct:
    """The act with a place for photographs, where one shows something with it."""
    if possible.act not in WITH_PHOTOS:
        return possible
    photos = FieldView(name=PHOTOS, label=voice.say("desk", PHOTOS), kind=FILE, required=False, many=True)
    return possible.model_copy(update={"fields": (*possible.fields, photos)})


def _said(item: WorkItem, file: CaseFile, kept: Mapping[Content, Kept], voice: Voice) -> Said | None:
    before = _act_before(item, file)
    if before is None:
        return None
    words = _words_of(before.act)
    days: int | None = getattr(before.act, "days", None)
    return Said(voice.say("act", before.act.code), _body(kept, words) if words else None, days)


def _body(kept: Mapping[Content, Kept], words: Content) -> str | None:
    found = kept.get(words)
    return found.body if found else None


def _most_days(file: CaseFile, voice: Voice) -> int:
    limits = voice.shelf.rulebook(file.case.rulebook).limits
    return int(limits[f"{'petition' if file.case.kind == 'petition' else 'order'}.extension"].n)


def shortened(text: str | None) -> str | None:
    """A text short enough for a card."""
    return text if text is None or len(text) <= MOST_WORDS else f"{text[:MOST_WORDS]}…"
