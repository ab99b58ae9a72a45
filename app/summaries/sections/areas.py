"""What was done, area by area and item by item, with who leads."""

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from app.assignments.models import ASSIGNMENT
from app.assignments.queries import LIST, STANDINGS, lamp_binds
from app.plans.models import AREA, ITEM, RESPONSIBILITY, ResponsibilityRole
from app.summaries.telling import Cell, Scene, Told, groups, link, number, percent, rated

_PLAN = sa.bindparam("told_plan", type_=sa.BigInteger)
_ITEMS = (
    sa.select(ITEM.c.id, ITEM.c.number, ITEM.c.title, AREA.c.title.label("area"))
    .select_from(ITEM.outerjoin(AREA, AREA.c.id == ITEM.c.area_id))
    .where(ITEM.c.plan_id == _PLAN)
    .order_by(sa.func.coalesce(AREA.c.position, 10**6), ITEM.c.position, ITEM.c.id)
)
_NAMED = (
    sa.select(RESPONSIBILITY.c.plan_item_id, RESPONSIBILITY.c.name, RESPONSIBILITY.c.role)
    .where(RESPONSIBILITY.c.plan_id == _PLAN, RESPONSIBILITY.c.dropped_reason.is_(None))
    .order_by(RESPONSIBILITY.c.position, RESPONSIBILITY.c.id)
)
_COUNTED = ("due", "completed", "late", "waived")
MOST_NAMED = 3


def told(scene: Scene) -> Told:
    found, see = Told(), scene.see
    given = {"told_plan": scene.plan_id}
    rows = groups(
        see,
        LIST,
        {"plan_id": str(scene.plan_id), "counted": "true"},
        {"item": ASSIGNMENT.c.plan_item_id},
        {name: STANDINGS[name] for name in _COUNTED},
        lamp_binds(see),
    )
    counts = {row.item: row for row in rows if row.due}
    named: dict[int, dict[Any, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in see.connection.execute(_NAMED, given):
        named[row.plan_item_id][row.role].append(row.name)
    for item in see.connection.execute(_ITEMS, given):
        if item.id in counts:
            found.lines.append(_line(scene, item, counts[item.id], _leads(named[item.id])))
    if not found.lines:
        found.sentences.append("本方案的各项任务还没有下发。")
        return found
    found.headings = ["方面", "序号", "任务", "牵头单位", "应办", "办结", "逾期", "办结率"]
    areas = scene.board["areas"]
    found.plot = ("各方面办结率", "%", [(area["title"], area["rate"] or 0) for area in areas])
    found.sentences += [
        f"{area['title']}：{area['items']} 项任务，应办 {area['due']} 项，办结 {area['completed']} 项，"
        f"办结率 {rated(area['rate'])}，逾期 {area['late']} 项。"
        for area in areas
    ]
    return found


def _leads(named: dict[Any, list[str]]) -> str:
    """Who leads, or all who are responsible where nobody does; the first of many."""
    names = named.get(ResponsibilityRole.LEAD) or named.get(ResponsibilityRole.RESPONSIBLE) or []
    return "、".join(names[:MOST_NAMED]) + ("等" if len(names) > MOST_NAMED else "") or "—"


def _line(scene: Scene, item: Any, count: Any, leads: str) -> list[Cell]:
    def rows(name: str) -> Cell:
        of = {"plan_id": scene.plan_id, "plan_item_id": item.id, "counted": "true", "standing": name}
        return number(getattr(count, name), link("/assignments", **of))

    return [
        Cell(item.area or "未分方面"),
        Cell(item.number),
        Cell(item.title, f"/plan-items/{item.id}"),
        Cell(leads),
        *(rows(name) for name in ("due", "completed", "late")),
        Cell(percent(count.completed, count.due - count.waived)),
    ]
