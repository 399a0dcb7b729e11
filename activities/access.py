"""The access log: who looked at what, signed in, was refused, or changed what others rely on."""

from enum import StrEnum
from typing import Any

from activities import journal
from activities.content import Connection
from activities.journal import Entry, Stream


class Access(StrEnum):
    """What is written down about people who look and people who administer."""

    AUDIT_VIEWED = "audit_viewed"
    """A case's state, difference, explanation or verification, or a list of the audit."""
    FILE_EXPORTED = "file_exported"
    """A case file, with or without content."""
    TABLE_EXPORTED = "table_exported"
    """Many cases at once: duties as CSV, OCEL, a what-if study."""
    CONTENT_VIEWED = "content_viewed"
    """Words, names or files of a case that is confidential."""
    DOCUMENT_PRODUCED = "document_produced"
    """A document of a case was set for printing."""
    CHECKPOINT_WRITTEN = "checkpoint_written"
    """A tree head was signed on somebody's demand."""
    SIGNED_IN = "signed_in"
    SIGN_IN_REFUSED = "sign_in_refused"
    LOCKED = "locked"
    """Too many failures: nobody gets in under this name for a while."""
    SIGNED_OUT = "signed_out"
    SESSION_REVOKED = "session_revoked"
    """Somebody else ended a session."""
    CREDENTIAL_CHANGED = "credential_changed"
    """A password, a second factor or recovery codes."""
    TOKEN_CREATED = "token_created"  # noqa: S105 - a code, not a secret
    TOKEN_REVOKED = "token_revoked"  # noqa: S105
    CODE_SENT = "code_sent"
    """A resident was sent a one-time code."""
    LINK_MADE = "link_made"
    """A link by which a resident follows a case."""
    ACCOUNT_CHANGED = "account_changed"
    ORGANISATION_CHANGED = "organisation_changed"
    CATALOGUE_CHANGED = "catalogue_changed"
    EDITION_CHANGED = "edition_changed"
    """Another rulebook or calendar was made the one that new cases pin."""
    ACT_REFUSED = "act_refused"
    """Somebody asked for an act that the law or their office does not allow."""
    SIGHT_REFUSED = "sight_refused"
    """Somebody asked for a case that they may not see."""


async def looked(
    connection: Connection, account: str | None, what: Access, case_no: str | None = None, **detail: Any
) -> Entry:
    """Add to the access log, in the transaction under way or in one of its own.

    `account` is a pseudonym, None where nobody is known yet. `detail` holds codes, counts and references
    that RFC 8785 can write: never names, never the text of a query. Whoever answers with what was looked at
    calls this first, so that nothing leaves unseen.
    """
    return await journal.append(
        connection, Stream.ACCESS, what.value, account=account, case_no=case_no, **detail
    )
