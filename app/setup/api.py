"""JSON routes of a bureau's beginning, for its system administrator until it is enabled.

Units, their import and the bureau's own name go by the routes that serve ever after: they are his in any case.
"""

from typing import Any

from fastapi import Response

from app.calendars import queries as calendars
from app.calendars.models import DayCreate, DayRead, YearLoad, YearLoaded
from app.core.http import Context, api_router, path_id
from app.core.operation import Tx, performs
from app.setup import operations, queries
from app.setup.models import AdministratorsName, AdministratorsNamed, SetupRead
from app.units import queries as units
from app.units.models import AliasCreate, AliasRead, GroupCreate, GroupRead

router = api_router("/setup", "首次设置")


@router.get("", responses={200: {"model": SetupRead}})
async def read_setup(ctx: Context) -> Response:
    """What each step has come to, and whether the bureau is enabled."""
    return await ctx.one(queries.one)


@router.post("/administrators", responses={200: {"model": AdministratorsNamed}})
@performs(operations.name_administrators)
async def name_administrators(ctx: Context, body: AdministratorsName) -> Response:
    """Name the three. The answer holds the one-time passwords of those who were named and have not logged in yet."""

    def show(tx: Tx, named: list[dict[str, Any]]) -> dict[str, Any]:
        return {"data": named}

    return await ctx.perform(operations.name_administrators, body, show=show)


@router.post("/unit-aliases", status_code=201, responses={201: {"model": AliasRead}})
@performs(operations.create_alias)
async def create_alias(ctx: Context, body: AliasCreate) -> Response:
    return await ctx.perform(operations.create_alias, body, show=units.one_alias, status=201)


@router.delete("/unit-aliases/{id}", status_code=204)
@performs(operations.delete_alias)
async def delete_alias(ctx: Context, id: int) -> Response:
    return await ctx.perform(operations.delete_alias, path_id(id))


@router.post("/unit-groups", status_code=201, responses={201: {"model": GroupRead}})
@performs(operations.create_group)
async def create_group(ctx: Context, body: GroupCreate) -> Response:
    return await ctx.perform(operations.create_group, body, show=units.one_group, status=201)


@router.post("/calendar-days", status_code=201, responses={200: {"model": DayRead}, 201: {"model": DayRead}})
@performs(operations.put_day)
async def put_day(ctx: Context, body: DayCreate) -> Response:
    """201 for a new day, 200 where the day was there and now is as given."""
    return await ctx.perform(
        operations.put_day,
        body,
        show=lambda see, put: calendars.one_day(see, put.row_id),
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
    return await ctx.perform(operations.load_year, body.year, show=lambda tx, loaded: loaded)


@router.post("/enable", responses={200: {"model": SetupRead}})
@performs(operations.enable)
async def enable(ctx: Context) -> Response:
    """The bureau begins its work, once; from then on this noun only reads."""
    return await ctx.perform(operations.enable, show=lambda tx, _: queries.one(tx))
