"""Extensions on pages: asking at the row, a leader's decision, and the list of what waits."""

from typing import Any

from fastapi import Response

from app.appointments.holders import with_responsible
from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import performs
from app.extensions import operations as ops
from app.extensions import queries, tables
from app.extensions.models import ExtensionCreate
from app.extensions.rules import WORKFLOW
from web.assignments.one import show as show_row
from web.assignments.words import LABELS, WORDS
from web.page import Page, PageContext, add_step_pages, page_router, parse
from web.tables import add_exports

router = page_router()
add_exports(router, "/extensions", tables.EXTENSIONS)


@router.post("/assignments/{id}/extensions")
@performs(ops.request_for_assignment)
async def request_extension(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.request_for_assignment, path_id(id), parse(ExtensionCreate, typed))
    except Mendable as problem:
        return await show_row(page, id, problem, typed)
    return page.after(f"/assignments/{id}", "已申请延期，由局领导批准；批准前时限不变。")


@router.get("/extensions")
async def list_(page: Page) -> Response:
    found = await page.listed(queries.LIST, queries.present, with_responsible)
    return await page.render("assignments/extensions.html", block="rows", page_title="延期申请", found=found, **WORDS)


@router.get("/extensions/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    return await page.render(
        "assignments/extension.html",
        page_title="延期申请",
        row=await page.read(queries.one, path_id(id)),
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        **WORDS,
    )


SAID = {"approve": "已批准延期，完成时限随之顺延。", "refuse": "未批准延期，完成时限不变。"}
add_step_pages(router, WORKFLOW, {"approve": ops.approve, "refuse": ops.refuse}, "/extensions/{id}", show, SAID)
