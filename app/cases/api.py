"""Cases over JSON, for those who know of them; their circulars for the district."""

from typing import Any

from fastapi import APIRouter, Response

from app.cases import handlers, queries, tables
from app.cases import operations as ops
from app.cases.models import (
    CaseCreate,
    CaseDetail,
    CaseLeftAlone,
    CaseOfficePut,
    CaseOfficeRead,
    CasePatch,
    CaseRead,
    CircularRead,
    HandlerOf,
    NoteCreate,
    TakeOver,
)
from app.cases.rules import WORKFLOW
from app.core.exports import add_exports
from app.core.http import Context, add_steps, api_router, path_id
from app.core.openapi import lists
from app.core.operation import performs

cases = api_router("/cases", "案件线索")
circulars = api_router("/case-circulars", "案件通报")
offices = api_router("/case-offices", "承办股室")
DETAIL: dict[int | str, dict[str, Any]] = {200: {"model": CaseDetail}}
MADE: dict[int | str, dict[str, Any]] = {201: {"model": CaseDetail}}


@cases.get("", **lists(queries.LIST, CaseRead))
async def list_(ctx: Context) -> Response:
    """The cases that the actor knows of, newest first."""
    return await ctx.page(queries.LIST, queries.present)


add_exports(cases, "", tables.CASES)


@cases.post("", status_code=201, responses=MADE)
@performs(ops.create)
async def create(ctx: Context, body: CaseCreate) -> Response:
    """A clue; whoever registers it is its first handler."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@cases.get("/left-alone", **lists(handlers.LEFT_ALONE, CaseLeftAlone))
async def list_left_alone(ctx: Context) -> Response:
    """Cases that nobody can handle any more, for who may take them over: the supervisor, and the stationed team."""
    return await ctx.page(handlers.LEFT_ALONE, handlers.present_left_alone)


add_exports(cases, "/left-alone", tables.LEFT_ALONE)


@cases.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@cases.patch("/{id}", responses=DETAIL)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: CasePatch) -> Response:
    """Until it is concluded."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@cases.post("/{id}/notes", status_code=201, responses=MADE)
@performs(ops.add_note)
async def add_note(ctx: Context, id: int, body: NoteCreate) -> Response:
    """What was found out."""
    return await ctx.perform(ops.add_note, path_id(id), body, show=queries.one, status=201)


@cases.post("/{id}/add-handler", responses=DETAIL)
@performs(ops.add_handler)
async def add_handler(ctx: Context, id: int, body: HandlerOf) -> Response:
    """Who knows of it from now on."""
    return await ctx.perform(ops.add_handler, path_id(id), body, show=queries.one)


@cases.post("/{id}/remove-handler", status_code=204)
@performs(ops.remove_handler)
async def remove_handler(ctx: Context, id: int, body: HandlerOf) -> Response:
    """Who knows nothing of it from now on; it may be oneself."""
    return await ctx.perform(ops.remove_handler, path_id(id), body)


@cases.post("/{id}/take-over", responses=DETAIL)
@performs(ops.take_over)
async def take_over(ctx: Context, id: int, body: TakeOver) -> Response:
    """While nobody who handles it can act; 404 else. Whoever takes it over is its handler from now on."""
    return await ctx.perform(ops.take_over, path_id(id), body, show=queries.one)


add_steps(cases, WORKFLOW, ops.STEPS, queries.one, CaseDetail)


@circulars.get("", **lists(queries.CIRCULAR_LIST, CircularRead))
async def list_circulars(ctx: Context) -> Response:
    """What was circulated, newest first."""
    return await ctx.page(queries.CIRCULAR_LIST, queries.present_circular)


add_exports(circulars, "", tables.CIRCULARS)


@circulars.get("/{id}", responses={200: {"model": CircularRead}})
async def read_circular(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one_circular, path_id(id))


@offices.get("", **lists(queries.OFFICE_LIST, CaseOfficeRead))
async def list_offices(ctx: Context) -> Response:
    """The categories of which an office takes part in each case."""
    return await ctx.page(queries.OFFICE_LIST, queries.present_office)


add_exports(offices, "", tables.OFFICES)


@offices.post("", status_code=201, responses={200: {"model": CaseOfficeRead}, 201: {"model": CaseOfficeRead}})
@performs(ops.put_office)
async def put_office(ctx: Context, body: CaseOfficePut) -> Response:
    """201 where the category had no row, 200 where it had and now is as given."""
    return await ctx.perform(
        ops.put_office,
        body,
        show=lambda see, put: queries.one_office(see, put.row_id),
        status=lambda put: 201 if put.created else 200,
    )


router = APIRouter()
for part in (cases, circulars, offices):
    router.include_router(part)
