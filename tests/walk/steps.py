"""The main job's steps through the JSON API, for the walk itself and for every test that needs work under way."""

from datetime import timedelta
from typing import Any

from starlette.testclient import TestClient

from app.core.calendar import now, today_of
from tests.conftest import As
from tests.walk.plan_text import PLAN
from tests.world import World

API = "/api/v1"
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, (
        f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}"
    )
    return answer.json() if answer.content else None


def import_plan(supervisor: TestClient, text: str = PLAN) -> dict[str, Any]:
    made: dict[str, Any] = ok(
        supervisor.post(f"{API}/plans/import", files={"file": ("方案.txt", text.encode(), "text/plain")}), 201
    )
    return made


def issued_plan(as_: As, text: str = PLAN) -> dict[str, Any]:
    """A plan imported, resolved, issued and dispatched."""
    supervisor = as_("supervisor")
    plan = import_plan(supervisor, text)
    missing = ok(supervisor.get(f"{API}/plans/{plan['id']}/unresolved"))
    assert missing["data"] == [] if isinstance(missing, dict) else missing == []
    ok(supervisor.post(f"{API}/plans/{plan['id']}/issue"))
    ok(supervisor.post(f"{API}/plans/{plan['id']}/dispatch"))
    return ok(supervisor.get(f"{API}/plans/{plan['id']}"))  # type: ignore[no-any-return]


def items(as_: As, plan_id: int) -> list[dict[str, Any]]:
    return ok(as_("supervisor").get(f"{API}/plan-items?plan_id={plan_id}"))["data"]  # type: ignore[no-any-return]


def assignment(as_: As, account: str, unit_id: int, item: int = 0) -> dict[str, Any]:
    """The unit's row of the plan's item at that position, as the account sees it."""
    rows = ok(as_(account).get(f"{API}/assignments?unit_id={unit_id}&sort=id"))["data"]
    return sorted(rows, key=lambda row: row["plan_item_id"])[item]  # type: ignore[no-any-return]


def evidence(client: TestClient, title: str = "议事规则修订稿", content: bytes = PDF, **fields: Any) -> dict[str, Any]:
    form = {"title": title, "kind": "policy", "evidence_on": today_of(now()).isoformat(), **fields}
    return ok(client.post(f"{API}/evidence", data=form, files={"file": ("规则.pdf", content, "application/pdf")}), 201)  # type: ignore[no-any-return]


def submitted(as_: As, account: str, unit_id: int, item: int = 0) -> dict[str, Any]:
    """A row acknowledged, reported with evidence, and submitted by its unit."""
    row = assignment(as_, account, unit_id, item)
    client = as_(account)
    path = f"{API}/assignments/{row['id']}"
    ok(client.post(f"{path}/acknowledge"))
    ok(client.post(f"{path}/progress-reports", json={"text": "已修订议事规则并印发。", "percent": 80}), 201)
    proof = evidence(client)
    linked = client.post(f"{API}/evidence/{proof['id']}/links", json={"target": "assignments", "target_id": row["id"]})
    assert linked.status_code in (200, 201), linked.text
    return ok(client.post(f"{path}/submit"))  # type: ignore[no-any-return]


def inspection(as_: As, unit_ids: list[int], mode: str = "announced", **fields: Any) -> dict[str, Any]:
    today = today_of(now())
    body = {
        "mode": mode,
        "kind": "routine",
        "title": "收费公示检查",
        "starts_on": today.isoformat(),
        "ends_on": (today + timedelta(days=7)).isoformat(),
        "unit_ids": unit_ids,
        **fields,
    }
    return ok(as_("supervisor").post(f"{API}/inspections", json=body), 201)  # type: ignore[no-any-return]


def finding(as_: As, inspection_id: int, unit_id: int, **fields: Any) -> dict[str, Any]:
    body = {
        "unit_id": unit_id,
        "category": "教育收费",
        "severity": "major",
        "description": "收费公示栏未按学期更新。",
        "correction": "更新公示内容，明确专人负责。",
        **fields,
    }
    return ok(as_("supervisor").post(f"{API}/inspections/{inspection_id}/findings", json=body), 201)  # type: ignore[no-any-return]


def rectification(as_: As, world: World, unit: str = "实验小学", **fields: Any) -> dict[str, Any]:
    """A rectification of that unit, opened by an announced inspection's finding."""
    unit_id = world.unit[unit]
    made = inspection(as_, [unit_id])
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    found = finding(as_, made["id"], unit_id, **fields)
    ok(as_("supervisor").post(f"{API}/findings/{found['id']}/issue"))
    rows = ok(as_("supervisor").get(f"{API}/rectifications?unit_id={unit_id}"))["data"]
    return next(row for row in rows if row["finding_id"] == found["id"])  # type: ignore[no-any-return]


def rectified(as_: As, account: str, row: dict[str, Any]) -> dict[str, Any]:
    """The same, with cause, measures, result and evidence, submitted by its unit."""
    client, path = as_(account), f"{API}/rectifications/{row['id']}"
    started = ok(client.post(f"{path}/start"))
    words = {"cause": "无人负责更新。", "measures": "明确总务主任负责。", "result": "已更新公示内容。"}
    ok(client.patch(path, json=words, headers={"if-match": f'"{started["version"]}"'}))
    proof = evidence(client, "公示照片", kind="rectification")
    link = {"target": "rectifications", "target_id": row["id"]}
    assert client.post(f"{API}/evidence/{proof['id']}/links", json=link).status_code in (200, 201)
    return ok(client.post(f"{path}/submit"))  # type: ignore[no-any-return]
