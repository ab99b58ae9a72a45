"""An upload around its transaction: what was received either ends up recorded or goes away."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from app.core.calendar import now
from app.core.errors import Problem
from app.core.files import Received, Recognise, Staged, receive, store_of
from app.core.http import Ctx
from app.core.media import media_type
from app.core.stored import discard


@asynccontextmanager
async def uploading(
    ctx: Ctx,
    most_files: int = 1,
    into: Received | None = None,
    most_mib: int | None = None,
    recognise: Recognise = media_type,
) -> AsyncIterator[Received]:
    """The request's fields and staged files. When the work within fails, a file it had moved is taken away again."""
    receiving = receive(
        ctx.request, ctx.settings, most_files=most_files, most_mib=most_mib, into=into, recognise=recognise
    )
    async with receiving as received:
        try:
            yield received
        except BaseException:
            for staged in _kept(received):
                with suppress(Problem):  # Its mark stays: the next sweep takes it away.
                    await _take_away(ctx, staged)
            raise
        for staged in _kept(received):
            staged.mark.unlink(missing_ok=True)


def _kept(received: Received) -> list[Staged]:
    return [staged for _, staged in received.files if staged.kept]


async def _take_away(ctx: Ctx, staged: Staged) -> None:
    store = store_of(ctx.settings)
    await ctx.database.write(lambda connection: discard(connection, store, staged.sha256, now()))
    staged.mark.unlink(missing_ok=True)
