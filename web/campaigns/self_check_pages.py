"""Pages of self-checks: a campaign unit by unit, and one to fill in, hand in and look through."""

from typing import Any

from fastapi import Response

from app.campaigns import self_check_queries as queries
from app.campaigns import self_checks as ops
from app.campaigns import tables
from app.campaigns.rules import SELF_CHECK_WORKFLOW
from app.campaigns.schemas import SelfCheckPatch
from app.core.errors import Mendable, Problem
from app.core.files import Received
from app.core.http import path_id
from app.core.media import ACCEPT, SHORT
from app.core.operation import Reader, performs
from app.evidence.uploads import ROUTE_LIMIT
from app.plans.models import EVIDENCE_KIND_LABELS
from web.campaigns.words import LABELS, WORDS
from web.evidence.pages import BESIDE, filled_in, keep_files
from web.page import Page, PageContext, Typed, add_step_pages, note_of, page_router, parse, version_of
from web.site import Flash
from web.tables import add_exports, add_sheet

router = page_router()
HOME = "/self-checks"
FAILED = {
    "submit": "没有提交",
    "upload": "没有上传成功",
    "unlink": "没有撤下",
    "confirm": "没有确认",
    "send_back": "没有退回",
    "ask": "没有办成",
}
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
    page: PageContext,
    id: int,
    problem: Problem | None = None,
    typed: dict[str, Any] | None = None,
    said: str = "",
) -> Response:
    """The row's page; ``said`` what was done before the refusal."""
    gathered = await page.read(_gather, path_id(id))
    row = gathered["row"]
    if said:
        gathered["flash"] = Flash("info", said)
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


def _with_form(path: str, operation: Any, after: str) -> None:
    """A button of the unit's form: files chosen and what was typed are kept first, then the step, if any, is taken."""

    @performs(operation)
    async def take(page: Page, id: int) -> Response:
        received, typed, done = Received(), Typed(), ""
        try:
            async with filled_in(page, typed, received):
                if kept := await keep_files(page, typed, received):
                    done = f"已上传 {len(kept)} 份资料。"
                if operation is ops.edit or not typed.keys().isdisjoint(SelfCheckPatch.model_fields):
                    await _save(page, id, typed)
                if operation is not ops.edit:
                    await page.run(operation, path_id(id), note_of(typed))
        except Mendable as problem:
            return await show(page, id, problem, typed, done)
        return page.saved(f"{HOME}/{id}", done + after)

    router.add_api_route(
        f"{HOME}/{{id}}{path}",
        take,
        methods=["POST"],
        name=f"page_{operation.__name__}_self_check",
        max_body_size=ROUTE_LIMIT,
    )


async def _save(page: PageContext, id: int, typed: dict[str, Any]) -> None:
    """Keep what was typed into the unit's form; a field emptied is taken back."""
    fields = {name: typed[name] for name in SelfCheckPatch.model_fields if name in typed}
    version = version_of({"version": typed.get("version", "")})
    await page.run(ops.edit, path_id(id), parse(SelfCheckPatch, fields, whole=True), version)


async def _keep(page: PageContext, id: int, typed: Typed, said: str, problem: Problem | None) -> Response:
    """After an upload or 撤下 among its fields: what was typed is saved too, or shown again with what is wrong."""
    try:
        if not problem:
            await _save(page, id, typed)
            return page.after(f"{HOME}/{id}", said + "填写的内容已保存。")
    except Mendable as refused:
        problem = refused
    shown = await show(page, id, problem, typed, said)
    shown.headers["content-location"] = f"{HOME}/{id}"
    return shown


BESIDE["self-checks"] = _keep
_with_form("", ops.edit, "已保存。填完并上传资料后请提交。")
_with_form("/submit", ops.submit, "已提交，由牵头股室审核。")
add_step_pages(
    router,
    SELF_CHECK_WORKFLOW,
    {name: ops.STEPS[name] for name in ("confirm", "send_back", "ask")},
    HOME + "/{id}",
    show,
    {
        "confirm": "已确认。有问题的已立项整改。",
        "send_back": "已退回，单位补充后再提交。",
        "ask": "已要求补报。",
    },
)
