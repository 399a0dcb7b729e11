"""Words beside the ledger: committed to, found, erased for good, swept when nothing refers to them."""

from dataclasses import replace
from datetime import timedelta

import asyncpg
import pytest
from ledger_stories import HANDLER, OFFICES, Story, tell

from activities.commitments import ContentKind, commit, new_salt, references
from activities.content import Hit, Words, erase, find, get, put, put_party, sweep
from activities.grams import EmptyQuery
from activities.settings import Role as Login
from domain.acts import petition, whistle
from domain.events import Acted, CaseOpened, Noted
from domain.openings import OrderOpening
from domain.vocabulary import Note, Party, Service, Share, Unit


async def kept(door, body, kind=ContentKind.TEXT):
    (commitment,) = await put(door, [Words(kind, body)], "a-chen")
    return commitment


def opening(title, text):
    return OrderOpening(OFFICES, "city.water.leak", title, text, Party("p-lin"))


async def file_case(ledger, door, case_no, title, text):
    """A case with words, as the door and the worker would write it."""
    commitments = await kept(door, title), await kept(door, text)
    await tell(ledger, Story(case_no, opening(*commitments)))
    return commitments


async def age(database, commitment, by):
    superuser = await database.connect()
    await superuser.execute(
        "UPDATE content SET created_at = created_at - $2::interval WHERE commitment = $1", commitment, by
    )
    await superuser.close()


async def test_words_come_back_as_they_were_and_hold_to_their_commitment(door):
    commitment = await kept(door, "五楼水管爆裂，\n水漫到三楼 'O''Neil' 😀")
    found = (await get(door, [commitment, "c1:unknown"]))[commitment]
    assert found.body == "五楼水管爆裂，\n水漫到三楼 'O''Neil' 😀"
    assert found.holds
    assert not replace(found, body="五楼").holds
    assert (found.kind, found.account, found.erased) == (ContentKind.TEXT, "a-chen", None)


async def test_equal_words_have_commitments_that_nobody_can_tell_are_equal(door):
    assert await kept(door, "张三", ContentKind.NAME) != await kept(door, "张三", ContentKind.NAME)


def test_a_commitment_depends_on_salt_kind_and_every_boundary():
    salt = b"0" * 16
    assert commit(ContentKind.TEXT, "", salt) == commit(ContentKind.TEXT, "", salt)
    different = {
        commit(ContentKind.TEXT, "ab", salt),
        commit(ContentKind.NAME, "ab", salt),
        commit(ContentKind.TEXT, "a", salt + b"b"),
        commit(ContentKind.TEXT, "b", salt + b"a"),
        commit(ContentKind.TEXT, "ab", b"1" * 16),
    }
    assert len(different) == 5
    assert all(each.startswith("c1:") and len(each) == 55 for each in different)
    assert len(new_salt()) == 16


async def test_a_nul_character_is_refused_before_anything_is_kept(door, owner):
    before = await owner.fetchval("SELECT count(*) FROM content")
    with pytest.raises(ValueError, match="NUL"):
        await put(door, [Words(ContentKind.TEXT, "good"), Words(ContentKind.TEXT, "a\x00b")], "a-chen")
    assert await owner.fetchval("SELECT count(*) FROM content") == before


async def test_a_pseudonym_stays_the_person_it_first_was(door, owner):
    await put_party(door, Party("p-lin"), "a-chen", name="林一", phone="13800000000")
    await put_party(door, Party("p-lin"), "a-chen", name="林二")
    row = await owner.fetchrow("SELECT * FROM party WHERE party_id = 'p-lin'")
    assert (await get(door, [row["name"]]))[row["name"]].body == "林一"
    assert row["address"] is None


async def test_erased_words_leave_when_who_and_why_and_nothing_else(ledger, door, owner, database):
    title, text = await file_case(ledger, door, "O1", "井盖松动", "学校门口的井盖松动")
    assert len(await find(door, "井盖", 10)) == 1
    async with asyncpg.create_pool(database.url(Login.LEDGER), min_size=1) as worker, worker.acquire() as own:
        assert await erase(own, text, "a-adm", "《个人信息保护法》第47条") is True
        assert await erase(own, text, "a-adm", "again") is False
        await erase(own, title, "a-adm", "《个人信息保护法》第47条")
    found = (await get(door, [text]))[text]
    assert (found.body, found.salt, found.holds) == (None, None, True)
    assert (found.erased.who, found.erased.basis) == ("a-adm", "《个人信息保护法》第47条")
    assert await find(door, "井盖", 10) == []
    assert await owner.fetchval("SELECT grams FROM content WHERE commitment = $1", text) is None


async def test_content_that_no_event_refers_to_is_swept_after_an_hour(ledger, door, owner, database, pool):
    orphan, young = await kept(door, "没有下文"), await kept(door, "刚刚写下")
    referred, _ = await file_case(ledger, door, "O2", "有下文", "有下文")
    await put_party(door, Party("p-old"), "a-chen", name="旧人", phone="1", address="街")
    names = await owner.fetchrow("SELECT name, phone, address FROM party WHERE party_id = 'p-old'")
    for commitment in (orphan, referred, *names):
        await age(database, commitment, timedelta(minutes=61))
    assert await sweep(pool) == 1
    left = await get(door, [orphan, young, referred, *names])
    assert set(left) == {young, referred, *names}


async def test_nobody_can_have_content_swept_before_its_hour(door, pool):
    young = await kept(door, "还有一小时")
    await sweep(pool, timedelta(0))
    assert young in await get(door, [young])


def test_references_are_found_wherever_an_act_holds_them():
    lines = (
        petition.OrderLine(Unit("a"), Share.LEAD, "c1:one"),
        petition.OrderLine(Unit("b"), Share.CO_HANDLER, "c1:two", True, Service.ORDER),
    )
    assert references(Acted(petition.Split(lines), HANDLER, "1")) == ("c1:one", "c1:two")
    task = whistle.Task(Unit("a"), Share.LEAD, "c1:task")
    assert references(Acted(whistle.FixTasks((task,)), HANDLER, "1")) == ("c1:task",)
    assert references(Acted(whistle.Blow((Unit("a"),)), HANDLER, "1")) == ()
    assert references(Acted(whistle.Blow((Unit("a"),), "c1:place"), HANDLER, "1")) == ("c1:place",)
    opened = Story("X", opening("c1:same", "c1:same")).events[0].fact
    assert isinstance(opened, CaseOpened)
    assert references(opened) == ("c1:same",)
    assert references(Noted(Note.FINAL, about="c1:not-content")) == ()


async def test_hits_come_in_pages_the_latest_case_first(ledger, door):
    for n in range(5):
        await file_case(ledger, door, f"O3{n}", "噪音扰民", f"第{n}次半夜施工")
    first = await find(door, "噪音", 2)
    rest = await find(door, "噪音", 10, after=first[-1])
    found = [hit.case_no for hit in (*first, *rest)]
    assert found == ["O34", "O33", "O32", "O31", "O30"]
    assert isinstance(first[0], Hit)


async def test_a_query_of_nothing_is_refused(door):
    with pytest.raises(EmptyQuery, match="请输入"):
        await find(door, " ，。!", 10)
