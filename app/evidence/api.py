"""Evidence over JSON: uploads as multipart, downloads as attachments."""

import json
from email.utils import format_datetime
from typing import Any

from fastapi import Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse

from app.core.errors import Unavailable
from app.core.exports import add_exports
from app.core.files import Staged, has_size, parse_fields, store_of
from app.core.http import Context, Ctx, api_router, path_id
from app.core.models import Step
from app.core.openapi import header_docs, lists, query_docs
from app.core.operation import performs
from app.core.params import parse_number, read_params
from app.core.uploads import uploading
from app.evidence import operations as ops
from app.evidence import queries, tables
from app.evidence.models import EvidenceCreate, EvidenceDetail, EvidenceRead, LinkCreate, Unlink
from app.evidence.uploads import ROUTE_LIMIT

router = api_router("/evidence", "印证资料")
READ: dict[int | str, dict[str, Any]] = {200: {"model": EvidenceDetail}}
_FILE = {"type": "string", "format": "binary"}
_REVISION = parse_number(1, 999_999)


def _form(model: dict[str, Any]) -> dict[str, Any]:
    """The OpenAPI description of a multipart form: a model's fields and the file."""
    # A form's schema stands by itself in the document: what it refers to is put in its place.
    named = model.get("$defs", {})
    own = model.get("properties", {})
    fields = {name: named.get(it.get("$ref", "").rpartition("/")[2], it) for name, it in own.items()}
    properties = {"file": _FILE, **fields}
    schema = {"type": "object", "properties": properties, "required": ["file", *model.get("required", ())]}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def _identity(staged: Staged, fields: dict[str, str]) -> bytes:
    """What makes two uploads the same request: the content, its name and the fields."""
    return json.dumps([staged.sha256, staged.name, sorted(fields.items())]).encode()


@router.get("", **lists(queries.LIST, EvidenceRead))
async def list_(ctx: Context) -> Response:
    """What the actor may see, newest first. ``target`` and ``target_id`` together give a row's evidence."""
    return await ctx.page(queries.LIST, queries.present)


@performs(ops.create)
async def create(ctx: Context) -> Response:
    """Upload a file with its record, linked at once where ``target`` and ``target_id`` are given."""
    async with uploading(ctx) as received:
        staged, fields = received.file(), received.values()
        given = parse_fields(EvidenceCreate, fields)
        return await ctx.perform(
            ops.create, staged, given, show=queries.one, status=201, identity=_identity(staged, fields)
        )


@performs(ops.revise)
async def revise(ctx: Context, id: int) -> Response:
    """A newer file of the same evidence; open targets get it, those submitted keep theirs."""
    async with uploading(ctx) as received:
        staged, fields = received.file(), received.values()
        if fields:
            parse_fields(Step, fields)
        return await ctx.perform(
            ops.revise, path_id(id), staged, show=queries.one, status=201, identity=_identity(staged, fields)
        )


# Multipart routes read their body themselves, file by file: the strict JSON route would read it whole.
router.add_api_route(
    "",
    create,
    methods=["POST"],
    status_code=201,
    responses={201: {"model": EvidenceDetail}},
    openapi_extra=_form(EvidenceCreate.model_json_schema()),
    route_class_override=APIRoute,
    max_body_size=ROUTE_LIMIT,
)
router.add_api_route(
    "/{id}/revisions",
    revise,
    methods=["POST"],
    status_code=201,
    responses={201: {"model": EvidenceDetail}},
    openapi_extra=_form({}),
    route_class_override=APIRoute,
    max_body_size=ROUTE_LIMIT,
)


@router.get("/{id}", responses=READ)
async def one(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@router.get(
    "/{id}/file",
    response_class=FileResponse,
    responses={
        200: {"content": {"*/*": {"schema": _FILE}}, "description": "文件，类型由其内容而定"},
        304: {"description": "If-None-Match 是现在的 ETag"},
    },
    openapi_extra={"parameters": [query_docs("revision", _REVISION), header_docs("If-None-Match")]},
)
async def file(ctx: Context, id: int) -> Response:
    """The file as an attachment; ``?revision=1`` gives an earlier one. Its ETag is its sha256."""
    return await download(ctx, path_id(id))


async def download(ctx: Ctx, evidence_id: int) -> Response:
    revision = read_params(ctx.request.query_params, {"revision": _REVISION}).get("revision")
    found = await ctx.read(queries.stored, evidence_id, revision)
    etag = f'"{found["sha256"]}"'
    headers = {"etag": etag, "cache-control": "private, no-cache", "content-security-policy": "sandbox"}
    # Not the file's own time, which tells when anyone anywhere last sent the same bytes.
    headers["last-modified"] = format_datetime(found["created_at"], usegmt=True)
    if etag in ctx.request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    path = store_of(ctx.settings).path(found["sha256"])
    if not await run_in_threadpool(has_size, path, found["size"]):
        raise Unavailable("这份文件在存储中缺失或已损坏，请联系系统管理员从备份恢复", code="file_damaged")
    return FileResponse(path, headers=headers, media_type=found["media_type"], filename=found["filename"])


@router.post("/{id}/links", status_code=201, responses={200: {"model": EvidenceDetail}, 201: {"model": EvidenceDetail}})
@performs(ops.link)
async def link(ctx: Context, id: int, body: LinkCreate) -> Response:
    """Link it to a target: 201, or 200 when it was linked already."""
    return await ctx.perform(
        ops.link,
        path_id(id),
        body,
        show=lambda tx, _: queries.one(tx, id),
        status=lambda created: 201 if created else 200,
    )


@router.post("/{id}/unlink", responses=READ)
@performs(ops.unlink)
async def unlink(ctx: Context, id: int, body: Unlink) -> Response:
    """Take it off a target that is open."""
    return await ctx.perform(ops.unlink, path_id(id), body, show=queries.one)


@router.post("/{id}/void", responses=READ)
@performs(ops.void)
async def void(ctx: Context, id: int, body: Step | None = None) -> Response:
    """Out of use, with a reason (``note``); nothing is deleted."""
    return await ctx.perform(ops.void, path_id(id), body.note if body else None, show=queries.one)


add_exports(router, "", tables.EVIDENCE)
