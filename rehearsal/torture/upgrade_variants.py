"""Versions of our own code that were never released, each as a process: one that is well made, one that is broken."""

import runpy
import sys
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import Any

from temporalio import workflow

from activities import interface as hands
from domain.vocabulary import CaseKind, Outcome
from workflows import durable
from workflows.catalogue import PROCEDURES
from workflows.desk import Desk
from workflows.durable import CaseWorkflow

PATCH = "looks-after-writing"


class Variant(StrEnum):
    """A version that could have been the next one."""

    PATCHED = "patched"
    """Does one step more than the released one, and asks `workflow.patched` whether a case is old enough not to."""
    BROKEN = "broken"
    """Closes every order at once, and asks nothing: what every running order did before it cannot have done."""


def _patch() -> None:
    released = CaseWorkflow._publish

    async def publish(case: CaseWorkflow) -> None:
        await released(case)
        if workflow.patched(PATCH):
            request = hands.ReadRequest(case_no=case._core.number, after=case._recorded)
            await workflow.execute_local_activity(
                hands.READ,
                request,
                result_type=hands.ReadResult,
                start_to_close_timeout=timedelta(seconds=10),
            )

    setattr(CaseWorkflow, "_publish", publish)  # noqa: B010 - what no released code may do


def _break() -> None:
    async def closes_at_once(desk: Desk, opening: Any) -> Outcome:
        return Outcome.DONE

    setattr(durable, "PROCEDURES", {**PROCEDURES, CaseKind.ORDER: closes_at_once})  # noqa: B010 - likewise


_VARIANTS: Mapping[Variant, Callable[[], None]] = {Variant.PATCHED: _patch, Variant.BROKEN: _break}


def main() -> None:
    """`python -m rehearsal.torture.upgrade_variants patched worker`: a command of `herun` under such a version."""
    _VARIANTS[Variant(sys.argv[1])]()
    sys.argv[1:2] = []
    runpy.run_module("cli", run_name="__main__")


if __name__ == "__main__":
    main()
