"""What a merging or closing would do: the same look at the same rows that the act itself takes."""

from datetime import date
from typing import Any

import sqlalchemy as sa

from app.core.db import unbounded
from app.core.errors import Conflict, Forbidden, NotFound, invalid
from app.core.operation import Reader
from app.core.short import short
from app.core.within import within
from app.core.workflow import find
from app.identity.access import merged_into
from app.leading_groups.models import LEADING_GROUP
from app.succession.parts import IDS, VERBS, Blocks, Ending, Found, Part
from app.succession.registry import PARTS
from app.units import rules
from app.units.groups import absence, exists_on
from app.units.models import (
    DUTY_LABELS,
    KIND_LABELS,
    NEVER_ENDING,
    OFFICES,
    SCHOOLS,
    STAGE_LABELS,
    UNIT,
    WITHOUT_ACCOUNT,
    Duty,
    Stage,
    UnitKind,
)
from app.units.succession_models import SUCCESSION, SUCCESSION_LABELS, SuccessionKind

FAMILIES = (OFFICES, SCHOOLS)
"""Kinds that may go into one another, each knowing what the other's work is; any other only into its like."""
_ENDED = sa.select(SUCCESSION.c.kind, SUCCESSION.c.effective_on).where(
    SUCCESSION.c.unit_id == sa.bindparam("unit"), SUCCESSION.c.kind != SuccessionKind.RENAMED
)
_PARENT = sa.select(UNIT.c.parent_id).where(UNIT.c.id == sa.bindparam("unit"))
_AT_GROUPS = sa.select(LEADING_GROUP.c.name).where(
    LEADING_GROUP.c.office_unit_id == sa.bindparam("unit"),
    # Its own group ends with it, wherever that has its office.
    LEADING_GROUP.c.unit_id != sa.bindparam("unit"),
    LEADING_GROUP.c.valid_to.is_(None),
)


def going(see: Reader, unit_id: int) -> Any:
    """The unit that is to go; 404, 403, or 409 where it has gone already or cannot."""
    unit = may_end(see, unit_id)
    refuse_ended(see, unit)
    if unit.kind in NEVER_ENDING:
        raise Conflict(f"{KIND_LABELS[unit.kind]}不能撤并", code="never_ends")
    return unit


def may_end(see: Reader, unit_id: int) -> Any:
    unit = find(see, rules.UNITS, unit_id)
    if not unit.may_end:
        raise Forbidden("单位的撤并由督查室办理")
    return unit


def refuse_ended(see: Reader, unit: Any) -> None:
    ended = see.connection.execute(_ENDED, {"unit": unit.id}).one_or_none()
    if ended is not None:
        raise Conflict(f"{unit.name}已于 {ended.effective_on} {SUCCESSION_LABELS[ended.kind]}", code="unit_ended")


def check_day(see: Reader, unit: Any, day: date | None) -> date:
    """Today unless said. A day to come would need someone to look at that day's rows: it is done when it has come."""
    day = day or see.today
    if day > see.today:
        raise invalid("effective_on", f"{day} 还没有到，请在当天或以后办理；现在可以先看预览")
    if unit.valid_from is not None and day <= unit.valid_from:
        raise invalid("effective_on", f"这个单位 {unit.valid_from} 才启用，请填写之后的日期")
    return day


def merging(see: Reader, unit_id: int, successor_id: int | None, day: date | None) -> Ending:
    """Checked in all that concerns the two units; 422 on the field that is wrong."""
    old = going(see, unit_id)
    if successor_id is None:
        raise invalid("successor_id", "请选择承接单位")
    if successor_id == unit_id:
        raise invalid("successor_id", "不能并入自己，请选择承接单位")
    try:
        new = find(see, rules.UNITS, successor_id)
    except NotFound as error:
        raise invalid("successor_id", f"没有编号为 {successor_id} 的单位，请从单位名录中选择") from error
    day = check_day(see, old, day)
    if not exists_on(new, see.today) or see.connection.execute(_ENDED, {"unit": new.id}).first() is not None:
        raise invalid("successor_id", f"{new.name}{absence(new, see.today)}，请选择在用的单位")
    if new.valid_from is not None and new.valid_from > day:
        raise invalid("effective_on", f"{new.name} {new.valid_from} 才启用，请填写当天或以后的日期")
    if UnitKind(new.kind) not in family(UnitKind(old.kind)):
        raise invalid("successor_id", f"{KIND_LABELS[old.kind]}不能并入{KIND_LABELS[new.kind]}")
    if _is_beneath(see, new, old.id):
        raise invalid("successor_id", f"{new.name}是{old.name}的下级单位，请先调整上级单位")
    return Ending(old, new, day, merged_into(see.connection, {old.id}))


def closing(see: Reader, unit_id: int, day: date | None) -> Ending:
    old = going(see, unit_id)
    return Ending(old, None, check_day(see, old, day), merged_into(see.connection, {old.id}))


def family(kind: UnitKind) -> tuple[UnitKind, ...]:
    return next((kinds for kinds in FAMILIES if kind in kinds), (kind,))


def _is_beneath(see: Reader, unit: Any, above: int) -> bool:
    seen: set[int] = set()
    here = unit.parent_id
    while here is not None and here not in seen:
        if here == above:
            return True
        seen.add(here)
        here = see.connection.execute(_PARENT, {"unit": here}).scalar()
    return False


Looked = dict[str, Found]


def look(see: Reader, ending: Ending) -> Looked:
    return {part.name: part.look(see, ending) for part in PARTS}


def counts(see: Reader, looked: Looked) -> dict[str, dict[str, int]]:
    """As far as they may be told: {"assignment": {"moves": 5}}, without noughts."""
    told = {part.name: part.told(see, looked[part.name]) for part in PARTS}
    return {
        name: figures
        for name, found in told.items()
        if (figures := {verb: len(found[verb]) for verb in VERBS if found.get(verb)})
    }


def obstacles(see: Reader, ending: Ending, looked: Looked) -> list[str]:
    """What must be seen to first."""
    found = [
        f"{name}的办公室设在{ending.old.name}，请先调整"
        for name in see.connection.execute(_AT_GROUPS, {"unit": ending.old.id}).scalars()
    ]
    if ending.old.duty is not None:
        found.append(f"{ending.old.name}承担“{DUTY_LABELS[Duty(ending.old.duty)]}”，请先由系统管理员改到别的股室")
    if ending.new is None:
        for part in PARTS:
            blocks: Blocks | None = getattr(part, "blocks", None)
            if blocks is not None and (held := looked[part.name]["stays"]):
                nobody = blocks.by_its_own and _has_nobody(ending.old)
                first = f"{ANSWERED}，再{blocks.first.removeprefix('请先')}" if nobody else blocks.first
                found.append(f"还有{part.label} {len(held)} 项{_named(see, part, blocks, held)}，{first}")
    return found


def _has_nobody(unit: Any) -> bool:
    """Neither people of its own nor an office that answers for it."""
    return unit.kind in WITHOUT_ACCOUNT and unit.answering_unit_id is None


ANSWERED = "请先由系统管理员为它指定代管股室"
NAMED = 3
"""Rows that a refusal names; the others are counted."""


def _named(see: Reader, part: Part, blocks: Blocks, ids: list[int]) -> str:
    """（“台账不全”“公示不及时”等）"""
    if blocks.called is None:
        return ""
    table = part.columns[0].table
    first = sa.select(blocks.called).select_from(table).where(within(table.c.id, IDS)).order_by(table.c.id).limit(NAMED)
    names = [short(name, 20) for name in see.connection.execute(first, {"ids": ids}).scalars()]
    return f"（{''.join(f'“{name}”' for name in names)}{'等' if len(ids) > NAMED else ''}）"


def warnings(ending: Ending, looked: Looked) -> list[str]:
    old, new, found = ending.old, ending.new, []
    if new is not None and is_across(ending):
        kinds = f"{KIND_LABELS[old.kind]}并入{KIND_LABELS[new.kind]}"
        found.append(f"{kinds}：下次下发时，不在{KIND_LABELS[new.kind]}责任范围的任务会收回，请留意下发预览")
    missing = [] if new is None else [stage for stage in old.stages if stage not in new.stages]
    if new is not None and missing:
        words = "、".join(STAGE_LABELS[Stage(stage)] for stage in missing)
        found.append(f"{new.name}没有“{words}”学段，请系统管理员按实际办学补充")
    if grants := looked["role_grant"]["ends"]:
        found.append(f"{old.name}的 {len(grants)} 项授权随之终止，请安全管理员按新岗位另行授权")
    if new is None and looked["unit_host"]["stays"]:
        found.append("设在这里的党组织仍在，请系统管理员调整它的所在单位")
    return found


def is_across(ending: Ending) -> bool:
    return ending.new is not None and ending.new.kind != ending.old.kind


def shown(see: Reader, ending: Ending) -> dict[str, Any]:
    looked = look(see, ending)
    figures = counts(see, looked)
    entries = [
        {"name": part.name, "label": part.label, "path": _path(part.path, ending.old.id)}
        | {verb: figures[part.name].get(verb, 0) for verb in VERBS}
        for part in PARTS
        if part.name in figures
    ]
    new = ending.new
    return {
        "unit_id": ending.old.id,
        "unit_name": ending.old.name,
        "successor_id": new and new.id,
        "successor_name": new and new.name,
        "effective_on": ending.on,
        "across_kinds": is_across(ending),
        "entries": entries,
        "warnings": warnings(ending, looked),
        "obstacles": obstacles(see, ending, looked),
    }


def _path(path: str | None, unit_id: int) -> str | None:
    return path and path.format(unit=unit_id)


@unbounded
def preview_merge(see: Reader, unit_id: int, successor_id: int | None, effective_on: date | None) -> dict[str, Any]:
    return shown(see, merging(see, unit_id, successor_id, effective_on))


@unbounded
def preview_close(see: Reader, unit_id: int, effective_on: date | None) -> dict[str, Any]:
    return shown(see, closing(see, unit_id, effective_on))
