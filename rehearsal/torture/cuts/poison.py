"""One case whose procedure raises: it alone stands still, a supervisor is told, and a mended worker goes on with it."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from http import HTTPStatus

from domain.vocabulary import CaseNo
from rehearsal.torture.cuts.probe import HEALED, Told
from rehearsal.torture.cuts.scenes import Stage
from rehearsal.torture.field.said import Errand
from rehearsal.torture.tally import Failure

SUPERVISOR = "ducha.supervisor"
_LOOK_EVERY = 0.5
_STUCK = "case_stuck"
_SUPERVISOR_KNOWS = Told("read", HTTPStatus.SERVICE_UNAVAILABLE, "", 0.0, has_retry_after=True)


async def poisoned(stage: Stage) -> None:
    """Every worker is one with the defect for a while; then every worker is mended."""
    number, account = await stage.probe.quiet_case()
    errand = stage.probe.word(number, account)
    sound = stage.ground.workers
    for worker in sound:
        await worker.stop()
    sick = stage.ground.stack.add(replace(sound[0].part, name="worker-sick", argv=_argv(number)))
    await sick.start()
    try:
        await _is_stuck(stage, number, errand)
    finally:
        await sick.stop()
        await asyncio.gather(*(worker.start() for worker in sound))
    await _goes_on(stage, errand)


def _argv(number: CaseNo) -> tuple[str, ...]:
    return (sys.executable, "-m", "rehearsal.torture.cuts.worker", number)


async def _is_stuck(stage: Stage, number: CaseNo, errand: Errand) -> None:
    """Who acts on it hears that it is stuck, and so does a supervisor, while acts in other cases are confirmed."""
    others = asyncio.create_task(stage.probe.healed())
    told = [await stage.probe.act(errand)]
    end = asyncio.get_running_loop().time() + HEALED
    while not _all_know(told) and asyncio.get_running_loop().time() < end:
        if await _is_told(stage, number, errand.account):
            told.append(_SUPERVISOR_KNOWS)
        told.append(await stage.probe.act(errand))
    away = HTTPStatus.SERVICE_UNAVAILABLE
    wrong = [str(each) for each in told if each.status != away or not each.has_retry_after]
    if not _all_know(told):
        wrong.append(f"{number} does not say that it is stuck")
    stage.failures += [Failure("poisoned", stage.seed, each) for each in wrong]
    stage.figures["poisoned_others_go_on_s"] = round(await others, 1)


def _all_know(told: Sequence[Told]) -> bool:
    return _SUPERVISOR_KNOWS in told and any(each.code == _STUCK for each in told)


async def _is_told(stage: Stage, number: CaseNo, account: str) -> bool:
    """Whether the case says so to a supervisor, or to whoever brought it where a supervisor may not see it.

    The mark goes with the next event, such as a lapse, and comes back with the next attempt.
    """
    said = await stage.probe.case(number, SUPERVISOR)
    if "stuck" not in said:
        said = await stage.probe.case(number, account)
    return bool(said.get("stuck"))


async def _goes_on(stage: Stage, errand: Errand) -> None:
    """The act that could not be taken in is answered; the law may have come to refuse it meanwhile."""
    clock = asyncio.get_running_loop().time
    began, told = clock(), [await stage.probe.act(errand)]
    while not _is_definite(told[-1]) and clock() < began + HEALED:
        await asyncio.sleep(_LOOK_EVERY)
        told.append(await stage.probe.act(errand))
    if not _is_definite(told[-1]):
        codes = ", ".join(f"{each.status} {each.code}" for each in told[-5:])
        stage.failures.append(Failure("poisoned_not_mended", stage.seed, f"{errand.path}: {codes}"))
    stage.figures["poisoned_mended_s"] = round(clock() - began, 1)


def _is_definite(told: Told) -> bool:
    return told.status in (HTTPStatus.OK, HTTPStatus.CONFLICT, HTTPStatus.FORBIDDEN)
