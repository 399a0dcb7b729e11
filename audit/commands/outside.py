"""What the commands of an audit get from whoever puts the program together: where to look, and the words."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

if TYPE_CHECKING:
    from activities.content import Connection
    from activities.settings import Settings

T = TypeVar("T")
Say = Callable[[str, str], str]
"""Table and code → words, in the language that was asked for."""

DataFolder = Annotated[Path, typer.Option("--data", help="一台机器全部状态的目录。/ Folder with all state.")]
By = Annotated[str | None, typer.Option(help="谁在查看，记入查阅日志。/ Who looks; goes to the access log.")]
Keys = Annotated[
    Path | None,
    typer.Option(
        envvar="HERUN_AUDIT_KEYS", help="受信公钥文件，每行一个。/ Trusted public keys, one a line."
    ),
]
Language = Annotated[str | None, typer.Option("--lang", help="zh 或 en，默认随终端。/ zh or en.")]
HERE = Path(".herun")


@dataclass(frozen=True, slots=True)
class Outside:
    """Laid into typer's context by the composition root.

    `settings` are those of the environment, or of the stack that runs on a folder (raises ProcessError).
    `say` gives words: table, code, language.
    """

    settings: Callable[[Path], "Settings"]
    say: Callable[[str, str, str], str]

    def speaking(self, asked: str | None) -> Say:
        """Words in one language, the terminal's unless one is asked for."""
        chosen = asked if asked in ("zh", "en") else language()
        return lambda table, code: self.say(table, code, chosen)


def outside_of(context: typer.Context) -> Outside:
    """What was laid ready for this command."""
    found = context.obj
    assert isinstance(found, Outside)
    return found


def language() -> str:
    """English if the locale says so, Chinese otherwise."""
    said = next((v for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (v := os.environ.get(name))), "")
    return "en" if said.lower().startswith("en") else "zh"


def ran(url: str, work: Callable[["Connection"], Awaitable[T]]) -> T:
    """Run over a connection of its own, and let it go."""
    import asyncpg
    import uvloop

    async def over() -> T:
        connection = await asyncpg.connect(url)
        try:
            return await work(connection)
        finally:
            await connection.close()

    return uvloop.run(over())
