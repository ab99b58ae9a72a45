"""What the pages of the six steps share: the way through them, and what stands around each."""

from collections.abc import Callable
from typing import Any

from fastapi import Response
from starlette.responses import RedirectResponse

from app.core.db import unbounded
from app.core.errors import Problem
from app.core.operation import Reader
from app.setup import queries
from app.setup.models import STEP_LABELS, Step
from app.units import queries as units
from web.page import PageContext

STEPS = tuple(Step)
LINES = {
    Step.ADMINISTRATORS: "3 人分任，互不兼任",
    Step.UNITS: "股室、二级单位、学校(园)",
    Step.NAMES: "让方案里的写法都能识别",
    Step.CALENDAR: "节假日与调休",
    Step.ENABLE: "启用前可随时回来修改",
}
"""Beneath a step's name; that of the bureau's step is the bureau's own name."""
LEADS = {
    Step.ADMINISTRATORS: "系统、安全、审计三项职责由三个人分别担任，一人不能兼任两项，也不能兼任业务角色。",
    Step.BUREAU: "全称印在通知书和通报上，与公章一致。",
    Step.UNITS: "上传一张名单即可，缺的列以后再补。已有的单位按编码或名称比对，不会重复。",
    Step.NAMES: "方案里写“各学校（园）”“督查室”，系统按单位组和别名认出是谁。",
    Step.CALENDAR: "周一至周五上班，下列日子除外。时限、亮灯和按时签收率都按这里的工作日计算。",
    Step.ENABLE: "逐项核对，缺的可以现在补，也可以启用以后再补。",
}
Look = Callable[[Reader], dict[str, Any]]


def place_of(step: Step) -> str:
    return f"/setup/{step.value}"


async def show(
    page: PageContext,
    step: Step,
    problem: Problem | None = None,
    typed: Any = None,
    look: Look = lambda see: {},
    **more: Any,
) -> Response:
    """A step's page; once the bureau is enabled, what was set instead, and what is refused then is refused."""

    @unbounded
    def query(see: Reader) -> dict[str, Any]:
        setup = queries.one(see)
        return {"setup": setup, "bureau": units.bureau(see)} | ({} if setup["enabled"] else look(see))

    found = await page.read(query)
    if found["setup"]["enabled"]:
        if problem is not None:
            raise problem
        return RedirectResponse("/setup", 303)
    at = STEPS.index(step)
    lines = LINES | {Step.BUREAU: found["bureau"]["name"]}
    return await page.render(
        f"setup/{step.value}.html",
        page_title=STEP_LABELS[step],
        problem=problem,
        typed=typed or {},
        step=step,
        number=at + 1,
        lead=LEADS[step],
        guide=[(each, lines[Step(each["step"])], place_of(Step(each["step"]))) for each in found["setup"]["steps"]],
        back=place_of(STEPS[at - 1]) if at else None,
        onward=place_of(STEPS[at + 1]) if at + 1 < len(STEPS) else "/users",
        place_of=place_of,
        **found,
        **more,
    )
