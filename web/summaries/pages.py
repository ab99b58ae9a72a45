"""Pages of yearly summaries: the plans that have one, one with figures and plots, its prose, its paper."""

from typing import Any

from fastapi import Response

from app.core.errors import Forbidden, Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.policy import DISTRICT_WIDE, Role
from app.summaries import operations as ops
from app.summaries import queries, tables
from app.summaries.api import paper_file
from app.summaries.models import SummaryCreate, SummaryPatch
from app.summaries.paper import title_of
from app.summaries.rules import WORKFLOW
from web.page import Page, PageContext, add_edit_page, add_step_pages, page_router, parse
from web.summaries.words import LABELS, WORDS
from web.tables import add_exports

router = page_router()
add_exports(router, "/summaries", tables.SUMMARIES)
FAILED = {"freeze": "没有定稿", "reopen": "没有重新起草"}


@router.get("/summaries")
async def index(page: Page) -> Response:
    return await _index(page)


async def _index(page: PageContext, problem: Problem | None = None) -> Response:
    return await page.render(
        "summaries/list.html",
        page_title="年度总结",
        problem=problem,
        rows=await page.read(queries.index),
        overseeing=page.actor.has(*DISTRICT_WIDE),
        labels=LABELS,
        **WORDS,
    )


@router.post("/summaries")
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.create, parse(SummaryCreate, typed))
    except Mendable as problem:
        return await _index(page, problem)
    return page.after(f"/summaries/{made}/edit", "已起草。写好各节文字后保存，数据随时更新，定稿时保存快照。")


# One


@router.get("/plans/{id}/summary")
async def of_plan(page: Page, id: int) -> Response:
    return await _whole(page, path_id(id))


@router.get("/plans/{id}/summary.docx")
async def paper(page: Page, id: int) -> Response:
    return await paper_file(page, path_id(id))


@router.get("/summaries/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    summary = await page.read(queries.one, path_id(id))
    return await _whole(page, summary["plan_id"], problem, typed)


def _gather(see: Reader, plan_id: int, params: dict[str, str]) -> dict[str, Any]:
    told = queries.whole(see, plan_id, params)
    summary = told["summary"]
    return {"told": told, "timeline": queries.history(see, summary["id"]) if summary else []}


_gather.__dict__["unbounded"] = True


async def _whole(
    page: PageContext, plan_id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    gathered = await page.read(_gather, plan_id, page.params)
    step = page.request.url.path.rpartition("/")[2]
    return await page.render(
        "summaries/one.html",
        page_title=title_of(gathered["told"]),
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        failed=FAILED.get(step, "没有办成"),
        may_begin=page.actor.has(Role.SUPERVISOR) and gathered["told"]["summary"] is None,
        params=page.params,
        **gathered,
        **WORDS,
    )


# Its prose


def _to_write(see: Reader, summary_id: int) -> dict[str, Any]:
    row = queries.one(see, summary_id)
    return {"row": row, "proposals": queries.proposals(see, row["plan_id"])}


async def _edit_page(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    found = await page.read(_to_write, path_id(id))
    row = found["row"]
    if problem is None and "edit" not in row["allowed_actions"]:
        raise Forbidden("这份总结现在不能由您撰写")
    return await page.render(
        "summaries/edit.html",
        page_title=f"撰写{row['plan_title']}年度总结",
        problem=problem,
        typed={**row["texts"], **(typed or {})},
        labels=LABELS,
        **found,
        **WORDS,
    )


add_edit_page(router, "/summaries/{id}/edit", ops.edit, SummaryPatch, _edit_page, home="/summaries/{id}")
add_step_pages(
    router,
    WORKFLOW,
    ops.STEPS,
    "/summaries/{id}",
    show,
    {
        "freeze": "已定稿，数据和文字按此刻保存，可下载 Word 上报。",
        "reopen": "已退回草稿，可以修改文字，以前的定稿仍然保留。",
    },
)
