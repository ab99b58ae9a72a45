"""Indicators of the small bureau: 教育股 keeps them (``education``), schools and kindergartens report."""

from datetime import date, timedelta
from typing import Any

from app.assignments.periods import current
from app.core.calendar import now, today_of
from app.plans.models import Cadence
from tests.conftest import As
from tests.walk.steps import API, ok
from tests.world import World

AT, VALUES = f"{API}/indicators", f"{API}/indicator-values"
SCHOOLS = ("柳林镇中心校", "柳林小学", "实验小学", "第一中学", "第一幼儿园")


def today() -> date:
    return today_of(now())


def period(back: int = 0) -> str:
    """The present term, or one before it."""
    found = current(Cadence.TERMLY, today())
    for _ in range(back):
        assert found.starts_on
        found = current(Cadence.TERMLY, found.starts_on - timedelta(days=1))
    return found.name


def defined(world: World, **more: Any) -> dict[str, Any]:
    return {
        "code": "KHFW",
        "name": "课后服务覆盖率",
        "definition": "有需要的学生都参加，即 1:1；以区局每学期通知为准。",
        "measure": "percent",
        "numerator_name": "参加课后服务学生数",
        "denominator_name": "有需要的学生数",
        "direction": "at_least",
        "target": 98,
        "cadence": "termly",
        "unit_group_id": world.group["各学校（园）"],
        "office_id": world.unit["教育股"],
        "valid_from": (today() - timedelta(days=500)).isoformat(),
    } | more


def indicator(as_: As, world: World, account: str = "education", **more: Any) -> Any:
    return ok(as_(account).post(AT, json=defined(world, **more)), 201)


def reported(client: Any, of: Any, numerator: Any = 490, denominator: Any = 500, **more: Any) -> Any:
    figures = {"indicator_id": of["id"], "numerator": numerator, "denominator": denominator} | more
    return ok(client.post(VALUES, json=figures), 201)


def listed(client: Any, of: Any, **params: Any) -> list[dict[str, Any]]:
    return ok(client.get(f"{AT}/{of['id']}/units", params={"limit": 200} | params))["data"]  # type: ignore[no-any-return]


def newest(client: Any, of: Any) -> Any:
    return ok(client.get(f"{AT}/{of['id']}"))["periods"][-1]
