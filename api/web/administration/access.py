"""The access log and who may audit, for the audit administrator, who changes nothing."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from api.auditing import views as auditing
from api.reading.listing import Paging
from api.routes.cases import legible
from api.web.administration.forms import only
from api.web.frame.arrivals import Visiting
from api.web.frame.rendering import render
from api.writing import administering
from api.writing.administering import Sought
from domain.vocabulary import Role

router = APIRouter(include_in_schema=False, prefix="/admin")

PAGE = 50
"""Entries of one page."""

Name = Annotated[str, Query(max_length=200)]


@router.get("/access")
async def access_log(
    visitor: Visiting, account: Name = "", case: Name = "", after: Annotated[str | None, Query(max_length=300)] = None
) -> HTMLResponse:  # fmt: skip
    """Who looked, signed in, was refused or changed what others rely on; this look is on it too."""
    only(visitor, Role.AUDIT_ADMIN)
    who, number = (legible(each.strip(), "account") or None for each in (account, case))
    found = await auditing.access_log(visitor.door, visitor.caller, who, number, Paging(PAGE, after))
    return render(
        visitor, "admin_access.html", found=found, account=account, case=case, is_first=after is None
    )


@router.get("/auditors")
async def auditors(visitor: Visiting) -> HTMLResponse:
    """Who may audit: every account that is an auditor's now, with how it signs in."""
    only(visitor, Role.AUDIT_ADMIN)
    async with visitor.door.database.connection() as connection:
        found, _ = await administering.accounts(connection, Sought(role=Role.AUDITOR))
    return render(visitor, "admin_auditors.html", found=found)
