"""What ends a command that cannot look: one sentence on standard error and exit 2, never a traceback."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer

FOUND, COULD_NOT_LOOK = 1, 2
"""Exit codes: something is wrong in what was looked at; nothing could be looked at."""


class CannotLook(Exception):
    """Nothing could be looked at; the text is for people."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(f"{chinese}/ {english}")


@contextmanager
def looking() -> Iterator[None]:
    """Turns what keeps a command from looking into its sentence and exit 2."""
    import asyncpg

    from activities.processes import ProcessError
    from activities.settings import MissingSettingError
    from activities.shelf import BrokenEdition
    from audit.casefiles.unpacking import UnreadableCaseFile
    from audit.checkpoints.checkpoint import CheckpointRefusedError
    from audit.checkpoints.keys import KeyFileError
    from audit.checkpoints.notes import NoteError

    try:
        yield
    except (
        CannotLook, UnreadableCaseFile, KeyFileError, NoteError, BrokenEdition, MissingSettingError,
        ProcessError, CheckpointRefusedError,
    ) as reason:  # fmt: skip
        said = str(reason)
    except (OSError, UnicodeDecodeError, asyncpg.PostgresError, asyncpg.InterfaceError) as absent:
        said = f"无法读取：{absent}。/ Cannot read: {absent}."
    else:
        return
    typer.echo(said, err=True)
    raise typer.Exit(COULD_NOT_LOOK)
