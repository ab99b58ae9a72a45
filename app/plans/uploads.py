"""A plan's file as it arrives: bounded, read whole, parsed off the event loop; nothing of it is stored but its text."""

from collections.abc import Callable
from pathlib import Path

from app.core.files import Received, parse_fields, receive
from app.core.http import Ctx
from app.plans import operations
from app.plans.reading import Reading, read_plan
from app.plans.schemas import IssuerField
from app.settings import MIB

ROUTE_LIMIT = 101 * MIB
"""``max_body_size`` of upload routes; the installation's own limit (QL_PLAN_MAX_MIB) holds as the body arrives."""


def _unread(_path: Path, _name: str) -> str:
    """The parser says what it can read, and how to mend the rest."""
    return ""


Check = Callable[[dict[str, str]], None]


async def received_plan(
    ctx: Ctx, into: Received | None = None, check: Check = lambda fields: None
) -> tuple[Reading, int | None]:
    """The request's file read, and the issuer named beside it. ``check`` sees the form's fields before any work.

    403 for those who may not import, before the body is read; 413 above the limit; 422 for what is no plan;
    503 while too many are read.
    """
    await ctx.run(operations.admit)
    receiving = receive(ctx.request, ctx.settings, most_mib=ctx.settings.plan_max_mib, into=into, recognise=_unread)
    async with receiving as received:
        fields = received.values()
        check(fields)
        staged = received.file()
        given = parse_fields(IssuerField, fields)
        return await read_plan(staged.path, staged.name), given.issuer_unit_id
