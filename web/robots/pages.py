"""Robots of chat groups: which group is told of which unit's work, and whether it arrives."""

from typing import Any

from fastapi import Response

from app.core.errors import Mendable, Problem
from app.core.http import path_id
from app.core.operation import performs
from app.core.policy import Role, require
from app.robots import operations as ops
from app.robots import queries, tables
from app.robots.api import STEPS
from app.robots.models import (
    KIND_LABELS,
    MESSAGE_STATE_LABELS,
    STATE_LABELS,
    WHY_LABELS,
    MessageState,
    RobotCreate,
    RobotPatch,
    RobotState,
)
from app.robots.rules import WORKFLOW
from app.webhooks.models import FAULT_LABELS
from web.page import Page, PageContext, add_edit_page, add_step_pages, page_router, parse
from web.tables import add_exports

router = page_router()
add_exports(router, "/robots", tables.ROBOTS)
WORDS: dict[str, Any] = {
    "states": STATE_LABELS,
    "state_tags": {RobotState.ACTIVE: "ok", RobotState.DISABLED: "mute"},
    "kinds": KIND_LABELS,
    "whys": WHY_LABELS,
    "sent_states": MESSAGE_STATE_LABELS,
    "sent_tags": {MessageState.SENT: "ok", MessageState.FAILED: "bad"},
    "faults": FAULT_LABELS,
}


@router.get("/robots")
async def list_(page: Page) -> Response:
    return await show_list(page)


async def show_list(page: PageContext, problem: Problem | None = None, typed: Any = None) -> Response:
    require(page.actor, Role.SECADMIN)
    return await page.render(
        "robots/list.html",
        page_title="群机器人",
        problem=problem,
        typed=typed or {},
        found=await page.listed(queries.LIST, queries.present),
        units=await page.read(queries.units_for),
        hosts=page.settings.robot_hosts,
        **WORDS,
    )


@router.post("/robots")
@performs(ops.create)
async def create(page: Page) -> Response:
    typed = await page.form()
    try:
        robot_id = await page.run(ops.create, parse(RobotCreate, typed))
    except Mendable as problem:
        return await show_list(page, problem, typed)
    return page.after(f"/robots/{robot_id}", "已建立，请发送一条测试消息，看群里是否收到。")


@router.get("/robots/{id}")
async def read(page: Page, id: int) -> Response:
    return await show(page, path_id(id))


async def show(page: PageContext, id: int, problem: Problem | None = None, typed: Any = None) -> Response:
    robot = await page.read(queries.one, id)
    return await page.render(
        "robots/one.html",
        page_title=robot["name"],
        problem=problem,
        typed=typed or {},
        robot=robot,
        hosts=page.settings.robot_hosts,
        **WORDS,
    )


add_edit_page(router, "/robots/{id}", ops.edit, RobotPatch, show)
add_step_pages(
    router,
    WORKFLOW,
    STEPS,
    "/robots/{id}",
    show,
    {
        "test": "测试消息已排队，通常几秒内送出，请刷新查看结果。",
        "disable": "已停用，不再发群消息。",
        "enable": "已启用，从下一个工作日起发群消息。",
    },
)
