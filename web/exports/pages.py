"""Files that a job makes: asked for from a list, followed, taken away."""

from typing import Any

from fastapi import Response

from app.core.http import path_id
from app.core.operation import performs
from app.exports import operations as ops
from app.exports import queries, tables
from app.exports.downloads import file_of
from app.exports.models import BUSY, FORMS, STATE_LABELS, ExportCreate, ExportState
from web.page import Page, page_router, parse
from web.site import query
from web.tables import LISTS, add_exports

router = page_router()
add_exports(router, "/exports", tables.RUNS)
STATE_TAGS = {
    ExportState.WAITING: "info",
    ExportState.RUNNING: "info",
    ExportState.DONE: "ok",
    ExportState.FAILED: "bad",
    ExportState.EXPIRED: "mute",
}
WORDS: dict[str, Any] = {"states": STATE_LABELS, "state_tags": STATE_TAGS, "forms": FORMS}


@router.get("/exports")
async def list_(page: Page) -> Response:
    found = await page.listed(queries.LIST, queries.present)
    return await page.render("exports/list.html", page_title="导出记录", found=found, **WORDS)


@router.post("/exports")
@performs(ops.create)
async def create(page: Page) -> Response:
    """Every field but ``list`` and ``format`` is a filter, named as in the list's address."""
    filters = {name: value for name, value in (await page.form()).items() if value != ""}
    given = {"list": filters.pop("list", ""), "format": filters.pop("format", "xlsx"), "filters": filters}
    run_id = await page.run(ops.create, parse(ExportCreate, given))
    return page.after(f"/exports/{run_id}", "已开始在后台生成，可以离开这一页，稍后从导出记录回来。")


@router.get("/exports/{id}")
async def one(page: Page, id: int) -> Response:
    run = await page.read(queries.one, path_id(id))
    if page.partial and page.params.get("state", run["state"]) != run["state"]:
        # The whole page says other things now: its head, its button.
        return Response(headers={"hx-refresh": "true"})
    return await page.render(
        "exports/one.html",
        block="progress",
        page_title=run["title"],
        run=run,
        is_busy=run["state"] in BUSY,
        back=f"{shown}{query(run['filters'])}" if (shown := LISTS.get(f"/{run['list']}")) else None,
        **WORDS,
    )


@router.get("/exports/{id}/file")
async def file(page: Page, id: int) -> Response:
    return await file_of(page, path_id(id))
