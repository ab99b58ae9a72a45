"""Pages of plans: the list, uploading, one plan. Review: ``reviewing``; one item: ``item_pages``."""

from typing import Any

from fastapi import Response

from app.assignments import dispatch
from app.briefs import queries as briefs
from app.core.db import unbounded
from app.core.errors import Mendable, Problem
from app.core.files import Received
from app.core.http import path_id
from app.core.operation import Reader, performs
from app.core.policy import Role, require
from app.plans import operations as ops
from app.plans import queries, tables
from app.plans.rules import WORKFLOW
from app.plans.uploads import ROUTE_LIMIT, received_plan
from app.units.queries import bureau, choices
from web.page import Page, PageContext, add_step_pages, page_router
from web.plans import comparing, item_pages, reviewing
from web.plans.words import WORDS, by_area
from web.tables import add_exports

router = page_router()
add_exports(router, "/plans", tables.PLANS)


@router.get("/plans")
async def list_(page: Page) -> Response:
    found = await page.listed(queries.LIST, queries.present)
    return await page.render(
        "plans/list.html",
        block="rows",
        page_title="工作方案",
        found=found,
        may_import=page.actor.has(Role.SUPERVISOR),
        **WORDS,
    )


# Uploading


@router.get("/plans/import")
async def import_form(page: Page) -> Response:
    require(page.actor, Role.SUPERVISOR)
    return await _import_page(page, {})


async def _import_page(page: PageContext, typed: dict[str, Any], problem: Problem | None = None) -> Response:
    known = await page.read(_issuers)
    return await page.render("plans/import.html", page_title="上传方案", problem=problem, typed=typed, **known, **WORDS)


@unbounded
def _issuers(see: Reader) -> dict[str, Any]:
    home = bureau(see)
    others = [(unit_id, name) for unit_id, name, _ in choices(see) if unit_id != home["id"]]
    return {"bureau": home, "issuers": others}


@performs(ops.import_)
async def import_(page: Page) -> Response:
    into = Received()

    def check(fields: dict[str, str]) -> None:
        page.admit(fields, into.files)

    try:
        reading, issuer = await received_plan(page, into, check)
        plan_id = await page.run(ops.import_, reading, issuer)
    except Mendable as problem:
        return await _import_page(page, dict(into.fields), problem)
    return page.after(f"/plans/{plan_id}/review", "已读取并存为草稿。请核对责任单位、时限和牵头，再印发。")


router.add_api_route("/plans/import", import_, methods=["POST"], max_body_size=ROUTE_LIMIT)


# One plan


@router.get("/plans/{id}")
async def one(page: Page, id: int) -> Response:
    return await show(page, id)


async def show(
    page: PageContext, id: int, problem: Problem | None = None, typed: dict[str, Any] | None = None
) -> Response:
    found = await page.read(plan_and_items, path_id(id))
    return await page.render(
        "plans/one.html",
        page_title=found["plan"]["title"],
        problem=problem,
        typed=typed or {},
        areas=by_area(found["plan"], found["items"]),
        **found,
        **WORDS,
    )


@unbounded
def plan_and_items(see: Reader, plan_id: int) -> dict[str, Any]:
    found = {"plan": queries.one(see, plan_id), "items": queries.all_items(see, plan_id)}
    return {**found, "analyses": briefs.adopted_by(see, plan_id)}


add_step_pages(
    router,
    WORKFLOW,
    {"archive": ops.archive, "withdraw": dispatch.withdraw},
    "/plans/{id}",
    show,
    {
        "archive": "已归档。循环任务不再产生新的周期，已有的任务照常办理。",
        "withdraw": "已停止执行。未办结的任务已撤销，已办结的保留。",
    },
)
router.include_router(comparing.router)
router.include_router(reviewing.router)
router.include_router(item_pages.router)
