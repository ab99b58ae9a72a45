"""One row: what is asked, what was done, and the forms of whoever may go on with it."""

from typing import Any

from fastapi import Response

from app.assignments import operations as ops
from app.assignments import queries
from app.assignments.models import ReportCreate, UrgingCreate
from app.assignments.rules import WORKFLOW
from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.timeline import Entry
from app.evidence.queries import linked
from app.extensions import queries as extensions
from web.assignments.words import LABELS, WORDS
from web.page import Page, PageContext, add_step_pages, page_router, parse

router = page_router()
HOME = "/assignments/{id}"
FAILED = {
    "submit": "没有提交成功",
    "complete": "没有办结成功",
    "send-back": "没有退回成功",
    "urgings": "没有催办成功",
    "extensions": "没有提交延期申请",
}
NOTED = {
    "decline": ("退签这项任务？", "退签后由督查室决定重新下发、免办或撤销。", "退签理由"),
    "reopen": ("重新办理这项任务？", "已办结的任务回到办理中，由原单位继续办理，时限不变。", "理由"),
    "waive": ("这项任务免办？", "免办后不计入办结率，已有进展和资料保留。", "免办理由"),
    "cancel": ("撤销这项任务？", "撤销后不再办理，已有进展和资料保留。", "撤销理由"),
}
"""Steps with a dialog of their own: what is asked, what happens next, the note's label."""


@router.get(HOME)
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, row_id: int) -> dict[str, Any]:
    row = queries.one(see, row_id)
    return {
        "row": row,
        "evidence": linked(see, "assignments", row_id),
        "extensions": extensions.of(see, assignment_id=row_id),
        "timeline": [Entry(**entry) for entry in row["timeline"]],
        "today": see.today,
    }


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    gathered = await page.read(_gather, path_id(id))
    row = gathered["row"]
    step = page.request.url.path.rsplit("/", 1)[-1]
    return await page.render(
        "assignments/one.html",
        page_title=f"{row['item_title']} · {row['unit_name']}",
        problem=problem,
        typed=typed or {},
        step=step if problem else "",
        labels=LABELS,
        failed=FAILED.get(step, "没有保存成功"),
        noted=NOTED,
        required=[(kind["label"], kind["count"]) for kind in row["required_evidence"]],
        transitions=WORKFLOW.transitions,
        **gathered,
        **WORDS,
    )


SAID = {
    "acknowledge": "已签收。请在办理中填报进展、上传印证资料，完成后提交审核。",
    "submit": "已提交审核。审核通过后办结，如被退回请按意见补充。",
    "withdraw": "已撤回。修改后请再次提交审核。",
    "complete": "已办结。",
    "send_back": "已退回，由原单位继续办理，时限不变。",
    "decline": "已退签，由督查室决定重新下发、免办或撤销。",
    "redispatch": "已重新下发，等待签收。",
    "reopen": "已重新办理，由原单位继续。",
    "waive": "已免办，不计入办结率。",
    "cancel": "已撤销，已有进展和资料保留。",
}
add_step_pages(router, WORKFLOW, ops.STEPS, HOME, show, SAID)


@router.post(HOME + "/progress-reports")
@performs(ops.report)
async def report(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.report, path_id(id), parse(ReportCreate, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"/assignments/{id}", "已保存进展。资料齐全后请提交审核。")


@router.post(HOME + "/urgings")
@performs(ops.urge)
async def urge(page: Page, id: int) -> Response:
    typed = await page.form()
    back = str(typed.pop("back", "") or f"/assignments/{id}")
    try:
        await page.run(ops.urge, path_id(id), parse(UrgingCreate, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(back, "已催办，记入办理过程。")
