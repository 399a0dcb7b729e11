"""Which documents a case has now for a reader, and how each is made."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from api.identity.callers import Caller
from api.printing import mediation, mediation_file, petitions, whistles
from api.printing.blocks import Sheet
from api.printing.codes import FOR_PARTIES, Document
from api.printing.dossier import Dossier
from api.reading.casefile import CaseFile
from domain.acts import Act
from domain.acts import mediation as mediating
from domain.acts import petition as petitioning
from domain.events import Acted
from domain.openings import MediationOpening
from domain.state import Case
from domain.vocabulary import CaseKind, Outcome

MAKERS: Mapping[Document, Callable[[Dossier], Sheet]] = MappingProxyType(
    {
        Document.APPLICATION: mediation.application,
        Document.REGISTER: mediation_file.register,
        Document.RIGHTS_NOTICE: mediation.rights_notice,
        Document.POWER_OF_ATTORNEY: mediation.power_of_attorney,
        Document.INVESTIGATION_RECORD: mediation_file.investigation_record,
        Document.SESSION_RECORD: mediation_file.session_record,
        Document.AGREEMENT: mediation.agreement,
        Document.ORAL_AGREEMENT: mediation.oral_agreement,
        Document.ENDING_NOTICE: mediation.ending_notice,
        Document.PERFORMANCE_RECORD: mediation_file.performance_record,
        Document.RETURN_VISIT: mediation.return_visit,
        Document.CONFIRMATION_APPLICATION: mediation.confirmation_application,
        Document.CLOSING_REPORT: mediation_file.closing_report,
        Document.FILE_COVER: mediation_file.file_cover,
        Document.FILE_CATALOGUE: lambda of: mediation_file.file_catalogue(of, filed(of.file)),
        Document.FILE_NOTE: mediation_file.file_note,
        Document.PETITION_TRANSFER: petitions.transfer,
        Document.PETITION_NOTICE: petitions.notice,
        Document.PETITION_EXTENSION: petitions.extension,
        Document.PETITION_OPINION: petitions.opinion,
        Document.PETITION_REVIEW: petitions.review,
        Document.PETITION_RECHECK: petitions.recheck,
        Document.WHISTLE_SHEET: whistles.sheet,
    }
)

_AFTER: Mapping[Document, tuple[type[Act], ...]] = MappingProxyType(
    {
        Document.INVESTIGATION_RECORD: (mediating.Investigate,),
        Document.SESSION_RECORD: (mediating.HoldSession,),
        Document.PERFORMANCE_RECORD: (mediating.ReportPerformance,),
        Document.RETURN_VISIT: (mediating.ReturnVisit,),
        Document.PETITION_TRANSFER: (petitioning.Transfer, petitioning.Split),
        Document.PETITION_NOTICE: (petitioning.GiveNotice,),
        Document.PETITION_EXTENSION: (petitioning.GrantHandlingExtension,),
        Document.PETITION_OPINION: (petitioning.IssueOpinion,),
        Document.PETITION_REVIEW: (petitioning.DecideReview,),
        Document.PETITION_RECHECK: (petitioning.DecideRecheck,),
    }
)  # fmt: skip
"""Documents that tell of an act, and so come after it: any of these."""

_WITHOUT_AGREEMENT = frozenset({Outcome.NOT_ACCEPTED, Outcome.REFUSED, Outcome.FAILED})
"""Ends at which the parties are told the other ways (《人民调解法》第26条)."""

_OUTSIDE_THE_CATALOGUE = frozenset({Document.FILE_COVER, Document.FILE_CATALOGUE, Document.POWER_OF_ATTORNEY})


@dataclass(frozen=True, slots=True)
class Listed:
    """A document of the case; `ready` tells whether there is anything to print yet."""

    document: Document
    ready: bool


def listed(file: CaseFile, caller: Caller) -> tuple[Listed, ...]:
    """The documents of a case that are for the caller, in the order of a file."""
    of_kind = (each for each in Document if each.kind is file.case.kind and _is_for(each, caller))
    return tuple(Listed(each, is_ready(file, each)) for each in of_kind if _applies(file.case, each))


def filed(file: CaseFile) -> tuple[Document, ...]:
    """What lies in the file of a mediation now."""
    return tuple(
        each for each in Document
        if each.kind is CaseKind.MEDIATION and each not in _OUTSIDE_THE_CATALOGUE
        and _applies(file.case, each) and is_ready(file, each)
    )  # fmt: skip


def is_ready(file: CaseFile, document: Document) -> bool:
    """Whether the record holds what the document tells."""
    case = file.case
    match document:
        case Document.AGREEMENT | Document.ORAL_AGREEMENT:
            return case.agreement is not None and _applies(case, document)
        case Document.CONFIRMATION_APPLICATION:
            return case.agreement is not None
        case Document.CLOSING_REPORT:
            return not case.is_open
        case Document.ENDING_NOTICE:
            return case.outcome in _WITHOUT_AGREEMENT
    after = _AFTER.get(document)
    return after is None or any(
        isinstance(each.fact, Acted) and isinstance(each.fact.act, after) for each in file.events
    )


def _is_for(document: Document, caller: Caller) -> bool:
    return caller.is_staff or document in FOR_PARTIES


def _applies(case: Case, document: Document) -> bool:
    """An agreement is written or oral; before it is made it may become either."""
    if not isinstance(case.opening, MediationOpening) or case.agreement is None:
        return True
    other = {
        mediating.Form.WRITTEN: Document.ORAL_AGREEMENT, mediating.Form.ORAL: Document.AGREEMENT,
    }  # fmt: skip
    return document is not other[case.agreement.form]
