"""One act done to many cases at once: each by itself, so that what is refused of one stops no other."""

import asyncio
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from api.problems import Problem, not_found
from api.web.cases.doing import KEY, HandedBack, do
from api.web.frame.arrivals import Posted, Visiting
from api.web.frame.links import local
from api.web.frame.rendering import render
from api.web.frame.visits import Visitor
from api.web.work import DISPATCH, PAGE, URGE

router = APIRouter(include_in_schema=False)

AT_ONCE = 6
"""Acts of one form under way at a time: the connections of the door are for everybody."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one case: `refused` is the sentence why not."""

    number: str
    refused: str | None = None


@router.post("/work/acts/{act}")
async def do_all(visitor: Visiting, act: str, form: Posted) -> Response:
    """Do the act to every case chosen, and say of each what came of it.

    The answer is a page and no redirect: it names what was refused. Sent again it does nothing twice, since
    every act has its key from the form.
    """
    if act not in (DISPATCH, URGE):
        raise not_found()
    numbers = list(dict.fromkeys(str(each) for each in form.getlist("chosen")))[:PAGE]
    back = local(str(form.get("back") or ""), "/work")
    if not numbers:
        return _page(visitor, act, back, (), visitor.speech.t("page.nothing_chosen"), 422)
    try:
        done = await _each(visitor, act, numbers, form)
    except Problem as found:
        return _page(visitor, act, back, (), found.shown(visitor.language)["detail"], found.status_code)
    return _page(visitor, act, back, done, None, 200)


async def _each(visitor: Visitor, act: str, numbers: list[str], form: FormData) -> tuple[Done, ...]:
    room = asyncio.Semaphore(AT_ONCE)

    async def one(number: str) -> Done:
        own = FormData([*((n, v) for n, v in form.multi_items() if n != KEY), (KEY, _key(form, number))])
        async with room:
            return await _done(visitor, number, act, own)

    return tuple(await asyncio.gather(*map(one, numbers)))


async def _done(visitor: Visitor, number: str, act: str, form: FormData) -> Done:
    try:
        await do(visitor, number, act, form)
    except HandedBack as back:
        if back.found is not None and back.found.errors:
            raise back.found from back  # the form itself is wrong, and wrong for all
        return Done(number, back.returned.problem or visitor.speech.t("page.one_more"))
    except Problem as found:
        return Done(number, found.shown(visitor.language)["detail"])
    return Done(number)


def _key(form: FormData, number: str) -> str:
    return f"{form.get(KEY) or ''}.{number}"


def _page(
    visitor: Visitor, act: str, back: str, done: tuple[Done, ...], problem: str | None, status: int
) -> HTMLResponse:
    return render(
        visitor, "bulk.html", status=status, address=back, act=visitor.voice.say("act", act), done=done,
        problem=problem, back=back,
    )  # fmt: skip
