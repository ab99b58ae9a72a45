"""The demo's district: one bureau with fourteen bodies, 41 schools and kindergartens, and their party branches."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from app.accountability.ladder import lay_down
from app.calendars.operations import load_year
from app.core.calendar import now
from app.core.operation import Tx
from app.core.policy import SYSTEM, Actor, Role, system_within
from app.demo.past import remember
from app.demo.people import ACCOUNTS, PASSWORD, clerk_name
from app.identity.models import GrantCreate
from app.identity.operations import add_grant, add_user
from app.identity.passwords import hash_password
from app.installation import Act, Installation
from app.units import operations as units
from app.units.models import Duty, LiaisonCreate, Ownership, Stage, UnitCreate, UnitKind, credit_check

BUREAU, CODE = "青川区教育局", "QC"
REGION = "619901"
"""An invented region: the first six digits of its units' codes."""

PRIMARY, JUNIOR = Stage.PRIMARY, Stage.JUNIOR


class Body(NamedTuple):
    name: str
    login: str
    kind: UnitKind = UnitKind.OFFICE
    duty: Duty | None = None


BODIES = (
    Body("督查室", "ducha", duty=Duty.SUPERVISION),
    Body("党办", "dangban"),
    Body("办公室", "bangongshi"),
    Body("人事股", "renshi"),
    Body("教育股", "jiaoyu"),
    Body("安稳股", "anwen"),
    Body("计财股", "jicai"),
    Body("执法办", "zhifa"),
    Body("督导室", "dudao", duty=Duty.EDUCATION_SUPERVISION),
    Body("校建办", "xiaojian"),
    Body("职成股", "zhicheng"),
    Body("教研室", "jiaoyan", UnitKind.SUBORDINATE_UNIT),
    Body("培训中心", "peixun", UnitKind.SUBORDINATE_UNIT),
    Body("派驻组", "paizhu", UnitKind.DISCIPLINE_TEAM),
)


INSPECTORS = ("ducha1", "ducha2")
"""Further people of 督查室, so that inspectors can be drawn."""


class School(NamedTuple):
    name: str
    kind: UnitKind
    stages: tuple[Stage, ...]
    central: str = ""
    """The central school it stands beneath."""
    private: bool = False
    branch: str = ""
    """Its party branch; several schools name the same one where it is a joint branch."""


TOWNS = ("柳林", "石桥", "清溪", "白鹤", "云台", "双河", "松岭", "竹园")
JOINT_BRANCH = "城区幼儿园联合党支部"
GONE, GONE_LOGIN = "城北初级中学", "school42"
"""A school that is merged into another later on (``merging``), and who acted for it until then."""


def schools() -> Iterator[School]:
    """41 of them: a central school with two schools in each town, and those of the district's seat."""
    for town in TOWNS:
        central = f"{town}镇中心校"
        yield School(central, UnitKind.CENTRAL_SCHOOL, (PRIMARY, JUNIOR), branch=f"{central}党支部")
        yield School(f"{town}镇东坪小学", UnitKind.SCHOOL, (PRIMARY,), central)
        yield School(f"{town}镇中心幼儿园", UnitKind.KINDERGARTEN, (Stage.KINDERGARTEN,), central)
    for name in ("实验小学", "第一小学", "第二小学", "东关小学", "育才小学"):
        yield School(name, UnitKind.SCHOOL, (PRIMARY,), branch=f"{name}党支部")
    for name in ("第一中学", "第二中学", "第三中学"):
        yield School(name, UnitKind.SCHOOL, (JUNIOR,), branch=f"{name}党总支")
    yield School("青川中学", UnitKind.SCHOOL, (Stage.SENIOR,), branch="青川中学党委")
    yield School("职业教育中心", UnitKind.SCHOOL, (Stage.VOCATIONAL,), branch="职业教育中心党总支")
    yield School("特殊教育学校", UnitKind.SCHOOL, (Stage.SPECIAL,), branch="特殊教育学校党支部")
    yield School("启明双语学校", UnitKind.SCHOOL, (PRIMARY, JUNIOR), private=True, branch="启明双语学校党支部")
    yield School("第一幼儿园", UnitKind.KINDERGARTEN, (Stage.KINDERGARTEN,), branch="第一幼儿园党支部")
    for name, private in (("第二幼儿园", False), ("第三幼儿园", False), ("小荷幼儿园", True), ("晨光幼儿园", True)):
        yield School(name, UnitKind.KINDERGARTEN, (Stage.KINDERGARTEN,), private=private, branch=JOINT_BRANCH)


@dataclass
class Bureau:
    """Ids by name, and who acts for whom."""

    district: int = 0
    unit: dict[str, int] = field(default_factory=dict)
    name: dict[int, str] = field(default_factory=dict)
    hosts: dict[int, int] = field(default_factory=dict)
    """Party branch → the first unit that hosts it."""
    login: dict[str, str] = field(default_factory=dict)
    """Unit's name → the account that carries out its work."""
    actors: dict[str, Actor] = field(default_factory=dict)
    """Account → who that is today."""
    groups: dict[str, int] = field(default_factory=dict)
    """Unit's name → its leading group."""

    def of(self, unit: int | str) -> Actor:
        """Who carries out a unit's work; a party branch's at its host."""
        unit_id = self.unit[unit] if isinstance(unit, str) else unit
        return self.actors[self.login[self.name[self.hosts.get(unit_id, unit_id)]]]

    def has_clerk(self, unit_id: int) -> bool:
        return self.name.get(self.hosts.get(unit_id, unit_id)) in self.login


def found(installation: Installation, at: datetime) -> Bureau:
    """Everything in one transaction, as of ``at``."""
    bureau = Bureau()

    def begin(tx: Tx) -> None:
        bureau.district = units.found_bureau(tx, BUREAU, CODE)
        tx.actor = system_within(bureau.district)
        _bodies(tx, bureau)
        _schools(tx, bureau)
        _add(tx, bureau, GONE, UnitKind.SCHOOL, stages=[JUNIOR])
        remember(tx, bureau.unit["实验小学"])
        _pairs(tx, bureau)
        _accounts(tx, bureau)
        for year in range(tx.today.year, now().year + 2):
            load_year(tx, year)
        lay_down(tx)

    installation.perform_all([Act(SYSTEM, at, begin)])
    accounts = {GONE_LOGIN, *bureau.login.values(), *(account.username for account in ACCOUNTS)}
    bureau.actors = {username: installation.person(username) for username in sorted(accounts)}
    return bureau


def _add(tx: Tx, bureau: Bureau, name: str, kind: UnitKind, **fields: Any) -> int:
    code = f"{CODE}{len(bureau.unit) + 1:03}"
    unit_id = units.create(tx, UnitCreate(code=code, name=name, kind=kind, **fields))
    bureau.unit[name], bureau.name[unit_id] = unit_id, name
    return unit_id


def _bodies(tx: Tx, bureau: Bureau) -> None:
    for body in BODIES:
        _add(tx, bureau, body.name, body.kind, duty=body.duty)
        bureau.login[body.name] = body.login


def _schools(tx: Tx, bureau: Bureau) -> None:
    branches: dict[str, list[int]] = {}
    for number, school in enumerate(schools(), 1):
        unit_id = _add(
            tx,
            bureau,
            school.name,
            school.kind,
            stages=list(school.stages),
            ownership=Ownership.PRIVATE if school.private else Ownership.PUBLIC,
            parent_id=bureau.unit[school.central] if school.central else None,
            school_code=f"{REGION[:4]}{number:06}",
            credit_code=credit_code("52" if school.private else "12", number),
        )
        bureau.login[school.name] = f"school{number:02}"
        if school.branch:
            branches.setdefault(school.branch, []).append(unit_id)
    for name, hosts in branches.items():
        branch_id = _add(tx, bureau, name, UnitKind.PARTY_ORGANIZATION, host_ids=hosts)
        bureau.hosts[branch_id] = hosts[0]


def credit_code(registry: str, number: int) -> str:
    """A unified credit code of the invented region: 12 a public institution, 52 a private one."""
    first = f"{registry}{REGION}{number:08}X"
    return first + credit_check(first)


def _pairs(tx: Tx, bureau: Bureau) -> None:
    """Each office and subordinate unit is paired with three or four schools."""
    offices = [bureau.unit[body.name] for body in BODIES if body.kind != UnitKind.DISCIPLINE_TEAM]
    for at, school in enumerate(schools()):
        pair = LiaisonCreate(office_id=offices[at % len(offices)], school_id=bureau.unit[school.name])
        units.create_liaison(tx, pair)


def _accounts(tx: Tx, bureau: Bureau) -> None:
    """The named accounts, and one clerk for every other unit; all with the one password, hashed once."""
    hashed = hash_password(PASSWORD)

    def add(username: str, name: str, grants: list[tuple[Role, int, bool]]) -> None:
        with tx.performing("user.create"):
            user_id = add_user(tx, username, name, hashed, must_change_password=False)
            for role, unit_id, recursive in grants:
                add_grant(tx, user_id, GrantCreate(role=role, unit_id=unit_id, recursive=recursive))

    for account in ACCOUNTS:
        add(
            account.username,
            account.name,
            [(r, bureau.unit[u] if u else bureau.district, False) for r, u in account.grants],
        )
        for role, unit in account.grants:
            if role in (Role.OFFICE, Role.SCHOOL):
                bureau.login[unit] = account.username
    for number, username in enumerate(INSPECTORS, len(bureau.login)):
        add(username, clerk_name(number), [(Role.OFFICE, bureau.unit["督查室"], False)])
    named = {account.username for account in ACCOUNTS}
    kinds = {school.name: school.kind for school in schools()}
    for number, (unit, username) in enumerate(bureau.login.items()):
        if username not in named:
            role = Role.SCHOOL if unit in kinds else Role.OFFICE
            above = kinds.get(unit) == UnitKind.CENTRAL_SCHOOL
            add(username, clerk_name(number), [(role, bureau.unit[unit], above)])
    add(GONE_LOGIN, clerk_name(len(bureau.login)), [(Role.SCHOOL, bureau.unit[GONE], False)])
