"""The stage in the durable engine: people act through Temporal in drill time, and hear from the ledger.

Every case that is brought has a drill clock of its own, begun when the machine had room to open it; its
parts go by the same clock. So a slow machine makes a drill longer, and nobody late.
"""

import asyncio
import heapq
from collections import Counter, defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg

from activities.commitments import ContentKind
from activities.content import Words, put
from api.engine import ActRefused, Engine, NotAnswered, NotRunning, Unreachable
from domain.acts import Act
from domain.codec import dump
from domain.state import Case, Part, apply
from domain.vocabulary import CaseNo, Content, Link
from rehearsal.conduct.moment import Intent, Later
from rehearsal.feed import Feed, Heard, root
from rehearsal.people import People
from rehearsal.script import Scene
from rehearsal.stage import Agenda, Editions, Planned, Witness
from workflows.envelope import ActReceipt, ActRequest, Drill, OpenCase

AT_ONCE = 32
"""Cases in which something is under way at a time."""

ROOM_FOR_MORE = 12
"""No further case is brought while something is under way in so many."""

LOOK_EVERY = 0.1
"""Seconds between two looks at the ledger."""

_TRIES = 6
_PATIENCE = 5.0
"""Seconds to wait for one's own act to be heard of before asking for it."""
_AFTERMATH = timedelta(seconds=20)
"""Real time that cases get at the end to take in what fell due before it."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How a drill is played.

    `speed` is drill seconds in a real one, `horizon` the drill time each case gets from its opening, `grace`
    the real seconds a due date waits for people whose acts are on their way.
    """

    speed: float
    grace: float
    horizon: timedelta


@dataclass(slots=True)
class Doings:
    """What a stage has done, for whoever watches."""

    opened: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    lost: Counter[str] = field(default_factory=Counter)
    """Acts that the engine never answered, by code."""


class DurableStage:
    """Plays a script on the durable engine, each case for `terms.horizon` from its opening.

    What somebody does counts at its drill instant, however long the machine takes to carry it there. Acts of
    one case go one after another, each when the one before is on the ledger and heard of.
    """

    def __init__(
        self, engine: Engine, door: asyncpg.Pool, feed: Feed, people: People, editions: Editions,
        terms: Terms, witnesses: Sequence[Witness] = (),
    ) -> None:  # fmt: skip
        self.cases: dict[CaseNo, Case] = {}
        self.doings = Doings()
        self._engine, self._door, self._feed = engine, door, feed
        self._people, self._editions, self._terms = people, editions, terms
        self._witnesses = witnesses
        self._drills: dict[CaseNo, Drill] = {}
        self._agenda = Agenda(self._real_instant)
        self._queues: defaultdict[CaseNo, list[tuple[datetime, str, Planned]]] = defaultdict(list)
        self._busy: set[CaseNo] = set()
        self._on_the_way: set[asyncio.Future[ActReceipt]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._heard = asyncio.Condition()
        self._stir = asyncio.Event()

    @property
    def waiting(self) -> int:
        """Acts and openings whose instant has come and that have not been sent yet."""
        return sum(map(len, self._queues.values()))

    async def play(self, scenes: Sequence[Scene]) -> None:
        """Everything, until nothing more can happen within the horizon of any case."""
        for scene in scenes:
            self._people.expect(scene.number, scene.key, scene.cue)
        try:
            async with asyncio.TaskGroup() as tasks:
                listening = tasks.create_task(self._listen())
                await self._direct(tasks, deque(scenes))
                listening.cancel()
        finally:
            await self._let_arrive()

    # -- the clocks ------------------------------------------------------------------------------

    async def _direct(self, tasks: asyncio.TaskGroup, coming: deque[Scene]) -> None:
        """Hand over whatever's instant has come, and bring new cases as there is room, until it is over."""
        first = coming[0].at if coming else None
        began = datetime.now(UTC)
        while coming or not self._is_over():
            now = datetime.now(UTC)
            while (at := self._agenda.next_at()) is not None and at <= now:
                self._hand_over(self._agenda.take(), tasks)
            while coming and len(self._busy) < ROOM_FOR_MORE:
                assert first is not None
                at = began + (coming[0].at - first) / self._terms.speed
                if at > now:
                    break
                self._bring(coming.popleft(), tasks)
            await self._until_stirred(at)

    def _bring(self, scene: Scene, tasks: asyncio.TaskGroup) -> None:
        """A case begins, and its drill clock with it."""
        self._drills[scene.number] = Drill(
            origin=scene.at, began=datetime.now(UTC), speed=self._terms.speed, grace=self._terms.grace
        )
        self._hand_over(scene, tasks)

    def _hand_over(self, planned: Planned, tasks: asyncio.TaskGroup) -> None:
        place = planned.place if isinstance(planned, Intent) else ""
        heapq.heappush(self._queues[planned.number], (planned.at, place, planned))
        if planned.number not in self._busy:
            self._busy.add(planned.number)
            tasks.create_task(self._serve(planned.number))

    async def _until_stirred(self, at: datetime | None) -> None:
        """Wait for news, or until the next thing planned, but never long."""
        seconds = LOOK_EVERY if at is None else (at - datetime.now(UTC)).total_seconds()
        self._stir.clear()
        try:
            async with asyncio.timeout(min(max(seconds, 0.002), LOOK_EVERY)):
                await self._stir.wait()
        except TimeoutError:
            return

    def _real_instant(self, planned: Planned) -> datetime:
        """When a drill instant of a case comes, by its own clock."""
        return self._passes(self._drills[root(planned.number)], planned.at)

    def _passes(self, drill: Drill, at: datetime) -> datetime:
        return drill.began + (at - drill.origin) / drill.speed

    def _horizon(self, number: CaseNo) -> datetime:
        return self._drills[root(number)].origin + self._terms.horizon

    def _is_over(self) -> bool:
        """Whether nothing is under way, and every case is at rest or had its time and some more."""
        if self._busy or self._agenda:
            return False
        if all(self._is_at_rest(number, case) for number, case in self.cases.items()):
            return True
        aftermath = timedelta(seconds=self._terms.grace) + _AFTERMATH
        last = max(self._passes(drill, drill.origin + self._terms.horizon) for drill in self._drills.values())
        return datetime.now(UTC) > last + aftermath

    def _is_at_rest(self, number: CaseNo, case: Case) -> bool:
        """Whether nothing more will come of a case by itself within its horizon."""
        if any(self._is_unheard(part, case.is_open) for part in case.parts.values()):
            return False
        until = self._horizon(number)
        return not any(
            not (held.breached or held.paused) and held.legal_due < until for held in case.duties.values()
        )

    def _is_unheard(self, part: Part, whole_is_open: bool) -> bool:
        """Whether a part is still to be opened, or has closed and the whole has not taken that in."""
        if part.link is Link.DUPLICATE_OF:
            return False
        case = self.cases.get(part.number)
        return case is None or (not case.is_open and part.outcome is None and whole_is_open)

    # -- doing -----------------------------------------------------------------------------------

    async def _serve(self, number: CaseNo) -> None:
        """Everything that is to be done in one case, in its order."""
        queue = self._queues[number]
        try:
            while queue:
                planned = heapq.heappop(queue)[-1]
                async with self._room:
                    seq = await self._do(planned)
                await self._until_heard(number, seq)
        finally:
            self._busy.discard(number)
            self._stir.set()

    async def _do(self, planned: Planned) -> int:
        """Do it; the last event that it led to, 0 if it led to none."""
        match planned:
            case Scene():
                return await self._open(planned)
            case Intent():
                return await self._act(planned)

    async def _open(self, scene: Scene) -> int:
        ink = _Ink()
        opening = dump(scene.spoken(ink.write))
        request = OpenCase(
            number=scene.number, kind=scene.opening.kind, at=scene.at, drill=self._drills[scene.number],
            opening=await self._kept(ink, opening, scene.opener.account), actor=dump(scene.opener),
            rulebook=self._editions.rules.digest, calendar=self._editions.days.digest, act_id="open",
        )  # fmt: skip
        receipt = await self._insisted(lambda: self._engine.open(request), "open")
        self.doings.opened += 1
        return receipt.last if receipt else 0

    async def _act(self, intent: Intent) -> int:
        ink = _Ink()
        match self._people.realise(intent, self.cases[intent.number], ink.write):
            case Later(at=later):
                self._plan(replace(intent, at=later))
                return 0
            case Act() as act:
                return await self._send(intent, act, ink)
        return 0

    async def _send(self, intent: Intent, act: Act, ink: "_Ink") -> int:
        request = ActRequest(
            id=intent.place, actor=dump(intent.actor), act=act.code, at=intent.at,
            fields=await self._kept(ink, dump(act), intent.actor.account),
        )  # fmt: skip
        try:
            receipt = await self._insisted(
                lambda: self._engine.act(intent.number, request, intent.place), act.code
            )
        except ActRefused as refused:
            self.doings.refused[f"{act.code}: {refused.detail.code}"] += 1
        except NotRunning:
            self.doings.refused[f"{act.code}: not_running"] += 1
        else:
            return receipt.last if receipt else 0
        return 0

    async def _insisted(self, send: Callable[[], Awaitable[ActReceipt]], code: str) -> ActReceipt | None:
        """Send it again where no answer came; its id makes it count once."""
        for pause in range(1, _TRIES + 1):
            sending = asyncio.ensure_future(send())
            self._on_the_way.add(sending)
            sending.add_done_callback(self._on_the_way.discard)
            try:
                return await asyncio.shield(sending)
            except (NotAnswered, Unreachable):
                await asyncio.sleep(0.2 * pause)
        self.doings.lost[code] += 1
        return None

    async def _let_arrive(self) -> None:
        """A play that is broken off does not tear up what it has already sent."""
        under_way = asyncio.gather(*self._on_the_way, return_exceptions=True)
        with suppress(TimeoutError):
            await asyncio.wait_for(under_way, _PATIENCE)

    async def _kept(self, ink: "_Ink", fields: dict[str, Any], account: str) -> dict[str, Any]:
        """The fields with commitments in place of the words, which are kept before the act."""
        if not ink.words:
            return fields
        words = [Words(ContentKind.TEXT, text) for text in ink.words]
        async with self._door.acquire() as connection:
            commitments = await put(connection, words, account)
        filled = _filled(fields, dict(zip(ink.marks, commitments, strict=True)))
        assert isinstance(filled, dict)
        return filled

    # -- hearing ---------------------------------------------------------------------------------

    async def _listen(self) -> None:
        """Take in what the ledger gets, for ever."""
        while True:
            self._hear(await self._feed.read())
            async with self._heard:
                self._heard.notify_all()
            await asyncio.sleep(LOOK_EVERY)

    def _hear(self, news: Iterable[Heard]) -> None:
        for number, event in news:
            case = self.cases.setdefault(number, Case())
            apply(case, event)
            for witness in self._witnesses:
                witness(number, event)
            for intent in self._people.notice(number, case, event):
                self._plan(intent)
            self._stir.set()

    def _plan(self, intent: Intent) -> None:
        """What lies beyond the horizon is not waited for."""
        if intent.at <= self._horizon(intent.number):
            self._agenda.add(intent)

    async def _until_heard(self, number: CaseNo, seq: int) -> None:
        """The next to act in a case knows what the last one did."""
        try:
            async with asyncio.timeout(_PATIENCE), self._heard:
                await self._heard.wait_for(lambda: self._reached(number) >= seq)
        except TimeoutError:
            self._hear(await self._feed.read_case(number))

    def _reached(self, number: CaseNo) -> int:
        return self.cases[number].seq if number in self.cases else 0


class _Ink:
    """Collects words, and marks where their commitments belong."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.marks: list[Content] = []

    def write(self, text: str) -> Content:
        mark = Content(f"ink:{len(self.words)}")
        self.words.append(text)
        self.marks.append(mark)
        return mark


def _filled(value: Any, commitments: Mapping[Content, Content]) -> Any:
    match value:
        case str():
            return commitments.get(Content(value), value)
        case dict():
            return {name: _filled(each, commitments) for name, each in value.items()}
        case list():
            return [_filled(each, commitments) for each in value]
        case _:
            return value
