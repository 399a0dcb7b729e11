"""What one arrival at the door leads to: an opening, the acts of everybody concerned, and what they look at between."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

_PLACE = "yunhe/binhu/xingye"
_RESIDENT, _COMMUNITY, _HANDLER = "resident-01", "xingye.worker", "zhujian.handler"
_OFFICER, _MEDIATOR, _LEADER = "xinfang.officer", "xingye.mediator", "binhu.leader"
PEOPLE = (_RESIDENT, _COMMUNITY, _HANDLER, _OFFICER, _MEDIATOR, _LEADER)

_RATING = {"speed": 5, "attitude": 5, "resolution": 4}


@dataclass(frozen=True, slots=True)
class Step:
    """One request: an act or an opening with its form, or a look. `{number}` in the path is the case's."""

    account: str
    path: str
    form: Mapping[str, Any] | None = None

    @property
    def is_look(self) -> bool:
        """Whether nothing is asked for but to see."""
        return self.form is None


_WORDS = {"title": "路口井盖松动", "text": "井盖松动，车过有响声，夜里看不见。", "place": _PLACE}

_ORDER = (
    Step(_RESIDENT, "/v1/orders", {**_WORDS, "matter": "01.01.01"}),
    Step(_COMMUNITY, "/v1/worklist"),
    Step(_COMMUNITY, "/v1/cases/{number}"),
    Step(_COMMUNITY, "/v1/cases/{number}/acts/order.accept_need", {"service": "service"}),
    Step(_COMMUNITY, "/v1/cases/{number}/acts/order.dispatch", {"units": ["yunhe/zhujian"]}),
    Step(_HANDLER, "/v1/worklist"),
    Step(_HANDLER, "/v1/cases/{number}/acts/order.accept", {}),
    Step(_RESIDENT, "/v1/cases/{number}/timeline"),
    Step(_HANDLER, "/v1/cases/{number}/acts/order.complete", {"result": "井盖已更换，路面已清。"}),
    Step(_RESIDENT, "/v1/cases/{number}/acts/rate", _RATING),
    Step(_COMMUNITY, "/v1/cases/{number}/acts/rate", _RATING),
    Step(_COMMUNITY, "/v1/cases/{number}/acts/order.close", {}),
)
_PETITION = (
    Step(_RESIDENT, "/v1/petitions", {**_WORDS, "matter": "13.02.01"}),
    Step(_OFFICER, "/v1/worklist"),
    Step(_OFFICER, "/v1/cases/{number}/acts/petition.sort", {"category": "claim", "path": "residual"}),
    Step(_RESIDENT, "/v1/cases/{number}"),
)
_DISPUTE = (
    Step(_RESIDENT, "/v1/mediations", {
        **_WORDS, "matter": "20.03.01", "applicants": [{"party": "resident-01"}],
        "respondents": [{"party": "resident-02"}],
    }),
    Step(_MEDIATOR, "/v1/cases/{number}/acts/mediation.sign", {}),
    Step(_MEDIATOR, "/v1/cases/{number}/acts/mediation.visit", {"record": "当日到场，双方都在。"}),
    Step(_RESIDENT, "/v1/cases/{number}/timeline"),
)  # fmt: skip
_WHISTLE = (
    Step(_COMMUNITY, "/v1/whistles", {
        **_WORDS, "matter": "03.01.03", "whistle": "everyday", "departments": ["yunhe/zhujian", "yunhe/chengguan"],
    }),
    Step(_LEADER, "/v1/cases/{number}/acts/whistle.blow", {"departments": ["yunhe/zhujian", "yunhe/chengguan"]}),
    Step(_HANDLER, "/v1/cases/{number}/acts/whistle.sign", {}),
    Step(_COMMUNITY, "/v1/cases"),
)  # fmt: skip

_LIVES: Sequence[Sequence[Step]] = (_ORDER, _PETITION, _DISPUTE, _WHISTLE)
_WEIGHTS = (70, 15, 10, 5)


def mixed(dice: Random) -> Sequence[Step]:
    """A life of one of the four kinds, mostly an order."""
    return dice.choices(_LIVES, _WEIGHTS)[0]


def an_order() -> Sequence[Step]:
    """The life in which all is measured that saturates."""
    return _ORDER


def arrivals(dice: Random, a_minute: int, burst: int, minutes: float) -> Iterator[float]:
    """Seconds at which somebody comes: in each minute one burst within a second, the others at random."""
    for minute in range(max(1, round(minutes))):
        span = min(60.0, 60.0 * minutes)
        start = 60.0 * minute
        bursting = start + dice.uniform(0, max(0.0, span - 1))
        many = round(a_minute * span / 60)
        alone = [start + dice.uniform(0, span) for _ in range(max(0, many - burst))]
        yield from sorted([*alone, *(bursting + dice.random() for _ in range(min(burst, many)))])
