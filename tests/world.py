"""A small bureau, and a second one beside it, made through the product's own operations."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from app.accountability import ladder
from app.core.db import Database
from app.core.operation import Tx
from app.core.policy import SYSTEM, Actor, Role, bound
from app.identity import operations as identity
from app.identity.models import GrantCreate, TokenCreate, User
from app.identity.passwords import hash_password
from app.settings import Settings
from app.units import operations as units
from app.units.models import Duty, Liaison, Stage, UnitCreate, UnitKind

PASSWORD = "qinglian-demo"
OFFICES = ("党办", "办公室", "人事股", "教育股", "安稳股", "计财股", "督导室", "职成股")


@dataclass
class World:
    """Ids by name. ``token`` holds a bearer token per account."""

    district: int = 0
    other_district: int = 0
    unit: dict[str, int] = field(default_factory=dict)
    group: dict[str, int] = field(default_factory=dict)
    user: dict[str, int] = field(default_factory=dict)
    token: dict[str, str] = field(default_factory=dict)


class Builder:
    """Writes through operations as the installation itself, in one transaction each."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.actor = SYSTEM
        self.world = World()
        self.hash = hash_password(PASSWORD)

    def do(self, act: Callable[[Tx], Any]) -> Any:
        def job(connection: Connection) -> Any:
            tx = Tx(connection, self.actor, self.settings)
            with tx.performing("setup"):
                result = act(tx)
            tx.finish()
            return result

        return self.database.write_now(job)

    def bureau(self, name: str, code: str) -> int:
        self.actor = SYSTEM
        district: int = self.do(lambda tx: units.found_bureau(tx, name, code))
        self.act_in(district)
        self.do(ladder.lay_down)
        return district

    def act_in(self, district: int) -> None:
        roles = frozenset({Role.SYSADMIN, Role.SECADMIN, Role.SUPERVISOR})
        actor = Actor(user_id=None, district_id=district, roles=roles)
        self.actor = Actor(user_id=None, district_id=district, roles=roles, binds=bound(actor))

    def unit(self, name: str, kind: UnitKind, **fields: Any) -> int:
        code = f"U{len(self.world.unit):03}"
        made: int = self.do(lambda tx: units.create(tx, UnitCreate(code=code, name=name, kind=kind, **fields)))
        self.world.unit[name] = made
        return made

    def user(self, username: str, name: str, *grants: tuple[Role, int] | tuple[Role, int, bool]) -> int:
        def make(tx: Tx) -> tuple[int, str]:
            user = tx.add(User(username=username, name=name, password_hash=self.hash))
            assert user.id is not None
            for role, unit_id, *recursive in grants:
                identity.add_grant(
                    tx, user.id, GrantCreate(role=role, unit_id=unit_id, recursive=bool(recursive and recursive[0]))
                )
            return user.id, identity.add_token(tx, user.id, TokenCreate(name="test")).secret

        self.world.user[username], self.world.token[username] = self.do(make)
        return self.world.user[username]


def build(database: Database, settings: Settings) -> World:
    make = Builder(database, settings)
    world = make.world
    world.other_district = _other(make)
    world.district = make.bureau("青川区教育局", "QC")
    _units(make)
    _users(make)
    return world


def _units(make: Builder) -> None:
    make.unit("督查室", UnitKind.OFFICE, duty=Duty.SUPERVISION)
    for name in OFFICES:
        make.unit(name, UnitKind.OFFICE)
    make.unit("教研室", UnitKind.SUBORDINATE_UNIT)
    make.unit("派驻组", UnitKind.DISCIPLINE_TEAM)
    both = [Stage.PRIMARY, Stage.JUNIOR]
    central = make.unit("柳林镇中心校", UnitKind.CENTRAL_SCHOOL, stages=both)
    make.unit("柳林小学", UnitKind.SCHOOL, stages=[Stage.PRIMARY], parent_id=central)
    make.unit("实验小学", UnitKind.SCHOOL, stages=[Stage.PRIMARY])
    make.unit("第一中学", UnitKind.SCHOOL, stages=[Stage.JUNIOR])
    make.unit("第一幼儿园", UnitKind.KINDERGARTEN, stages=[Stage.KINDERGARTEN])
    hosts = [make.world.unit["实验小学"], make.world.unit["第一幼儿园"]]
    make.unit("实验小学党支部", UnitKind.PARTY_ORGANIZATION, host_ids=hosts[:1])
    make.unit("城区联合党支部", UnitKind.PARTY_ORGANIZATION, host_ids=[make.world.unit["第一中学"], hosts[1]])
    pair = {"office_id": make.world.unit["教育股"], "school_id": make.world.unit["第一中学"]}
    make.do(lambda tx: tx.add(Liaison(**pair, valid_from=tx.today)))
    make.world.group = make.do(_groups)


def _groups(tx: Tx) -> dict[str, int]:
    import sqlalchemy as sa

    from app.units.models import GROUP

    rows = tx.connection.execute(sa.select(GROUP.c.name, GROUP.c.id).where(GROUP.c.district_id == tx.actor.district_id))
    return {row.name: row.id for row in rows}


def _users(make: Builder) -> None:
    unit, district = make.world.unit, make.actor.district_id
    assert district is not None
    make.user("supervisor", "李卫东", (Role.SUPERVISOR, district), (Role.OFFICE, unit["督查室"]))
    make.user("office", "周敏", (Role.OFFICE, unit["人事股"]))
    make.user("education", "张晓梅", (Role.OFFICE, unit["教育股"]))
    make.user("school", "刘敏", (Role.SCHOOL, unit["实验小学"]))
    make.user("middle", "高远", (Role.SCHOOL, unit["第一中学"]))
    make.user("kindergarten", "何芳", (Role.SCHOOL, unit["第一幼儿园"]))
    make.user("central", "孙立新", (Role.SCHOOL, unit["柳林镇中心校"], True))
    make.user("discipline", "郑严", (Role.DISCIPLINE, district), (Role.OFFICE, unit["派驻组"]))
    make.user("leader", "王建国", (Role.LEADER, district))
    make.user("sysadmin", "系统管理员", (Role.SYSADMIN, district))
    make.user("secadmin", "安全管理员", (Role.SECADMIN, district))
    make.user("auditor", "审计管理员", (Role.AUDITOR, district))


def _other(make: Builder) -> int:
    district = make.bureau("临水区教育局", "LS")
    office = make.unit("临水督查室", UnitKind.OFFICE, duty=Duty.SUPERVISION)
    school = make.unit("临水小学", UnitKind.SCHOOL, stages=[Stage.PRIMARY])
    make.user("other_supervisor", "外区督查", (Role.SUPERVISOR, district), (Role.OFFICE, office))
    make.user("other_school", "外区学校", (Role.SCHOOL, school))
    make.user("other_discipline", "外区派驻", (Role.DISCIPLINE, district))
    make.user("other_leader", "外区领导", (Role.LEADER, district))
    make.user("other_sysadmin", "外区系统管理员", (Role.SYSADMIN, district))
    make.user("other_secadmin", "外区安全管理员", (Role.SECADMIN, district))
    make.user("other_auditor", "外区审计", (Role.AUDITOR, district))
    return district
