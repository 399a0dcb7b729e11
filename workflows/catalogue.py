"""Which procedure runs which kind of case."""

from collections.abc import Mapping
from types import MappingProxyType

from domain.vocabulary import CaseKind
from workflows.desk import Procedure
from workflows.mediation import mediation
from workflows.order import resident_order
from workflows.petition import petition
from workflows.whistle import whistle

PROCEDURES: Mapping[CaseKind, Procedure] = MappingProxyType(
    {
        CaseKind.MEDIATION: mediation,
        CaseKind.PETITION: petition,
        CaseKind.WHISTLE: whistle,
        CaseKind.ORDER: resident_order,
    }
)
