"""Pages of self-checks: a campaign unit by unit, and one to fill in, hand in and look through."""

from typing import Any

from fastapi import Response

from app.campaigns import self_check_queries as queries
from app.campaigns import self_checks as ops
from app.campaigns import tables
from app.campaigns.rules import SELF_CHECK_WORKFLOW
from app.campaigns.schemas import SelfCheckPatch
from app.core.errors import Problem
from app.core.http import path_id
from app.core.media import ACCEPT, SHORT
from app.core.operation import Reader
from app.plans.models import EVIDENCE_KIND_LABELS
from web.campaigns.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, add_edit_page, add_step_pages, page_router
from web.tables import add_exports, add_sheet

router = page_router()
HOME = "/self-checks"
FAILED = {"submit": "没有提交", "confirm": "没有确认", "send_back": "没有退回", "ask": "没有办成"}
add_exports(router, HOME, tables.SELF_CHECKS)
add_sheet(router, HOME, tables.SELF_CHECKS, HOME)


@router.get(HOME)
async def list_(page: Page) -> Response:
    found = await page.listed(queries.LIST, queries.present, queries.complete)
    return await page.render(
        "campaigns/self_checks.html",
        block="rows",
        page_title="专项自查",
        found=found,
        params=Typed(found.params),
        **WORDS,
    )


@router.get(HOME + "/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, self_check_id: int) -> dict[str, Any]:
    row, told = queries.with_history(see, self_check_id)
    return {"row": row, "timeline": told}


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    gathered = await page.read(_gather, path_id(id))
    row = gathered["row"]
    step = page.request.url.path.rpartition("/")[2]
    return await page.render(
        "campaigns/self_check.html",
        page_title=f"{row['unit_name']} · {row['campaign_title']}",
        problem=problem,
        typed={**row, "note": "", **(typed or {})},
        step=step,
        labels=LABELS,
        failed=FAILED.get(step.replace("-", "_"), "没有保存"),
        accept=ACCEPT,
        short=SHORT,
        evidence_kinds={kind.value: label for kind, label in EVIDENCE_KIND_LABELS.items()},
        **gathered,
        **WORDS,
    )


add_edit_page(router, HOME + "/{id}", ops.edit, SelfCheckPatch, show, "已保存。填完并上传资料后请提交。")
add_step_pages(
    router,
    SELF_CHECK_WORKFLOW,
    ops.STEPS,
    HOME + "/{id}",
    show,
    {
        "submit": "已提交，由牵头股室审核。",
        "confirm": "已确认。有问题的已立项整改。",
        "send_back": "已退回，单位补充后再提交。",
        "ask": "已要求补报。",
    },
)
