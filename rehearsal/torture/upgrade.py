"""Torture by upgrade: another schema, a broken version, a mended one and a new edition, while the same cases go on."""

import asyncio
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
from temporalio.client import Client, WorkflowHistory
from temporalio.worker import Replayer

from activities.chain import Link, link_of, verify_chain
from activities.migrate import Migration, migrate, migrations
from activities.processes import Environment, Part
from activities.settings import Role
from activities.shelf import load_shelf
from audit.answers.rerun import difference
from domain.codec import load_event
from domain.vocabulary import CaseNo
from rehearsal.benches.figures import Figures, Scale, share
from rehearsal.premises import door
from rehearsal.torture.field.arrivals import an_order
from rehearsal.torture.field.callers import Callers, Spell
from rehearsal.torture.field.ground import Ground, Plan, ground_over
from rehearsal.torture.tally import Failure, Order, Tally
from rehearsal.torture.upgrade_variants import PATCH, Variant
from workflows import provisions, runtime

GOLDEN = Path(__file__).parents[2] / "tests" / "golden" / "histories"
"""Histories of released versions; they come with a clone, not with an installed package."""

ORDERS = {Scale.TINY: 3, Scale.SHORT: 25, Scale.LONG: 300}
EDITION = "torture-4"
_TEXT = f"""
edition = "{EDITION}"
extends = "default-3"
title_zh = "升级演练"
title_en = "A rehearsal of an upgrade"
released = 2026-11-21

[limits."mediation.level.village"]
n = 4
unit = "working_day"
starts_at = "accepted"
pausable_by = ["consent"]
source = "演练（rehearsal）"
tag = "PROPOSED"
"""
_WIDER = """
    CREATE TABLE torture_upgrade (n integer PRIMARY KEY);
    GRANT SELECT ON torture_upgrade TO herun_reader;
    ALTER TABLE party ADD COLUMN torture text;
    ALTER TABLE event ADD COLUMN torture text;
    CREATE INDEX torture_by_kind ON event (kind, case_no);"""
_HELD = 1.5
"""Seconds for which somebody reads a table that the migration wants."""
_PATIENCE = 60.0


@dataclass
class Upgrade:
    """What is under way: the ground, the people, and what has been found wrong."""

    order: Order
    ground: Ground
    callers: Callers
    client: Client
    figures: Figures = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)

    def expect(self, what: str, holds: bool, detail: object = "") -> None:
        """One thing that must hold."""
        if not holds:
            self.failures.append(Failure(what, self.order.seed, str(detail)[:500]))

    def environment(self, **more: str) -> Environment:
        """That of a process here, with a difference."""
        return {**self.ground.settings.environment(), **more}


async def torture(order: Order) -> Tally:
    """Goldens, then one town through a migration, a broken worker, and a patched one with a new edition."""
    data = order.folder / "herun"
    shutil.rmtree(order.folder, ignore_errors=True)
    goldens, failures = await _goldens(order)
    async with (
        ground_over(data, Plan(workers=1)) as ground,
        aclosing(Callers(ground.url, ground.tokens, order.seed)) as callers,
    ):
        client = await runtime.connect(ground.settings.temporal_address, ground.settings.temporal_namespace)
        upgrade = Upgrade(order, ground, callers, client, failures=failures)
        old = await _begun(upgrade, ORDERS[order.scale])
        await _migrated(upgrade)
        await _broken(upgrade, old)
        await _patched(upgrade, old)
    return Tally("upgrade", {"golden_histories": goldens, **upgrade.figures}, tuple(upgrade.failures))


# -- what was released replays ---------------------------------------------------------------------------


async def _goldens(order: Order) -> tuple[int, list[Failure]]:
    provisions.lay(load_shelf())
    paths, failures = sorted(GOLDEN.glob("*.json")), []
    for path in paths:
        replayer = Replayer(
            workflows=runtime.WORKFLOWS,
            workflow_runner=runtime.runner(),
            data_converter=runtime.DATA_CONVERTER,
        )
        history = WorkflowHistory.from_json(path.stem, path.read_text(encoding="utf-8"))
        found = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        if found.replay_failure is not None:
            failures.append(Failure("golden", order.seed, f"{path.stem}: {found.replay_failure}"[:500]))
    if not paths:
        failures.append(Failure("golden", order.seed, f"no golden histories in {GOLDEN}"))
    return len(paths), failures


# -- cases that begin before and end after ----------------------------------------------------------------

_ACTS = [step for step in an_order() if not step.is_look]
_BEFORE = 4
"""Acts of an order that are done before the upgrade: it is with its unit then."""


async def _begun(upgrade: Upgrade, count: int) -> list[str]:
    """So many orders that are being handled."""
    spell = Spell()
    await _each(upgrade.callers.live(_ACTS[:_BEFORE], spell) for _ in range(count))
    upgrade.expect("begun", spell.is_clean, {**spell.wrong, **spell.put_off})
    return sorted({receipt.number for receipt in upgrade.callers.confirmed.values()})


async def _each(lives: Iterable[Any]) -> None:
    room = asyncio.Semaphore(6)

    async def one(life: Any) -> None:
        async with room:
            await life

    await asyncio.gather(*(one(life) for life in lives))


# -- the schema -------------------------------------------------------------------------------------------


async def _migrated(upgrade: Upgrade) -> None:
    """A further file is applied while people act and somebody reads at length what it wants to change."""
    spell, over = Spell(), asyncio.Event()

    async def act() -> None:
        while not over.is_set():
            await upgrade.callers.live(_ACTS[:_BEFORE], spell)

    acting = [asyncio.create_task(act()) for _ in range(2)]
    began = time.monotonic()
    async with _held(upgrade):
        applied = await migrate(upgrade.ground.settings.url(Role.OWNER), (*migrations(), _next()))
    upgrade.figures["migrated_after_s"] = round(time.monotonic() - began, 1)
    over.set()
    await asyncio.gather(*acting)
    upgrade.expect("migration", len(applied) == 1, applied)
    upgrade.expect("acts_while_migrating", not spell.wrong and not spell.left, dict(spell.wrong))
    upgrade.expect("told_when_to_ask_again", not spell.without_retry_after, spell.without_retry_after)
    upgrade.figures["acts_while_migrating"] = spell.confirmed
    upgrade.figures["put_off_while_migrating"] = spell.put_off.total()
    upgrade.figures["slowest_act_while_migrating_ms"] = share(spell.acts or [0.0], 1.0)


def _next() -> Migration:
    number = len(migrations()) + 1
    return Migration(number, f"{number:04d}_torture.sql", _WIDER, hashlib.sha256(_WIDER.encode()).hexdigest())


@asynccontextmanager
async def _held(upgrade: Upgrade) -> Any:
    """Somebody has a long question to a table that the file changes."""
    reader: asyncpg.Connection = await upgrade.ground.connect(Role.READER)
    asking = reader.transaction()
    await asking.start()
    await reader.fetchval("SELECT count(*) FROM party")

    async def finish() -> None:
        await asyncio.sleep(_HELD)
        await asking.rollback()

    finishing = asyncio.create_task(finish())
    yield
    await finishing
    await reader.close()


# -- a version that must not be --------------------------------------------------------------------------


async def _broken(upgrade: Upgrade, old: Sequence[str]) -> None:
    """The check before an upgrade finds it; were it started all the same, it would close nothing."""
    ground = upgrade.ground
    code, said = await _checked(upgrade, Variant.BROKEN)
    upgrade.expect("broken_is_found", code == 1 and all(number in said for number in old), said)
    code, said = await _checked(upgrade, None)
    upgrade.expect("released_is_not", code == 0, said)
    await ground.workers[0].stop()
    broken = ground.stack.add(_worker(upgrade, "worker-broken", Variant.BROKEN))
    await broken.start()
    spell = await _asked(upgrade, old[0], tries=1)
    upgrade.figures["act_meets_broken"] = ", ".join(sorted({*spell.put_off, *spell.wrong})) or "done"
    upgrade.expect("broken_does_nothing", spell.confirmed == 0 and not spell.wrong, dict(spell.wrong))
    for number in old:
        found = await upgrade.client.get_workflow_handle(number).describe()
        upgrade.expect("broken_closes_nothing", found.close_time is None, number)
    await broken.stop()


async def _asked(upgrade: Upgrade, number: str, tries: int) -> Spell:
    """The next act of one order, under the same key however often it is asked for."""
    spell = Spell()
    ground, seed = upgrade.ground, upgrade.order.seed + 1_000
    async with aclosing(Callers(ground.url, ground.tokens, seed, tries)) as asking:
        await asking.live(_ACTS[_BEFORE : _BEFORE + 1], spell, number=number)
    return spell


async def _checked(upgrade: Upgrade, variant: Variant | None) -> tuple[int, str]:
    """`herun replay`, under a version that was never released, or under this one; its exit code and words."""
    module = ("cli",) if variant is None else ("rehearsal.torture.upgrade_variants", variant.value)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *module, "replay", env={**os.environ, **upgrade.environment()},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    said, _ = await asyncio.wait_for(process.communicate(), 300)
    return int(process.returncode or 0), said.decode()


# -- the next version ------------------------------------------------------------------------------------


async def _patched(upgrade: Upgrade, old: Sequence[str]) -> None:
    """A worker and a door of the next version, with one edition more: old cases end as they began, new ones anew."""
    folder = upgrade.order.folder / "editions"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{EDITION}.toml").write_text(_TEXT, encoding="utf-8")
    await _started(upgrade, {"HERUN_EDITIONS_DIR": str(folder), "HERUN_RULEBOOK": EDITION})
    before, spell = set(upgrade.callers.confirmed), Spell()
    began = time.monotonic()
    again = await _asked(upgrade, old[0], tries=6)
    upgrade.expect("asked_again_is_answered", again.confirmed == 1, {**again.wrong, **again.put_off})
    upgrade.figures["first_act_after_upgrade_s"] = round(time.monotonic() - began, 1)
    await upgrade.callers.live(_ACTS[_BEFORE + 1 :], spell, number=old[0])
    await _each(upgrade.callers.live(_ACTS[_BEFORE:], spell, number=number) for number in old[1:])
    await _each(upgrade.callers.live(_ACTS, spell) for _ in range(len(old)))
    upgrade.expect("goes_on_patched", not spell.wrong and not spell.left, dict(spell.wrong))
    told = {r.number for act_id, r in upgrade.callers.confirmed.items() if act_id not in before}
    new = sorted(told - set(old))
    await _pinned(upgrade, old, new, folder)
    upgrade.figures |= {"old_orders": len(old), "new_orders": len(new)}


async def _started(upgrade: Upgrade, more: Environment) -> None:
    await upgrade.ground.door.stop()
    next_door = door(upgrade.environment(**more), "api-next")
    for part in (_worker(upgrade, "worker-next", Variant.PATCHED, more), next_door):
        await upgrade.ground.stack.add(part).start()


def _worker(upgrade: Upgrade, name: str, variant: Variant, more: Mapping[str, str] | None = None) -> Part:
    argv = (sys.executable, "-m", "rehearsal.torture.upgrade_variants", variant.value, "worker")
    return Part(name, argv, env=upgrade.environment(**(more or {})))


async def _pinned(upgrade: Upgrade, old: Sequence[str], new: Sequence[str], folder: Path) -> None:
    """Each case kept the edition and the steps it began with, and its ledger is whole and lawful."""
    shelf = load_shelf(folder)
    for numbers, edition, has_patch in ((old, "default-3", False), (new, EDITION, True)):
        for number in numbers:
            links = await _links(upgrade, number)
            pinned = links[0].event["data"]["rulebook"]
            upgrade.expect("edition_pinned", pinned == shelf.rulebook(edition).digest, f"{number} {edition}")
            upgrade.expect("chain", verify_chain(number, links) is None, number)
            record = [load_event(dict(link.event)) for link in links]
            upgrade.expect("rerun", difference(CaseNo(number), record, shelf) is None, number)
            upgrade.expect("ended", record[-1].fact.code == "case_closed", f"{number} {record[-1].fact.code}")
            upgrade.expect("patch", await _has_patch(upgrade, number) == has_patch, number)


async def _links(upgrade: Upgrade, number: str) -> list[Link]:
    reader: asyncpg.Connection = await upgrade.ground.connect(Role.READER)
    try:
        return [
            link_of(r)
            for r in await reader.fetch("SELECT * FROM event WHERE case_no = $1 ORDER BY seq", number)
        ]
    finally:
        await reader.close()


async def _has_patch(upgrade: Upgrade, number: str) -> bool:
    history = await upgrade.client.get_workflow_handle(number).fetch_history()
    return any(PATCH in str(event.marker_recorded_event_attributes) for event in history.events)
