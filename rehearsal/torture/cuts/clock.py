"""Processes whose clock is ten minutes off: a worker's is asked nothing of, a door's is refused or counts as late.

The clock is shifted below the process, by a small library before the C library's, for Python and the engine's
core alike; without a C compiler there is no such scene.
"""

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx

from activities.processes import HOST, Child, free_port
from domain.calendar import CST
from rehearsal import premises
from rehearsal.torture.cuts.scenes import Stage
from rehearsal.torture.tally import Failure

OFF = 600
"""Seconds."""
_SOURCE = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>
static long off(void) { const char *s = getenv("HERUN_TORTURE_CLOCK"); return s ? atol(s) : 0; }
int clock_gettime(clockid_t id, struct timespec *t) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
  int r = real(id, t);
  if (!r && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)) t->tv_sec += off();
  return r;
}
int gettimeofday(struct timeval *t, void *z) {
  struct timespec s; int r = clock_gettime(CLOCK_REALTIME, &s);
  if (!r && t) { t->tv_sec = s.tv_sec; t->tv_usec = s.tv_nsec / 1000; }
  return r;
}
time_t time(time_t *t) {
  struct timespec s; clock_gettime(CLOCK_REALTIME, &s);
  if (t) *t = s.tv_sec;
  return s.tv_sec;
}
"""
_ORDER = {"title": "路面塌陷", "text": "路中间一个洞。", "place": "星叶社区", "matter": "01.01.02"}
_AHEAD, _BEHIND, _RIGHT = "ahead", "behind", "right"


async def clocks(stage: Stage, folder: Path) -> None:
    """Every worker ten minutes ahead, then behind, while all go on; then a door of each kind, for real cases."""
    library = _built(folder)
    if library is None:
        stage.figures["clock"] = "no C compiler here: not tried"
        return
    for name, seconds in ((_AHEAD, OFF), (_BEHIND, -OFF)):
        await _workers(stage, f"clock_worker_{name}", _env(library, seconds))
    await _doors(stage, library)


def _built(folder: Path) -> Path | None:
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    source, library = folder / "clock.c", folder / "clock.so"
    source.write_text(_SOURCE, encoding="utf-8")
    argv = [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"]
    subprocess.run(argv, check=True)  # noqa: S603 - a compiler on a source of ours
    return library


def _env(library: Path, seconds: int) -> dict[str, str]:
    return {"LD_PRELOAD": str(library), "HERUN_TORTURE_CLOCK": str(seconds)}


async def _workers(stage: Stage, name: str, off: dict[str, str]) -> None:
    sound = stage.ground.workers
    part = sound[0].part
    async with stage.scene(name, reads_go_on=True):
        for worker in sound:
            await worker.stop()
        shifted = stage.ground.stack.add(replace(part, name=name, env={**part.env, **off}))
        await shifted.start()
        await stage.probe.healed()
        await asyncio.sleep(stage.hold)
        await shifted.stop()
        await asyncio.gather(*(worker.start() for worker in sound))
    stage.figures["clock_breach_earliest_s"] = round(stage.probe.earliest_breach, 2)
    if stage.probe.earliest_breach < 0:
        early = f"a breach reached the ledger {-stage.probe.earliest_breach:.2f} s before its due instant"
        stage.failures.append(Failure(f"{name}_early", stage.seed, early))


# -- doors, for real cases ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Doors:
    """A client for each door."""

    clients: dict[str, httpx.AsyncClient]
    key: str

    async def open(self, door: str, key: str) -> httpx.Response:
        return await self._post(door, "/v1/orders", _ORDER, key)

    async def add(self, door: str, number: str, key: str) -> httpx.Response:
        return await self._post(door, f"/v1/cases/{number}/acts/supplement", {"text": "补充。"}, key)

    async def _post(self, door: str, path: str, body: Any, key: str) -> httpx.Response:
        return await self.clients[door].post(
            path, json=body, headers={"idempotency-key": f"{self.key}-{key}"}
        )


async def _doors(stage: Stage, library: Path) -> None:
    async with _three_doors(stage, library) as doors:
        number = (await doors.open(_RIGHT, "a")).json()["number"]
        refused = [await doors.open(_AHEAD, "b"), await doors.add(_AHEAD, number, "c")]
        for each in refused:
            if (each.status_code, each.json()["code"]) != (HTTPStatus.SERVICE_UNAVAILABLE, "clock_ahead"):
                stage.failures.append(
                    Failure("clock_ahead_taken", stage.seed, f"{each.status_code} {each.text}")
                )
        late = await doors.add(_BEHIND, number, "d")
        again = await doors.add(_RIGHT, number, "c")
        instants = [datetime.fromisoformat(each.json()["at"]) for each in (late, again)]
        now = datetime.now(CST)
        if not (instants[0] <= instants[1] and now - instants[0] < timedelta(seconds=2 * OFF)):
            stage.failures.append(Failure("clock_behind", stage.seed, f"{instants} at {now}"))
        stage.figures["clock_door_ahead"] = "503 clock_ahead"
        stage.figures["clock_door_behind_s"] = round((now - instants[0]).total_seconds(), 1)


@asynccontextmanager
async def _three_doors(stage: Stage, library: Path) -> AsyncIterator[_Doors]:
    """Doors for real cases: one ahead, one behind, one right."""
    ground = stage.ground
    children: list[Child] = []
    clients: dict[str, httpx.AsyncClient] = {}
    token = ground.tokens["resident-01"]
    for name, seconds in ((_AHEAD, OFF), (_BEHIND, -OFF), (_RIGHT, 0)):
        port = free_port()
        own = {"HERUN_DRILL": "false", "HERUN_API_PORT": str(port), **_env(library, seconds)}
        children.append(ground.stack.add(premises.door({**ground.door.part.env, **own}, f"api-{name}")))
        headers = {"authorization": f"Bearer {token}"}
        clients[name] = httpx.AsyncClient(base_url=f"http://{HOST}:{port}", timeout=40, headers=headers)
    try:
        await asyncio.gather(*(child.start() for child in children))
        yield _Doors(clients, str(stage.seed))
    finally:
        for client in clients.values():
            await client.aclose()
        await asyncio.gather(*(child.stop() for child in children))
