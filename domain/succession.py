"""Succession of bodies: which units an opening names, and the same opening for those who answer for them now."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace

from domain.openings import Offices, Opening, OrderOpening, Parent, WhistleOpening
from domain.vocabulary import Unit

Standing = Callable[[Unit], Unit]
"""The unit that answers for a unit: itself, or its successor (《信访工作条例》第24条)."""


def bodies(opening: Opening) -> Iterator[Unit]:
    """Every unit that the opening expects something of, or that it must not reach."""
    offices = opening.offices
    yield from (getattr(offices, name) for name in _SINGLE)
    yield from offices.seats
    match opening:
        case OrderOpening(unit=unit) if unit is not None:
            yield unit
        case WhistleOpening():
            yield opening.blower
            yield from opening.departments
    if (parent := _parent_of(opening)) is not None:
        yield from (unit for unit in (parent.checker, parent.sender, parent.accused) if unit is not None)


def answering(opening: Opening, standing: Standing) -> Opening:
    """The opening as it reads for those who stand now; whom it accuses stays whom it accuses."""
    named: dict[str, object] = {"offices": _offices(opening.offices, standing)}
    match opening:
        case OrderOpening(unit=unit) if unit is not None:
            named["unit"] = standing(unit)
        case WhistleOpening():
            named["blower"] = standing(opening.blower)
    if (parent := _parent_of(opening)) is not None:
        checker, sender = standing(parent.checker), standing(parent.sender)
        named["parent"] = replace(parent, checker=checker, sender=sender)
    return replace(opening, **named)  # type: ignore[arg-type]


_SINGLE = tuple(each.name for each in fields(Offices) if each.name != "seats")


def _offices(offices: Offices, standing: Standing) -> Offices:
    single = {name: standing(getattr(offices, name)) for name in _SINGLE}
    return replace(offices, **single, seats=tuple(map(standing, offices.seats)))


def _parent_of(opening: Opening) -> Parent | None:
    parent: Parent | None = getattr(opening, "parent", None)
    return parent
