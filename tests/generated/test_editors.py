"""No lost update: of many editors of one row, each with the same copy, one saves and the others are told."""

from collections import Counter

import httpx
from fastapi import FastAPI
from starlette.testclient import TestClient

from tests.at_once import at_once
from tests.conftest import As
from tests.generated import scenario
from tests.generated.bodies import request_body
from tests.generated.routes import routes
from tests.walk.plan_text import PLAN
from tests.walk.steps import import_plan, inspection, items
from tests.world import World

EDITORS = {"/api/v1/users/{id}": "sysadmin", "/api/v1/units/{id}": "sysadmin", "/api/v1/rectifications/{id}": "school"}
EDITORS |= {"/api/v1/webhooks/{id}": "secadmin", "/api/v1/complaints/{id}": "discipline"}
EDITORS |= {
    f"/api/v1/{noun}/{{id}}": "school"
    for noun in (
        *("filings", "indicator-values", "integrity-risks", "risk-measures", "major-decisions", "breakdowns", "briefs"),
        *("venue-activities", "archive-boxes", "self-checks"),
    )
}
EDITORS |= {"/api/v1/appraisal-appeals/{id}": "school"}
EDITORS |= {"/api/v1/activities/{id}": "school"}
EDITORS |= {"/api/v1/archive-boxes/{id}/catalogue": "school", "/api/v1/robots/{id}": "secadmin"}
"""Who may edit what; the supervision office all else."""
FIELDS = {"name": "新名称", "title": "新标题", "cadence": "yearly", "ids": None}
OTHERWISE = {"/api/v1/indicators/{id}": {"name": "新名称"}, "/api/v1/complaints/{id}": {"category": "ethics"}}
OTHERWISE |= {"/api/v1/summaries/{id}": {"problems": "材料报送不及时。"}}
OTHERWISE |= {"/api/v1/campaigns/{id}": {"title": "新标题", "unit_ids": None, "office_ids": None}}
OTHERWISE |= {"/api/v1/self-checks/{id}": {"situation": "已逐项核对。"}}
OTHERWISE |= {"/api/v1/activities/{id}": {"place": "报告厅"}}
"""An indicator that was reported by keeps its period, a campaign that has started its units."""
SCHOOL = "实验小学"


def test_of_many_editors_one_saves(app: FastAPI, client: TestClient, as_: As, world: World) -> None:
    made = scenario.build(as_, world)
    draft = import_plan(as_("supervisor"), PLAN.replace("2026", "2027"))
    made.put("plans", SCHOOL, draft["id"])
    made.put("plan-items", SCHOOL, items(as_, draft["id"])[0]["id"])
    made.put("inspections", SCHOOL, inspection(as_, [world.unit[SCHOOL]], title="下周检查")["id"])
    described = client.app.openapi()  # type: ignore[attr-defined]
    patched = [route for route in routes(app) if route.method == "PATCH"]
    assert len(patched) >= 8
    for route in patched:
        account = EDITORS.get(route.path, "supervisor")
        fields = OTHERWISE.get(route.path, FIELDS)
        path = route.path.replace("{id}", str(made.ids[route.path.split("/")[3]][SCHOOL]))
        sent = request_body(described, "PATCH", route.path, scenario.fitting(route.path, made, SCHOOL) | fields)
        row = "/".join(path.split("/")[:5])
        etag = as_(account).get(row).headers["etag"]

        async def edit(client: httpx.AsyncClient, n: int) -> httpx.Response:
            return await client.patch(path, headers={"if-match": etag}, **sent)  # noqa: B023

        answers = at_once(app, world.token[account], edit, 8)
        told = Counter(answer.status_code for answer in answers)
        assert told[200] == 1 and set(told) <= {200, 409, 412}, f"{route.label}: {[a.text[:200] for a in answers]}"
