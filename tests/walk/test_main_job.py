"""The main job, end to end through the JSON API with tokens: from a plan's text to a closed rectification."""

from tests.conftest import As
from tests.walk.steps import (
    API,
    assignment,
    finding,
    import_plan,
    inspection,
    issued_plan,
    items,
    ok,
    rectification,
    rectified,
    submitted,
)
from tests.world import World


def test_from_the_plans_text_to_close_out(as_: As, world: World) -> None:
    supervisor, school = as_("supervisor"), as_("school")
    plan = import_plan(supervisor)
    assert plan["state"] == "draft"
    assert len(items(as_, plan["id"])) == 3
    ok(supervisor.post(f"{API}/plans/{plan['id']}/issue"))

    preview = ok(supervisor.get(f"{API}/plans/{plan['id']}/dispatch"))
    done = ok(supervisor.post(f"{API}/plans/{plan['id']}/dispatch"))
    assert preview["add"] == done["add"] != []
    assert set(done["add"][0]) == {"plan_item_id", "unit_id", "period", "role"}
    again = ok(supervisor.post(f"{API}/plans/{plan['id']}/dispatch"))
    assert again["add"] == [] and len(again["keep"]) == len(done["add"])

    row = submitted(as_, "school", world.unit["实验小学"])
    assert row["state"] == "submitted"
    assert school.post(f"{API}/assignments/{row['id']}/complete").status_code == 403
    back = ok(supervisor.post(f"{API}/assignments/{row['id']}/send-back", json={"note": "缺会议记录，请补充。"}))
    assert back["state"] == "in_progress"
    ok(school.post(f"{API}/assignments/{row['id']}/submit"))
    assert ok(supervisor.post(f"{API}/assignments/{row['id']}/complete"))["state"] == "completed"

    matter = rectification(as_, world)
    sent = rectified(as_, "school", matter)
    assert sent["state"] == "submitted"
    assert school.post(f"{API}/rectifications/{matter['id']}/close").status_code == 403
    closed = ok(supervisor.post(f"{API}/rectifications/{matter['id']}/close", json={"note": "已核实。"}))
    assert closed["state"] == "closed"
    again = ok(supervisor.post(f"{API}/rectifications/{matter['id']}/reopen", json={"note": "复查发现反弹。"}))
    assert (again["state"], again["round"]) == ("in_progress", 2)

    trail = ok(as_("auditor").get(f"{API}/events?resource=rectification&resource_id={matter['id']}"))["data"]
    assert [event["operation"] for event in trail][:2] == ["rectification.reopen", "rectification.close"]
    proved = ok(as_("auditor").post(f"{API}/events/verify"))
    assert proved["ok"] and proved["events"] > 50, proved


def test_every_unit_of_the_plan_gets_its_row(as_: As, world: World) -> None:
    plan = issued_plan(as_)
    rows = ok(as_("supervisor").get(f"{API}/assignments?plan_id={plan['id']}&limit=200"))["data"]
    third = max(row["plan_item_id"] for row in rows)
    expected = {world.unit[n] for n in ("教育股", "柳林镇中心校", "柳林小学", "实验小学", "第一中学", "第一幼儿园")}
    expected |= {world.unit["实验小学党支部"], world.unit["城区联合党支部"]}
    assert {row["unit_id"] for row in rows if row["plan_item_id"] == third} == expected


def test_unannounced_inspection_is_unknown_to_its_target_until_released(as_: As, world: World) -> None:
    target = world.unit["实验小学"]
    made = inspection(as_, [target], mode="unannounced")
    path = f"{API}/inspections/{made['id']}"
    assert as_("school").get(path).status_code == 404
    ok(as_("supervisor").post(f"{path}/start"))
    found = finding(as_, made["id"], target)
    assert as_("supervisor").post(f"{API}/findings/{found['id']}/issue").status_code == 409
    ok(as_("supervisor").post(f"{path}/report"))
    assert as_("school").get(path).status_code == 404
    ok(as_("supervisor").post(f"{path}/release"))
    assert as_("school").get(path).status_code == 200
    ok(as_("supervisor").post(f"{API}/findings/{found['id']}/issue"))
    rows = ok(as_("school").get(f"{API}/rectifications"))["data"]
    assert [row["finding_id"] for row in rows] == [found["id"]]


def test_extension_moves_the_deadline_only_when_a_leader_approves(as_: As, world: World) -> None:
    issued_plan(as_)
    row = assignment(as_, "supervisor", world.unit["督查室"])
    office = as_("supervisor")
    ok(office.post(f"{API}/assignments/{row['id']}/acknowledge"))
    asked = ok(
        office.post(
            f"{API}/assignments/{row['id']}/extensions",
            json={"deadline_on": "2027-01-15", "reason": "需等待审计结论。"},
        ),
        201,
    )
    assert office.post(f"{API}/extensions/{asked['id']}/approve").status_code == 403
    ok(as_("leader").post(f"{API}/extensions/{asked['id']}/approve"))
    moved = ok(office.get(f"{API}/assignments/{row['id']}"))
    assert (moved["deadline_on"], moved["original_deadline_on"]) == ("2027-01-15", "2026-12-31")
