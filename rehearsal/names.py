"""Names in outside records: one spelling for each name, and one name for each body."""

import unicodedata
from functools import lru_cache

from domain.organisation import plain_name
from rehearsal.mapping import UnitNames

comparable = lru_cache(maxsize=1 << 16)(plain_name)
"""`plain_name` for names that come again and again."""


@lru_cache(maxsize=1 << 16)
def tidy(name: str) -> str:
    """One spelling: half-width forms, single spaces, and full-width brackets where it is Chinese."""
    one = " ".join(unicodedata.normalize("NFKC", name).split())
    if any("\u4e00" <= sign <= "\u9fff" for sign in one):
        return one.replace("(", "（").replace(")", "）")
    return one


class NameBook:
    """Names of units as they were written → one name for each body."""

    def __init__(self, rules: UnitNames) -> None:
        self._rules = rules
        self._known: dict[str, str] = {}

    def name(self, written: str) -> str:
        """The body's one name: tidy, without a bracket that only repeats its place, aliases resolved."""
        known = self._known.get(written)
        if known is None:
            known = self._known[written] = self._resolve(tidy(written))
        return known

    def _resolve(self, name: str) -> str:
        plain = self._unqualified(name)
        return tidy(self._rules.aliases.get(plain_name(plain), plain))

    def _unqualified(self, name: str) -> str:
        base, bracket, rest = name.rpartition("（")
        qualifier = rest.removesuffix("）")
        ending = next((each for each in self._rules.qualifiers if qualifier.endswith(each)), None)
        if not (bracket and base and rest.endswith("）")) or ending is None:
            return name
        place = qualifier.removesuffix(ending)
        said = bool(place) and place in base
        return base if said or base.endswith(self._rules.self_placed) else name
