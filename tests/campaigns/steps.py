"""Campaigns through the JSON API, for every test that needs one."""

from typing import Any

from starlette.testclient import TestClient

from tests.conftest import As
from tests.stock import day
from tests.walk.steps import API, evidence, ok
from tests.world import World

AT, CHECKS = f"{API}/campaigns", f"{API}/self-checks"
PHASES = ("self_check", "inspection", "rectification", "summary")
WORDS = {"title": "教育收费专项检查", "basis": "区教育局工作要点第十四项", "purpose": "纠正违规收费。", "fees": True}
GROUP = {"name": "教育收费专项检查领导小组", "leader": "王建国", "members": ["李卫东"]}
TOLD = {"situation": "逐项核对了公示和票据。", "has_problem": True, "problem": "多收作业本费。"}
PAID = {"amount_involved": "1280.5", "amount_returned": "300"}


def days(first: int = 0) -> dict[str, str]:
    """Phases of ten days, one after the other."""
    found = {}
    for number, phase in enumerate(PHASES):
        found[f"{phase}_from"] = day(first + 10 * number).isoformat()
        found[f"{phase}_to"] = day(first + 10 * number + 9).isoformat()
    return found


def drawn_up(client: TestClient, world: World, **fields: Any) -> dict[str, Any]:
    body = {**WORDS, **days(), "unit_id": world.unit["计财股"], "leading_group": GROUP, **fields}
    body.setdefault("unit_ids", [world.unit["实验小学"], world.unit["第一中学"]])
    return ok(client.post(AT, json=body), 201)  # type: ignore[no-any-return]


def started(as_: As, world: World, **fields: Any) -> dict[str, Any]:
    made = drawn_up(as_("supervisor"), world, **fields)
    return step(as_("supervisor"), made, "start")


def step(client: TestClient, campaign: dict[str, Any], *actions: str) -> dict[str, Any]:
    for action in actions:
        campaign = ok(client.post(f"{AT}/{campaign['id']}/{action}"))
    return campaign


def own(client: TestClient, campaign: dict[str, Any]) -> dict[str, Any]:
    (row,) = ok(client.get(f"{CHECKS}?campaign_id={campaign['id']}"))["data"]
    return row  # type: ignore[no-any-return]


def told(client: TestClient, row: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Filled in, proven, submitted by its unit."""
    path = f"{CHECKS}/{row['id']}"
    ok(client.patch(path, json={**TOLD, **PAID, **fields}, headers={"if-match": str(row["version"])}))
    evidence(client, "自查报告", kind="inspection", target="self-checks", target_id=str(row["id"]))
    return ok(client.post(f"{path}/submit"))  # type: ignore[no-any-return]


def rollup(client: TestClient, campaign: dict[str, Any]) -> dict[str, Any]:
    return ok(client.get(f"{AT}/{campaign['id']}/rollup"))  # type: ignore[no-any-return]


def concluded(client: TestClient, campaign: dict[str, Any], words: str = "收费已规范。") -> dict[str, Any]:
    path = f"{AT}/{campaign['id']}"
    version = ok(client.get(path))["version"]
    return ok(client.patch(path, json={"conclusion": words}, headers={"if-match": str(version)}))  # type: ignore[no-any-return]
