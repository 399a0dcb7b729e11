"""Search: two-character Chinese words are found by the index, and what is found really has the words."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from activities.commitments import ContentKind
from activities.content import _PUT, Words, _row
from activities.grams import EmptyQuery, grams, matches, query

ROWS = 20_000
CONDITION = matches("grams", "body", "$1", "$2")
SAID = "张三家水管爆裂，漏水严重；联系 WiFi-５G 服务商，电话１３８００００。停水"
FIND = f"SELECT body FROM content WHERE {CONDITION}"


def test_a_text_is_indexed_by_pairs_words_and_the_last_of_each_run():
    assert grams("漏水了 WiFi５G") == ["漏水", "水了", "了", "wifi5g"]
    assert grams("街") == ["街"]
    assert grams("，。 !") == []


@pytest.mark.parametrize("alphabet", ["一二三四五六七八九十百千万亿兆京垓秭穰沟", "abcdefghijklmnopqrst"])
async def test_a_very_long_text_is_indexed_as_far_as_a_row_can_hold(owner, alphabet):
    dice = random.Random(1)
    letters = [
        chr(ord(each) + shift) for each in alphabet for shift in range(0, 4000 if each > "z" else 1, 20)
    ]
    text = " ".join("".join(dice.choices(letters, k=60)) for _ in range(30_000))
    terms = grams(text)
    assert 900_000 < sum(len(term.encode()) for term in terms) <= 1_000_000
    assert await owner.fetchval("SELECT length(array_to_tsvector($1::text[]))", terms) == len(terms)


def test_a_longer_phrase_is_found_by_its_pairs_and_looked_at_again():
    assert query("水管爆裂") == query(" 水管爆裂 ")
    assert query("水管爆裂").tsquery == "'水管' & '管爆' & '爆裂'"
    assert query("水管爆裂").phrases == ("水管爆裂",)
    assert query("水管 爆裂").phrases == ()


def test_one_character_is_found_as_the_beginning_of_a_pair():
    assert query("水").tsquery == "'水':*"


@pytest.mark.parametrize("text", ["", "  ", "，。", "'&|!():*"])
def test_a_query_without_a_word_is_refused(text):
    with pytest.raises(EmptyQuery):
        query(text)


@pytest.fixture(scope="module")
async def filled(database):
    """Twenty thousand texts, three of which say something about a pipe."""
    superuser = await database.connect()
    texts = [f"第{n}号来信：路面破损{n % 97}处，请尽快修补" for n in range(ROWS)]
    texts += [SAID, "水管在左，爆裂在右", "管爆了，但爆裂的不是水管"]
    await superuser.executemany(_PUT, [_row(Words(ContentKind.TEXT, text), "a") for text in texts])
    await superuser.execute("ANALYZE content")
    yield superuser
    await superuser.close()


async def found(connection, text):
    asked = query(text)
    rows = await connection.fetch(FIND, asked.tsquery, list(asked.phrases))
    return [row["body"] for row in rows]


async def plan(connection, text):
    asked = query(text)
    explained = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {FIND}", asked.tsquery, list(asked.phrases))
    return json.dumps(explained)


@pytest.mark.parametrize("text", ["水管", "漏水", "水管爆裂", "爆裂 漏水", "裂", "wifi", "130 水管"])
async def test_words_are_found_by_index_and_not_by_scan(filled, text):
    explained = await plan(filled, text)
    assert "content_by_grams" in explained
    assert "Seq Scan" not in explained.replace("Function Scan", "")


@pytest.mark.parametrize(
    ("text", "hits"),
    [("水管", 3), ("水管爆裂", 1), ("水管 爆裂", 3), ("停水", 1), ("水", 3), ("wifi", 1), ("ＷＩＦＩ", 1),
     ("5g", 1), ("1380000", 1), ("漏 停", 1), ("不存在", 0), ("第19999号", 1)],
)  # fmt: skip
async def test_what_is_found_has_the_words(filled, text, hits):
    assert len(await found(filled, text)) == hits


@given(st.text("水管爆裂漏了街a5 ，", min_size=1, max_size=14), st.data())
def test_every_part_of_a_text_finds_it(text, data):
    """Of any piece of Chinese in a text, the index terms it asks for are among those of the text."""
    first = data.draw(st.integers(0, len(text) - 1))
    piece = data.draw(st.sampled_from([text[first : first + size] for size in range(1, 7)]))
    if not any("\u4e00" <= each <= "\u9fff" for each in piece) or set(piece) & set("a5"):
        return
    terms = grams(text)
    for term in query(piece).tsquery.split(" & "):
        wanted = term.strip("':*")
        assert wanted in terms or (term.endswith(":*") and any(t.startswith(wanted) for t in terms))
