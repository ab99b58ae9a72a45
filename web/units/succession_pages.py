"""Units that go: what a merging or closing would do, and doing it; and a new name."""

from typing import Any

from fastapi import Response

from app.core.calendar import now, today_of
from app.core.errors import Mendable, Problem
from app.core.operation import Reader, performs
from app.core.params import parse_date, parse_id
from app.succession import operations, preview
from app.units import queries
from app.units.models import KIND_LABELS, UnitKind
from app.units.succession_models import CloseCreate, MergeCreate, RenameCreate
from web.page import Page, PageContext, Typed, page_router, parse
from web.units.pages import show

router = page_router()
LABELS = {"successor_id": "承接单位", "effective_on": "生效日期", "reason": "依据、原因", "across_kinds": "类别"}
MERGED = "已并入。未办结的事项由承接单位继续办理，原单位的历史保留。"
CLOSED = "已撤销。没有签收的任务已撤销，已在办理的标为待处置。"


@router.get("/units/{id}/merge")
async def preview_merge(page: Page, id: int) -> Response:
    return await show_merge(page, id, typed=Typed(page.params))


@router.post("/units/{id}/merge")
@performs(operations.merge)
async def merge(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(operations.merge, id, parse(MergeCreate, typed))
    except Mendable as problem:
        return await show_merge(page, id, problem, typed)
    return page.after(f"/units/{id}", MERGED)


async def show_merge(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    """The form, and with a successor what would follow."""
    typed = Typed(typed or {})
    unit = await page.read(_going, id)
    found = None
    if problem is None or not problem.errors:
        try:
            await page.read(preview.going, id)
            day = _day(typed)
            if typed["successor_id"]:
                successor_id = parse_id("successor_id", typed["successor_id"])
                found = await page.read(preview.preview_merge, id, successor_id, day)
        except Mendable as refused:
            problem = problem or refused
    choices = await page.read(queries.choices, *preview.family(UnitKind(unit["kind"])))
    others = [(unit_id, name) for unit_id, name, _ in choices if unit_id != id]
    return await _render(page, "merge", unit, found, problem, typed, others=others)


@router.get("/units/{id}/close")
async def preview_close(page: Page, id: int) -> Response:
    return await show_close(page, id, typed=Typed(page.params))


@router.post("/units/{id}/close")
@performs(operations.close)
async def close(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(operations.close, id, parse(CloseCreate, typed))
    except Mendable as problem:
        return await show_close(page, id, problem, typed)
    return page.after(f"/units/{id}", CLOSED)


async def show_close(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    typed = Typed(typed or {})
    unit = await page.read(_going, id)
    found = None
    if problem is None or not problem.errors:
        try:
            found = await page.read(preview.preview_close, id, _day(typed))
        except Mendable as refused:
            problem = problem or refused
    return await _render(page, "close", unit, found, problem, typed)


def _going(see: Reader, unit_id: int) -> dict[str, Any]:
    """Of a unit that has gone already its page says so."""
    preview.may_end(see, unit_id)
    return queries.one(see, unit_id)


def _day(typed: Typed) -> Any:
    return parse_date("effective_on", typed["effective_on"]) if typed["effective_on"] else None


async def _render(
    page: PageContext,
    act: str,
    unit: dict[str, Any],
    found: Any,
    problem: Problem | None,
    typed: Typed,
    **more: Any,
) -> Response:
    return await page.render(
        "units/ending.html",
        page_title="撤并" if act == "merge" else "撤销",
        problem=problem,
        typed=typed,
        labels=LABELS,
        act=act,
        unit=unit,
        found=found,
        kinds=KIND_LABELS,
        today=today_of(now()).isoformat(),
        **more,
    )


@router.post("/units/{id}/rename")
@performs(operations.rename)
async def rename(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(operations.rename, id, parse(RenameCreate, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"/units/{id}", "已更名。原名称记为曾用名，方案和查找仍认得。")
