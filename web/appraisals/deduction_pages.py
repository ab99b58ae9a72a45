"""Pages of what was taken off, and of what is held against it."""

from typing import Any

from fastapi import Response

from app.appointments.holders import with_responsible
from app.appraisals import deduction_queries, deductions, tables
from app.appraisals.deduction_models import AppealCreate, AppealPatch, DeductionPatch
from app.appraisals.rules import APPEAL_WORKFLOW
from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.media import ACCEPT, SHORT
from app.core.operation import Reader, performs
from app.plans.models import EVIDENCE_KIND_LABELS
from web.appraisals.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, add_edit_page, add_step_pages, page_router, parse
from web.tables import add_exports

router = page_router()
HOME, APPEALS = "/appraisal-deductions", "/appraisal-appeals"
add_exports(router, HOME, tables.DEDUCTIONS)
add_exports(router, APPEALS, tables.APPEALS)


@router.get(HOME)
async def list_(page: Page) -> Response:
    found = await page.listed(deduction_queries.LIST, deduction_queries.present, with_responsible)
    return await page.render(
        "appraisals/deductions.html",
        page_title="考核扣分",
        found=found,
        params=Typed(found.params),
        **WORDS,
    )


@router.get(HOME + "/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


async def show(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    row = await page.read(deduction_queries.one, path_id(id))
    appealing = page.request.url.path.endswith("/appeals")
    return await page.render(
        "appraisals/deduction.html",
        page_title=f"{row['unit_name']}扣分",
        problem=problem,
        typed=typed or {},
        edited={**row, **((typed or {}) if not appealing else {})},
        labels=LABELS,
        row=row,
        appealing=appealing,
        accept=ACCEPT,
        short=SHORT,
        evidence_kinds={kind.value: label for kind, label in EVIDENCE_KIND_LABELS.items()},
        **WORDS,
    )


add_edit_page(router, HOME + "/{id}", deductions.edit, DeductionPatch, show)


@router.post(HOME + "/{id}/delete")
@performs(deductions.delete)
async def delete(page: Page, id: int) -> Response:
    await page.form()
    row = await page.read(deduction_queries.one, path_id(id))
    try:
        await page.run(deductions.delete, path_id(id))
    except Mendable as problem:
        return await show(page, id, problem)
    return page.after(f"/appraisal-criteria/{row['criterion_id']}", "已删除这条扣分。")


@router.post(HOME + "/{id}/appeals")
@performs(deductions.appeal)
async def appeal(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        made = await page.run(deductions.appeal, path_id(id), parse(AppealCreate, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"{APPEALS}/{made}", "已提出申诉。请上传证明资料，等待处理。")


# Appeals


@router.get(APPEALS)
async def appeals(page: Page) -> Response:
    found = await page.listed(deduction_queries.APPEAL_LIST, deduction_queries.present_appeal, with_responsible)
    return await page.render(
        "appraisals/appeals.html",
        page_title="考核申诉",
        found=found,
        params=Typed(found.params),
        **WORDS,
    )


@router.get(APPEALS + "/{id}")
async def one_appeal(page: Page, id: int) -> Response:
    return await show_appeal(page, id)


async def show_appeal(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    def query(see: Reader) -> dict[str, Any]:
        row = deduction_queries.one_appeal(see, path_id(id))
        return {"row": row, "timeline": deduction_queries.appeal_history(see, row["id"])}

    found = await page.read(query)
    return await page.render(
        "appraisals/appeal.html",
        page_title=f"{found['row']['unit_name']}申诉",
        problem=problem,
        typed={**found["row"], **(typed or {})},
        labels=LABELS,
        accept=ACCEPT,
        short=SHORT,
        evidence_kinds={kind.value: label for kind, label in EVIDENCE_KIND_LABELS.items()},
        **found,
        **WORDS,
    )


add_edit_page(router, APPEALS + "/{id}", deductions.edit_appeal, AppealPatch, show_appeal)
add_step_pages(
    router,
    APPEAL_WORKFLOW,
    deductions.APPEAL_STEPS,
    APPEALS + "/{id}",
    show_appeal,
    {"uphold": "申诉成立，已撤销这项扣分并重新计分。", "dismiss": "申诉不成立，扣分不变。"},
)
