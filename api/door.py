"""What every request may reach, put together once for a process."""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from fastapi import Depends, Header, Request

from activities.attachments import Store, open_store
from activities.settings import Settings
from activities.shelf import load_shelf
from api.database import Database
from api.engine import Engine
from api.gate.admission import Admission
from api.gate.limits import Limits
from api.identity.callers import Caller, Callers
from api.identity.sessions import signed_in
from api.measures.counts import Counts
from api.measures.gauges import Gauges
from api.town import TownHall
from api.voice import Voice
from api.words import Language, language_of
from domain.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Door:
    """The servers behind the door, the editions, the town, the callers and the files, and what is counted."""

    settings: Settings
    database: Database
    engine: Engine
    shelf: Shelf
    hall: TownHall
    callers: Callers
    limits: Limits
    files: Store
    admission: Admission
    counts: Counts
    gauges: Gauges

    async def voice(self, caller: Caller) -> Voice:
        """Words for a caller, about the town as it is now."""
        return Voice(caller.language, await self.hall.town(), self.shelf)


def make_door(settings: Settings) -> Door:
    """A door over one deployment's servers; none of them need be there yet.

    Raises `BrokenEdition` and `SettingMissing`.
    """
    database = Database(settings)
    return Door(
        settings, database, Engine(settings), load_shelf(settings.editions_dir), TownHall(database),
        Callers(database), Limits(settings), open_store(settings.attachments),
        Admission(settings), Counts(), Gauges(database),
    )  # fmt: skip


def _of(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


async def _door(request: Request) -> Door:
    """Async although it waits for nothing: a plain function would be sent to a thread and back."""
    return _of(request)


async def _caller(
    request: Request,
    authorization: Annotated[str | None, Header(include_in_schema=False)] = None,
    accept_language: Annotated[
        str | None, Header(description="zh（默认）或 en / zh (default) or en", examples=["zh"])
    ] = None,
) -> Caller:
    return await caller_of(request, language_of(accept_language), authorization)


async def caller_of(
    request: Request, language: Language, authorization: str | None = None, *, touch: bool = True
) -> Caller:
    """Who calls: by bearer token if there is one, else by the session cookie. Raises Problem (401, 403).

    `touch` is False for what a page fetches by itself, which is no sign of life.
    """
    door = _of(request)
    if authorization is not None:
        caller = Caller(await door.callers.account(authorization), language)
    else:
        session = await signed_in(door.database, door.settings, request, touch=touch)
        assert session.holder is not None
        caller = Caller(session.holder, language, session)
    request.state.account = caller.account.id
    return caller


AtDoor: TypeAlias = Annotated[Door, Depends(_door)]
Calling: TypeAlias = Annotated[Caller, Depends(_caller)]
