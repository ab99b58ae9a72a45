"""Pages of findings: the list of problems (督查问题清单), one with its evidence; changing, dropping, issuing it."""

from typing import Any

from fastapi import Response

from app.appointments.holders import with_responsible
from app.cases.rules import HANDLING
from app.core.errors import Mendable, Problem, Stale
from app.core.http import path_id
from app.core.media import ACCEPT
from app.core.operation import Reader, performs
from app.core.policy import Actor, Role
from app.documents import queries as documents
from app.evidence.queries import linked
from app.inspections import found, recording, tables
from app.inspections.models import CATEGORIES, FindingPatch
from app.rectifications import operations as rectifications
from app.rectifications.queries import of_findings
from web.documents.words import ABOUT
from web.inspections.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, note_of, page_router, parse
from web.tables import add_exports, add_sheet

router = page_router()
add_exports(router, "/findings", tables.FINDINGS)
add_sheet(router, "/findings", tables.FINDINGS, "/findings")
FAILED = {"issue": "没有下达成功", "delete": "没有删除成功"}


@router.get("/findings")
async def list_(page: Page) -> Response:
    listed = await page.listed(found.FINDINGS, found.present_finding, with_responsible)
    return await page.render(
        "inspections/findings.html",
        block="rows",
        page_title="督查问题清单",
        listed=listed,
        params=Typed(listed.params),
        **WORDS,
    )


@router.get("/findings/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, finding_id: int) -> dict[str, Any]:
    row = found.one_finding(see, finding_id)
    rectification = of_findings(see, [finding_id]).get(finding_id)
    return {
        "row": row,
        "evidence": linked(see, "findings", finding_id),
        "rectification": rectification,
        "papers": documents.of(see, rectification_id=rectification["id"]) if rectification else [],
        "timeline": found.finding_history(see, finding_id),
    }


def _may_open_case(actor: Actor, unit_id: int) -> bool:
    return actor.has(*HANDLING) and unit_id not in actor.units | actor.concerned


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    gathered = await page.read(_gather, path_id(id))
    step = page.request.url.path.rsplit("/", 1)[-1]
    return await page.render(
        "inspections/finding.html",
        page_title="督查问题",
        problem=problem,
        typed={**gathered["row"], **(typed or {})},
        labels=LABELS,
        failed=FAILED.get(step, "没有保存成功"),
        categories=CATEGORIES,
        accept=ACCEPT,
        pictures=("image/jpeg", "image/png"),
        may_draft=page.actor.has(Role.SUPERVISOR),
        may_case=_may_open_case(page.actor, gathered["row"]["unit_id"]),
        **gathered,
        **ABOUT,
        **WORDS,
    )


@router.post("/findings/{id}")
@performs(recording.edit_finding)
async def edit(page: Page, id: int) -> Response:
    typed = await page.form()
    version = str(typed.get("version") or "")
    try:
        if not version.isdecimal():
            raise Stale("请刷新本页后再保存")
        fields = {name: value for name, value in typed.items() if name in FindingPatch.model_fields}
        fields["immediate"] = "on" if typed.get("immediate") else "off"
        given = parse(FindingPatch, fields, whole=True)
        await page.run(recording.edit_finding, path_id(id), given, int(version[:9]))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.saved(f"/findings/{id}")


@router.post("/findings/{id}/delete")
@performs(recording.delete_finding)
async def delete(page: Page, id: int) -> Response:
    await page.form()
    row = await page.read(found.one_finding, path_id(id))
    try:
        await page.run(recording.delete_finding, path_id(id))
    except Mendable as problem:
        return await show(page, id, problem)
    return page.after(f"/inspections/{row['inspection_id']}", "已删除这条问题的草稿。")


@router.post("/findings/{id}/issue")
@performs(rectifications.issue)
async def issue(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(rectifications.issue, path_id(id), note_of(typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    back = str(typed.get("back") or f"/findings/{id}")
    return page.after(back, "已下达，被查单位可以看到并开始整改。")
