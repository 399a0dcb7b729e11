"""What clients sent and what they were told, written down before and after, to be held against the ledger."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from api.gate.keys import act_id_of


@dataclass(frozen=True, slots=True)
class Errand:
    """One request under its key, the same however often it is sent."""

    key: str
    account: str
    path: str
    body: Mapping[str, Any]

    @property
    def act_id(self) -> str:
        """The id that its act bears on the ledger, if it gets there."""
        return act_id_of(self.account, self.key)


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client was told in the end: a status, and the receipt or the problem's code."""

    status: int
    said: Mapping[str, Any]

    @property
    def is_done(self) -> bool:
        """Whether the act was confirmed."""
        return self.status in (HTTPStatus.OK, HTTPStatus.CREATED)


class Journal:
    """A file of lines: what was sent, and then what was answered or that nobody waited for it."""

    def __init__(self, path: Path) -> None:
        self.errands: dict[str, Errand] = {}
        self.answers: dict[str, Answer] = {}
        self.left: set[str] = set()
        if path.exists():
            self._read(path)
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._put("")  # whatever was cut short stays a line of its own

    def sent(self, errand: Errand) -> None:
        """It is about to be sent."""
        if errand.key not in self.errands:
            self.errands[errand.key] = errand
            self._write({"sent": asdict(errand)})

    def told(self, key: str, answer: Answer) -> None:
        """It was answered, for the first time."""
        self.answers[key] = answer
        self._write({"key": key, "told": asdict(answer)})

    def leave(self, key: str) -> None:
        """Whoever sent it went away before an answer came."""
        self.left.add(key)
        self._write({"left": key})

    @property
    def unanswered(self) -> Iterator[Errand]:
        """What was sent, and is still waited for."""
        done = self.answers.keys() | self.left
        return (errand for key, errand in self.errands.items() if key not in done)

    @property
    def done(self) -> Iterator[tuple[Errand, Answer]]:
        """What was confirmed, with the first answer."""
        return ((self.errands[key], answer) for key, answer in self.answers.items() if answer.is_done)

    def _write(self, line: Mapping[str, Any]) -> None:
        self._put(json.dumps(line, ensure_ascii=False))

    def _put(self, line: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    def _read(self, path: Path) -> None:
        """A line that was not written whole counts as not written: its request was not sent yet."""
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                said = json.loads(line)
            except ValueError:
                continue
            match said:
                case {"sent": errand}:
                    self.errands[errand["key"]] = Errand(**errand)
                case {"key": key, "told": answer}:
                    self.answers[key] = Answer(**answer)
                case {"left": key}:
                    self.left.add(key)
