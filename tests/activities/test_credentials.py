"""Who guesses is stopped, for as long as the rule says; nobody learns which names there are."""

import asyncio
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import asyncpg
import pyotp
import pytest
from argon2 import PasswordHasher

from activities import credentials, second_factor
from activities.accounts import Account, load_accounts
from activities.credentials import (
    Credential,
    Failed,
    LoginTaken,
    Weakness,
    WeakPassword,
    check_password,
    credential,
    matches_current,
    set_password,
    weakness,
)
from activities.safe import Safe
from activities.settings import Role as Login
from domain.vocabulary import Role, Unit

WU = Account("a-wu", "吴师傅", Role.HANDLER, Unit("yunhe/water"))
GOOD = "漏水就报修-2026"
BAD = "不是这个口令-2026"


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch):
    """Hashes of a millisecond; the library's own cost is tested by itself."""
    quick = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    monkeypatch.setattr(credentials, "_HASHER", quick)
    monkeypatch.setattr(credentials, "_NOBODYS", quick.hash("nobody"))


@pytest.fixture
async def pool(database):
    async with asyncpg.create_pool(database.url(Login.DOOR), min_size=1, max_size=4) as pool:
        yield pool


@pytest.fixture
def connect(pool):
    """What the door lends."""

    @asynccontextmanager
    async def lend():
        async with pool.acquire() as connection:
            yield connection

    return lend


@pytest.fixture
async def wu(owner, door):
    await load_accounts(owner, [WU])
    await owner.execute("DELETE FROM recovery_code")
    await owner.execute("DELETE FROM credential")
    await set_password(door, WU.id, GOOD, login="Wu.Shifu")
    return WU.id


async def failures(owner):
    return await owner.fetchval("SELECT failures FROM credential WHERE account = 'a-wu'")


async def test_a_password_lets_its_account_in_whatever_the_case_and_width_of_the_name(wu, connect):
    for name in ("wu.shifu", " WU.SHIFU ", "ｗｕ.shifu"):
        assert await check_password(connect, name, GOOD) == Credential(wu, "wu.shifu", False, False)


async def test_the_database_never_learns_a_password(wu, owner):
    row = await owner.fetchrow("SELECT c::text AS whole FROM credential c")
    assert GOOD not in row["whole"]
    assert "argon2id" in row["whole"]


async def test_five_failures_lock_a_name_even_for_the_right_password(wu, connect):
    found = [await check_password(connect, "wu.shifu", BAD) for _ in range(5)]
    assert [each.locked for each in found] == [False] * 4 + [True]
    assert await check_password(connect, "wu.shifu", GOOD) == Failed(wu, locked=False)


async def test_a_lock_ends_after_a_quarter_of_an_hour(wu, connect, owner):
    for _ in range(5):
        await check_password(connect, "wu.shifu", BAD)
    lasts = await owner.fetchval("SELECT locked_until - now() FROM credential")
    assert timedelta(minutes=14) < lasts <= timedelta(minutes=15)
    await owner.execute("UPDATE credential SET locked_until = now(), failed_at = now() - interval '15 min'")
    assert isinstance(await check_password(connect, "wu.shifu", GOOD), Credential)


async def test_failures_a_quarter_of_an_hour_apart_do_not_add_up(wu, connect, owner):
    for _ in range(4):
        await check_password(connect, "wu.shifu", BAD)
    await owner.execute("UPDATE credential SET failed_at = now() - interval '16 minutes'")
    assert await check_password(connect, "wu.shifu", BAD) == Failed(wu, locked=False)
    assert await failures(owner) == 1


async def test_the_right_password_forgets_earlier_failures(wu, connect, owner):
    for _ in range(4):
        await check_password(connect, "wu.shifu", BAD)
    await check_password(connect, "wu.shifu", GOOD)
    assert await failures(owner) == 0


async def test_guesses_sent_all_at_once_are_counted_one_by_one(wu, connect, owner):
    found = await asyncio.gather(*(check_password(connect, "wu.shifu", BAD) for _ in range(12)))
    assert sum(each.locked for each in found) == 1
    assert await failures(owner) == 5


@pytest.mark.parametrize("name", ["nobody", "", "\x00", "\ud800", "x" * 5_000, "wu.shifu' OR true --"])
async def test_an_unknown_name_is_refused_like_any_other(wu, connect, name):
    assert await check_password(connect, name, GOOD) == Failed(None, locked=False)


@pytest.mark.parametrize("password", ["", "\x00", "\ud800", "x" * 100_000])
async def test_an_odd_password_is_refused_and_no_mistake(wu, connect, password):
    assert await check_password(connect, "wu.shifu", password) == Failed(wu, locked=False)


async def test_an_unknown_name_is_hashed_for_as_well(wu, connect, monkeypatch):
    """Otherwise the time an answer takes would tell which names there are."""
    verified = []
    real = credentials._verify
    monkeypatch.setattr(credentials, "_verify", lambda *args: (verified.append(1), real(*args))[1])
    for name in ("nobody", "wu.shifu"):
        await check_password(connect, name, BAD)
    assert len(verified) == 2


async def test_an_account_that_has_ended_gets_in_no_more(wu, connect, owner):
    await owner.execute("UPDATE account SET valid_to = now() WHERE id = 'a-wu'")
    assert await check_password(connect, "wu.shifu", GOOD) == Failed(wu, locked=False)
    await owner.execute("UPDATE account SET valid_to = NULL WHERE id = 'a-wu'")


async def test_a_one_time_password_must_be_changed_and_lapses_after_a_day(wu, connect, door, owner):
    await set_password(door, wu, GOOD + "x", once=True)
    assert (await check_password(connect, "wu.shifu", GOOD + "x")).must_change
    await owner.execute("UPDATE credential SET password_until = now()")
    assert await check_password(connect, "wu.shifu", GOOD + "x") == Failed(wu, locked=False)


async def test_a_cheaper_hash_is_renewed_at_the_next_sign_in(wu, connect, owner):
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(GOOD)
    await owner.execute("UPDATE credential SET password = $1", cheap)
    assert isinstance(await check_password(connect, "wu.shifu", GOOD), Credential)
    assert await owner.fetchval("SELECT password FROM credential") != cheap
    assert isinstance(await check_password(connect, "wu.shifu", GOOD), Credential)


async def test_asking_for_the_present_password_counts_failures_too(wu, connect, owner):
    assert not await matches_current(connect, wu, BAD)
    assert await failures(owner) == 1
    assert await matches_current(connect, wu, GOOD)
    assert await failures(owner) == 0


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", Weakness.TOO_SHORT),
        ("a" * 129, Weakness.TOO_LONG),
        ("aaaabbbbaaaa", Weakness.TOO_PLAIN),
        ("my-Wu.Shifu-1", Weakness.HAS_NAME),
        (GOOD, None),
        ("correct horse battery", None),
    ],
)
def test_a_password_is_long_and_not_plain(password, why):
    assert weakness(password, "wu.shifu") is why


def test_passwords_handed_over_are_strong_enough():
    found = {credentials.once_password() for _ in range(50)}
    assert len(found) == 50
    assert all(weakness(each, "wu.shifu") is None for each in found)


async def test_a_weak_password_and_a_taken_name_change_nothing(wu, door, owner):
    await load_accounts(owner, [Account("a-li", "李", Role.HANDLER, Unit("yunhe/water"))])
    with pytest.raises(WeakPassword):
        await set_password(door, wu, "short")
    with pytest.raises(LoginTaken):
        await set_password(door, "a-li", GOOD, login="WU.shifu")
    with pytest.raises(LookupError):
        await set_password(door, "a-nobody", GOOD)
    assert await credential(door, "a-li") is None


# -- the second factor --------------------------------------------------------------------------------


@pytest.fixture
async def secret(wu, door):
    """An authenticator that has been taken into use a while ago."""
    new = await second_factor.begin(door, wu)
    code = second_factor.code_at(new.secret, time.time() - 30)
    assert await second_factor.confirm(door, wu, code) is not None
    return new.secret


async def test_an_enrolment_counts_once_a_code_proves_it_arrived(wu, door):
    new = await second_factor.begin(door, wu)
    assert not (await credential(door, wu)).has_second_factor
    assert await second_factor.confirm(door, wu, "000000") is None
    assert await second_factor.pending(door, wu) == new
    codes = await second_factor.confirm(door, wu, pyotp.TOTP(new.secret).now())
    assert len(set(codes)) == 10
    assert (await credential(door, wu)).has_second_factor
    assert await second_factor.pending(door, wu) is None


async def test_the_code_to_scan_is_an_svg_that_needs_no_style(wu, door):
    new = await second_factor.begin(door, wu)
    assert new.uri.startswith("otpauth://totp/")
    assert f"secret={new.secret}" in new.uri
    assert new.svg.startswith("<svg")
    assert "style" not in new.svg


async def test_a_code_is_good_once(secret, wu, door):
    code = pyotp.TOTP(secret).now()
    assert await second_factor.check(door, wu, code)
    assert not await second_factor.check(door, wu, code)


async def test_no_code_before_one_that_was_accepted_is_good(secret, wu, door):
    now = time.time()
    assert await second_factor.check(door, wu, second_factor.code_at(secret, now + 30))
    assert not await second_factor.check(door, wu, second_factor.code_at(secret, now))


async def test_a_telephone_may_be_half_a_minute_off_and_not_more(secret, wu, door):
    now = time.time()
    for wrong in (now - 120, now + 120):
        assert not await second_factor.check(door, wu, second_factor.code_at(secret, wrong))
    assert await second_factor.check(door, wu, second_factor.code_at(secret, now + 30))


async def test_a_second_factor_in_use_is_not_replaced_by_a_new_enrolment(secret, wu, door):
    with pytest.raises(LookupError):
        await second_factor.begin(door, wu)


async def test_a_recovery_code_is_good_once_however_it_is_typed(secret, wu, door, owner):
    codes = await second_factor.new_recovery_codes(door, wu)
    typed = codes[0].upper().replace("-", " ")
    assert await second_factor.check(door, wu, typed)
    assert not await second_factor.check(door, wu, codes[0])
    assert await second_factor.recovery_codes_left(door, wu) == 9
    kept = str([tuple(row) for row in await owner.fetch("SELECT * FROM recovery_code")])
    assert not any(code.replace("-", "") in kept for code in codes)


@pytest.mark.parametrize("code", ["", "000000", "abcd", "\x00", "\ud800", "²²²²²²", "1" * 500])
async def test_odd_codes_are_refused_and_no_mistake(secret, wu, door, code):
    assert not await second_factor.check(door, wu, code)


async def test_a_dropped_second_factor_takes_its_recovery_codes_along(secret, wu, door):
    await second_factor.drop(door, wu)
    assert not (await credential(door, wu)).has_second_factor
    assert await second_factor.recovery_codes_left(door, wu) == 0
    assert not await second_factor.check(door, wu, pyotp.TOTP(secret).now())


async def test_where_a_second_factor_is_owed_the_password_alone_forgets_no_failed_code(
    secret, wu, connect, door, owner
):
    row = await credentials.attempt(door, "wu.shifu")
    assert row["failures"] == 1
    assert (await check_password(connect, "wu.shifu", GOOD)).has_second_factor
    assert await failures(owner) == 1
    assert datetime.now(UTC) > await owner.fetchval("SELECT totp_at FROM credential")


async def test_a_hash_costs_what_the_library_recommends(monkeypatch):
    """64 MiB, three passes: RFC 9106's second choice, argon2-cffi's default."""
    monkeypatch.setattr(credentials, "_HASHER", PasswordHasher())
    assert "$m=65536,t=3,p=4$" in await credentials.hashed(GOOD)


# -- sealed secrets ------------------------------------------------------------------------------------

_KEPT = "SELECT totp_secret FROM credential WHERE account = $1"


async def test_with_a_key_the_database_never_holds_the_secret(wu, door, owner):
    safe = Safe(bytes(32))
    new = await second_factor.begin(door, wu, safe)
    assert new.secret not in await owner.fetchval(_KEPT, wu)
    assert await second_factor.pending(door, wu, safe) == new
    assert await second_factor.confirm(door, wu, second_factor.code_at(new.secret), safe) is not None
    later = second_factor.code_at(new.secret, time.time() + 30)
    assert await second_factor.check(door, wu, later, safe)


async def test_a_secret_from_before_there_was_a_key_is_sealed_when_it_is_used(secret, wu, door, owner):
    safe = Safe(bytes(32))
    assert await owner.fetchval(_KEPT, wu) == secret
    assert not await second_factor.check(door, wu, "000000", safe)
    assert await owner.fetchval(_KEPT, wu) == secret
    assert await second_factor.check(door, wu, second_factor.code_at(secret), safe)
    kept = await owner.fetchval(_KEPT, wu)
    assert safe.open(kept, wu) == secret != kept
    assert await second_factor.check(door, wu, second_factor.code_at(secret, time.time() + 30), safe)
