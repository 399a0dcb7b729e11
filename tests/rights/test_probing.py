"""Every address with an id in it, tried by everybody whose it is not: the answer tells them nothing."""

from collections.abc import Mapping

import pytest
from doorway import Deployment

from domain.vocabulary import Role
from tests.rights.probing import Route, Scene, Seeker, filled, nobodys, routes_of

STRANGERS: Mapping[Role, str] = {
    Role.RESIDENT: "resident-09", Role.GRID_WORKER: "lanwan.grid", Role.COMMUNITY_WORKER: "zhonglou.worker",
    Role.COMMUNITY_SECRETARY: "zhonglou.secretary", Role.DISPATCHER: "gucheng.dispatcher",
    Role.MEDIATOR: "tiaojie-yuye.mediator", Role.HANDLER: "fuchaban.handler", Role.UNIT_HEAD: "fuchaban.head",
    Role.TOWN_LEADER: "gucheng.leader", Role.TOWN_SECRETARY: "gucheng.secretary",
    Role.SYSTEM_ADMIN: "shuju.system", Role.SECURITY_ADMIN: "shuju.security", Role.AUDIT_ADMIN: "shenji.audit",
}  # fmt: skip
"""One of each role who has nothing to do with the matters of Xingye community; other roles press or audit."""
SHUT_OUT = {
    **STRANGERS, Role.SUPERVISOR: "ducha.supervisor", Role.JOINT_OFFICE: "lianxiban.joint",
    Role.GOVERNMENT_OFFICE: "zhengfuban.office",
}  # fmt: skip
"""Those too, where the matter is an accusation."""

OTHERS: Mapping[str, Mapping[str, tuple[object, object]]] = {
    "DELETE /v1/sessions/{session}": {"session": ("SESSION", 987_654_321)},
    "POST /account/sessions/{session}/end": {"session": ("SESSION", 987_654_321)},
    "GET /admin/accounts/{who}": {"who": ("xingye.worker", "nobody.here")},
    "POST /admin/accounts/{who}": {"who": ("xingye.worker", "nobody.here")},
    "POST /admin/accounts/{who}/password": {"who": ("xingye.worker", "nobody.here")},
    "POST /admin/accounts/{who}/{what}": {"who": ("xingye.worker", "nobody.here"), "what": ("unlock", "unlock")},
    "POST /admin/accounts/{who}/sessions/{session}/end": {
        "who": ("resident-01", "nobody.here"), "session": ("SESSION", 987_654_321),
    },
    "POST /admin/editions/schedule/{of}/{from_day}/cancel": {
        "of": ("rulebook", "rulebook"), "from_day": ("2099-01-01", "2098-01-01"),
    },
    "GET /audit/exports/{name}": {"name": ("duties.csv", "nothing.csv")},
    "GET /audit/checkpoints/{size}.txt": {"size": (1, 987_654_321)},
    "GET /city/by/{dimension}": {"dimension": ("unit", "unit")},
}  # fmt: skip
"""Addresses with another id than a case's: one that is there, and one that is not."""
FOR_ANYBODY = {
    "GET /follow/{link}",
    "POST /follow/{link}",
    "GET /filed/{link}",
    "GET /file/{sort}",
    "POST /file/{sort}",
}
"""Whoever holds the link may use it; forms of the entrance are public. Wrong links are tried below."""
BY_ACT = {"POST /work/acts/{act}"}
"""Acts on cases that are named in the form; tried below."""
REFUSED = (403, 404)


def numbered(deployment: Deployment) -> list[Route]:
    """Every address of one case."""
    found = [each for each in routes_of(deployment.app) if "number" in each.blanks]
    return [*found, Route("GET", "/events?case={number}"), Route("GET", "/my/{number}?done={number}.1")]


def of_one_act(route: Route) -> bool:
    return route.template.startswith("/v1/cases/{number}/acts/") and "act" not in route.blanks


def test_every_address_with_an_id_is_tried(deployment: Deployment) -> None:
    tried = {*OTHERS, *FOR_ANYBODY, *BY_ACT}
    found = {str(each) for each in routes_of(deployment.app) if each.blanks and "number" not in each.blanks}
    assert found == tried
    assert len(numbered(deployment)) > 100


@pytest.mark.parametrize("role", list(SHUT_OUT))
async def test_a_case_that_is_not_ones_own_is_as_if_it_were_not(role: Role, scene: Scene) -> None:
    """Status, headers, body and the number of statements to Postgres are those of a number nobody has."""
    cases = [scene.accusation]
    if role in (Role.RESIDENT, Role.HANDLER):
        cases += [scene.dispute, scene.matters.manhole]
    routes = [each for each in numbered(scene.deployment) if not of_one_act(each)]
    async with scene.seeking(SHUT_OUT[role]) as seeker:
        told = [await _told(scene, seeker, route, number) for number in cases for route in routes]
    assert [each for each in told if each] == []


async def _told(scene: Scene, seeker: Seeker, route: Route, number: str) -> str:
    """What an answer gives away, or nothing; an empty form comes back from a desk before any case is looked up."""
    none, blanks = nobodys(number), {"commitment": scene.photo}
    theirs = await seeker.ask(route, filled(route, number, **blanks), number)
    nothing = await seeker.ask(route, filled(route, none, **blanks), none)
    if theirs != nothing:
        return f"{route} of {number}: {theirs.differs_from(nothing)}"
    is_moved = theirs.status == 303 and route.template.startswith("/my/")
    is_handed_back = theirs.status == 422 and route.template.startswith(("/desk/", "/dispatch/"))
    fits = theirs.status in REFUSED or is_moved or is_handed_back
    return "" if fits else f"{route} of {number}: {theirs.status}"


@pytest.mark.parametrize("role", [Role.RESIDENT, Role.SUPERVISOR])
async def test_no_act_tells_that_a_case_is_there(role: Role, scene: Scene) -> None:
    events = await scene.deployment.owner.fetchval("SELECT count(*) FROM event")
    routes = [each for each in numbered(scene.deployment) if of_one_act(each)]
    assert len(routes) > 70
    async with scene.seeking(SHUT_OUT[role]) as seeker:
        told = [await _told(scene, seeker, route, scene.accusation) for route in routes]
    assert [each for each in told if each] == []
    assert await scene.deployment.owner.fetchval("SELECT count(*) FROM event") == events


@pytest.mark.parametrize("route", list(OTHERS))
async def test_an_id_of_another_kind_tells_nothing_to_those_it_is_not_for(route: str, scene: Scene) -> None:
    method, _, template = route.partition(" ")
    for account in STRANGERS.values():
        if _is_theirs(template, account):
            continue
        async with scene.seeking(account) as seeker:
            answers = []
            for place in (0, 1):
                blanks = {name: ids[place] for name, ids in OTHERS[route].items()}
                blanks = {name: scene.session if each == "SESSION" else each for name, each in blanks.items()}
                path = filled(Route(method, template), "X", **blanks)
                answers.append(await seeker.ask(Route(method, template), path))
            there, nowhere = answers
            assert there.status in REFUSED, (account, route, there.status)
            assert (there.status, there.statements) == (nowhere.status, nowhere.statements), (account, route)
    assert await scene.deployment.owner.fetchval(
        "SELECT ended_at IS NULL FROM session WHERE id = $1", scene.session
    )


def _is_theirs(template: str, account: str) -> bool:
    """Administrators have their own pages, and a town's leaders the figures of their town."""
    theirs = {
        "shuju.security": "/admin/accounts", "shuju.system": "/admin/editions", "gucheng.leader": "/city/",
        "gucheng.secretary": "/city/",
    }  # fmt: skip
    return account in theirs and template.startswith(theirs[account])


async def test_a_wrong_link_opens_nothing(scene: Scene) -> None:
    async with scene.seeking(STRANGERS[Role.RESIDENT]) as seeker:
        for route in (Route("POST", "/follow/{link}"), Route("GET", "/filed/{link}")):
            answer = await seeker.ask(route, filled(route, "X", link="A" * 43))
            assert answer.status == 404


async def test_many_acts_at_once_tell_of_each_case_what_one_act_tells(scene: Scene) -> None:
    async with scene.seeking(STRANGERS[Role.HANDLER]) as seeker:
        told = []
        for number in (scene.accusation, nobodys(scene.accusation)):
            answer = await seeker.http.post(
                "/work/acts/urge", data={"chosen": number, "csrf": seeker.csrf, "key": "k1"},
                headers={"origin": "http://door", "accept": "text/html"},
            )  # fmt: skip
            told.append((answer.status_code, answer.text.count(number) > 1))
        assert told[0] == told[1]
