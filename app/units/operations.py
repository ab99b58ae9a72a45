"""Every write to units, their names, groups and pairs."""

from collections.abc import Collection
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.core.audit import audited_write, record
from app.core.db import insert_or_ignore
from app.core.errors import Conflict, Forbidden, invalid
from app.core.operation import Reader, Tx, operation
from app.core.policy import Role, require
from app.core.validation import refuse_emptied
from app.core.workflow import changing, find
from app.units import history, rules
from app.units.checks import check_answering, check_dates, check_duty, check_hosts, check_pair
from app.units.groups import has_ended
from app.units.models import (
    GROUP,
    HOST,
    OFFICES,
    UNIT,
    AliasCreate,
    Duty,
    GroupCreate,
    GroupPatch,
    GroupRule,
    Liaison,
    LiaisonCreate,
    Stage,
    Unit,
    UnitAlias,
    UnitCreate,
    UnitGroup,
    UnitKind,
    UnitPatch,
)
from app.units.names import fold
from app.units.succession_models import SUCCESSION, SUCCESSION_LABELS, SuccessionKind

ONLY_ONE_BUREAU = "教育局只有一个，由 qinglian init 建立"


@operation("unit.create")
def create(tx: Tx, given: UnitCreate) -> int:
    """A unit beneath the bureau or another unit. The code is unique in the district (409)."""
    require(tx.actor, Role.SYSADMIN)
    if given.kind == UnitKind.BUREAU:
        raise invalid("kind", ONLY_ONE_BUREAU)
    check_dates(given.valid_from, given.valid_to)
    parent_id = given.parent_id or tx.actor.district_id
    if given.parent_id is not None:
        standing_unit(tx, given.parent_id, "parent_id", tx.today)
    _check_roles(tx, given.kind, given.duty, given.answering_unit_id, None)
    fields = given.model_dump(exclude={"parent_id", "host_ids", "aliases"})
    unit = tx.add(Unit(**fields, district_id=tx.actor.district_id, parent_id=parent_id))
    assert unit.id is not None
    _set_hosts(tx, unit.id, given.kind, given.host_ids)
    for alias in given.aliases:
        _add_alias(tx, alias, unit_id=unit.id)
    return unit.id


@operation("unit.edit")
def edit(tx: Tx, unit_id: int, given: UnitPatch, version: int | None = None) -> int:
    """Another name is a renaming (``unit.rename``) as of today; the same one spelt otherwise is not."""
    row = find(tx, rules.UNITS, unit_id)
    if not row.may_edit:
        raise Forbidden("单位由系统管理员维护")
    unit = changing(tx, Unit, row, version)
    changes = given.model_dump(exclude_unset=True, exclude={"host_ids"})
    refuse_emptied(changes, "name", "stages", "ownership")
    check_dates(changes.get("valid_from", row.valid_from), changes.get("valid_to", row.valid_to))
    kind = UnitKind(row.kind)
    _refuse_reviving(tx, row, changes)
    if "parent_id" in changes and kind != UnitKind.BUREAU:
        changes["parent_id"] = changes["parent_id"] or tx.actor.district_id
    if changes.get("parent_id") is not None:
        unit_of_district(tx, changes["parent_id"], "parent_id")
        if changes["parent_id"] != row.parent_id:
            standing_unit(tx, changes["parent_id"], "parent_id", tx.today)
        _refuse_circle(tx, unit_id, changes["parent_id"])
    _check_roles(tx, kind, changes.get("duty"), changes.get("answering_unit_id"), row.answering_unit_id)
    name = changes.get("name", row.name)
    if anew := fold(name) != fold(row.name):
        _check_renaming(tx, row, name)
    unit.sqlmodel_update(changes)
    tx.session.flush()
    if anew:
        with audited_write(tx.connection):
            history.rename(tx, row, name, BY_EDIT, tx.today)
    if given.host_ids is not None and _set_hosts(tx, unit_id, kind, given.host_ids):
        unit.updated_at = tx.now
    return unit_id


def _check_renaming(tx: Tx, row: Any, name: str) -> None:
    ended = tx.connection.execute(_ENDED, {"unit": row.id}).scalar()
    if ended is not None:
        raise Conflict(f"这个单位已{SUCCESSION_LABELS[ended]}，不能再更名", code="unit_ended")
    history.refuse_taken(tx, row, name)


BY_EDIT = "修改单位信息"
"""The reason of a renaming that a form or a program did by the way."""
ENDED = "这个单位已{done}，停用日期不能再改；重新办学请新建单位"
_ENDED = sa.select(SUCCESSION.c.kind).where(
    SUCCESSION.c.unit_id == sa.bindparam("unit"), SUCCESSION.c.kind != SuccessionKind.RENAMED
)


def _refuse_reviving(tx: Tx, row: Any, changes: dict[str, Any]) -> None:
    """Its work has gone elsewhere: a unit that was merged or closed has its last day for good."""
    if changes.get("valid_to", row.valid_to) == row.valid_to:
        return
    ended = tx.connection.execute(_ENDED, {"unit": row.id}).scalar()
    if ended is not None:
        raise Conflict(ENDED.format(done=SUCCESSION_LABELS[ended]), code="unit_ended")


def _check_roles(tx: Tx, kind: UnitKind, duty: Duty | None, answering_unit_id: int | None, held: int | None) -> None:
    if duty is not None:
        check_duty(kind)
    if answering_unit_id is not None:
        check_answering(kind, unit_or_held(tx, answering_unit_id, "answering_unit_id", {held}).kind)


def unit_of_district(tx: Reader, unit_id: int, field: str = "unit_id") -> Any:
    """The unit, if it is one of the actor's district; 422 on ``field`` otherwise."""
    row = tx.connection.execute(
        sa.select(UNIT).where(UNIT.c.id == unit_id, UNIT.c.district_id == tx.actor.district_id)
    ).one_or_none()
    if row is None:
        raise invalid(field, f"没有编号为 {unit_id} 的单位，请从单位名录中选择")
    return row


def standing_unit(tx: Reader, unit_id: int, field: str, on: date) -> Any:
    """The same, if it has not ended by that day: what has ended keeps its history and gets nothing new."""
    unit = unit_of_district(tx, unit_id, field)
    if has_ended(unit, on):
        raise invalid(field, f"{unit.name}已停用，请选择其他单位")
    return unit


def unit_or_held(tx: Reader, unit_id: int, field: str, held: Collection[int | None]) -> Any:
    """The same today of what is new; what was held already stays."""
    return unit_of_district(tx, unit_id, field) if unit_id in held else standing_unit(tx, unit_id, field, tx.today)


def hold_unit(tx: Tx, unit_id: int) -> None:
    """Until the end: of two at once, the second looks when the first has written."""
    tx.connection.execute(sa.select(UNIT.c.id).where(UNIT.c.id == unit_id).with_for_update(key_share=True))


def hold_district(tx: Tx) -> None:
    """The same of what a bureau has one of, or none that overlap: before it is asked what is there."""
    assert tx.actor.district_id is not None
    hold_unit(tx, tx.actor.district_id)


def office_of_district(tx: Tx, office_id: int, wrong: str) -> Any:
    """The same of an office or subordinate unit; 422 on ``office_id``, in the words of ``wrong`` for another unit."""
    row = unit_of_district(tx, office_id, "office_id")
    if row.kind not in OFFICES:
        raise invalid("office_id", wrong)
    return row


def check_group(tx: Reader, group_id: int) -> None:
    """422 on ``unit_group_id`` where it is no group of the district."""
    known = sa.select(GROUP.c.id).where(GROUP.c.id == group_id, GROUP.c.district_id == tx.actor.district_id)
    if tx.connection.execute(known).first() is None:
        raise invalid("unit_group_id", f"没有编号为 {group_id} 的单位组，请重新选择")


def _refuse_circle(tx: Tx, unit_id: int, parent_id: int) -> None:
    seen = set()
    here: int | None = parent_id
    while here is not None and here not in seen:
        if here == unit_id:
            raise invalid("parent_id", "上级单位不能是它自己或它的下级")
        seen.add(here)
        here = tx.connection.execute(sa.select(UNIT.c.parent_id).where(UNIT.c.id == here)).scalar_one()


def _set_hosts(tx: Tx, unit_id: int, kind: UnitKind, host_ids: list[int]) -> bool:
    """Whether they are others than before."""
    held = sa.select(HOST.c.host_id).where(HOST.c.unit_id == unit_id).order_by(HOST.c.host_id)
    before = list(tx.connection.execute(held).scalars())
    if host_ids:
        check_hosts(kind, [unit_or_held(tx, host_id, "host_ids", before).kind for host_id in host_ids])
    now_hosts = sorted(set(host_ids))
    if before == now_hosts:
        return False
    tx.connection.execute(sa.delete(HOST).where(HOST.c.unit_id == unit_id))
    if now_hosts:
        tx.connection.execute(sa.insert(HOST), [{"unit_id": unit_id, "host_id": host_id} for host_id in now_hosts])
    record(tx, "unit", unit_id, before={"host_ids": before}, after={"host_ids": now_hosts})
    return True


# Names


@operation("unit_alias.create")
def create_alias(tx: Tx, given: AliasCreate) -> int:
    """Another name of a unit or a group; a name stands for one of them only (409)."""
    require(tx.actor, Role.SUPERVISOR)
    if (given.unit_id is None) == (given.unit_group_id is None):
        raise invalid("unit_id", "请选择一个单位或一个单位组")
    if given.unit_id is not None:
        unit_of_district(tx, given.unit_id)
    if given.unit_group_id is not None:
        find(tx, rules.GROUPS, given.unit_group_id)
    return _add_alias(tx, given.name, unit_id=given.unit_id, unit_group_id=given.unit_group_id)


def _add_alias(tx: Tx, name: str, *, unit_id: int | None = None, unit_group_id: int | None = None) -> int:
    folded = fold(name)
    if not folded:
        raise invalid("name", "别名不能只有标点")
    alias = tx.add(UnitAlias(name=name, folded=folded, unit_id=unit_id, unit_group_id=unit_group_id))
    assert alias.id is not None
    return alias.id


@operation("unit_alias.delete")
def delete_alias(tx: Tx, alias_id: int) -> None:
    row = find(tx, rules.ALIASES, alias_id)
    if not row.may_delete:
        raise Forbidden("别名由督查室维护")
    tx.session.delete(changing(tx, UnitAlias, row))
    tx.session.flush()


# Groups


@operation("unit_group.create")
def create_group(tx: Tx, given: GroupCreate) -> int:
    require(tx.actor, Role.SUPERVISOR)
    _check_rule(tx, given.rule)
    group = tx.add(UnitGroup(name=given.name, rule=given.rule.model_dump(mode="json")))
    assert group.id is not None
    return group.id


@operation("unit_group.edit")
def edit_group(tx: Tx, group_id: int, given: GroupPatch, version: int | None = None) -> int:
    row = find(tx, rules.GROUPS, group_id)
    if not row.may_edit:
        raise Forbidden("单位组由督查室维护")
    group = changing(tx, UnitGroup, row, version)
    refuse_emptied(given.model_dump(exclude_unset=True), "name", "rule")
    if given.name is not None:
        group.name = given.name
    if given.rule is not None:
        _check_rule(tx, given.rule)
        group.rule = given.rule.model_dump(mode="json")
    tx.session.flush()
    return group_id


def _check_rule(tx: Tx, rule: GroupRule) -> None:
    for field in ("includes", "excludes"):
        for unit_id in getattr(rule, field):
            unit_of_district(tx, unit_id, f"rule/{field}")
    if rule.under_unit_id is not None:
        unit_of_district(tx, rule.under_unit_id, "rule/under_unit_id")
    if not (rule.kinds or rule.stages or rule.ownership or rule.under_unit_id or rule.includes):
        raise invalid("rule", "请至少写明一个条件，或列出单位")


# Pairs


@operation("liaison.create")
def create_liaison(tx: Tx, given: LiaisonCreate) -> int:
    """Pair an office with a school from a day on."""
    require(tx.actor, Role.SUPERVISOR)
    start = given.valid_from or tx.today
    last = max(start, tx.today)
    office = standing_unit(tx, given.office_id, "office_id", last)
    school = standing_unit(tx, given.school_id, "school_id", last)
    check_pair(office.id, school.id, office.kind, school.kind)
    check_dates(start, given.valid_to)
    pair = tx.add(
        Liaison(office_id=given.office_id, school_id=given.school_id, valid_from=start, valid_to=given.valid_to)
    )
    assert pair.id is not None
    return pair.id


@operation("liaison.end")
def end_liaison(tx: Tx, liaison_id: int, note: str | None = None) -> int:
    """End a pair as of today; its history stays."""
    row = find(tx, rules.LIAISONS, liaison_id)
    if not row.may_end:
        raise Forbidden("包联关系由督查室维护")
    if row.valid_to is not None and row.valid_to < tx.today:
        raise Conflict(f"这一包联已于 {row.valid_to} 结束")
    tx.reason = note
    changing(tx, Liaison, row).valid_to = tx.today
    tx.session.flush()
    return liaison_id


# A bureau begins


STANDARD_GROUPS: tuple[tuple[str, dict[str, Any], tuple[str, ...]], ...] = (
    (
        "各学校（园）",
        {"kinds": [UnitKind.CENTRAL_SCHOOL, UnitKind.SCHOOL, UnitKind.KINDERGARTEN]},
        ("各校（园）", "各学校", "各中小学校（园）", "各学校幼儿园"),
    ),
    ("各基层党组织", {"kinds": [UnitKind.PARTY_ORGANIZATION]}, ("各党组织", "各学校党组织")),
    ("各股室办", {"kinds": [UnitKind.OFFICE]}, ("各股室", "各科室")),
    ("二级单位", {"kinds": [UnitKind.SUBORDINATE_UNIT]}, ("各二级单位", "局属二级单位")),
    (
        "各义务教育学校",
        {"kinds": [UnitKind.CENTRAL_SCHOOL, UnitKind.SCHOOL], "stages": [Stage.PRIMARY, Stage.JUNIOR]},
        ("各义务教育阶段学校",),
    ),
    ("各幼儿园", {"kinds": [UnitKind.KINDERGARTEN]}, ()),
)
"""Groups as plans commonly write them: name, rule, further names."""


@operation("unit.found_bureau")
def found_bureau(tx: Tx, name: str, code: str) -> int:
    """The root of a new district, which names itself as its district, with the groups plans commonly write.

    409 when there is a bureau of that code.
    """
    bureau = Unit(code=code, name=name, kind=UnitKind.BUREAU, created_at=tx.now, updated_at=tx.now)
    values = {k: v for k, v in bureau.model_dump(exclude={"id"}).items()}
    with audited_write(tx.connection):
        insert = insert_or_ignore(tx.connection, UNIT).values(values).returning(UNIT.c.id)
        bureau_id: int | None = tx.connection.execute(insert).scalar_one_or_none()
        if bureau_id is None:
            raise Conflict(f"代码为 {code} 的教育局已经建立，请换一个代码，或直接使用它", code="bureau_exists")
        tx.connection.execute(sa.update(UNIT).where(UNIT.c.id == bureau_id).values(district_id=bureau_id))
    record(tx, "unit", bureau_id, after={"code": code}, district_id=bureau_id)
    for group_name, rule, others in STANDARD_GROUPS:
        group = tx.add(
            UnitGroup(district_id=bureau_id, name=group_name, rule=GroupRule(**rule).model_dump(mode="json"))
        )
        for other in others:
            tx.add(UnitAlias(district_id=bureau_id, name=other, folded=fold(other), unit_group_id=group.id))
    return bureau_id
