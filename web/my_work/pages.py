"""我的待办, the first screen: tiles, five groups, one verb a row; a group's full list under its tile."""

from typing import Any

from fastapi import Response

from app.core.calendar import now as current_instant
from app.core.calendar import today_of
from app.my_work import queries, tables
from app.my_work.api import asked_of
from web.page import Page, page_router
from web.site import WEEKDAYS, query
from web.tables import add_exports

router = page_router()
add_exports(router, "/my-work", tables.MATTERS)
LAMPS = {"green": "ok", "amber": "warn", "red": "bad", "done": "done", "none": "none"}
TILE_LAMPS = {"overdue": "bad", "soon": "warn"}
STATES = {
    "待签收": "mute",
    "待整改": "mute",
    "办理中": "info",
    "整改中": "info",
    "检查中": "info",
    "待审核": "warn",
    "待选": "warn",
    "待验收": "warn",
    "待批准": "warn",
    "已送达": "warn",
    "待送达": "warn",
    "已执行": "info",
    "拟稿": "mute",
    "退签": "bad",
    "已退回": "bad",
    "已评待审": "warn",
    "待复评": "bad",
    "进行中": "info",
    "待受理": "warn",
    "已受理": "info",
    "调查中": "info",
    "已办结": "warn",
    "已确认": "info",
    "待走访": "warn",
    "线索": "warn",
    "初核": "info",
    "立案": "info",
    "待审批": "warn",
    "已批准": "info",
    "待确认": "warn",
    "有意见": "bad",
    "待答复": "warn",
    "已答复": "info",
    "待自查": "mute",
    "退回补报": "bad",
    "总结": "info",
}


@router.get("/my-work")
async def my_work(page: Page) -> Response:
    asked = asked_of(page.params)
    found = await page.read(queries.overview, asked["unit"])
    chosen = asked["group"]
    listed: dict[str, Any] = {"data": [], "next": None}
    if chosen:
        listed = await page.read(queries.group, chosen, asked["unit"], asked["limit"], asked["cursor"])
    today = today_of(current_instant())
    return await page.render(
        "my_work/list.html",
        block="work",
        page_title="我的待办",
        partial=page.partial,
        today=f"{today.year}年{today.month}月{today.day}日 星期{WEEKDAYS[today.weekday()]}",
        found=found,
        chosen=chosen,
        listed=listed,
        cursor=asked["cursor"],
        views=_views(found, asked["unit"]),
        here={"unit": asked["unit"]},
        kept={"unit": asked["unit"], "group": chosen},
        lamps=LAMPS,
        tile_lamps=TILE_LAMPS,
        states=STATES,
    )


def _views(found: dict[str, Any], unit_id: int | None) -> list[tuple[str, str, bool, int]]:
    """Entries of the switch: each grant, and all of them."""
    if not found["views"]:
        return []
    entries = [
        (view["label"], f"/my-work{query({'unit': view['unit_id']})}", view["unit_id"] == unit_id, view["count"])
        for view in found["views"]
    ]
    return [*entries, ("全部", "/my-work", unit_id is None, found["all"])]
