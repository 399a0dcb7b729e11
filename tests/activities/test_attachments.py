"""Files are told by what they hold, kept under their hash, found through their case, and gone once erased."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from ledger_stories import RESIDENT, order_story, tell

from activities import attachments, content
from activities.attachments import MediaType, StoreUnreachable, Unfit, UnfitFile, kind_of, open_store
from activities.chain import canonical
from domain.acts import base
from domain.vocabulary import CaseNo

LIMIT = 1_000
PAD = b"\0" * 64
PHOTO = b"\xff\xd8\xff\xe1\x00\x10Exif\x00\0" + PAD
SOUND = b"ID3\x04\0\0" + PAD


@pytest.fixture
def store(tmp_path):
    return open_store(f"file://{tmp_path}/files")


def objects(tmp_path: Path) -> list[str]:
    return [path.name for path in (tmp_path / "files").rglob("*") if path.is_file()]


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00" + PAD, MediaType.JPEG),
        (PHOTO, MediaType.JPEG),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + PAD, MediaType.PNG),
        (b"RIFF\x24\0\0\0WEBPVP8 " + PAD, MediaType.WEBP),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + PAD, MediaType.HEIC),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic" + PAD, MediaType.HEIC),
        (b"%PDF-1.7\n" + PAD, MediaType.PDF),
        (SOUND, MediaType.MP3),
        (b"\xff\xfb\x90\x64" + PAD, MediaType.MP3),
        (b"\xff\xf3\x90\x64" + PAD, MediaType.MP3),
        (b"\0\0\0\x20ftypM4A \0\0\0\0isommp42" + PAD, MediaType.M4A),
        (b"OggS\0\x02" + PAD, MediaType.OGG),
        (b"RIFF\x24\0\0\0WAVEfmt " + PAD, MediaType.WAV),
        (b"<html><script>alert(1)</script>", None),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>', None),
        (b"<svg onload=alert(1)>", None),
        (b"MZ\x90\0\x03" + PAD, None),
        (b"PK\x03\x04" + PAD, None),
        (b"GIF89a" + PAD, None),
        (b"#!/bin/sh\n", None),
        (b"hello", None),
        (b"\0", None),
    ],
)
def test_a_file_is_told_by_its_content_whatever_it_is_called(data, kind):
    assert kind_of(data) is kind


@pytest.mark.parametrize(
    ("data", "why"),
    [(b"", Unfit.EMPTY), (PHOTO + b"x" * LIMIT, Unfit.TOO_LARGE), (b"<html>", Unfit.UNKNOWN_KIND)],
)
async def test_what_is_unfit_leaves_nothing_behind(door, owner, store, tmp_path, data, why):
    with pytest.raises(UnfitFile) as refused:
        await attachments.keep(door, store, data, "a-wu", LIMIT)
    assert refused.value.why is why
    assert objects(tmp_path) == []


async def test_a_file_lies_under_its_hash_and_content_says_only_hash_and_length(door, store, tmp_path):
    kept = await attachments.keep(door, store, PHOTO, "a-wu", LIMIT)
    assert objects(tmp_path) == [kept.sha256]
    said = (await content.get(door, [kept.commitment]))[kept.commitment]
    assert json.loads(said.body) == {"bytes": len(PHOTO), "sha256": kept.sha256}
    assert said.body == canonical(json.loads(said.body))
    assert said.media_type == "image/jpeg"
    assert said.holds
    assert await store.get(kept.sha256) == PHOTO


async def test_the_same_file_twice_is_two_commitments_and_one_object(door, store, tmp_path):
    one, other = [await attachments.keep(door, store, PHOTO, "a-wu", LIMIT) for _ in range(2)]
    assert one.commitment != other.commitment
    assert len(objects(tmp_path)) == 1


async def attached(ledger, *files, case):
    story = order_story(case).act(RESIDENT, base.Attach(tuple(each.commitment for each in files)))
    await tell(ledger, story)


async def test_a_case_shows_the_files_its_events_refer_to_and_no_others(door, ledger, store):
    photo, sound, loose = [
        await attachments.keep(door, store, data, "a-wu", LIMIT) for data in (PHOTO, SOUND, PHOTO)
    ]
    await attached(ledger, photo, sound, case=CaseNo("O8"))
    found = await attachments.of_case(door, CaseNo("O8"))
    assert {each.media_type for each in found} == {MediaType.JPEG, MediaType.MP3}
    assert (await attachments.find(door, CaseNo("O8"), photo.commitment)).sha256 == photo.sha256
    assert await attachments.find(door, CaseNo("O8"), loose.commitment) is None
    assert await attachments.find(door, CaseNo("O-other"), photo.commitment) is None


async def test_only_ones_own_files_of_no_other_case_can_be_attached(door, ledger, store):
    mine, used, theirs = [
        await attachments.keep(door, store, PHOTO, who, LIMIT) for who in ("a-wu", "a-wu", "a-li")
    ]
    await attached(ledger, used, case=CaseNo("O9"))
    asked = [each.commitment for each in (mine, used, theirs)] + ["c1:nothing"]
    assert await attachments.usable(door, CaseNo("O10"), asked, "a-wu") == {mine.commitment}
    assert await attachments.usable(door, CaseNo("O9"), asked, "a-wu") == {mine.commitment, used.commitment}


async def test_erasing_the_last_commitment_removes_the_object(door, owner, store, tmp_path):
    own = SOUND + b"of this test alone"
    one, other = [await attachments.keep(door, store, own, "a-wu", LIMIT) for _ in range(2)]
    assert await attachments.erase(owner, store, one.commitment, "s-admin", "第47条")
    assert one.sha256 in objects(tmp_path)
    assert await attachments.erase(owner, store, other.commitment, "s-admin", "第47条")
    assert one.sha256 not in objects(tmp_path)
    assert not await attachments.erase(owner, store, other.commitment, "s-admin", "第47条")


async def test_words_are_erased_as_ever(door, owner, store):
    (words,) = await content.put(door, [content.Words(content.ContentKind.TEXT, "{x")], "a-wu")
    assert await attachments.erase(owner, store, words, "s-admin", "第47条")


async def test_objects_that_nothing_points_to_are_tidied_away_and_others_stay(door, owner, store, tmp_path):
    kept = await attachments.keep(door, store, PHOTO, "a-wu", LIMIT)
    lost = "ab" * 32
    await store.put(lost, b"whatever")
    assert await attachments.tidy(owner, store) == 0  # not yet two hours old
    assert await attachments.tidy(owner, store, older_than=timedelta(seconds=-5)) == 1
    assert lost not in objects(tmp_path)
    assert kept.sha256 in objects(tmp_path)


async def test_a_file_that_was_changed_on_disk_is_not_served(door, store, tmp_path):
    kept = await attachments.keep(door, store, PHOTO, "a-wu", LIMIT)
    (found,) = [path for path in (tmp_path / "files").rglob("*") if path.name == kept.sha256]
    found.write_bytes(b"something else")
    with pytest.raises(StoreUnreachable):
        await store.get(kept.sha256)
    found.unlink()
    with pytest.raises(StoreUnreachable):
        await store.get(kept.sha256)
    await store.delete(kept.sha256)


def test_a_place_that_is_none_is_refused_at_the_start():
    with pytest.raises(ValueError, match="ftp"):
        open_store("ftp://somewhere")
