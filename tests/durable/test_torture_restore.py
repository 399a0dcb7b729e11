"""The torture by disaster, small: a copy takes over, says what it lacks, and its cases go on."""

from pathlib import Path

import pytest

from rehearsal.benches.figures import Scale
from rehearsal.torture import restore
from rehearsal.torture.tally import Order

pytestmark = pytest.mark.timeout(178)


async def test_copies_take_over_and_name_every_act_they_lack(tmp_path: Path) -> None:
    tally = await restore.torture(Order(Scale.TINY, 1, tmp_path))
    assert tally.failures == ()
    assert int(tally.figures["ledger_ahead_acts_named"]) > 0
    assert int(tally.figures["history_ahead_events_written_again"]) > 0
    assert int(tally.figures["history_ahead_acts_gone"]) > 0
