"""A file comes in by its content, joins a case by an act, and is served to whoever may see the case."""

from typing import Any

import httpx
import pytest
from doorway import Deployment, Person

from activities.settings import Settings

ORDER: dict[str, Any] = {"title": "井盖松动", "text": "夜里有响声。", "place": "星叶社区"}
PHOTO = b"\xff\xd8\xff\xe1\x00\x10Exif\x00\0" + b"\0" * 64
PDF = b"%PDF-1.7\n" + b"\0" * 64


async def upload(who: Person, data: bytes, name: str = "photo.jpg") -> httpx.Response:
    return await who.http.post(
        "/v1/attachments", files={"file": (name, data, "text/html")},
        headers={"authorization": f"Bearer {who.token}", "accept-language": "zh"},
    )  # fmt: skip


async def kept(who: Person, data: bytes = PHOTO) -> str:
    answer = await upload(who, data)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["commitment"])


async def attached(who: Person, data: bytes = PHOTO) -> tuple[str, str]:
    """A case with one file: its number and the commitment."""
    number, file = await who.opened("/v1/orders", ORDER), await kept(who, data)
    await who.done(number, "attach", files=[file], text="井盖的照片。")
    return number, file


async def test_a_photo_is_brought_attached_and_fetched(resident: Person, worker: Person) -> None:
    number, file = await attached(resident)
    for who in (resident, worker):
        (listed,) = (await who.get(f"/v1/cases/{number}/attachments")).json()
        assert (listed["commitment"], listed["media_type"]) == (file, "image/jpeg")
        answer = await who.get(listed["href"])
        assert answer.content == PHOTO


async def test_what_is_served_can_run_nothing(resident: Person) -> None:
    for data, how in ((PHOTO, "inline"), (PDF, "attachment")):
        number, file = await attached(resident, data)
        headers = (await resident.get(f"/v1/cases/{number}/attachments/{file}")).headers
        assert headers["content-disposition"].startswith(how)
        assert headers["content-security-policy"].startswith("sandbox; default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-type"] in ("image/jpeg", "application/pdf")


async def test_who_may_not_see_the_case_gets_no_file_of_it(
    resident: Person, neighbour: Person, deployment: Deployment
) -> None:
    number, file = await attached(resident)
    for who in (neighbour, await deployment.person("shuju.system")):
        assert (await who.get(f"/v1/cases/{number}/attachments")).status_code == 404
        assert (await who.get(f"/v1/cases/{number}/attachments/{file}")).status_code == 404
    own = await neighbour.opened("/v1/orders", ORDER)
    assert (await neighbour.get(f"/v1/cases/{own}/attachments/{file}")).status_code == 404


async def test_nobody_attaches_what_another_has_brought_or_a_text(
    resident: Person, neighbour: Person, worker: Person
) -> None:
    number = await neighbour.opened("/v1/orders", ORDER)
    _, used = await attached(neighbour)
    for file in (await kept(resident), used, "c1:" + "a" * 52):
        answer = await neighbour.act(number, "attach", files=[file])
        assert answer.status_code == 422, answer.text
        assert answer.json()["errors"][0]["code"] == "unknown_file"
    for files in ([], ["no commitment"], [await kept(neighbour)] * 2):
        assert (await neighbour.act(number, "attach", files=files)).status_code == 422


async def test_the_same_request_again_attaches_once(resident: Person, deployment: Deployment) -> None:
    number, file = await resident.opened("/v1/orders", ORDER), await kept(resident)
    first = await resident.act(number, "attach", key="attach-1", files=[file])
    again = await resident.act(number, "attach", key="attach-1", files=[file])
    assert first.json() == again.json()
    assert first.status_code == again.status_code == 200
    assert len([e for e in await deployment.events(number) if e["act"] == "attach"]) == 1
    other = await resident.act(number, "attach", key="attach-1", files=[await kept(resident)])
    assert other.json()["code"] == "key_reused"


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [(b"<html><script>", 422, "file_kind"), (b"", 422, "file_empty"), (b"MZ\x90\0", 422, "file_kind")],
)
async def test_what_is_no_photo_document_or_recording_is_refused_whatever_its_name(
    resident: Person, data: bytes, status: int, code: str
) -> None:
    answer = await upload(resident, data)
    assert answer.status_code == status
    assert answer.json()["errors"][0]["code"] == code
    assert answer.json()["errors"][0]["field"] == "file"


async def test_a_file_may_be_larger_than_a_form_and_not_larger_than_its_limit(
    resident: Person, deployment: Deployment
) -> None:
    settings: Settings = deployment.settings
    assert (await upload(resident, PHOTO + b"\0" * settings.body_limit)).status_code == 201
    small = settings.model_copy(update={"attachment_limit": 1_000})
    async with deployment.through(small, "resident-01") as who:
        assert (await upload(who, PHOTO + b"\0" * 1_000)).status_code == 413
        assert (await upload(who, PHOTO)).status_code == 201


async def test_no_file_name_is_kept(resident: Person, deployment: Deployment) -> None:
    await upload(resident, PHOTO, "郑映雪的身份证.jpg")
    rows = await deployment.owner.fetch("SELECT c::text AS whole FROM content c WHERE kind = 'file'")
    assert rows
    assert not any("郑映雪" in row["whole"] for row in rows)


async def test_without_the_store_a_file_is_refused_and_reading_goes_on(
    resident: Person, deployment: Deployment, tmp_path: Any
) -> None:
    place = tmp_path / "files"
    settings = deployment.settings.model_copy(update={"attachments": f"file://{place}"})
    async with deployment.through(settings, "resident-01") as who:
        number, file = await attached(who)
        for each in list(place.rglob("*")):
            if each.is_file():
                each.unlink()
        answer = await who.get(f"/v1/cases/{number}/attachments/{file}")
        assert (answer.status_code, answer.json()["code"]) == (503, "files_unavailable")
        assert (await who.get(f"/v1/cases/{number}")).status_code == 200
