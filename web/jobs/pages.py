"""The queue for its administrator: what waits, what is under way, what failed and may be tried again, what recurs."""

from typing import Any

from fastapi import Response

from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.jobs import operations as ops
from app.jobs import queries, tables
from app.jobs.models import ERROR_LABELS, STATE_LABELS, JobState
from web.page import Listed, Page, PageContext, note_of, page_router
from web.tables import add_exports

router = page_router()
add_exports(router, "/jobs", tables.JOBS)
OPEN = "waiting,running,failed"
VIEWS = (
    ("未完成", OPEN),
    *((label, state.value) for state, label in STATE_LABELS.items()),
    ("全部", ",".join(JobState)),
)
STATE_TAGS = {JobState.WAITING: "info", JobState.RUNNING: "info", JobState.DONE: "ok", JobState.FAILED: "bad"}


@router.get("/jobs")
async def list_(page: Page) -> Response:
    return await show(page)


async def show(page: PageContext, problem: Problem | None = None) -> Response:
    """What is done is left out unless asked for: most of it came by the hour."""
    params = {"state": OPEN} | (page.params if problem is None else {})
    asked = queries.LIST.asked(params)

    def look(see: Reader) -> dict[str, Any]:
        standing = queries.standing(see)
        rows, following = queries.LIST.page(see, asked)
        jobs = [queries.present(see, row) for row in rows]
        return standing | {"found": Listed(jobs, following, None, params)}

    return await page.render(
        "jobs/list.html",
        page_title="后台工作",
        problem=problem,
        views=VIEWS,
        states=STATE_LABELS,
        errors_told=ERROR_LABELS,
        state_tags=STATE_TAGS,
        **await page.read(look),
    )


@router.post("/jobs/{id}/retry")
@performs(ops.retry)
async def retry(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.retry, path_id(id), note_of(typed))
    except Mendable as problem:
        return await show(page, problem)
    return page.after("/jobs", "已重新排队，轮到就办理。")
