"""Signs of danger in what somebody wrote, and whom to ring at once: advice, never a reason to refuse."""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Danger(StrEnum):
    """Who must be rung before anybody reads a form."""

    VIOLENCE = "violence"
    FIRE = "fire"
    INJURY = "injury"
    DESPAIR = "despair"


_SIGNS: Mapping[Danger, str] = {
    Danger.VIOLENCE: "打人|打架|打起来|动手|动刀|持刀|砍|捅|殴打|家暴|威胁|要杀|报复|跟踪|抢劫|绑架"
    "|violen|threat|knife|beat(?:s|en|ing)? |stab|stalk|robb",
    Danger.FIRE: "着火|起火|冒烟|冒火|火花|打火花|漏气|煤气味|燃气泄漏|爆炸|漏电"
    "|on fire|smoke|sparks|sparking|gas leak|smell of gas|explo",
    Danger.INJURY: "受伤|流血|昏倒|晕倒|触电|昏迷|骨折|摔伤|injur|bleeding|unconscious|electric shock",
    Danger.DESPAIR: "不想活|活不下去|自杀|轻生|跳楼|寻短见|suicid|kill myself|end my life",
}
_READ: Mapping[Danger, re.Pattern[str]] = MappingProxyType(
    {danger: re.compile(signs, re.IGNORECASE) for danger, signs in _SIGNS.items()}
)

NUMBERS: Mapping[Danger, tuple[str, ...]] = MappingProxyType(
    {
        Danger.VIOLENCE: ("110",),
        Danger.FIRE: ("119", "110"),
        Danger.INJURY: ("120", "110"),
        Danger.DESPAIR: ("110", "12356"),
    }
)
"""Police 110, fire 119, ambulance 120, the national line of psychological help 12356."""


def dangers_in(*texts: str | None) -> tuple[Danger, ...]:
    """The dangers that some text speaks of; one that is only feared counts too."""
    whole = "\n".join(each for each in texts if each)
    return tuple(danger for danger, signs in _READ.items() if signs.search(whole))
