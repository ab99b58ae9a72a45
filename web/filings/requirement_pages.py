"""Pages of what is to be filed: the kinds, of whom, until when, and who looks through them."""

from typing import Any

from fastapi import Response

from app.core import calendar
from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.policy import Role
from app.filings import operations as ops
from app.filings import queries, tables
from app.filings.models import YEARLY, RequirementCreate, RequirementPatch
from app.filings.owing import Owed, to_file
from app.units import queries as units
from web.filings.words import LABELS, LAMPS, WORDS
from web.page import Page, PageContext, add_edit_page, page_router, parse
from web.tables import add_exports

router = page_router()
HOME = "/filing-requirements"
add_exports(router, HOME, tables.REQUIREMENTS)


def _choices(see: Reader) -> dict[str, Any]:
    return {"groups": units.group_choices(see), "offices": units.offices(see)}


@router.get(HOME)
async def list_requirements(page: Page) -> Response:
    return await show_list(page)


async def show_list(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    found = await page.listed(queries.REQUIREMENT_LIST, queries.present_requirement)
    may_keep = page.actor.has(Role.SUPERVISOR)
    return await page.render(
        "filings/requirements.html",
        page_title="备案要求",
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        found=found,
        may_keep=may_keep,
        **(await page.read(_choices) if may_keep else {}),
        **WORDS,
    )


def _owed(see: Reader, owed: Owed) -> dict[str, Any]:
    """A unit of one's own that has not filed, and where that is done."""
    lamp, words, _ = calendar.lamp(owed.due, see.today, see.workdays, see.settings.lamp_days)
    year = f"&year={owed.year}" if owed.kind in YEARLY else ""
    new = f"/filings/new?unit_id={owed.unit_id}&kind={owed.kind.value}{year}"
    href = f"/filings/{owed.draft_id}" if owed.draft_id else new
    return {**owed._asdict(), "lamp": LAMPS[lamp], "lamp_words": words, "href": href}


def _given(typed: dict[str, Any]) -> dict[str, Any]:
    """A box that is not ticked is not sent."""
    return {**typed, "yearly": typed.get("yearly") or "off"}


@router.post(HOME)
@performs(ops.create_requirement)
async def create_requirement(page: Page) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.create_requirement, parse(RequirementCreate, _given(typed)))
    except Mendable as problem:
        return await show_list(page, problem, typed)
    return page.after(HOME, "已列入备案要求，备案情况表从现在起统计。")


@router.get(HOME + "/{id}")
async def one_requirement(page: Page, id: int) -> Response:
    return await show(page, id)


async def show(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    def query(see: Reader) -> dict[str, Any]:
        row = queries.one_requirement(see, path_id(id))
        owed = [_owed(see, each) for each in to_file(see) if each.requirement_id == id]
        return {"row": row, "owed": owed, **_choices(see)}

    found = await page.read(query)
    return await page.render(
        "filings/requirement.html",
        page_title="备案要求",
        problem=problem,
        typed={**found["row"], **(typed or {})},
        labels=LABELS,
        **found,
        **WORDS,
    )


add_edit_page(router, HOME + "/{id}", ops.edit_requirement, RequirementPatch, show, given=_given)


@router.post(HOME + "/{id}/delete")
@performs(ops.delete_requirement)
async def delete_requirement(page: Page, id: int) -> Response:
    await page.form()
    try:
        await page.run(ops.delete_requirement, path_id(id))
    except Mendable as problem:
        return await show(page, id, problem)
    return page.after(HOME, "已不再要求，已备案的保留。")
