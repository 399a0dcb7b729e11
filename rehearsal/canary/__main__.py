"""`make canary`: a thousand cases full of canaries, and not one piece of one outside the content store."""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

from rehearsal.canary.running import run


def main() -> int:
    """0 only if nothing leaked and every case was opened."""
    options = argparse.ArgumentParser(prog="make canary", description=__doc__)
    options.add_argument("--cases", type=int, default=1_000)
    options.add_argument("--seed", type=int, default=20261122)
    asked, began = options.parse_args(), time.monotonic()
    with tempfile.TemporaryDirectory(prefix="herun-canary-") as folder:
        found = asyncio.run(run(Path(folder), asked.cases, asked.seed, _say))
    for line in found.lines(time.monotonic() - began):
        sys.stdout.write(line + "\n")
    return 1 if found.leaks or len(found.lived.cases) < asked.cases else 0


def _say(line: str) -> None:
    sys.stderr.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main())
