"""What procedures ask for is done outside, once, however often Temporal tries."""

import asyncio
from collections import Counter

import pytest
from ledger_stories import order_story
from temporalio.client import Client
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment

from activities.hands import AT_ONCE, Hands
from activities.interface import DeliverRequest, Letter, NewCase, RecordRequest
from domain.codec import event_json

CASES = [
    NewCase(number=f"P1-{n:02d}", workflow="order", argument={"number": f"P1-{n:02d}"}) for n in range(50)
]


class Post:
    """A Temporal client that keeps a record: cases started, letters received, the most at a time."""

    def __init__(self, ended=(), down=()):
        self.started, self.letters, self.ended, self.down = {}, Counter(), set(ended), set(down)
        self.now = self.most = 0

    async def start_workflow(self, workflow, argument, *, id, task_queue, id_reuse_policy):
        await self._carry(id)
        if id in self.started:
            raise WorkflowAlreadyStartedError(id, workflow)
        self.started[id] = (workflow, argument, task_queue, id_reuse_policy.name)

    def get_workflow_handle(self, number):
        return Handle(self, number)

    async def signal(self, number, name, argument):
        await self._carry(number)
        if number in self.ended:
            raise RPCError("workflow not found", RPCStatusCode.NOT_FOUND, b"")
        self.letters[number, name, argument["id"]] += 1

    async def _carry(self, number):
        self.now += 1
        self.most = max(self.most, self.now)
        await asyncio.sleep(0)
        self.now -= 1
        if number in self.down:
            raise RPCError("unavailable", RPCStatusCode.UNAVAILABLE, b"")


class Handle:
    def __init__(self, post, number):
        self.post, self.number = post, number

    async def signal(self, name, argument):
        await self.post.signal(self.number, name, argument)


def letter(to, id="1"):
    return Letter(to=to, argument={"id": id})


def hands(post: Client) -> Hands:
    return Hands(None, post, "herun")


async def deliver(post, **request):
    return await ActivityEnvironment().run(hands(post).deliver, DeliverRequest(**request))


async def test_cases_are_opened_under_their_number_and_never_reused():
    post = Post()
    result = await deliver(post, cases=CASES[:1])
    assert post.started == {"P1-00": ("order", {"number": "P1-00"}, "herun", "REJECT_DUPLICATE")}
    assert result.opened == 1


async def test_a_second_attempt_opens_no_case_again():
    post = Post()
    await deliver(post, cases=CASES[:2])
    assert (await deliver(post, cases=CASES[:3])).opened == 1
    assert len(post.started) == 3


async def test_letters_arrive_and_those_to_ended_cases_are_dropped():
    post = Post(ended=["O2"])
    result = await deliver(post, letters=[letter("O1"), letter("O2"), letter("O3")])
    assert (result.delivered, result.missing) == (2, ["O2"])
    assert post.letters == Counter([("O1", "letter", "1"), ("O3", "letter", "1")])


async def test_when_temporal_does_not_answer_the_rest_is_delivered_and_the_attempt_fails():
    post = Post(down=["P1-03"])
    with pytest.raises(RPCError, match="unavailable"):
        await deliver(post, cases=CASES[:6], letters=[letter("O1")])
    assert len(post.started) == 5


async def test_a_thousand_deliveries_go_a_few_at_a_time_with_a_heartbeat_for_each():
    post, beats = Post(), []
    environment = ActivityEnvironment()
    environment.on_heartbeat = lambda *_: beats.append(1)
    request = DeliverRequest(cases=CASES, letters=[letter("O1", str(n)) for n in range(50)])
    await environment.run(hands(post).deliver, request)
    assert (post.most, len(beats)) == (AT_ONCE, 100)


async def test_record_is_the_ledger_s(ledger):
    story = order_story("H1")
    request = RecordRequest(case_no="H1", events=list(map(event_json, story.events)))
    result = await ActivityEnvironment().run(Hands(ledger, None, "herun").record, request)
    assert result.seq == len(story.events)
