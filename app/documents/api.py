"""Official documents over JSON, and as files to print."""

from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Response

from app.core.exports import SANDBOXED, add_exports
from app.core.http import Context, Ctx, add_steps, answer, api_router, path_id
from app.core.openapi import lists
from app.core.operation import performs
from app.documents import operations as ops
from app.documents import queries, tables
from app.documents import series as numbered
from app.documents.layout import MEDIA_TYPE, docx_of
from app.documents.models import (
    DocumentCreate,
    DocumentDetail,
    DocumentPatch,
    DocumentRead,
    DocumentReceipt,
    SeriesList,
    SeriesPut,
)
from app.documents.rules import WORKFLOW

TAG = "公文"
documents = api_router("/documents", TAG)
series = api_router("/document-series", TAG)
DETAIL: dict[int | str, dict[str, Any]] = {200: {"model": DocumentDetail}}


@documents.get("", **lists(queries.LIST, DocumentRead))
async def list_(ctx: Context) -> Response:
    """Documents, newest first: all of the district, or those that were served to one's own units."""
    return await ctx.page(queries.LIST, queries.present, queries.with_counts)


add_exports(documents, "", tables.DOCUMENTS)


@documents.post("", status_code=201, responses={201: {"model": DocumentDetail}})
@performs(ops.create)
async def create(ctx: Context, body: DocumentCreate) -> Response:
    """Draw up a draft from what is known; 422 where there is nothing to write about."""
    return await ctx.perform(ops.create, body, show=queries.one, status=201)


@documents.get(
    "/{id}.docx",
    response_class=Response,
    responses={
        200: {"content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}}, "description": "公文"}
    },
)
async def docx(ctx: Context, id: int) -> Response:
    """The document by GB/T 9704-2012, to print. A draft says at the head of each page that it is one."""
    return await paper_file(ctx, id)


async def paper_file(ctx: Ctx, document_id: int) -> Response:
    """Read at once, made without a connection; a page or two, seldom more."""

    shown, paper = await ctx.read(queries.printed, path_id(document_id))
    content = await ctx.database.aside(docx_of, paper, shown["approved_at"] or shown["updated_at"])
    name = f"{shown['number'] or ''}{shown['title']}.docx"
    headers = SANDBOXED | {
        "cache-control": "private, no-cache",
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
    }
    return Response(content, headers=headers, media_type=MEDIA_TYPE)


@documents.get("/{id}", responses=DETAIL)
async def read(ctx: Context, id: int) -> Response:
    """A document with its text, its recipients and what it is about."""
    return await ctx.one(queries.one, path_id(id))


@documents.patch("/{id}", responses=DETAIL)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: DocumentPatch) -> Response:
    """While it is a draft."""
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@documents.post("/{id}/receipt", responses=DETAIL)
@performs(ops.receipt)
async def receipt(ctx: Context, id: int, body: DocumentReceipt) -> Response:
    """By a unit that it was served to, once: who took it, when, and the unit's opinion."""
    return await ctx.perform(ops.receipt, path_id(id), body, show=queries.one)


add_steps(documents, WORKFLOW, ops.STEPS, queries.one, DocumentDetail, ops.ON_VERSION)


@series.get("", responses={200: {"model": SeriesList}})
async def list_series(ctx: Context) -> Response:
    """机关代字 of each kind, and the last number given this year."""
    return answer(await ctx.read(numbered.listed))


add_exports(series, "", tables.SERIES)


@series.post("", responses={200: {"model": SeriesList}})
@performs(numbered.put)
async def put_series(ctx: Context, body: SeriesPut) -> Response:
    """What a kind's numbers begin with from now on."""
    return await ctx.perform(numbered.put, body, show=lambda tx, _: numbered.listed(tx))


router = APIRouter()
for part in (documents, series):
    router.include_router(part)
