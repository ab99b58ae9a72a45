"""Pages of the rounds of the search: the list, opening one, and one with how its units stand."""

from typing import Any

from fastapi import Response

from app.core.calendar import now, today_of
from app.core.db import unbounded
from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.policy import Role
from app.integrity_risks import carrying, round_queries, rounds, tables
from app.integrity_risks.round_models import CarryOver, NilReportCreate, RoundCreate, RoundPatch
from app.integrity_risks.rules import ROUND_WORKFLOW
from app.units.queries import group_choices, offices
from web.integrity_risks.words import LABELS, WORDS
from web.page import Page, PageContext, Typed, add_edit_page, add_step_pages, page_router, parse
from web.tables import add_exports

router = page_router()
HOME = "/risk-rounds"
add_exports(router, HOME, tables.ROUNDS)
add_exports(router, HOME + "/{id}/units", tables.UNITS)


def _for_form(see: Reader) -> dict[str, Any]:
    return {"groups": group_choices(see), "offices": offices(see)}


@router.get(HOME)
async def list_rounds(page: Page) -> Response:
    return await show_list(page)


async def show_list(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    found = await page.listed(round_queries.LIST, round_queries.present)
    may_open = page.actor.has(Role.SUPERVISOR)
    today = today_of(now())
    return await page.render(
        "integrity_risks/rounds.html",
        page_title="廉政风险排查",
        problem=problem,
        typed={"year": today.year, **(typed or {})},
        labels=LABELS,
        found=found,
        params=Typed(found.params),
        may_open=may_open,
        today=today.isoformat(),
        **(await page.read(_for_form) if may_open else {}),
        **WORDS,
    )


@router.post(HOME)
@performs(rounds.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        made = await page.run(rounds.create, parse(RoundCreate, typed))
    except Mendable as problem:
        return await show_list(page, problem, typed)
    return page.after(f"{HOME}/{made}", "已部署排查，各单位的待办里会出现这一轮。")


@router.get(HOME + "/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


async def show(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    params = page.params
    asked = round_queries.UNITS.asked(params if problem is None else {})

    @unbounded
    def query(see: Reader) -> dict[str, Any]:
        row = round_queries.LIST.one(see, path_id(id))
        members = round_queries.members_of(see, row)
        rows, following = round_queries.UNITS.page(see, round_queries.narrowed(asked, row, members))
        shown = [round_queries.present_unit(see, each) for each in rows]
        round_queries.with_heads(see, shown)
        whole = round_queries.detail(see, row, members)
        editing = _for_form(see) if "edit" in whole["allowed_actions"] else {"groups": [], "offices": []}
        carried = round_queries.to_carry(see, row, members)
        return {"row": whole, "rows": shown, "next": following, "carried": carried, **editing}

    found = await page.read(query)
    return await page.render(
        "integrity_risks/round.html",
        page_title=found["row"]["title"],
        problem=problem,
        typed={**found["row"], **(typed or {})},
        labels=LABELS,
        params=Typed(params),
        own_choices=[(each["id"], each["name"]) for each in found["row"]["own_missing"]],
        **found,
        **WORDS,
    )


add_edit_page(router, HOME + "/{id}", rounds.edit, RoundPatch, show)
add_step_pages(
    router,
    ROUND_WORKFLOW,
    rounds.STEPS,
    HOME + "/{id}",
    show,
    {"close": "已结束这一轮排查，已报的风险点继续办理。", "reopen": "已重启，各单位可以继续填报。"},
)


@router.post(HOME + "/{id}/nil-reports")
@performs(rounds.report_nil)
async def report_nil(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(rounds.report_nil, path_id(id), parse(NilReportCreate, typed))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"{HOME}/{id}", "已作零报告。之后如发现风险点，登记后零报告自动撤回。")


@router.post(HOME + "/{id}/carry-over")
@performs(carrying.carry_over)
async def carry_over(page: Page, id: int) -> Response:
    typed = await page.form()
    try:
        await page.run(carrying.carry_over, path_id(id), parse(CarryOver, {"risk_ids": [], **typed}))
    except Mendable as problem:
        return await show(page, id, problem, typed)
    return page.after(f"{HOME}/{id}", "已转入所选的风险点。请逐个重新评分，核对措施后提交审核。")
