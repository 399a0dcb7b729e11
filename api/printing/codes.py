"""Which documents there are, of which procedure each is, and for whom it is made."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from domain.vocabulary import CaseKind


class Document(StrEnum):
    """Documents in the order of a file: people's mediation (司法部2010年人民调解文书格式), petitions, whistles."""

    APPLICATION = "application"
    REGISTER = "register"
    RIGHTS_NOTICE = "rights_notice"
    POWER_OF_ATTORNEY = "power_of_attorney"
    INVESTIGATION_RECORD = "investigation_record"
    SESSION_RECORD = "session_record"
    AGREEMENT = "agreement"
    ORAL_AGREEMENT = "oral_agreement"
    ENDING_NOTICE = "ending_notice"
    PERFORMANCE_RECORD = "performance_record"
    RETURN_VISIT = "return_visit"
    CONFIRMATION_APPLICATION = "confirmation_application"
    CLOSING_REPORT = "closing_report"
    FILE_COVER = "file_cover"
    FILE_CATALOGUE = "file_catalogue"
    FILE_NOTE = "file_note"
    PETITION_TRANSFER = "petition_transfer"
    PETITION_NOTICE = "petition_notice"
    PETITION_EXTENSION = "petition_extension"
    PETITION_OPINION = "petition_opinion"
    PETITION_REVIEW = "petition_review"
    PETITION_RECHECK = "petition_recheck"
    WHISTLE_SHEET = "whistle_sheet"

    @property
    def kind(self) -> CaseKind:
        """The procedure it belongs to."""
        return _KINDS.get(self, CaseKind.MEDIATION)


_KINDS: Mapping[Document, CaseKind] = MappingProxyType(
    {each: CaseKind.PETITION for each in Document if each.startswith("petition")}
    | {Document.WHISTLE_SHEET: CaseKind.WHISTLE}
)

FOR_PARTIES = frozenset(
    {
        Document.APPLICATION, Document.RIGHTS_NOTICE, Document.POWER_OF_ATTORNEY, Document.SESSION_RECORD,
        Document.AGREEMENT, Document.ORAL_AGREEMENT, Document.ENDING_NOTICE, Document.RETURN_VISIT,
        Document.CONFIRMATION_APPLICATION, Document.PETITION_NOTICE, Document.PETITION_EXTENSION,
        Document.PETITION_OPINION, Document.PETITION_REVIEW, Document.PETITION_RECHECK,
    }
)  # fmt: skip
"""What parties sign, hand in or receive; the rest is the office's own file (《人民调解法》第27条)."""
