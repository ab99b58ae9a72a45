"""Tables as answers: the same list with ``.csv`` or ``.xlsx`` after its path.

A table is read out within one snapshot into a file without a name, made into CSV or a workbook without any connection,
and sent when it is whole: the database never waits for a client, a failure is a problem and not half a file, and what
was being made when a process dies leaves nothing behind.
"""

import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import IO, Any
from urllib.parse import quote

from fastapi import APIRouter, Response
from starlette.responses import StreamingResponse

from app.core.db import lengthy
from app.core.files import full_disk, store_of
from app.core.http import Context, Ctx, path_id
from app.core.openapi import query_docs
from app.core.operation import Reader
from app.core.tables import FORMS, Extract, Form, Table, read_out

PIECE = 256 * 1024
SANDBOXED = {"content-security-policy": "sandbox"}
"""What a browser opens of a file may run nothing."""
First = Callable[[Ctx, Any], Awaitable[None]]
_BINARY = {"schema": {"type": "string", "format": "binary"}}


async def exported(
    ctx: Ctx, table: Table, form: Form, params: Mapping[str, str], row_id: int | None = None, first: First | None = None
) -> Response:
    """All rows of the table that fit ``params``. ``first(ctx, asked)`` is done before, such as noting who asks."""
    asked = table.asked(params)
    if first is not None:
        await first(ctx, asked)
    staging = store_of(ctx.settings).staging

    @lengthy
    def read(see: Reader) -> Extract:
        staging.mkdir(parents=True, exist_ok=True)
        with _room():
            return read_out(see, table, asked, row_id, tempfile.TemporaryFile(dir=staging))

    def make(extract: Extract) -> IO[bytes]:
        with extract.lines, _room():
            out = tempfile.TemporaryFile(dir=staging)  # noqa: SIM115
            form.write(extract, out, staging)
            return out

    extract = await ctx.read(read)
    file = await ctx.database.aside(make, extract)
    return _sent(file, f"{extract.title}-{extract.day}{form.suffix}", form.media_type)


def _room() -> Any:
    return full_disk("请联系系统管理员清理磁盘后再导出", title="存储空间不足，没有导出")


def _sent(file: IO[bytes], name: str, media_type: str) -> Response:
    size = file.seek(0, 2)
    file.seek(0)
    headers = SANDBOXED | {
        "cache-control": "private, no-cache",
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "content-length": str(size),
    }
    return StreamingResponse(_pieces(file), headers=headers, media_type=media_type)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def add_exports(router: APIRouter, path: str, table: Table, first: First | None = None) -> None:
    """``GET {path}.csv`` and ``GET {path}.xlsx`` beside the list's own route."""
    parameters = [query_docs(name, parse) for name, parse in table.parsers.items()]
    docs: dict[str, Any] = {"parameters": parameters, "responses": {"404": {}, "507": {}}}
    for form in FORMS:
        router.add_api_route(
            path + form.suffix,
            _route(table, form, first) if "{id}" not in path else _part_route(table, form),
            methods=["GET"],
            openapi_extra=docs,
            response_class=StreamingResponse,
            responses={200: {"content": {form.media_type.partition(";")[0]: _BINARY}, "description": table.title}},
            summary=f"{table.title}{form.suffix}",
            description="Every row that the list's filters leave, as far as the actor sees them.",
        )


def _route(table: Table, form: Form, first: First | None) -> Callable[..., Awaitable[Response]]:
    async def export(ctx: Context) -> Response:
        return await exported(ctx, table, form, ctx.request.query_params, first=first)

    return export


def _part_route(table: Table, form: Form) -> Callable[..., Awaitable[Response]]:
    async def export(ctx: Context, id: int) -> Response:
        return await exported(ctx, table, form, ctx.request.query_params, path_id(id))

    return export
