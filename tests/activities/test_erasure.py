"""Erasure: on a legal basis, by two persons, all or nothing; the chain holds and shows what went."""

import asyncio
import re

import asyncpg
import pytest
from ledger_stories import OFFICES, Story, tell
from typer.testing import CliRunner

from activities import accounts, journal
from activities.accounts import Account
from activities.chain import link_of, verify_chain
from activities.commitments import ContentKind
from activities.content import Words, erase, get, put, put_party
from activities.erasure import ErasureRefused, Unerasable, approve, ask, open_requests
from activities.journal import Stream
from activities.ledger import Ledger
from activities.settings import Role as Login
from cli import app
from domain.openings import OrderOpening
from domain.vocabulary import Content, Party, Role

pytestmark = pytest.mark.timeout(60)

BASIS = "《个人信息保护法》第47条第1款第3项：个人撤回同意"
PEOPLE = (
    Account("a-he", "何", Role.PETITION_OFFICER),
    Account("a-su", "苏", Role.SECURITY_ADMIN),
    Account("a-he-too", "何", Role.SUPERVISOR),
)


@pytest.fixture
async def people(owner):
    await accounts.load_accounts(owner, PEOPLE)


async def file_case(ledger, door, case_no, title=None, text=None):
    """An order with words behind it; returns the commitments of title and text."""
    fresh = await put(
        door, [Words(ContentKind.TEXT, "下水道堵了"), Words(ContentKind.TEXT, "三单元")], "p-lin"
    )
    title, text = title or fresh[0], text or fresh[1]
    await tell(ledger, Story(case_no, OrderOpening(OFFICES, "city.water.leak", title, text, Party("p-lin"))))
    return title, text


async def refusal(work):
    with pytest.raises(ErasureRefused) as refused:
        await work
    return refused.value.code


async def test_what_two_persons_agree_to_erase_is_gone_and_the_chain_holds(ledger, door, owner, people):
    words = await file_case(ledger, door, "O1")
    request = await ask(owner, "O1", BASIS, "a-he")
    assert (await get(door, words))[words[0]].body == "下水道堵了"
    erased = await approve(owner, request.seq, "a-su")
    assert set(erased.commitments) == set(words)
    kept = await get(door, words)
    assert all(each.body is None and each.salt is None for each in kept.values())
    assert {(each.erased.who, each.erased.basis) for each in kept.values()} == {("a-su", BASIS)}
    links = [
        link_of(row) for row in await owner.fetch("SELECT * FROM event WHERE case_no = 'O1' ORDER BY seq")
    ]
    assert verify_chain("O1", links) is None


async def test_the_journal_shows_what_was_erased_by_whom_and_on_what_basis(ledger, door, owner, people):
    words = await file_case(ledger, door, "O2")
    request = await ask(owner, "O2", BASIS, "a-he", [words[1]])
    await approve(owner, request.seq, "a-su")
    asked, approved = await journal.entries_of_case(owner, "O2")
    assert asked.data == {"account": "a-he", "basis": BASIS, "case_no": "O2", "commitments": [words[1]]}
    assert approved.data == {
        "account": "a-su", "asked_by": "a-he", "basis": BASIS, "case_no": "O2", "commitments": [words[1]],
        "request": asked.seq,
    }  # fmt: skip
    stream = await journal.entries(owner, Stream.ERASURE)
    assert verify_chain(Stream.ERASURE.value, map(journal.link_of, stream)) is None


@pytest.mark.parametrize("approver", ["a-he", "a-he-too"])
async def test_nobody_approves_what_they_asked_for_not_even_from_another_account(
    ledger, door, owner, people, approver
):
    words = await file_case(ledger, door, f"O3-{approver}")
    request = await ask(owner, f"O3-{approver}", BASIS, "a-he")
    assert await refusal(approve(owner, request.seq, approver)) is Unerasable.SAME_PERSON
    assert (await get(door, words))[words[0]].body is not None
    assert request.seq in {entry.seq for entry in await open_requests(owner)}


async def test_without_a_basis_an_account_or_content_nothing_is_asked(ledger, door, owner, people):
    words = await file_case(ledger, door, "O4")
    other, _ = await file_case(ledger, door, "O5")
    before = await owner.fetchval("SELECT count(*) FROM journal")
    assert await refusal(ask(owner, "O4", "  ", "a-he")) is Unerasable.NO_BASIS
    assert await refusal(ask(owner, "O4", "因" * 301, "a-he")) is Unerasable.LONG_BASIS
    assert await refusal(ask(owner, "O4", BASIS, "nobody")) is Unerasable.NO_ACCOUNT
    assert await refusal(ask(owner, "O4", BASIS, "a-he", [other])) is Unerasable.UNKNOWN_CONTENT
    assert (
        await refusal(ask(owner, "O4", BASIS, "a-he", [Content("c1:made-up")])) is Unerasable.UNKNOWN_CONTENT
    )
    assert await refusal(ask(owner, "O-none", BASIS, "a-he")) is Unerasable.NOTHING_THERE
    assert await owner.fetchval("SELECT count(*) FROM journal") == before
    assert (await get(door, words))[words[0]].body is not None


async def test_a_request_is_approved_once(ledger, door, owner, people):
    await file_case(ledger, door, "O6")
    request = await ask(owner, "O6", BASIS, "a-he")
    await approve(owner, request.seq, "a-su")
    assert await refusal(approve(owner, request.seq, "a-su")) is Unerasable.ALREADY_APPROVED
    assert await refusal(approve(owner, 9_999, "a-su")) is Unerasable.NO_REQUEST
    assert await refusal(ask(owner, "O6", BASIS, "a-he")) is Unerasable.NOTHING_THERE


async def test_every_case_that_referred_to_the_content_is_told(ledger, door, owner, people):
    title, text = await file_case(ledger, door, "P8")
    await file_case(ledger, door, "P8-01", title=title)
    request = await ask(owner, "P8", BASIS, "a-he")
    erased = await approve(owner, request.seq, "a-su")
    assert erased.cases == ("P8", "P8-01")
    (part,) = await journal.entries_of_case(owner, "P8-01")
    assert (part.kind, part.data["commitments"]) == ("erasure_approved", [title])
    assert text in erased.commitments


async def test_parties_of_the_case_alone_go_with_it_and_residents_with_an_account_stay(
    ledger, door, owner, people
):
    await file_case(ledger, door, "O9")
    await put_party(door, Party("O9.1"), "p-lin", name="林", phone="13800000000")
    await put_party(door, Party("p-lin"), "p-lin", name="林小姐")
    request = await ask(owner, "O9", BASIS, "a-he")
    await approve(owner, request.seq, "a-su")
    names = await owner.fetch("SELECT body FROM content WHERE kind IN ('name', 'phone') AND body IS NOT NULL")
    assert [row["body"] for row in names] == ["林小姐"]


async def test_if_a_file_cannot_be_taken_away_nothing_is_erased(ledger, door, owner, people):
    words = await file_case(ledger, door, "O10")
    request = await ask(owner, "O10", BASIS, "a-he")

    async def take(connection, commitment, by, basis):
        if commitment == max(words):
            raise ConnectionError("the store is away")
        return await erase(connection, commitment, by, basis)

    with pytest.raises(ConnectionError):
        await approve(owner, request.seq, "a-su", take)
    assert all(each.erased is None for each in (await get(door, words)).values())
    assert (await approve(owner, request.seq, "a-su")).cases == ("O10",)


async def test_the_worker_alone_cannot_see_what_it_would_erase(pool, people):
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await ask(connection, "O1", BASIS, "a-he")


def test_the_command_asks_and_another_person_approves(database, monkeypatch):
    async def prepare():
        door, pool = await database.connect(Login.DOOR), await asyncpg.create_pool(database.url(Login.LEDGER))
        owner, ledger = await database.connect(Login.OWNER), Ledger(pool)
        await accounts.load_accounts(owner, PEOPLE)
        words = await file_case(ledger, door, "O99")
        await ledger.close()
        for each in (door, owner, pool):
            await each.close()
        return words

    monkeypatch.setenv("HERUN_OWNER_URL", database.url(Login.OWNER))
    (title, _) = asyncio.run(prepare())

    def herun(*words):
        return CliRunner().invoke(app, ["content", *words])

    asked = herun("erase", "O99", "--basis", BASIS, "--by", "a-he", "--what", title)
    (request,) = re.findall(r"request (\d+)", asked.output)
    assert f"{request}\tO99\ta-he\t{BASIS}" in herun("requests").output
    assert isinstance(herun("approve", request, "--by", "a-he").exception, ErasureRefused)
    assert "erased 1: O99" in herun("approve", request, "--by", "a-su").output
    assert "O99" not in herun("requests").output
