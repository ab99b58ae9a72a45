"""Pages of plans: the list, uploading, review, one plan, and one item. Dispatch preview: ``web.assignments``."""

from typing import Any

from fastapi import Response

from app.core.db import unbounded
from app.core.errors import Problem, invalid
from app.core.files import Received
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.paging import parse_id
from app.core.policy import Role
from app.identity.gate import check_csrf
from app.plans import items as item_ops
from app.plans import operations as ops
from app.plans import queries, review
from app.plans.models import (
    CADENCE_LABELS,
    EVIDENCE_KIND_LABELS,
    PLAN_STATE_LABELS,
    ROLE_WORDS,
    PlanItemsPatch,
    PlanPatch,
    PlanState,
    Resolution,
    Resolutions,
)
from app.plans.rules import WORKFLOW
from app.plans.uploads import ROUTE_LIMIT, received_plan
from app.units.names import Directory, Target, directory
from app.units.queries import bureau, choices
from web.page import RETURNABLE, Page, PageContext, add_step_pages, page_router, parse
from web.plans.source import excerpt

router = page_router()
STATE_KINDS = {"draft": "mute", "issued": "ok", "archived": "mute", "withdrawn": "bad"}
FIELDS = {
    "file": "方案文件",
    "issuer_unit_id": "印发单位",
    "title": "标题",
    "year": "年度",
    "document_number": "文号",
    "cadence": "办理周期",
    "deadline_on": "完成时限",
    "required_evidence": "须附印证资料",
    "lead_unit_ids": "牵头单位",
    "reason": "修改原因",
}
WORDS: dict[str, Any] = {
    "states": {state.value: label for state, label in PLAN_STATE_LABELS.items()},
    "state_kinds": STATE_KINDS,
    "cadences": [(each.value, label) for each, label in CADENCE_LABELS.items()],
    "cadence_words": {each.value: label for each, label in CADENCE_LABELS.items()},
    "evidence_kinds": [(each.value, label) for each, label in EVIDENCE_KIND_LABELS.items()],
    "evidence_words": {each.value: label for each, label in EVIDENCE_KIND_LABELS.items()},
    "roles": [(each.value, label) for each, label in ROLE_WORDS.items()],
    "role_words": {each.value: label for each, label in ROLE_WORDS.items()},
    "fields": FIELDS,
    "steps": ["上传", "审阅", "印发", "下发"],
}
ALL_OPEN = 40
"""With more items than this, only the current one carries its form."""


@router.get("/plans")
async def list_(page: Page) -> Response:
    found = await page.listed(queries.LIST, queries.present)
    return await page.render(
        "plans/list.html",
        block="rows",
        page_title="工作方案",
        found=found,
        may_import=page.actor.has(Role.SUPERVISOR),
        **WORDS,
    )


# Uploading


@router.get("/plans/import")
async def import_form(page: Page) -> Response:
    return await _import_page(page, {})


async def _import_page(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    known = await page.read(_issuers)
    return await page.render(
        "plans/import.html", page_title="上传方案", problem=problem, typed=typed, **known, **WORDS
    )


@unbounded
def _issuers(see: Reader) -> dict[str, Any]:
    home = bureau(see)
    rest = [(unit_id, name) for unit_id, name, _ in choices(see) if unit_id != home["id"]]
    return {"bureau": home, "issuers": rest}


@performs(ops.import_)
async def import_(page: Page) -> Response:
    into = Received()
    try:
        reading, issuer = await received_plan(page, into)
        check_csrf(page.actor, into.values().get("csrf", ""))
        plan_id = await page.run(ops.import_, reading, issuer)
    except Problem as problem:
        if problem.status not in RETURNABLE:
            raise
        return await _import_page(page, dict(into.fields), problem)
    return page.after(f"/plans/{plan_id}/review", "已读取并存为草稿。请核对责任单位、时限和牵头，再印发。")


router.add_api_route("/plans/import", import_, methods=["POST"], max_body_size=ROUTE_LIMIT)


# One plan


@router.get("/plans/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


@unbounded
def _plan(see: Reader, plan_id: int) -> dict[str, Any]:
    return {"plan": queries.one(see, plan_id), "items": queries.all_items(see, plan_id)}


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    found = await page.read(_plan, path_id(id))
    if found["plan"]["state"] == PlanState.DRAFT and "issue" in found["plan"]["allowed_actions"] and problem:
        return await show_review(page, id, problem=problem, typed=typed)
    return await page.render(
        "plans/one.html",
        page_title=found["plan"]["title"],
        problem=problem,
        typed=typed or {},
        actions=WORKFLOW.transitions,
        areas=by_area(found["plan"], found["items"]),
        **found,
        **WORDS,
    )


def by_area(plan: dict[str, Any], items: list[dict[str, Any]]) -> list[tuple[dict[str, Any] | None, list[Any]]]:
    """Areas in order with their items; those of no area where they stand in the text."""
    areas = {area["id"]: area for area in plan["areas"]}
    groups: list[tuple[dict[str, Any] | None, list[Any]]] = []
    for item in items:
        area = areas.get(item["area_id"])
        if not groups or groups[-1][0] is not area:
            groups.append((area, []))
        groups[-1][1].append(item)
    return groups


# Review


@router.get("/plans/{id}/review")
async def review_(page: Page, id: int) -> Response:
    return await show_review(page, id)


@unbounded
def _review(see: Reader, plan_id: int) -> dict[str, Any]:
    return {
        **_plan(see, plan_id),
        "text": queries.source_text(see, plan_id)["text"],
        "unknown": review.unresolved(see, plan_id)["data"],
        "names": sorted(directory(see).titles.items(), key=lambda entry: (entry[0].unit_group_id is None, entry[1])),
    }


async def show_review(
    page: PageContext,
    id: int,
    problem: Problem | None = None,
    typed: dict[str, Any] | None = None,
    current: int | None = None,
) -> Response:
    """``current`` is the item that is open, else the one the address names, else the first with a gap."""
    found = await page.read(_review, path_id(id))
    plan, items = found["plan"], found["items"]
    params = page.request.query_params
    asked = current or (parse_id("item", params["item"]) if params.get("item") else None)
    gaps = gaps_of(found)
    here = next((item for item in items if item["id"] == asked), None) or next(
        (item for item in items if item["id"] in gaps), items[0] if items else None
    )
    shown = excerpt(
        found.pop("text"),
        items,
        here["id"] if here else None,
        [name["name"] for name in found["unknown"]],
        whole=params.get("whole") == "1",
    )
    return await page.render(
        "plans/review.html",
        block="review",
        page_title=f"审阅 {plan['title']}",
        problem=problem,
        typed=typed or {},
        here=here,
        shown=shown,
        gaps=gaps,
        lacking={remark["code"]: remark["item_ids"] for remark in plan["warnings"]},
        blocking={remark["code"]: remark["text"] for remark in plan["blockers"]},
        areas=by_area(plan, items),
        neighbours=_neighbours(items, here),
        open_all=len(items) <= ALL_OPEN,
        **found,
        **WORDS,
    )


def gaps_of(found: dict[str, Any]) -> list[int]:
    """Items that lack something, in order: an unknown name, any unit, or a deadline."""
    plan = found["plan"]
    lacking = {each for remark in (*plan["blockers"], *plan["warnings"]) for each in remark["item_ids"]}
    led = {each for remark in plan["warnings"] if remark["code"] == "no_lead" for each in remark["item_ids"]}
    blocked = {each for remark in plan["blockers"] for each in remark["item_ids"]}
    undated = {each for remark in plan["warnings"] if remark["code"] != "no_lead" for each in remark["item_ids"]}
    return [item["id"] for item in found["items"] if item["id"] in lacking - led | blocked | undated]


def _neighbours(items: list[dict[str, Any]], here: dict[str, Any] | None) -> tuple[Any, Any]:
    at = next((n for n, item in enumerate(items) if here and item["id"] == here["id"]), None)
    if at is None:
        return None, None
    return (items[at - 1] if at else None), (items[at + 1] if at + 1 < len(items) else None)


async def reviewed(page: PageContext, id: int, text: str, item_id: int | None = None) -> Response:
    """After a write of review: the block for htmx, else back to the page at the item."""
    if page.partial:
        return await show_review(page, id, current=item_id)
    there = f"?item={item_id}#review-{item_id}" if item_id else ""
    return page.after(f"/plans/{id}/review{there}", text)


@router.post("/plans/{id}/resolve")
@performs(ops.resolve)
async def resolve(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        name = str(typed.get("name") or "")
        given = _resolution(typed, name, await page.read(_names))
        await page.run(ops.resolve, path_id(id), Resolutions(resolutions=[given]))
    except Problem as problem:
        if problem.status not in RETURNABLE:
            raise
        return await show_review(page, id, problem, typed)
    done = f"已不采用“{name}”。" if given.drop_reason else f"已识别“{name}”。"
    return await reviewed(page, id, done)


@unbounded
def _names(see: Reader) -> Directory:
    return directory(see)


def _resolution(typed: dict[str, Any], name: str, known: Directory) -> Resolution:
    """What a name's form says: one of its suggestions, another unit by its name, or not to be used."""
    if "drop_reason" in typed:
        return parse(Resolution, {"name": name, "drop_reason": str(typed["drop_reason"]).strip() or " "})
    target = chosen_target(str(typed.get("choice") or ""), str(typed.get("other") or "").strip(), known)
    remember = "remember" in typed
    return parse(Resolution, {"name": name, **_ids(target), "remember": "true" if remember else "false"})


def chosen_target(choice: str, other: str, known: Directory, field: str = "other") -> Target:
    """``unit:5``, ``group:2``, or a name typed beside it."""
    kind, _, number = choice.partition(":")
    if kind in ("unit", "group") and not other:
        row_id = parse_id("choice", number)
        return Target(row_id, None) if kind == "unit" else Target(None, row_id)
    if not other:
        raise invalid(field, "请选择一个单位，或填写单位名称")
    target = known.match(other) or known.match(other, is_group=True)
    if target is None:
        raise invalid(field, f"单位名录里没有“{other[:40]}”，请从列表中选择")
    return target


def _ids(target: Target) -> dict[str, str]:
    return {name: str(value) for name, value in target._asdict().items() if value is not None}


@router.post("/plans/{id}/items")
@performs(item_ops.edit_many)
async def edit_items(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        scope = typed.pop("scope", "all")
        ids = typed.pop("ids", [])
        version = _version(typed)
        given = parse(PlanItemsPatch, {**typed, **({"ids": ids} if scope == "some" else {})})
        await page.run(item_ops.edit_many, path_id(id), given, version)
    except Problem as problem:
        if problem.status not in RETURNABLE:
            raise
        return await show_review(page, id, problem, typed)
    return await reviewed(page, id, "已批量设置。")


def _version(typed: dict[str, Any]) -> int | None:
    sent = str(typed.pop("version", ""))
    return int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 10 else None


@router.post("/plans/{id}/table-rows")
@performs(ops.use_table_rows)
async def table_rows(page: Page, id: int) -> Response:
    typed = await page.form()
    use = typed.get("use") == "true"
    try:
        await page.run(ops.use_table_rows, path_id(id), use)
    except Problem as problem:
        if problem.status not in RETURNABLE:
            raise
        return await show_review(page, id, problem, typed)
    return page.after(f"/plans/{id}/review", "已改用表格行。" if use else "已改回正文任务。")


@router.post("/plans/{id}/edit")
@performs(ops.edit)
async def edit(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        version = _version(typed)
        given = parse(PlanPatch, typed)
        await page.run(ops.edit, path_id(id), given, version)
    except Problem as problem:
        if problem.status not in RETURNABLE:
            raise
        return await show_review(page, id, problem, typed)
    return page.after(f"/plans/{id}/review", "已保存。")


@router.post("/plans/{id}/delete")
@performs(ops.delete)
async def delete(page: Page, id: int) -> Response:
    await page.form()
    try:
        await page.run(ops.delete, path_id(id))
    except Problem as problem:
        if problem.status not in RETURNABLE:
            raise
        return await show(page, id, problem)
    return page.after("/plans", "草稿已删除。")


add_step_pages(
    router,
    WORKFLOW,
    {"issue": ops.issue, "archive": ops.archive},
    "/plans/{id}",
    show,
    {
        "issue": "已印发。正文不能再改；下一步是下发到各单位。",
        "archive": "已归档。循环任务不再产生新的周期。",
    },
)
