"""What the JSON API and the page share: a check of the chain, and the list taken away as a stream."""

from collections.abc import AsyncIterator
from dataclasses import replace

from starlette.responses import StreamingResponse

from app.core.calendar import now, today_of
from app.core.http import Ctx
from app.core.paging import MAX_LIMIT, Asked
from app.core.policy import Role, require
from app.events import operations, queries
from app.events.chain import Checked

LINES = "application/x-ndjson"


async def checked(ctx: Ctx) -> Checked:
    """Outside any write: it takes as long as the log is long."""
    require(ctx.actor, Role.AUDITOR)
    return await ctx.read(queries.checked)


async def exported(ctx: Ctx) -> StreamingResponse:
    """A page at a time, each a read of its own: memory stays where it is, however long the log."""
    asked = ctx.asked(queries.LIST)
    await ctx.run(operations.note_export, asked.filters)
    headers = {"Content-Disposition": f'attachment; filename="audit-{today_of(now())}.jsonl"'}
    return StreamingResponse(_lines(ctx, asked), headers=headers, media_type=LINES)


async def _lines(ctx: Ctx, asked: Asked) -> AsyncIterator[str]:
    asked = replace(asked, limit=MAX_LIMIT, cursor=None)
    count = 0
    while True:
        lines, following = await ctx.read(queries.exported, asked)
        count += lines.count("\n")
        yield lines
        if following is None:
            break
        asked = replace(asked, cursor=queries.LIST.asked({"cursor": following}).cursor)
    yield f'{{"end":{count}}}\n'
