"""Tables as answers: written off the event loop, taken away once they are sent."""

import secrets
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Response
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.responses import FileResponse

from app.core.db import lengthy
from app.core.exports import SANDBOXED, room
from app.core.files import store_of
from app.core.http import Ctx
from app.core.operation import Reader
from app.core.tables import XLSX
from app.imports import outgoing, registry


async def template_file(ctx: Ctx, name: str) -> Response:
    resource = registry.find(ctx.actor, name, "read")
    content = await run_in_threadpool(outgoing.template, resource)
    named = quote(f"{resource.label}导入样表.xlsx")
    headers = SANDBOXED | {"content-disposition": f"attachment; filename*=UTF-8''{named}"}
    return Response(content, headers=headers, media_type=XLSX.media_type)


async def own_file(ctx: Ctx, run_id: int) -> Response:
    """The table goes to staging first: an answer of a hundred thousand rows is never whole in memory."""
    staging = store_of(ctx.settings).staging
    path = staging / f"{secrets.token_hex(16)}.out"

    @lengthy
    def write(see: Reader) -> dict[str, Any]:
        staging.mkdir(parents=True, exist_ok=True)
        with room():
            return outgoing.returned(see, run_id, path)

    try:
        found = await ctx.read(write)
    except BaseException:
        await run_in_threadpool(_remove, path)
        raise
    headers = SANDBOXED | {"cache-control": "private, no-cache", "etag": f'"{run_id}-{found["version"]}"'}
    headers["last-modified"] = format_datetime(found["updated_at"], usegmt=True)
    return FileResponse(
        path,
        headers=headers,
        media_type=found["media_type"],
        filename=found["filename"],
        background=BackgroundTask(_remove, path),
    )


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
