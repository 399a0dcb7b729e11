"""`herun audit checkpoint` and `herun audit key`: sign what is on record, and keep the keys it is signed with."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from audit.commands.looking import FOUND, CannotLook, looking
from audit.commands.outside import HERE, By, DataFolder, Language, outside_of, ran
from audit.commands.telling import Outcome, findings_text

if TYPE_CHECKING:
    from activities.settings import Settings
    from audit.checkpoints.notes import Signer

key = typer.Typer(no_args_is_help=True, help="签名密钥。/ The keys of checkpoints.")

_KeyFile = Annotated[Path, typer.Argument(help="私钥文件（PEM）。/ Private key file (PEM).")]
SigningKey = Annotated[
    Path | None, typer.Option("--key", envvar="HERUN_SIGNING_KEY", help="私钥文件。/ Private key file.")
]


def register(app: typer.Typer) -> None:
    """Put the commands into the group of the audit."""
    app.add_typer(key, name="key")
    app.command()(checkpoint)


def checkpoint(
    context: typer.Context,
    against: Annotated[
        Path | None,
        typer.Option(help="自存的旧检查点；证明此前未被改写。/ An old one, to prove no rewriting."),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="写到文件。/ Write to a file.")
    ] = None,
    signing_key: SigningKey = None,
    by: By = None,
    lang: Language = None,
    data: DataFolder = HERE,
) -> None:
    """签署检查点并输出；请存放在系统之外。/ Sign a checkpoint and print it, to be kept outside."""
    outside = outside_of(context)
    with looking():
        settings = outside.settings(data)
        signer = _signer(signing_key)
        old = against.read_text(encoding="utf-8") if against is not None else None
        note = _signed(settings, signer, by)
        if output is not None:
            output.write_text(note, encoding="utf-8")
        typer.echo(note, nl=False)
        outcome = _compared(settings, old, signer)
    for line in findings_text(outcome, outside.speaking(lang)):
        typer.echo(line, err=True)
    raise typer.Exit(0 if outcome.is_clean else FOUND)


def _signer(file: Path | None) -> "Signer":
    from audit.checkpoints.keys import load

    if file is None:
        raise CannotLook("请用 --key 指明私钥文件。", "Name the private key with --key.")
    return load(file)


def _signed(settings: "Settings", signer: "Signer", by: str | None) -> str:
    """The note; who had it signed, if somebody is named, is under it."""
    from activities.access import Access, looked
    from activities.content import Connection
    from activities.settings import Role
    from audit.checkpoints.checkpoint import write_checkpoint

    async def sign(connection: Connection) -> str:
        if by is not None:
            await looked(connection, by, Access.CHECKPOINT_WRITTEN)
        return (await write_checkpoint(connection, [signer], datetime.now(UTC))).note

    return ran(settings.url(Role.LEDGER), sign)


def _compared(settings: "Settings", old: str | None, signer: "Signer") -> "Outcome":
    """Whether what was just signed follows from the one that somebody kept."""
    from activities.settings import Role
    from audit.checkpoints.checkpoint import compare

    outcome = Outcome()
    if old is not None:
        held = ran(settings.url(Role.READER), lambda c: compare(c, old, [signer.verifier]))
        for finding in held.findings:
            outcome.find(finding)
    return outcome


@key.command("new")
def new_key(
    file: _KeyFile,
    name: Annotated[str, typer.Argument(help="检查点的来源名，如 herun.yunhe。/ The origin of the log.")],
) -> None:
    """新建密钥；输出公钥。/ Make a key; prints the public half."""
    from audit.checkpoints.keys import generate

    with looking():
        try:
            typer.echo(str(generate(file, name).verifier))
        except ValueError as wrong:
            raise CannotLook(f"{wrong}", "No key was made.") from None


@key.command("show")
def show_key(file: _KeyFile) -> None:
    """输出公钥，供审计人员自存。/ Print the public half, for auditors to keep."""
    from audit.checkpoints.keys import load

    with looking():
        typer.echo(str(load(file).verifier))


@key.command("rotate")
def rotate_key(context: typer.Context, file: _KeyFile, data: DataFolder = HERE) -> None:
    """换用新密钥；新旧两把同签一个检查点。/ Go over to a new key; both sign one checkpoint."""
    from activities.settings import Role
    from audit.checkpoints.checkpoint import rotate
    from audit.checkpoints.keys import adopt, load, successor

    with looking():
        settings = outside_of(context).settings(data)
        old, new = load(file), successor(file)
        made = ran(settings.url(Role.LEDGER), lambda c: rotate(c, old, new, datetime.now(UTC)))
        adopt(file)
    typer.echo(made.note, nl=False)
    typer.echo(str(new.verifier))
