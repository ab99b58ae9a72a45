"""Accountability through the JSON API, for every test that needs some."""

from typing import Any

from starlette.testclient import TestClient

from tests.stock import Stock
from tests.walk.steps import API, ok
from tests.world import World

AT, LADDER = f"{API}/accountability-actions", f"{API}/accountability-rungs"
SCHOOL = "实验小学"
NOTE = {"note": "已约谈主要负责人，要求一周内补齐。"}


def late(stock: Stock, unit: str = SCHOOL, days: int = -40) -> int:
    """An assignment of that unit whose deadline is past."""
    plan = stock.plan()
    return stock.assignment(plan, stock.item(plan, "修订议事规则"), unit, "in_progress", days=days, report_count=1)


def run(supervisor: TestClient) -> list[dict[str, Any]]:
    """What a run proposes."""
    made = ok(supervisor.post(f"{AT}/run"))["proposed"]
    return [ok(supervisor.get(f"{AT}/{each}")) for each in made]


def proposed(client: TestClient, world: World, row: int, unit: str = SCHOOL, **fields: Any) -> dict[str, Any]:
    """By hand, about a late assignment."""
    body = {
        "unit_id": world.unit[unit],
        "kind": "reminder",
        "reason": "多次催办仍未办结。",
        "triggers": [{"kind": "overdue_assignment", "source_id": row}],
    }
    return ok(client.post(AT, json=body | fields), 201)  # type: ignore[no-any-return]


def take(client: TestClient, row: dict[str, Any], *steps: str) -> dict[str, Any]:
    for step in steps:
        row = ok(client.post(f"{AT}/{row['id']}/{step}", json=NOTE))
    return row
