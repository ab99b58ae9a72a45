"""Review of a draft: names, deadlines, cadence, leads, evidence; then issue."""

from typing import Any

from fastapi import Response
from starlette.responses import RedirectResponse

from app.briefs import queries as briefs
from app.core.db import unbounded
from app.core.errors import Mendable, Problem, invalid
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.params import parse_id
from app.plans import editions, queries, review, tables
from app.plans import items as item_ops
from app.plans import operations as ops
from app.plans.comparison import regrouped_in_words, regroupings
from app.plans.models import ResponsibilityRole
from app.plans.rules import WORKFLOW
from app.plans.schemas import PlanItemsPatch, PlanPatch, Resolution, Resolutions
from app.units.names import Directory, Target, directory
from web.page import Page, PageContext, add_step_pages, page_router, parse
from web.plans.source import excerpt
from web.plans.words import WORDS, by_area
from web.tables import add_exports

router = page_router()
add_exports(router, "/plans/{id}/unresolved", tables.UNRESOLVED)
ALL_OPEN = 40
"""With more items than this, only the current one carries its form."""


@router.get("/plans/{id}/review")
async def review_(page: Page, id: int) -> Response:
    return await show_review(page, id)


@unbounded
def _review(see: Reader, plan_id: int) -> dict[str, Any]:
    plan = queries.one(see, plan_id)
    previous_id = plan["previous_id"]
    both = editions.pairs(see, plan_id, previous_id) if previous_id else []
    return {
        "plan": plan,
        "analyses": briefs.adopted_by(see, plan_id),
        "continued": editions.continued(both) if previous_id else None,
        "regroupings": regroupings(both),
        "items": queries.all_items(see, plan_id),
        "text": queries.source_text(see, plan_id)["text"],
        "unknown": review.unresolved(see, plan_id)["data"],
        "names": directory(see).known(),
        "earlier": editions.to_follow(see, plan_id),
    }


async def show_review(
    page: PageContext,
    id: int,
    problem: Problem | None = None,
    typed: dict[str, Any] | None = None,
    current: int | None = None,
    said: str = "",
) -> Response:
    """``current`` is the item that is open, else the one the address names, else the first with a gap."""
    found = await page.read(_review, path_id(id))
    plan, items = found["plan"], found["items"]
    if "issue" not in plan["allowed_actions"]:
        if problem:
            raise problem
        return RedirectResponse(f"/plans/{id}", 303)
    params = page.request.query_params
    asked = current or (parse_id("item", params["item"]) if params.get("item") else None)
    gaps = gaps_of(plan, items)
    here = _item(items, asked) or _item(items, gaps[0] if gaps else None) or (items[0] if items else None)
    unknown = [name["name"] for name in found["unknown"]]
    passages = excerpt(
        found.pop("text"), items, here["id"] if here else None, unknown, whole=params.get("whole") == "1"
    )
    return await page.render(
        "plans/review.html",
        block="review",
        page_title=f"审阅 {plan['title']}",
        problem=problem,
        typed=typed or {},
        said=said,
        here=here,
        passages=passages,
        lacking={remark["code"]: remark["item_ids"] for remark in plan["warnings"]},
        blocking={remark["code"]: remark for remark in plan["blockers"]},
        areas=by_area(plan, [in_form(item) for item in items]),
        neighbours=_neighbours(items, here),
        open_all=len(items) <= ALL_OPEN,
        leads=_leads(items),
        regrouped=regrouped_in_words,
        **found,
        **WORDS,
    )


def gaps_of(plan: dict[str, Any], items: list[dict[str, Any]]) -> list[int]:
    """Items to look at, in order: an unknown name, no unit, no deadline or no cadence."""
    remarks = [*plan["blockers"], *(remark for remark in plan["warnings"] if remark["code"] != "no_lead")]
    lacking = {item_id for remark in remarks for item_id in remark["item_ids"]}
    return [item["id"] for item in items if item["id"] in lacking]


def in_form(item: dict[str, Any]) -> dict[str, Any]:
    """An item with what its form offers: units that could lead, and who leads as written."""
    named = [each for each in item["responsibilities"] if each["dropped_reason"] is None]
    leaders = [each for each in named if each["role"] == ResponsibilityRole.LEAD]
    as_written = len(leaders) > 1 or (leaders and leaders[0]["unit_id"] is None)
    units = [(each["unit_id"], each["unit_name"]) for each in named if each["unit_id"]]
    written = [("keep", "原文：" + "、".join(each["name"] for each in leaders))] if as_written else []
    return item | {
        "named": len(named),
        "unknown": sum(each["unit_id"] is None and each["unit_group_id"] is None for each in named),
        "leads": [*written, *units],
        "lead": "keep" if as_written else leaders[0]["unit_id"] if leaders else "",
        "leaderless": not leaders,
    }


def _item(items: list[dict[str, Any]], item_id: int | None) -> dict[str, Any] | None:
    return next((item for item in items if item["id"] == item_id), None)


def _neighbours(items: list[dict[str, Any]], here: dict[str, Any] | None) -> tuple[Any, Any]:
    if here is None:
        return None, None
    at = items.index(here)
    return (items[at - 1] if at else None), (items[at + 1] if at + 1 < len(items) else None)


def _leads(items: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """Units that any item names, for setting one as lead of all of them."""
    named = {each["unit_id"]: each["unit_name"] for item in items for each in item["responsibilities"]}
    return sorted(((unit_id, name) for unit_id, name in named.items() if unit_id), key=lambda entry: entry[1])


async def next_gap(page: PageContext, plan_id: int, item_id: int) -> int | None:
    """The item to go on with: the next that lacks something, else the one after."""
    found = await page.read(_review, plan_id)
    items = found["items"]
    order = [item["id"] for item in items]
    at = order.index(item_id) if item_id in order else -1
    gaps = gaps_of(found["plan"], items)
    later = [each for each in gaps if order.index(each) > at] or [each for each in gaps if each != item_id]
    return later[0] if later else (order[at + 1] if at + 1 < len(order) else item_id)


async def reviewed(page: PageContext, plan_id: int, text: str, item_id: int | None = None) -> Response:
    """After a write of review: the block alone for htmx, else back to the page at the item."""
    if page.partial:
        return await show_review(page, plan_id, current=item_id, said=text)
    there = f"?item={item_id}#review-{item_id}" if item_id else ""
    return page.after(f"/plans/{plan_id}/review{there}", text)


# Names


@router.post("/plans/{id}/resolve")
@performs(ops.resolve)
async def resolve(page: Page, id: int) -> Response:
    typed = await page.form()
    name = str(typed.get("name") or "")
    try:
        given = _resolution(typed, name, await page.read(known_names))
        await page.run(ops.resolve, path_id(id), Resolutions(resolutions=[given]))
    except Mendable as problem:
        return await show_review(page, id, problem, typed)
    return await reviewed(page, id, f"已不采用“{name}”。" if given.drop_reason else f"已识别“{name}”。")


@unbounded
def known_names(see: Reader) -> Directory:
    return directory(see)


def _resolution(typed: dict[str, Any], name: str, known: Directory) -> Resolution:
    """What a name's form says: one of its suggestions, another unit by its name, or not to be used."""
    if "drop_reason" in typed:
        reason = str(typed["drop_reason"]).strip()
        if not reason:
            raise invalid("drop_reason", f"不采用“{name}”时必须写明原因")
        return parse(Resolution, {"name": name, "drop_reason": reason})
    target = chosen_target(str(typed.get("choice") or ""), str(typed.get("other") or "").strip(), known)
    chosen = {field: str(value) for field, value in target._asdict().items() if value is not None}
    return parse(Resolution, {"name": name, **chosen, "remember": "true" if "remember" in typed else "false"})


def chosen_target(choice: str, other: str, known: Directory, field: str = "other") -> Target:
    """``unit:5``, ``group:2``, or a name typed instead."""
    kind, _, number = choice.partition(":")
    if kind in ("unit", "group") and not other:
        row_id = parse_id("choice", number)
        return Target(row_id, None) if kind == "unit" else Target(None, row_id)
    if not other:
        raise invalid(field, "请选择一个单位，或填写单位名称")
    target = known.match(other)
    if target is None:
        raise invalid(field, f"单位名录里没有“{other[:40]}”，请从列表中选择；名录里还没有的，先在“单位与分组”里建立")
    return target


# Several items at once, and the plan itself


@router.post("/plans/{id}/items")
@performs(item_ops.edit_many)
async def edit_items(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        fields = dict(typed)
        chosen = fields.pop("ids", [])
        if fields.pop("scope", "all") == "some":
            fields["ids"] = chosen
        version = shown_version(fields)
        await page.run(item_ops.edit_many, path_id(id), parse(PlanItemsPatch, fields), version)
    except Mendable as problem:
        return await show_review(page, id, problem, typed)
    return await reviewed(page, id, "已批量设置。")


def shown_version(fields: dict[str, Any]) -> int | None:
    """The version that the form was made from."""
    sent = str(fields.pop("version", ""))
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None


@router.post("/plans/{id}/table-rows")
@performs(ops.use_table_rows)
async def table_rows(page: Page, id: int) -> Response:
    typed = await page.form()
    use = typed.get("use") == "true"
    try:
        await page.run(ops.use_table_rows, path_id(id), use)
    except Mendable as problem:
        return await show_review(page, id, problem, typed)
    return page.after(f"/plans/{id}/review", "已改用表格行。" if use else "已改回正文任务。")


@router.post("/plans/{id}/edit")
@performs(ops.edit)
async def edit(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        fields = dict(typed)
        version = shown_version(fields)
        await page.run(ops.edit, path_id(id), parse(PlanPatch, fields, whole=True), version)
    except Mendable as problem:
        return await show_review(page, id, problem, typed)
    return page.saved(f"/plans/{id}/review")


@router.post("/plans/{id}/delete")
@performs(ops.delete)
async def delete(page: Page, id: int) -> Response:
    await page.form()
    try:
        await page.run(ops.delete, path_id(id))
    except Mendable as problem:
        return await show_review(page, id, problem)
    return page.after("/plans", "草稿已删除。")


add_step_pages(
    router,
    WORKFLOW,
    {"issue": ops.issue},
    "/plans/{id}",
    show_review,
    {"issue": "已印发，正文不能再改。下一步：下发到各单位。"},
)
