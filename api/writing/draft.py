"""From what a client wrote to what the law reads: names looked up, free text set aside, mistakes listed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from activities.commitments import ContentKind, commit, references
from activities.content import Kept, Words
from api.forms import Account, Body, Calendar, File, Matter, read_with
from api.mistakes import from_validation
from api.problems import FieldError, invalid
from api.town import Town
from domain.acts import Act
from domain.codec import dump, load_act
from domain.events import Acted
from domain.shelf import Shelf, UnknownEdition
from domain.vocabulary import CaseNo, Content, Party, Unit

FARTHEST = timedelta(days=3_660)
"""No date in a form is farther away: beyond the calendars nothing can be counted."""

Place = tuple[str | int, ...]

_SLOT = "slot:"


@dataclass(frozen=True, slots=True)
class Draft:
    """What a form says, with a slot wherever a commitment to words will stand.

    `parties`, `cases`, `accounts` and `files` (kept before) are what it refers to and where, to be checked
    against the record.
    """

    fields: Mapping[str, Any]
    words: tuple[Words, ...] = ()
    parties: tuple[tuple[Place, Party], ...] = ()
    cases: tuple[tuple[Place, CaseNo], ...] = ()
    accounts: tuple[tuple[Place, str], ...] = ()
    files: tuple[tuple[Place, Content], ...] = ()

    @property
    def refers(self) -> bool:
        """Whether there is anything to check or to keep before the act goes on."""
        return bool(self.words or self.parties or self.cases or self.accounts or self.files)

    def filled(self, commitments: Sequence[Content]) -> dict[str, Any]:
        """The fields with commitments in their slots."""
        found: dict[str, Any] = _filled(self.fields, commitments)
        return found

    def act(self, code: str, commitments: Sequence[Content] = ()) -> Act:
        """The act; without commitments one to ask the law about. Raises Problem (422)."""
        try:
            return load_act(code, self.filled(commitments) if commitments else dict(self.fields))
        except ValidationError as wrong:
            raise invalid(*from_validation(wrong)) from wrong

    def says(self, done: Acted, kept: Mapping[Content, Kept]) -> bool:
        """Whether an act on the ledger is this very one; of erased words nobody can say, so they pass."""
        files = {file for _, file in self.files}
        held = tuple(each for each in references(done) if each not in files)
        if len(held) != len(self.words) or not all(map(_is_of, self.words, map(kept.get, held))):
            return False
        return dump(done.act) == dump(self.act(done.act.code, held))


def _is_of(words: Words, kept: Kept | None) -> bool:
    if kept is None or kept.salt is None:
        return True
    return commit(words.kind, words.body, kept.salt) == kept.commitment


def _filled(value: Any, commitments: Sequence[Content]) -> Any:
    match value:
        case str() if value.startswith(_SLOT):
            return commitments[int(value.removeprefix(_SLOT))]
        case dict():
            return {name: _filled(each, commitments) for name, each in value.items()}
        case list():
            return [_filled(each, commitments) for each in value]
        case _:
            return value


@dataclass(slots=True)
class Drafter:
    """Reads one form; what cannot be found is a mistake at its place."""

    town: Town
    shelf: Shelf
    today: date
    words: list[Words] = field(default_factory=list)
    parties: list[tuple[Place, Party]] = field(default_factory=list)
    cases: list[tuple[Place, CaseNo]] = field(default_factory=list)
    accounts: list[tuple[Place, str]] = field(default_factory=list)
    files: list[tuple[Place, Content]] = field(default_factory=list)
    errors: list[FieldError] = field(default_factory=list)

    def read(self, holder: type, values: Mapping[str, Any]) -> Draft:
        """The draft of a form of `holder`. Raises Problem (422) with every mistake."""
        fields = read_with(self._take, holder, values)
        if self.errors:
            raise invalid(*self.errors)
        return Draft(
            fields, tuple(self.words), tuple(self.parties), tuple(self.cases), tuple(self.accounts),
            tuple(self.files),
        )  # fmt: skip

    def slot(self, kind: ContentKind, body: str) -> str:
        """A place for words that will be kept beside the ledger."""
        self.words.append(Words(kind, body))
        return f"{_SLOT}{len(self.words) - 1}"

    def unit(self, name: str, at: Place) -> Unit:
        """The unit that a path or a name means."""
        found = self.town.unit(name, self.today)
        if found is None:
            self.errors.append(FieldError(at, "unknown_unit"))
        return found or Unit(name)

    def body(self, name: str, at: Place) -> str:
        """The body of a path or a name, abolished or not."""
        tree = self.town.tree
        found = Unit(name) if Unit(name) in tree else tree.named(name)
        if found is None:
            self.errors.append(FieldError(at, "unknown_unit"))
        return found or name

    def matter(self, code: str, at: Place) -> str:
        """A code of the catalogue."""
        if code not in self.town.matters:
            self.errors.append(FieldError(at, "unknown_matter"))
        return code

    def calendar(self, name: str, at: Place) -> str:
        """The digest of a calendar edition."""
        try:
            return self.shelf.calendar(name).digest
        except UnknownEdition:
            self.errors.append(FieldError(at, "unknown_edition"))
            return name

    def _take(self, hint: Any, value: Any, at: Place) -> Any:
        if hint is Content:
            return self.slot(ContentKind.TEXT, value)
        if hint is Unit:
            return self.unit(value, at)
        if hint is Matter:
            return self.matter(value, at)
        if hint is Calendar:
            return self.calendar(value, at)
        if hint is Body:
            return self.body(value, at)
        self._note(hint, value, at)
        return value

    def _note(self, hint: Any, value: Any, at: Place) -> None:
        if hint is Party:
            self.parties.append((at, Party(value)))
        elif hint is CaseNo:
            self.cases.append((at, CaseNo(value)))
        elif hint is Account:
            self.accounts.append((at, value))
        elif hint is File:
            self.files.append((at, Content(value)))
        elif hint in (date, datetime) and abs(date.fromisoformat(value[:10]) - self.today) > FARTHEST:
            self.errors.append(FieldError(at, "too_far"))
