"""Pages of the ladder: its rungs, and one of them."""

from typing import Any

from fastapi import Response

from app.accountability import ladder, queries, tables, triggers
from app.accountability.models import RungCreate, RungPatch
from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import performs
from app.core.policy import Role
from web.accountability.words import LABELS, WORDS
from web.page import Page, PageContext, add_edit_page, page_router, parse
from web.tables import add_exports

router = page_router()
HOME = "/accountability-rungs"
add_exports(router, HOME, tables.RUNGS)


@router.get(HOME)
async def list_rungs(page: Page) -> Response:
    return await show_list(page)


async def show_list(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    found = await page.listed(queries.RUNG_LIST, queries.present_rung)
    kinds = [(kind, triggers.SOURCES[kind].in_words("N")) for kind in triggers.ladder_kinds()]
    return await page.render(
        "accountability/rungs.html",
        page_title="问责阶梯",
        problem=problem,
        typed=typed or {"enabled": True},
        labels=LABELS,
        found=found,
        trigger_kinds=kinds,
        may_keep=page.actor.has(Role.SUPERVISOR),
        **WORDS,
    )


def _given(typed: dict[str, Any]) -> dict[str, Any]:
    """A box that is not ticked is not sent."""
    return {**typed, "enabled": typed.get("enabled") or "off"}


@router.post(HOME)
@performs(ladder.create)
async def create_rung(page: Page) -> Response:
    typed = await page.form()
    try:
        await page.run(ladder.create, parse(RungCreate, _given(typed)))
    except Mendable as problem:
        return await show_list(page, problem, typed)
    return page.after(HOME, "已加入阶梯，每天自动按阶梯提出。")


@router.get(HOME + "/{id}")
async def one_rung(page: Page, id: int) -> Response:
    return await show(page, id)


async def show(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    row = await page.read(queries.one_rung, path_id(id))
    return await page.render(
        "accountability/rung.html",
        page_title="问责阶梯",
        problem=problem,
        row=row,
        typed={**row, **(typed or {})},
        labels=LABELS,
        **WORDS,
    )


add_edit_page(router, HOME + "/{id}", ladder.edit, RungPatch, show, given=_given)
