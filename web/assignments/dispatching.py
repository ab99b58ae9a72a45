"""Dispatch on pages: the preview by area and item down to units and why, and 停止执行."""

from collections import defaultdict
from typing import Any

from fastapi import Response

from app.assignments import dispatch as ops
from app.assignments import tables
from app.core.db import unbounded
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.plans import queries as plans
from app.plans.rules import WORKFLOW as PLANS
from web.assignments.words import WORDS
from web.page import Page, note_of, page_router
from web.tables import add_exports

router = page_router()
add_exports(router, "/plans/{id}/dispatch", tables.DISPATCH)
NAMED = 12
"""Units of an item that are named before the rest is counted."""
PARTS = tuple(tables.PARTS)
SHOWN: dict[str, tuple[str, ...]] = {**{part: (part,) for part in PARTS}, "after": tables.AFTER}
"""What stands behind each of the preview's figures."""


@router.get("/plans/{id}/dispatch")
async def preview(page: Page, id: int) -> Response:
    """``item`` opens one item, ``part`` shows the units behind one figure: of that item, or of every item."""
    asked = page.request.query_params
    chosen = asked.get("part", "") if asked.get("part") in SHOWN else ""
    return await page.render(
        "assignments/dispatch.html",
        page_title="下发预览",
        opened=asked.get("item", ""),
        chosen=chosen,
        shown_parts=SHOWN.get(chosen, PARTS),
        whole=chosen or asked.get("whole", ""),
        named=NAMED,
        **await page.read(_preview, path_id(id)),
        **WORDS,
    )


@unbounded
def _preview(see: Reader, plan_id: int) -> dict[str, Any]:
    PLANS.guard(see, plan_id, "dispatch")
    run = ops.compare(see, plan_id)
    items = {item["id"]: {**item, "units": _units()} for item in plans.all_items(see, plan_id)}
    if run.carried:
        gone = {row.plan_item_id for row in run.retire} - items.keys()
        earlier = [item for carried in run.carried for item in plans.all_items(see, carried.old_plan)]
        items |= {each["id"]: {**each, "units": _units(), "gone": True} for each in earlier if each["id"] in gone}
    kept = [row for row, _role in run.keep]
    for part, rows in zip(PARTS, (run.add, kept, run.retire), strict=True):
        for row in rows:
            items[row.plan_item_id]["units"][part].append((run.units[row.unit_id].name, row))
    areas: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for item in items.values():
        item["why"] = _why(run, [new for _, new in item["units"]["add"]])
        areas[_area(item)].append(item)
    closed = [unit for unit in run.units.values() if unit.valid_to and unit.valid_to < see.today]
    held = {row.unit_id for row in (*run.retire, *kept)}
    return {
        "plan": plans.one(see, plan_id),
        "areas": dict(areas),
        "held": {item["id"]: [part for part in PARTS if item["units"][part]] for item in items.values()},
        "counts": run.counts(),
        "moved": run.moved if run.carried else None,
        "tiles": {
            "add_units": len({new.unit_id for new in run.add}),
            "working": [(run.units[row.unit_id].name, items[row.plan_item_id]["number"], row) for row in _at_work(run)],
            "closed": [unit.name for unit in closed if unit.id in held],
            "items": len([item for item in items.values() if item["units"]["add"] or item["units"]["keep"]]),
            "units": len({row.unit_id for row in (*run.add, *kept)}),
        },
        "at": see.now,
    }


def _units() -> dict[str, list[Any]]:
    return {part: [] for part in PARTS}


def _area(item: dict[str, Any]) -> str:
    if item.get("gone"):
        return "上一版有、这一版没有的任务"
    number = f"（{item['area_number']}）" if item["area_number"] else ""
    return f"{number}{item['area_title']}" if item["area_title"] else ""


def _why(run: ops.Run, added: list[ops.New]) -> list[str]:
    """Why units are new to an item: the group whose rule takes them in, and since when they exist."""
    told: dict[str, dict[str, None]] = defaultdict(dict)
    for new in added:
        unit = run.units[new.unit_id]
        since = f"（{unit.valid_from} 设立）" if unit.valid_from else ""
        if new.via:
            told[new.via][f"{unit.name}{since}"] = None
    return [f"{_some(list(names))}按“{via}”规则列入。" for via, names in told.items()]


def _some(names: list[str]) -> str:
    rest = f"等 {len(names)} 个单位" if len(names) > NAMED else ""
    return "、".join(names[:NAMED]) + rest


def _at_work(run: ops.Run) -> list[Any]:
    return [row for row in run.retire if row.state != "pending"]


@router.post("/plans/{id}/dispatch")
@performs(ops.dispatch)
async def dispatch(page: Page, id: int) -> Response:
    await page.form(once=False)
    run = await page.run(ops.dispatch, path_id(id))
    count = run.counts()
    said = [f"下发 {count['add']} 项"] + ([f"收回 {count['retire']} 项"] if count["retire"] else [])
    return page.after(f"/assignments?view=item&plan_id={id}", f"已{'，'.join(said)}。各单位在我的待办中签收。")


@router.post("/plans/{id}/withdraw")
@performs(ops.withdraw)
async def withdraw(page: Page, id: int) -> Response:
    typed = await page.form()
    note = note_of(typed)
    await page.run(ops.withdraw, path_id(id), note)
    return page.after(f"/plans/{id}", "已停止执行，未办结的任务已撤销。")
