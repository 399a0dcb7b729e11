"""Delta debugging: the fewest steps of a life that still show what went wrong."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from rehearsal.torture.lives.checks import found_in
from rehearsal.torture.lives.steps import Life, Step
from rehearsal.torture.lives.world import World, Wrong

T = TypeVar("T")
MOST_TRIES = 2_000
"""Lives that are lived to shrink one; a short life matters more than the shortest."""


def wrongs(life: Life) -> list[Wrong]:
    """Everything that goes wrong in a life, lived from its steps."""
    return list(found_in(World().live(life.steps)))


def shrunk(life: Life, code: str) -> Life:
    """The life with as few steps as still lead to the same kind of wrong."""

    def fails(steps: Sequence[Step]) -> bool:
        return any(each.code == code for each in wrongs(replace(life, steps=tuple(steps))))

    return replace(life, steps=tuple(fewest(life.steps, fails)))


def fewest(steps: Sequence[T], fails: Callable[[Sequence[T]], bool], tries: int = MOST_TRIES) -> Sequence[T]:
    """A part of the steps that fails although no smaller part does that leaves out one step.

    Steps keep their order. Gives back what it was given if that does not fail.
    """
    if not fails(steps):
        return steps
    size = len(steps)
    while size >= 1 and tries > 0:
        without, tries = _without_a_piece(steps, size, fails, tries)
        if without is None:
            size = size // 2 if size > 1 else 0
        else:
            steps = without
            size = min(size, len(steps))
    return steps


def _without_a_piece(
    steps: Sequence[T], size: int, fails: Callable[[Sequence[T]], bool], tries: int
) -> tuple[Sequence[T] | None, int]:
    """The steps without the first piece of a size, from the end, that they fail without; None if there is none."""
    for begin in range(len(steps) - size, -size, -size):
        rest = (*steps[: max(begin, 0)], *steps[begin + size :])
        if tries <= 0:
            break
        tries -= 1
        if rest and fails(rest):
            return rest, tries
    return None, tries
