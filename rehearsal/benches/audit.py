"""The proof's own cost: chains, checkpoints, reruns, lawfulness and replays a second."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import asyncpg

from activities import chain
from activities.settings import Role
from audit.answers.lawful import lawful
from audit.answers.rerun import difference
from audit.casefiles.editions import open_library
from audit.casefiles.gathering import evidence_of, hold
from audit.checkpoints import keys
from audit.checkpoints.checkpoint import write_checkpoint
from audit.checkpoints.wholeness import verify_tree
from audit.evidence import Evidence
from audit.replays.replay import replayed
from domain.codec import load_event
from domain.vocabulary import CaseNo
from rehearsal.benches.cast import Player
from rehearsal.benches.copies import some_lives
from rehearsal.benches.figures import Figures, Scale, many
from rehearsal.benches.ground import Ground, over, worker_alone
from rehearsal.into_ledger import keep, ledger_at, write
from rehearsal.seals import until_sealed


@dataclass(frozen=True, slots=True)
class _Amount:
    lives: int
    durable: int


AMOUNTS = {
    Scale.TINY: _Amount(8, 1),
    Scale.SHORT: _Amount(2_000, 30),
    Scale.LONG: _Amount(20_000, 300),
}

_CLOSED = "SELECT case_no FROM case_register WHERE closed_at IS NOT NULL AND case_no ^@ 'XB' ORDER BY case_no"


async def measure(scale: Scale) -> Figures:
    """Events a second of processor time for each answer, on one core."""
    return await over(lambda ground: _audit(ground, AMOUNTS[scale]), worker_alone)


async def _audit(ground: Ground, amount: _Amount) -> Figures:
    player = Player(ground.client)
    await many(lambda: player.order(player.cast.all_acts))(amount.durable, 8)
    lives = some_lives(amount.lives, seed=2)
    async with asyncpg.create_pool(ground.url(Role.DOOR), min_size=1, max_size=2) as pool:
        await keep(pool, lives)
    async with ledger_at(ground.url(Role.LEDGER)) as ledger:
        await write(ledger, lives)
    async with ground.connection(Role.READER) as reader:
        figures = await _answers(reader, list(lives.events))
    async with ground.connection(Role.LEDGER) as writer:
        figures |= await _checkpoint(writer, ground.data)
    unsealed = await until_sealed(ground.settings)
    async with ground.connection(Role.READER) as reader:
        return figures | await _replays(reader) | {"unsealed": unsealed}


async def _answers(reader: asyncpg.Connection, numbers: list[CaseNo]) -> Figures:
    library = open_library()
    began = time.perf_counter()
    evidence = [evidence_of(held, library) for held in await hold(reader, numbers)]
    events = sum(len(each.links) for each in evidence)
    figures: Figures = {"cases": len(evidence), "events": events}
    figures["gathered_events_per_second"] = round(events / (time.perf_counter() - began))
    figures["chain_events_per_second"] = _pace(evidence, events, _whole)
    figures["rerun_events_per_second"] = _pace(evidence, events, _as_the_law_has_it)
    figures["lawful_events_per_second"] = _pace(evidence, events, lambda each: not lawful(each))
    return figures


def _pace(evidence: Iterable[Evidence], events: int, holds: Callable[[Evidence], bool]) -> int:
    began = time.process_time()
    wrong = sum(not holds(each) for each in evidence)
    assert not wrong, f"{wrong} cases do not hold"
    return round(events / max(time.process_time() - began, 1e-6))


def _whole(evidence: Evidence) -> bool:
    return chain.verify_chain(evidence.case_no, evidence.links) is None


def _as_the_law_has_it(evidence: Evidence) -> bool:
    record = [load_event(dict(link.event)) for link in evidence.links]
    return difference(CaseNo(evidence.case_no), record, evidence.shelf) is None


async def _checkpoint(writer: asyncpg.Connection, folder: Path) -> Figures:
    """Sign a tree over everything, then read everything and come to the same root."""
    signer = keys.generate(folder / "bench.pem", "bench.example/herun")
    began = time.perf_counter()
    made = await write_checkpoint(writer, [signer], datetime.now(UTC), ())
    signed = time.perf_counter()
    findings = await verify_tree(writer, made.note, [signer.verifier])
    verified = time.perf_counter()
    assert not findings, findings[0]
    leaves = made.size
    return {
        "checkpoint_leaves": leaves,
        "checkpoint_signed_leaves_per_second": round(leaves / (signed - began)),
        "checkpoint_verified_leaves_per_second": round(leaves / (verified - signed)),
    }


async def _replays(reader: asyncpg.Connection) -> Figures:
    numbers = [row["case_no"] for row in await reader.fetch(_CLOSED)]
    library = open_library()
    began, runs, events = time.perf_counter(), 0, 0
    for held in await hold(reader, numbers):
        for run in (await replayed(evidence_of(held, library))).runs:
            runs, events = runs + 1, events + run.archived.events
    took = time.perf_counter() - began
    return {
        "replayed_histories": runs, "replayed_histories_per_second": round(runs / took, 1),
        "replayed_history_events_per_second": round(events / took),
    }  # fmt: skip
