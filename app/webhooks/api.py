"""Webhooks over JSON: made, tested and looked after by the security administrator."""

from typing import Any

from fastapi import APIRouter, Response

from app.core.exports import add_exports
from app.core.http import Context, add_steps, api_router, path_id
from app.core.models import Step
from app.core.openapi import lists
from app.core.operation import Tx, performs
from app.webhooks import operations as ops
from app.webhooks import queries, tables
from app.webhooks.models import (
    DeliveryDetail,
    DeliveryRead,
    WebhookCreate,
    WebhookIssued,
    WebhookPatch,
    WebhookRead,
)
from app.webhooks.operations import Issued
from app.webhooks.rules import RESENDING, WORKFLOW

webhooks = api_router("/webhooks", "推送")
deliveries = api_router("/webhook-deliveries", "推送")
READ: dict[int | str, dict[str, Any]] = {200: {"model": WebhookRead}}


def _issued(tx: Tx, issued: Issued) -> dict[str, Any]:
    return queries.one(tx, issued.id) | {"secret": issued.secret}


@webhooks.get("", **lists(queries.LIST, WebhookRead))
async def list_(ctx: Context) -> Response:
    return await ctx.page(queries.LIST, queries.present)


add_exports(webhooks, "", tables.WEBHOOKS)


@webhooks.post("", status_code=201, responses={201: {"model": WebhookIssued}})
@performs(ops.create)
async def create(ctx: Context, body: WebhookCreate) -> Response:
    """The answer holds the secret ``whsec_…``, once."""
    return await ctx.perform(ops.create, body, show=_issued, status=201)


@webhooks.get("/{id}", responses=READ)
async def read(ctx: Context, id: int) -> Response:
    return await ctx.one(queries.one, path_id(id))


@webhooks.patch("/{id}", responses=READ)
@performs(ops.edit)
async def edit(ctx: Context, id: int, body: WebhookPatch) -> Response:
    return await ctx.perform(ops.edit, path_id(id), body, ctx.if_match(), show=queries.one)


@webhooks.post("/{id}/rotate", responses={200: {"model": WebhookIssued}})
@performs(ops.rotate)
async def rotate(ctx: Context, id: int, body: Step | None = None) -> Response:
    """A new secret, in the answer once; for 24 hours messages carry the signatures of both."""
    return await ctx.perform(ops.rotate, path_id(id), body.note if body else None, show=_issued)


@webhooks.post("/{id}/test", status_code=201, responses={201: {"model": DeliveryDetail}})
@performs(ops.test)
async def test(ctx: Context, id: int, body: Step | None = None) -> Response:
    """A message of the type ``webhook.test``; the answer is its delivery, to be read again for what came of it."""
    note = body.note if body else None
    return await ctx.perform(ops.test, path_id(id), note, show=queries.one_sent, status=201)


STEPS = {"disable": ops.disable, "enable": ops.enable}
add_steps(webhooks, WORKFLOW, STEPS, queries.one, WebhookRead)


@deliveries.get("", **lists(queries.SENT, DeliveryRead))
async def list_deliveries(ctx: Context) -> Response:
    """What was sent or waits, newest first; kept for 30 days."""
    return await ctx.page(queries.SENT, queries.present_sent)


add_exports(deliveries, "", tables.DELIVERIES)


@deliveries.get("/{id}", responses={200: {"model": DeliveryDetail}})
async def read_delivery(ctx: Context, id: int) -> Response:
    """A message with its tries."""
    return await ctx.one(queries.one_sent, path_id(id))


add_steps(deliveries, RESENDING, {"resend": ops.resend}, queries.one_sent, DeliveryDetail)

router = APIRouter()
router.include_router(webhooks)
router.include_router(deliveries)
