"""The forms of a risk's measures: added on the risk's page, each with a page of its own to change it."""

from typing import Any

from fastapi import Response

from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.media import ACCEPT, SHORT
from app.core.operation import Reader, performs
from app.integrity_risks import measures as ops
from app.integrity_risks import queries
from app.integrity_risks.models import MeasureCreate, MeasurePatch
from app.integrity_risks.rules import MEASURE_WORKFLOW
from web.integrity_risks.pages import show as show_risk
from web.integrity_risks.words import LABELS, WORDS
from web.page import Page, PageContext, add_edit_page, add_step_pages, page_router, parse

router = page_router()
HOME = "/risk-measures/{id}"


@router.post("/integrity-risks/{id}/measures")
@performs(ops.add)
async def add(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.add, path_id(id), parse(MeasureCreate, typed))
    except Mendable as problem:
        return await show_risk(page, id, problem, typed)
    return page.after(f"/integrity-risks/{id}", "已增加防控措施。")


@router.get(HOME)
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    def query(see: Reader) -> dict[str, Any]:
        row = queries.one_measure(see, path_id(id))
        risk = queries.one(see, row["risk_id"])
        return {"row": row, "risk": risk, "assignments": queries.assignment_choices(see, risk["unit_id"])}

    found = await page.read(query)
    return await page.render(
        "integrity_risks/measure.html",
        page_title="防控措施",
        problem=problem,
        typed={**found["row"], **(typed or {})},
        labels=LABELS,
        failed="没有落实",
        accept=ACCEPT,
        short=SHORT,
        **found,
        **WORDS,
    )


add_edit_page(router, HOME, ops.edit, MeasurePatch, show)
add_step_pages(router, MEASURE_WORKFLOW, ops.STEPS, HOME, show, {"finish": "已落实，印证资料随措施保存。"})


@router.post(HOME + "/delete")
@performs(ops.delete)
async def delete(page: Page, id: int) -> Response:
    await page.form()
    row = await page.read(queries.one_measure, path_id(id))
    try:
        await page.run(ops.delete, path_id(id))
    except Mendable as problem:
        return await show(page, id, problem)
    return page.after(f"/integrity-risks/{row['risk_id']}", "已删除这条措施。")
