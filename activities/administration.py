"""What administrators change: accounts, organisations, the catalogue; each change is in the access journal.

Security administrators change accounts, passwords and sessions; system administrators change organisations
and the catalogue; audit administrators change nothing and read the journal. The database looks again whether
whoever asks holds the office.
"""

from dataclasses import astuple, replace
from datetime import UTC, date, datetime

import asyncpg

from activities import accounts, credentials, second_factor, sessions
from activities.access import Access, looked
from activities.accounts import Account, Matter
from activities.content import Connection
from domain.organisation import Organisation, Tree, plain_name
from domain.vocabulary import Role, Unit

_CHANGE_ACCOUNT = "SELECT herun_change_account($1, $2, $3, $4, $5, $6, $7, $8)"
_CHANGE_ORGANISATION = "SELECT herun_change_organisation($1, $2, $3, $4, $5, $6, $7, $8, $9)"
_CHANGE_MATTER = "SELECT herun_change_matter($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"


class NotTheirs(PermissionError):
    """Whoever asks does not hold the office that changes this."""


class Unfit(ValueError):
    """A change that would leave the town in contradiction; `code` says which."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


TWO_ADMINISTRATIONS = "two_administrations"
NO_SUCH_ACCOUNT = "no_such_account"
NO_SUCH_UNIT = "no_such_unit"
NOBODY_ABOVE = "nobody_above"
NAME_TAKEN = "name_taken"
SUCCESSOR_MISSING = "successor_missing"
UNIT_MISSING = "unit_missing"


async def change_account(
    connection: Connection, by: Account, account: Account, person: str | None = None
) -> None:
    """Create an account, or change one: its name, role, unit and validity. What it had open ends.

    `person` is a pseudonym for who holds it. Raises NotTheirs, and Unfit: `two_administrations` where the
    person administers something else already, `unit_missing` for staff without an organisation.
    """
    if (account.unit is None) is not (account.role is Role.RESIDENT) or account.role is Role.CASE:
        raise Unfit(UNIT_MISSING)
    if account.unit is not None and account.unit not in await accounts.tree(connection):
        raise Unfit(NO_SUCH_UNIT)
    async with connection.transaction():
        await _ask(connection, _CHANGE_ACCOUNT, by.id, *astuple(account), person)
        await sessions.revoke_all(connection, account.id, by.id)
        await looked(
            connection, by.id, Access.ACCOUNT_CHANGED, subject=account.id, role=account.role.value,
            unit=account.unit, valid_to=account.valid_to.isoformat() if account.valid_to else None,
        )  # fmt: skip


async def end_account(connection: Connection, by: Account, who: str) -> None:
    """The account opens nothing any more; what it did stands under its name. Raises NotTheirs, Unfit."""
    found = await _account(connection, who)
    await change_account(connection, by, replace(found, valid_from=None, valid_to=datetime.now(UTC)))


async def reset_password(connection: Connection, by: Account, who: str, login: str | None = None) -> str:
    """A password to hand over, good for a day and for nothing but the choice of another; sessions end.

    `login` is the name to sign in with, for an account that has none yet. Raises NotTheirs, Unfit
    `name_taken`.
    """
    await _must_be(connection, by, Role.SECURITY_ADMIN)
    await _account(connection, who)
    password = credentials.once_password()
    async with connection.transaction():
        try:
            await credentials.set_password(connection, who, password, login=login, once=True)
        except credentials.LoginTaken as taken:
            raise Unfit(NAME_TAKEN) from taken
        await sessions.revoke_all(connection, who, by.id)
        await looked(connection, by.id, Access.CREDENTIAL_CHANGED, subject=who, change="password_reset")
    return password


async def drop_second_factor(connection: Connection, by: Account, who: str) -> None:
    """For whoever lost both telephone and recovery codes; sessions end. Raises NotTheirs, Unfit."""
    await _must_be(connection, by, Role.SECURITY_ADMIN)
    await _account(connection, who)
    async with connection.transaction():
        await second_factor.drop(connection, who)
        await sessions.revoke_all(connection, who, by.id)
        await looked(
            connection, by.id, Access.CREDENTIAL_CHANGED, subject=who, change="second_factor_dropped"
        )


async def unlock(connection: Connection, by: Account, who: str) -> None:
    """Forget the failures that locked a name. Raises NotTheirs, Unfit."""
    await _must_be(connection, by, Role.SECURITY_ADMIN)
    await _account(connection, who)
    async with connection.transaction():
        await credentials.passed(connection, who)
        await looked(connection, by.id, Access.CREDENTIAL_CHANGED, subject=who, change="unlocked")


async def revoke_session(connection: Connection, by: Account, session: int) -> bool:
    """End somebody's session; whether there was one. Raises NotTheirs."""
    await _must_be(connection, by, Role.SECURITY_ADMIN)
    async with connection.transaction():
        whose = await sessions.revoke(connection, session, by.id)
        if whose is not None:
            await looked(connection, by.id, Access.SESSION_REVOKED, subject=whose, session=session)
    return whose is not None


async def change_organisation(connection: Connection, by: Account, organisation: Organisation) -> None:
    """Create an organisation, or change its names, aliases and validity. Raises NotTheirs, Unfit.

    `nobody_above`: the body above it in the path is not there; `name_taken`: another goes by a name of it.
    """
    async with connection.transaction():
        _check_fits(await accounts.tree(connection), organisation)
        await _ask(connection, _CHANGE_ORGANISATION, by.id, *astuple(organisation))
        await looked(
            connection, by.id, Access.ORGANISATION_CHANGED, subject=organisation.unit,
            valid_to=organisation.valid_to.isoformat() if organisation.valid_to else None,
            successor=organisation.successor,
        )  # fmt: skip


async def abolish(connection: Connection, by: Account, unit: Unit, last: date, successor: Unit) -> None:
    """A body ends with the day `last`; its successor answers for its cases (《信访工作条例》第24条).

    Raises NotTheirs, and Unfit: `no_such_unit`, `successor_missing` where that is not there, or would lead
    back to the body itself.
    """
    tree = await accounts.tree(connection)
    if unit not in tree:
        raise Unfit(NO_SUCH_UNIT)
    ended = replace(tree[unit], valid_to=last, successor=successor)
    after = Tree([each for each in tree if each.unit != unit] + [ended])
    if successor == unit or after.standing(successor, last) is None or _leads_back(after, successor, unit):
        raise Unfit(SUCCESSOR_MISSING)
    await change_organisation(connection, by, ended)


async def change_matter(
    connection: Connection, by: Account, matter: Matter, *, retired: bool = False
) -> None:
    """Add a matter to the catalogue, change it, or offer it no more. Raises NotTheirs."""
    async with connection.transaction():
        await _ask(connection, _CHANGE_MATTER, by.id, *astuple(matter), retired)
        await looked(connection, by.id, Access.CATALOGUE_CHANGED, subject=matter.code, retired=retired)


async def _ask(connection: Connection, statement: str, *values: object) -> None:
    try:
        await connection.execute(statement, *values)
    except asyncpg.InsufficientPrivilegeError as refused:
        raise NotTheirs(str(refused)) from refused
    except asyncpg.CheckViolationError as wrong:
        raise Unfit(TWO_ADMINISTRATIONS) from wrong


async def _must_be(connection: Connection, by: Account, role: Role) -> None:
    """Asked of the account as it is now, not as it was when the session began."""
    found = await accounts.account(connection, by.id)
    now = datetime.now(UTC)
    held = found is not None and found.role is role and (found.valid_to is None or found.valid_to > now)
    if not held:
        raise NotTheirs(by.id)


async def _account(connection: Connection, who: str) -> Account:
    found = await accounts.account(connection, who)
    if found is None:
        raise Unfit(NO_SUCH_ACCOUNT)
    return found


def _check_fits(tree: Tree, organisation: Organisation) -> None:
    head, slash, _ = organisation.unit.rpartition("/")
    if slash and Unit(head) not in tree:
        raise Unfit(NOBODY_ABOVE)
    names = {plain_name(n) for n in (organisation.name_zh, organisation.name_en, *organisation.aliases)}
    for other in tree:
        theirs = {plain_name(n) for n in (other.name_zh, other.name_en, *other.aliases)}
        if other.unit != organisation.unit and names & theirs:
            raise Unfit(NAME_TAKEN)


def _leads_back(tree: Tree, start: Unit, unit: Unit) -> bool:
    seen: set[Unit] = set()
    body: Unit | None = start
    while body is not None and body not in seen and body in tree:
        if body == unit:
            return True
        seen.add(body)
        body = tree[body].successor
    return False
