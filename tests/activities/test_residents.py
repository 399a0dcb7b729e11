"""A party of a case gets in by a code sent to it, or by its link, and nobody else does."""

from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from ledger_stories import order_story, tell

from activities import content, credentials, residents
from activities.residents import MOST_CODES, Follower, Outbox, ask_code, follow_link, follower, use_code
from domain.vocabulary import CaseNo, Party

CASE = CaseNo("O20261121-00012")
PHONE = "138 0000-0000"


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch):
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(credentials, "_HASHER", quick)
    monkeypatch.setattr(credentials, "_NOBODYS", quick.hash("nobody"))


@pytest.fixture
def connect(door):
    @asynccontextmanager
    async def lend():
        yield door

    return lend


@pytest.fixture
async def party(ledger, owner, door):
    """The party of a case, whose telephone number is known."""
    for table in ("one_time_code", "outbox_message", "follow_link"):
        await owner.execute(f"DELETE FROM {table}")
    story = order_story(CASE)
    if not await owner.fetchval("SELECT EXISTS (SELECT FROM event WHERE case_no = $1)", CASE):
        await tell(ledger, story)
        (party,) = await owner.fetchval("SELECT parties FROM case_register WHERE case_no = $1", CASE)
        await content.put_party(door, Party(party), "a-worker", name="郑映雪", phone=PHONE)
    (party,) = await owner.fetchval("SELECT parties FROM case_register WHERE case_no = $1", CASE)
    return party


async def asked(connect, case_no=CASE, phone=""):
    return await ask_code(connect, Outbox, case_no, phone, lambda code: f"code {code}")


async def sent(owner):
    """The code in the latest message."""
    body = await owner.fetchval("SELECT body FROM outbox_message ORDER BY id DESC LIMIT 1")
    return body.removeprefix("code ")


async def test_a_code_of_six_digits_is_sent_and_lets_the_party_in_once(party, connect, owner):
    assert await asked(connect)
    code = await sent(owner)
    assert len(code) == 6
    assert code.isdigit()
    assert await use_code(connect, CASE, f" {code} ") == Follower(CASE, party)
    assert await use_code(connect, CASE, code) is None


async def test_a_code_goes_to_the_registered_telephone_alone(party, connect, owner):
    assert await asked(connect, phone="13800000000")
    assert await owner.fetchval("SELECT party FROM outbox_message") == party
    assert not await asked(connect, phone="13900000000")
    assert not await asked(connect, phone="no digits")


@pytest.mark.parametrize("case_no", ["O20991231-99999", "", "\x00", "\ud800"])
async def test_nothing_is_sent_for_a_case_that_is_not_there(party, connect, case_no):
    assert not await asked(connect, case_no)
    assert await use_code(connect, case_no, "123456") is None


async def test_the_database_keeps_a_code_only_until_it_is_sent(party, connect, owner):
    await asked(connect)
    code = await sent(owner)
    assert code not in (await owner.fetchval("SELECT hash FROM one_time_code"))
    await owner.execute("UPDATE outbox_message SET expires_at = now()")
    await asked(connect)
    assert await owner.fetchval("SELECT count(*) FROM outbox_message") == 1


async def test_a_code_bears_five_tries(party, connect, owner):
    await asked(connect)
    code = await sent(owner)
    for _ in range(5):
        assert await use_code(connect, CASE, "not it") is None
    assert await use_code(connect, CASE, code) is None


async def test_a_code_is_good_for_ten_minutes(party, connect, owner):
    await asked(connect)
    left = await owner.fetchval("SELECT expires_at - now() FROM one_time_code")
    assert timedelta(minutes=9) < left <= timedelta(minutes=10)
    await owner.execute("UPDATE one_time_code SET expires_at = now()")
    assert await use_code(connect, CASE, await sent(owner)) is None


async def test_the_latest_code_is_the_one_that_holds(party, connect, owner):
    await asked(connect)
    first = await sent(owner)
    await asked(connect)
    second = await sent(owner)
    if first != second:
        assert await use_code(connect, CASE, first) is None
    assert await use_code(connect, CASE, second) is not None


async def test_nobodys_telephone_rings_all_night(party, connect):
    found = [await asked(connect) for _ in range(MOST_CODES + 1)]
    assert found == [True] * MOST_CODES + [False]


async def test_a_link_leads_its_party_to_its_case(party, door, owner):
    token = await follow_link(door, CASE, Party(party))
    assert await follower(door, token) == Follower(CASE, Party(party))
    assert len(token) >= 22  # 128 bits
    assert token not in await owner.fetchval("SELECT l::text FROM follow_link l")


@pytest.mark.parametrize("token", ["", "guess", "\x00", "\ud800"])
async def test_a_made_up_link_leads_nowhere(party, door, token):
    assert await follower(door, token) is None


async def test_links_can_be_taken_back(party, door):
    token = await follow_link(door, CASE, Party(party))
    assert await residents.revoke_links(door, CASE) == 1
    assert await follower(door, token) is None
