"""What documents are made from: one case as one reader may read it, in the words of one language."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Generic, TypeVar

from babel.dates import format_date

from activities import content
from activities.attachments import Attachment, of_case
from activities.commitments import ContentKind, references
from api.answers import CaseView, PartyView
from api.database import Connection
from api.identity.callers import Caller
from api.printing.blocks import Block, Cell, Fields, Line, NewPage, Seal, Sheet, Signatures
from api.reading.casefile import CaseFile
from api.reading.showing import case_view, surroundings
from api.voice import Voice
from api.words import Language
from domain.actors import Actor
from domain.acts import Act
from domain.calendar import CST
from domain.events import Acted, DutyOpened, Event, StageEntered
from domain.openings import MediationOpening
from domain.vocabulary import Content, Party, Unit

Done = TypeVar("Done", bound=Act)

_NAMES = "SELECT id, name FROM account WHERE id = ANY($1::text[]) AND role <> 'resident'"
_DATES = {Language.ZH: ("y年M月d日", "zh_Hans_CN"), Language.EN: ("d MMMM y", "en_GB")}


@dataclass(frozen=True, slots=True)
class Made(Generic[Done]):
    """An act as it stands on the record."""

    event: Event
    act: Done
    actor: Actor

    @property
    def at(self) -> datetime:
        """When it was done, in China Standard Time."""
        return self.event.at.astimezone(CST)


@dataclass(frozen=True, slots=True)
class Dossier:
    """A case with the words, names and numbers that its reader may know."""

    file: CaseFile
    view: CaseView
    words: Mapping[Content, str | None]
    staff: Mapping[str, str]
    attachments: tuple[Attachment, ...]
    voice: Voice

    def acts(self, kind: type[Done]) -> Iterator[Made[Done]]:
        """Every act of a kind, in order."""
        for event in self.file.events:
            match event.fact:
                case Acted(act=act, actor=actor) if isinstance(act, kind):
                    yield Made(event, act, actor)

    def last(self, kind: type[Done]) -> Made[Done] | None:
        """The latest act of a kind."""
        return max(self.acts(kind), key=lambda each: each.event.seq, default=None)

    def say(self, code: str, /, **values: object) -> str:
        """A label or a sentence of documents."""
        said = self.voice.say("print", code)
        return said.format_map(values) if values else said

    def said(self, commitment: Content | None) -> str:
        """The words behind a commitment; a note in their place once they were erased."""
        if commitment is None:
            return ""
        words = self.words.get(commitment)
        return self.say("erased") if words is None else words

    def day(self, at: datetime | date | None) -> str:
        """A date as documents write it."""
        if at is None:
            return ""
        pattern, locale = _DATES[self.voice.language]
        on = at.astimezone(CST).date() if isinstance(at, datetime) else at
        return str(format_date(on, pattern, locale=locale))

    def last_day(self, end: datetime | None) -> str:
        """The last day of a time limit: midnight is the end of the day before (《民法典》第203条第2款)."""
        return self.day(end - timedelta(microseconds=1)) if end else ""

    def moment(self, at: datetime | None) -> str:
        """A date with its minute."""
        return "" if at is None else f"{self.day(at)} {at.astimezone(CST):%H:%M}"

    def unit(self, path: Unit | str | None) -> str:
        """The name of a unit."""
        return "" if path is None else self.voice.unit(path).name

    def who(self, account: str) -> str:
        """The name of a member of staff, for those who may know it."""
        return self.staff.get(account, "")

    def name(self, party: Party | str | None) -> str:
        """The name of a party."""
        return next((each.name or each.id for each in self.view.parties if each.id == party), "")

    def side(self, *parties: Party) -> tuple[PartyView, ...]:
        """Some of the parties."""
        return tuple(each for each in self.view.parties if each.id in parties)

    @property
    def dispute(self) -> MediationOpening:
        """What a mediation was opened with."""
        assert isinstance(self.file.case.opening, MediationOpening)
        return self.file.case.opening

    @property
    def committee(self) -> Unit:
        """The body that mediates, or mediated last."""
        stages = (e.fact for e in self.file.events if isinstance(e.fact, StageEntered) and e.fact.unit)
        seats = self.dispute.offices.seats
        return next((each.unit for each in reversed([*stages]) if each.unit in seats), seats[0])

    def opened_duty(self, kind: str) -> Event | None:
        """When a duty of a kind was opened last."""
        of_kind = (e for e in self.file.events if isinstance(e.fact, DutyOpened) and e.fact.duty.kind == kind)
        return max(of_kind, key=lambda each: each.seq, default=None)

    # -- blocks that many documents have ----------------------------------------------------------------

    def sheet(self, document: str, unit: Unit | str | None, *blocks: Block) -> Sheet:
        """A whole document under its title."""
        zh = self.voice.language is Language.ZH
        return Sheet(
            title=self.voice.say("document", document), unit=self.unit(unit),
            number=self.say("number", number=self.file.number),
            footer=self.say("footer", number=self.file.number, seq=self.file.case.seq),
            language=self.voice.language.value, blocks=blocks,
            reading_copy="" if zh else self.say("reading_copy"),
        )  # fmt: skip

    def one_sheet_each(
        self, kind: type[Done], draw: Callable[["Dossier", Made[Done]], tuple[Block, ...]]
    ) -> tuple[Block, ...]:
        """A sheet of its own for every act of a kind."""
        blocks: list[Block] = []
        for made in self.acts(kind):
            blocks += [*([NewPage()] if blocks else []), *draw(self, made)]
        return tuple(blocks)

    def people(self, label: str, parties: tuple[PartyView, ...]) -> Fields:
        """Each party with what identifies it; what the reader may not know, or nobody wrote down, is blank."""
        rows: list[tuple[Cell, ...]] = []
        for place, each in enumerate(parties, 1):
            named = label if len(parties) == 1 else f"{label} {place}"
            rows += [
                (Cell(named, each.name or ""), Cell(self.say("phone"), each.phone or "")),
                (Cell(self.say("identity")), Cell(self.say("address"), each.address or "")),
            ]
        return Fields(tuple(rows))

    def both_sides(self) -> tuple[Fields, Fields]:
        """The applicants, then the respondents."""
        return (
            self.people(self.say("applicant"), self.side(*self.dispute.applicants)),
            self.people(self.say("respondent"), self.side(*self.dispute.respondents)),
        )

    def signed(self, *lines: tuple[str, str]) -> Signatures:
        """Lines to sign on: label and what the record says of it."""
        return Signatures(tuple(Line(*each) for each in lines), self.say("date_blank"))

    def to_sign(self, *codes: str) -> Signatures:
        """Lines to sign on, by the codes of their labels."""
        return self.signed(*((self.say(code), "") for code in codes))

    def sealed(self, unit: Unit | str | None, at: datetime | None = None) -> Seal:
        """The place of a seal."""
        return Seal(self.unit(unit), self.say("seal_place"), self.day(at) or self.say("date_blank"))


async def dossier(connection: Connection, file: CaseFile, caller: Caller, voice: Voice) -> Dossier:
    """Everything that a document of the case may say to a reader who may see it."""
    around = await surroundings(connection, file)
    wanted = {each for event in file.events for each in references(event.fact)}
    kept = await content.get(connection, wanted)
    accounts = [*file.case.staff, file.case.opener.account]
    rows = await connection.fetch(_NAMES, accounts) if caller.is_staff else []
    return Dossier(
        file=file, view=case_view(file, around, caller, caller.actor, voice),
        words={key: each.body for key, each in kept.items() if each.kind is not ContentKind.FILE},
        staff={row["id"]: row["name"] for row in rows},
        attachments=tuple(await of_case(connection, file.number)), voice=voice,
    )  # fmt: skip
