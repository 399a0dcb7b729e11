"""GET /v1/matters, /organisations, /rulebooks, /me: what cases are made of, and who is asking."""

from fastapi import APIRouter

from api import examples
from api.answers import LevelView, LimitView, MatterView, Me, OrganisationView, RulebookView
from api.documents import answers, problems
from api.door import AtDoor, Calling
from api.voice import Voice
from domain.authority import OPENERS
from domain.organisation import Organisation
from domain.rulebook import Rulebook
from domain.terms import Limit

router = APIRouter(prefix="/v1", tags=["基础 Reference"])


@router.get(
    "/matters",
    operation_id="list_matters",
    summary="事项目录 / Matters",
    responses={**answers(200, "事项 / Entries of the catalogue.", examples.MATTERS), **problems(401, 503)},
)
async def list_matters(door: AtDoor, caller: Calling) -> list[MatterView]:
    """The catalogue, in the order of its codes."""
    voice = await door.voice(caller)
    return [
        MatterView(
            code=each.code, parent=each.parent, name=voice.pick(each.name_zh, each.name_en),
            route=voice.of(each.route) if each.route else None,
            service=voice.of(each.service) if each.service else None, lead=each.lead, urgent=each.urgent,
            paper_only=each.paper_only,
        )
        for each in voice.town.matters.values()
    ]  # fmt: skip


@router.get(
    "/organisations",
    operation_id="list_organisations",
    summary="机构 / Organisations",
    responses={**answers(200, "机构树 / The tree.", examples.ORGANISATIONS), **problems(401, 503)},
)
async def list_organisations(door: AtDoor, caller: Calling) -> list[OrganisationView]:
    """Every body of the tree; its place is in its path."""
    voice = await door.voice(caller)
    return [_organisation(each, voice) for each in voice.town.tree]


def _organisation(each: Organisation, voice: Voice) -> OrganisationView:
    return OrganisationView(
        path=each.unit,
        kind=voice.of(each.kind),
        name=voice.pick(each.name_zh, each.name_en),
        aliases=each.aliases,
        successor=each.successor,
    )


@router.get(
    "/rulebooks",
    operation_id="list_rulebooks",
    summary="规则版本 / Rulebooks",
    responses={**answers(200, "各版规则 / Editions.", examples.RULEBOOKS), **problems(401, 503)},
)
async def list_rulebooks(door: AtDoor, caller: Calling) -> list[RulebookView]:
    """Every edition with its limits, their sources, and how far each can be vouched for."""
    voice = await door.voice(caller)
    return [_rulebook(each, voice) for each in door.shelf.rulebooks]


def _rulebook(rules: Rulebook, voice: Voice) -> RulebookView:
    return RulebookView(
        edition=rules.edition, digest=rules.digest, title=voice.pick(rules.title_zh, rules.title_en),
        released=rules.released.isoformat(), extends=rules.extends,
        levels=tuple(
            LevelView(code=each.code, title=voice.pick(each.title_zh, each.title_en), limit=each.limit_key)
            for each in rules.levels
        ),
        limits=tuple(_limit(each, voice) for each in rules.limits.values()),
    )  # fmt: skip


def _limit(limit: Limit, voice: Voice) -> LimitView:
    return LimitView(
        key=limit.key, n=limit.n, unit=voice.of(limit.unit), roll=voice.of(limit.roll), source=limit.source,
        starts_at=voice.coded("starts_at", limit.starts_at), pausable_by=limit.pausable_by,
        tag=voice.of(limit.tag), soft=limit.soft, note=limit.note,
    )  # fmt: skip


@router.get(
    "/me",
    operation_id="get_me",
    summary="本人 / Oneself",
    responses={
        **answers(200, "令牌所属账号 / The account behind the token.", examples.ME),
        **problems(401, 503),
    },
)
async def get_me(door: AtDoor, caller: Calling) -> Me:
    """Who the token speaks for, and what that account may bring."""
    voice, account = await door.voice(caller), caller.account
    return Me(
        account=account.id, name=account.name, role=voice.of(account.role),
        unit=voice.maybe_unit(account.unit),
        may_open=tuple(voice.of(kind) for kind, roles in OPENERS.items() if account.role in roles),
    )  # fmt: skip
