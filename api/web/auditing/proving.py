"""The five answers on a page: for one case, and for as many as a request can bear."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from activities.access import Access, looked
from activities.settings import Role, Settings
from api.auditing.answers import AnswerView, VerificationView
from api.auditing.showing import verification_view
from api.auditing.views import verification
from api.voice import Voice
from api.web.auditing.aside import End, Looked, look_aside
from api.web.auditing.auditor import Auditor, Typed
from api.web.auditing.sieve import Sieve, Sieved, choices, numbers
from api.web.frame.rendering import render
from api.web.frame.visits import Visitor
from audit.answers.many import Source, verify_cases
from audit.checkpoints.keys import trusted
from audit.checkpoints.notes import Verifier
from audit.findings import Answer, Report
from domain.calendar import CST

router = APIRouter()

MOST = 200
"""Cases that one request verifies; `herun audit verify` has no bound."""
SECONDS = 40.0


@dataclass(frozen=True, slots=True)
class Sum:
    """One question over many cases: how many are clean, have findings, could not be looked at wholly."""

    answer: AnswerView
    clean: int
    found: int
    unlooked: int
    whys: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What verifying many came to."""

    end: End
    asked: int
    cases: tuple[VerificationView, ...]
    sums: tuple[Sum, ...]

    @property
    def wrong(self) -> tuple[VerificationView, ...]:
        """Cases with findings."""
        return tuple(each for each in self.cases if not each.clean)

    @property
    def events(self) -> int:
        """Events that were looked at."""
        return sum(each.events for each in self.cases)


@router.get("/audit/cases/{number}/verification")
async def verification_page(visitor: Auditor, number: str) -> HTMLResponse:
    """The five answers for a case as it stands, with what each proves and what it does not."""
    report = await verification(visitor.door, visitor.caller, number)
    return render(
        visitor,
        "audit/verification.html",
        report=report,
        at=datetime.now(CST),
        keys=_keys(visitor.door.settings),
    )


@router.get("/audit/verification")
async def many_page(visitor: Auditor, sieve: Sieved, run: Typed = "") -> HTMLResponse:
    """The five answers for the cases chosen, those closed last, at most `MOST` of them."""
    found: list[str] = []
    if not sieve.wrong:
        async with visitor.door.database.connection() as connection:
            who = visitor.caller.account.id
            found = await numbers(connection, visitor, sieve, MOST)
            await looked(
                connection, who, Access.AUDIT_VIEWED, view="verification" if run else "chosen", cases=len(found[:MOST])
            )  # fmt: skip
    outcome = await _verified(visitor, found[:MOST]) if run and found else None
    return render(
        visitor, "audit/many.html", status=422 if sieve.wrong else 200, sieve=sieve, outcome=outcome,
        count=min(len(found), MOST), is_more=len(found) > MOST, most=MOST, at=datetime.now(CST), run=bool(run),
        command=_command(sieve), keys=_keys(visitor.door.settings), **choices(visitor),
    )  # fmt: skip


async def _verified(visitor: Visitor, chosen: Sequence[str]) -> Outcome:
    settings = visitor.door.settings
    source = Source(settings.url(Role.DOOR), settings.editions_dir, _keys(settings), with_standing=True)
    heard: Looked[Report] = await look_aside(_reports, source, sorted(chosen), seconds=SECONDS)
    cases = tuple(verification_view(each, visitor.voice) for each in heard.items)
    return Outcome(heard.end, len(chosen), cases, tuple(_sums(cases, visitor.voice)))


def _reports(source: Source, chosen: Sequence[str]) -> Iterator[Report]:
    """In the process beside the door; by a name of this module, so that it can be sent there."""
    yield from verify_cases(source, chosen, 1)


def _sums(cases: Sequence[VerificationView], voice: Voice) -> Iterator[Sum]:
    for place, answer in enumerate(Answer):
        given = [case.answers[place] for case in cases]
        found = sum(not each.clean for each in given)
        unlooked = sum(each.clean and bool(each.unlooked) for each in given)
        whys = Counter(why.why.text for each in given for why in each.unlooked)
        said = AnswerView(answer=voice.of(answer), clean=not found, findings=(), unlooked=())
        yield Sum(said, len(given) - found - unlooked, found, unlooked, tuple(whys.most_common()))


def _command(sieve: Sieve) -> str:
    """What does the same without a bound; the command has fewer filters."""
    options: Mapping[str, str | None] = {
        "--kind": sieve.kind.value if sieve.kind else None,
        "--since": sieve.since.date().isoformat() if sieve.since else None,
        "--unit": sieve.unit,
    }
    chosen = " ".join(f"{name} {value}" for name, value in options.items() if value)
    return f"herun audit verify {chosen or '--all'}"


def _keys(settings: Settings) -> tuple[Verifier, ...]:
    return () if settings.audit_keys is None else trusted(settings.audit_keys)
