"""Garbage is looked for seldom, and what was there at the start not again."""

import subprocess
import sys

_LOOK = """
import gc
from activities.garbage import collect_seldom
kept = [[] for _ in range(1000)]
collect_seldom()
print(gc.get_freeze_count() > 1000, gc.get_threshold()[0] >= 20_000, any(each is kept for each in gc.get_objects()))
"""


def test_what_was_there_is_frozen_and_the_rest_is_looked_at_seldom() -> None:
    found = subprocess.run([sys.executable, "-c", _LOOK], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["True", "True", "False"]
