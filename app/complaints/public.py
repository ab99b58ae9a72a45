"""What the public does, as a request makes it: for the pages and for the JSON API alike."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Any

from app.complaints import intake, limiting
from app.complaints.forms import ComplaintSubmit
from app.complaints.models import Channel
from app.core.calendar import now, today_of
from app.core.errors import NotFound, Problem
from app.core.http import Ctx
from app.identity.login import address_of


async def submit(ctx: Ctx, given: ComplaintSubmit, nonce: str, channel: Channel = Channel.WEB) -> dict[str, Any]:
    """Count the attempt, then keep the complaint: its receipt, once. 429 after too many of one address in a day.

    ``nonce``: the form's, or what stands for it; the same one with the same content gives the same receipt.
    """
    limiting.refuse(await ctx.run(limiting.count, limiting.reports(ctx.settings), address_of(ctx)))
    kept = hashlib.sha256(nonce.encode()).hexdigest() if nonce else secrets.token_hex(32)
    receipt = await ctx.run(intake.submit, given, kept, channel)
    return {"receipt": intake.grouped(receipt), "received_on": today_of(now())}


async def by_receipt(ctx: Ctx, operation: Callable[..., Any], given: Any) -> dict[str, Any]:
    """What the operation shows of the complaint that a receipt opens. 404 for a wrong one, 429 after too many."""
    await count_receipt(ctx)
    return await opened(ctx, operation, given)


async def count_receipt(ctx: Ctx) -> None:
    limiting.refuse(await ctx.run(limiting.count, limiting.receipts(ctx.settings), address_of(ctx)))


async def opened(ctx: Ctx, operation: Callable[..., Any], given: Any, *more: Any) -> dict[str, Any]:
    """The attempt was counted before; a right receipt gives it back.

    What is wrong is an answer of the operation and becomes a problem here: one that it raised would be recorded, with
    its hour.
    """
    found = await ctx.run(operation, address_of(ctx), given, *more)
    if found is None:
        raise NotFound("回执码不对，请逐个字核对后再试", code="wrong_receipt", title="没有这个回执码")
    if isinstance(found, Problem):
        raise found
    shown: dict[str, Any] = found
    return shown
