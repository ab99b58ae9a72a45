"""Imports over JSON: a table in, what it would do, and doing it."""

import json
from typing import Any

from fastapi import APIRouter, Response
from fastapi.routing import APIRoute
from starlette.responses import FileResponse

from app.core.exports import add_exports
from app.core.http import Context, add_steps, answer, api_router, path_id
from app.core.models import Step
from app.core.openapi import lists
from app.core.operation import Tx, performs
from app.core.tables import XLSX
from app.imports import operations as ops
from app.imports import queries, tables
from app.imports.downloads import own_file, template_file
from app.imports.models import Correction, ImportCreate, ImportRead, ImportRowRead
from app.imports.rules import WORKFLOW
from app.imports.uploads import ROUTE_LIMIT, committing, received_source

runs = api_router("/imports", "导入")
import_rows = api_router("/import-rows", "导入")
READ: dict[int | str, dict[str, Any]] = {200: {"model": ImportRead}}
_FILE = {"type": "string", "format": "binary"}
_FIELDS = ImportCreate.model_json_schema()
_FORM = {
    "type": "object",
    "properties": {"file": _FILE, **_FIELDS["properties"], "mode": _FIELDS["$defs"]["Mode"]},
    "required": ["file", *_FIELDS["required"]],
}


@runs.get("", **lists(queries.LIST, ImportRead))
async def list_(ctx: Context) -> Response:
    """The actor's own imports, newest first."""
    return await ctx.page(queries.LIST, queries.present)


@performs(ops.create)
async def create(ctx: Context) -> Response:
    """A table (xlsx, xls, csv) and what each of its rows would do.

    ``mode=preview`` writes nothing; ``commit`` writes all rows, or none and answers 422 naming the wrong ones;
    ``commit-valid`` writes those that are not wrong. A long table is received with 202 and gone through by a job: ask
    for the import until ``busy`` is null.
    """
    async with received_source(ctx) as (source, given):
        identity = json.dumps([source.sha256, source.filename, given.resource, given.mode]).encode()
        act, status = (ops.receive, 202) if source.sheet.rows > ops.AT_ONCE else (ops.create, 201)
        return await ctx.perform(act, source, given, show=queries.one, status=status, identity=identity)


runs.add_api_route(
    "",
    create,
    methods=["POST"],
    status_code=201,
    responses={201: {"model": ImportRead}, 202: {"model": ImportRead}},
    openapi_extra={"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": _FORM}}}},
    route_class_override=APIRoute,
    max_body_size=ROUTE_LIMIT,
)


@runs.get(
    "/templates/{resource}",
    response_class=FileResponse,
    responses={200: {"content": {XLSX.media_type: {"schema": _FILE}}, "description": "样表"}, 404: {}},
)
async def template(ctx: Context, resource: str) -> Response:
    """A workbook to fill in: headings, drop-downs, an example and notes."""
    return await template_file(ctx, resource)


@runs.get("/{id}", responses=READ)
async def one(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@runs.get(
    "/{id}/rows",
    **lists(queries.ROW_LIST, ImportRowRead),
)
async def rows(ctx: Context, id: int) -> Response:
    """Rows in the file's order; ``kind=new,changed,wrong`` leaves out what stays as it is."""
    return answer(await ctx.read(queries.rows_of, path_id(id), ctx.request.query_params))


@runs.get(
    "/{id}/file",
    response_class=FileResponse,
    responses={200: {"content": {"*/*": {"schema": _FILE}}, "description": "原来的表格，加上结果与错误原因两列"}},
)
async def file(ctx: Context, id: int) -> Response:
    """The table as it came, with 结果 and 错误原因 behind its own columns: a workbook (xlsx) with all else that it
    holds, as long as it is kept, else a new one of its cells; a CSV as a CSV, in its own encoding and with the sign
    between its cells that it came with."""
    return await own_file(ctx, path_id(id))


@runs.post("/{id}/accept-suggestions", responses=READ)
@performs(ops.accept_suggestions)
async def accept_suggestions(ctx: Context, id: int) -> Response:
    """Each wrong cell with a suggestion gets the first one; all rows are looked at again, of a long table by a job:
    the import is ``busy`` until then."""
    return await ctx.perform(ops.accept_suggestions, path_id(id), show=queries.one)


@import_rows.post("/{id}/correct", responses={200: {"model": ImportRowRead}})
@performs(ops.correct)
async def correct(ctx: Context, id: int, body: Correction) -> Response:
    """Another text for one cell; the row as it is then. Of a long table a job looks at all rows again: the import is
    ``busy`` until then."""
    return await ctx.perform(ops.correct, path_id(id), body, show=queries.one_row)


@import_rows.get("/{id}", responses={200: {"model": ImportRowRead}})
async def one_row(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one_row, path_id(id))


@runs.post("/{id}/commit", responses=READ | {202: {"model": ImportRead}})
@performs(ops.commit)
async def commit(ctx: Context, id: int, body: Step | None = None) -> Response:
    """All rows, or none: 409 while one is wrong, or when others changed what the preview was compared with.

    202 for a long one, as above; ``problem`` then says why it came to nothing.
    """
    return await committing(ctx, id, ctx.perform(ops.commit, path_id(id), show=_taken, status=_status))


@runs.post("/{id}/commit-valid", responses=READ | {202: {"model": ImportRead}})
@performs(ops.commit_valid)
async def commit_valid(ctx: Context, id: int, body: Step | None = None) -> Response:
    """The rows that are not wrong; 409 as above."""
    return await committing(ctx, id, ctx.perform(ops.commit_valid, path_id(id), show=_taken, status=_status))


@runs.post("/{id}/undo", responses=READ | {202: {"model": ImportRead}})
@performs(ops.undo)
async def undo(ctx: Context, id: int, body: Step | None = None) -> Response:
    """Every written row as it was before, or none: 409 where one was touched since, or is in use.

    202 where more than 2,000 rows were written, as above; ``problem`` then says why it came to nothing.
    """
    note = (body.note if body else None) or None
    return await ctx.perform(ops.undo, path_id(id), note, show=_taken, status=_status)


def _taken(tx: Tx, done: ops.Taken) -> dict[str, Any]:
    return queries.one(tx, done.run_id)


def _status(done: ops.Taken) -> int:
    return 202 if done.queued else 200


add_steps(runs, WORKFLOW, {"discard": ops.discard}, queries.one, ImportRead)
add_exports(runs, "", tables.RUNS)
add_exports(runs, "/{id}/rows", tables.ROWS)
router = APIRouter()
for part in (runs, import_rows):
    router.include_router(part)
