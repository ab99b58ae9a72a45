"""A table's file as it arrives: bounded, read in a child process, its lines kept on disk while it is imported."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from starlette.concurrency import run_in_threadpool

from app.core.errors import Conflict
from app.core.files import Received, Staged, parse_fields
from app.core.http import Ctx
from app.core.parsing import in_turn
from app.core.tables import XLSX
from app.core.uploads import uploading
from app.imports import queries, registry, sheets
from app.imports.beginning import Source
from app.imports.models import ImportCreate
from app.imports.operations import AT_ONCE, look_again
from app.imports.registry import Importable
from app.settings import MIB

MOST_MIB = 50
ROUTE_LIMIT = (MOST_MIB + 1) * MIB
T = TypeVar("T")
Check = Callable[[dict[str, str]], None]


@asynccontextmanager
async def received_source(
    ctx: Ctx, into: Received | None = None, check: Check = lambda fields: None
) -> AsyncIterator[tuple[Source, ImportCreate]]:
    """The request's file, read, and the fields beside it; both go away at the end, but for a workbook that is kept.

    403 for those who may import nothing, before the body is read, and for a resource that is not theirs, before the
    file is; 413, 415 and 422 for what is no table; 503 while too many are read. ``check`` sees the form's fields before
    any work.
    """
    registry.admit(ctx.actor)
    async with uploading(ctx, most_mib=MOST_MIB, into=into, recognise=sheets.recognise) as received:
        fields = received.values()
        check(fields)
        staged = received.file()
        given = parse_fields(ImportCreate, fields)
        resource = registry.find(ctx.actor, given.resource)
        lines, kept = staged.path.with_suffix(".lines"), False
        try:
            sheet = await in_turn(sheets.read, staged.path, staged.media_type, lines, resource.headings)
            source = Source(sheet, staged.name, staged.sha256, staged.size, _kept_with(resource, staged))
            yield source, given
            kept = source.sheet.rows > AT_ONCE
            if kept:
                # The answer to a request that was sent twice is the first one's: nobody waits for these lines.
                kept = await ctx.read(queries.waits_for, lines.name)
        finally:
            if not kept:
                await run_in_threadpool(sheets.discard, lines)


def _kept_with(resource: Importable, staged: Staged) -> Staged | None:
    """The workbook that is kept with its import, to be given back as itself."""
    if not resource.keeps_upload or staged.media_type != "book" or not sheets.is_archive(staged.path):
        return None
    staged.media_type = XLSX.media_type
    return staged


async def committing(ctx: Ctx, run_id: int, work: Awaitable[T]) -> T:
    """A commit's outcome. Refused since others changed something meanwhile, its rows are looked at again first."""
    try:
        return await work
    except Conflict as problem:
        if problem.code == "rows_moved":
            await ctx.run(look_again, run_id)
        raise
