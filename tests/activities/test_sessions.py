"""A session lasts as long as somebody is there, opens what its account opens, and ends when told to."""

from datetime import timedelta

import pytest

from activities import residents, sessions
from activities.accounts import Account, load_accounts
from activities.sessions import Beginning, Lifetime, Step, Way
from domain.vocabulary import CaseNo, Party, Role, Unit

WU = Account("a-wu", "吴师傅", Role.HANDLER, Unit("yunhe/water"))
ZHENG = Account("r-zheng", "郑", Role.RESIDENT)
STAFF = Lifetime(timedelta(minutes=15), timedelta(hours=12))


def of_wu(step=Step.OPEN, **more):
    return Beginning("a-wu", Way.PASSWORD, step, STAFF, **more)


def of_party(party, way=Way.LINK, case_no="O20261121-00012"):
    return Beginning(party, way, Step.OPEN, STAFF, CaseNo(case_no))


@pytest.fixture(autouse=True)
async def people(owner):
    await owner.execute("DELETE FROM session")
    await load_accounts(owner, [WU, ZHENG])


async def test_a_session_speaks_for_its_account(door):
    found = await sessions.find(door, await sessions.begin(door, of_wu(device="Firefox")))
    assert found.holder.actor == WU.actor
    assert (found.step, found.device, found.case_no) == (Step.OPEN, "Firefox", None)


async def test_the_database_never_learns_a_token(door, owner):
    token = await sessions.begin(door, of_wu())
    assert token not in await owner.fetchval("SELECT s::text FROM session s")
    assert len(token) > 40


@pytest.mark.parametrize("token", ["", "guess", "\x00", "\ud800", "令牌"])
async def test_an_unknown_token_opens_nothing(door, token):
    assert await sessions.find(door, token) is None


async def test_staff_are_signed_out_after_a_quarter_of_an_hour_without_a_request(door, owner):
    token = await sessions.begin(door, of_wu())
    await owner.execute("UPDATE session SET seen_at = now() - interval '14 minutes 50 seconds'")
    assert await sessions.find(door, token)
    await owner.execute("UPDATE session SET seen_at = now() - interval '15 minutes'")
    assert await sessions.find(door, token) is None


async def test_a_request_is_a_sign_of_life_and_what_a_page_fetches_by_itself_is_not(door, owner):
    token = await sessions.begin(door, of_wu())
    await owner.execute("UPDATE session SET seen_at = now() - interval '10 minutes'")
    await sessions.find(door, token, touch=False)
    idle = "SELECT now() - seen_at FROM session"
    assert await owner.fetchval(idle) > timedelta(minutes=9)
    await sessions.find(door, token)
    assert await owner.fetchval(idle) < timedelta(minutes=1)


async def test_no_session_outlives_its_day_however_busy(door, owner):
    token = await sessions.begin(door, of_wu())
    await owner.execute("UPDATE session SET expires_at = now()")
    assert await sessions.find(door, token) is None


async def test_a_session_ends_with_its_account(door, owner):
    token = await sessions.begin(door, of_wu())
    await owner.execute("UPDATE account SET valid_to = now() WHERE id = 'a-wu'")
    assert await sessions.find(door, token) is None


async def test_each_step_goes_on_under_a_new_token(door):
    first = await sessions.begin(door, of_wu(Step.SECOND_FACTOR))
    second = await sessions.move(door, first, Step.OPEN, second_factor=True)
    assert await sessions.find(door, first) is None
    found = await sessions.find(door, second)
    assert (found.step, found.second_factor) == (Step.OPEN, True)
    assert await sessions.move(door, first, Step.OPEN) is None


async def test_going_on_does_not_make_a_session_last_longer(door, owner):
    token = await sessions.begin(door, of_wu(Step.SECOND_FACTOR))
    await owner.execute("UPDATE session SET expires_at = now() + interval '1 minute'")
    await sessions.move(door, token, Step.OPEN)
    assert await owner.fetchval("SELECT max(expires_at) - now() FROM session") <= timedelta(minutes=1)


async def test_sessions_are_listed_and_ended_by_their_owner_alone(door):
    token = await sessions.begin(door, of_wu(device="telephone"))
    (one,) = await sessions.listed(door, "a-wu")
    assert one.device == "telephone"
    assert await sessions.revoke(door, one.id, "r-zheng", of="r-zheng") is None
    assert await sessions.find(door, token)
    assert await sessions.revoke(door, one.id, "a-wu", of="a-wu") == "a-wu"
    assert await sessions.find(door, token) is None
    assert await sessions.listed(door, "a-wu") == []
    assert await sessions.revoke(door, one.id, "a-wu") is None


@pytest.mark.parametrize("number", [0, -1, 2**63, 2**80])
async def test_there_is_no_session_of_an_odd_number(door, number):
    assert await sessions.revoke(door, number, "a-wu") is None


async def test_all_sessions_end_but_the_one_at_hand(door):
    tokens = [await sessions.begin(door, of_wu()) for _ in range(3)]
    here = await sessions.find(door, tokens[1])
    assert await sessions.revoke_all(door, "a-wu", "s-admin", but=here.id) == 2
    assert [bool(await sessions.find(door, each)) for each in tokens] == [False, True, False]


async def test_a_party_without_an_account_acts_as_a_resident_within_its_case(door):
    token = await sessions.begin(door, of_party("O20261121-00012.1"))
    found = await sessions.find(door, token)
    assert found.holder.actor.party == Party("O20261121-00012.1")
    assert (found.holder.role, found.case_no) == (Role.RESIDENT, "O20261121-00012")


async def test_a_link_never_opens_the_account_of_staff(door):
    """A case number and a party could be made up; what they name must be nobody who works here."""
    token = await sessions.begin(door, of_party("a-wu"))
    assert await sessions.find(door, token) is None


async def test_long_ended_sessions_are_forgotten(door, owner):
    await sessions.begin(door, of_wu())
    await owner.execute("UPDATE session SET expires_at = now() - interval '31 days'")
    await sessions.sweep(door)
    assert await owner.fetchval("SELECT count(*) FROM session") == 0


def test_visitors_are_told_apart():
    found = {residents.new_visitor() for _ in range(100)}
    assert len(found) == 100
