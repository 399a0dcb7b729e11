"""What is kept of checkpoints, and the last of them; nothing is verified here."""

from collections.abc import Sequence
from dataclasses import dataclass

from activities.content import Connection
from audit.checkpoints import tiles, treehead
from audit.checkpoints.tiles import Name, NamedTile
from audit.checkpoints.treehead import Checkpoint

_LATEST = "SELECT note, last_id, edges, tail FROM checkpoint ORDER BY size DESC LIMIT 1"
_OF_SIZE = "SELECT note, last_id, edges, tail FROM checkpoint WHERE size = $1"
_ALL = "SELECT note FROM checkpoint WHERE size < $1 ORDER BY size DESC LIMIT $2"


@dataclass(frozen=True, slots=True)
class Recorded:
    """A checkpoint as it is kept, with what the next one goes on from."""

    checkpoint: Checkpoint
    last_id: int
    edges: Sequence[bytes]
    tail: Sequence[Name]

    @property
    def edge(self) -> NamedTile:
        """The leaves after the last full tile."""
        return NamedTile(self.checkpoint.size // tiles.WIDTH, self.last_id, self.edges[0], self.tail)


async def latest(connection: Connection) -> Checkpoint | None:
    """The last checkpoint, unverified. Raises NoteError where what is kept is none."""
    found = await recorded(connection)
    return found.checkpoint if found else None


async def latest_note(connection: Connection) -> str | None:
    """The note of the last checkpoint, whatever stands in it."""
    row = await connection.fetchrow(_LATEST)
    return row["note"] if row else None


async def notes_before(connection: Connection, size: int = tiles.AFTER_ALL, limit: int = 100) -> list[str]:
    """The notes of checkpoints of fewer leaves than `size`, the last first."""
    return [row["note"] for row in await connection.fetch(_ALL, size, limit)]


async def recorded(connection: Connection, size: int | None = None) -> Recorded | None:
    """The last checkpoint, or the one of so many leaves, as it is kept. Raises NoteError as `latest`."""
    row = await (connection.fetchrow(_LATEST) if size is None else connection.fetchrow(_OF_SIZE, size))
    if row is None:
        return None
    checkpoint = treehead.read(row["note"])
    return Recorded(checkpoint, row["last_id"], row["edges"] or [b""], tiles.names_in(row["tail"]))
