"""The step of the calendar: public holidays of a year, and the days on which the bureau differs."""

from typing import Any

from fastapi import Response

from app.calendars import queries as calendars
from app.calendars.models import FIRST_YEAR, LAST_YEAR, DayCreate, YearLoad
from app.core.calendar import now, today_of
from app.core.errors import Mendable, Problem
from app.core.operation import Reader, performs
from app.core.params import parse_number
from app.setup import operations
from app.setup.models import Step
from web.calendars.pages import LABELS
from web.page import Page, PageContext, page_router, parse
from web.setup.guide import place_of, show

router = page_router()
HERE = place_of(Step.CALENDAR)


def _of(year: int) -> str:
    return f"{HERE}?year={year}"


@router.get(HERE)
async def read_calendar(page: Page) -> Response:
    return await show_calendar(page)


async def show_calendar(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    this = today_of(now()).year
    year = parse_number(FIRST_YEAR, LAST_YEAR)("year", page.params.get("year") or str(this))

    def look(see: Reader) -> dict[str, Any]:
        return {"days": calendars.of_year(see, year)["days"]}

    return await show(
        page, Step.CALENDAR, problem, typed, look, year=year, years=sorted({this, this + 1, year}), labels=LABELS
    )


@router.post("/setup/calendar-days")
@performs(operations.put_day)
async def put_day(page: Page) -> Response:
    typed = await page.form()
    try:
        given = parse(DayCreate, typed)
        await page.run(operations.put_day, given)
    except Mendable as problem:
        return await show_calendar(page, problem, typed)
    return page.after(_of(given.on.year), f"{given.on} 已记为{'上班' if given.is_workday else '休息'}。")


@router.post("/setup/calendar-days/{id}/delete")
@performs(operations.delete_day)
async def delete_day(page: Page, id: int) -> Response:
    typed = await page.form()
    await page.run(operations.delete_day, id)
    return page.after(str(typed["back"] or HERE), "已删除，这一天恢复按周一至周五计算。")


@router.post("/setup/calendar-days/load-year")
@performs(operations.load_year)
async def load_year(page: Page) -> Response:
    loaded = await page.run(operations.load_year, parse(YearLoad, await page.form()).year)
    said = f"已载入 {loaded['year']} 年 {loaded['added']} 天，请与国务院办公厅的放假通知核对。"
    return page.after(_of(loaded["year"]), said)
