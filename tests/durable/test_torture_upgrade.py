"""The torture by upgrade, small: cases outlive a migration, a broken version and a patched one."""

from pathlib import Path

import pytest

from activities.shelf import load_shelf
from rehearsal.benches.figures import Scale
from rehearsal.torture import upgrade
from rehearsal.torture.tally import Order

pytestmark = pytest.mark.timeout(175)


async def test_running_cases_outlive_every_version(tmp_path: Path) -> None:
    tally = await upgrade.torture(Order(Scale.TINY, 1, tmp_path))
    assert tally.failures == ()
    assert int(tally.figures["golden_histories"]) >= 6
    assert int(tally.figures["old_orders"]) == int(tally.figures["new_orders"]) > 1
    assert "503" in str(tally.figures["act_meets_broken"])


def test_the_edition_of_the_rehearsal_is_one_an_operator_could_add(tmp_path: Path) -> None:
    (tmp_path / "torture-4.toml").write_text(upgrade._TEXT, encoding="utf-8")
    shelf = load_shelf(tmp_path)
    assert shelf.rulebook(upgrade.EDITION).digest != shelf.rulebook("default-3").digest
