"""Histories that somebody changed, and covered it up: each is caught, by which answer, and where.

Of each it is also said whether Temporal's own Replayer passes it.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from audit.answers.same_content import SameContentCode, same_content
from audit.answers.same_steps import SameStepsCode, same_steps
from audit.evidence import Evidence
from audit.findings import Answer, Finding
from domain.limits import Due
from domain.rulebook import Rulebook
from domain.shelf import Shelf
from tests.audit.forging import (
    Histories,
    History,
    argument,
    doubled,
    forged,
    nth,
    recorded,
    reword,
    said,
    swapped,
    without,
)
from workflows import provisions, runtime
from workflows.dates import Dates

pytestmark = pytest.mark.timeout(170)

Steps, Content = SameStepsCode, SameContentCode
Change = Callable[[History], History | None]


@pytest.fixture(scope="module")
async def lives(tmp_path_factory: pytest.TempPathFactory) -> Histories:
    return await recorded(tmp_path_factory.mktemp("forged"))


async def findings(evidence: Evidence) -> list[Finding]:
    looked = [*await same_steps(evidence), *await same_content(evidence)]
    return [found for found in looked if isinstance(found, Finding)]


async def temporal_passes(evidence: Evidence, run: int = 0) -> bool:
    """Whether the SDK's Replayer alone, as every Temporal user has it, sees nothing."""
    provisions.lay(evidence.shelf)
    replayer = Replayer(
        workflows=runtime.WORKFLOWS, workflow_runner=runtime.runner(), data_converter=runtime.DATA_CONVERTER
    )
    history = WorkflowHistory.from_json(evidence.case_no, evidence.runs[run].history)
    async with asyncio.timeout(20):
        result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
    return result.replay_failure is None


async def caught(
    lives: Histories, name: str, change: Change, code: Steps | Content, *, run: int = 0, passes: bool
) -> Finding:
    """The finding of that code, after it was seen whether Temporal's Replayer passes the forgery."""
    evidence = forged(lives[name], change, run)
    assert await temporal_passes(evidence, run) is passes
    codes = {found.code: found for found in await findings(evidence)}
    assert code in codes
    found = codes[code]
    assert found.answer is (Answer.SAME_STEPS if isinstance(code, Steps) else Answer.SAME_CONTENT)
    assert found.case_no == evidence.case_no
    assert found.about.startswith(evidence.runs[run].run_id)
    return found


def event_id(found: Finding) -> int:
    return int(found.about.rpartition("/")[2])


# -- what Temporal's Replayer passes --------------------------------------------------------------------


async def test_a_timer_of_three_days_made_five(lives: Histories) -> None:
    def later(events: History) -> None:
        nth(events, "TIMER_STARTED")["startToFireTimeout"] = "432000s"

    found = await caught(lives, "order_returned_and_rated", later, Content.TIMER_DIFFERS, passes=True)
    assert found.found == {"after": "432000.000000000s"}
    assert found.expected != found.found
    assert found.seq == 3
    assert event_id(found) == 7


async def test_what_another_case_was_told(lives: Histories) -> None:
    def bribed(events: History) -> None:
        payload = argument(events, "ACTIVITY_TASK_SCHEDULED")
        letter = said(payload)["letters"][0]
        letter["argument"]["fields"]["outcome"] = "not_done"
        reword(payload, letters=[letter])

    found = await caught(lives, "behind", bribed, Content.DELIVERY_DIFFERS, passes=True)
    assert found.expected["input"]["letters"][0]["argument"]["fields"]["outcome"] == "done"


async def test_to_whom_a_part_was_given(lives: Histories) -> None:
    def elsewhere(events: History) -> None:
        payload = argument(events, "ACTIVITY_TASK_SCHEDULED")
        cases = said(payload)["cases"]
        cases[0]["argument"]["opening"]["unit"] = "yunhe/nobody"
        reword(payload, cases=cases)

    found = await caught(lives, "whistle_stood_down", elsewhere, Content.DELIVERY_DIFFERS, passes=True)
    assert found.found["input"]["cases"][0]["argument"]["opening"]["unit"] == "yunhe/nobody"


def _act(code: str, **changed: Any) -> Change:
    """Change the accepted update of an act."""

    def change(events: History) -> None:
        for place in range(sum(e["eventType"].endswith("UPDATE_ACCEPTED") for e in events)):
            request = nth(events, "UPDATE_ACCEPTED", place)["acceptedRequest"]["input"]
            if request["name"] == "act" and said(request["args"]["payloads"][0])["act"] == code:
                reword(request["args"]["payloads"][0], **changed)
                return
        raise AssertionError(code)

    return change


async def test_the_text_of_an_accepted_act(lives: Histories) -> None:
    forge = _act("order.return", fields={"reason": "c1:another reason"})
    found = await caught(lives, "order_returned_and_rated", forge, Content.RECORD_DIFFERS, passes=True)
    assert found.expected["data"]["fields"] == {"reason": "c1:another reason"}
    assert found.found["data"]["fields"] == {"reason": "c1:not ours"}
    record = lives["order_returned_and_rated"].links
    assert record[found.seq - 1].event["data"]["act"] == "order.return"  # type: ignore[operator]


async def test_the_unit_that_an_order_was_split_off_to(lives: Histories) -> None:
    def elsewhere(events: History) -> None:
        lines = said(argument(events, "UPDATE_ACCEPTED", 2))["fields"]["orders"]
        _act("petition.split", fields={"orders": [lines[0], lines[1] | {"unit": "yunhe/nobody"}]})(events)

    found = await caught(lives, "petition_answered", elsewhere, Content.RECORD_DIFFERS, passes=True)
    assert found.expected["data"]["fields"]["orders"][1]["unit"] == "yunhe/nobody"
    assert found.found["data"]["act"] == "petition.split"


async def test_a_unit_that_had_then_no_right_to_what_it_did(lives: Histories) -> None:
    forge = _act("order.dispatch", fields={"units": ["yunhe/nobody"]})
    await caught(lives, "order_returned_and_rated", forge, Steps.REPLAY_DIFFERS, passes=False)


async def test_the_instant_at_which_somebody_acted(lives: Histories) -> None:
    forge = _act("order.complete", at="2026-11-20T00:00:00Z")
    await caught(lives, "behind", forge, Content.RECORD_DIFFERS, passes=True)


async def test_what_a_case_was_opened_with(lives: Histories) -> None:
    def retitled(events: History) -> None:
        payload = argument(events, "EXECUTION_STARTED")
        reword(payload, opening=said(payload)["opening"] | {"title": "c1:another matter"})

    found = await caught(lives, "mediation_agreed", retitled, Content.START_DIFFERS, passes=True)
    assert found.expected["opening"]["title"] == "c1:light"
    assert (found.seq, event_id(found)) == (1, 1)


async def test_a_first_run_that_pretends_to_be_a_later_one(lives: Histories) -> None:
    def pretends(events: History) -> None:
        reword(argument(events, "EXECUTION_STARTED"), ticked="2026-01-01T00:00:00.000+08:00")

    await caught(lives, "mediation_agreed", pretends, Content.START_DIFFERS, passes=True)


async def test_which_procedure_a_case_began_as(lives: Histories) -> None:
    """All four workflows are one class with one argument: Temporal's Replayer sees no difference."""

    def other(events: History) -> None:
        nth(events, "EXECUTION_STARTED")["workflowType"]["name"] = "whistle"

    found = await caught(lives, "mediation_agreed", other, Content.START_DIFFERS, passes=True)
    assert (found.expected, found.found) == ({"workflow": "mediation"}, {"workflow": "whistle"})


async def test_what_the_ledger_answered(lives: Histories) -> None:
    def other_head(events: History) -> None:
        payload = nth(events, "MARKER_RECORDED", 1)["details"]["result"]["payloads"][0]
        reword(payload, head="0" * 64)

    found = await caught(lives, "mediation_agreed", other_head, Content.RECEIPT_DIFFERS, passes=True)
    assert found.found["head"] == "0" * 64
    assert found.expected["head"] == lives["mediation_agreed"].links[found.seq - 1].hash  # type: ignore[operator]


async def test_what_the_ledger_was_said_to_hold_already(lives: Histories) -> None:
    def other_conflict(events: History) -> None:
        failure = nth(events, "MARKER_RECORDED", 1)["failure"]["applicationFailureInfo"]
        reword(failure["details"]["payloads"][0], head="0" * 64)

    found = await caught(lives, "conflict", other_conflict, Content.RECEIPT_DIFFERS, passes=True)
    assert found.found["head"] == "0" * 64


async def test_what_the_case_read_on_the_ledger(lives: Histories) -> None:
    def nothing(events: History) -> None:
        payload = nth(events, "MARKER_RECORDED", 1)["details"]["result"]["payloads"][0]
        stored = said(payload)["events"]
        reword(payload, events=[stored[0] | {"rule": "another"}, *stored[1:]])

    await caught(lives, "behind", nothing, Steps.REPLAY_BREAKS, passes=False)


async def test_what_somebody_was_answered(lives: Histories) -> None:
    def other_answer(events: History) -> None:
        reword(nth(events, "UPDATE_COMPLETED", 2)["outcome"]["success"]["payloads"][0], last=99)

    found = await caught(lives, "mediation_agreed", other_answer, Content.ANSWER_DIFFERS, passes=True)
    assert found.found["answer"]["last"] == 99


async def test_a_refusal_made_an_acceptance(lives: Histories) -> None:
    def taken(events: History) -> None:
        outcome = nth(events, "UPDATE_COMPLETED", 1)["outcome"]
        outcome.pop("failure")
        outcome |= {"success": nth(events, "UPDATE_COMPLETED", 0)["outcome"]["success"]}

    found = await caught(lives, "conflict", taken, Content.ANSWER_DIFFERS, passes=True)
    assert found.expected["failure"] == "out_of_turn"


async def test_how_a_case_ended(lives: Histories) -> None:
    def withdrawn(events: History) -> None:
        reword(nth(events, "EXECUTION_COMPLETED")["result"]["payloads"][0], outcome="withdrawn")

    found = await caught(lives, "drill", withdrawn, Content.END_DIFFERS, passes=True)
    assert found.expected["result"]["outcome"] == "done"


async def test_what_one_run_handed_to_the_next(lives: Histories) -> None:
    def fewer(events: History) -> None:
        reword(nth(events, "CONTINUED_AS_NEW")["input"]["payloads"][0], acts_per_run=7)

    name = "petition_continued_as_new"
    await caught(lives, name, fewer, Content.CONTINUATION_DIFFERS, passes=True)


async def test_what_a_later_run_began_with(lives: Histories) -> None:
    def other_head(events: History) -> None:
        reword(argument(events, "EXECUTION_STARTED"), head="0" * 64)

    name = "petition_continued_as_new"
    found = await caught(lives, name, other_head, Content.CONTINUATION_DIFFERS, run=1, passes=True)
    assert event_id(found) == 1
    assert found.found["input"]["head"] == "0" * 64


async def test_the_end_of_a_history_cut_off(lives: Histories) -> None:
    name = "order_returned_and_rated"
    found = await caught(lives, name, lambda events: events[:-1], Steps.HISTORY_CUT, passes=True)
    assert event_id(found) == len(json.loads(lives[name].runs[0].history)["events"]) - 1


async def test_an_order_of_steps_that_the_server_did_not_write(lives: Histories) -> None:
    def turned(events: History) -> History:
        return swapped(events, _place(events, "MARKER_RECORDED"))

    await caught(lives, "mediation_agreed", turned, Steps.STEP_MISPLACED, passes=True)


async def test_a_last_event_that_the_ledger_got_from_another_hand(lives: Histories) -> None:
    """The chain may be sound: nobody wrote the event."""
    whole = lives["drill"]
    longer = replace(whole, links=[*whole.links, whole.links[-1]])
    (found,) = await findings(longer)
    assert (found.code, found.seq) == (Content.LEDGER_BEYOND, len(whole.links) + 1)


async def test_a_last_event_that_the_ledger_lost(lives: Histories) -> None:
    whole = lives["drill"]
    (found,) = await findings(replace(whole, links=whole.links[:-1]))
    assert (found.code, found.seq, found.found) == (Content.RECORD_DIFFERS, len(whole.links), None)


# -- what it sees too -----------------------------------------------------------------------------------


def _place(events: History, kind: str, nth: int = 0) -> int:
    places = [place for place, event in enumerate(events) if event["eventType"].endswith(kind)]
    return places[nth]


@pytest.mark.parametrize("kind", ["MARKER_RECORDED", "TIMER_STARTED", "UPDATE_ACCEPTED", "UPDATE_COMPLETED"])
async def test_a_step_taken_out(lives: Histories, kind: str) -> None:
    evidence = forged(lives["mediation_agreed"], lambda events: without(events, _place(events, kind)))
    found = await findings(evidence)
    assert found[0].answer is Answer.SAME_STEPS


@pytest.mark.parametrize("kind", ["MARKER_RECORDED", "TIMER_STARTED", "UPDATE_ACCEPTED", "UPDATE_COMPLETED"])
async def test_a_step_taken_twice(lives: Histories, kind: str) -> None:
    evidence = forged(lives["mediation_agreed"], lambda events: doubled(events, _place(events, kind)))
    found = await findings(evidence)
    assert found[0].answer is Answer.SAME_STEPS


async def test_the_workflow_task_of_a_step_taken_out(lives: Histories) -> None:
    """Temporal's core panics over such a history and its Replayer waits for ever: it never gets it."""

    def undecided(events: History) -> History:
        return without(events, _place(events, "TASK_COMPLETED", 1))

    found = await findings(forged(lives["mediation_agreed"], undecided))
    assert found[0].code == Steps.HISTORY_DISORDERED


async def test_the_history_of_another_case(lives: Histories) -> None:
    evidence = replace(lives["behind"], runs=lives["drill"].runs)
    found = await findings(evidence)
    assert found[0].code == Steps.HISTORY_OF_ANOTHER
    assert found[0].expected[0] == evidence.case_no
    assert {each.code for each in found} >= {Content.START_DIFFERS, Content.RECORD_DIFFERS}


async def test_the_history_of_another_case_under_this_ones_name(lives: Histories) -> None:
    """The forger wrote this case's number and run over the other's."""
    mine, other = lives["behind"], lives["drill"]
    text = other.runs[0].history.replace(other.case_no, mine.case_no)
    events = json.loads(text.replace(other.runs[0].run_id, mine.runs[0].run_id))["events"]
    found = await findings(forged(mine, lambda _: events))
    assert found
    assert found[0].answer is Answer.SAME_CONTENT


# -- a procedure changed in one limit -------------------------------------------------------------------


def _with_limit(shelf: Shelf, digest: str, name: str, n: int) -> Shelf:
    """A shelf on which the edition of that digest says something else of one limit."""
    true = shelf.rulebook(digest)
    limits = dict(true.limits) | {name: replace(true.limits[name], n=n)}
    altered = replace(true, limits=limits)
    return _Forged(shelf, digest, altered)


class _Forged(Shelf):
    """A shelf whose keeper gives out another text under the digest that a case pinned."""

    def __init__(self, true: Shelf, digest: str, altered: Rulebook) -> None:
        super().__init__(true.rulebooks, true.calendars)
        self._of = digest, altered

    def rulebook(self, name: str) -> Rulebook:
        return self._of[1] if name == self._of[0] else super().rulebook(name)


async def test_a_limit_changed_in_the_edition(lives: Histories) -> None:
    """Five days for three: the same steps, which is all that the Replayer asks, at other dates."""
    whole = lives["drill"]
    rulebook = whole.links[0].event["data"]["rulebook"]
    assert whole.shelf.rulebook(rulebook).limits["order.accept"].n == 3
    changed = replace(whole, shelf=_with_limit(whole.shelf, rulebook, "order.accept", 5))
    assert await temporal_passes(changed)
    assert await same_steps(changed) == []
    found = {each.code: each for each in await same_content(changed)}
    assert found.keys() == {Content.TIMER_DIFFERS, Content.RECORD_DIFFERS}
    record = found[Content.RECORD_DIFFERS]
    assert record.seq == 3
    assert (record.expected["rule"], record.found["kind"]) == ("order.accept", "duty_opened")


async def test_a_limit_changed_in_the_procedure(lives: Histories, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody gives units two days more than the edition says, in the code and on no paper."""
    whole, begin = lives["drill"], Dates.begin

    def generous(dates: Dates, number: int, rule: str, *rest: Any) -> Due:
        due = begin(dates, number, rule, *rest)
        return replace(due, legal=due.legal + timedelta(days=2)) if rule == "order.handle.service" else due

    monkeypatch.setattr(Dates, "begin", generous)
    assert await temporal_passes(whole)
    assert await same_steps(whole) == []
    (found,) = await same_content(whole)
    assert (found.code, found.seq) == (Content.RECORD_DIFFERS, 8)
    assert found.expected["rule"] == "order.handle.service"
