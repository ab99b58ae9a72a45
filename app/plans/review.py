"""What a reviewer of a plan needs to know: names nobody knows, what stands in the way of issue, what is missing."""

from typing import Any

import sqlalchemy as sa
from pydantic import BaseModel

from app.core.db import unbounded
from app.core.operation import Reader
from app.core.workflow import find
from app.plans.models import ITEM, RESPONSIBILITY, Cadence, DeadlineKind, ResponsibilityRole
from app.plans.rules import POLICY
from app.units.names import directory, fold


class SuggestionRead(BaseModel):
    unit_id: int | None
    unit_group_id: int | None
    name: str
    reason: str


class UnresolvedName(BaseModel):
    name: str
    is_group: bool
    items: list[dict[str, Any]]
    """``id``, ``number`` and ``position`` of the items that name it."""
    suggestions: list[SuggestionRead]


class UnresolvedNames(BaseModel):
    data: list[UnresolvedName]
    next: None


Remark = dict[str, Any]
MOST_NUMBERS = 10

UNRESOLVED = sa.and_(
    RESPONSIBILITY.c.id.is_not(None),  # an item without any, where items are joined with theirs
    RESPONSIBILITY.c.unit_id.is_(None),
    RESPONSIBILITY.c.unit_group_id.is_(None),
    RESPONSIBILITY.c.dropped_reason.is_(None),
)
_RESOLVED = sa.or_(RESPONSIBILITY.c.unit_id.is_not(None), RESPONSIBILITY.c.unit_group_id.is_not(None))


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


_STANDING = (
    sa.select(
        ITEM.c.id,
        ITEM.c.number,
        ITEM.c.title,
        ITEM.c.for_information,
        ITEM.c.cadence,
        ITEM.c.deadline_kind,
        ITEM.c.deadline_on,
        sa.func.count(RESPONSIBILITY.c.id).label("named"),
        _count(UNRESOLVED).label("unresolved"),
        _count(_RESOLVED).label("resolved"),
        _count(sa.and_(_RESOLVED, RESPONSIBILITY.c.role == ResponsibilityRole.LEAD)).label("leads"),
    )
    .select_from(ITEM.outerjoin(RESPONSIBILITY, RESPONSIBILITY.c.plan_item_id == ITEM.c.id))
    .where(ITEM.c.plan_id == sa.bindparam("plan"))
    .group_by(ITEM.c.id)
    .order_by(ITEM.c.position, ITEM.c.id)
)
_NAMES = (
    sa.select(RESPONSIBILITY.c.name, RESPONSIBILITY.c.is_group, ITEM.c.id, ITEM.c.number, ITEM.c.position)
    .join(ITEM, ITEM.c.id == RESPONSIBILITY.c.plan_item_id)
    .where(RESPONSIBILITY.c.plan_id == sa.bindparam("plan"), UNRESOLVED)
    .order_by(ITEM.c.position, RESPONSIBILITY.c.position, RESPONSIBILITY.c.id)
)


def standing(see: Reader, plan_id: int) -> list[Any]:
    """Per item of a plan the actor may read: its number and how its names and deadline stand."""
    return list(see.connection.execute(_STANDING, {"plan": plan_id}).all())


def names(see: Reader, plan_id: int) -> list[dict[str, Any]]:
    """Unresolved names in source order, each once with the items that name it."""
    found: dict[str, dict[str, Any]] = {}
    for row in see.connection.execute(_NAMES, {"plan": plan_id}):
        name = found.setdefault(fold(row.name), {"name": row.name, "is_group": row.is_group, "items": []})
        if all(item["id"] != row.id for item in name["items"]):
            name["items"].append({"id": row.id, "number": row.number, "position": row.position})
    return list(found.values())


@unbounded
def unresolved(see: Reader, plan_id: int) -> dict[str, Any]:
    """The names that nothing in the directory answers to, with what may be meant and why."""
    find(see, POLICY, plan_id)
    found = names(see, plan_id)
    if found:
        known = directory(see)
        for name in found:
            near = known.suggest(name["name"], is_group=name["is_group"])
            name["suggestions"] = [suggestion._asdict() for suggestion in near]
    return {"data": found, "next": None}


def blockers(see: Reader, plan_id: int, items: list[Any] | None = None) -> list[Remark]:
    """What keeps a draft from being issued, gravest first; each with its code and words."""
    items = standing(see, plan_id) if items is None else items
    found: list[Remark] = []
    if any(item.unresolved for item in items):
        unknown = names(see, plan_id)
        written = [name["name"] for name in unknown]
        ids = list(dict.fromkeys(item["id"] for name in unknown for item in name["items"]))
        text = f"{len(written)} 个责任单位未识别（{_some(written)}），请先对应到单位，或写明原因不采用"
        found.append({"code": "unresolved_names", "text": text, "names": written, "item_ids": ids})
    bare = [item for item in items if not item.for_information and not item.resolved and not item.unresolved]
    if bare:
        text = f"{len(bare)} 项任务没有责任单位（{_numbers(bare)}），请补上责任单位，或标为“仅供知悉”"
        listed = [{"id": item.id, "number": item.number, "title": item.title} for item in bare]
        ids = [item.id for item in bare]
        found.append({"code": "items_without_unit", "text": text, "items": listed, "item_ids": ids})
    if not items:
        found.append({"code": "no_items", "text": "方案里没有任务，请改用表格行或重新上传", "item_ids": []})
    return found


def remarks(items: list[Any], from_parser: list[str]) -> list[Remark]:
    """What is missing but keeps nobody from issuing."""
    working = [item for item in items if not item.for_information]
    undated = [item for item in working if _without_deadline(item)]
    unpaced = [
        item for item in working if item.deadline_kind == DeadlineKind.RECURRING and item.cadence == Cadence.ONCE
    ]
    leaderless = [item for item in working if item.resolved and not item.leads]
    found = []
    if undated:
        found.append(_remark("no_deadline", f"{len(undated)} 项未填完成时限，填写前不计逾期", undated))
    if unpaced:
        found.append(_remark("no_cadence", f"{len(unpaced)} 项原文写了循环办理，但没有认出周期，请选择", unpaced))
    if leaderless:
        found.append(_remark("no_lead", f"{len(leaderless)} 项没有牵头单位，完成率按全部责任单位计算", leaderless))
    return found + [{"code": "parser", "text": text, "item_ids": []} for text in from_parser]


def _without_deadline(item: Any) -> bool:
    """Words that are no day (开学后一个月内) are a deadline for the reader and none for the clock. Those of what recurs
    want a cadence first.
    """
    paced = item.cadence != Cadence.ONCE or item.deadline_kind in (DeadlineKind.STANDING, DeadlineKind.RECURRING)
    return item.deadline_on is None and not paced


def _remark(code: str, text: str, items: list[Any]) -> Remark:
    return {"code": code, "text": text, "item_ids": [item.id for item in items]}


def _numbers(items: list[Any]) -> str:
    shown = "、".join(item.number for item in items[:MOST_NUMBERS])
    return f"第 {shown} 项" + ("等" if len(items) > MOST_NUMBERS else "")


def _some(written: list[str]) -> str:
    return "、".join(written[:MOST_NUMBERS]) + ("等" if len(written) > MOST_NUMBERS else "")
