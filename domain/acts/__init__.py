"""Every act of the four procedures, by its code."""

import types
from collections.abc import Iterator, Mapping

from domain.acts import base, mediation, order, petition, whistle
from domain.acts.base import Act

__all__ = ["ACTS", "Act", "base", "mediation", "order", "petition", "whistle"]


def _acts_in(*modules: types.ModuleType) -> Iterator[type[Act]]:
    for module in modules:
        for each in vars(module).values():
            if isinstance(each, type) and issubclass(each, Act) and each.code:
                yield each


ACTS: Mapping[str, type[Act]] = types.MappingProxyType(
    {act.code: act for act in _acts_in(base, mediation, order, petition, whistle)}
)
"""Code of an act → its class."""
