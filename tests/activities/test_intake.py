"""A case gets one number for one idempotency key, however often and from wherever it is asked for."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from activities.intake import KeyReused, fingerprint, take_number
from activities.settings import Role as Login
from domain.vocabulary import CaseKind

AT = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # past midnight in China
ASKED = fingerprint({"matter": "city.water.leak"})


async def test_a_number_names_kind_date_in_china_and_place(door):
    for kind, letter in zip(CaseKind, "MPWO", strict=True):
        taken = await take_number(door, "a", f"k-{kind}", ASKED, kind, AT)
        assert (taken.case_no, taken.fresh) == (f"{letter}20261124-00001", True)


async def test_drill_cases_have_numbers_of_their_own(door):
    taken = await take_number(door, "a", "k-drill", ASKED, CaseKind.ORDER, AT, drill=True)
    assert taken.case_no == "XO20261124-00001"


async def test_the_same_key_gives_the_same_number(door):
    first = await take_number(door, "a", "same", ASKED, CaseKind.ORDER, AT)
    again = await take_number(door, "a", "same", ASKED, CaseKind.ORDER, AT.replace(hour=18))
    assert (again.case_no, again.at, again.fresh) == (first.case_no, AT, False)
    following = await take_number(door, "a", "another", ASKED, CaseKind.ORDER, AT)
    assert int(following.case_no[-5:]) == int(first.case_no[-5:]) + 1


async def test_the_same_key_of_another_account_is_another_case(door):
    one = await take_number(door, "a", "shared", ASKED, CaseKind.ORDER, AT)
    other = await take_number(door, "b", "shared", ASKED, CaseKind.ORDER, AT)
    assert one.case_no != other.case_no


async def test_a_key_used_for_another_request_is_refused(door):
    await take_number(door, "a", "reused", ASKED, CaseKind.ORDER, AT)
    with pytest.raises(KeyReused, match="reused"):
        await take_number(door, "a", "reused", fingerprint({"matter": "other"}), CaseKind.ORDER, AT)


async def test_one_key_from_many_places_at_once_is_one_case(database):
    async with asyncpg.create_pool(database.url(Login.DOOR), min_size=8, max_size=8) as pool:
        taken = await asyncio.gather(
            *(take_number(pool, "a", "at-once", ASKED, CaseKind.ORDER, AT) for _ in range(24))
        )
    assert len({each.case_no for each in taken}) == 1
    assert sum(each.fresh for each in taken) == 1


async def test_the_hundred_thousandth_case_still_gets_a_number(door, owner):
    await owner.execute("SELECT setval('number_whistle', 99999)")
    taken = await take_number(door, "a", "late", ASKED, CaseKind.WHISTLE, AT)
    assert taken.case_no == "W20261124-100000"


def test_a_fingerprint_does_not_depend_on_layout():
    assert fingerprint({"a": 1, "b": 2.0}) == fingerprint({"b": 2, "a": 1})
    assert fingerprint({"a": 1}) != fingerprint({"a": 2})
