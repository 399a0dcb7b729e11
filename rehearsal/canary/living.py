"""People with canary names bring matters and work on them through the API, and write canaries wherever they write."""

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

import asyncpg
import httpx

from activities.content import Connection
from api.forms import BLANKS, FORMS, Blank
from api.web.resident.filing import Sort
from api.writing.openings import OPENING_FORMS
from domain.vocabulary import CaseKind
from rehearsal.canary.filling import Known, Pen
from rehearsal.canary.tokens import Canaries, traces
from rehearsal.town import Town

ACTS_A_CASE = 12
AT_ONCE = 8
PLACES = ("星叶社区", "yunhe/gucheng/mujie", "yunhe/qinghe/daoxiang", "yunhe/haixing/yugang")
UNITS = ("yunhe/shuiwu", "yunhe/zhujian", "yunhe/chengguan", "yunhe/renshe", "yunhe/xiaofang")
MATTERS = ("01.01.01", "01.02.01", "20.03.01", "04.01.01", "03.01.01")
_GRAVE = frozenset({"withdraw", "mediation.refuse", "mediation.end", "petition.refuse_intake", "order.divert",
                    "mediation.reject", "whistle.stand_down"})  # fmt: skip
"""Acts that end a case early: chosen seldom, so that cases live."""
_OPENERS = {
    CaseKind.ORDER: ("resident-01", "resident-02", "{}.worker"),
    CaseKind.MEDIATION: ("{}.worker", "resident-03", "{}.grid"),
    CaseKind.PETITION: ("resident-04", "xinfang.officer"),
    CaseKind.WHISTLE: ("{}.worker",),
}
_PDF = b"%%PDF-1.4\n1 0 obj << /Title (%s) >> endobj\n%%%%EOF\n"
_OWED = (
    "SELECT owner_unit, owner_roles, owner_party FROM duty_register WHERE case_no = $1 AND status = 'open'"
)
_TRIES = 6
_keys = itertools.count(1)


@dataclass
class Lived:
    """What happened: acts taken in and refused by code, answers by status, and pieces of canaries in errors."""

    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    cases: list[str] = field(default_factory=list)
    in_errors: list[str] = field(default_factory=list)

    @property
    def unreached(self) -> list[str]:
        """Acts with free text that nobody could do: their words were refused, or never written."""
        return sorted(code for code, blanks in BLANKS.items() if _has_words(blanks) and not self.done[code])


class Life:
    """Lets people act through one door. `tokens` has every account's."""

    def __init__(
        self, http: httpx.AsyncClient, tokens: Mapping[str, str], town: Town, canaries: Canaries, seed: int
    ) -> None:
        self.lived, self.canaries = Lived(), canaries
        self._http, self._tokens, self._town, self._chance = http, tokens, town, Random(seed)
        self._offices: dict[tuple[str, str], str] = {(str(a.unit), a.role.value): a.id for a in town.accounts}

    async def live(self, number: int, reader: asyncpg.Pool) -> Lived:
        """So many matters, each opened and worked on for a while."""
        room = asyncio.Semaphore(AT_ONCE)

        async def one(place: int) -> None:
            async with room:
                await self._case(list(CaseKind)[place % len(CaseKind)], place, reader)

        await asyncio.gather(*(one(place) for place in range(number)))
        return self.lived

    async def file_as_visitors(self, number: int) -> None:
        """Residents without an account file at the one entrance, each from a browser of their own."""
        for place in range(number):
            sort = list(Sort)[place % len(Sort)]
            said = {"text": self.canaries.words("entrance text"), "place": "星叶社区"}
            said |= {name: self.canaries.name(f"entrance {name}") for name in ("name", "other")}
            said |= {name: self.canaries.phone(f"entrance {name}") for name in ("phone", "other_phone")}
            said["address"] = said["spot"] = self.canaries.address("entrance address")
            async with httpx.AsyncClient(base_url=self._http.base_url, timeout=60) as browser:
                answer = await browser.post(f"/file/{sort.value}", data=said, headers={"accept": "text/html"})
            self.lived.statuses[answer.status_code] += 1
            if answer.status_code == 303:
                self.lived.done["file at the entrance"] += 1

    async def _case(self, kind: CaseKind, place: int, reader: asyncpg.Pool) -> None:
        """A matter; what the door does not take in is written anew."""
        community = ("xingye", "mujie", "daoxiang", "yugang")[place % 4]
        for _ in range(_TRIES):
            opener = self._chance.choice(_OPENERS[kind]).format(community)
            answer = await self._post(opener, f"/v1/{kind.value}s", self._opening(kind, place, opener))
            if answer.status_code == 201:
                self.lived.done[f"open {kind.value}"] += 1
                number = str(answer.json()["number"])
                self.lived.cases.append(number)
                await self._lead(number, opener, reader)
                return
            self.lived.refused[f"open {kind.value}: {_why(answer)}"] += 1

    def _opening(self, kind: CaseKind, place: int, opener: str) -> dict[str, Any]:
        body = self._pen({}, {}).filled(OPENING_FORMS[kind], kind.value)
        body |= {"place": PLACES[place % 4], "matter": self._chance.choice(MATTERS)}
        if kind is CaseKind.WHISTLE:
            body |= {"blower": None, "departments": self._chance.sample(UNITS, 3)}
        staff_say = ("due", "unit", "service") if opener.startswith("resident") else ("due",)
        return {name: value for name, value in body.items() if name not in staff_say}

    async def _lead(self, number: str, opener: str, reader: asyncpg.Pool) -> None:
        """Whoever owes something does it, and now and then somebody uses a standing right."""
        for _ in range(ACTS_A_CASE):
            async with reader.acquire() as connection:
                parts = await connection.fetch(
                    "SELECT case_no FROM case_register WHERE case_no LIKE $1 || '%'", number
                )
                about = self._chance.choice([number, *(row["case_no"] for row in parts)])
                people = await self._owing(connection, about)
            who, behalf = self._chance.choice([*people, *people, (opener, None)])
            await self._act(about, who, behalf)

    async def _owing(self, connection: Connection, number: str) -> list[tuple[str, str | None]]:
        """Accounts of the offices that owe something, and staff in place of parties without an account."""
        found: list[tuple[str, str | None]] = []
        for row in await connection.fetch(_OWED, number):
            mine = [self._offices.get((row["owner_unit"], role)) for role in row["owner_roles"]]
            found += [(each, None) for each in mine if each]
            if (party := row["owner_party"]) in self._tokens:
                found.append((party, None))
            elif party:
                found += [(each, party) for each in ("xingye.mediator", "xingye.worker", "xinfang.officer")]
        return found

    async def _act(self, number: str, who: str, behalf: str | None) -> None:
        query = {"on_behalf_of": behalf} if behalf else {}
        seen = await self._get(who, f"/v1/cases/{number}", **query)
        offers = seen.json()["possible_acts"] if seen.status_code == 200 else []
        offer = self._least_done(offers)
        if offer is None:
            return
        code = offer["act"]
        self.lived.tried[code] += 1
        fields = {each["name"]: each for each in offer["fields"]}
        files = {"file": [await self._file(who, code)]} if _takes_files(fields) else {}
        body = self._pen(fields, files).filled(FORMS[code], code) | query
        answer = await self._post(who, offer["href"], body)
        if answer.status_code == 200:
            self.lived.done[code] += 1
        else:
            self.lived.refused[f"{code}: {_why(answer)}"] += 1

    def _least_done(self, offers: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
        """Something that few have tried rather than what everybody does; an end only now and then."""
        usual = [each for each in offers if each["act"] not in _GRAVE or self._chance.random() < 0.1]
        owed = [each for each in usual if each["duty"] is not None and self._chance.random() < 0.9] or usual
        some = self._chance.sample(owed, min(len(owed), 3))
        return min(some, key=lambda each: self.lived.tried[each["act"]], default=None)

    def _pen(self, fields: Mapping[str, Any], files: Mapping[str, Sequence[str]]) -> Pen:
        known = {"unit": UNITS, "matter": MATTERS, "case": self.lived.cases[-20:], "calendar": ("cn-2026",),
                 "account": ("xingye.mediator", "shuiwu.handler"), **files}  # fmt: skip
        return Pen(self._write, Known(known), self._chance, fields)

    def _write(self, place: str, longest: int) -> str:
        kind = place.rpartition(" ")[2]
        maker = {"name": self.canaries.name, "phone": self.canaries.phone, "address": self.canaries.address}
        return maker.get(kind, self.canaries.words)(place)[:longest]

    async def _file(self, who: str, code: str) -> str:
        """A file with a canary in it, kept for an act."""
        body = _PDF % self.canaries.words(f"{code} file").encode()
        name = self.canaries.name(f"{code} file name")
        headers = {"authorization": f"Bearer {self._tokens[who]}"}
        answer = await self._http.post(
            "/v1/attachments", files={"file": (f"{name}.pdf", body)}, headers=headers
        )
        self._looked_at(answer)
        return str(answer.json().get("commitment"))

    async def _get(self, who: str, path: str, **query: str) -> httpx.Response:
        headers = {"authorization": f"Bearer {self._tokens[who]}"}
        return self._looked_at(await self._http.get(path, params=query, headers=headers))

    async def _post(self, who: str, path: str, body: Any) -> httpx.Response:
        headers = {"authorization": f"Bearer {self._tokens[who]}", "idempotency-key": f"canary-{next(_keys)}"}
        return self._looked_at(await self._http.post(path, json=body, headers=headers))

    def _looked_at(self, answer: httpx.Response) -> httpx.Response:
        """An answer that says what is wrong says it without anybody's words."""
        self.lived.statuses[answer.status_code] += 1
        if answer.status_code >= 400:
            asked = f"{answer.request.method} {answer.request.url.path} {answer.status_code}"
            self.lived.in_errors += [f"{asked}: {each}" for each in traces(answer.content)]
        return answer


def _why(answer: httpx.Response) -> str:
    """The code of a problem, with the places and mistakes it names."""
    said = answer.json()
    return " ".join([said["code"], *(f"{each['field']}={each['code']}" for each in said.get("errors", ()))])


def _has_words(blanks: Iterable[Blank]) -> bool:
    return any(each.kind == "text" or _has_words(each.blanks) for each in blanks)


def _takes_files(fields: Mapping[str, Mapping[str, Any]]) -> bool:
    return any(each["kind"] == "file" for each in fields.values())


def canary_town(town: Town, canaries: Canaries) -> Town:
    """The same town, in which everybody bears a canary for a name."""
    people = tuple(replace(each, name_zh=canaries.name(f"account {each.role}")) for each in town.accounts)
    return replace(town, accounts=people)
