"""The `herun` command: starts what runs, and plays what is rehearsed."""

import sys
from collections.abc import Awaitable, Callable, Coroutine
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, TypeVar

import typer

from rehearsal.commands import stage
from rehearsal.keeping_commands import keeping

app = typer.Typer(
    name="herun", no_args_is_help=True, add_completion=False,
    help="和润：矛盾调解与信访订单分包引擎。/ Dispute mediation and petition order-splitting.",
)  # fmt: skip
register = typer.Typer(
    no_args_is_help=True, help="登记簿：台账的投影。/ The register, a projection of the ledger."
)
app.add_typer(register, name="register")
content = typer.Typer(
    no_args_is_help=True, help="内容：依法删除，须两人。/ Content: erasure on a legal basis, by two persons."
)
app.add_typer(content, name="content")
app.add_typer(stage)
app.add_typer(keeping)

if TYPE_CHECKING:
    import asyncpg

    from activities.settings import Settings

T = TypeVar("T")

By = Annotated[str, typer.Option("--by", help="经手人账号。/ Account of whoever does it.")]
DataFolder = Annotated[Path, typer.Option("--data", help="一台机器全部状态的目录。/ Folder with all state.")]
HERE = Path(".herun")


@app.command()
def up(
    data: DataFolder = HERE,
    town: Annotated[bool, typer.Option(help="载入演示镇。/ Load the demo town.")] = True,
) -> None:
    """启动全部：数据库、Temporal、工作者、接口。/ Start everything on this machine; Ctrl-C stops it."""
    from rehearsal.premises import stay_up  # servers are heavy to import for `herun --help`

    _exit(_run(stay_up(data, with_town=town)))


@app.command()
def worker() -> None:
    """运行工作者。/ Run a worker (the same as `python worker.py`)."""
    from worker import main as work

    work()


@app.command()
def api() -> None:
    """运行接口。/ Run the API."""
    from api.serve import main as serve

    serve()


@app.command()
def migrate() -> None:
    """升级数据库结构。/ Bring the database schema up to date."""
    from activities.migrate import migrate as bring_up
    from activities.settings import Role, Settings

    for name in _run(bring_up(Settings().url(Role.OWNER))):
        typer.echo(name)


@app.command()
def token(
    account: Annotated[str, typer.Argument(help="账号，如 xingye.worker。/ Account id.")],
    data: DataFolder = HERE,
    days: Annotated[int, typer.Option(min=1, help="有效天数。/ Days until it expires.")] = 30,
) -> None:
    """为账号签发令牌。/ Make a bearer token for an account."""
    typer.echo(_run(_token(_owner_url(data), account, timedelta(days=days))))


@app.command()
def code(
    who: Annotated[str, typer.Argument(help="演示账号，或案件编号。/ A demo account, or a case number.")],
    data: DataFolder = HERE,
) -> None:
    """演示镇的动态码，或最近发出的验证码。/ What a demo authenticator shows, or the last message sent."""
    from rehearsal import demo_accounts

    shown = demo_accounts.code(data, who) or _run(
        _owning(data, lambda owner: owner.fetchval(_LAST_SENT, who))
    )
    if shown is None:
        raise typer.BadParameter(f"{who} 没有动态码，也没有待发信息。/ {who} has no code and no message.")
    typer.echo(shown)


_LAST_SENT = """
    SELECT body FROM outbox_message WHERE (case_no = upper($1) OR party = $1) AND expires_at > now()
    ORDER BY id DESC LIMIT 1"""


@register.command("rebuild")
def register_rebuild(data: DataFolder = HERE) -> None:
    """由台账重建登记簿。/ Make the register anew from the ledger."""
    cases, events = _run(_rebuild(_owner_url(data)))
    typer.echo(f"{cases} 案 {events} 事件 / {cases} cases, {events} events")


@content.command("erase")
def content_erase(
    case: Annotated[str, typer.Argument(help="案号。/ Case number.")],
    basis: Annotated[str, typer.Option(help="法律依据。/ The ground in law.")],
    by: By,
    what: Annotated[
        list[str] | None, typer.Option(help="承诺值，可多次；不写为全案。/ A commitment; all unless given.")
    ] = None,
    data: DataFolder = HERE,
) -> None:
    """申请删除内容，待另一人批准。/ Ask for an erasure, which another person has to approve."""
    from activities.erasure import ask
    from domain.vocabulary import Content

    chosen = [Content(each) for each in what or ()]
    asked = _run(_owning(data, lambda owner: ask(owner, case, basis, by, chosen)))
    typer.echo(f"申请 {asked.seq}：{len(asked.data['commitments'])} 项，待另一人批准：")
    typer.echo(f"request {asked.seq}: another person runs  herun content approve {asked.seq} --by ACCOUNT")


@content.command("approve")
def content_approve(
    request: Annotated[int, typer.Argument(help="申请号。/ Number of the request.")],
    by: By,
    data: DataFolder = HERE,
) -> None:
    """批准申请，随即删除，不可恢复。/ Approve a request: the content is gone for good."""
    from activities import attachments
    from activities.erasure import approve

    store = attachments.open_store(_settings(data).attachments)
    erased = _run(
        _owning(
            data,
            lambda owner: approve(owner, request, by, lambda on, *what: attachments.erase(on, store, *what)),
        )
    )
    typer.echo(
        f"已删除 {len(erased.commitments)} 项 / erased {len(erased.commitments)}: {', '.join(erased.cases)}"
    )


@content.command("requests")
def content_requests(data: DataFolder = HERE) -> None:
    """待批准的删除申请。/ Erasures that nobody has approved yet."""
    from activities.erasure import open_requests

    for each in _run(_owning(data, open_requests)):
        typer.echo(f"{each.seq}\t{each.data['case_no']}\t{each.data['account']}\t{each.data['basis']}")


@app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True}, add_help_option=False
)
def audit(context: typer.Context) -> None:
    """审计：核验、导出、检查点、回看、推演。/ The proof: verify, export, checkpoints, time travel, what-if."""
    from api.words import Language, load_words
    from audit.commands.app import app as audits  # a second of imports that no other command needs
    from audit.commands.outside import Outside

    words = load_words()
    outside = Outside(_settings, lambda table, code, tongue: words.say(table, code, Language(tongue)))
    audits(context.args, prog_name="herun audit", obj=outside)


@app.command()
def populate(
    cases: Annotated[int, typer.Option(min=4, help="约多少案。/ About how many cases.")] = 10_000,
    rulebook: Annotated[str, typer.Option(help="规则书版本。/ Rulebook edition.")] = "default-3",
    seed: Annotated[int, typer.Option(help="人物的随机种子。/ Seed of the simulated people.")] = 1,
    data: DataFolder = HERE,
) -> None:
    """把虚拟演练的案件写入台账，供核验。/ Write virtual cases on the ledger, so that there is much to audit."""
    from rehearsal.into_ledger import populate as write_lives

    written, events = _run(write_lives(_settings(data), cases, seed, rulebook))
    typer.echo(f"{written} 案 {events} 事件 / {written} cases, {events} events")


def main() -> None:
    """Run the command; what people can mend is said in a sentence, not in a traceback."""
    import structlog

    from activities.erasure import ErasureRefused
    from activities.migrate import MigrationError
    from activities.processes import ProcessError
    from activities.settings import MissingSettingError
    from activities.shelf import BrokenEdition
    from rehearsal.mapping import MappingError
    from rehearsal.records import UnreadableFileError

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is the answer's
    try:
        app()
    except (
        ProcessError,
        ErasureRefused,
        MissingSettingError,
        MigrationError,
        BrokenEdition,
        MappingError,
        UnreadableFileError,
    ) as wrong:
        typer.echo(str(wrong), err=True)
        raise SystemExit(2) from None


async def _owning(data: Path, work: "Callable[[asyncpg.Connection], Awaitable[T]]") -> T:
    """Do something as the owner of the schema."""
    import asyncpg

    connection = await asyncpg.connect(_owner_url(data))
    try:
        return await work(connection)
    finally:
        await connection.close()


async def _token(owner_url: str, account: str, lifetime: timedelta) -> str:
    import asyncpg

    from activities import accounts

    connection = await asyncpg.connect(owner_url)
    try:
        return await accounts.create_token(connection, account, lifetime)
    except LookupError:
        raise typer.BadParameter(f"没有账号 {account}。/ No account {account}.") from None
    finally:
        await connection.close()


async def _rebuild(owner_url: str) -> tuple[int, int]:
    import asyncpg
    from rich.progress import Progress

    from activities.rebuild import rebuild

    connection = await asyncpg.connect(owner_url)
    try:
        with Progress(transient=True) as bar:
            task = bar.add_task("台账 / ledger", total=None)
            done = await rebuild(connection, lambda n, total: bar.update(task, completed=n, total=total))
    finally:
        await connection.close()
    return done.cases, done.events


def _owner_url(data: Path) -> str:
    """The owner's url from the environment, or of the stack that runs on a folder."""
    from activities.settings import Role, Settings
    from stack import running

    settings = Settings()
    return settings.url(Role.OWNER) if settings.owner_url else running(data)["HERUN_OWNER_URL"]


def _settings(data: Path) -> "Settings":
    """The settings of the environment, or of the stack that runs on a folder."""
    from activities.settings import Settings
    from stack import running

    settings = Settings()
    if settings.reader_url or settings.owner_url:
        return settings
    return Settings.of(running(data))


def _run(work: Coroutine[object, object, T]) -> T:
    """Run to the end, on the fastest loop there is."""
    import uvloop

    return uvloop.run(work)


def _exit(code: int) -> NoReturn:
    raise SystemExit(code)


if __name__ == "__main__":
    main()
