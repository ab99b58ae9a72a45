"""我的通知设置: digests by mail and the calendar feed; the feed itself, and the end of the mails without a login."""

from typing import Any

from fastapi import Response
from starlette.responses import HTMLResponse

from app.channels import operations as ops
from app.channels import queries
from app.channels.api import feed_path
from app.channels.models import (
    FREQUENCY_LABELS,
    MAIL_FAULT_LABELS,
    TOPIC_LABELS,
    AddressAsk,
    AddressConfirm,
    ChoicesPut,
    Unsubscribe,
)
from app.core.errors import Mendable, Problem
from app.core.forms import read_form
from app.core.operation import performs
from app.notifications.models import NOTICE_TOPIC_LABELS, NoticesLeftOut
from web.page import Page, PageContext, page_router, parse

router = page_router()
HOME = "/account/notices"


async def show(
    page: PageContext, problem: Problem | None = None, typed: Any = None, token: str | None = None
) -> Response:
    site = page.settings.site_url or str(page.request.base_url).rstrip("/")
    return await page.render(
        "channels/own.html",
        page_title="我的通知设置",
        problem=problem,
        typed=typed or {},
        own=await page.read(queries.own),
        feed=f"{site}{feed_path(token)}" if token else None,
        frequencies=list(FREQUENCY_LABELS.items()),
        topics=list(TOPIC_LABELS.items()),
        notice_topics=list(NOTICE_TOPIC_LABELS.items()),
        faults=MAIL_FAULT_LABELS,
    )


@router.get(HOME)
async def own(page: Page) -> Response:
    return await show(page)


@router.post(HOME)
@performs(ops.choose)
async def choose(page: Page) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.choose, parse(ChoicesPut, typed))
    except Mendable as problem:
        return await show(page, problem, typed)
    return page.after(HOME, "已保存。")


@router.post(f"{HOME}/topics")
@performs(ops.leave_out)
async def leave_out(page: Page) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.leave_out, parse(NoticesLeftOut, typed))
    except Mendable as problem:
        return await show(page, problem, typed)
    return page.after(HOME, "已保存。")


@router.post(f"{HOME}/email")
@performs(ops.ask_address)
async def ask_address(page: Page) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.ask_address, parse(AddressAsk, typed))
    except Mendable as problem:
        return await show(page, problem, typed)
    return page.after(HOME, "确认码已发往这个邮箱，请查收后填写。")


@router.post(f"{HOME}/email/confirm")
@performs(ops.confirm_address)
async def confirm_address(page: Page) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.confirm_address, parse(AddressConfirm, typed).code)
    except Mendable as problem:
        return await show(page, problem, typed)
    return page.after(HOME, "邮箱已确认，请选择多久发一次。")


@router.post(f"{HOME}/email/remove")
@performs(ops.remove_address)
async def remove_address(page: Page) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.remove_address)
    except Mendable as problem:
        return await show(page, problem, typed)
    return page.after(HOME, "邮箱已删除，不再发邮件。")


@router.post(f"{HOME}/feed")
@performs(ops.renew_feed)
async def renew_feed(page: Page) -> Response:
    """The address is shown on the answer to this very form, once."""
    await page.form()
    return await show(page, token=await page.run(ops.renew_feed))


@router.post(f"{HOME}/feed/revoke")
@performs(ops.revoke_feed)
async def revoke_feed(page: Page) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.revoke_feed)
    except Mendable as problem:
        return await show(page, problem, typed)
    return page.after(HOME, "日历订阅已停用，原来的地址从现在起打不开。")


# By a secret alone


@router.get("/calendar/{token}.ics")
async def feed(page: Page, token: str) -> Response:
    text = await page.read(queries.calendar_of, token)
    return Response(text, headers={"cache-control": "private, no-store"}, media_type="text/calendar; charset=utf-8")


@router.get("/unsubscribe")
async def ask_unsubscribe(page: Page, key: str = "") -> Response:
    """Asks first: programs that look at a mail open its links."""
    return _bare(page, key=key[:200], done=False)


@router.post("/unsubscribe")
@performs(ops.unsubscribe)
async def unsubscribe(page: Page, key: str = "") -> Response:
    """``key`` in the address: one press in the mail program (RFC 8058); else from the form, which no session has
    opened and no session's token can vouch for."""
    typed = key or str((await read_form(page.request)).get("key") or "")
    await page.run(ops.unsubscribe, parse(Unsubscribe, {"key": typed or "-"}).key)
    return _bare(page, key="", done=True)


def _bare(page: PageContext, **more: Any) -> Response:
    context = page.site.shell(page.actor, "/unsubscribe") | {"page_title": "退订邮件", **more}
    html = page.site.render("channels/unsubscribe.html", context)
    return HTMLResponse(html)
