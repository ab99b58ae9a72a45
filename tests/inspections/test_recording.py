"""Visits, answers and their score, findings, the report."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import As
from tests.walk.steps import API, evidence, finding, inspection, ok
from tests.world import World

POINTS = [
    {"area": "政风", "text": "会议记录完整", "score": 10, "basis": "检查表第 1 项"},
    {"area": "校风", "text": "收费公示齐全", "score": 15},
    {"area": "校风", "text": "校外人员登记", "score": 5},
]


@pytest.fixture
def going_on(as_: As, world: World) -> str:
    """The path of an announced inspection of two schools with a checklist, under way."""
    checklist = ok(as_("supervisor").post(f"{API}/checklists", json={"title": "检查表", "points": POINTS}), 201)
    units = [world.unit["实验小学"], world.unit["第一幼儿园"]]
    made = inspection(as_, units, checklist_id=checklist["id"])
    path = f"{API}/inspections/{made['id']}"
    ok(as_("supervisor").post(f"{path}/start"))
    return path


def visit(world: World, **fields: Any) -> dict[str, Any]:
    return {"unit_id": world.unit["实验小学"], **fields}


def test_what_does_not_apply_is_out_of_the_maximum(as_: As, world: World, going_on: str) -> None:
    answers = {"1": {"answer": "conforms"}, "2": {"answer": "fails", "score": 4}, "3": {"answer": "not_applicable"}}
    made = ok(as_("supervisor").post(f"{going_on}/visits", json=visit(world, answers=answers)), 201)
    assert (made["score"], made["max_score"]) == (14, 25)
    assert made["answers"]["3"] == {"answer": "not_applicable", "score": None, "max_score": None}


def test_recording_again_changes_the_points_given_and_there_is_one_visit(as_: As, world: World, going_on: str) -> None:
    both = {"1": {"answer": "conforms"}, "2": {"answer": "conforms"}}
    first = ok(as_("supervisor").post(f"{going_on}/visits", json=visit(world, answers=both, note="上午")), 201)
    second = ok(as_("supervisor").post(f"{going_on}/visits", json=visit(world, answers={"1": {"answer": "fails"}})))
    assert second["id"] == first["id"] and second["note"] == "上午"
    assert (second["score"], second["max_score"]) == (15, 25)
    assert len(ok(as_("supervisor").get(f"{going_on}/visits"))["data"]) == 1


def test_two_inspectors_recording_at_once_lose_nothing(as_: As, world: World, going_on: str) -> None:
    def record(key: int) -> int:
        answers = {str(key): {"answer": "conforms"}}
        return as_("supervisor").post(f"{going_on}/visits", json=visit(world, answers=answers)).status_code

    with ThreadPoolExecutor(3) as pool:
        assert sorted(pool.map(record, (1, 2, 3))) == [200, 200, 201]
    (row,) = ok(as_("supervisor").get(f"{going_on}/visits"))["data"]
    assert set(row["answers"]) == {"1", "2", "3"} and row["score"] == 30


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"answers": {"9": {"answer": "conforms"}}}, "/answers/9"),
        ({"answers": {"1": {"answer": "conforms", "score": 11}}}, "/answers/1/score"),
        ({"answers": {"1": {"answer": "maybe"}}}, "/answers/1/answer"),
        ({"visited_on": "2199-01-01"}, "/visited_on"),
        ({"unit_id": "第一中学"}, "/unit_id"),
    ],
)
def test_a_wrong_answer_is_refused_at_its_point(
    as_: As, world: World, going_on: str, fields: dict[str, Any], pointer: str
) -> None:
    if isinstance(fields.get("unit_id"), str):
        fields = {"unit_id": world.unit[fields["unit_id"]]}
    answer = as_("supervisor").post(f"{going_on}/visits", json=visit(world, **fields))
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_only_the_team_records_and_only_while_it_goes_on(as_: As, world: World, going_on: str) -> None:
    assert as_("discipline").post(f"{going_on}/visits", json=visit(world)).status_code == 403
    assert as_("school").post(f"{going_on}/visits", json=visit(world)).status_code == 403
    assert as_("office").post(f"{going_on}/visits", json=visit(world)).status_code == 404
    planned = inspection(as_, [world.unit["实验小学"]])
    path = f"{API}/inspections/{planned['id']}/visits"
    assert as_("supervisor").post(path, json=visit(world)).status_code == 409


def test_reporting_needs_a_visit_or_a_finding_at_each_target(as_: As, world: World, going_on: str) -> None:
    ok(as_("supervisor").post(f"{going_on}/visits", json=visit(world)), 201)
    refused = as_("supervisor").post(f"{going_on}/report")
    assert refused.status_code == 409
    assert refused.json()["code"] == "not_visited"
    assert "第一幼儿园" in refused.json()["detail"] and "实验小学" not in refused.json()["detail"]
    assert as_("school").post(f"{going_on}/report").status_code == 403
    finding(as_, int(going_on.rsplit("/", 1)[1]), world.unit["第一幼儿园"])
    done = ok(as_("supervisor").post(f"{going_on}/report", json={"note": "总体较好。"}))
    assert done["state"] == "reported" and done["summary"] == "总体较好。" and done["visit_count"] == 2
    assert as_("supervisor").post(f"{going_on}/visits", json=visit(world)).status_code == 409


def test_a_finding_makes_the_visit_and_keeps_to_it(as_: As, world: World, going_on: str) -> None:
    row_id, unit = int(going_on.rsplit("/", 1)[1]), world.unit["实验小学"]
    first = finding(as_, row_id, unit, point_key="2", immediate=True)
    assert first["state"] == "draft" and first["number"] is None and first["immediate"] is True
    again = finding(as_, row_id, unit, visit_id=first["visit_id"])
    assert again["visit_id"] == first["visit_id"]
    other = finding(as_, row_id, world.unit["第一幼儿园"])
    body = {"unit_id": unit, "category": "其他", "severity": "minor", "description": "d", "correction": "c"}
    for wrong in ({"visit_id": other["visit_id"]}, {"point_key": "7"}, {"unit_id": world.unit["第一中学"]}):
        assert as_("supervisor").post(f"{going_on}/findings", json={**body, **wrong}).status_code == 422


def test_a_draft_is_changed_or_dropped_an_issued_one_stays(as_: As, world: World, going_on: str) -> None:
    row_id, unit = int(going_on.rsplit("/", 1)[1]), world.unit["实验小学"]
    draft, dropped = finding(as_, row_id, unit), finding(as_, row_id, unit)
    path, tag = f"{API}/findings/{draft['id']}", {"if-match": f'"{draft["version"]}"'}
    assert as_("discipline").patch(path, json={"severity": "minor"}, headers=tag).status_code == 403
    changed = ok(as_("supervisor").patch(path, json={"severity": "serious"}, headers=tag))
    assert changed["severity"] == "serious"
    assert as_("supervisor").patch(path, json={"severity": "minor"}, headers=tag).status_code == 412
    assert as_("supervisor").delete(f"{API}/findings/{dropped['id']}").status_code == 204
    assert as_("supervisor").get(f"{API}/findings/{dropped['id']}").status_code == 404
    ok(as_("supervisor").post(f"{path}/issue"))
    newest = ok(as_("supervisor").get(path))
    tag = {"if-match": f'"{newest["version"]}"'}
    assert newest["allowed_actions"] == []
    assert as_("supervisor").patch(path, json={"severity": "minor"}, headers=tag).status_code == 409
    assert as_("supervisor").delete(path).status_code == 409


def test_a_photograph_of_a_dropped_draft_stays_with_who_took_it_and_is_nobody_elses(
    as_: As, world: World, going_on: str
) -> None:
    row_id, supervisor = int(going_on.rsplit("/", 1)[1]), as_("supervisor")
    dropped = finding(as_, row_id, world.unit["实验小学"])
    photo = evidence(supervisor, "公示栏照片", target="findings", target_id=str(dropped["id"]))
    ok(supervisor.delete(f"{API}/findings/{dropped['id']}"), 204)
    file = f"{API}/evidence/{photo['id']}/file"
    assert supervisor.get(file).status_code == 200
    assert ok(supervisor.get(f"{API}/evidence/{photo['id']}"))["links"] == []
    # What is found next, elsewhere, and told there.
    ok(supervisor.post(f"{API}/findings/{finding(as_, row_id, world.unit['第一幼儿园'])['id']}/issue"))
    assert ok(as_("kindergarten").get(f"{API}/findings"))["data"]
    for account in ("kindergarten", "school"):
        assert as_(account).get(file).status_code == 404, account
