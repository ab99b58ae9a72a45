"""Webhooks: which systems are told, and the log of what they were told."""

from typing import Any

from fastapi import Response

from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.policy import Role, require
from app.events.words import operation
from app.webhooks import operations as ops
from app.webhooks import queries, tables
from app.webhooks.api import STEPS
from app.webhooks.models import (
    DELIVERY_STATE_LABELS,
    FAULT_LABELS,
    STATE_LABELS,
    WHY_LABELS,
    DeliveryState,
    WebhookCreate,
    WebhookPatch,
    WebhookState,
)
from app.webhooks.rules import RESENDING, WORKFLOW
from app.webhooks.subjects import LABELS, SUBJECTS
from web.page import Listed, Page, PageContext, add_edit_page, add_step_pages, note_of, page_router, parse
from web.tables import add_exports

router = page_router()
add_exports(router, "/webhooks", tables.WEBHOOKS)
add_exports(router, "/webhook-deliveries", tables.DELIVERIES)
TAGS = {WebhookState.ACTIVE: "ok", WebhookState.DISABLED: "mute"}
SENT_TAGS = {DeliveryState.WAITING: "info", DeliveryState.DELIVERED: "ok", DeliveryState.FAILED: "bad"}


def what(delivery: dict[str, Any]) -> str:
    """What a message says, in a person's words: 任务 #7 退回."""
    if delivery["resource"] is None:
        return "测试消息"
    row = f" #{delivery['resource_id']}" if delivery["resource_id"] else ""
    return f"{SUBJECTS[delivery['resource']].label}{row} {operation(delivery['type'])}"


WORDS: dict[str, Any] = {
    "states": STATE_LABELS,
    "state_tags": TAGS,
    "whys": WHY_LABELS,
    "nouns": LABELS,
    "sent_states": DELIVERY_STATE_LABELS,
    "sent_tags": SENT_TAGS,
    "faults": FAULT_LABELS,
    "what": what,
}


@router.get("/webhooks")
async def list_(page: Page) -> Response:
    return await show_list(page)


async def show_list(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    require(page.actor, Role.SECADMIN)
    return await page.render(
        "webhooks/list.html",
        page_title="推送",
        problem=problem,
        typed=typed or {},
        found=await page.listed(queries.LIST, queries.present),
        units=await page.read(queries.units_for),
        **WORDS,
    )


@router.post("/webhooks")
@performs(ops.create)
async def create(page: Page) -> Response:
    """The secret is shown on the answer to this very form, once."""
    typed = await page.form()
    try:
        issued = await page.run(ops.create, parse(WebhookCreate, typed))
    except Mendable as problem:
        return await show_list(page, problem, typed)
    return await show(page, issued.id, secret=issued.secret)


@router.get("/webhooks/{id}")
async def read(page: Page, id: int) -> Response:
    return await show(page, path_id(id))


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: Any = None, secret: str | None = None
) -> Response:
    params = {name: value for name, value in page.params.items() if name in ("state", "cursor")}
    params["webhook_id"] = str(id)
    asked = queries.SENT.asked(params)

    def query(see: Reader) -> dict[str, Any]:
        webhook = queries.one(see, id)
        rows, following = queries.SENT.page(see, asked)
        sent = [queries.present_sent(see, row) for row in rows]
        return {"webhook": webhook, "sent": Listed(sent, following, None, params)}

    found = await page.read(query)
    return await page.render(
        "webhooks/one.html",
        page_title=found["webhook"]["name"],
        problem=problem,
        typed=typed or {},
        secret=secret,
        views=_views(id, params.get("state")),
        **found,
        **WORDS,
    )


def _views(id: int, state: str | None) -> list[tuple[str, str, bool]]:
    """The log's filters: label, address, whether it is this one."""
    chosen = [(words, f"/webhooks/{id}?state={each}", each == state) for each, words in DELIVERY_STATE_LABELS.items()]
    return [("全部", f"/webhooks/{id}", state is None), *chosen]


add_edit_page(router, "/webhooks/{id}", ops.edit, WebhookPatch, show, given=lambda typed: {"resources": "", **typed})


@router.post("/webhooks/{id}/rotate")
@performs(ops.rotate)
async def rotate(page: Page, id: int) -> Response:
    note = note_of(await page.form())
    issued = await page.run(ops.rotate, path_id(id), note)
    return await show(page, id, secret=issued.secret)


@router.post("/webhooks/{id}/test")
@performs(ops.test)
async def test(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        delivery_id = await page.run(ops.test, path_id(id), note_of(typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"/webhook-deliveries/{delivery_id}", "测试消息已排队，通常几秒内送出，请刷新查看结果。")


add_step_pages(
    router,
    WORKFLOW,
    STEPS,
    "/webhooks/{id}",
    show,
    {"disable": "已停用，不再推送。", "enable": "已启用，从现在起发生的变化会推送。"},
)


@router.get("/webhook-deliveries/{id}")
async def read_delivery(page: Page, id: int) -> Response:
    return await show_delivery(page, path_id(id))


async def show_delivery(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    delivery = await page.read(queries.one_sent, id)
    return await page.render(
        "webhooks/sent.html",
        page_title="推送记录",
        problem=problem,
        typed=typed or {},
        delivery=delivery,
        **WORDS,
    )


add_step_pages(
    router,
    RESENDING,
    {"resend": ops.resend},
    "/webhook-deliveries/{id}",
    show_delivery,
    {"resend": "已重新排队，通常几秒内送出，请刷新查看结果。"},
)
