"""Who the parties of a case are: pseudonyms for the ledger, names and numbers for the content store."""

from dataclasses import dataclass

from pydantic import Field, model_validator

from activities import content
from api.database import Connection
from api.forms import Form, Line, PartyRef
from domain.vocabulary import CaseNo, Party

_KNOWN = """
    SELECT EXISTS (SELECT FROM party WHERE party_id = $1)
        OR EXISTS (SELECT FROM account WHERE id = $1 AND role = 'resident')"""


class PersonForm(Form):
    """A person or firm: either the pseudonym it has already, or a name with a way to reach it."""

    party: PartyRef | None = Field(
        default=None, description="已有的当事人代号 / A pseudonym it has already.", examples=["resident-01"]
    )
    name: Line | None = Field(default=None, description="姓名或名称 / Name.", examples=["甲禾"])
    phone: Line | None = Field(default=None, description="电话 / Telephone.", examples=["13800000000"])
    address: Line | None = Field(default=None, description="住址 / Address.", examples=["星叶路2号301室"])

    @model_validator(mode="after")
    def _is_somebody(self) -> "PersonForm":
        if (self.party is None) is (self.name is None) or (self.party and (self.phone or self.address)):
            raise ValueError("either party or name must be given")
        return self


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A pseudonym and who it will stand for, to be kept before the case opens."""

    party: Party
    person: PersonForm


def pseudonym(number: CaseNo, place: int) -> Party:
    """The pseudonym of a person first named in a case; the same again when its opening is repeated."""
    return Party(f"{number}.{place}")


async def keep(connection: Connection, newcomer: Newcomer, account: str) -> None:
    """Keep who a pseudonym is; what was kept first stands."""
    person = newcomer.person
    if person.name is not None:
        await content.put_party(
            connection, newcomer.party, account, name=person.name, phone=person.phone or "",
            address=person.address or "",
        )  # fmt: skip


async def is_known(connection: Connection, party: Party) -> bool:
    """Whether the pseudonym stands for somebody."""
    return bool(await connection.fetchval(_KNOWN, party))
