"""Who calls: the account behind a bearer token, remembered for half a minute."""

import hashlib
from dataclasses import dataclass
from time import monotonic

from activities import accounts
from activities.accounts import Account
from activities.sessions import Session
from api.database import Database
from api.problems import unauthenticated
from api.words import Language
from domain.actors import Actor
from domain.vocabulary import CaseNo, Role

REMEMBERED = 30.0  # seconds; so long a revoked token may still open the door
MOST = 10_000


@dataclass(frozen=True, slots=True)
class Caller:
    """An account at the door, and the language it reads."""

    account: Account
    language: Language
    session: Session | None = None
    """The browser session it speaks through; None for a bearer token."""

    @property
    def only_case(self) -> CaseNo | None:
        """The one case, with its parts, that the session is confined to."""
        return self.session.case_no if self.session else None

    def may_reach(self, number: str) -> bool:
        """Whether the session's confinement, if any, leaves the case within reach."""
        return self.only_case is None or number == self.only_case or number.startswith(f"{self.only_case}-")

    @property
    def actor(self) -> Actor:
        """Who acts when this caller does."""
        return self.account.actor

    @property
    def is_staff(self) -> bool:
        """Whether it works in an organisation."""
        return self.account.role is not Role.RESIDENT


class Callers:
    """Tokens to accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[bytes, tuple[float, Account]] = {}

    async def account(self, authorization: str | None) -> Account:
        """The account that an `Authorization: Bearer …` header speaks for. Raises Problem (401)."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise unauthenticated()
        key = hashlib.sha256(token.strip().encode()).digest()
        seen, account = self._known.get(key, (0.0, None))
        if account is None or monotonic() - seen > REMEMBERED:
            account = await self._look_up(token.strip())
            self._remember(key, account)
        return account

    def forget(self) -> None:
        """Ask again for every token from now on."""
        self._known.clear()

    async def _look_up(self, token: str) -> Account:
        async with self._database.connection() as connection:
            account = await accounts.holder(connection, token)
        if account is None:
            raise unauthenticated()
        return account

    def _remember(self, key: bytes, account: Account) -> None:
        if len(self._known) >= MOST:
            self._known.clear()
        self._known[key] = monotonic(), account
