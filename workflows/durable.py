"""The durable engine: one short run loop that lets Temporal keep a case's acts, its timer and its place."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.common import RetryPolicy
from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception

from activities import interface as hands
from domain.actors import speaking_case
from domain.authority import Refused
from domain.codec import dump, event_json, instant_text, load_act, load_actor, read_instant
from domain.vocabulary import CaseNo
from workflows import provisions
from workflows.catalogue import PROCEDURES
from workflows.clock import Clock, whole
from workflows.core import ActRefused, Core, Letter, NewCase
from workflows.envelope import (
    ActReceipt,
    ActRequest,
    CarriedAct,
    CaseEnd,
    LetterEnvelope,
    OpenCase,
)
from workflows.reliving import LedgerDiffers, acts_of, check, let_lapse, relive
from workflows.translation import conflict_in, letter_out, readable, refusal, start_of

_RECORD_RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=50), maximum_interval=timedelta(seconds=5),
    non_retryable_error_types=[hands.LEDGER_CONFLICT],
)  # fmt: skip
_DELIVER_RETRY = RetryPolicy(
    initial_interval=timedelta(milliseconds=200), maximum_interval=timedelta(seconds=10)
)


class CaseWorkflow:
    """What all four durable procedures share. Acts are updates; only cases send signals."""

    def __init__(self, request: OpenCase) -> None:
        self._request = request
        self._clock = Clock(request.drill)
        fresh = self._clock.instant(workflow.now(), request.at)
        began = read_instant(request.began_at) if request.began_at else fresh
        self._began = instant_text(began)
        self._acts: dict[str, CarriedAct] = {}
        self._acts_this_run = 0
        self._ticked = began
        self._recorded = request.recorded
        self._head = request.head
        self._timer: asyncio.Task[None] | None = None
        self._timer_at: datetime | None = None
        self._courier: asyncio.Task[None] | None = None
        self._refused: dict[str, Refused] = {}
        self._behind = 0
        with _bugs_reported(request.number):
            self._core = self._new_core(began)
            self._relive(request)

    # -- what people and cases send --------------------------------------------------------------

    @workflow.update(unfinished_policy=workflow.HandlerUnfinishedPolicy.ABANDON)
    async def opened(self) -> ActReceipt:
        """The case is open, and its first events are on the ledger."""
        return await self._receipt(self._request.act_id)

    @workflow.update(unfinished_policy=workflow.HandlerUnfinishedPolicy.ABANDON)
    async def act(self, request: ActRequest) -> ActReceipt:
        """Take an act in and answer once its events are on the ledger."""
        await self._catch_up_to(request.seen)
        if request.id not in self._core.receipts:
            self._take(request)
        return await self._receipt(request.id)

    @act.validator
    def _validate_act(self, request: ActRequest) -> None:
        """Refuse at the door what the law refuses; nothing of it enters the history."""
        if request.id in self._core.receipts:
            self._refuse_other_use(request)
            return
        actor, act = load_actor(request.actor), readable(request)
        if request.seen > self._core.case.seq:
            return  # the ledger knows more; the handler looks first
        if self._clock.is_ahead(workflow.now(), request.at):
            raise refusal(Refused("clock_ahead", (str(request.at),)))
        if self._core.lapsed(self._clock.instant(workflow.now(), request.at)):
            return  # what fell due meanwhile comes first; the handler decides
        verdict = self._core.may(actor, act)
        if isinstance(verdict, Refused):
            raise refusal(verdict)

    @workflow.signal(name=hands.LETTER)
    def letter(self, letter: LetterEnvelope) -> None:
        """An act of another case. What this case has heard, or no longer needs, is dropped."""
        actor = speaking_case(CaseNo(letter.sender))
        known = letter.id in self._core.receipts
        now = whole(letter.at)
        with _bugs_reported(self._core.number):
            try:
                self._core.receive(letter.id, actor, load_act(letter.act, letter.fields), now)
            except ActRefused:
                self._ticked = max(self._ticked, now)
                return
        if not known:
            self._carry(letter.id, dump(actor), letter.act, letter.fields)

    # -- the run loop ----------------------------------------------------------------------------

    async def live(self) -> CaseEnd:
        """Write what came out, then wait for an act or the next due instant, until the procedure ends.

        A case ends by its procedure alone: a cancellation from outside is not heard.
        """
        while not self._is_over():
            try:
                await self._step()
            except asyncio.CancelledError:
                workflow.logger.warning("cancellation_ignored")
        return CaseEnd(number=self._core.number, outcome=str(self._core.case.outcome), last=self._recorded)

    def _is_over(self) -> bool:
        return self._core.case.closed_at is not None and not self._core.has_news and self._is_quiet()

    async def _step(self) -> None:
        if self._is_behind():
            await self._look_up()
        await self._publish()
        if self._core.case.closed_at is not None and not self._core.has_news:
            await workflow.wait_condition(self._is_quiet)
        elif self._is_run_full():
            await self._continue()
        else:
            await self._rest()

    async def _publish(self) -> None:
        """Events first, in one transaction; then other cases hear of it."""
        events, letters, new_cases = self._core.drain()
        if events:
            request = hands.RecordRequest(
                case_no=self._core.number, head=self._head, events=[event_json(e) for e in events],
                drill=self._request.drill is not None,
            )  # fmt: skip
            result = await self._record(request)
            if result is None:
                return
            self._head, self._recorded = result.head, result.seq
        if letters or new_cases:
            deliveries = self._deliveries(letters, new_cases)
            self._courier = asyncio.create_task(self._deliver(deliveries, after=self._courier))

    async def _deliver(self, request: hands.DeliverRequest, after: "asyncio.Task[None] | None") -> None:
        """Other cases hear of it in order, while this one goes on."""
        if after is not None:
            await after
        await workflow.execute_activity(
            hands.DELIVER, request, result_type=hands.DeliverResult, retry_policy=_DELIVER_RETRY,
            start_to_close_timeout=timedelta(minutes=5), heartbeat_timeout=timedelta(seconds=30),
        )  # fmt: skip

    def _is_quiet(self) -> bool:
        """Whether nobody waits for an answer and every letter has gone out."""
        return workflow.all_handlers_finished() and (self._courier is None or self._courier.done())

    async def _record(self, request: hands.RecordRequest) -> hands.RecordResult | None:
        """Write events; None if the ledger knew more, and the case has learnt it and must write anew."""
        try:
            result: hands.RecordResult = await workflow.execute_local_activity(
                hands.RECORD, request, result_type=hands.RecordResult, retry_policy=_RECORD_RETRY,
                start_to_close_timeout=timedelta(seconds=10),
            )  # fmt: skip
            return result
        except FailureError as failure:
            if is_cancelled_exception(failure):
                return await self._record(request)
            with _bugs_reported(request.case_no):
                conflict = conflict_in(failure)
                self._learn(conflict.seq, conflict.stored)
            return None

    async def _catch_up_to(self, seen: int) -> None:
        """Wait until the case knows of an event that the door saw on the ledger, if it is there."""
        if seen > self._core.case.seq:
            self._behind = max(self._behind, seen)
            await workflow.wait_condition(lambda: not self._is_behind())

    def _is_behind(self) -> bool:
        return self._behind > self._recorded

    async def _look_up(self) -> None:
        """Learn what an earlier attempt wrote, though nothing of ours contradicts it."""
        request = hands.ReadRequest(case_no=self._core.number, after=self._recorded)
        found = await workflow.execute_local_activity(
            hands.READ, request, result_type=hands.ReadResult, retry_policy=_RECORD_RETRY,
            start_to_close_timeout=timedelta(seconds=10),
        )  # fmt: skip
        self._behind = 0
        if found.events and self._core.case.seq == self._recorded:
            with _bugs_reported(self._core.number):
                self._learn(self._recorded + 1, found.events)

    def _learn(self, seq: int, stored: list[dict[str, object]]) -> None:
        """Take in what an earlier attempt wrote and could not report before its worker or server died.

        The acts of that attempt come first, at their own instants; those that came since follow them, and
        may be refused. Raises LedgerDiffers, which leaves the case stuck, if the ledger holds anything else.
        """
        if not stored:
            raise LedgerDiffers(f"{self._core.number}: the ledger has no event {seq - 1} to follow on")
        core = self._new_core(read_instant(str(stored[0]["at"]) if seq == 1 else self._began))
        theirs = acts_of(stored)
        recorded, written, waiting = self._acts_around(seq, {act.id for act in theirs})
        relive(core, recorded)
        let_lapse(core, self._recorded)
        core.drain()
        relive(core, (*written, *theirs))
        let_lapse(core, seq + len(stored) - 1)
        check(core, stored)
        self._core, self._began = core, instant_text(core.case.opened_at)
        self._acts = {act.id: act for act in (*recorded, *written, *theirs)}
        self._take_again(waiting)

    def _acts_around(
        self, seq: int, others: set[str]
    ) -> tuple[list[CarriedAct], list[CarriedAct], list[CarriedAct]]:
        """Acts this case knows to be recorded, those before an event that are, and those that still wait."""
        receipts = self._core.receipts
        recorded = [act for act in self._acts.values() if receipts[act.id].last <= self._recorded]
        written = [act for act in self._acts.values() if self._recorded < receipts[act.id].first < seq]
        waiting = [
            act for act in self._acts.values() if receipts[act.id].first >= seq and act.id not in others
        ]
        return recorded, written, waiting

    def _take_again(self, waiting: list[CarriedAct]) -> None:
        """Acts that came after what an earlier attempt wrote; the law may refuse them now."""
        for act in waiting:
            try:
                relive(self._core, (act,))
            except ActRefused as refused:
                self._refused[act.id] = refused.refused
            else:
                self._acts[act.id] = act.model_copy(update={"at": instant_text(self._core.now)})
        self._core.tick(self._ticked)

    async def _rest(self) -> None:
        """Sleep until something arrives or falls due."""
        self._arm()
        await workflow.wait_condition(lambda: self._core.has_news or self._is_rung() or self._is_behind())
        if self._timer_at is not None and self._is_rung():
            due, self._timer, self._timer_at = self._timer_at, None, None
            self._tick(self._clock.lapsed_by(workflow.now(), due))

    def _arm(self) -> None:
        """One timer for the earliest due; one that is set and rings sooner is left to ring in vain."""
        due = self._core.next_due()
        if due is None or (self._timer_at is not None and self._timer_at <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer_at = due
        self._timer = asyncio.create_task(workflow.sleep(self._clock.until(due, workflow.now())))

    def _is_rung(self) -> bool:
        return self._timer is not None and self._timer.done()

    def _tick(self, now: datetime) -> None:
        self._ticked = max(self._ticked, now)
        with _bugs_reported(self._core.number):
            self._core.tick(now)

    def _take(self, request: ActRequest) -> None:
        now = self._clock.instant(workflow.now(), request.at)
        with _bugs_reported(self._core.number):
            try:
                self._core.receive(
                    request.id, load_actor(request.actor), load_act(request.act, request.fields), now
                )
            except ActRefused as refused:
                self._ticked = max(self._ticked, now)
                raise refusal(refused.refused) from None
        self._carry(request.id, request.actor, request.act, request.fields)

    def _carry(self, act_id: str, actor: dict[str, object], act: str, fields: dict[str, object]) -> None:
        at = self._core.now
        self._ticked = max(self._ticked, at)
        self._acts_this_run += 1
        self._acts[act_id] = CarriedAct(id=act_id, actor=actor, act=act, fields=fields, at=instant_text(at))

    def _refuse_other_use(self, request: ActRequest) -> None:
        """An act id means one act for ever."""
        first = self._acts.get(request.id)
        if first is not None and (first.act, first.fields, first.actor) != (
            request.act, request.fields, request.actor,
        ):  # fmt: skip
            raise refusal(Refused("key_reused", (request.id,)))

    async def _receipt(self, act_id: str) -> ActReceipt:
        await workflow.wait_condition(lambda: act_id in self._refused or self._is_recorded(act_id))
        if act_id in self._refused:
            raise refusal(self._refused[act_id])
        receipt = self._core.receipts[act_id]
        at = self._acts[act_id].at if act_id in self._acts else self._began
        return ActReceipt(number=self._core.number, first=receipt.first, last=receipt.last, at=at)

    def _is_recorded(self, act_id: str) -> bool:
        receipt = self._core.receipts.get(act_id)
        return receipt is not None and receipt.last <= self._recorded

    # -- other cases, and a new run --------------------------------------------------------------

    def _deliveries(self, letters: list[Letter], new_cases: list[NewCase]) -> hands.DeliverRequest:
        return hands.DeliverRequest(
            letters=[
                hands.Letter(to=letter.to, argument=letter_out(self._core.number, letter)) for letter in letters
            ],
            cases=[
                hands.NewCase(
                    number=new.number, workflow=new.opening.kind.value,
                    argument=self._opening_out(new).model_dump(mode="json"),
                )
                for new in new_cases
            ],
        )  # fmt: skip

    def _opening_out(self, new: NewCase) -> OpenCase:
        start = self._core.start_of(new)
        return OpenCase(
            number=new.number, kind=new.opening.kind, opening=dump(new.opening), rulebook=start.rulebook,
            calendar=start.calendar, actor=dump(start.actor), act_id=start.act_id, at=new.at,
            drill=self._request.drill, acts_per_run=self._request.acts_per_run,
        )  # fmt: skip

    def _is_run_full(self) -> bool:
        is_long = workflow.info().is_continue_as_new_suggested()
        return is_long or self._acts_this_run >= self._request.acts_per_run

    async def _continue(self) -> None:
        """Start a new run with the acts, not the stack: it lives them again without side effects.

        What came in meanwhile is published first: its handlers wait for that.
        """
        await workflow.wait_condition(lambda: self._core.has_news or self._is_quiet())
        if self._core.has_news:
            return
        update = {
            "began_at": self._began, "carried": tuple(self._acts.values()), "ticked": instant_text(self._ticked),
            "recorded": self._recorded, "head": self._head,
        }  # fmt: skip
        workflow.continue_as_new(self._request.model_copy(update=update))

    def _new_core(self, began: datetime) -> Core:
        return Core(PROCEDURES[self._request.kind], start_of(self._request, began), provisions.shelf())

    def _relive(self, request: OpenCase) -> None:
        """Step through the carried acts; what they lead to is on the ledger already."""
        if not request.recorded:
            return
        self._acts = {act.id: act for act in request.carried}
        relive(self._core, request.carried)
        self._ticked = read_instant(request.ticked)
        self._core.tick(self._ticked)
        self._core.drain()
        if self._core.case.seq != request.recorded:
            raise LedgerDiffers(
                f"{request.number}: {self._core.case.seq} relived, {request.recorded} recorded"
            )


@contextmanager
def _bugs_reported(number: str) -> Iterator[None]:
    """A bug fails the workflow task, which is tried again for ever; somebody must hear of it meanwhile."""
    try:
        yield
    except (ActRefused, ApplicationError):
        raise
    except Exception as bug:
        provisions.report(number, bug)
        raise
