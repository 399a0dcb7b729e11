"""Where one can go: a page adds itself to the navigation of the roles that may use it by one line here."""

from collections.abc import Iterator
from dataclasses import dataclass

from api.reading.overview import SUPERVISING
from domain.authority import OPENERS
from domain.rights import ADMINISTRATORS
from domain.vocabulary import CaseKind, Role

EVERYBODY = frozenset(Role) - {Role.CASE}
STAFF = EVERYBODY - {Role.RESIDENT}
DESKS = STAFF - ADMINISTRATORS - {Role.AUDITOR}
"""Staff who advance cases."""
READERS = EVERYBODY - ADMINISTRATORS
"""Those who may see some case."""
DISPATCHING = frozenset(
    {
        Role.COMMUNITY_WORKER, Role.COMMUNITY_SECRETARY, Role.DISPATCHER, Role.PETITION_OFFICER,
        Role.TOWN_LEADER, Role.TOWN_SECRETARY,
    }
)  # fmt: skip
"""Those at a dispatch desk."""
HANDLING = frozenset({Role.HANDLER, Role.UNIT_HEAD})
"""Those at the desk of a department."""

SYSTEM = frozenset({Role.SYSTEM_ADMIN})


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of the navigation: its address, the catalogue's `table.code` for its name, an icon, its roles."""

    href: str
    name: str
    icon: str
    roles: frozenset[Role]


ENTRIES: tuple[Entry, ...] = (
    Entry("/work", "page.work", "tray", DESKS | {Role.RESIDENT}),
    Entry("/dispatch", "dispatch.nav", "send", DISPATCHING),
    Entry("/desk", "desk.nav", "people", HANDLING),
    Entry("/dispatch/whistle", "dispatch.whistle_nav", "bell", frozenset({Role.GRID_WORKER})),
    Entry("/city", "city.title", "chart", SUPERVISING),
    Entry("/audit", "auditing.title", "shield", frozenset({Role.AUDITOR})),
    Entry("/cases", "page.cases", "folder", READERS),
    Entry("/admin/organisations", "admin.organisations", "home", SYSTEM),
    Entry("/admin/matters", "admin.matters", "folder", SYSTEM),
    Entry("/admin/editions", "admin.editions", "paper", SYSTEM),
    Entry("/admin/accounts", "admin.accounts", "people", frozenset({Role.SECURITY_ADMIN})),
    Entry("/admin/access", "admin.access", "shield", frozenset({Role.AUDIT_ADMIN})),
    Entry("/admin/auditors", "admin.auditors", "person", frozenset({Role.AUDIT_ADMIN})),
    Entry("/file", "entrance.nav", "plus", OPENERS[CaseKind.ORDER]),
)
"""In the order in which they are shown; the first of a role is its home."""

PLAIN_HOME = "/account"
"""Home of a role that no entry is for."""


def entries_for(role: Role) -> Iterator[Entry]:
    """What a role finds in its navigation."""
    return (each for each in ENTRIES if role in each.roles)


def entries_in(number: str) -> Iterator[Entry]:
    """What somebody finds who was let in to follow one case: that case."""
    yield Entry(case_address(number, Role.RESIDENT), "sign.follow", "folder", EVERYBODY)


def case_address(number: str, role: Role) -> str:
    """The page of a case for a role: residents have one of their own."""
    return f"/my/{number}" if role is Role.RESIDENT else f"/cases/{number}"


def home_of(role: Role) -> str:
    """Where a role begins its day."""
    return next((each.href for each in entries_for(role)), PLAIN_HOME)
