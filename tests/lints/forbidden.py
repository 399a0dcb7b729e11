"""Reads source as text and names what may not stand in deterministic code."""

import ast
from collections.abc import Iterator
from pathlib import Path

CALLS = {
    "datetime.now": "time comes in as an argument",
    "datetime.utcnow": "time comes in as an argument",
    "datetime.today": "time comes in as an argument",
    "date.today": "time comes in as an argument",
    "time.time": "time comes in as an argument",
    "time.monotonic": "time comes in as an argument",
    "time.sleep": "nothing waits on a wall clock",
    "asyncio.sleep": "only the engine's timer waits",
    "asyncio.gather": "a procedure is exactly one coroutine",
    "asyncio.wait": "completion order is not determined",
    "asyncio.as_completed": "completion order is not determined",
    "uuid.uuid4": "identifiers are derived, not drawn",
    "uuid4": "identifiers are derived, not drawn",
    "os.getenv": "settings come in as arguments",
    "open": "nothing is read or written",
    "print": "nothing is read or written",
    "hash": "str hashes differ between processes",
    "id": "addresses differ between processes",
}
MODULES = {
    "random": "chance differs between replays",
    "secrets": "chance differs between replays",
    "os": "the environment differs between workers",
    "socket": "nothing reaches outside",
    "threading": "nothing races",
    "logging": "events are logged outside",
    "structlog": "events are logged outside",
    "time": "time comes in as an argument",
}


def offences(source: str) -> Iterator[tuple[int, str, str]]:
    """Line, name and reason of everything forbidden in the source."""
    tree = _without_hashing(ast.parse(source))
    names = _set_names(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=aliases):
                for alias in aliases:
                    if alias.name in MODULES:
                        yield node.lineno, alias.name, MODULES[alias.name]
            case ast.ImportFrom(module=str(module)) if module in MODULES:
                yield node.lineno, module, MODULES[module]
            case ast.Call(func=func) if (name := _dotted(func)) in CALLS:
                yield node.lineno, name, CALLS[name]
            case ast.For(iter=walked) | ast.comprehension(iter=walked) if _is_set(walked, names):
                yield walked.lineno, ast.unparse(walked), "the order of a set differs between processes"


def _without_hashing(tree: ast.Module) -> ast.Module:
    """A `__hash__` of our own may hash: what it gives never leaves the process."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == "__hash__":
            node.body = [ast.Pass(lineno=node.lineno)]
    return tree


def offences_in(folder: Path, *but: str) -> list[str]:
    """One line for each offence below a folder, leaving out the files named."""
    return [
        f"{path.relative_to(folder.parent)}:{line}: {name}: {why}"
        for path in sorted(folder.rglob("*.py"))
        if path.name not in but
        for line, name, why in offences(path.read_text(encoding="utf-8"))
    ]


def _dotted(node: ast.expr) -> str:
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=ast.Name(id=owner), attr=name):
            return f"{owner}.{name}"
        case _:
            return ""


def _set_names(tree: ast.AST) -> set[str]:
    """Names that are annotated as, or assigned from, a set."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=kind) if ast.unparse(kind).startswith(
                "set"
            ):
                found.add(name)
            case ast.arg(arg=name, annotation=kind) if kind is not None and ast.unparse(kind).startswith(
                "set"
            ):
                found.add(name)
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_set(value, set()):
                found.add(name)
    return found


def _is_set(node: ast.expr, names: set[str]) -> bool:
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
        case ast.Name(id=name):
            return name in names
        case _:
            return False
