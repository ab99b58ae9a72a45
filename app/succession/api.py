"""JSON routes: units merged, closed and renamed, each previewed first."""

from typing import Any

from fastapi import Response

from app.core.http import Context, api_router, path_id
from app.core.openapi import query_docs
from app.core.operation import performs
from app.succession import asking, operations, preview
from app.units import queries
from app.units.models import UnitRead
from app.units.succession_models import CloseCreate, EndingPreview, MergeCreate, RenameCreate

router = api_router("", "单位")
UNIT: dict[int | str, dict[str, Any]] = {200: {"model": UnitRead}}
PREVIEW: dict[int | str, dict[str, Any]] = {200: {"model": EndingPreview}}


def _asks(parsers: dict[str, Any]) -> dict[str, Any]:
    return {"parameters": [query_docs(name, parse) for name, parse in parsers.items()]}


@router.get("/units/{id}/merge-preview", responses=PREVIEW, openapi_extra=_asks(asking.OF_MERGING))
async def preview_merge(ctx: Context, id: int) -> Response:
    """What a merging would do now, of each kind of row. 422 on ``successor_id`` where the two do not go together."""
    asked = asking.merging(ctx.request.query_params)
    return await ctx.one(preview.preview_merge, path_id(id), *asked)


@router.get("/units/{id}/close-preview", responses=PREVIEW, openapi_extra=_asks(asking.OF_CLOSING))
async def preview_close(ctx: Context, id: int) -> Response:
    return await ctx.one(preview.preview_close, path_id(id), asking.closing(ctx.request.query_params))


@router.post("/units/{id}/merge", responses=UNIT)
@performs(operations.merge)
async def merge(ctx: Context, id: int, body: MergeCreate) -> Response:
    """撤并: open work goes to the successor. 409 where something is in the way, or the unit has gone already."""
    return await ctx.perform(operations.merge, path_id(id), body, show=queries.one)


@router.post("/units/{id}/close", responses=UNIT)
@performs(operations.close)
async def close(ctx: Context, id: int, body: CloseCreate) -> Response:
    """停办、撤销: nothing follows. Work not taken on is cancelled, other work awaits a decision."""
    return await ctx.perform(operations.close, path_id(id), body, show=queries.one)


@router.post("/units/{id}/rename", responses=UNIT)
@performs(operations.rename)
async def rename(ctx: Context, id: int, body: RenameCreate) -> Response:
    """更名: the old name goes on as a former one."""
    return await ctx.perform(operations.rename, path_id(id), body, show=queries.one)
