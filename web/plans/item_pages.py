"""The page of one plan item: its words, who is responsible, its assignments, and what may still change."""

from typing import Any

from fastapi import Response

from app.assignments import queries as assignments
from app.assignments.models import ASSIGNMENT_STATE_LABELS
from app.core.db import unbounded
from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.params import parse_id
from app.plans import items as ops
from app.plans import queries
from app.plans.schemas import PlanItemPatch, ResponsibilitySet
from app.units.names import directory
from web.page import Page, PageContext, page_router, parse, version_of
from web.plans import comparing
from web.plans.reviewing import chosen_target, known_names, next_gap, reviewed, show_review, shown_version
from web.plans.words import WORDS

router = page_router()
SHOWN = 20
"""Assignments on the page itself; the ledger has them all."""
DROPPED = "none"
ROW_STATES = {state.value: label for state, label in ASSIGNMENT_STATE_LABELS.items()}
ROW_KINDS = {"in_progress": "info", "submitted": "warn", "completed": "ok", "declined": "bad"}


@router.get("/plan-items/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


@unbounded
def _item(see: Reader, item_id: int) -> dict[str, Any]:
    asked = assignments.LIST.asked({"plan_item_id": str(item_id), "limit": str(SHOWN), "sort": "deadline"})
    rows, _ = assignments.LIST.page(see, asked)
    item = queries.one_item(see, item_id)
    return {
        "item": item,
        "rows": [assignments.present(see, row) for row in rows],
        "total": assignments.LIST.count(see, asked),
        "names": directory(see).known() if item["allowed_actions"] else [],
    }


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    found = await page.read(_item, path_id(id))
    return await page.render(
        "plans/item.html",
        page_title=f"第{found['item']['number']}项 {found['item']['title']}",
        problem=problem,
        typed=typed or {},
        row_states=ROW_STATES,
        row_kinds=ROW_KINDS,
        **found,
        **WORDS,
    )


@router.post("/plan-items/{id}")
@performs(ops.edit)
async def edit(page: Page, id: int) -> Response:
    """The form of review, which sends ``plan_id`` and goes on to the next gap, that of the comparison, which sends
    ``compared_plan_id``, or that of the item's own page."""
    typed = await page.form()
    fields = dict(typed)
    plan_id, compared = _plan(fields.pop("plan_id", "")), _plan(fields.pop("compared_plan_id", ""))
    try:
        version = version_of(fields) if compared else shown_version(fields)
        item = await page.read(queries.one_item, path_id(id))
        given = _patch(fields, item, await page.read(known_names) if fields.get("added") else None)
        await page.run(ops.edit, id, given, version)
    except Mendable as problem:
        if plan_id:
            return await show_review(page, plan_id, problem, typed, current=id)
        if compared:
            return await comparing.show(page, compared, problem)
        return await show(page, id, problem, typed)
    if plan_id:
        said = f"第{item['number']}项{'已保存' if page.changed else '没有改动'}。"
        return await reviewed(page, plan_id, said, await next_gap(page, plan_id, id))
    if compared:
        return page.saved(f"/plans/{compared}/comparison", "已改定由哪一项接续。")
    return page.saved(f"/plan-items/{id}", "已保存。下次下发时按此调整。")


def _plan(sent: Any) -> int | None:
    """The plan that a form says it stands on."""
    text = str(sent)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None


def _patch(fields: dict[str, Any], item: dict[str, Any], known: Any) -> PlanItemPatch:
    """A form always sends all it shows: an empty deadline clears it, an empty box is a no."""
    roles = {name: fields.pop(name) for name in list(fields) if name.startswith("role-")}
    added, added_role = str(fields.pop("added", "")).strip(), fields.pop("added_role", "")
    lead, continued = fields.pop("lead", None), fields.pop("continued", None)
    if fields.get("continues_id") == continued:
        fields.pop("continues_id", None)
    given: dict[str, Any] = parse(PlanItemPatch, fields, whole=True).model_dump(exclude_unset=True)
    if given.get("continues_id") is not None:
        # What was not touched is taken over from the item that it goes on from.
        given = {name: value for name, value in given.items() if name not in item or value != item[name]}
    if lead not in (None, "keep"):
        given["lead_unit_ids"] = [parse_id("lead_unit_ids", str(lead))] if lead else []
    if roles or added:
        wanted = _responsibilities(item, roles)
        if added:
            target = chosen_target("", added, known, "added")
            wanted.append({**target._asdict(), "role": added_role})
        if wanted != _responsibilities(item, {}):
            given["responsibilities"] = [parse(ResponsibilitySet, _filled(each)) for each in wanted]
    return PlanItemPatch.model_validate(given)


def _responsibilities(item: dict[str, Any], roles: dict[str, Any]) -> list[dict[str, Any]]:
    """The item's units and groups with the role chosen for each; without one as they are."""
    found = []
    for each in item["responsibilities"]:
        role = str(roles.get(f"role-{each['id']}", each["role"]))
        if (each["unit_id"] or each["unit_group_id"]) and role != DROPPED:
            found.append({"unit_id": each["unit_id"], "unit_group_id": each["unit_group_id"], "role": role})
    return found


def _filled(each: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in each.items() if value is not None}
