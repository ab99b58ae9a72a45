"""Pages of breakdowns: the list, steps and measures line by line, what has none, drawing one up row by row, and one
with its steps."""

from typing import Any

from fastapi import Response

from app.appointments.holders import with_leader, with_responsible
from app.appointments.queries import LIST as PEOPLE
from app.breakdowns import measure_list, queries, step_list, tables
from app.breakdowns import operations as ops
from app.breakdowns.models import MOST_MEASURES, MOST_STEPS, BreakdownCreate, BreakdownPatch, BreakdownState, StepMark
from app.breakdowns.rules import MAKERS, WORKFLOW
from app.core.calendar import now, today_of
from app.core.errors import Forbidden, Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.policy import require
from app.units.models import KIND_LABELS
from web.breakdowns.words import LABELS, MEASURE_LABELS, STEP_LABELS, WORDS
from web.page import Page, PageContext, Typed, add_bulk_page, add_step_pages, offered, page_router, parse, version_of
from web.tables import add_exports, add_sheet

router = page_router()
FAILED = {
    "submit": "没有提交成功",
    "withdraw": "没有撤回",
    "confirm": "没有确认",
    "send-back": "没有退回成功",
    "mark": "没有标记成功",
    "delete": "没有删除",
}
SPARE = 3
"""Empty rows behind those that are filled in."""

add_exports(router, "/breakdowns", tables.BREAKDOWNS)
add_exports(router, "/breakdowns/missing", tables.MISSING)
add_exports(router, "/breakdowns/steps", tables.STEPS)
add_exports(router, "/breakdown-measures", tables.MEASURES)
add_sheet(router, "/breakdowns/steps", tables.STEPS, "/breakdowns/steps")
add_sheet(router, "/breakdown-measures", tables.MEASURES, "/breakdown-measures")


@router.get("/breakdowns")
async def list_(page: Page) -> Response:
    return await show_list(page)


async def show_list(page: PageContext, **told: Any) -> Response:
    found = await page.listed(queries.LIST, queries.present, with_responsible)
    return await page.render(
        "breakdowns/list.html",
        block="rows",
        page_title="任务分解",
        found=found,
        params=Typed(found.params),
        may_make=page.actor.has(*MAKERS),
        bulk=offered(WORKFLOW, ops.BULK, found.rows),
        **WORDS,
        **told,
    )


add_bulk_page(
    router,
    WORKFLOW,
    ops.bulk,
    "/breakdowns",
    show_list,
    queries.LIST,
    lambda row: f"第{row.item_number}项 {row.item_title}（{row.unit_name}）",
)


@router.get("/breakdowns/missing")
async def missing(page: Page) -> Response:
    found = await page.listed(queries.MISSING, queries.present_missing, with_responsible)
    return await page.render(
        "breakdowns/missing.html",
        page_title="未分解任务",
        found=found,
        params=Typed(found.params),
        mine=page.actor.units,
        unit_kinds=KIND_LABELS,
        **WORDS,
    )


@router.get("/breakdowns/steps")
async def steps(page: Page) -> Response:
    found = await page.listed(step_list.LIST, step_list.present, with_leader)
    return await page.render(
        "breakdowns/steps_table.html",
        page_title="任务分解表",
        found=found,
        params=Typed(found.params),
        **WORDS,
    )


@router.get("/breakdown-measures")
async def measures(page: Page) -> Response:
    found = await page.listed(measure_list.LIST, measure_list.present, with_responsible)
    return await page.render(
        "breakdowns/measures_table.html",
        page_title="考核指标表",
        found=found,
        params=Typed(found.params),
        may_make=page.actor.has(*MAKERS),
        **WORDS,
    )


# Drawing one up


@router.get("/breakdowns/new")
async def new(page: Page) -> Response:
    require(page.actor, *MAKERS)
    return await _new(page, {"assignment_id": page.params.get("assignment_id", "")})


async def _new(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    offered, has_previous = await page.read(queries.choices)
    return await page.render(
        "breakdowns/new.html",
        page_title="分解任务",
        problem=problem,
        typed=typed,
        labels=LABELS,
        offered=offered,
        has_previous=has_previous,
    )


@router.post("/breakdowns")
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.create, parse(BreakdownCreate, typed))
    except Mendable as problem:
        return await _new(page, typed, problem)
    return page.after(f"/breakdowns/{made}/edit", "已新建草稿。请填写步骤和考核指标，然后提交审核。")


@router.get("/breakdowns/{id}/edit")
async def edit_form(page: Page, id: int) -> Response:
    return await _edit_page(page, id)


def _people(see: Reader, unit_id: int) -> list[tuple[str, str]]:
    """(name, post) of those who hold a post at the unit today, for the responsible person's field."""
    asked = PEOPLE.asked({"unit_id": str(unit_id), "valid_on": see.today.isoformat(), "limit": "100"})
    rows, _ = PEOPLE.page(see, asked)
    return list(dict.fromkeys((row.name, row.post) for row in rows))


def _gather_edit(see: Reader, breakdown_id: int) -> dict[str, Any]:
    row = queries.one(see, breakdown_id)
    return {"row": row, "people": _people(see, row["unit_id"])}


async def _edit_page(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    gathered = await page.read(_gather_edit, path_id(id))
    row = gathered["row"]
    if problem is None and "edit" not in row["allowed_actions"]:
        raise Forbidden("这一份现在不能由您修改")
    steps = _rows(typed, "step", STEP_LABELS) if typed else row["steps"]
    measures = _rows(typed, "measure", MEASURE_LABELS) if typed else row["measures"]
    rows = {
        "steps": _with_spare(steps, STEP_LABELS, MOST_STEPS),
        "measures": _with_spare(measures, MEASURE_LABELS, MOST_MEASURES),
    }
    return await page.render(
        "breakdowns/edit.html",
        page_title="分解任务",
        problem=problem,
        typed=typed or {},
        labels=LABELS | _labels("steps", STEP_LABELS, rows) | _labels("measures", MEASURE_LABELS, rows),
        steps=rows["steps"],
        measures=rows["measures"],
        **gathered,
    )


def _labels(name: str, labels: dict[str, str], rows: dict[str, list[Any]]) -> dict[str, str]:
    """``steps/2/person`` → 第 3 行责任人."""
    return {
        f"{name}/{place}/{field}": f"第 {place + 1} 行{label}"
        for place in range(len(rows[name]))
        for field, label in labels.items()
    }


def _with_spare(rows: list[dict[str, Any]], labels: dict[str, str], most: int) -> list[dict[str, Any]]:
    """Rows of a form: every field is there, an empty text where nothing is."""
    spare: list[dict[str, Any]] = [{}] * min(SPARE, max(most - len(rows), 0))
    return [{field: "" if row.get(field) is None else row[field] for field in labels} for row in [*rows, *spare]]


def _rows(typed: dict[str, Any], name: str, labels: dict[str, str]) -> list[dict[str, Any]]:
    """Rows of a form as typed, without those in which nothing was written."""
    columns = {field: _column(typed, f"{name}_{field}") for field in labels if f"{name}_{field}" in typed}
    length = max((len(values) for values in columns.values()), default=0)
    rows = [{field: values[n] for field, values in columns.items() if n < len(values)} for n in range(length)]
    return [row for row in rows if any(value for field, value in row.items() if field != "line")]


def _column(typed: dict[str, Any], name: str) -> list[str]:
    value = typed[name]
    return value if isinstance(value, list) else [value]


def _given(typed: Typed) -> dict[str, Any]:
    """The form's rows as the API takes them: empty cells are absent, figures are figures."""
    found = {}
    if "step_text" in typed:
        found["steps"] = [_entry(row, "line") for row in _rows(typed, "step", STEP_LABELS)]
    if "measure_text" in typed:
        found["measures"] = [_entry(row, "weight") for row in _rows(typed, "measure", MEASURE_LABELS)]
    return found


def _entry(row: dict[str, Any], figure: str) -> dict[str, Any]:
    found = {field: value for field, value in row.items() if value != ""}
    digits = str(found.get(figure, ""))
    return found | ({figure: int(digits)} if digits.isascii() and digits.isdigit() and len(digits) < 6 else {})


@router.post("/breakdowns/{id}/edit")
@performs(ops.edit)
async def edit(page: Page, id: int) -> Response:
    typed = await page.form()
    more = bool(typed.pop("more", ""))
    try:
        version = version_of(typed)
        await page.run(ops.edit, path_id(id), parse(BreakdownPatch, _given(typed)), version)
    except Mendable as problem:
        return await _edit_page(page, id, problem, typed)
    if more:
        return page.after(f"/breakdowns/{id}/edit", "已保存，请继续填写。")
    return page.saved(f"/breakdowns/{id}", "已保存。填写完后请提交审核。")


# One


@router.get("/breakdowns/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, breakdown_id: int) -> dict[str, Any]:
    row, told = queries.with_history(see, breakdown_id)
    return {"row": row, "timeline": told}


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    gathered = await page.read(_gather, path_id(id))
    step = page.request.url.path.rpartition("/")[2]
    return await page.render(
        "breakdowns/one.html",
        page_title=f"任务分解 · {gathered['row']['unit_name']}",
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        failed=FAILED.get(step, "没有办成"),
        today=today_of(now()).isoformat(),
        **gathered,
        **WORDS,
    )


@router.post("/breakdowns/{id}/mark")
@performs(ops.mark)
async def mark(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.mark, path_id(id), parse(StepMark, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.saved(f"/breakdowns/{id}", "已标记完成。" if typed["done_on"] else "已取消完成标记。")


@router.post("/breakdowns/{id}/delete")
@performs(ops.delete)
async def delete(page: Page, id: int) -> Response:
    await page.form()
    try:
        await page.run(ops.delete, path_id(id))
    except Mendable as problem:
        return await show(page, id, problem)
    return page.after("/breakdowns", "已删除草稿。")


def _submitted(see: Reader, breakdown_id: int) -> str:
    confirmed = any(each["state"] == BreakdownState.CONFIRMED for each in queries.one(see, breakdown_id)["versions"])
    return f"已提交审核。{'审核通过前，已确认的上一版照常有效。' if confirmed else '审核通过后按这一版办理。'}"


add_step_pages(
    router,
    WORKFLOW,
    ops.STEPS,
    "/breakdowns/{id}",
    show,
    {
        "submit": _submitted,
        "withdraw": "已撤回。修改后请再次提交审核。",
        "confirm": "已确认，从现在起按这一版办理。",
        "send_back": "已退回，由本单位修改后再提交。",
    },
)
