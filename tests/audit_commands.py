"""`herun audit` as people run it, over the database of a test."""

import asyncio
import json
from typing import Any

from typer.testing import CliRunner, Result

from activities.settings import Role, Settings
from api.words import Language, load_words
from audit.commands.app import app
from audit.commands.outside import Outside

_RUNNER = CliRunner()


def herun_audit(database: Any, *arguments: str) -> Result:
    """The command in this thread, which must not have a loop; without a database it reaches none."""
    urls = {f"{role}_url": database.url(role) for role in (Role.READER, Role.LEDGER)} if database else {}
    words = load_words()
    outside = Outside(
        lambda _: Settings.model_validate(urls), lambda t, c, tongue: words.say(t, c, Language(tongue))
    )
    return _RUNNER.invoke(app, list(arguments), obj=outside)


async def audit(database: Any, *arguments: object) -> Result:
    """The same from a test that has a loop."""
    return await asyncio.to_thread(herun_audit, database, *map(str, arguments))


async def told(database: Any, *arguments: object) -> dict[str, Any]:
    """What `herun audit verify --json` says."""
    result = await audit(database, "verify", "--json", *arguments)
    assert result.exit_code in (0, 1), (result.output, result.exception)
    return json.loads(result.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def codes(outcome: dict[str, Any]) -> set[tuple[str, str, int | None]]:
    """Case, code and event of each finding."""
    return {(each["case_no"], each["code"], each["seq"]) for each in outcome["findings"]}
