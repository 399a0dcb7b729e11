"""The field's words as codes; the words for people live in the catalogue (`api/locale`)."""

from enum import StrEnum
from typing import NewType

Content = NewType("Content", str)
"""Commitment to text or a file kept beside the ledger; never the text itself."""

CaseNo = NewType("CaseNo", str)
"""Number of a case, unique in the city; a part carries its parent's number and a suffix."""

Unit = NewType("Unit", str)
"""Path of an organisation in the tree, such as `yunhe/binhu/xingye`."""

Party = NewType("Party", str)
"""Pseudonym of a resident in a case; who it is stays in the content store."""


class CaseKind(StrEnum):
    """The four procedures."""

    MEDIATION = "mediation"
    PETITION = "petition"
    WHISTLE = "whistle"
    ORDER = "order"


class Role(StrEnum):
    """What a person is when acting; one account has one role in one organisation."""

    RESIDENT = "resident"
    GRID_WORKER = "grid_worker"
    COMMUNITY_WORKER = "community_worker"
    COMMUNITY_SECRETARY = "community_secretary"
    DISPATCHER = "dispatcher"
    MEDIATOR = "mediator"
    HANDLER = "handler"
    UNIT_HEAD = "unit_head"
    PETITION_OFFICER = "petition_officer"
    TOWN_LEADER = "town_leader"
    TOWN_SECRETARY = "town_secretary"
    JOINT_OFFICE = "joint_office"
    GOVERNMENT_OFFICE = "government_office"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    SYSTEM_ADMIN = "system_admin"
    SECURITY_ADMIN = "security_admin"
    AUDIT_ADMIN = "audit_admin"
    CASE = "case"
    """Another case speaking: an order that closed, a whistle that was answered."""


class UnitKind(StrEnum):
    """Kinds of organisation in the tree."""

    CITY = "city"
    TOWN = "town"
    COMMUNITY = "community"
    GRID = "grid"
    DEPARTMENT = "department"
    COMPANY = "company"
    COMMITTEE = "committee"
    """People's mediation committee 调委会, of the body above it in the tree."""
    TRADE_COMMITTEE = "trade_committee"
    REASONING_ROOM = "reasoning_room"
    JUDICIAL_OFFICE = "judicial_office"
    CENTRE = "centre"
    """Centre for dissolving disputes 综治中心, of the body above it in the tree."""
    POLICE = "police"
    DISCIPLINE = "discipline"
    PETITION_OFFICE = "petition_office"
    JOINT_OFFICE = "joint_office"
    GOVERNMENT = "government"
    HOTLINE = "hotline"
    REVIEW_OFFICE = "review_office"
    RECHECK_OFFICE = "recheck_office"
    PARTY_UNIT = "party_unit"
    """A unit that reported to its community 双报到单位 and may claim its wishes."""
    UNSORTED = "unsorted"


class Stage(StrEnum):
    """Where a case stands in its drawn procedure."""

    REGISTERED = "registered"
    SIGNED = "signed"
    VISITED = "visited"
    CONSENTING = "consenting"
    MEDIATING = "mediating"
    JOINT_CONFERENCE = "joint_conference"
    AGREED = "agreed"
    PERFORMING = "performing"
    SORTING = "sorting"
    SPLITTING = "splitting"
    ACCEPTING = "accepting"
    HANDLING = "handling"
    SERVING = "serving"
    REVIEW_WINDOW = "review_window"
    REVIEW = "review"
    RECHECK_WINDOW = "recheck_window"
    RECHECK = "recheck"
    APPROVING = "approving"
    REPORTING = "reporting"
    MEETING = "meeting"
    STANDING_DOWN = "standing_down"
    ESCALATED = "escalated"
    REVIEWING = "reviewing"
    DISPATCHING = "dispatching"
    CLAIMING = "claiming"
    ASSIGNING = "assigning"
    RATING = "rating"
    CLOSED = "closed"


class Outcome(StrEnum):
    """How a case ended."""

    AGREED_PERFORMED = "agreed_performed"
    AGREED_UNPERFORMED = "agreed_unperformed"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_ACCEPTED = "not_accepted"
    WITHDRAWN = "withdrawn"
    DIVERTED = "diverted"
    TRANSFERRED = "transferred"
    MERGED = "merged"
    DONE = "done"
    RETURNED = "returned"
    WHISTLED = "whistled"
    RECALLED = "recalled"
    ANSWERED = "answered"
    FINAL = "final"
    STOOD_DOWN = "stood_down"
    PROPOSAL_RETURNED = "proposal_returned"


class Colour(StrEnum):
    """Risk grades of a dispute, from calm to dangerous."""

    BLUE = "blue"
    YELLOW = "yellow"
    RED = "red"


class WhistleKind(StrEnum):
    """日常哨, 攻坚哨, 应急哨."""

    EVERYDAY = "everyday"
    TOUGH = "tough"
    EMERGENCY = "emergency"


class Service(StrEnum):
    """What an order asks for; it chooses the handling limit."""

    WISH = "wish"
    SERVICE = "service"
    PROJECT = "project"
    ORDER = "order"
    URGENT = "urgent"
    UTILITY = "utility"
    HARD = "hard"


class Share(StrEnum):
    """A unit's part in a common answer: exactly one lead 主办, any number of co-handlers 协办."""

    LEAD = "lead"
    CO_HANDLER = "co_handler"


class Link(StrEnum):
    """How one case relates to another."""

    SPLIT_INTO = "split-into"
    ESCALATED_TO = "escalated-to"
    DUPLICATE_OF = "duplicate-of"
    MEDIATED_IN = "mediated-in"


class Grade(StrEnum):
    """Five grades of satisfaction, and the honest sixth: nobody said."""

    VERY_SATISFIED = "very_satisfied"
    SATISFIED = "satisfied"
    FAIRLY_SATISFIED = "fairly_satisfied"
    DISSATISFIED = "dissatisfied"
    VERY_DISSATISFIED = "very_dissatisfied"


class Note(StrEnum):
    """Facts without a form of their own that a procedure puts on the record."""

    REMEDIES_TOLD = "remedies_told"
    """The person was told of arbitration, administrative and judicial ways (《人民调解法》第26条)."""
    POLICE_TOLD = "police_told"
    PARTY_TOLD = "party_told"
    URGENT_REPORTED = "urgent_reported"
    LEAD_NAMED = "lead_named"
    ORDERS_PLACED = "orders_placed"
    ORDER_WAIVED = "order_waived"
    ORDER_REASSIGNED = "order_reassigned"
    RETURN_UPHELD = "return_upheld"
    RETURN_REFUSED = "return_refused"
    EXTENSION_GRANTED = "extension_granted"
    EXTENSION_REFUSED = "extension_refused"
    GRADED_BY_DEFAULT = "graded_by_default"
    NO_TAKER = "no_taker"
    REPORTED_TO_GOVERNMENT = "reported_to_government"
    """A department did not report: investigation, supervision, appraisal (《北京市街道办事处条例》第44条)."""
    DEPARTMENT_RELEASED = "department_released"
    AGREEMENT_EFFECTIVE = "agreement_effective"
    CONFIRMATION_LAPSED = "confirmation_lapsed"
    CONFIRMATION_APPLIED = "confirmation_applied"
    PERFORMANCE_URGED = "performance_urged"
    ACCEPTED = "accepted"
    UNRATED = "unrated"
    CREDITED = "credited"
    FINAL = "final"
    PART_ENDED = "part_ended"
