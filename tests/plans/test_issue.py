"""Issue and after: what blocks it, what it fixes, who reads what, and where a plan may go from there."""

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.conftest import As
from tests.plans.test_review import patch, resolve
from tests.plans.texts import KNOWN, draft, items_of
from tests.world import World

BUSINESS = ["office", "education", "school", "central", "kindergarten", "discipline", "leader", "supervisor"]


def issued(client: TestClient, content: str = KNOWN) -> dict[str, Any]:
    plan_id = draft(client, content)["id"]
    done = client.post(f"/api/v1/plans/{plan_id}/issue")
    assert done.status_code == 200, done.text
    found: dict[str, Any] = done.json()
    return found


def test_unresolved_names_block_issue_by_name(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    plan_id = draft(supervisor)["id"]
    refused = supervisor.post(f"/api/v1/plans/{plan_id}/issue")
    assert (refused.status_code, refused.json()["code"]) == (409, "unresolved_names")
    assert refused.json()["names"] == ["校建办", "培训中心"]
    assert "校建办、培训中心" in refused.json()["detail"]
    both = ({"name": name, "unit_id": world.unit["办公室"]} for name in ("校建办", "培训中心"))
    resolve(supervisor, plan_id, *both)
    done = supervisor.post(f"/api/v1/plans/{plan_id}/issue", json={})
    assert (done.status_code, done.json()["state"]) == (200, "issued")
    assert done.json()["issued_on"] is not None


def test_item_without_unit_blocks_issue_unless_for_information(as_: As) -> None:
    supervisor = as_("supervisor")
    plan_id = draft(supervisor, KNOWN)["id"]
    resolve(supervisor, plan_id, {"name": "人事股", "drop_reason": "另行安排"})
    refused = supervisor.post(f"/api/v1/plans/{plan_id}/issue")
    item = items_of(supervisor, plan_id)[1]
    assert (refused.status_code, refused.json()["code"]) == (409, "items_without_unit")
    assert refused.json()["items"] == [{"id": item["id"], "number": "2", "title": "开展读书活动"}]
    assert patch(supervisor, item, for_information=True).status_code == 200
    assert supervisor.post(f"/api/v1/plans/{plan_id}/issue").status_code == 200


def test_missing_deadline_and_lead_warn_but_never_block(as_: As) -> None:
    supervisor = as_("supervisor")
    plan = draft(supervisor, KNOWN)
    ids = [item["id"] for item in items_of(supervisor, plan["id"])]
    warned = {remark["code"]: remark["item_ids"] for remark in plan["warnings"]}
    assert (warned["no_deadline"], warned["no_lead"]) == (ids, ids)
    assert plan["blockers"] == []
    assert supervisor.post(f"/api/v1/plans/{plan['id']}/issue").status_code == 200


def test_issued_text_is_fixed(as_: As) -> None:
    supervisor = as_("supervisor")
    plan = issued(supervisor)
    path, tag = f"/api/v1/plans/{plan['id']}", {"if-match": f'"{plan["version"]}"'}
    assert supervisor.patch(path, json={"title": "x"}, headers=tag).json()["code"] == "wrong_state"
    assert supervisor.delete(path).status_code == 409
    assert supervisor.post(f"{path}/resolve", json={"resolutions": [{"name": "x", "unit_id": 1}]}).status_code == 409
    assert supervisor.post(f"{path}/table-rows", json={"use": True}).status_code == 409
    assert supervisor.post(f"{path}/issue").status_code == 409
    item = items_of(supervisor, plan["id"])[0]
    for fixed in ({"title": "x"}, {"measures": "x"}, {"deadline_text": "x"}, {"for_information": True}):
        refused = patch(supervisor, item, **fixed, reason="改")
        assert (refused.status_code, refused.json()["code"]) == (409, "issued_text")
    unchanged = patch(supervisor, item, title=item["title"], weight=1)
    assert unchanged.status_code == 200


def test_work_of_an_issued_plan_changes_with_a_reason(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    plan = issued(supervisor)
    item = items_of(supervisor, plan["id"])[0]
    wanted: dict[str, Any] = {
        "deadline_on": "2026-12-01",
        "cadence": "yearly",
        "required_evidence": ["policy"],
        "responsibilities": [{"unit_id": world.unit["教育股"], "role": "lead"}],
    }
    for name, value in wanted.items():
        refused = patch(supervisor, item, **{name: value})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/reason")
    done = patch(supervisor, item, **wanted, reason="局长办公会调整")
    assert done.status_code == 200, done.text
    body = done.json()
    assert (body["deadline_on"], body["cadence"], body["required_evidence"]) == ("2026-12-01", "yearly", ["policy"])
    assert [(each["name"], each["dropped_reason"]) for each in body["responsibilities"]] == [
        ("教育股", None),
        ("各学校（园）", "局长办公会调整"),
    ]
    path, tag = f"/api/v1/plans/{plan['id']}/items", {"if-match": f'"{plan["version"]}"'}
    assert supervisor.patch(path, json={"cadence": "termly"}, headers=tag).status_code == 422
    assert supervisor.patch(path, json={"weight": 2, "reason": "x"}, headers=tag).status_code == 409
    several = supervisor.patch(path, json={"cadence": "termly", "reason": "统一周期"}, headers=tag)
    assert several.status_code == 200
    assert {item["cadence"] for item in items_of(supervisor, plan["id"])} == {"termly"}
    reasons = {event["operation"] for event in as_("auditor").get("/api/v1/events").json()["data"] if event["reason"]}
    assert {"plan_item.edit", "plan.edit_items"} <= reasons


def test_archived_plan_no_longer_changes(as_: As) -> None:
    supervisor = as_("supervisor")
    plan = issued(supervisor)
    done = supervisor.post(f"/api/v1/plans/{plan['id']}/archive", json={"note": "年度结束"})
    assert (done.status_code, done.json()["state"], done.json()["allowed_actions"]) == (200, "archived", [])
    item = items_of(supervisor, plan["id"])[0]
    assert item["allowed_actions"] == []
    assert patch(supervisor, item, cadence="yearly", reason="x").json()["code"] == "wrong_state"


@pytest.mark.parametrize("account", BUSINESS)
def test_issued_plan_is_read_by_the_whole_district(as_: As, account: str) -> None:
    plan = issued(as_("supervisor"))
    reader = as_(account)
    read = reader.get(f"/api/v1/plans/{plan['id']}")
    assert read.status_code == 200
    assert read.json()["title"] == plan["title"]
    items = items_of(reader, plan["id"])
    assert len(items) == 2
    assert reader.get(f"/api/v1/plan-items/{items[0]['id']}").status_code == 200
    assert [row["id"] for row in reader.get("/api/v1/plans").json()["data"]] == [plan["id"]]
    managing = account == "supervisor"
    assert bool(read.json()["allowed_actions"]) == bool(items[0]["allowed_actions"]) == managing


@pytest.mark.parametrize("account", BUSINESS)
def test_draft_is_read_by_supervisor_and_leader_alone(as_: As, account: str) -> None:
    plan = draft(as_("supervisor"), KNOWN)
    item_id = items_of(as_("supervisor"), plan["id"])[0]["id"]
    reader = as_(account)
    seen = account in ("supervisor", "leader")
    paths = ["", "/source-text", "/outline", "/unresolved"]
    expected = 200 if seen else 404
    assert [reader.get(f"/api/v1/plans/{plan['id']}{path}").status_code for path in paths] == [expected] * 4
    assert reader.get(f"/api/v1/plan-items/{item_id}").status_code == expected
    assert len(items_of(reader, plan["id"])) == (2 if seen else 0)
    assert len(reader.get("/api/v1/plans").json()["data"]) == (1 if seen else 0)


@pytest.mark.parametrize("account", ["other_supervisor", "other_school", "sysadmin", "secadmin", "auditor"])
def test_plan_does_not_exist_for_others(as_: As, account: str) -> None:
    plan = issued(as_("supervisor"))
    item = items_of(as_("supervisor"), plan["id"])[0]
    stranger = as_(account)
    missing = stranger.get("/api/v1/plans/999999")
    assert missing.status_code == 404
    assert stranger.get(f"/api/v1/plans/{plan['id']}").content == missing.content
    assert stranger.get(f"/api/v1/plan-items/{item['id']}").status_code == 404
    assert stranger.get("/api/v1/plan-items").json()["data"] == []
    assert stranger.get("/api/v1/plans").json()["data"] == []
    for step in ("issue", "archive"):
        assert stranger.post(f"/api/v1/plans/{plan['id']}/{step}").status_code == 404
    assert patch(stranger, item, cadence="yearly").status_code == 404


@pytest.mark.parametrize("account", ["leader", "office", "school", "discipline"])
def test_only_a_supervisor_changes_a_plan(as_: As, account: str) -> None:
    plan = issued(as_("supervisor"))
    item = items_of(as_("supervisor"), plan["id"])[0]
    reader, path = as_(account), f"/api/v1/plans/{plan['id']}"
    tag = {"if-match": '"1"'}
    answers = [
        reader.patch(path, json={"title": "x"}, headers=tag),
        reader.delete(path),
        reader.post(f"{path}/issue"),
        reader.post(f"{path}/archive"),
        reader.post(f"{path}/resolve", json={"resolutions": [{"name": "x", "unit_id": 1}]}),
        reader.post(f"{path}/table-rows", json={"use": True}),
        reader.patch(f"{path}/items", json={"weight": 1}, headers=tag),
        patch(reader, item, cadence="yearly", reason="x"),
    ]
    assert [answer.status_code for answer in answers] == [403] * len(answers)


def test_second_issue_of_the_same_title_is_the_next_edition(as_: As) -> None:
    supervisor = as_("supervisor")
    assert issued(supervisor)["edition"] == 1
    assert draft(supervisor, KNOWN + "\n附件：无\n")["edition"] == 2


def test_lists_filter_search_and_page(as_: As) -> None:
    supervisor = as_("supervisor")
    first = issued(supervisor)
    second = draft(supervisor)
    plans = "/api/v1/plans"

    def ids(query: str) -> list[int]:
        return [row["id"] for row in supervisor.get(f"{plans}?{query}").json()["data"]]

    assert ids("") == [second["id"], first["id"]]
    assert ids("state=issued") == [first["id"]]
    assert ids("year=2026&q=阅读") == [first["id"]]
    assert ids("q=%25") == []
    assert supervisor.get(f"{plans}?count=true").json()["total"] == 2
    page = supervisor.get(f"{plans}?limit=1").json()
    assert supervisor.get(f"{plans}?limit=1&cursor={page['next']}").json()["data"][0]["id"] == first["id"]
    items = supervisor.get(f"/api/v1/plan-items?plan_id={second['id']}&limit=3").json()
    assert [item["number"] for item in items["data"]] == ["1", "2", "3"]
    assert items["data"][0]["responsibilities"][0]["name"] == "党办"
    rest = supervisor.get(f"/api/v1/plan-items?plan_id={second['id']}&limit=3&cursor={items['next']}").json()
    assert [item["number"] for item in rest["data"]] == ["4"]
    area = second["areas"][1]["id"]
    in_area = supervisor.get(f"/api/v1/plan-items?plan_id={second['id']}&area_id={area}").json()["data"]
    assert [item["number"] for item in in_area] == ["3", "4"]
    found = supervisor.get(f"/api/v1/plan-items?plan_id={second['id']}&q=橱窗").json()["data"]
    assert [item["number"] for item in found] == ["3"]
    for bad in ("state=open", "year=1", "year=x", "sort=title", "nonsense=1", "limit=0"):
        assert supervisor.get(f"{plans}?{bad}").status_code == 422
