"""Pages of archive boxes: the list, what is missing over all, one box, making one, and its seal."""

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from fastapi import Response

from app.boxes import operations as ops
from app.boxes import queries, sealing, sorting, tables, wanting
from app.boxes.exporting import exported
from app.boxes.models import RETENTION_LABELS, BoxCreate, BoxesByRule, BoxPatch, HandOver
from app.boxes.rules import WORKFLOW
from app.core.calendar import now, today_of
from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.policy import Role, require
from web.boxes.words import LABELS, WORDS, bands
from web.page import Page, PageContext, Typed, add_edit_page, add_step_pages, page_router, parse
from web.tables import add_exports, add_sheet

router = page_router()
KEEPERS = (Role.SUPERVISOR, Role.OFFICE, Role.SCHOOL)
TABS = ("catalogue", "missing", "seals", "handover")
FAILED = {
    "seal": "没有封盒",
    "unseal": "没有启封",
    "void": "没有作废",
    "hand-over": "没有移交",
    "explain": "没有保存说明",
    "remove": "没有取出",
    "add": "没有放入",
}


add_exports(router, "/archive-boxes", tables.BOXES)
add_exports(router, "/archive-boxes/catalogue", tables.CATALOGUES)
add_exports(router, "/archive-boxes/completeness", tables.COMPLETENESS, page="/archive-boxes/missing")
add_sheet(router, "/archive-boxes/catalogue", tables.CATALOGUES, "/archive-boxes")
add_exports(router, "/archive-boxes/{id}/catalogue", tables.CATALOGUE)
add_sheet(router, "/archive-boxes/{id}/catalogue", tables.CATALOGUE, "/archive-boxes/{id}")


@router.get("/archive-boxes")
async def list_(page: Page) -> Response:
    found = await page.listed(queries.LIST, queries.present, queries.with_counts)
    units = await page.read(queries.units)
    return await page.render(
        "boxes/list.html",
        block="rows",
        page_title="档案盒",
        found=found,
        params=Typed(found.params),
        may_make=page.actor.has(*KEEPERS),
        plans=await page.read(queries.plans),
        areas=await page.read(queries.areas),
        units=units if len(units) > 1 else [],
        **WORDS,
    )


@router.get("/archive-boxes/missing")
async def missing(page: Page) -> Response:
    """By unit and item, a plan at a time; with a unit and an item the single places."""
    params = page.params
    listed = {name: params[name] for name in ("plan_id", "unit_id", "plan_item_id") if name in params}
    if "plan_item_id" in listed:
        cut = {name: params[name] for name in ("cursor",) if name in params}
        places = await page.read(wanting.listed, listed | cut)
        return await page.render("boxes/places.html", page_title="缺件", places=places, params=Typed(params), **WORDS)
    found = await page.read(wanting.completeness, params)
    return await page.render(
        "boxes/missing.html",
        page_title="缺件",
        found=found,
        params=Typed(params),
        plans=await page.read(queries.plans),
        **WORDS,
    )


# Making one


@router.get("/archive-boxes/new")
async def make_form(page: Page) -> Response:
    require(page.actor, *KEEPERS)
    own = page.actor.home_units
    return await _form_page(page, {"plan_id": page.params.get("plan_id", ""), "unit_id": own[0] if own else ""})


async def _form_page(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    """Two steps: the plan, then what is classified by it."""
    plans = await page.read(queries.plans)
    chosen = str(typed.get("plan_id") or (plans[0][0] if len(plans) == 1 else ""))
    plan = next((each for each in plans if str(each[0]) == chosen), None)
    return await page.render(
        "boxes/new.html",
        page_title="建档案盒",
        problem=problem,
        typed=typed,
        labels=LABELS,
        plans=plans,
        plan=plan,
        items=await page.read(queries.items_of, plan[0]) if plan else [],
        units=await page.read(queries.units),
        **WORDS,
    )


@router.post("/archive-boxes")
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        box_id = await page.run(ops.create, parse(BoxCreate, typed))
    except Mendable as problem:
        return await _form_page(page, typed, problem)
    return page.after(f"/archive-boxes/{box_id}", "已建盒。请按条件装盒，或逐件从资料库放入。")


@router.get("/archive-boxes/by-rule")
async def rule_form(page: Page) -> Response:
    require(page.actor, *KEEPERS)
    return await _rule_page(page, {"plan_id": page.params.get("plan_id", "")})


async def _rule_page(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    return await page.render(
        "boxes/by_rule.html",
        page_title="按方案分盒",
        problem=problem,
        typed=typed,
        labels=LABELS,
        plans=await page.read(queries.plans),
        units=await page.read(queries.units),
        **WORDS,
    )


@router.post("/archive-boxes/by-rule")
@performs(sorting.create_by_rule)
async def create_by_rule(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(sorting.create_by_rule, parse(BoxesByRule, typed))
    except Mendable as problem:
        return await _rule_page(page, typed, problem)
    return page.after("/archive-boxes", f"已建 {len(made)} 盒，并放入资料。请逐盒核对目录，补填页数。")


# One


@router.get("/archive-boxes/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _whole(see: Reader, box_id: int) -> tuple[dict[str, Any], list[dict[str, Any]], list[Any]]:
    box = queries.one(see, box_id)
    return box, queries.items_of(see, box["plan_id"]), queries.history(see, box_id)


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    box, items, history = await page.read(_whole, path_id(id))
    tab = page.request.query_params.get("tab", "")
    tab = tab if tab in TABS else TABS[0]
    lacking = [gap for gap in box["missing"] if gap["explanation"] is None]
    chosen = [item for item in items if item["id"] in box["item_ids"]]
    return await page.render(
        "boxes/one.html",
        page_title=f"档案盒 {box['number']}",
        box=box,
        problem=problem,
        typed=typed or {},
        failed=FAILED.get(page.request.url.path.rpartition("/")[2], "没有办成"),
        labels=LABELS,
        tab=tab,
        bands=bands(box["entries"], box["missing"], (item["id"] for item in items)),
        lacking=lacking,
        apart=_apart(box),
        items=chosen or [],
        history=history,
        today=today_of(now()),
        choose=_choose,
        **WORDS,
    )


def _apart(box: dict[str, Any]) -> str:
    """永久 1 件: what is kept for another time than the box says."""
    others = Counter(entry["retention"] for entry in box["entries"] if entry["retention"] != box["retention"])
    return "，".join(f"{RETENTION_LABELS[retention]} {count} 件" for retention, count in others.items())


def _choose(box_id: int, gap: dict[str, Any], step: str) -> str:
    """Where a missing piece is chosen from the library, uploaded and then chosen, or registered as paper alone."""
    place = {"assignment_id": gap["assignment_id"], "kind": str(gap["kind"])}
    if step == "paper":
        return f"/archive-boxes/{box_id}/add-paper?{urlencode(place)}"
    library = f"/archive-boxes/{box_id}/add?{urlencode(place)}"
    if step == "library":
        return library
    target = {"target": "assignments", "target_id": gap["assignment_id"]} if gap["linkable"] else {}
    return f"/evidence/upload?{urlencode({**target, 'kind': str(gap['kind']), 'back': library})}"


async def _edit_page(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    box, items, _ = await page.read(_whole, path_id(id))
    return await page.render(
        "boxes/edit.html",
        page_title=f"修改档案盒 {box['number']}",
        box=box,
        items=items,
        problem=problem,
        typed={**{name: box[name] for name in BoxPatch.model_fields}, **(typed or {})},
        labels=LABELS,
        **WORDS,
    )


add_edit_page(router, "/archive-boxes/{id}/edit", ops.edit, BoxPatch, _edit_page, home="/archive-boxes/{id}")


@router.post("/archive-boxes/{id}/hand-over")
@performs(sealing.hand_over)
async def hand_over(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(sealing.hand_over, path_id(id), parse(HandOver, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"/archive-boxes/{id}?tab=handover", "已移交。盒内材料和目录不再变动。")


@router.get("/archive-boxes/{id}/export")
async def export(page: Page, id: int) -> Response:
    return await exported(page, path_id(id))


add_step_pages(
    router,
    WORKFLOW,
    sealing.STEPS,
    "/archive-boxes/{id}",
    show,
    {
        "seal": "已封盒，目录固定。可以下载全盒、打印目录，或办理移交。",
        "unseal": "已启封，可以增减材料；原来的目录留在封盒记录里。",
        "void": "盒号已作废，不再使用；盒里的材料可以装入别的盒。",
    },
)
