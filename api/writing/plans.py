"""From an opening as people write it to one the law reads: offices of the place, defaults, pseudonyms."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from pydantic import ValidationError

from activities.edition_schedule import Of
from api.door import Door
from api.identity.callers import Caller
from api.mistakes import from_validation
from api.problems import FieldError, Problem, invalid
from api.town import UNSORTED, Town
from api.writing.draft import Draft, Drafter
from api.writing.openings import OpeningForm
from api.writing.persons import Newcomer, PersonForm, pseudonym
from domain.authority import OPENERS, may_open
from domain.calendar import CST
from domain.codec import dump, load_opening
from domain.offices import NoOffice
from domain.openings import OPENINGS, Offices, Opening
from domain.rulebook import Rulebook
from domain.shelf import UnknownEdition
from domain.vocabulary import CaseKind, CaseNo, Content, Party, Role, Unit

_SEATS = {
    CaseKind.ORDER: ("applicant",),
    CaseKind.PETITION: ("petitioner",),
    CaseKind.MEDIATION: ("applicants", "respondents"),
    CaseKind.WHISTLE: (),
}
"""Where persons stand in an opening; a resident who brings the matter stands first."""

_BESIDES = (
    "place",
    "rulebook",
    "drill",
    "at",
    "matter",
    "applicant",
    "petitioner",
    "applicants",
    "respondents",
)
_BEFORE = CaseNo("case")
"""Stands for the number of a case that has none yet."""


@dataclass(frozen=True, slots=True)
class Seat:
    """One place for a person; without a person it is the caller's own."""

    field: str
    many: bool
    person: PersonForm | None
    own: bool

    def party(self, number: CaseNo, place: int, caller: Caller) -> Party:
        """The pseudonym of whoever sits there."""
        if self.own:
            return Party(caller.account.id)
        assert self.person is not None
        return Party(self.person.party) if self.person.party else pseudonym(number, place)


@dataclass(frozen=True, slots=True)
class Plan:
    """An opening found lawful, before it has a number."""

    kind: CaseKind
    rules: Rulebook
    draft: Draft
    seats: tuple[Seat, ...]
    caller: Caller

    def opening(self, number: CaseNo = _BEFORE, commitments: Sequence[Content] = ()) -> Opening:
        """The opening of a numbered case. Raises Problem (422)."""
        fields = self.draft.filled(commitments) if commitments else dict(self.draft.fields)
        try:
            return load_opening(self.kind, {**fields, **self._parties(number)})
        except ValidationError as wrong:
            raise invalid(*from_validation(wrong)) from wrong

    def newcomers(self, number: CaseNo) -> Iterator[Newcomer]:
        """Persons whose names come with this opening."""
        for place, seat in enumerate(self.seats, start=1):
            if seat.person is not None and seat.person.party is None:
                yield Newcomer(seat.party(number, place, self.caller), seat.person)

    def known(self) -> Iterator[tuple[str, Party]]:
        """Persons named by a pseudonym they have already, and where."""
        for seat in self.seats:
            if seat.person is not None and seat.person.party is not None and not seat.own:
                yield seat.field, Party(seat.person.party)

    def _parties(self, number: CaseNo) -> dict[str, Any]:
        found: dict[str, Any] = {seat.field: [] for seat in self.seats if seat.many}
        for place, seat in enumerate(self.seats, start=1):
            party = seat.party(number, place, self.caller)
            if seat.many:
                found[seat.field].append(party)
            else:
                found[seat.field] = party
        return found


def plan_of(door: Door, town: Town, caller: Caller, kind: CaseKind, form: OpeningForm) -> Plan:
    """Read an opening. Raises Problem: 403 for who may not, 422 for what is wrong in it."""
    if caller.account.role not in OPENERS[kind]:
        raise Problem(HTTPStatus.FORBIDDEN, "may_not_open")
    if caller.account.role is Role.RESIDENT and getattr(form, "unit", None) is not None:
        raise invalid(FieldError(("unit",), "extra_forbidden"))  # who handles it is for the community to say
    rules = _rules(door, town, form)
    drafter = Drafter(town, door.shelf, datetime.now(CST).date())
    values = form.model_dump(mode="json", exclude_unset=True, exclude=set(_BESIDES))
    matter = _matter(drafter, form)
    place = drafter.unit(form.place, ("place",))
    written = drafter.read(OPENINGS[kind], values)
    offices = _offices(town, kind, place, rules)
    usual = _defaults(kind, town, matter, offices)
    given = {name: value for name, value in written.fields.items() if value is not None}
    draft = Draft({**usual, **given, "matter": matter, "offices": dump(offices)}, written.words)
    plan = Plan(kind, rules, draft, tuple(_seats(kind, caller, form)), caller)
    if not may_open(caller.actor, plan.opening()):
        raise Problem(HTTPStatus.FORBIDDEN, "may_not_open")
    return plan


def _rules(door: Door, town: Town, form: OpeningForm) -> Rulebook:
    usual = town.pinned(Of.RULEBOOK, datetime.now(CST).date()) or door.settings.rulebook
    try:
        return door.shelf.rulebook(form.rulebook or usual)
    except UnknownEdition as unknown:
        raise invalid(FieldError(("rulebook",), "unknown_edition")) from unknown


def _matter(drafter: Drafter, form: OpeningForm) -> str:
    code: str | None = getattr(form, "matter", None)
    return UNSORTED if code in (None, UNSORTED) else drafter.matter(str(code), ("matter",))


def _offices(town: Town, kind: CaseKind, place: Unit, rules: Rulebook) -> Offices:
    if not town.is_place(place):
        raise invalid(FieldError(("place",), "unknown_place"))
    seats = kind in (CaseKind.MEDIATION, CaseKind.PETITION)
    try:
        return town.offices(place, rules, seats=seats)
    except NoOffice as missing:
        raise invalid(FieldError(("place",), "unknown_office", {"kind": missing.kind.value})) from missing


def _defaults(kind: CaseKind, town: Town, code: str, offices: Offices) -> Mapping[str, Any]:
    """What the matter and the place decide unless somebody says otherwise."""
    matter = town.matters.get(code)
    match kind:
        case CaseKind.ORDER:
            return {"service": matter.service.value} if matter and matter.service else {}
        case CaseKind.MEDIATION:
            return {"paper_only": matter.paper_only} if matter else {}
        case CaseKind.WHISTLE:
            return {"blower": offices.town}
        case CaseKind.PETITION:
            return {}


def _seats(kind: CaseKind, caller: Caller, form: OpeningForm) -> Iterator[Seat]:
    """Persons in the order of the form; a resident comes first, whoever else is named."""
    is_resident = caller.account.role is Role.RESIDENT
    for place, field in enumerate(_SEATS[kind]):
        said = getattr(form, field)
        many = isinstance(said, tuple)
        persons: Sequence[PersonForm | None] = said if many else (said,)
        if is_resident and place == 0 and not persons:
            persons = (None,)
        for order, person in enumerate(persons):
            own = is_resident and place == order == 0
            if own:
                _check_own(caller, person, field)
            elif person is None:
                _check_absent(kind, field)
                continue
            yield Seat(field, many, person, own)


def _check_own(caller: Caller, person: PersonForm | None, field: str) -> None:
    """Residents bring their own matters; for others, staff write them down."""
    if person is not None and person.party not in (None, caller.account.id):
        raise invalid(FieldError((field,), "unknown_party"))


def _check_absent(kind: CaseKind, field: str) -> None:
    """Only an order may come from nobody: a worker found it."""
    if kind is not CaseKind.ORDER:
        raise invalid(FieldError((field,), "applicant_missing"))
