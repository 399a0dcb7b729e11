"""Torture by SIGKILL: eight clients act while workers, door, Temporal and Postgres are killed and started again."""

import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from rehearsal.benches.figures import Figures, Scale, share
from rehearsal.torture.field.clients import Post
from rehearsal.torture.field.crowd import clients_at_work
from rehearsal.torture.field.ground import Plan, ground_over
from rehearsal.torture.field.ledger_check import Checker
from rehearsal.torture.field.people import Townsfolk
from rehearsal.torture.field.said import Journal
from rehearsal.torture.kill_reaper import Kill, Reaper, Victim
from rehearsal.torture.resuming import begun, keep
from rehearsal.torture.tally import Order, Tally

CLIENTS = 8


@dataclass(frozen=True, slots=True)
class _Amount:
    matters: int
    kills: int


AMOUNTS = {
    Scale.TINY: _Amount(24, 12),
    Scale.SHORT: _Amount(200, 60),
    Scale.LONG: _Amount(400, 1_000),
}


async def torture(order: Order) -> Tally:
    """So many kills, then every question of `ledger_check`; goes on after an interruption with `resume`."""
    amount = AMOUNTS[order.scale]
    kills = [Kill(Victim(victim), *rest) for victim, *rest in (begun(order) or {}).get("kills", ())]
    data, said = order.folder / "herun", order.folder / "said.jsonl"
    if not kills:
        shutil.rmtree(data, ignore_errors=True)
        said.unlink(missing_ok=True)
    journal = Journal(said)
    async with ground_over(data, Plan()) as ground:
        post = Post(ground.url, ground.tokens, journal, order.seed)
        folk = Townsfolk(order.seed, amount.matters, journal)
        reaper = Reaper(ground, post, order.seed, len(kills))
        async with clients_at_work(CLIENTS, order.seed, ground, post, folk):
            await _reap(order, reaper, kills)
        failures = [*reaper.failures, *await Checker(ground, journal, order.seed).everything(post)]
        await post.close()
    return Tally("kill", _figures(kills, journal, post), tuple(failures))


async def _reap(order: Order, reaper: Reaper, kills: list[Kill]) -> None:
    """Until the last kill has been recovered from, and everything runs again."""
    wanted = order.count or AMOUNTS[order.scale].kills
    async for kill in reaper.reap(wanted):
        kills.append(kill)
        keep(order, {"kills": [(each.victim, each.recovery, each.alone) for each in kills]})
        order.progress.count(len(kills), wanted, "已杀", "killed")
    await reaper.all_up()


def _figures(kills: Sequence[Kill], journal: Journal, post: Post) -> Figures:
    by_victim = Counter(kill.victim for kill in kills)
    recovery: Figures = {}
    for who in (*Victim, "together"):
        seconds = [kill.recovery for kill in kills if who == (kill.victim if kill.alone else "together")]
        if seconds:
            recovery[f"recovery_{who}_p50_s"] = share(seconds, 0.5)
            recovery[f"recovery_{who}_p95_s"] = share(seconds, 0.95)
    return {
        "kills": len(kills), **{f"killed_{victim}": by_victim[victim] for victim in Victim},
        "cases": sum("drill" in errand.body for errand, _ in journal.done),
        "acknowledged": sum(1 for _ in journal.done),
        "refused": sum(not answer.is_done for answer in journal.answers.values()),
        "sender_went_away": len(journal.left), **recovery, "slowest_answer_s": round(post.slowest, 1),
        "asked_again": ", ".join(f"{what} {times}" for what, times in post.said.most_common()),
    }  # fmt: skip
