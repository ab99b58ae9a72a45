"""Issuing a finding opens a rectification: numbered without gaps, with a deadline by severity."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.core.calendar import PLAIN, now, today_of
from tests.accountability.test_successors import lasting
from tests.conftest import As
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, finding, inspection, ok
from tests.world import World

TODAY = today_of(now())


def going_on(as_: As, world: World, unit: str = "实验小学", **fields: Any) -> int:
    made = inspection(as_, [world.unit[unit]], **fields)
    ok(as_("supervisor").post(f"{API}/inspections/{made['id']}/start"))
    return int(made["id"])


@pytest.mark.parametrize(("severity", "workdays"), [("minor", 30), ("major", 15), ("serious", 7)])
def test_the_default_deadline_follows_severity_in_workdays(as_: As, world: World, severity: str, workdays: int) -> None:
    found = finding(as_, going_on(as_, world), world.unit["实验小学"], severity=severity)
    issued = ok(as_("supervisor").post(f"{API}/findings/{found['id']}/issue"))
    expected = PLAIN.add(TODAY, workdays).isoformat()
    assert issued["state"] == "issued" and issued["deadline_on"] == expected
    (row,) = ok(as_("school").get(f"{API}/rectifications"))["data"]
    assert row["finding_id"] == found["id"] and row["number"] == issued["number"]
    assert row["deadline_on"] == row["original_deadline_on"] == expected
    assert row["state"] == "pending" and row["lamp"] == "green" and row["round"] == 1
    assert row["problem"] == found["description"] and row["severity"] == severity


def test_a_deadline_given_with_the_finding_holds(as_: As, world: World) -> None:
    found = finding(as_, going_on(as_, world), world.unit["实验小学"], deadline_on="2199-05-01")
    assert ok(as_("supervisor").post(f"{API}/findings/{found['id']}/issue"))["deadline_on"] == "2199-05-01"


def test_of_a_unit_that_is_only_to_come_it_is_said_from_when_it_is_there(as_: As, stock: Stock, world: World) -> None:
    supervisor = as_("supervisor")
    lasting(stock, "实验小学", valid_from=day(9))
    lasting(stock, "第一中学", valid_to=day(-9))
    inspection = {"title": "食堂检查", "mode": "announced", "kind": "routine", "team_unit_ids": [world.unit["督查室"]]}
    inspection |= {"starts_on": day(1).isoformat(), "ends_on": day(2).isoformat()}
    problem = {"problem": "收费没有公示。", "source": "audit"}
    for unit, said in (("实验小学", f"实验小学 {day(9)} 才启用"), ("第一中学", "第一中学已停用")):
        for path, body in (
            ("rectifications", problem | {"unit_id": world.unit[unit]}),
            ("inspections", inspection | {"unit_ids": [world.unit[unit]]}),
        ):
            refused = supervisor.post(f"{API}/{path}", json=body)
            assert refused.status_code == 422 and refused.json()["errors"][0]["detail"].startswith(said), refused.text


def test_numbers_have_no_gaps_within_the_year(as_: As, world: World) -> None:
    row_id, unit = going_on(as_, world), world.unit["实验小学"]
    found = [finding(as_, row_id, unit) for _ in range(3)]
    first = ok(as_("supervisor").post(f"{API}/findings/{found[0]['id']}/issue"))
    assert as_("supervisor").post(f"{API}/findings/{found[0]['id']}/issue").status_code == 409
    assert as_("school").post(f"{API}/findings/{found[1]['id']}/issue").status_code == 404
    assert as_("supervisor").delete(f"{API}/findings/{found[1]['id']}").status_code == 204
    last = ok(as_("supervisor").post(f"{API}/findings/{found[2]['id']}/issue"))
    assert [first["number"], last["number"]] == [f"{TODAY.year}-督-001", f"{TODAY.year}-督-002"]


def test_of_many_issuing_at_once_one_wins_and_one_number_is_given(as_: As, world: World) -> None:
    row_id, unit = going_on(as_, world), world.unit["实验小学"]
    found, following = finding(as_, row_id, unit), finding(as_, row_id, unit)
    with ThreadPoolExecutor(4) as pool:
        codes = list(
            pool.map(lambda _: as_("supervisor").post(f"{API}/findings/{found['id']}/issue").status_code, range(4))
        )
    assert sorted(codes) == [200, 409, 409, 409]
    assert ok(as_("supervisor").post(f"{API}/findings/{following['id']}/issue"))["number"].endswith("-002")
    assert len(ok(as_("supervisor").get(f"{API}/rectifications"))["data"]) == 2


@pytest.mark.parametrize("account", ["leader", "discipline"])
def test_only_who_runs_the_inspection_issues(as_: As, world: World, account: str) -> None:
    found = finding(as_, going_on(as_, world), world.unit["实验小学"])
    assert as_(account).post(f"{API}/findings/{found['id']}/issue").status_code == 403


def test_of_an_unannounced_inspection_only_after_release(as_: As, world: World) -> None:
    row_id = going_on(as_, world, mode="unannounced")
    found = finding(as_, row_id, world.unit["实验小学"])
    assert "issue" not in found["allowed_actions"]
    for step in ("report", "release"):
        assert as_("supervisor").post(f"{API}/findings/{found['id']}/issue").status_code == 409
        ok(as_("supervisor").post(f"{API}/inspections/{row_id}/{step}"))
    ready = ok(as_("supervisor").get(f"{API}/findings/{found['id']}"))
    assert "issue" in ready["allowed_actions"]
    ok(as_("supervisor").post(f"{API}/findings/{found['id']}/issue"))


def test_the_office_issues_what_its_own_liaison_inspection_found(as_: As, world: World) -> None:
    unit = world.unit["第一中学"]
    body = {"kind": "liaison", "mode": "announced", "title": "包联督查", "unit_ids": [unit]}
    days = {"starts_on": TODAY.isoformat(), "ends_on": TODAY.isoformat()}
    made = ok(as_("education").post(f"{API}/inspections", json={**body, **days}), 201)
    path = f"{API}/inspections/{made['id']}"
    ok(as_("education").post(f"{path}/start"))
    problem = {"unit_id": unit, "category": "其他", "severity": "minor", "description": "d", "correction": "c"}
    found = ok(as_("education").post(f"{path}/findings", json=problem), 201)
    assert as_("middle").get(f"{API}/findings/{found['id']}").status_code == 404
    ok(as_("education").post(f"{API}/findings/{found['id']}/issue"))
    assert len(ok(as_("middle").get(f"{API}/rectifications"))["data"]) == 1
