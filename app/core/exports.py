"""Tables as answers: the same list with ``.csv`` or ``.xlsx`` after its path.

A table is read out within one snapshot into a file without a name, made into CSV or a workbook without any connection,
and sent when it is whole: the database never waits for a client, a failure is a problem and not half a file, and what
was being made when a process dies leaves nothing behind. A file of very many rows is not made while somebody waits:
``app/exports`` makes it by a job, of any list that is found here.
"""

import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import IO, Any, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Response
from starlette.responses import StreamingResponse

from app.core.db import lengthy, unbounded
from app.core.errors import Conflict
from app.core.files import full_disk, store_of
from app.core.http import Context, Ctx, path_id
from app.core.openapi import query_docs
from app.core.operation import Reader, Tx
from app.core.tables import CSV, FORMS, Extract, Form, Table, read_out

PIECE = 256 * 1024
SANDBOXED = {"content-security-policy": "sandbox"}
"""What a browser opens of a file may run nothing."""
MOST_AT_ONCE = 50_000
"""Rows of a workbook that somebody waits for; it takes several times as long to write as to read."""
MOST_OF_CSV = 200_000
"""Rows of a CSV: some seven seconds, of which others may wait for two such. A proxy gives up after sixty."""
Note = Callable[[Tx, Any], None]
_BINARY = {"schema": {"type": "string", "format": "binary"}}


class Listed(NamedTuple):
    """A list that goes out: ``path`` behind ``/api/v1/``, such as ``plans/{id}/ledger``. ``note(tx, asked)``: an
    operation that is done before, such as noting who takes it away."""

    path: str
    table: Table
    note: Note | None = None

    def name(self, row_id: int | None) -> str:
        """The path as it is called."""
        return self.path.replace("{id}", str(row_id))


LISTS: dict[str, Listed] = {}
"""Every list that goes out, by its path; filled by ``add_exports``."""


class TooManyRows(Conflict):
    code, title = "too_many_rows", "行数太多，不能当场生成"


def most_of(form: Form) -> int:
    """Rows of a file that somebody waits for."""
    return MOST_OF_CSV if form is CSV else MOST_AT_ONCE


async def exported(
    ctx: Ctx, listed: Listed, form: Form, params: Mapping[str, str], row_id: int | None = None
) -> Response:
    """All rows of the list that fit ``params``; 409 for too many."""
    table, asked, most = listed.table, listed.table.asked(params), most_of(form)
    if table.size is not None and await ctx.read(_exceeds, table, asked, row_id, most):
        raise TooManyRows(
            f"超过 {most} 行的 {form.label} 由后台生成：请 POST /api/v1/exports，list 填 {listed.name(row_id)}，"
            f"filters 填同样的筛选条件，format 填 {form.suffix[1:]}；也可以缩小筛选范围",
            most=most,
        )
    if listed.note is not None:
        await ctx.run(listed.note, asked)
    staging = store_of(ctx.settings).staging

    @lengthy
    def read(see: Reader) -> Extract:
        staging.mkdir(parents=True, exist_ok=True)
        with room():
            return read_out(see, table, asked, row_id, tempfile.TemporaryFile(dir=staging))

    def make(extract: Extract) -> IO[bytes]:
        with extract.lines, room():
            out = tempfile.TemporaryFile(dir=staging)  # noqa: SIM115
            form.write(extract, out, staging)
            return out

    extract = await ctx.read(read)
    file = await ctx.database.aside(make, extract)
    return sent(file, f"{extract.title}-{extract.day}{form.suffix}", form.media_type)


@unbounded
def _exceeds(see: Reader, table: Table, asked: Any, row_id: int | None, most: int) -> bool:
    return table.exceeds(see, most, asked, row_id)


def room() -> Any:
    return full_disk("请联系系统管理员清理磁盘后再导出", title="存储空间不足，没有导出")


def sent(file: IO[bytes], name: str, media_type: str) -> Response:
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


def add_exports(router: APIRouter, path: str, table: Table, note: Note | None = None) -> None:
    """``GET {path}.csv`` and ``GET {path}.xlsx`` beside the list's own route."""
    listed = Listed((router.prefix + path).removeprefix("/api/v1/"), table, note)
    LISTS[listed.path] = listed
    parameters = [query_docs(name, parse) for name, parse in table.parsers.items()]
    for form in FORMS:
        # Of one row's parts there may be none yet: a dispatch, a comparison.
        refusals = ("404", "409", "507") if table.size is not None or "{id}" in path else ("404", "507")
        docs: dict[str, Any] = {"parameters": parameters, "responses": {status: {} for status in refusals}}
        router.add_api_route(
            path + form.suffix,
            _route(listed, form) if "{id}" not in path else _part_route(listed, form),
            methods=["GET"],
            openapi_extra=docs,
            response_class=StreamingResponse,
            responses={200: {"content": {form.media_type.partition(";")[0]: _BINARY}, "description": table.title}},
            summary=f"{table.title}{form.suffix}",
            description="Every row that the list's filters leave, as far as the actor sees them."
            + (f" 409 `too_many_rows` above {most_of(form):,}: see `POST /api/v1/exports`." if table.size else ""),
        )


def _route(listed: Listed, form: Form) -> Callable[..., Awaitable[Response]]:
    async def export(ctx: Context) -> Response:
        return await exported(ctx, listed, form, ctx.request.query_params)

    return export


def _part_route(listed: Listed, form: Form) -> Callable[..., Awaitable[Response]]:
    async def export(ctx: Context, id: int) -> Response:
        return await exported(ctx, listed, form, ctx.request.query_params, path_id(id))

    return export
