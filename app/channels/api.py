"""JSON routes of a person's own choices."""

from typing import Any

from fastapi import Response

from app.channels import operations as ops
from app.channels import queries
from app.channels.models import (
    AddressAsk,
    AddressConfirm,
    ChoicesPut,
    FeedIssued,
    NoticeSettings,
    Unsubscribe,
    Unsubscribed,
)
from app.core.http import Context, answer, api_router
from app.core.operation import Tx, performs
from app.notifications.models import NoticesLeftOut

router = api_router("", "通知设置")
SETTINGS: dict[int | str, dict[str, Any]] = {200: {"model": NoticeSettings}}


def feed_path(token: str) -> str:
    return f"/calendar/{token}.ics"


@router.get("/me/notice-settings", responses=SETTINGS)
async def read_settings(ctx: Context) -> Response:
    return await ctx.one(queries.own)


@router.post("/me/notice-settings", responses=SETTINGS)
@performs(ops.choose)
async def choose(ctx: Context, body: ChoicesPut) -> Response:
    """How often a digest comes by mail (``none``, ``daily``: on workdays, ``weekly``), and what it leaves out."""
    return await ctx.perform(ops.choose, body, show=_own)


@router.post("/me/notice-settings/notices", responses=SETTINGS)
@performs(ops.leave_out)
async def leave_out(ctx: Context, body: NoticesLeftOut) -> Response:
    """Which topics one gets no notices of in the application; what is overdue or urged is always told."""
    return await ctx.perform(ops.leave_out, body, show=_own)


@router.post("/me/notice-settings/email", responses=SETTINGS)
@performs(ops.ask_address)
async def ask_address(ctx: Context, body: AddressAsk) -> Response:
    """Sends a code to the address. In a session of one's own, as for the next two."""
    return await ctx.perform(ops.ask_address, body, show=_own)


@router.post("/me/notice-settings/email/confirm", responses=SETTINGS)
@performs(ops.confirm_address)
async def confirm_address(ctx: Context, body: AddressConfirm) -> Response:
    return await ctx.perform(ops.confirm_address, body.code, show=_own)


@router.post("/me/notice-settings/email/remove", responses=SETTINGS)
@performs(ops.remove_address)
async def remove_address(ctx: Context) -> Response:
    return await ctx.perform(ops.remove_address, show=_own)


@router.post("/me/calendar-feed", status_code=201, responses={201: {"model": FeedIssued}})
@performs(ops.renew_feed)
async def renew_feed(ctx: Context) -> Response:
    """A secret address for a calendar program, in the answer once; the one before opens nothing from then on."""
    return await ctx.perform(ops.renew_feed, show=lambda tx, token: {"path": feed_path(token)}, status=201)


@router.post("/me/calendar-feed/revoke", responses=SETTINGS)
@performs(ops.revoke_feed)
async def revoke_feed(ctx: Context) -> Response:
    return await ctx.perform(ops.revoke_feed, show=_own)


@router.post("/unsubscribe", responses={200: {"model": Unsubscribed}})
@performs(ops.unsubscribe)
async def unsubscribe(ctx: Context, body: Unsubscribe) -> Response:
    """Ends the digests by mail, by the key of a mail's own link; no login."""
    return answer({"digest": await ctx.run(ops.unsubscribe, body.key)})


def _own(tx: Tx, _: object) -> dict[str, Any]:
    return queries.own(tx)
