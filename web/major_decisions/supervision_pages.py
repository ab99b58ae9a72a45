"""The page of who supervises which category."""

from typing import Any

from fastapi import Response

from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import performs
from app.core.policy import Role
from app.major_decisions import supervision, tables
from app.major_decisions.schemas import SupervisionCreate, SupervisionPatch
from app.units import queries as units
from web.major_decisions.words import LABELS, WORDS
from web.page import Page, PageContext, add_edit_page, page_router, parse
from web.tables import add_exports

router = page_router()
HOME = "/decision-supervisions"
add_exports(router, HOME, tables.SUPERVISIONS)


@router.get(HOME)
async def list_supervisions(page: Page) -> Response:
    return await show_list(page)


async def show_list(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    found = await page.listed(supervision.LIST, supervision.present)
    taken = await page.read(supervision.by_category)
    may_keep = page.actor.has(Role.SUPERVISOR)
    return await page.render(
        "major_decisions/supervisions.html",
        page_title="三重一大监督分工",
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        found=found,
        may_keep=may_keep,
        left=[(category, label) for category, label in WORDS["categories"].items() if category not in taken],
        offices=await page.read(units.offices) if may_keep else [],
        **WORDS,
    )


@router.post(HOME)
@performs(supervision.create)
async def create_supervision(page: Page) -> Response:
    typed = await page.form()
    try:
        await page.run(supervision.create, parse(SupervisionCreate, typed))
    except Mendable as problem:
        return await show_list(page, problem, typed)
    return page.after(HOME, "已设置。这一股室从现在起可以看到全区这一类事项。")


@router.get(HOME + "/{id}")
async def one_supervision(page: Page, id: int) -> Response:
    return await show(page, id)


async def show(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    row = await page.read(supervision.one, path_id(id))
    return await page.render(
        "major_decisions/supervision.html",
        page_title="三重一大监督分工",
        problem=problem,
        row=row,
        typed={**row, **(typed or {})},
        labels=LABELS,
        offices=await page.read(units.offices),
        **WORDS,
    )


add_edit_page(router, HOME + "/{id}", supervision.edit, SupervisionPatch, show)


@router.post(HOME + "/{id}/delete")
@performs(supervision.delete)
async def delete_supervision(page: Page, id: int) -> Response:
    await page.form()
    try:
        await page.run(supervision.delete, path_id(id))
    except Mendable as problem:
        return await show(page, id, problem)
    return page.after(HOME, "已取消，这一类暂由督查室监督。")
