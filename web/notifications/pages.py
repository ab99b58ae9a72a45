"""通知: what fell due, and what one must know."""

from fastapi import Response

from app.core.http import path_id
from app.core.operation import performs
from app.notifications import operations as ops
from app.notifications import queries, tables
from app.notifications.models import Kind
from web.page import Page, page_router
from web.tables import add_exports

router = page_router()
add_exports(router, "/notifications", tables.NOTICES)
TAGS = {
    Kind.SOON: ("临期", "warn"),
    Kind.DUE: ("到期", "warn"),
    Kind.OVERDUE: ("逾期", "bad"),
    Kind.WEBHOOK_DISABLED: ("推送停用", "bad"),
    Kind.DECLINED: ("未选用", "warn"),
    Kind.RECEIVED: ("新收到", "info"),
    Kind.ASSIGNED: ("交办", "info"),
    Kind.ANSWERED: ("新答复", "info"),
    Kind.URGED: ("催办", "bad"),
    Kind.GIVEN: ("新事项", "info"),
    Kind.SENT_BACK: ("退回", "warn"),
    Kind.REOPENED: ("重启", "warn"),
    Kind.SENT_AGAIN: ("再次下发", "warn"),
    Kind.WAIVED: ("免办", "info"),
    Kind.CANCELLED: ("撤销", "info"),
    Kind.APPROVED: ("批准", "ok"),
    Kind.REFUSED: ("未批准", "warn"),
    Kind.SELECTED: ("选用", "ok"),
    Kind.PROMOTED: ("推广", "ok"),
    Kind.FINAL: ("确定", "info"),
    Kind.PUBLISHED: ("发布", "info"),
}


@router.get("/notifications")
async def list_(page: Page) -> Response:
    listed = await page.listed(queries.LIST, queries.present)
    return await page.render("notifications/list.html", page_title="通知", found=listed, tags=TAGS)


@router.post("/notifications/{id}/mark-read")
@performs(ops.mark_read)
async def mark_read(page: Page, id: int) -> Response:
    await page.form()
    await page.run(ops.mark_read, path_id(id))
    return page.after("/notifications", "已标为已读。")


@router.post("/notifications/read-all")
@performs(ops.mark_all_read)
async def mark_all_read(page: Page) -> Response:
    await page.form()
    count = await page.run(ops.mark_all_read)
    return page.after("/notifications", f"{count} 条已标为已读。")
