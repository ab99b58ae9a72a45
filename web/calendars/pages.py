"""The bureau's calendar as one page: a year's days off and worked weekends, and the school terms."""

from typing import Any

from fastapi import Response

from app.assignments.words import dated
from app.calendars import operations, queries, tables
from app.calendars.models import FIRST_YEAR, LAST_YEAR, DayCreate, TermCreate, YearLoad
from app.core.calendar import now, today_of
from app.core.errors import Mendable, Problem
from app.core.operation import performs
from app.core.params import parse_number
from app.core.policy import Role
from web.page import Page, PageContext, page_router, parse
from web.tables import add_exports

router = page_router()
add_exports(router, "/calendar-days", tables.DAYS)
add_exports(router, "/school-terms", tables.TERMS)
YEARS = range(FIRST_YEAR, LAST_YEAR + 1)
LABELS = {
    "on": "日期",
    "is_workday": "当天",
    "name": "名称",
    "term": "学期",
    "starts_on": "开始日期",
    "ends_on": "结束日期",
}


@router.get("/calendar")
async def read_calendar(page: Page) -> Response:
    return await show(page)


async def show(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    asked = page.request.query_params.get("year") or str(today_of(now()).year)
    year = parse_number(FIRST_YEAR, LAST_YEAR)("year", asked)
    found = await page.read(queries.of_year, year)
    return await page.render(
        "calendars/calendar.html",
        page_title="工作日历",
        year=year,
        beside=[each for each in (year - 1, year + 1) if each in YEARS],
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        may_keep=page.actor.has(Role.SUPERVISOR),
        choices=_terms_to_come(year, [term["name"] for term in found["terms"]], (typed or {}).get("term")),
        **found,
    )


def _terms_to_come(year: int, registered: list[str], typed: str | None) -> list[tuple[str, str]]:
    """Those of the school years about a year that are not registered yet; and what came back with a mistake."""
    names = [f"{each}-T{n}" for each in (year - 1, year, year + 1) if each in YEARS for n in (1, 2)]
    choices = [(name, dated(name)) for name in names if name not in registered]
    return choices if not typed or typed in dict(choices) else [*choices, (typed, typed)]


@router.post("/calendar-days")
@performs(operations.put_day)
async def put_day(page: Page) -> Response:
    typed = await page.form()
    try:
        given = parse(DayCreate, typed)
        await page.run(operations.put_day, given)
    except Mendable as problem:
        return await show(page, problem, typed)
    word = "上班" if given.is_workday else "休息"
    return page.after(f"/calendar?year={given.on.year}", f"{given.on} 已记为{word}，时限和亮灯随之重新计算。")


@router.post("/calendar-days/{id}/delete")
@performs(operations.delete_day)
async def delete_day(page: Page, id: int) -> Response:
    typed = await page.form()
    await page.run(operations.delete_day, id)
    return page.after(str(typed.get("back") or "/calendar"), "已删除，这一天恢复按周一至周五计算。")


@router.post("/calendar-days/load-year")
@performs(operations.load_year)
async def load_year(page: Page) -> Response:
    loaded = await page.run(operations.load_year, parse(YearLoad, await page.form()).year)
    said = f"已载入 {loaded['year']} 年 {loaded['added']} 天，请与国务院办公厅的放假通知核对。"
    return page.after(f"/calendar?year={loaded['year']}", said)


@router.post("/school-terms")
@performs(operations.create_term)
async def create_term(page: Page) -> Response:
    typed = await page.form()
    try:
        given = parse(TermCreate, {"name": typed["term"], **{key: typed[key] for key in ("starts_on", "ends_on")}})
        await page.run(operations.create_term, given)
    except Mendable as problem:
        problem.errors = tuple(e._replace(pointer="/term") if e.pointer == "/name" else e for e in problem.errors)
        return await show(page, problem, typed)
    return page.after("/calendar#terms", f"{dated(given.name)}已登记，按学期的任务以此分期。")


@router.post("/school-terms/{id}/delete")
@performs(operations.delete_term)
async def delete_term(page: Page, id: int) -> Response:
    typed = await page.form()
    await page.run(operations.delete_term, id)
    return page.after(str(typed.get("back") or "/calendar"), "学期已删除。")
