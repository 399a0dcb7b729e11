"""Forms of the acts somebody may do to a case now, drawn from the descriptions that the JSON API gives."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from api.answers import Coded, FieldView, PossibleAct
from api.forms import BLANKS
from api.voice import Voice
from api.web.frame.fields import Drawn, Typed, draw
from api.web.frame.reading import FILE
from domain.acts import ACTS
from domain.duties import SPECS
from domain.state import Case
from domain.vocabulary import Role

ASKS_NOTHING = frozenset(code for code, blanks in BLANKS.items() if not blanks)
"""Acts that one click does."""

GRAVE = frozenset(
    {
        "withdraw", "mediation.refuse", "mediation.end", "mediation.reject", "mediation.skip_confirmation",
        "order.uphold_return", "order.divert", "petition.refuse_intake", "whistle.stand_down",
        "whistle.return_proposal",
    }
)  # fmt: skip
"""Acts that end something or cannot be undone: the page asks once more where it can."""

_MEDIATORS = frozenset({Role.MEDIATOR, Role.GRID_WORKER, Role.DISPATCHER})
_ELSEWHERE = frozenset({"into", "same_as"})
"""Fields that name a case other than the parts of this one."""


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of a unit that works on the case, whom a field may name."""

    account: str
    name: str
    role: Role


Staff = Sequence[Member]


@dataclass(frozen=True, slots=True)
class ActForm:
    """One act with its controls; `main` if it answers an open duty, `open` if it is to be shown unfolded."""

    act: str
    text: str
    duty: int | None
    fields: tuple[Drawn, ...]
    main: bool
    grave: bool
    open: bool = False
    problem: str | None = None
    key: str | None = None
    """The key to send it with again, where nobody knows whether it was done."""

    @property
    def has_files(self) -> bool:
        """Whether some field takes files."""
        return any(each.control == FILE for each in self.fields)

    @property
    def one_click(self) -> bool:
        """Whether there is nothing to fill in."""
        return not self.fields


@dataclass(frozen=True, slots=True)
class Returned:
    """A form that was not taken in: which act, what was typed, and why not."""

    act: str
    typed: Typed
    problem: str | None = None
    key: str | None = None


def explained(returned: Returned) -> Returned:
    """The same with what is wrong with the form as a whole said beside why it was not taken in."""
    whole = returned.typed.errors.get("", ())
    return (
        replace(returned, problem=" ".join(filter(None, (returned.problem, *whole)))) if whole else returned
    )


def act_forms(
    case: Case, possible: Iterable[PossibleAct], voice: Voice, staff: Staff, returned: Returned | None
) -> tuple[ActForm, ...]:
    """The acts in the order of use: those that answer a duty, then standing rights."""
    forms = {each.act: _form(case, each, voice, staff, returned) for each in possible}
    return tuple(sorted(forms.values(), key=lambda each: (not each.main, each.duty is None)))


def _form(case: Case, offer: PossibleAct, voice: Voice, staff: Staff, returned: Returned | None) -> ActForm:
    back = returned if returned and returned.act == offer.act else None
    views = [_narrowed(each, case, voice, staff) for each in offer.fields]
    return ActForm(
        act=offer.act, text=offer.text, duty=offer.duty, main=_fulfils(case, offer),
        fields=draw(views, ACTS[offer.act], back.typed if back else None),
        grave=offer.act in GRAVE, open=back is not None, problem=back.problem if back else None,
        key=back.key if back else None,
    )  # fmt: skip


def _fulfils(case: Case, offer: PossibleAct) -> bool:
    """Whether the act would settle the duty it answers."""
    held = case.duties.get(offer.duty) if offer.duty is not None else None
    return held is not None and ACTS[offer.act] in SPECS[held.duty.kind].fulfilled_by


def _narrowed(view: FieldView, case: Case, voice: Voice, staff: Staff) -> FieldView:
    """The choices that this case leaves, where the description knows none or too many."""
    match view.kind:
        case "case" if view.name in _ELSEWHERE:
            return view.model_copy(update={"choices": ()})
        case "unit" if view.name == "department":
            departments = sorted({held.duty.about for held in case.duties.values() if held.duty.about})
            known = [each for each in departments if each in voice.town.tree]
            return view.model_copy(update={"choices": tuple(_unit(each, voice) for each in known)})
        case "account":
            wanted = [each for each in staff if view.name != "mediator" or each.role in _MEDIATORS]
            named = (Coded(code=each.account, text=each.name) for each in wanted)
            return view.model_copy(update={"choices": tuple(named)})
        case "calendar":
            names = [each.edition for each in voice.shelf.calendars]
            return view.model_copy(update={"choices": tuple(Coded(code=n, text=n) for n in names)})
        case _:
            return view


def _unit(path: str, voice: Voice) -> Coded:
    return Coded(code=path, text=voice.unit(path).name)


def needs_staff(possible: Iterable[PossibleAct]) -> bool:
    """Whether some form names an account."""
    return any(field.kind == "account" for each in possible for field in each.fields)


def fields_of(act: str, voice: Voice) -> Sequence[FieldView]:
    """The description of an act's form, without choices: enough to read what was posted."""
    none: Mapping[str, Iterable[Coded]] = {}
    return voice.form(act, none)
