"""Pages of a round's criteria, and of what units got."""

from typing import Any

from fastapi import Response

from app.appointments.holders import with_responsible
from app.appraisals import deduction_queries, deductions, proving, queries, scoring, tables
from app.appraisals import operations as ops
from app.appraisals.deduction_models import DeductionCreate, DeductionsCreate, Proof
from app.appraisals.models import CriterionPatch
from app.appraisals.operations import ENTERING
from app.appraisals.rules import CRITERION_WORKFLOW, RESULT_WORKFLOW
from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.evidence.queries import newest
from app.units import groups
from app.units.queries import choices
from web.appraisals.words import FAILED, LABELS, WORDS
from web.page import Page, PageContext, Typed, add_edit_page, add_step_pages, page_router, parse
from web.tables import add_exports, add_sheet

router = page_router()
CRITERION, RESULTS = "/appraisal-criteria/{id}", "/appraisal-results"
MOST = 200


@router.get(CRITERION)
async def criterion(page: Page, id: int) -> Response:
    return await show_criterion(page, id)


def _criterion(see: Reader, criterion_id: int, chosen: str) -> dict[str, Any]:
    row = queries.one_criterion(see, criterion_id)
    taken: list[dict[str, Any]] = []
    lacking = 0
    if row["office_id"] is not None:
        listing = deduction_queries.LIST
        rows, _ = listing.page(see, listing.asked({"criterion_id": str(criterion_id), "limit": str(MOST)}))
        taken = [deduction_queries.present(see, each) for each in rows]
        if not {"finish", "resume"}.isdisjoint(row["allowed_actions"]):
            unproven = listing.asked({"criterion_id": str(criterion_id), "unproven": "true"})
            lacking = listing.count(see, unproven)
    units: list[tuple[int, str]] = []
    offered: list[tuple[str, str]] = []
    if "enter" in row["allowed_actions"]:
        group = queries.one(see, row["appraisal_id"])["unit_group_id"]
        members = set(groups.members(see, [group], see.today)[group])
        units = [(unit_id, name) for unit_id, name, _ in choices(see) if unit_id in members]
        offered = deduction_queries.citable(see, int(chosen)) if chosen in {str(each) for each, _ in units} else []
    proofs = newest(see) if units or lacking else []
    may_edit = "edit" in row["allowed_actions"]
    offices = [(unit_id, name) for unit_id, name, _ in choices(see, *ENTERING)] if may_edit else []
    found = {"row": row, "taken": taken, "lacking": lacking, "units": units, "offices": offices}
    return found | {"offered": offered, "proofs": proofs}


async def show_criterion(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    """Of one unit that was chosen, what may be cited is offered; else the same is entered of several."""
    one = typed if typed and page.request.url.path.endswith("/deductions") else page.params
    chosen = str(one.get("unit_id") or "")

    found = await page.read(_criterion, path_id(id), chosen)
    act = page.request.url.path.rpartition("/")[2]
    entering = act in ("deductions", "enter")
    return await page.render(
        "appraisals/criterion.html",
        page_title=found["row"]["name"],
        problem=problem,
        typed=typed,
        new=Typed(typed or {} if entering else {}),
        edited=Typed(found["row"] | ({} if entering else typed or {})),
        labels=LABELS,
        entering=entering,
        proving=act == "prove",
        failed=FAILED.get(act, "没有保存成功"),
        chosen=next((each for each in found["units"] if str(each[0]) == chosen), None),
        **found,
        **WORDS,
    )


add_edit_page(router, CRITERION, ops.edit_criterion, CriterionPatch, show_criterion)
add_step_pages(
    router,
    CRITERION_WORKFLOW,
    ops.CRITERION_STEPS,
    CRITERION,
    show_criterion,
    {"finish": "已录入完毕，等待督查室评分。", "resume": "已恢复录入。"},
)


@router.post(CRITERION + "/delete")
@performs(ops.delete_criterion)
async def delete_criterion(page: Page, id: int) -> Response:
    await page.form()
    row = await page.read(queries.one_criterion, path_id(id))
    try:
        await page.run(ops.delete_criterion, path_id(id))
    except Mendable as problem:
        return await show_criterion(page, id, problem)
    return page.after(f"/appraisals/{row['appraisal_id']}", "已删除这项指标。")


@router.post(CRITERION + "/deductions")
@performs(deductions.enter)
async def enter(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(deductions.enter, path_id(id), parse(DeductionCreate, _given(typed)))
    except Mendable as problem:
        return await show_criterion(page, id, problem, typed)
    return page.after(CRITERION.format(id=id), "已录入扣分。全部录入后请标明录入完毕。")


def _given(typed: Typed) -> dict[str, Any]:
    """The row that was chosen to be cited: ``findings/17``."""
    cited, _, number = str(typed.get("cited_id") or "").rpartition("/")
    return {**typed, "cited": cited, "cited_id": number} if cited else dict(typed)


@router.post(CRITERION + "/enter")
@performs(deductions.enter_many)
async def enter_many(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(deductions.enter_many, path_id(id), parse(DeductionsCreate, typed))
    except Mendable as problem:
        return await show_criterion(page, id, problem, typed)
    return page.after(CRITERION.format(id=id), "已逐个单位录入扣分。全部录入后请标明录入完毕。")


@router.post(CRITERION + "/prove")
@performs(proving.prove)
async def prove(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(proving.prove, path_id(id), parse(Proof, typed))
    except Mendable as problem:
        return await show_criterion(page, id, problem, typed)
    return page.after(CRITERION.format(id=id), "已关联，每条扣分都有依据了。全部录入后请标明录入完毕。")


# What units got

add_exports(router, RESULTS, tables.RANKING)
add_sheet(router, RESULTS, tables.RANKING, RESULTS)


@router.get(RESULTS)
async def ranking(page: Page) -> Response:
    found = await page.listed(queries.RESULT_LIST, queries.present_result, with_responsible)
    of = found.params.get("appraisal_id")
    row = await page.read(queries.one, int(of)) if of else None
    return await page.render(
        "appraisals/results.html",
        page_title="考核得分",
        found=found,
        row=row,
        params=Typed(found.params),
        **WORDS,
    )


@router.get(RESULTS + "/{id}")
async def result(page: Page, id: int) -> Response:
    return await show_result(page, id)


@router.get(RESULTS + "/{id}/print")
async def score_sheet(page: Page, id: int) -> Response:
    """What a unit got, on paper: each criterion with its points and what was taken off."""

    def query(see: Reader) -> dict[str, Any]:
        row = queries.one_result(see, path_id(id))
        lines = [_of_criterion(each, row["deductions"]) for each in row["detail"]]
        return {"row": row, "lines": [*lines, ["合计", "", row["full"], row["score"], ""]], "on": see.today}

    found = await page.read(query)
    row = found.pop("row")
    said = f"名次 {row['rank']}。" if row["rank"] else ""
    return await page.render(
        "layout/sheet.html",
        page_title=f"{row['unit_name']}得分单",
        table_title=f"{row['appraisal_title']} · {row['unit_name']}得分单",
        headings=[(heading, False) for heading in ("指标", "数据", "满分", "得分", "扣分及原因")],
        files=None,
        params={},
        back=f"{RESULTS}/{row['id']}",
        cut=False,
        most=0,
        notes=[f"{said}单位确认：                    日期："],
        **found,
    )


def _of_criterion(each: dict[str, Any], taken: list[dict[str, Any]]) -> list[Any]:
    stand = [one for one in taken if one["criterion_id"] == each["criterion_id"] and one["state"] == "standing"]
    why = "；".join(f"扣 {one['points']} 分：{one['reason']}" for one in stand)
    return [each["name"], each["figure"] or "", each["weight"], each["score"], why]


async def show_result(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    row = await page.read(queries.one_result, path_id(id))
    return await page.render(
        "appraisals/result.html",
        page_title=f"{row['unit_name']}考核得分",
        problem=problem,
        typed=typed or {},
        labels=LABELS,
        row=row,
        **WORDS,
    )


add_step_pages(
    router,
    RESULT_WORKFLOW,
    scoring.RESULT_STEPS,
    RESULTS + "/{id}",
    show_result,
    {"confirm": "已确认。申诉期内仍可对扣分提出申诉。"},
)
