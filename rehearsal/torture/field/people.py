"""The people of a demo town who bring matters and act on them over HTTP, as they hear of them from the ledger."""

import asyncio
import heapq
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count, zip_longest
from random import Random
from typing import Any

import asyncpg

from activities.chain import stored_event
from activities.shelf import load_shelf
from domain.acts import Act
from domain.calendar import CST
from domain.codec import dump, instant_text, load_event
from domain.events import CaseOpened, DutyBreached, Event
from domain.state import Case, apply
from domain.vocabulary import CaseNo, Content, Role
from rehearsal.conduct.moment import Intent, Later
from rehearsal.feed import root
from rehearsal.people import NOTICED, People
from rehearsal.script import Playbill, Scene
from rehearsal.stage import Editions
from rehearsal.torture.field.ground import everybody
from rehearsal.torture.field.said import Errand, Journal
from rehearsal.town import DemoDispute, DemoMatter, DemoWhistle, Town, load_town

SPEED = 4_000.0
"""Drill seconds in a real one: an hour passes while a server restarts."""
GRACE = 1.0
_NEW = 0.5
"""The share of new matters in what is done, as long as there are any."""
ORIGIN = datetime(2026, 3, 2, 9, tzinfo=CST)

_SINCE = (
    "SELECT id, case_no, seq, at, kind, cause, rule, data FROM event WHERE id > $1 ORDER BY id LIMIT 2000"
)
_OVERLAP = 300
_LOOK_EVERY = 0.1

_PATHS = {"order": "orders", "mediation": "mediations", "petition": "petitions", "whistle": "whistles"}
DOWN = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)


class Townsfolk:
    """So many matters of all four kinds, and what everybody means to do about them, at its drill instant.

    Everything is drawn from the seed and the ledger: after an interruption the same people go on.
    """

    def __init__(self, seed: int, matters: int, journal: Journal) -> None:
        editions = Editions(load_shelf(), "default-3")
        town = load_town()
        self.cases: dict[CaseNo, Case] = {}
        self._journal, self._seed, self._dice = journal, seed, Random(f"{seed}|fillers")
        self._people = People(seed, everybody(town), editions.rules, editions.days)
        self._openings = list(_openings(seed, matters, town, Playbill(town, editions.rules)))
        self._quiet = next(errand for errand, scene in self._openings if scene.opener.role is Role.RESIDENT)
        self._scenes = {errand.act_id: scene for errand, scene in self._openings}
        self._began: dict[CaseNo, datetime] = {}
        self._intents: list[tuple[datetime, CaseNo, str, Intent]] = []
        self._latest = 0
        self.earliest_breach = float("inf")
        """Seconds from a duty's due instant until its breach was heard of, the least of all; below 0 is early."""
        self._openings = [each for each in self._openings if each[0].key not in journal.errands]
        self._fillers = count(len(journal.errands))

    # -- hearing ---------------------------------------------------------------------------------

    async def listen(self, url: str) -> None:
        """Hear of everything that reaches the ledger, for ever, whenever it can be asked."""
        while True:
            try:
                connection = await asyncpg.connect(url, timeout=5, command_timeout=10)
                try:
                    await self._hear_from(connection)
                finally:
                    connection.terminate()
            except DOWN:
                await asyncio.sleep(_LOOK_EVERY)

    async def _hear_from(self, connection: asyncpg.Connection) -> None:
        while True:
            self._hear(await connection.fetch(_SINCE, max(0, self._latest - _OVERLAP)))
            await asyncio.sleep(_LOOK_EVERY)

    def _hear(self, rows: list[asyncpg.Record]) -> None:
        for row in rows:
            self._latest = max(self._latest, row["id"])
            number = CaseNo(row["case_no"])
            case = self.cases.setdefault(number, Case())
            if row["seq"] == case.seq + 1:
                event = load_event(stored_event(row))
                apply(case, event)
                self._notice(number, case, event)

    def _notice(self, number: CaseNo, case: Case, event: Event) -> None:
        match event.fact:
            case CaseOpened(act_id=act_id) if act_id in self._scenes:
                scene = self._scenes[act_id]
                self._people.expect(number, scene.key, scene.cue)
                self._began[number] = self._began_of(scene)
            case DutyBreached() if root(number) in self._began:
                waited = datetime.now(UTC) - self._real(number, event.at)
                self.earliest_breach = min(self.earliest_breach, waited.total_seconds())
        if type(event.fact) in NOTICED and root(number) in self._began:
            for intent in self._people.notice(number, case, event):
                self._plan(intent)

    def _began_of(self, scene: Scene) -> datetime:
        body = self._journal.errands[scene.key].body
        return datetime.fromisoformat(body["drill"]["began"])

    def _plan(self, intent: Intent) -> None:
        if _key(intent) not in self._journal.errands:
            real = self._real(intent.number, intent.at)
            heapq.heappush(self._intents, (real, intent.number, intent.place, intent))

    # -- doing -----------------------------------------------------------------------------------

    def next(self) -> Errand | None:
        """What somebody does now: something whose time has come, a new matter, or a word to an open case."""
        now = datetime.now(UTC)
        if self._openings and self._dice.random() < _NEW:
            return _begun(*self._openings.pop(0), now)
        while self._intents and self._intents[0][0] <= now:
            errand = self._errand(heapq.heappop(self._intents)[-1])
            if errand is not None:
                return errand
        return _begun(*self._openings.pop(0), now) if self._openings else self._filler()

    def _errand(self, intent: Intent) -> Errand | None:
        case = self.cases[intent.number]
        at = self._drill_now(intent.number)
        match self._people.realise(replace(intent, at=max(at, intent.at)), case, Content):
            case Later(at=later):
                self._plan(replace(intent, at=later))
            case Act() as act:
                return _act(intent, act, at)
        return None

    def _filler(self) -> Errand | None:
        """Somebody adds something to a case of theirs; there is nearly always a case to which one may."""
        if not self._residents_cases():
            return None
        number, account = self.a_residents_case()
        return self.a_word(number, account, f"{self._seed}-more-{next(self._fillers)}")

    def a_residents_case(self) -> tuple[CaseNo, str]:
        """An open case that a resident brought, and the account. Raises IndexError where there is none."""
        number = self._dice.choice(self._residents_cases())
        return number, self.cases[number].opener.account

    def a_quiet_matter(self, key: str) -> Errand:
        """A resident's matter that nobody else will act on, by the real clock: nothing falls due meanwhile."""
        return replace(self._quiet, key=key)

    def a_word(self, number: CaseNo, account: str, key: str) -> Errand:
        """One more word to a case."""
        body = {"text": "补充一句。"}
        if root(number) in self._began:
            body["at"] = instant_text(self._drill_now(number))
        return Errand(key, account, f"/v1/cases/{number}/acts/supplement", body)

    def _residents_cases(self) -> list[CaseNo]:
        return [
            number for number, case in self.cases.items()
            if number in self._began and case.is_open and case.opener.role is Role.RESIDENT
        ]  # fmt: skip

    # -- the clocks ------------------------------------------------------------------------------

    def _drill_now(self, number: CaseNo) -> datetime:
        """The drill instant of a case, now."""
        return drill_instant(self._began[root(number)], datetime.now(UTC))

    def _real(self, number: CaseNo, at: datetime) -> datetime:
        """When a drill instant of a case comes."""
        return self._began[root(number)] + (at - ORIGIN) / SPEED


def drill_instant(began: datetime, now: datetime) -> datetime:
    """The drill instant at a real one, of a case whose drill began then."""
    return ORIGIN + (now - began) * SPEED


def _openings(seed: int, matters: int, town: Town, playbill: Playbill) -> Iterator[tuple[Errand, Scene]]:
    kinds = (town.orders, town.disputes, town.petitions, town.whistles)
    mixed = [each for some in zip_longest(*kinds) for each in some if each is not None]
    for place in range(matters):
        matter = mixed[place % len(mixed)]
        key = f"{seed}-open-{place}"
        scene = replace(playbill.scene(matter, ORIGIN), key=key)
        path = f"/v1/{_PATHS[matter.kind.value]}"
        yield Errand(key, scene.opener.account, path, _form(matter)), scene


def _form(matter: DemoMatter) -> dict[str, Any]:
    """The opening as a client writes it; whoever brings it stands first without being named."""
    form: dict[str, Any] = {
        "place": matter.place,
        "matter": matter.code,
        "title": matter.title,
        "text": matter.text,
    }
    match matter:
        case DemoDispute(applicants=(_, *others), respondents=respondents):
            own = [{"party": matter.applicants[0]}]
            beside = [{"party": who} for who in others]
            form["applicants"] = own + beside
            form["respondents"] = [{"party": who} for who in respondents]
        case DemoWhistle():
            form |= {
                "whistle": matter.whistle.value, "enforcement": matter.enforcement, "blower": matter.blower,
                "departments": list(matter.departments),
            }  # fmt: skip
    return form


def _begun(errand: Errand, _: Scene, now: datetime) -> Errand:
    """With a drill clock that begins now."""
    drill = {"origin": ORIGIN.isoformat(), "began": now.isoformat(), "speed": SPEED, "grace": GRACE}
    return replace(errand, body={**errand.body, "drill": drill, "at": ORIGIN.isoformat()})


def _key(intent: Intent) -> str:
    return f"{intent.number}.{intent.place}"


def _act(intent: Intent, act: Act, at: datetime) -> Errand:
    behalf: Mapping[str, Any] = (
        {"on_behalf_of": intent.actor.on_behalf_of} if intent.actor.on_behalf_of else {}
    )
    body = {**dump(act), **behalf, "at": instant_text(at)}
    return Errand(_key(intent), intent.actor.account, f"/v1/cases/{intent.number}/acts/{act.code}", body)
