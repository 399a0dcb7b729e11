"""GET /v1/cases/…, /v1/worklist, /v1/search: read cases, their course and why they fall due."""

from datetime import datetime
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime

from api import examples
from api.answers import CaseLine, CaseView, Explanation, Page, Timeline, WorkItem
from api.documents import READ, answers, problems
from api.door import AtDoor, Calling
from api.forms import PSEUDONYM
from api.problems import FieldError, invalid, not_found
from api.reading.casefile import visible_file
from api.reading.explaining import explanation
from api.reading.listing import Filter, Paging, Status, cases, search, worklist
from api.reading.showing import case_view, surroundings
from api.reading.telling import timeline
from api.voice import Voice
from domain.actors import Actor
from domain.calendar import CST
from domain.vocabulary import CaseKind, Party, Stage, Unit

router = APIRouter(prefix="/v1", tags=["案件 Cases"])

Number: TypeAlias = Annotated[str, Path(description="案件编号 / Case number.", examples=["O20261121-00012"])]
Limit: TypeAlias = Annotated[int, Query(ge=1, le=200, description="每页条数 / Items a page.")]
After: TypeAlias = Annotated[
    str | None,
    Query(max_length=300, description="上一页的 next / The `next` of the page before.", examples=[None]),
]
IsDrill: TypeAlias = Annotated[bool, Query(description="只看演练案件 / Training cases instead of real ones.")]
UnitName: TypeAlias = Annotated[
    str | None,
    Query(max_length=200, description="路径、名称或别名 / Path, name or alias.", examples=["市水务局"]),
]


@router.get(
    "/cases",
    operation_id="list_cases",
    summary="案件列表 / List cases",
    responses={**answers(200, "一页案件 / One page.", examples.CASES), **problems(401, 422, 503)},
)
async def list_cases(
    door: AtDoor,
    caller: Calling,
    kind: CaseKind | None = None,
    stage: Stage | None = None,
    unit: UnitName = None,
    community: UnitName = None,
    matter: Annotated[str | None, Query(max_length=60, examples=["03.01.02"])] = None,
    status: Status | None = None,
    since: AwareDatetime | None = None,
    drill: IsDrill = False,
    limit: Limit = 50,
    after: After = None,
) -> Page[CaseLine]:
    """Cases the caller may see, the latest opened first."""
    voice = await door.voice(caller)
    wanted = Filter(
        kind, stage, unit_named(voice, unit, "unit"), unit_named(voice, community, "community"),
        legible(matter, "matter"), status, since, drill,
    )  # fmt: skip
    async with door.database.connection() as connection:
        return await cases(connection, caller, voice, wanted, Paging(limit, after))


@router.get(
    "/worklist",
    operation_id="get_worklist",
    summary="待办 / Worklist",
    responses={
        **answers(200, "一页待办职责 / One page of duties.", examples.WORKLIST),
        **problems(401, 422, 503),
    },
)
async def get_worklist(
    door: AtDoor, caller: Calling, drill: IsDrill = False, limit: Limit = 50, after: After = None
) -> Page[WorkItem]:
    """Open duties of the caller's office in the caller's role, the most urgent first."""
    voice = await door.voice(caller)
    async with door.database.connection() as connection:
        return await worklist(connection, caller, voice, drill, Paging(limit, after))


@router.get(
    "/search",
    operation_id="search_cases",
    summary="查找 / Search",
    responses={**answers(200, "一页案件 / One page.", examples.CASES), **problems(401, 422, 429, 503)},
)
async def search_cases(
    door: AtDoor,
    caller: Calling,
    q: Annotated[
        str,
        Query(
            min_length=1, max_length=100, description="字词或案件编号 / Words or a number.", examples=["漏水"]
        ),
    ],
    drill: IsDrill = False,
    limit: Limit = 50,
    after: After = None,
) -> Page[CaseLine]:
    """Cases the caller may see, by the words in them (two characters are enough) or by number."""
    await door.limits.search(caller)
    voice = await door.voice(caller)
    words = legible(q, "q") or ""
    async with door.database.connection() as connection:
        return await search(connection, caller, voice, words, drill, Paging(limit, after))


@router.get(
    "/cases/{number}",
    operation_id="get_case",
    summary="案件 / A case",
    responses={**answers(200, "案件现状 / The case as it stands.", examples.CASE), **problems(*READ)},
)
async def get_case(
    door: AtDoor,
    caller: Calling,
    number: Number,
    on_behalf_of: Annotated[
        str | None,
        Query(
            pattern=PSEUDONYM,
            description="代哪位当事人看可办事项 / Possible acts on whose behalf.",
            examples=[None],
        ),
    ] = None,
) -> CaseView:
    """The case with its duties in their colours, its parties, its parts, and what the caller may do now."""
    file = await visible_file(door.database, number, caller)
    voice = await door.voice(caller)
    account = caller.account
    actor = Actor(account.id, account.role, account.unit, Party(on_behalf_of) if on_behalf_of else None)
    async with door.database.connection() as connection:
        around = await surroundings(connection, file)
    return case_view(file, around, caller, actor, voice)


@router.get(
    "/cases/{number}/timeline",
    operation_id="get_timeline",
    summary="案件经过 / The course of a case",
    responses={**answers(200, "全部事件 / Every event.", examples.TIMELINE), **problems(*READ)},
)
async def get_timeline(door: AtDoor, caller: Calling, number: Number) -> Timeline:
    """Every event on the ledger, with the words behind its commitments."""
    file = await visible_file(door.database, number, caller)
    voice = await door.voice(caller)
    async with door.database.connection() as connection:
        return await timeline(connection, file, caller, voice)


@router.get(
    "/cases/{number}/duties/{duty}/explanation",
    operation_id="explain_duty",
    summary="期限算式 / Why it falls due",
    responses={**answers(200, "逐行算式 / The sum line by line.", examples.EXPLANATION), **problems(*READ)},
)
async def explain_duty(
    door: AtDoor, caller: Calling, number: Number, duty: Annotated[int, Path(ge=1, examples=[1])]
) -> Explanation:
    """Start, days left out and why, pauses, extensions, result: the last line is the duty's own dates."""
    file = await visible_file(door.database, number, caller)
    found = explanation(file, duty, await door.voice(caller))
    if found is None:
        raise not_found()
    return found


def unit_named(voice: Voice, name: str | None, field: str) -> Unit | None:
    """The unit a filter means. Raises Problem (422)."""
    if name is None:
        return None
    found = voice.town.unit(name, datetime.now(CST).date())
    if found is None:
        raise invalid(FieldError((field,), "unknown_unit"))
    return found


def legible(text: str | None, field: str) -> str | None:
    """A text that Postgres can be asked about. Raises Problem (422)."""
    if text is not None and "\x00" in text:
        raise invalid(FieldError((field,), "not_text"))
    return text
