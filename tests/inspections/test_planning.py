"""Who may plan an inspection, of whom, with which team."""

from typing import Any

import pytest

from app.core.calendar import now, today_of
from app.core.policy import Role
from tests.conftest import As
from tests.inspections.people import hire
from tests.walk.steps import API, ok
from tests.world import World

TODAY = today_of(now()).isoformat()


def plan(**fields: Any) -> dict[str, Any]:
    return {
        "mode": "announced",
        "kind": "routine",
        "title": "第三季度明察",
        "starts_on": TODAY,
        "ends_on": TODAY,
        **fields,
    }


def names(as_: As, inspection_id: int) -> list[str]:
    return [m["name"] for m in ok(as_("supervisor").get(f"{API}/inspections/{inspection_id}"))["team"]]


def test_team_defaults_to_the_creators_unit(as_: As, world: World) -> None:
    body = plan(unit_ids=[world.unit["实验小学"]])
    made = ok(as_("supervisor").post(f"{API}/inspections", json=body), 201)
    assert made["state"] == "planned"
    assert made["unit_id"] == world.unit["督查室"]
    assert names(as_, made["id"]) == ["督查室"]
    assert "start" in made["allowed_actions"] and "redraw" not in made["allowed_actions"]


def test_discipline_team_plans_in_its_own_name(as_: As, world: World) -> None:
    made = ok(as_("discipline").post(f"{API}/inspections", json=plan(unit_ids=[world.unit["督查室"]])), 201)
    assert made["unit_id"] == world.unit["派驻组"]
    ok(as_("discipline").post(f"{API}/inspections/{made['id']}/start"))


def test_whoever_is_inspected_does_not_run_the_inspection(as_: As, world: World) -> None:
    made = ok(as_("discipline").post(f"{API}/inspections", json=plan(unit_ids=[world.unit["督查室"]])), 201)
    assert ok(as_("supervisor").get(f"{API}/inspections/{made['id']}"))["allowed_actions"] == []
    assert as_("supervisor").post(f"{API}/inspections/{made['id']}/start").status_code == 403


@pytest.mark.parametrize("account", ["school", "central", "leader", "sysadmin", "auditor"])
def test_others_plan_nothing(as_: As, world: World, account: str) -> None:
    body = plan(unit_ids=[world.unit["第一幼儿园"]])
    assert as_(account).post(f"{API}/inspections", json=body).status_code == 403


def test_office_plans_liaison_inspections_of_its_paired_schools_alone(as_: As, world: World) -> None:
    paired, stranger = world.unit["第一中学"], world.unit["实验小学"]
    ok(as_("education").post(f"{API}/inspections", json=plan(kind="liaison", unit_ids=[paired])), 201)
    for body in (
        plan(kind="routine", unit_ids=[paired]),
        plan(kind="liaison", unit_ids=[stranger]),
        plan(kind="liaison", sample={"group_id": 1, "size": 1, "inspector_unit_id": paired, "team_size": 1}),
    ):
        assert as_("education").post(f"{API}/inspections", json=body).status_code == 403
    secret = plan(kind="liaison", mode="unannounced", unit_ids=[paired])
    assert as_("education").post(f"{API}/inspections", json=secret).status_code == 422
    assert as_("office").post(f"{API}/inspections", json=plan(kind="liaison", unit_ids=[paired])).status_code == 403


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({}, "/unit_ids"),
        ({"unit_ids": [1], "sample": {"group_id": 1, "size": 1, "inspector_unit_id": 1, "team_size": 1}}, "/unit_ids"),
        ({"unit_ids": [999_999]}, "/unit_ids"),
        ({"unit_ids": ["第一中学"], "ends_on": "1999-01-01"}, "/ends_on"),
        ({"unit_ids": ["派驻组"]}, "/unit_ids"),
        ({"unit_ids": ["第一中学"], "checklist_id": 999}, "/checklist_id"),
        ({"unit_ids": ["第一中学"], "team_unit_ids": ["实验小学"]}, "/team_unit_ids"),
        ({"unit_ids": ["党办"], "team_unit_ids": ["党办"]}, "/team_unit_ids"),
        ({"unit_ids": ["第一中学"], "team_user_ids": [999_999]}, "/team_user_ids"),
        ({"unit_ids": ["第一中学"], "mode": "unannounced", "team_unit_ids": ["教育股"]}, "/team_unit_ids"),
    ],
)
def test_what_cannot_be_inspected_is_refused_at_its_field(
    as_: As, world: World, fields: dict[str, Any], pointer: str
) -> None:
    for name in ("unit_ids", "team_unit_ids"):
        if name in fields:
            fields = {**fields, name: [world.unit.get(each, each) for each in fields[name]]}
    answer = as_("supervisor").post(f"{API}/inspections", json=plan(**fields))
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert ok(as_("supervisor").get(f"{API}/inspections"))["data"] == []


def test_units_of_another_district_cannot_be_inspected(as_: As, world: World) -> None:
    body = plan(unit_ids=[world.unit["临水小学"]])
    assert as_("supervisor").post(f"{API}/inspections", json=body).status_code == 422


def test_a_person_at_home_at_a_target_stays_out_of_the_team(as_: As, world: World, client: Any) -> None:
    both = hire(client.app, world, "both", (Role.OFFICE, "党办"), (Role.SCHOOL, "实验小学"))
    body = plan(unit_ids=[world.unit["实验小学"]], team_user_ids=[both])
    answer = as_("supervisor").post(f"{API}/inspections", json=body)
    assert answer.status_code == 422 and "实验小学" in answer.text
    ok(
        as_("supervisor").post(
            f"{API}/inspections", json=plan(unit_ids=[world.unit["第一中学"]], team_user_ids=[both])
        ),
        201,
    )


def test_creator_does_not_surprise_the_own_unit(as_: As, world: World) -> None:
    body = plan(mode="unannounced", unit_ids=[world.unit["督查室"]], team_unit_ids=[world.unit["党办"]])
    assert as_("supervisor").post(f"{API}/inspections", json=body).status_code == 422


def test_unit_id_is_needed_only_with_several_units(as_: As, world: World, client: Any) -> None:
    hire(client.app, world, "two", (Role.OFFICE, "教育股"), (Role.OFFICE, "党办"))
    body = plan(kind="liaison", unit_ids=[world.unit["第一中学"]])
    assert as_("two").post(f"{API}/inspections", json=body).json()["errors"][0]["pointer"] == "/unit_id"
    made = ok(as_("two").post(f"{API}/inspections", json={**body, "unit_id": world.unit["教育股"]}), 201)
    assert made["unit_id"] == world.unit["教育股"]
    assert as_("two").post(f"{API}/inspections", json={**body, "unit_id": world.unit["人事股"]}).status_code == 422


def test_plan_is_changed_with_if_match_until_released(as_: As, world: World) -> None:
    made = ok(as_("supervisor").post(f"{API}/inspections", json=plan(unit_ids=[world.unit["第一中学"]])), 201)
    path = f"{API}/inspections/{made['id']}"
    assert as_("supervisor").patch(path, json={"title": "新名"}).status_code == 428
    changed = ok(as_("supervisor").patch(path, json={"title": "新名"}, headers={"if-match": f'"{made["version"]}"'}))
    assert changed["title"] == "新名" and changed["version"] > made["version"]
    stale = as_("supervisor").patch(path, json={"title": "旧名"}, headers={"if-match": f'"{made["version"]}"'})
    assert stale.status_code == 412
    late = {"starts_on": "2199-01-01"}
    assert as_("supervisor").patch(path, json=late, headers={"if-match": f'"{changed["version"]}"'}).status_code == 422


def test_cancelled_only_before_it_goes_on_and_with_a_reason(as_: As, world: World) -> None:
    made = ok(as_("supervisor").post(f"{API}/inspections", json=plan(unit_ids=[world.unit["第一中学"]])), 201)
    path = f"{API}/inspections/{made['id']}"
    assert as_("supervisor").post(f"{path}/cancel").status_code == 422
    assert as_("education").post(f"{path}/cancel", json={"note": "x"}).status_code == 403
    ok(as_("supervisor").post(f"{path}/start"))
    assert as_("supervisor").post(f"{path}/cancel", json={"note": "改期"}).status_code == 409


def test_checklist_gets_a_new_edition_never_a_change(as_: As, world: World) -> None:
    body = {"title": "收费检查表", "points": [{"area": "校风", "text": "收费公示齐全", "score": 15}]}
    first = ok(as_("supervisor").post(f"{API}/checklists", json=body), 201)
    second = ok(as_("discipline").post(f"{API}/checklists", json=body), 201)
    assert (first["edition"], second["edition"]) == (1, 2)
    assert first["points"][0]["key"] == "1"
    assert as_("office").post(f"{API}/checklists", json=body).status_code == 403
    assert len(ok(as_("office").get(f"{API}/checklists"))["data"]) == 2
    assert ok(as_("school").get(f"{API}/checklists"))["data"] == []
    assert as_("school").get(f"{API}/checklists/{first['id']}").status_code == 404
    assert as_("other_supervisor").get(f"{API}/checklists/{first['id']}").status_code == 404
