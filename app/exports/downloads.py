"""A file that was made, given to whoever asked for it."""

from typing import IO

from fastapi import Response
from starlette.concurrency import run_in_threadpool

from app.core.errors import Unavailable
from app.core.exports import sent
from app.core.http import Ctx
from app.exports import queries
from app.exports.working import folder_of


async def file_of(ctx: Ctx, run_id: int) -> Response:
    """Opened before a byte is sent: one that the schedule takes away meanwhile is sent to its end."""
    made = await ctx.read(queries.made, run_id)

    def open_() -> IO[bytes]:
        try:
            file = (folder_of(ctx.settings) / made.file).open("rb")
        except FileNotFoundError:
            # A backup holds the row and not the file.
            raise queries.gone() from None
        if file.seek(0, 2) != made.size:
            file.close()
            raise Unavailable("这份表格在存储中已损坏，请重新导出", code="file_damaged")
        return file

    return sent(await run_in_threadpool(open_), made.name, made.media_type)
