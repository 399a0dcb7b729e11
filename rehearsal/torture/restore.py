"""Torture by disaster: copies are made while acts go on, all is lost, and a copy takes over and says what it lacks."""

import asyncio
import shutil
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from activities.settings import Role
from audit.answers.many import Source, verify_cases
from audit.checkpoints.checkpoint import compare, write_checkpoint
from audit.checkpoints.notes import Signer
from audit.findings import Finding
from audit.replays.reconcile import Apart, Parted, unknown
from rehearsal.benches.figures import Figures, Scale
from rehearsal.keeping import Backup, claim, complete, copy_postgres, copy_temporal, lay_out, now
from rehearsal.mending import Mended
from rehearsal.reconciling import Reach, reaching
from rehearsal.torture.field.arrivals import an_order
from rehearsal.torture.field.callers import Callers, Spell
from rehearsal.torture.field.ground import Ground, Plan, ground_over
from rehearsal.torture.tally import Failure, Order, Tally

LIVES = 5
"""Orders that are under way at a time while copies are made."""

_PLAN = Plan(workers=1, different={"HERUN_DRILL": "false"})
_ACTED = (
    "SELECT case_no, count(*) FILTER (WHERE kind = 'acted') AS acts FROM event GROUP BY case_no ORDER BY 1"
)
_BALLAST = """
    CREATE TABLE ballast AS
    SELECT n, repeat(md5(n::text), 32) AS filling FROM generate_series(1, $1::int * 1024) n"""
_REST = 60.0
"""Seconds after which nothing may be apart any more."""
_WORDLESS = "content_missing"
_SEALED = "SELECT DISTINCT case_no FROM archive WHERE final"
_WRITTEN_AGAIN = "SELECT id > $3 AND act_id = ANY($4::text[]) FROM event WHERE case_no = $1 AND seq = $2"


@dataclass(frozen=True, slots=True)
class _Amount:
    acts: int
    """Confirmed before the first copy, between its two halves, and after the last."""
    ballast: int
    """Megabytes that the database holds besides."""


AMOUNTS = {Scale.TINY: _Amount(15, 0), Scale.SHORT: _Amount(300, 512), Scale.LONG: _Amount(3_000, 8_192)}


@dataclass
class Copy:
    """One copy, and the moments (monotonic seconds) between which its two halves were made."""

    folder: Path
    later: Apart
    """What it will show: the half that was copied later is ahead."""
    began: float = 0.0
    first_done: float = 0.0
    second_began: float = 0.0
    done: float = 0.0
    made: Backup | None = None


@dataclass
class Restored:
    """What came of one copy: how the two halves had parted, what was mended, what is gone, and the seconds it took."""

    copy: Copy
    parted: list[Parted] = field(default_factory=list)
    mended: Mended = field(default_factory=Mended)
    gone: set[str] = field(default_factory=set)
    sealed: set[str] = field(default_factory=set)
    """Cases whose whole history is in the archive: nothing of them can be apart."""
    failures: list[Failure] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Kept:
    """A checkpoint that an auditor keeps outside, signed just before all was lost."""

    note: str
    signer: Signer


async def torture(order: Order) -> Tally:
    """Two copies whose halves are of different moments, each restored elsewhere and gone on with."""
    shutil.rmtree(order.folder, ignore_errors=True)
    order.folder.mkdir(parents=True)
    copies = [
        Copy(order.folder / "copy-1", Apart.LEDGER_AHEAD), Copy(order.folder / "copy-2", Apart.HISTORY_AHEAD),
    ]  # fmt: skip
    signer = Signer("herun.torture", Ed25519PrivateKey.generate())
    callers, note = await _live_and_copy(order, copies, signer)
    restored = [await _restore(order, copy, callers, Kept(note, signer)) for copy in copies]
    failures = tuple(failure for each in restored for failure in each.failures)
    return Tally("restore", _figures(callers, restored), failures)


# -- before the disaster --------------------------------------------------------------------------------


async def _live_and_copy(order: Order, copies: Sequence[Copy], signer: Signer) -> tuple[Callers, str]:
    amount, data = AMOUNTS[order.scale], order.folder / "original"
    async with ground_over(data, _PLAN) as ground:
        await _fill(ground, amount.ballast)
        callers = Callers(ground.url, ground.tokens, order.seed)
        over = asyncio.Event()
        lives = [asyncio.create_task(_live(callers, over)) for _ in range(LIVES)]
        await _until(callers, amount.acts)
        for copy in copies:
            await _copy(ground, data, copy, lambda: _until(callers, amount.acts))
            order.progress.say("已备份一份", "a copy is made")
        await _until(callers, amount.acts)
        over.set()
        await asyncio.gather(*lives)
        note = await _signed(ground, signer)
        ground.stack.kill()
        await callers.aclose()
    return callers, note


async def _signed(ground: Ground, signer: Signer) -> str:
    writer = await ground.connect(Role.LEDGER)
    try:
        return (await write_checkpoint(writer, [signer], datetime.now(UTC))).note
    finally:
        await writer.close()


async def _fill(ground: Ground, megabytes: int) -> None:
    owner = await ground.connect(Role.OWNER)
    try:
        if megabytes:
            await owner.execute(_BALLAST.replace("$1", str(megabytes)), timeout=600)
    finally:
        await owner.close()


async def _live(callers: Callers, over: asyncio.Event) -> None:
    while not over.is_set():
        await callers.live(an_order(), Spell(), think=0.2)


async def _until(callers: Callers, more: int) -> None:
    """So many more acts are confirmed. Raises TimeoutError where a minute brings none."""
    wanted, seen, end = len(callers.confirmed) + more, -1, 0.0
    while len(callers.confirmed) < wanted:
        if len(callers.confirmed) > seen:
            seen, end = len(callers.confirmed), time.monotonic() + _REST
        elif time.monotonic() > end:
            raise TimeoutError(f"{seen} acts, then none: {callers.last_wrong}")
        await asyncio.sleep(0.02)


async def _copy(ground: Ground, data: Path, copy: Copy, meanwhile: Callable[[], Awaitable[None]]) -> None:
    """The half that is to lag first, then a while of acts, then the other half."""
    owner = ground.settings.url(Role.OWNER)
    claim(copy.folder)
    copy.began = time.monotonic()
    at, last = now(), 0
    if copy.later is Apart.LEDGER_AHEAD:
        await copy_temporal(data, copy.folder)
    else:
        last = await copy_postgres(owner, copy.folder)
    copy.first_done = time.monotonic()
    await meanwhile()
    copy.second_began = time.monotonic()
    if copy.later is Apart.LEDGER_AHEAD:
        last = await copy_postgres(owner, copy.folder)
    else:
        await copy_temporal(data, copy.folder)
    copy.made = await complete(data, owner, copy.folder, at, last)
    copy.done = time.monotonic()


# -- after it -------------------------------------------------------------------------------------------


async def _restore(order: Order, copy: Copy, callers: Callers, kept: Kept) -> Restored:
    """Lay a copy out, bring its halves together, and go on with every case that it has."""
    data, found = copy.folder.with_name(f"{copy.folder.name}-restored"), Restored(copy)
    began = time.monotonic()
    await asyncio.to_thread(lay_out, copy.folder, data)
    found.seconds["laid_out"] = time.monotonic() - began
    async with reaching(data) as reach:
        found.parted = await reach.look()
        found.mended = await reach.mend(found.parted)
        found.seconds["reconciled"] = time.monotonic() - began
        found.gone = await _gone(reach, callers)
        found.sealed = {row["case_no"] for row in await reach.pool.fetch(_SEALED)}
        found.failures += [*_claims(order, found, callers), *await _at_one(order, reach)]
        found.failures += await _against(order, reach, kept)
    order.progress.say("已还原一份", "a copy is restored")
    async with ground_over(data, _PLAN) as ground:
        found.failures += await _gone_on(order, ground, found, began)
        await ground.stop_ours()
        found.failures += await _lawful(order, ground, found, callers)
    return found


async def _gone(reach: Reach, callers: Callers) -> set[str]:
    """Acts that were confirmed and are nowhere any more."""
    kept = [(receipt.number, act_id) for act_id, receipt in callers.confirmed.items()]
    return {act_id for _, act_id in await unknown(reach.pool, kept)}


def _claims(order: Order, found: Restored, callers: Callers) -> list[Failure]:
    """What was told of the copy is so: every act between its halves is named, every one before them is there."""
    copy, receipts = found.copy, callers.confirmed
    told = {act.act_id for each in found.parted for act in each.acts}
    between = {
        act_id for act_id, receipt in receipts.items()
        if receipt.sent > copy.first_done and receipt.answered < copy.second_began
        and receipt.number not in found.sealed
    }  # fmt: skip
    upto = {act_id for act_id, receipt in receipts.items() if receipt.answered < copy.second_began}
    after = {act_id for act_id, receipt in receipts.items() if receipt.sent > copy.done}
    wrong = {
        "not_named": between - told, "lost_within": found.gone & upto, "there_from_nowhere": after - found.gone,
        "not_mended": {f"{number} {why}" for number, why in found.mended.left.items()},
        "nothing_between": set() if between else {"the halves of the copy are of one moment"},
    }  # fmt: skip
    return [
        Failure(f"{copy.later}_{what}", order.seed, f"{len(acts)}: {sorted(acts)[:3]}")
        for what, acts in wrong.items()
        if acts
    ]


async def _against(order: Order, reach: Reach, kept: Kept) -> list[Failure]:
    """The checkpoint kept outside shows that the copy is not all there was."""
    async with reach.pool.acquire() as connection:
        held = await compare(connection, kept.note, [kept.signer.verifier])
    return [] if held.findings else [Failure("checkpoint_silent", order.seed, kept.note)]


async def _at_one(order: Order, reach: Reach) -> list[Failure]:
    """After a while nothing is apart any more, but for histories that are gone for good."""
    end, left = time.monotonic() + _REST, await _apart(reach)
    while left and time.monotonic() < end:
        await asyncio.sleep(0.5)
        left = await _apart(reach)
    return [Failure("still_apart", order.seed, f"{each.case_no} {each.how}") for each in left[:10]]


async def _apart(reach: Reach) -> list[Parted]:
    return [each for each in await reach.look() if each.how is not Apart.HISTORY_GONE]


async def _gone_on(order: Order, ground: Ground, found: Restored, began: float) -> list[Failure]:
    """Every order goes on from where the ledger has it, to its end; a new one gets a number of its own."""
    callers, spell = Callers(ground.url, ground.tokens, order.seed + 1_000), Spell()
    rest = [step for step in an_order() if not step.is_look][1:]
    before = dict(await _acts_by_case(ground))
    await callers.live([step for step in an_order() if not step.is_look][:1], spell)
    found.seconds["first_act"] = time.monotonic() - began
    room = asyncio.Semaphore(LIVES)

    async def one(number: str, done: int) -> None:
        async with room:
            await callers.live(rest[done:], spell, number=number)

    await asyncio.gather(*(one(number, done) for number, done in before.items() if done < len(rest)))
    await callers.aclose()
    new = [receipt.number for receipt in callers.confirmed.values() if receipt.number not in before]
    told = {receipt.number for receipt in callers.confirmed.values()} - before.keys()
    wrong = (
        [Failure("goes_not_on", order.seed, str({**spell.wrong, **spell.put_off}))]
        if not spell.is_clean
        else []
    )
    if len(new) != 1 or len(told) != 1:
        wrong.append(Failure("number_given_twice", order.seed, str(new)))
    return wrong


async def _acts_by_case(ground: Ground) -> Mapping[str, int]:
    reader: asyncpg.Connection = await ground.connect(Role.READER)
    try:
        return {row["case_no"]: row["acts"] for row in await reader.fetch(_ACTED)}
    finally:
        await reader.close()


async def _lawful(order: Order, ground: Ground, found: Restored, before: Callers) -> list[Failure]:
    """The auditor's answers for every case: whole and lawful, copies and mending notwithstanding.

    Words that were on no copy are missing, and the audit says so of all that were told, and of no others than acts
    from before that only the histories had: those written again, and openings that were under way.
    """
    numbers = list(await _acts_by_case(ground))
    source = Source(ground.settings.url(Role.READER))
    reports = await asyncio.to_thread(lambda: list(verify_cases(source, numbers, 2)))
    findings = [finding for report in reports for finding in report.findings]
    wordless = [finding for finding in findings if finding.code == _WORDLESS]
    again = await _written_again(ground, found, before, wordless)
    wrong = [
        Failure(f"audit_{finding.answer}", order.seed, f"{finding.case_no} {finding.code} {finding.seq}")
        for finding in findings
        if finding.code != _WORDLESS or (finding.case_no, finding.seq) not in again
    ]
    if len(wordless) < found.mended.wordless:
        wrong.append(Failure("texts_told_lost_are_there", order.seed, f"{found.mended.wordless} told"))
    return wrong


async def _written_again(
    ground: Ground, found: Restored, before: Callers, wordless: Sequence[Finding]
) -> set[tuple[str, int | None]]:
    """Of events without words, those of acts from before the disaster that were not on the copy of the ledger."""
    assert found.copy.made is not None
    last, sent = found.copy.made.ledger_last_id, list(before.sent)
    reader: asyncpg.Connection = await ground.connect(Role.READER)
    try:
        return {
            (finding.case_no, finding.seq) for finding in wordless
            if await reader.fetchval(_WRITTEN_AGAIN, finding.case_no, finding.seq, last, sent)
        }  # fmt: skip
    finally:
        await reader.close()


# -- what was measured ----------------------------------------------------------------------------------


def _figures(callers: Callers, restored: Sequence[Restored]) -> Figures:
    figures: Figures = {"acts_confirmed": len(callers.confirmed)}
    for each in restored:
        made = each.copy.made
        assert made is not None
        name, gigabytes = each.copy.later.value, made.bytes / 1e9
        apart = Counter(case.how for case in each.parted)
        figures |= {
            f"{name}_copy_mb": round(made.bytes / 1e6, 1),
            f"{name}_cases_parted": ", ".join(f"{how} {n}" for how, n in sorted(apart.items())) or "-",
            f"{name}_acts_named": sum(len(case.acts) for case in each.parted),
            f"{name}_events_written_again": each.mended.written,
            f"{name}_cases_taught": each.mended.taught,
            f"{name}_cases_begun_again": each.mended.begun,
            f"{name}_texts_lost": each.mended.wordless,
            f"{name}_acts_gone": len(each.gone),
            f"{name}_laid_out_s": round(each.seconds["laid_out"], 1),
            f"{name}_laid_out_s_per_gb": round(each.seconds["laid_out"] / gigabytes, 1),
            f"{name}_reconciled_after_s": round(each.seconds["reconciled"], 1),
            f"{name}_first_act_after_s": round(each.seconds["first_act"], 1),
        }
    return figures
