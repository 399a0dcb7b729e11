"""What a worker lays ready before any case runs: the shelf of editions, and an ear for bugs."""

from collections.abc import Callable

from domain.shelf import Shelf

Report = Callable[[str, BaseException], None]

_shelf: Shelf | None = None
_report: Report | None = None


def lay(shelf: Shelf, report: Report | None = None) -> None:
    """Put the editions where workflows find them, by digest; a digest always means the same text.

    `report` hears of every bug that fails a workflow task: case number and exception.
    """
    global _shelf, _report
    _shelf, _report = shelf, report


def shelf() -> Shelf:
    """The editions laid ready."""
    if _shelf is None:
        raise RuntimeError("no shelf was laid before the worker started")
    return _shelf


def report(number: str, bug: BaseException) -> None:
    """Tell whoever listens that a case cannot go on."""
    if _report is not None:
        _report(number, bug)
