"""Pages of briefs: the list, writing one, one with its files, the collection, and how many each unit has."""

from typing import Any

from fastapi import Response

from app.briefs import operations as ops
from app.briefs import queries, sources, tables
from app.briefs.api import collection_file
from app.briefs.collection import TITLE, collected
from app.briefs.models import BriefAdopt, BriefCreate, BriefPatch
from app.briefs.rules import WORKFLOW, WRITERS
from app.core.calendar import now, today_of
from app.core.errors import Forbidden, Mendable, Problem
from app.core.http import path_id
from app.core.media import ACCEPT, SHORT
from app.core.operation import Reader, performs
from app.core.policy import Role, require
from app.plans.models import EVIDENCE_KIND_LABELS
from app.units import queries as units
from web.briefs.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, add_bulk_page, add_edit_page, add_step_pages, offered, page_router, parse
from web.tables import add_exports

router = page_router()
FAILED = {
    "submit": "没有提交成功",
    "withdraw": "没有撤回",
    "select": "没有选用",
    "decline": "没有办成",
    "promote": "没有推广",
    "adopt": "没有采纳",
    "delete": "没有删除",
}

add_exports(router, "/briefs", tables.BRIEFS)
add_exports(router, "/briefs/counts", tables.COUNTS)


@router.get("/briefs")
async def list_(page: Page) -> Response:
    return await show_list(page)


async def show_list(page: PageContext, **told: Any) -> Response:
    found = await page.listed(queries.LIST, queries.present, sources.with_sources)
    return await page.render(
        "briefs/list.html",
        block="rows",
        page_title="简报",
        found=found,
        params=Typed(found.params),
        may_write=page.actor.has(*WRITERS),
        bulk=offered(WORKFLOW, ops.BULK, found.rows),
        **WORDS,
        **told,
    )


add_bulk_page(
    router, WORKFLOW, ops.bulk, "/briefs", show_list, queries.LIST, lambda row: f"{row.title}（{row.unit_name}）"
)


@router.get("/briefs/counts")
async def counts(page: Page) -> Response:
    rows = await page.read(queries.counts, page.params)
    return await page.render("briefs/counts.html", page_title="简报统计", rows=rows, params=Typed(page.params), **WORDS)


# The collection


@router.get("/briefs/collection")
async def collection(page: Page) -> Response:
    paper, _, count = await page.read(collected, page.params)
    return await page.render(
        "briefs/collection.html",
        page_title="选编",
        paper=paper,
        count=count,
        params=Typed(page.params),
        plans=await page.read(queries.plans),
        title=TITLE,
        **WORDS,
    )


@router.get("/briefs/collection.docx")
async def collection_docx(page: Page) -> Response:
    return await collection_file(page)


# Writing one


@router.get("/briefs/new")
async def new(page: Page) -> Response:
    require(page.actor, *WRITERS)
    typed = {
        name: page.params.get(name, "") for name in ("unit_id", "kind", "plan_id", "plan_item_id", "promoted_from")
    }
    return await _new(page, {**typed, "written_on": today_of(now()).isoformat()})


async def _new(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    choices = await page.read(units.choices)
    return await page.render(
        "briefs/new.html",
        page_title="新建简报",
        problem=problem,
        typed=typed,
        labels=LABELS,
        offered=[(unit_id, name) for unit_id, name, kind in choices if unit_id in page.actor.units],
        **await _fields(page, typed.get("promoted_from")),
    )


async def _fields(page: PageContext, *asked_for: str | None) -> dict[str, Any]:
    offered: dict[str, Any] = {"plans": await page.read(queries.plans), "items": await page.read(queries.items)}
    offered["sources"] = await page.read(sources.choices, *asked_for)
    return {**offered, "today": today_of(now()).isoformat(), **WORDS}


@router.post("/briefs")
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.create, parse(BriefCreate, typed))
    except Mendable as problem:
        return await _new(page, typed, problem)
    return page.after(f"/briefs/{made}", "已新建草稿。可上传照片和资料，然后提交。")


# One


@router.get("/briefs/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, brief_id: int) -> dict[str, Any]:
    row, told = queries.with_history(see, brief_id)
    adopting = queries.adopting(see, row) if "adopt" in row["allowed_actions"] else None
    return {"row": row, "timeline": told, "adopting": adopting}


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    gathered = await page.read(_gather, path_id(id))
    step = page.request.url.path.rpartition("/")[2]
    return await page.render(
        "briefs/one.html",
        page_title=gathered["row"]["title"],
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        failed=FAILED.get(step, "没有办成"),
        accept=ACCEPT,
        short=SHORT,
        evidence_kinds={kind.value: label for kind, label in EVIDENCE_KIND_LABELS.items()},
        leads=page.actor.has(Role.SUPERVISOR, Role.LEADER),
        **gathered,
        **WORDS,
    )


async def _edit_page(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    row = await page.read(queries.one, path_id(id))
    if problem is None and "edit" not in row["allowed_actions"]:
        raise Forbidden("这一篇现在不能由您修改")
    shown = {**row, **(typed or {})}
    return await page.render(
        "briefs/edit.html",
        page_title=f"修改{row['title']}",
        problem=problem,
        row=row,
        typed=shown,
        labels=LABELS,
        **await _fields(page, row["promoted_from"], shown["promoted_from"]),
    )


add_edit_page(router, "/briefs/{id}/edit", ops.edit, BriefPatch, _edit_page, home="/briefs/{id}")


@router.post("/briefs/{id}/delete")
@performs(ops.delete)
async def delete(page: Page, id: int) -> Response:
    await page.form()
    try:
        await page.run(ops.delete, path_id(id))
    except Mendable as problem:
        return await show(page, id, problem)
    return page.after("/briefs", "已删除草稿，上传的资料仍在资料库中。")


@router.post("/briefs/{id}/adopt")
@performs(ops.adopt)
async def adopt(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.adopt, path_id(id), parse(BriefAdopt, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.saved(f"/briefs/{id}", "已采纳，列在方案页上。" if typed["plan_id"] else "已取消采纳。")


add_step_pages(
    router,
    WORKFLOW,
    ops.STEPS,
    "/briefs/{id}",
    show,
    {
        "submit": "已提交，由督查室选用。选用前可以撤回。",
        "withdraw": "已撤回为草稿。",
        "select": "已选用，可收入选编；推广后全区可见。",
        "decline": "已列为未选用，意见告知报送单位。",
        "promote": "已推广，全区可见。",
    },
)
