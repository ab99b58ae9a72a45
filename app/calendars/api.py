"""JSON routes of the calendar: days that differ from Monday to Friday, and school terms."""

from typing import Any

from fastapi import Response

from app.calendars import operations, queries, tables
from app.calendars.models import DayCreate, DayRead, TermCreate, TermRead, YearLoad, YearLoaded
from app.core.exports import add_exports
from app.core.http import Context, api_router, path_id
from app.core.openapi import lists
from app.core.operation import performs

router = api_router("", "工作日历")


@router.get("/calendar-days", **lists(queries.DAYS, DayRead))
async def list_days(ctx: Context) -> Response:
    """Days off and weekends worked; every other day follows Monday to Friday."""
    return await ctx.page(queries.DAYS, queries.present_day)


@router.post("/calendar-days", status_code=201, responses={200: {"model": DayRead}, 201: {"model": DayRead}})
@performs(operations.put_day)
async def put_day(ctx: Context, body: DayCreate) -> Response:
    """201 for a new day, 200 where the day was there and now is as given."""
    return await ctx.perform(
        operations.put_day,
        body,
        show=lambda see, put: queries.one_day(see, put.row_id),
        status=lambda put: 201 if put.created else 200,
    )


@router.delete("/calendar-days/{id}", status_code=204)
@performs(operations.delete_day)
async def delete_day(ctx: Context, id: int) -> Response:
    return await ctx.perform(operations.delete_day, path_id(id))


@router.post("/calendar-days/load-year", responses={200: {"model": YearLoaded}})
@performs(operations.load_year)
async def load_year(ctx: Context, body: YearLoad) -> Response:
    """Add the public holidays of a year and the weekends worked for them: ``{"year", "added"}``."""
    return await ctx.perform(operations.load_year, body.year, show=_as_is)


@router.get("/school-terms", **lists(queries.TERMS, TermRead))
async def list_terms(ctx: Context) -> Response:
    return await ctx.page(queries.TERMS, queries.present_term)


@router.post("/school-terms", status_code=201, responses={201: {"model": TermRead}})
@performs(operations.create_term)
async def create_term(ctx: Context, body: TermCreate) -> Response:
    return await ctx.perform(operations.create_term, body, show=queries.one_term, status=201)


@router.delete("/school-terms/{id}", status_code=204)
@performs(operations.delete_term)
async def delete_term(ctx: Context, id: int) -> Response:
    return await ctx.perform(operations.delete_term, path_id(id))


def _as_is(see: Any, result: dict[str, int]) -> dict[str, int]:
    return result


add_exports(router, "/calendar-days", tables.DAYS)
add_exports(router, "/school-terms", tables.TERMS)
