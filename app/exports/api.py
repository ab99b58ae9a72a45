"""Long files over JSON: ask for one, see how far it is, take it."""

from typing import Any

from fastapi import Response
from starlette.responses import StreamingResponse

from app.core.exports import add_exports
from app.core.http import Context, api_router, path_id
from app.core.openapi import lists
from app.core.operation import performs
from app.core.tables import FORMS
from app.exports import operations as ops
from app.exports import queries, tables
from app.exports.downloads import file_of
from app.exports.models import ExportCreate, ExportRead

router = api_router("/exports", "导出")
READ: dict[int | str, dict[str, Any]] = {200: {"model": ExportRead}}
_FILE = {"type": "string", "format": "binary"}
_LOCATION = {"headers": {"Location": {"description": "导出的地址", "schema": {"type": "string"}}}}


@router.get("", **lists(queries.LIST, ExportRead))
async def list_(ctx: Context) -> Response:
    """The actor's own exports, newest first."""
    return await ctx.page(queries.LIST, queries.present)


@router.post("", status_code=202, responses={202: {"model": ExportRead, **_LOCATION}})
@performs(ops.create)
async def create(ctx: Context, body: ExportCreate) -> Response:
    """Have the workbook or the CSV of a list made by a job: of any length, with the columns of the list's own files.

    202 with ``Location``: ask for the export until its ``state`` is neither ``waiting`` nor ``running``, then for its
    ``file``. It holds what the actor sees when the job begins.
    """
    return await ctx.perform(
        ops.create, body, show=queries.one, status=202, location=lambda run_id: f"{router.prefix}/{run_id}"
    )


@router.get("/{id}", responses=READ)
async def one(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@router.get(
    "/{id}/file",
    response_class=StreamingResponse,
    responses={
        200: {
            "content": {form.media_type.partition(";")[0]: {"schema": _FILE} for form in FORMS},
            "description": "文件",
        },
        409: {},
        410: {},
    },
)
async def file(ctx: Context, id: int) -> Response:
    """The file. 409 `not_done` until it is done, 410 `expired` after `QL_EXPORT_DAYS`, 403 `rights_changed` where
    the actor's roles or units are others than those it was made by."""
    return await file_of(ctx, path_id(id))


add_exports(router, "", tables.RUNS)
