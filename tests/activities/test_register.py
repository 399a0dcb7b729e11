"""The register: what each event changes, the same however the events were cut, and the same when rebuilt."""

import random

import pytest
from ledger_stories import (
    COMMUNITY,
    HANDLER,
    NINE,
    RESIDENT,
    ROADS,
    STORIES,
    TOWN,
    WATER,
    Story,
    cut_at_random,
    mediation_story,
    merged_story,
    order_story,
    petition_story,
    tell,
    whistle_story,
)

from activities.rebuild import Rebuilt, rebuild
from activities.register import changes
from activities.rows import PARAMETERS, rows_of
from domain.acts import base, order
from domain.duties import DutyKind
from domain.events import FACTS, DutyFulfilled
from domain.vocabulary import Service, Unit

TABLES = ("case_register", "duty_register", "link_register", "rating_register", "content_ref")


async def case(owner, case_no):
    return dict(await owner.fetchrow("SELECT * FROM case_register WHERE case_no = $1", case_no))


async def dump(owner):
    """Every row of the register, in one order."""
    return {
        table: [tuple(row) for row in await owner.fetch(f"SELECT * FROM {table} t ORDER BY t")]
        for table in TABLES
    }


async def test_a_case_row_says_where_the_case_stands(ledger, owner):
    story = order_story("O1")
    await tell(ledger, story, 4, 8)
    row = await case(owner, "O1")
    expected = {
        "kind": "order", "stage": "closed", "level": "", "matter": "city.water.burst", "community": COMMUNITY,
        "town": TOWN, "city": "yunhe", "service": "urgent", "unit": WATER, "lead": WATER, "outcome": "done",
        "opened_at": NINE, "rulebook": "rules", "calendar": "days", "drill": False, "title": "c1:title",
        "body": "c1:text", "opener": "p-lin", "parties": ["p-lin"], "resolved": False, "breaches": 1,
        "extensions": 1, "send_backs": 1, "returns": 0, "escalations": 0, "last_seq": len(story.events),
        "units": sorted((COMMUNITY, TOWN, WATER)), "confidential": False,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert row["closed_at"] == row["last_at"] == story.events[-1].at


async def test_a_case_is_responded_to_when_an_office_first_meets_a_duty_of_its_own(ledger, owner):
    story = Story("O2").act(RESIDENT, base.Supplement("c1:more")).act(HANDLER, base.Urge())
    review = story.duty(DutyKind.ORDER_REVIEW, COMMUNITY)
    story.act(HANDLER, order.Accept(), review)
    first = story.events[-1].at
    story.act(HANDLER, order.Accept(), review)
    await tell(ledger, story, 2, 5)
    assert (await case(owner, "O2"))["responded_at"] == first


async def test_a_duty_row_follows_its_duty(ledger, owner):
    story = order_story("O3")
    await tell(ledger, story, 7, 9)
    review, handle = await owner.fetch("SELECT * FROM duty_register WHERE case_no = 'O3' ORDER BY number")
    assert (review["status"], review["owner_unit"], review["owner_roles"], review["breached_at"]) == (
        "fulfilled", COMMUNITY, ["handler", "unit_head"], None,
    )  # fmt: skip
    assert (handle["mark"], handle["provisional"], handle["extended_days"]) == ("reminded", True, 6)
    assert handle["breached_at"] < handle["settled_at"] < handle["legal_due"]


async def test_open_duties_show_the_matter_their_case_has_now(ledger, owner):
    story = Story("O4")
    review = story.duty(DutyKind.ORDER_REVIEW, COMMUNITY)
    story.act(HANDLER, order.AcceptNeed(Service.ORDER, "city.water.burst"), review)
    await tell(ledger, story, 2)
    row = await owner.fetchrow("SELECT * FROM duty_register WHERE case_no = 'O4'")
    assert (row["matter"], row["community"], row["case_kind"], row["drill"]) == (
        "city.water.burst", COMMUNITY, "order", False,
    )  # fmt: skip


async def test_an_accusation_is_confidential_and_names_the_accused(ledger, owner):
    await tell(ledger, petition_story("P1"), 3)
    row = await case(owner, "P1")
    assert (row["category"], row["accused"], row["confidential"]) == ("accusation", ROADS, True)


async def test_parts_are_linked_with_what_became_of_them(ledger, owner):
    await tell(ledger, petition_story("P2"), 6)
    lead, waived = await owner.fetch("SELECT * FROM link_register WHERE case_no = 'P2' ORDER BY number")
    assert (lead["number"], lead["share"], lead["outcome"], lead["waived"]) == (
        "P2-01",
        "lead",
        "done",
        False,
    )
    assert (waived["unit"], waived["mandatory"], waived["outcome"], waived["waived"]) == (
        ROADS, False, None, True,
    )  # fmt: skip


async def test_a_paused_duty_runs_again_and_a_window_that_closed_is_no_breach(ledger, owner):
    story = petition_story("P3")
    paused = next(n for n, each in enumerate(story.events, 1) if each.fact.code == "duty_paused")
    first, second = story.requests(paused)
    head = (await ledger.record(first)).head
    sql = "SELECT paused FROM duty_register WHERE case_no = 'P3' AND kind = 'petition.recheck'"
    assert await owner.fetchval(sql) is True
    await ledger.record(second.model_copy(update={"head": head}))
    assert await owner.fetchval(sql) is False
    window = await owner.fetchrow(
        "SELECT * FROM duty_register WHERE case_no = 'P3' AND kind = 'petition.rate'"
    )
    assert (window["status"], window["breached_at"], window["owner_party"]) == ("closed", None, "p-yu")


async def test_a_mediation_shows_level_colour_parent_and_both_sides(ledger, owner):
    await tell(ledger, mediation_story("M1"), 2)
    row = await case(owner, "M1")
    expected = {
        "stage": "mediating", "level": "town", "unit": TOWN, "colour": "yellow", "escalations": 1,
        "parent_no": "P20261123-00009", "link": "mediated-in", "parties": ["p-yuan", "p-kang"],
        "calendar": "cn-2027", "service": None,
    }  # fmt: skip
    assert {name: row[name] for name in expected} == expected
    assert await owner.fetchval("SELECT satisfied FROM rating_register WHERE case_no = 'M1'") is True


async def test_resident_and_community_rate_and_so_do_blower_and_department(ledger, owner):
    await tell(ledger, order_story("O5"))
    await tell(ledger, whistle_story("W1"), 4)
    rows = await owner.fetch(
        "SELECT * FROM rating_register WHERE case_no IN ('O5', 'W1') ORDER BY case_no, seq"
    )
    rated = [
        (row["rater"], row["about"], *(row[d] for d in ("speed", "response", "quality", "need")))
        for row in rows
    ]
    assert rated == [
        ("resident", None, 5, None, None, None),
        ("community", None, 2, None, None, None),
        ("blower", WATER, None, 4, 5, None),
        ("department", None, None, None, None, 3),
    ]
    row = await case(owner, "W1")
    assert (row["whistle"], row["send_backs"]) == ("tough", 1)


async def test_a_merged_order_is_linked_to_its_twin_once(ledger, owner):
    await tell(ledger, merged_story("O6"), 3)
    rows = await owner.fetch("SELECT * FROM link_register WHERE case_no = 'O6'")
    assert [(row["number"], row["link"], row["seq"]) for row in rows] == [
        ("O20261123-09999", "duplicate-of", 3)
    ]
    assert (await case(owner, "O6"))["returns"] == 1


async def test_the_register_is_the_same_however_the_events_were_cut_and_when_it_is_rebuilt(ledger, owner):
    dice = random.Random(20261123)
    stories = [STORIES[n % 5](f"X{n:03d}") for n in range(60)]
    for story in stories:
        await tell(ledger, story, *cut_at_random(story, dice))
    incremental = await dump(owner)
    told = []
    result = await rebuild(owner, lambda done, total: told.append((done, total)))
    assert await dump(owner) == incremental
    events = await owner.fetchval("SELECT count(*) FROM event")
    assert result == Rebuilt(await owner.fetchval("SELECT count(*) FROM case_register"), events)
    assert told[-1] == (events, events)


async def test_a_rebuild_repairs_a_register_that_was_tampered_with(ledger, owner, database):
    await tell(ledger, order_story("O7"))
    before = await dump(owner)
    superuser = await database.connect()
    await superuser.execute("UPDATE duty_register SET breached_at = NULL; DELETE FROM rating_register")
    await superuser.close()
    assert await dump(owner) != before
    await rebuild(owner)
    assert await dump(owner) == before


async def test_columns_are_those_of_the_types_in_the_database(owner):
    types = ("case_register", "case_change", "duty_register", "duty_change", "link_register", "link_change",
             "rating_register", "content_ref")  # fmt: skip
    for name, (_, _, columns) in zip(types, PARAMETERS, strict=True):
        rows = await owner.fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum",
            name,
        )
        assert tuple(row["attname"] for row in rows) == columns


def test_every_kind_of_fact_is_told_in_the_stories_above():
    told = {event.fact.code for story in STORIES for event in story("X").events}
    assert told == set(FACTS)


@pytest.mark.parametrize("story", STORIES)
def test_what_an_event_changes_depends_on_nothing_but_the_event(story):
    events = story("X").events
    alone = [list(changes(event)) for event in reversed(events)]
    assert alone == [list(changes(event)) for event in events][::-1]


def test_a_duty_opened_and_met_in_one_request_is_one_row():
    story = Story("X")
    number = story.duty(DutyKind.ORDER_HANDLE, Unit("yunhe/water"))
    story.add(DutyFulfilled(number))
    rows = rows_of("X", story.events)
    assert [len(each) for each in rows] == [1, 0, 1, 0, 0, 0, 0, 2]
