"""Pages of inspections: the list, planning one by hand or by draw, one with its team, targets, draws and findings."""

from typing import Any

from fastapi import Response

from app.campaigns import queries as campaigns
from app.core.errors import Forbidden, Mendable, Problem, Stale
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.paging import Asked
from app.core.policy import Role
from app.documents import queries as documents
from app.inspections import found, queries, tables
from app.inspections import operations as ops
from app.inspections.models import FindingState, InspectionPatch, Redraw
from app.inspections.rules import PLANNERS, RELEASED, WORKFLOW
from app.rectifications.queries import of_findings
from web.documents.words import ABOUT
from web.inspections.planning import PLANNED, from_visit, given, plan_page
from web.inspections.words import LABELS, WORDS, stratum
from web.page import Page, PageContext, Said, Typed, add_step_pages, page_router, parse
from web.tables import add_exports

router = page_router()
add_exports(router, "/inspections", tables.INSPECTIONS)
add_exports(router, "/inspections/{id}/targets", tables.TARGETS)
add_exports(router, "/inspections/{id}/draws", tables.DRAWS)
FAILED = {
    "start": "没有开始",
    "report": "没有报告成功",
    "release": "没有发布成功",
    "cancel": "没有取消成功",
    "redraw": "没有重新抽取",
}


# The list


@router.get("/inspections")
async def list_(page: Page) -> Response:
    listed = await page.listed(queries.LIST, queries.present)
    return await page.render(
        "inspections/list.html",
        block="rows",
        page_title="督查检查",
        listed=listed,
        params=Typed(listed.params),
        may_plan=page.actor.has(*PLANNERS, Role.OFFICE),
        **WORDS,
    )


# Planning


@router.get("/inspections/new")
async def plan_form(page: Page) -> Response:
    if not await page.read(queries.may_plan):
        raise Forbidden()
    unit_id = page.params.get("unit_id")
    typed: dict[str, Any] = {"unit_ids": [unit_id], "kind": "liaison"} if unit_id else {}
    visit_id = page.params.get("liaison_visit_id")
    return await plan_page(page, typed | await page.read(from_visit, visit_id) if visit_id else typed)


@router.post("/inspections")
@performs(ops.create)
async def plan(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.create, given(typed))
    except Mendable as problem:
        return await plan_page(page, typed, problem)
    return page.after(f"/inspections/{made}", PLANNED)


# One


@router.get("/inspections/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, inspection_id: int) -> dict[str, Any]:
    row = queries.one(see, inspection_id)
    drawn = queries.draws(see, inspection_id)["data"]
    listed = found.findings_within(see, inspection_id, Asked(sort="id", limit=200))
    return {
        "row": row,
        "campaign": campaigns.title_of(see, row["campaign_id"]),
        "targets": queries.targets(see, inspection_id)["data"],
        "draws": [_readable_draw(see, draw) for draw in drawn],
        "findings": listed["data"],
        "rectifications": of_findings(see, [finding["id"] for finding in listed["data"]]),
        "papers": documents.of(see, inspection_id=inspection_id),
        "timeline": queries.history(see, inspection_id) if row["inside"] else [],
        "checklist": queries.one_checklist(see, row["checklist_id"]) if row["inside"] and row["checklist_id"] else None,
    }


def _readable_draw(see: Reader, draw: dict[str, Any]) -> dict[str, Any]:
    strata = [(stratum(each["key"]), len(each["unit_ids"]), each["size"]) for each in draw["frame"]["strata"]]
    return queries.with_names(see, draw) | {"strata": strata}


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    gathered = await page.read(_gather, path_id(id))
    step = page.request.url.path.rsplit("/", 1)[-1]
    return await page.render(
        "inspections/one.html",
        page_title=gathered["row"]["title"],
        problem=problem,
        typed=typed or {},
        step=step,
        labels=LABELS,
        failed=FAILED.get(step, "没有保存成功"),
        may_draft=page.actor.has(Role.SUPERVISOR) and gathered["row"]["state"] == RELEASED,
        **gathered,
        **ABOUT,
        **WORDS,
    )


@router.post("/inspections/{id}")
@performs(ops.edit)
async def edit(page: Page, id: int) -> Response:
    typed = await page.form()
    version = str(typed.pop("version", ""))
    try:
        if not version.isdecimal():
            raise Stale("请刷新本页后再保存")
        await page.run(ops.edit, path_id(id), parse(InspectionPatch, typed, whole=True), int(version[:9]))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.saved(f"/inspections/{id}")


@router.post("/inspections/{id}/redraw")
@performs(ops.redraw)
async def redraw(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.redraw, path_id(id), parse(Redraw, {"reason": typed.get("reason", "")}))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"/inspections/{id}", "已重新抽取，上一次的抽取记录保留。")


def _released(see: Reader, inspection_id: int) -> str:
    drafts = found.FINDINGS.count(see, Asked({"inspection_id": inspection_id, "state": [FindingState.DRAFT]}))
    return "已发布，被查单位可以看到。" + (f"还有 {drafts} 个问题没有下达，请下达。" if drafts else "")


SAID: dict[str, Said] = {
    "start": "已开始检查。请逐个单位记录检查情况。",
    "report": "已报告。发布后被查单位可以看到，暗访的问题也可以下达。",
    "release": _released,
    "cancel": "已取消。",
}
add_step_pages(router, WORKFLOW, ops.STEPS, "/inspections/{id}", show, SAID)
