"""My account: who one is here, one's sessions, password and second factor."""

from fastapi import APIRouter
from fastapi.responses import Response

from activities import credentials, sessions
from api.identity import signing_in
from api.problems import not_found
from api.web.frame.arrivals import Posted, Visiting
from api.web.frame.rendering import render, see_other

router = APIRouter(include_in_schema=False)


@router.get("/account")
async def account_page(visitor: Visiting) -> Response:
    """One's account, with every session that lasts."""
    who = visitor.caller.account.id
    async with visitor.door.database.connection() as connection:
        held = await credentials.credential(connection, who)
        found = await sessions.listed(connection, who)
    here = visitor.caller.session
    return render(visitor, "account.html", held=held, sessions=found, present=here.id if here else None)


@router.post("/account/sessions/{session}/end")
async def end_session(visitor: Visiting, session: int, form: Posted) -> Response:
    """End another session, such as on a telephone that was lost."""
    if not 0 < session < 2**63:
        raise not_found()
    await signing_in.end_own_session(visitor.door, visitor.caller.account.id, session)
    return see_other("/account?said=session_ended")


@router.post("/account/recovery-codes")
async def renew_recovery_codes(visitor: Visiting, form: Posted) -> Response:
    """Ten new codes for a lost authenticator, shown this once."""
    here = visitor.caller.session
    if here is None:
        raise not_found()
    codes = await signing_in.renew_recovery_codes(visitor.door, here)
    return render(visitor, "recovery_codes.html", address="/account", codes=codes, next="/account")
