"""The page of which offices look through which kind of brief."""

from typing import Any

from fastapi import Response

from app.briefs import reviewing, tables
from app.briefs.models import BriefReviewerCreate
from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import performs
from app.core.policy import Role
from app.units import queries as units
from web.briefs.words import LABELS, WORDS
from web.page import Page, PageContext, page_router, parse
from web.tables import add_exports

router = page_router()
HOME = "/brief-reviewers"
add_exports(router, HOME, tables.REVIEWERS)


@router.get(HOME)
async def list_reviewers(page: Page) -> Response:
    return await show_list(page)


async def show_list(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    found = await page.listed(reviewing.LIST, reviewing.present)
    may_keep = page.actor.has(Role.SUPERVISOR)
    return await page.render(
        "briefs/reviewers.html",
        page_title="简报审阅分工",
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        found=found,
        may_keep=may_keep,
        offices=await page.read(units.offices) if may_keep else [],
        **WORDS,
    )


@router.post(HOME)
@performs(reviewing.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        await page.run(reviewing.create, parse(BriefReviewerCreate, typed))
    except Mendable as problem:
        return await show_list(page, problem, typed)
    return page.after(HOME, "已指定，待选的从现在起这一股室也看得到。")


@router.post(HOME + "/{id}/delete")
@performs(reviewing.delete)
async def delete(page: Page, id: int) -> Response:
    await page.form()
    try:
        await page.run(reviewing.delete, path_id(id))
    except Mendable as problem:
        return await show_list(page, problem)
    return page.after(HOME, "已取消。")
