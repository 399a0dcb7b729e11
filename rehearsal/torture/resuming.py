"""How far a part has come, in a file of its folder, so that a long run survives being interrupted."""

import json
from typing import Any

from rehearsal.torture.tally import Order

_FILE = "progress.json"


def begun(order: Order) -> dict[str, Any] | None:
    """What was kept by an earlier run with the same seed and scale; None to begin anew."""
    path = order.folder / _FILE
    if not order.resume or not path.exists():
        return None
    kept = json.loads(path.read_text(encoding="utf-8"))
    same = (kept["seed"], kept["scale"]) == (order.seed, order.scale.value)
    return dict(kept["state"]) if same else None


def keep(order: Order, state: dict[str, Any]) -> None:
    """Remember this much, whole or not at all."""
    order.folder.mkdir(parents=True, exist_ok=True)
    whole = {"seed": order.seed, "scale": order.scale.value, "state": state}
    beside = order.folder / f"{_FILE}.new"
    beside.write_text(json.dumps(whole, ensure_ascii=False), encoding="utf-8")
    beside.replace(order.folder / _FILE)
