"""The demo town of Yunhe, read from the package and refused where an entry names what is not there."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import ClassVar, TypedDict, TypeVar

from domain.acts.petition import Category, Path
from domain.catalogue import Catalogue, Matter, parse_catalogue
from domain.edition import EditionError, Table, read
from domain.organisation import Organisation, Tree, above, plain_name
from domain.vocabulary import CaseKind, Colour, Role, Service, Share, Unit, UnitKind, WhistleKind

STAFF_FILES = tuple(f"accounts-{part}.toml" for part in ("city", "binhu", "gucheng", "haixing", "qinghe"))


class TownError(ValueError):
    """Where the town's files contradict one another: the file, line and path of the entry, what is wrong."""

    def __init__(self, file: str, wrong: EditionError | ValueError) -> None:
        super().__init__(f"{file}: {wrong}")
        self.file = file


@dataclass(frozen=True, slots=True)
class Account:
    """One person in one role. A resident has a home and no unit: a unit would open other people's cases."""

    id: str
    role: Role
    unit: Unit | None
    name_zh: str
    name_en: str
    home: Unit | None = None


@dataclass(frozen=True, slots=True)
class DemoMatter:
    """What all four kinds share; `key` is unique in its kind, `code` an entry of the town's catalogue."""

    kind: ClassVar[CaseKind]
    key: str
    place: Unit
    code: str
    title: str
    title_en: str
    text: str


@dataclass(frozen=True, slots=True)
class DemoOrder(DemoMatter):
    """A resident's matter and the units it usually goes to; without an applicant a grid worker found it."""

    kind: ClassVar[CaseKind] = CaseKind.ORDER
    applicant: str | None
    units: tuple[Unit, ...]
    service: Service


@dataclass(frozen=True, slots=True)
class DemoDispute(DemoMatter):
    """A dispute, the accounts on its two sides, and the colour its risk deserves."""

    kind: ClassVar[CaseKind] = CaseKind.MEDIATION
    applicants: tuple[str, ...]
    respondents: tuple[str, ...]
    risk: Colour
    paper_only: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """One claim of a petition, and the unit that could answer it."""

    unit: Unit
    share: Share
    text: str


@dataclass(frozen=True, slots=True)
class DemoPetition(DemoMatter):
    """A petition with the split it asks for; `units` takes a suggestion or an accusation instead."""

    kind: ClassVar[CaseKind] = CaseKind.PETITION
    petitioner: str
    representatives: int
    category: Category
    path: Path | None
    accused: Unit | None
    units: tuple[Unit, ...]
    claims: tuple[Claim, ...]


@dataclass(frozen=True, slots=True)
class DemoWhistle(DemoMatter):
    """A matter beyond the community's command; the first department should lead. Its town blows."""

    kind: ClassVar[CaseKind] = CaseKind.WHISTLE
    blower: Unit
    whistle: WhistleKind
    enforcement: bool
    departments: tuple[Unit, ...]


@dataclass(frozen=True, slots=True)
class Town:
    """The demo town, checked: every unit, role, account and code that an entry names is there."""

    tree: Tree
    accounts: tuple[Account, ...]
    catalogue: Catalogue
    orders: tuple[DemoOrder, ...]
    disputes: tuple[DemoDispute, ...]
    petitions: tuple[DemoPetition, ...]
    whistles: tuple[DemoWhistle, ...]

    @property
    def matters(self) -> tuple[DemoMatter, ...]:
        """All matters, kind after kind."""
        return (*self.orders, *self.disputes, *self.petitions, *self.whistles)

    def staff_of(self, unit: Unit, *roles: Role) -> tuple[Account, ...]:
        """Accounts of a unit, of any of the roles if some are given."""
        return tuple(a for a in self.accounts if a.unit == unit and (not roles or a.role in roles))


def load_town(folder: Traversable | None = None) -> Town:
    """The demo town, or another one laid out in the same files. Raises TownError."""
    source = folder or files("rehearsal") / "town"
    tree = _read(source, "organisations.toml", _tree)
    catalogue = _read(source, "catalogue.toml", lambda text: _catalogue(text, tree))
    accounts = _accounts(source, tree)
    scene = _Scene(tree, catalogue, frozenset(a.id for a in accounts if a.role is Role.RESIDENT))
    return Town(
        tree=tree,
        accounts=accounts,
        catalogue=catalogue,
        orders=_read(source, "orders.toml", _entries("orders", scene.order)),
        disputes=_read(source, "disputes.toml", _entries("disputes", scene.dispute)),
        petitions=_read(source, "petitions.toml", _entries("petitions", scene.petition)),
        whistles=_read(source, "whistles.toml", _entries("whistles", scene.whistle)),
    )


Found = TypeVar("Found")


def _read(folder: Traversable, file: str, parse: Callable[[str], Found]) -> Found:
    try:
        return parse((folder / file).read_text(encoding="utf-8"))
    except (EditionError, UnicodeDecodeError) as wrong:
        raise TownError(file, wrong) from wrong


def _entries(key: str, reader: Callable[[Table, str], Found]) -> Callable[[str], tuple[Found, ...]]:
    """A parser for a file that holds one table of named entries."""

    def parse(text: str) -> tuple[Found, ...]:
        top = read(text)
        table = top.table(key)
        found = tuple(_entry(table, name, reader) for name in table)
        top.close()
        return found

    return parse


def _entry(table: Table, name: str, reader: Callable[[Table, str], Found]) -> Found:
    entry = table.table(name)
    found = reader(entry, name)
    entry.close()
    return found


def _tree(text: str) -> Tree:
    organisations = _entries("organisations", _organisation)(text)
    table = read(text).table("organisations")
    known = {each.unit: each for each in organisations}
    named: dict[str, Unit] = {}
    for each in organisations:
        higher = above(each.unit)
        if higher is not None and higher not in known:
            raise table.error(each.unit, f"there is no {higher} above it")
        if each.successor is not None and each.successor not in known:
            raise table.error(each.unit, f"its successor {each.successor} is not there")
        for name in map(plain_name, (each.name_zh, each.name_en, *each.aliases)):
            if named.setdefault(name, each.unit) != each.unit:
                raise table.error(each.unit, f"{name} is already the name of {named[name]}")
    return Tree(organisations)


def _organisation(entry: Table, path: str) -> Organisation:
    return Organisation(
        unit=Unit(path),
        kind=entry.choice("kind", UnitKind),
        name_zh=entry.text("zh"),
        name_en=entry.text("en"),
        aliases=entry.texts("aliases", ()),
        valid_from=entry.day("valid_from") if "valid_from" in entry else None,
        valid_to=entry.day("valid_to") if "valid_to" in entry else None,
        successor=Unit(entry.text("successor")) if "successor" in entry else None,
    )


def _catalogue(text: str, tree: Tree) -> Catalogue:
    """A catalogue whose paths all lead to units of the town."""
    catalogue = parse_catalogue(text)
    for matter in catalogue:
        for taker in (matter.lead, *matter.co_units):
            if taker is not None and not isinstance(taker, UnitKind) and taker not in tree:
                raise read(text).table("matters").error(matter.code, f"there is no unit {taker}")
    return catalogue


def _accounts(folder: Traversable, tree: Tree) -> tuple[Account, ...]:
    def staff(entry: Table, name: str) -> Account:
        role, unit = entry.choice("role", Role), _unit(entry, "unit", tree)
        return Account(name, role, unit, entry.text("zh"), entry.text("en"))

    def resident(entry: Table, name: str) -> Account:
        home = _unit(entry, "home", tree)
        return Account(name, Role.RESIDENT, None, entry.text("zh"), entry.text("en"), home)

    found: dict[str, Account] = {}
    kinds = [(file, "accounts", staff) for file in STAFF_FILES] + [("residents.toml", "residents", resident)]
    for file, key, reader in kinds:
        for account in _read(folder, file, _entries(key, reader)):
            if account.id in found:
                raise TownError(file, ValueError(f"{key}.{account.id}: this account is given twice"))
            found[account.id] = account
    return tuple(found.values())


def _unit(entry: Table, key: str, tree: Tree) -> Unit:
    unit = Unit(entry.text(key))
    if unit not in tree:
        raise entry.error(key, f"there is no unit {unit}")
    return unit


class _Common(TypedDict):
    key: str
    place: Unit
    code: str
    title: str
    title_en: str
    text: str


@dataclass(frozen=True, slots=True)
class _Scene:
    """What the entries of matters may refer to."""

    tree: Tree
    catalogue: Catalogue
    residents: frozenset[str]

    def order(self, entry: Table, key: str) -> DemoOrder:
        applicants = self._people(entry, "applicants")
        return DemoOrder(
            **self._common(entry, key),
            applicant=applicants[0] if applicants else None,
            units=self._units(entry, "units"),
            service=entry.choice("service", Service, self._matter(entry).service),
        )

    def dispute(self, entry: Table, key: str) -> DemoDispute:
        return DemoDispute(
            **self._common(entry, key),
            applicants=self._people(entry, "applicants"),
            respondents=self._people(entry, "respondents"),
            risk=entry.choice("risk", Colour),
            paper_only=self._matter(entry).paper_only,
        )

    def petition(self, entry: Table, key: str) -> DemoPetition:
        category = entry.choice("category", Category)
        return DemoPetition(
            **self._common(entry, key),
            petitioner=self._person(entry, "petitioner", entry.text("petitioner")),
            representatives=entry.integer("representatives", 1),
            category=category,
            path=entry.choice("path", Path) if category is Category.CLAIM else None,
            accused=_unit(entry, "accused", self.tree) if category is Category.ACCUSATION else None,
            units=() if category is Category.CLAIM else self._units(entry, "units"),
            claims=self._claims(entry) if category is Category.CLAIM else (),
        )

    def whistle(self, entry: Table, key: str) -> DemoWhistle:
        return DemoWhistle(
            **self._common(entry, key),
            blower=self._town(entry),
            whistle=entry.choice("whistle", WhistleKind),
            enforcement=entry.flag("enforcement", False),
            departments=self._units(entry, "departments"),
        )

    def _common(self, entry: Table, key: str) -> _Common:
        return {
            "key": key,
            "place": _unit(entry, "place", self.tree),
            "code": self._matter(entry).code,
            "title": entry.text("title"),
            "title_en": entry.text("title_en"),
            "text": entry.text("text"),
        }

    def _matter(self, entry: Table) -> Matter:
        code = entry.text("code")
        if code not in self.catalogue:
            raise entry.error("code", f"the catalogue has no {code}")
        return self.catalogue.matter(code)

    def _town(self, entry: Table) -> Unit:
        town = self.tree.body(UnitKind.TOWN, _unit(entry, "place", self.tree))
        if town is None:
            raise entry.error("place", "lies in no town that could blow")
        return town

    def _people(self, entry: Table, key: str) -> tuple[str, ...]:
        return tuple(self._person(entry, key, each) for each in entry.texts(key, ()))

    def _person(self, entry: Table, key: str, account: str) -> str:
        if account not in self.residents:
            raise entry.error(key, f"there is no resident {account}")
        return account

    def _units(self, entry: Table, key: str) -> tuple[Unit, ...]:
        units = tuple(Unit(each) for each in entry.texts(key))
        for unit in units:
            if unit not in self.tree:
                raise entry.error(key, f"there is no unit {unit}")
        return units

    def _claims(self, entry: Table) -> tuple[Claim, ...]:
        claims = tuple(self._claim(each) for each in entry.tables("claims"))
        if sum(claim.share is Share.LEAD for claim in claims) != 1:
            raise entry.error("claims", "must name exactly one lead")
        return claims

    def _claim(self, entry: Table) -> Claim:
        claim = Claim(_unit(entry, "unit", self.tree), entry.choice("share", Share), entry.text("text"))
        entry.close()
        return claim
