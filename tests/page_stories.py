"""Pages for tests: people of the demo town with a browser session, matters for them, and a reader of HTML."""

import itertools
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from typing import Any

import asyncpg
import httpx
from doorway import Deployment, Person

from activities import sessions
from activities.sessions import Beginning, Lifetime, Step, Way
from activities.settings import Role, Settings

_numbers = itertools.count(1)
_DAY = Lifetime(timedelta(hours=10), timedelta(hours=10))
HTML = {"accept": "text/html"}

Values = dict[str, str | list[str]]


async def session_for(settings: Settings, account: str) -> str:
    """The token of a session, as if the account had signed in."""
    connection = await asyncpg.connect(settings.url(Role.DOOR))
    try:
        return await sessions.begin(connection, Beginning(account, Way.PASSWORD, Step.OPEN, _DAY))
    finally:
        await connection.close()


@dataclass
class Form:
    """A form as a browser would send it."""

    action: str
    method: str
    values: Values = field(default_factory=dict)
    buttons: list[dict[str, str]] = field(default_factory=list)


class Page(HTMLParser):
    """What a person finds on a page: its words, links, headings and forms."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.html, self.words, self.links, self.forms = text, "", [], []
        self.headings: list[tuple[int, str]] = []
        self.ids: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._within: list[str] = []
        self._select: str | None = None
        self._area: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append((tag, given))
        self._within.append(tag)
        if given.get("id"):
            self.ids.append(str(given["id"]))
        match tag:
            case "a" if given.get("href"):
                self.links.append(str(given["href"]))
            case "form":
                self.forms.append(Form(given.get("action") or "", given.get("method") or "get"))
            case "h1" | "h2" | "h3" | "h4":
                self.headings.append((int(tag[1]), ""))
            case "input" | "select" | "textarea" | "button" | "option" if self.forms:
                self._control(tag, given)

    def handle_endtag(self, tag: str) -> None:
        self._area = None if tag == "textarea" else self._area
        while self._within and self._within.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self.forms[-1].values[self._area] = data
        if not {"script", "style"} & set(self._within):
            self.words += data
        for tag in self._within:
            if tag in ("h1", "h2", "h3", "h4"):
                level, text = self.headings[-1]
                self.headings[-1] = level, text + data.strip()

    def form(self, action: str) -> Form:
        """The form with an address."""
        wanted = action.partition("#")[0]
        found = [each for each in self.forms if each.action.partition("#")[0] == wanted]
        assert found, (action, [each.action for each in self.forms])
        return found[0]

    def _control(self, tag: str, given: dict[str, str | None]) -> None:
        form, name, value = self.forms[-1], given.get("name") or "", given.get("value") or ""
        if tag == "select":
            self._select = name
            form.values.setdefault(name, "")
        elif tag == "option":
            if "selected" in given and self._select:
                form.values[self._select] = value
        elif tag == "textarea":
            self._area = name
            form.values[name] = ""
        elif tag == "button":
            form.buttons.append({key: item or "" for key, item in given.items()})
        elif given.get("type") in ("radio", "checkbox"):
            if "checked" in given:
                form.values[name] = value
        elif name:
            form.values[name] = value


@dataclass
class Browser:
    """Somebody in front of a browser without JavaScript."""

    http: httpx.AsyncClient
    account: str

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.http.get(path, params=query or None, headers=HTML)

    async def page(self, path: str, **query: Any) -> Page:
        """A page that must be there."""
        answer = await self.get(path, **query)
        assert answer.status_code == 200, (answer.status_code, answer.text[:2000])
        return Page(answer.text)

    async def send(self, form: Form, **values: Any) -> httpx.Response:
        """Post a form with some fields filled in."""
        return await self.http.post(form.action, data={**form.values, **values}, headers=HTML)

    async def follow(self, answer: httpx.Response) -> Page:
        """Where a form that was taken in leads."""
        assert answer.status_code == 303, (answer.status_code, Page(answer.text).words[:2000])
        while answer.status_code == 303:
            answer = await self.get(answer.headers["location"])
        assert answer.status_code == 200, (answer.status_code, answer.text[:2000])
        return Page(answer.text)


@asynccontextmanager
async def browsing(deployment: Deployment, account: str, **cookies: str) -> AsyncIterator[Browser]:
    """A browser in which somebody has signed in."""
    token = await session_for(deployment.settings, account)
    transport = httpx.ASGITransport(deployment.app)
    kept = {"herun_session": token, **cookies}
    async with httpx.AsyncClient(transport=transport, base_url="http://door", cookies=kept) as http:
        yield Browser(http, account)


# -- matters --------------------------------------------------------------------------------------------

MANHOLE: Mapping[str, Any] = {
    "title": "小区门口井盖松动", "place": "星叶社区", "matter": "01.01.01",
    "text": "星叶小区南门外人行道上有个井盖松了，车一压就翘起来，昨晚一位老人差点踩空。旁边是小学放学的路，请快来人。",
}  # fmt: skip
LAMPS: Mapping[str, Any] = {
    "title": "小区后门路灯不亮", "place": "星叶社区", "matter": "01.02.01",
    "text": "后门到菜市场的六盏路灯黑了一个星期，早上四五点去买菜的老人都要打手电筒。",
}  # fmt: skip
HEATER: Mapping[str, Any] = {
    "title": "热水器坏了谁来出修理费", "place": "星叶社区", "matter": "20.03.01",
    "text": "租客住了一年半，热水器坏了两次，自己垫了一千八百元修好，要从房租里扣；房东说是使用不当，还要提前收房。",
    "respondents": [{"name": "乙槐", "phone": "13800000002", "address": "星叶路2号"}],
}  # fmt: skip
WAGES: Mapping[str, Any] = {
    "title": "工地拖欠三个月工资", "place": "星叶社区", "matter": "04.01.01",
    "text": "二十七名工友在工地干了三个月，只发了生活费。请求查明总包与分包的责任，支付工资，并处理工棚消防隐患。",
}  # fmt: skip
PIPE: Mapping[str, Any] = {
    "title": "无主供水管多次爆裂", "place": "星叶社区", "matter": "03.01.01", "whistle": "tough",
    "text": "星叶路地下老水管一年爆了四次，产权不清，水务、住建、城管都说不是自己的。请有关部门到场会诊。",
    "departments": ["市水务局", "市住建局", "市城管局"],
}  # fmt: skip


@dataclass
class Matters:
    """Cases of every kind in the middle of their procedures, by what they are about."""

    manhole: str
    lamps: str
    closed: str
    heater: str
    wages: str
    pipe: str


async def open_matters(deployment: Deployment) -> Matters:
    """Orders at three stages, a dispute being mediated, a petition split, a whistle that was answered."""
    who = {name: await deployment.person(account) for name, account in _CAST.items()}
    return Matters(
        await who["resident"].opened("/v1/orders", MANHOLE),
        await _dispatched(who),
        await _closed(who),
        await _mediated(who),
        await _split(who),
        await _blown(who),
    )


_CAST = {
    "resident": "resident-01", "worker": "xingye.worker", "water": "shuiwu.handler",
    "city": "chengguan.handler", "housing": "zhujian.handler", "mediator": "xingye.mediator",
    "centre": "binhu-centre.dispatcher", "officer": "xinfang.officer", "leader": "binhu.secretary",
}  # fmt: skip

Cast = Mapping[str, Person]


async def _dispatched(who: Cast) -> str:
    number = await who["resident"].opened("/v1/orders", LAMPS)
    await who["worker"].done(number, "order.accept_need", service="service")
    await who["worker"].done(number, "order.dispatch", units=["市城管局"])
    return number


async def _closed(who: Cast) -> str:
    number = await who["resident"].opened("/v1/orders", {**MANHOLE, "title": "楼下排水沟堵了返味"})
    await who["worker"].done(number, "order.accept_need", service="service")
    await who["worker"].done(number, "order.dispatch", units=["市水务局"])
    await who["water"].done(number, "order.accept")
    await who["water"].done(number, "order.complete", result="已疏通并更换两处篦子。")
    await who["resident"].done(number, "rate", speed=5, attitude=5, resolution=4, text="来得快。")
    await who["worker"].done(number, "rate", speed=4, attitude=5, resolution=5)
    await who["worker"].done(number, "order.close", credit_hours=2)
    return number


async def _mediated(who: Cast) -> str:
    number = await who["resident"].opened("/v1/mediations", HEATER)
    mediator = who["mediator"]
    await mediator.done(number, "mediation.sign")
    await mediator.done(
        number, "mediation.visit", record="已到租客家，又与房东通了电话，双方都愿意坐下来谈。"
    )
    await who["centre"].done(number, "mediation.grade", colour="yellow")
    for party in ("resident-01", f"{number}.2"):
        await mediator.done(number, "mediation.serve_notice", to=party)
    await who["resident"].done(number, "mediation.consent")
    await mediator.done(number, "mediation.consent", on_behalf_of=f"{number}.2")
    await mediator.done(number, "mediation.accept")
    await mediator.done(number, "mediation.session", record="双方核对了维修单据，对一千二百元没有异议。")
    return number


async def _split(who: Cast) -> str:
    number = await who["resident"].opened("/v1/petitions", WAGES)
    await who["officer"].done(number, "petition.sort", category="claim", path="residual")
    orders = [
        {"unit": "市人社局", "share": "lead", "claim": "查明欠薪责任，督促支付工资。"},
        {"unit": "市住建局", "share": "co_handler", "claim": "核实总包、分包关系与工资专户。"},
        {"unit": "消防大队", "share": "co_handler", "claim": "检查工棚消防隐患。", "mandatory": False},
    ]
    await who["officer"].done(number, "petition.split", orders=orders)
    return number


async def _blown(who: Cast) -> str:
    number = await who["worker"].opened("/v1/whistles", PIPE)
    units = ["市水务局", "市住建局", "市城管局"]
    await who["leader"].done(number, "whistle.blow", departments=units, place="星叶路与滨湖路口")
    await who["water"].done(number, "whistle.sign")
    return number
