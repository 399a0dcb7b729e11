"""The chain: canonical JSON by RFC 8785, and every way of changing a ledger is found at its first event."""

import math
import struct
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st
from ledger_stories import STORIES, order_story

from activities.chain import (
    Link,
    canonical,
    columns_of,
    digest,
    event_hash,
    link_of,
    sealed,
    stored_event,
    verify_chain,
)
from domain.calendar import CST
from domain.codec import event_json, instant_text, read_instant

TEXTS = st.text(st.characters(codec="utf-8"), max_size=12)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
)
VALUES = st.recursive(
    SCALARS, lambda each: st.lists(each, max_size=4) | st.dictionaries(TEXTS, each, max_size=4)
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=5)

# RFC 8785, appendix B: IEEE 754 in hex, and what is written
NUMBERS = """
0000000000000000 0
8000000000000000 0
0000000000000001 5e-324
8000000000000001 -5e-324
7fefffffffffffff 1.7976931348623157e+308
ffefffffffffffff -1.7976931348623157e+308
4340000000000000 9007199254740992
c340000000000000 -9007199254740992
4430000000000000 295147905179352830000
44b52d02c7e14af5 9.999999999999997e+22
44b52d02c7e14af6 1e+23
44b52d02c7e14af7 1.0000000000000001e+23
444b1ae4d6e2ef4e 999999999999999700000
444b1ae4d6e2ef4f 999999999999999900000
444b1ae4d6e2ef50 1e+21
3eb0c6f7a0b5ed8c 9.999999999999997e-7
3eb0c6f7a0b5ed8d 0.000001
41b3de4355555553 333333333.3333332
41b3de4355555554 333333333.33333325
41b3de4355555555 333333333.3333333
41b3de4355555556 333333333.3333334
41b3de4355555557 333333333.33333343
becbf647612f3696 -0.0000033333333333333333
43143ff3c1cb0959 1424953923781206.2
"""


@pytest.mark.parametrize("line", NUMBERS.split("\n")[1:-1])
def test_numbers_are_written_as_the_rfc_says(line):
    bits, written = line.split()
    (number,) = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical({"n": number}) == f'{{"n":{written}}}'


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf, 2**53, -(2**53)])
def test_numbers_that_json_cannot_carry_are_refused(number):
    with pytest.raises(ValueError, match=r"."):
        canonical({"n": [number]})


def test_the_rfc_s_example_is_written_as_the_rfc_says():
    given = {
        "numbers": [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": '\u20ac$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    }
    assert canonical(given) == (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_names_are_sorted_by_utf_16_as_the_rfc_says():
    names = ["\u20ac", "\r", "\ufb33", "1", "\U0001f600", "\u0080", "\u00f6"]
    written = canonical(dict.fromkeys(names, 0))
    in_order = ["\r", "1", "\u0080", "\u00f6", "\u20ac", "\U0001f600", "\ufb33"]
    places = [written.index({"\r": "\\r"}.get(name, name)) for name in in_order]
    assert places == sorted(places)


@given(OBJECTS)
def test_the_fast_writer_equals_the_reference(value):
    assert canonical(value).encode() == rfc8785.dumps(value)


@given(OBJECTS, TEXTS, TEXTS, TEXTS, st.integers(1, 9999), st.none() | st.integers(1, 99))
def test_the_sealed_text_is_the_canonical_json_of_the_whole_event(data, kind, rule, case_no, seq, cause):
    event = {"seq": seq, "at": "2026-11-23T09:00:00.000+08:00", "kind": kind, "cause": cause, "rule": rule}
    whole = {"case_no": case_no, "prev": "ab" * 32, **event, "data": data}
    text = sealed(case_no, "ab" * 32, event, canonical(data))
    assert text.encode() == rfc8785.dumps(whole)


@given(OBJECTS, st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1)))
def test_a_stored_event_is_hashed_as_it_was_when_written(data, moment):
    at = moment.replace(microsecond=moment.microsecond // 1000 * 1000, tzinfo=CST)
    event = {"seq": 3, "at": instant_text(at), "kind": "k", "cause": 1, "rule": "《条例》第3条", "data": data}
    row = {**event, "at": read_instant(event["at"]).astimezone(UTC), "data": canonical(data)}
    stored = stored_event(row)
    assert event_hash("O1", "", stored) == event_hash("O1", "", event)
    assert canonical(stored["data"]) == row["data"]


def links(story):
    head = ""
    for event in map(event_json, story.events):
        following = event_hash(story.case_no, head, event).hex()
        yield Link(event, head, following, columns_of(event))
        head = following


@pytest.fixture
def chain():
    return list(links(order_story("O20261123-00001")))


@pytest.mark.parametrize("story", STORIES)
def test_an_untouched_chain_holds(story):
    told = story("O20261123-00001")
    assert verify_chain(told.case_no, links(told)) is None


def test_the_chain_of_another_case_does_not_hold(chain):
    assert verify_chain("O20261123-00002", chain).what == "hash"


def test_an_altered_event_is_named(chain):
    forged = {**chain[4].event, "rule": "another"}
    chain[4] = replace(chain[4], event=forged)
    found = verify_chain("O20261123-00001", chain)
    assert (found.seq, found.what, found.found) == (5, "hash", chain[4].hash)


def test_an_event_altered_with_its_hash_breaks_the_next(chain):
    forged = {**chain[4].event, "rule": "another"}
    chain[4] = replace(
        chain[4], event=forged, hash=event_hash("O20261123-00001", chain[4].prev, forged).hex()
    )
    found = verify_chain("O20261123-00001", chain)
    assert (found.seq, found.what, found.expected) == (6, "prev", chain[4].hash)


def test_a_missing_event_is_named(chain):
    del chain[6]
    found = verify_chain("O20261123-00001", chain)
    assert (found.seq, found.what, found.expected, found.found) == (7, "seq", "7", "8")


def test_events_that_changed_places_are_found(chain):
    chain[2], chain[3] = chain[3], chain[2]
    assert verify_chain("O20261123-00001", chain).seq == 3


def test_an_actor_altered_beside_the_hashed_text_is_found(chain):
    place = next(n for n, each in enumerate(chain) if each.columns["act"] == "order.complete")
    chain[place] = replace(chain[place], columns={**chain[place].columns, "account": "a-other"})
    found = verify_chain("O20261123-00001", chain)
    assert (found.seq, found.what, found.expected, found.found) == (place + 1, "account", "a-wu", "a-other")


async def test_what_the_ledger_holds_verifies_bit_by_bit(ledger, owner):
    story = order_story("O20261123-00007")
    head = ""
    for request in story.requests(3, 9):
        head = (await ledger.record(request.model_copy(update={"head": head}))).head
    rows = await owner.fetch("SELECT * FROM event WHERE case_no = $1 ORDER BY seq", story.case_no)
    stored = [link_of(row) for row in rows]
    assert [each.event for each in stored] == [
        {**each.event, "data": stored[n].event["data"]} for n, each in enumerate(links(story))
    ]
    assert verify_chain(story.case_no, stored) is None
    assert all(before.hash == after.prev for before, after in pairwise(stored))
    assert digest(sealed(story.case_no, "", stored[0].event, rows[0]["data"])).hex() == stored[0].hash
