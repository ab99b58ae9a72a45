"""Pages of risk points: the ledger, the heat map, registering one, and one with its measures and ratings."""

from typing import Any

from fastapi import Response

from app.core.calendar import now, today_of
from app.core.errors import Forbidden, Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.policy import DISTRICT_WIDE, Role, require
from app.integrity_risks import heat, queries, round_queries, tables
from app.integrity_risks import operations as ops
from app.integrity_risks.heads import head_of
from app.integrity_risks.models import RiskCreate, RiskPatch
from app.integrity_risks.rules import WORKFLOW
from app.units import queries as units
from app.units.reviewing import CARRIERS
from web.integrity_risks.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, add_bulk_page, add_edit_page, add_step_pages, offered, page_router, parse
from web.tables import add_exports, add_ledger

router = page_router()
HOME = "/integrity-risks"
FAILED = {
    "submit": "没有提交成功",
    "confirm": "没有审核",
    "send-back": "没有退回成功",
    "reassess": "没有开始复评",
    "request-close": "没有申请成功",
    "close": "没有销号",
    "delete": "没有删除",
    "measures": "没有增加措施",
}
add_exports(router, HOME, tables.RISKS)
add_ledger(router, HOME + "/ledger", tables.LEDGER, HOME)


def _filters(see: Reader, params: dict[str, str]) -> dict[str, Any]:
    unit_id = params.get("unit_id", "")
    named = units.names(see, [int(unit_id)]) if unit_id else {}
    return {"rounds": round_queries.every_round(see), "unit_name": next(iter(named.values()), "")}


@router.get(HOME)
async def list_(page: Page) -> Response:
    return await show_list(page)


async def show_list(page: PageContext, **told: Any) -> Response:
    found = await page.listed(queries.LIST, queries.present, queries.with_measures)
    return await page.render(
        "integrity_risks/list.html",
        block="rows",
        page_title="廉政风险",
        found=found,
        params=Typed(found.params),
        may_register=page.actor.has(*CARRIERS),
        wide=page.actor.has(*DISTRICT_WIDE, Role.OFFICE),
        **(await page.read(_filters, found.params)),
        bulk=offered(WORKFLOW, ops.BULK, found.rows),
        **WORDS,
        **told,
    )


add_bulk_page(
    router, WORKFLOW, ops.bulk, HOME, show_list, queries.LIST, lambda row: f"{row.risk_point[:40]}（{row.unit_name}）"
)


@router.get(HOME + "/heat-map")
async def heat_map(page: Page) -> Response:
    params = page.params
    found = await page.read(heat.heat, params)
    return await page.render(
        "integrity_risks/heat.html",
        page_title="廉政风险热力图",
        found=found,
        params=Typed(params),
        by=params.get("by", heat.BY[0]),
        **(await page.read(_filters, params)),
        **WORDS,
    )


# Registering one


@router.get(HOME + "/new")
async def new(page: Page) -> Response:
    require(page.actor, *CARRIERS)
    return await _new(page, {name: page.params.get(name, "") for name in ("round_id", "unit_id")})


async def _new(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    def query(see: Reader) -> dict[str, Any]:
        own = [(unit_id, name) for unit_id, name, _ in units.choices(see) if unit_id in see.actor.units]
        return {"rounds": round_queries.open_rounds(see), "offered": own, "in_a_year": ops.in_a_year(see.today)}

    found = await page.read(query)
    begun = {"review_on": found["in_a_year"].isoformat()}
    return await page.render(
        "integrity_risks/new.html",
        page_title="登记风险点",
        problem=problem,
        typed={**begun, **typed},
        labels=LABELS,
        today=today_of(now()).isoformat(),
        **found,
        **WORDS,
    )


def _given(typed: dict[str, Any]) -> dict[str, Any]:
    """A box that is not ticked is not sent."""
    return {**typed, "by_rule": typed.get("by_rule") or "off"}


@router.post(HOME)
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(ops.create, parse(RiskCreate, _given(typed)))
    except Mendable as problem:
        return await _new(page, typed, problem)
    return page.after(f"{HOME}/{made}", "已登记风险点。请填写防控措施，然后提交审核。")


# One


@router.get(HOME + "/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


def _gather(see: Reader, risk_id: int) -> dict[str, Any]:
    row, told = queries.with_history(see, risk_id)
    may_add = "add_measure" in row["allowed_actions"]
    return {
        "row": row,
        "timeline": told,
        "assignments": queries.assignment_choices(see, row["unit_id"]) if may_add else [],
        "head": head_of(see, row["unit_id"]) if may_add else None,
    }


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    gathered = await page.read(_gather, path_id(id))
    step = page.request.url.path.rpartition("/")[2]
    return await page.render(
        "integrity_risks/one.html",
        page_title=gathered["row"]["risk_point"],
        problem=problem,
        typed={"responsible_person": gathered["head"] or "", **(typed or {})},
        labels=LABELS,
        failed=FAILED.get(step, "没有办成"),
        **gathered,
        **WORDS,
    )


async def _edit_page(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    row = await page.read(queries.one, path_id(id))
    if problem is None and "edit" not in row["allowed_actions"]:
        raise Forbidden("这个风险点现在不能由您修改")
    if row["unrated"]:
        row |= {"likelihood": "", "impact": ""}  # To be given anew, not to be left as it was.
    if typed is not None and problem is not None:
        typed = {**typed, "by_rule": typed.get("by_rule", "") == "1"}
    return await page.render(
        "integrity_risks/edit.html",
        page_title=f"修改{row['risk_point']}",
        problem=problem,
        row=row,
        typed={**row, **(typed or {})},
        labels=LABELS,
        **WORDS,
    )


add_edit_page(router, HOME + "/{id}/edit", ops.edit, RiskPatch, _edit_page, home=HOME + "/{id}", given=_given)


@router.post(HOME + "/{id}/delete")
@performs(ops.delete)
async def delete(page: Page, id: int) -> Response:
    await page.form()
    try:
        await page.run(ops.delete, path_id(id))
    except Mendable as problem:
        return await show(page, id, problem)
    return page.after(HOME, "已删除风险点和它的防控措施。")


add_step_pages(
    router,
    WORKFLOW,
    ops.STEPS,
    HOME + "/{id}",
    show,
    {
        "submit": "已提交审核。审核后如被退回，请按意见修改再提交。",
        "confirm": "已审核通过，按防控措施落实，到复评日期时再评。",
        "send_back": "已退回，由填报单位修改后再提交。",
        "reassess": "已开始复评，复评日期顺延一年。请核对评分和措施后提交审核。",
        "request_close": "已申请销号，审核通过后不再提醒和复评。如被退回，请按意见办理。",
        "close": "已销号，风险点留在台账上。",
    },
)
