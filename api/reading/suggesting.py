"""Suggestions for whoever dispatches, each with its reason: likely duplicates, the matter, the units.

Nothing here decides anything: a person does, and sees why it was suggested. An accused unit, one whose staff stepped
aside, and one that has returned the matter are never suggested (《信访工作条例》第28、30条).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import log1p

import asyncpg

from activities import likeness
from activities.accounts import Matter
from activities.grams import grams
from activities.likeness import Handled, Worded
from api.answers import Coded, UnitRef
from api.database import Connection
from api.identity.callers import Caller
from api.identity.sight import Query, want_visible
from api.reading.casefile import CaseFile
from api.town import UNSORTED, Town
from api.voice import Voice
from domain.calendar import CST
from domain.organisation import within
from domain.state import Case
from domain.vocabulary import CaseKind, CaseNo, Unit, UnitKind

NEARBY = timedelta(days=30)
"""How far back a duplicate is looked for in the same community."""
OWN = timedelta(days=365)
"""How far back among what the same person has brought."""
SAME_DAYS = timedelta(days=7)
"""So close together, two matters of one community and one sub-type may be one."""
HISTORY = timedelta(days=180)
"""How far back past dispatches are counted."""

MOST = 3
"""Duplicates and units that are suggested."""
ALIKE = 0.3
"""Share of words in common above which two texts may tell of one matter, whatever it was called."""
ALIKE_OF_ONE = 0.15
"""The same where one person brought both."""
TOWN_WEIGHT = 2.0
"""The town's habit counts as much as so many of the community's own orders."""
ENOUGH_WORDS = 0.34
"""Share of a catalogue entry's name that must stand in the text."""


class Basis(StrEnum):
    """What a suggested unit or matter rests on."""

    COMMUNITY = "community"
    """This community's past orders of the sub-type."""
    TOWN = "town"
    """Those of the whole town."""
    LEAD = "lead"
    """The catalogue's lead unit."""
    CO_UNIT = "co_unit"
    """The catalogue's co-unit."""
    WORDS = "words"
    """Words shared with an entry of the catalogue."""
    ALIKE = "alike"
    """Matters told in like words."""


@dataclass(frozen=True, slots=True)
class Twin:
    """A matter that may be the same; `likeness` is the share of words in common, from 0 to 1."""

    number: CaseNo
    title: str | None
    stage: Coded
    opened_at: datetime
    is_open: bool
    unit: UnitRef | None
    same_matter: bool
    same_person: bool
    likeness: float
    apart: timedelta


@dataclass(frozen=True, slots=True)
class UnitChoice:
    """A unit with what speaks for it: `times` of `of` orders, where it rests on counts."""

    unit: UnitRef
    basis: Basis
    times: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class MatterChoice:
    """An entry of the catalogue, with the words or the number of like matters that speak for it."""

    matter: Coded
    basis: Basis
    words: tuple[str, ...] = ()
    times: int = 0


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What is suggested for one matter."""

    twins: tuple[Twin, ...] = ()
    matter: MatterChoice | None = None
    units: tuple[UnitChoice, ...] = ()


@dataclass(frozen=True, slots=True)
class Likeness:
    """How much a matter is like another one, before anybody is shown it."""

    number: CaseNo
    same_matter: bool
    same_person: bool
    share: float
    apart: timedelta

    @property
    def is_likely(self) -> bool:
        """Whether it is worth a look."""
        close = self.same_matter and self.apart <= SAME_DAYS
        return close or self.share >= ALIKE or (self.same_person and self.share >= ALIKE_OF_ONE)

    @property
    def weight(self) -> float:
        """What is shown first: like words, then the same sub-type, the sooner after one another the more."""
        nearness = 1 - min(self.apart / NEARBY, 1.0)
        return self.share + (0.2 + 0.2 * nearness) * self.same_matter + 0.15 * self.same_person


async def suggest(
    connection: Connection, caller: Caller, voice: Voice, files: Sequence[CaseFile]
) -> Mapping[CaseNo, Suggestions]:
    """What may be suggested for each case to somebody who may see them all; a few statements for any number."""
    if not files:
        return {}
    now = max(datetime.now(CST), *(file.case.opened_at for file in files))
    since = min(file.case.opened_at for file in files)
    known = await likeness.nearby(connection, [f.number for f in files], since - NEARBY, since - OWN)
    alike = alike_among(known, [file.number for file in files])
    shown = await _shown(connection, caller, voice, {each.number for many in alike.values() for each in many})
    matters = {f.number: _matter_of(known, f.number, alike[f.number], voice) for f in files}
    codes = {file.number: _code(known[file.number], matters[file.number]) for file in files}
    past = await _past(connection, files, codes.values(), now)
    barred = await _barred(connection, files)
    return {
        file.number: Suggestions(
            tuple(_twin(each, shown[each.number], voice) for each in alike[file.number] if each.number in shown)[:MOST],
            matters[file.number],
            _units(file, codes[file.number], past, barred[file.number], voice),
        )
        for file in files
    }  # fmt: skip


def _code(new: Worded, found: MatterChoice | None) -> str:
    """The sub-type that units are suggested for."""
    return found.matter.code if found and new.matter == UNSORTED else new.matter


# -- duplicates ---------------------------------------------------------------------------------------


def alike_among(
    known: Mapping[CaseNo, Worded], numbers: Iterable[CaseNo]
) -> Mapping[CaseNo, tuple[Likeness, ...]]:
    """For each number the earlier matters of its kind that it may repeat, the likeliest first.

    Words weigh the more the fewer of the matters have them, so that a street's name makes no duplicate.
    """
    carriers: defaultdict[str, list[CaseNo]] = defaultdict(list)
    for each in known.values():
        for term in each.terms:
            carriers[term].append(each.number)
    weights = {term: log1p(len(known) / len(found)) for term, found in carriers.items()}
    sizes = {each.number: sum(map(weights.__getitem__, each.terms)) for each in known.values()}
    found = {}
    for number in numbers:
        shared = _shared(known[number], carriers, weights)
        every = (_likeness(known[number], each, shared, sizes) for each in known.values())
        likely = [each for each in every if each is not None and each.is_likely]
        found[number] = tuple(sorted(likely, key=lambda each: -each.weight)[: 2 * MOST])
    return found


def _shared(
    new: Worded, carriers: Mapping[str, Sequence[CaseNo]], weights: Mapping[str, float]
) -> Mapping[CaseNo, float]:
    shared: defaultdict[CaseNo, float] = defaultdict(float)
    for term in new.terms:
        weight = weights[term]
        for number in carriers[term]:
            shared[number] += weight
    return shared


def _likeness(
    new: Worded, old: Worded, shared: Mapping[CaseNo, float], sizes: Mapping[CaseNo, float]
) -> Likeness | None:
    """None for what cannot be a duplicate: of another kind, later, or joined with another one already."""
    later = (old.opened_at, old.number) >= (new.opened_at, new.number)
    if later or old.merged or (old.kind, old.drill) != (new.kind, new.drill):
        return None
    both = sizes[new.number] + sizes[old.number]
    return Likeness(
        old.number, same_matter=old.community == new.community and old.matter == new.matter != UNSORTED,
        same_person=bool(new.parties & old.parties), share=2 * shared.get(old.number, 0.0) / both if both else 0.0,
        apart=new.opened_at - old.opened_at,
    )  # fmt: skip


_SHOWN = """
    SELECT r.case_no, r.stage, r.opened_at, r.closed_at, r.unit, c.body AS title FROM case_register r
    LEFT JOIN content c ON c.commitment = r.title WHERE {where}"""


async def _shown(
    connection: Connection, caller: Caller, voice: Voice, numbers: Iterable[CaseNo]
) -> Mapping[CaseNo, asyncpg.Record]:
    """Of these cases those that the caller may see."""
    wanted = sorted(numbers)
    if not wanted:
        return {}
    query = Query()
    query.want(f"r.case_no = ANY({query.give(wanted)}::text[])")
    want_visible(query, caller, voice.town)
    rows = await connection.fetch(_SHOWN.format(where=query.where), *query.parameters)
    return {CaseNo(row["case_no"]): row for row in rows}


def _twin(each: Likeness, row: asyncpg.Record, voice: Voice) -> Twin:
    return Twin(
        each.number, row["title"], voice.coded("stage", row["stage"]), row["opened_at"].astimezone(CST),
        row["closed_at"] is None, voice.maybe_unit(row["unit"]), each.same_matter, each.same_person, each.share,
        each.apart,
    )  # fmt: skip


# -- the matter ---------------------------------------------------------------------------------------


def _matter_of(
    known: Mapping[CaseNo, Worded], number: CaseNo, alike: Iterable[Likeness], voice: Voice
) -> MatterChoice | None:
    """An entry for a matter that nobody has sorted yet; None for one that is sorted, or nothing speaks for any."""
    new = known[number]
    if new.matter != UNSORTED:
        return None
    called = Counter(known[each.number].matter for each in alike if each.share >= ALIKE)
    del called[UNSORTED]
    if called:
        code, times = called.most_common(1)[0]
        return MatterChoice(voice.matter(code), Basis.ALIKE, times=times)
    return matter_in_words(new.terms, voice)


def matter_in_words(terms: frozenset[str], voice: Voice) -> MatterChoice | None:
    """The entry of the catalogue most of whose name stands in a text; ties go to the rarer words."""
    entries = {each.code: _name_terms(each) for each in voice.town.matters.values() if each.code != UNSORTED}
    rarity = Counter(term for each in entries.values() for term in each)
    best: tuple[float, str, tuple[str, ...]] | None = None
    for code, name in entries.items():
        shared = tuple(term for term in name if term in terms)
        weight = sum(1 / rarity[term] for term in shared)
        total = sum(1 / rarity[term] for term in name)
        if shared and weight / total >= ENOUGH_WORDS and (best is None or weight / total > best[0]):
            best = weight / total, code, shared
    return MatterChoice(voice.matter(best[1]), Basis.WORDS, words=best[2]) if best else None


def _name_terms(matter: Matter) -> tuple[str, ...]:
    """Pairs of the characters of its names; single characters say too little."""
    found = (term for name in (matter.name_zh, *matter.aliases) for term in grams(name) if len(term) > 1)
    return tuple(dict.fromkeys(found))


# -- the units ----------------------------------------------------------------------------------------


async def _past(
    connection: Connection, files: Sequence[CaseFile], codes: Iterable[str], now: datetime
) -> Sequence[Handled]:
    wanted = sorted(set(codes) - {UNSORTED})
    towns = sorted({file.case.opening.offices.town for file in files})
    drill = files[0].case.drill
    return await likeness.handled(connection, wanted, towns, now - HISTORY, drill) if wanted else ()


async def _barred(connection: Connection, files: Sequence[CaseFile]) -> Mapping[CaseNo, frozenset[Unit]]:
    """Units whose staff stepped aside, or that returned the matter; the accused are asked of each unit."""
    recused = {file.number: sorted(file.case.recused) for file in files if file.case.recused}
    units = {number: await likeness.units_of(connection, who) for number, who in recused.items()}
    return {f.number: units.get(f.number, frozenset()) | f.case.returned for f in files}


def _units(
    file: CaseFile, code: str, past: Sequence[Handled], barred: frozenset[Unit], voice: Voice
) -> tuple[UnitChoice, ...]:
    offices = file.case.opening.offices
    ranked = ranked_units(offices.community, offices.town, code, past)
    counted = ((unit, Basis.COMMUNITY if own else Basis.TOWN, times, of) for unit, own, times, of in ranked)
    usual = ((unit, basis, 0, 0) for unit, basis in _usual(voice.town, code, offices.community))
    found: dict[Unit, UnitChoice] = {}
    for unit, basis, times, of in (*counted, *usual):
        stands = voice.town.tree.standing(unit, datetime.now(CST).date())
        if stands is not None and stands not in found and is_suitable(file.case, stands, barred):
            found[stands] = UnitChoice(voice.unit(stands), basis, times, of)
    return tuple(found.values())[:MOST]


def is_suitable(case: Case, unit: Unit, barred: frozenset[Unit]) -> bool:
    """Whether a unit may be suggested: neither accused, nor below who is, nor out of the matter already."""
    return unit not in barred and not (case.accused is not None and within(unit, case.accused))


def ranked_units(
    community: Unit, town: Unit, code: str, past: Iterable[Handled]
) -> list[tuple[Unit, bool, int, int]]:
    """Units for a sub-type at a place, the likeliest first: (unit, of the community's own orders, times, of).

    The community's own past, smoothed by its town's; where another community did it itself, so might this one.
    """
    here: Counter[Unit] = Counter()
    there: Counter[Unit] = Counter()
    for each in past:
        if (each.matter, each.town) != (code, town):
            continue
        there[community if each.unit == each.community else each.unit] += each.times
        if each.community == community:
            here[each.unit] += each.times
    known, all_of_town = here.total(), there.total()

    def chance(unit: Unit) -> float:
        return (here[unit] + TOWN_WEIGHT * there[unit] / all_of_town) / (known + TOWN_WEIGHT)

    ranked = sorted(there, key=lambda unit: (-chance(unit), unit))
    return [
        (unit, True, here[unit], known) if here[unit] else (unit, False, there[unit], all_of_town)
        for unit in ranked
    ]


def _usual(town: Town, code: str, place: Unit) -> Iterable[tuple[Unit, Basis]]:
    """The catalogue's lead and co-units for a matter."""
    matter = town.matters.get(code)
    if matter is None:
        return
    takers = (
        *(((matter.lead, Basis.LEAD),) if matter.lead else ()),
        *((u, Basis.CO_UNIT) for u in matter.co_units),
    )
    for taker, basis in takers:
        unit = town.tree.office(UnitKind(taker), place) if taker in set(UnitKind) else taker
        if unit is not None and unit in town.tree:
            yield unit, basis


def mergeable(kind: CaseKind, twin: Twin) -> bool:
    """Whether a matter can be joined with this one: an order with one in hand, a petition with any (第19条第3款)."""
    return twin.is_open if kind is CaseKind.ORDER else kind is CaseKind.PETITION
