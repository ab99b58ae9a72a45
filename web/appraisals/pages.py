"""Pages of appraisals: the rounds, starting one, and one with its criteria."""

from typing import Any

from fastapi import Response

from app.appraisals import operations as ops
from app.appraisals import queries, scoring, tables, withdrawing
from app.appraisals.models import AppraisalCreate, AppraisalPatch, CriterionCreate
from app.appraisals.operations import ENTERING
from app.appraisals.rules import WORKFLOW
from app.core.calendar import now, today_of
from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.policy import Role
from app.dashboard.queries import plans
from app.units.queries import choices, group_choices
from web.appraisals.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, add_edit_page, add_step_pages, page_router, parse
from web.tables import add_exports

router = page_router()
HOME = "/appraisals"
FAILED = {
    "score": "没有评分",
    "publish": "没有公布",
    "freeze": "没有冻结",
    "reopen": "没有退回",
    "withdraw": "没有撤回",
    "delete": "没有删除",
    "criteria": "没有增加成功",
}
add_exports(router, HOME, tables.ROUNDS)
add_exports(router, HOME + "/{id}/criteria", tables.CRITERIA)


def _for_form(see: Reader) -> dict[str, Any]:
    return {"groups": group_choices(see), "plans": [(each["id"], each["title"]) for each in plans(see)]}


@router.get(HOME)
async def list_(page: Page) -> Response:
    return await show_list(page)


async def show_list(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    found = await page.listed(queries.LIST, queries.present)
    may_start = page.actor.has(Role.SUPERVISOR)
    return await page.render(
        "appraisals/list.html",
        page_title="作风考核",
        problem=problem,
        typed={"year": today_of(now()).year, "appeal_workdays": 5, **(typed or {})},
        labels=LABELS,
        found=found,
        params=Typed(found.params),
        may_start=may_start,
        **(await page.read(_for_form) if may_start else {}),
        **WORDS,
    )


@router.post(HOME)
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.create, parse(AppraisalCreate, typed))
    except Mendable as problem:
        return await show_list(page, problem, typed)
    return page.after(f"{HOME}/{made}", "已发起考核。请增加指标，录入完毕后评分。")


@router.get(HOME + "/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


async def show(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    def query(see: Reader) -> dict[str, Any]:
        row = queries.one(see, path_id(id))
        offices = (
            [(unit_id, name) for unit_id, name, _ in choices(see, *ENTERING)]
            if "edit" in row["allowed_actions"]
            else []
        )
        forms = _for_form(see) if "edit" in row["allowed_actions"] else {}
        return {"row": row, "offices": offices, "timeline": queries.history(see, row["id"]), **forms}

    found = await page.read(query)
    step = page.request.url.path.rpartition("/")[2]
    adding = problem is not None and step == "criteria"
    return await page.render(
        "appraisals/one.html",
        page_title=found["row"]["title"],
        problem=problem,
        typed=typed,
        new=Typed(typed or {} if adding else {}),
        edited=Typed(found["row"] | ({} if adding else typed or {})),
        labels=LABELS,
        failed=FAILED.get(step, "没有保存成功"),
        adding=adding,
        today=today_of(now()),
        **found,
        **WORDS,
    )


add_edit_page(
    router,
    HOME + "/{id}",
    ops.edit,
    AppraisalPatch,
    show,
    given=lambda typed: {"shows_ranking": "", **typed},
)
add_step_pages(
    router,
    WORKFLOW,
    scoring.STEPS | withdrawing.STEPS,
    HOME + "/{id}",
    show,
    {
        "score": "已按现有数据评分，各单位还看不到。请核对后公布。",
        "reopen": "已退回修改，系统计算的得分已清除，修改后重新评分。",
        "withdraw": "已撤回公布，未处理的申诉已终止。修改后请重新评分、公布。",
        "publish": "已公布。各单位在待办里看到得分，可在申诉期内申诉。",
        "freeze": "已冻结得分和名次，以后的数据变动不再影响。末位单位可按问责阶梯提出提醒、约谈。",
    },
)


@router.post(HOME + "/{id}/delete")
@performs(withdrawing.delete)
async def delete(page: Page, id: int) -> Response:
    await page.form()
    try:
        await page.run(withdrawing.delete, path_id(id))
    except Mendable as problem:
        return await show(page, id, problem)
    return page.after(HOME, "已删除这一轮考核。")


@router.post(HOME + "/{id}/criteria")
@performs(ops.add_criterion)
async def add_criterion(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(ops.add_criterion, path_id(id), parse(CriterionCreate, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"{HOME}/{id}", "已增加指标。")
