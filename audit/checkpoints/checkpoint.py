"""The checkpoints' front: everything the commands, the custodian and the pages ask of them, by one name."""

from audit.checkpoints.kept import latest, latest_note, notes_before
from audit.checkpoints.signing import CheckpointRefusedError, rotate, write_checkpoint
from audit.checkpoints.standing import check_standing, standing_of, standings_of
from audit.checkpoints.treehead import Checkpoint, opened
from audit.checkpoints.wholeness import Comparison, check_consistency, compare, verify_tree

__all__ = [
    "Checkpoint",
    "CheckpointRefusedError",
    "Comparison",
    "check_consistency",
    "check_standing",
    "compare",
    "latest",
    "latest_note",
    "notes_before",
    "opened",
    "rotate",
    "standing_of",
    "standings_of",
    "verify_tree",
    "write_checkpoint",
]
