"""Whom a complaint is never shown nor given to."""

import pytest
from starlette.testclient import TestClient

from tests.complaints.steps import AT, newest, reported, step
from tests.conftest import As
from tests.walk.steps import API, ok
from tests.world import World

EVERYONE = ("discipline", "supervisor", "leader", "office", "education", "school", "central", "auditor")


def seen_by(as_: As) -> set[str]:
    return {account for account in EVERYONE if ok(as_(account).get(AT))["data"]}


@pytest.mark.parametrize(
    ("unit", "fields", "readers"),
    [
        ("实验小学", {}, {"discipline", "supervisor", "leader"}),
        ("柳林小学", {}, {"discipline", "supervisor", "leader"}),
        ("人事股", {}, {"discipline"}),
        ("教研室", {}, {"discipline"}),
        (None, {"unit_named": "城东的一所学校"}, {"discipline"}),
        ("实验小学", {"accused": "王建国局长"}, {"discipline", "supervisor"}),
        ("实验小学", {"accused": "李 卫东"}, {"discipline", "leader"}),
        ("实验小学", {"accused": "李\u3000卫东"}, {"discipline", "leader"}),
    ],
)
def test_unit_and_person_complained_of_are_left_out(
    client: TestClient, as_: As, world: World, unit: str | None, fields: dict[str, str], readers: set[str]
) -> None:
    reported(client, world, unit, **fields)
    assert seen_by(as_) == readers


def test_an_account_written_with_a_space_is_the_person_all_the_same(client: TestClient, as_: As, world: World) -> None:
    at = f"{API}/users/{world.user['supervisor']}"
    version = {"if-match": str(ok(as_("sysadmin").get(at))["version"])}
    ok(as_("sysadmin").patch(at, json={"name": "李\u3000卫东"}, headers=version))
    reported(client, world, "实验小学", accused="李卫东主任")
    assert seen_by(as_) == {"discipline", "leader"}
    letter = {
        "channel": "letter",
        "received_on": "2026-01-05",
        "category": "fees",
        "text": "收费。",
        "accused": "李卫 东",
    }
    refused = as_("supervisor").post(AT, json=letter | {"unit_id": world.unit["实验小学"]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/accused")


def test_a_party_branch_of_an_office_is_the_bureaus_own(client: TestClient, as_: As, world: World) -> None:
    branch = {"code": "JG1", "name": "机关党支部", "kind": "party_organization", "host_ids": [world.unit["办公室"]]}
    about = ok(as_("sysadmin").post(f"{API}/units", json=branch), 201)["id"]
    reported(client, world, None, unit_named="机关的支部")
    row, team = newest(as_), as_("discipline")
    version = {"if-match": f'"{row["version"]}"'}
    ok(team.patch(f"{AT}/{row['id']}", json={"unit_id": about}, headers=version))
    assert seen_by(as_) == {"discipline"}
    step(team, row, "assign", 422, handling_unit_id=world.unit["人事股"])
    step(team, row, "assign", handling_unit_id=world.unit["派驻组"])


def test_nobody_it_concerns_handles_it(client: TestClient, as_: As, world: World) -> None:
    reported(client, world, "实验小学", accused="周敏")
    row, supervisor = newest(as_), as_("supervisor")
    unit, user = world.unit, world.user
    named = {"handling_unit_id": unit["人事股"], "handler_id": user["office"]}
    step(supervisor, row, "assign", 422, **named)  # 周敏 is the person.
    step(supervisor, row, "assign", 422, handling_unit_id=unit["实验小学"])
    step(supervisor, row, "assign", 422, handling_unit_id=unit["教育股"], handler_id=user["school"])
    step(supervisor, row, "assign", handling_unit_id=unit["教育股"], handler_id=user["education"])
    assert "education" in seen_by(as_)


def test_the_bureaus_own_goes_to_nobody_but_the_discipline_team(client: TestClient, as_: As, world: World) -> None:
    reported(client, world, "党办")
    row, team = newest(as_), as_("discipline")
    step(team, row, "assign", 422, handling_unit_id=world.unit["人事股"])
    step(team, row, "assign", 422, handling_unit_id=world.unit["党办"])
    step(team, row, "assign", handling_unit_id=world.unit["派驻组"], handler_id=world.user["discipline"])
    step(as_("supervisor"), row, "accept", 404)
    step(team, row, "accept")


def test_what_the_bureaus_own_is_to_put_right_is_said_by_the_discipline_team(
    client: TestClient, as_: As, world: World
) -> None:
    team, mend = as_("discipline"), {"problem": "一次性告知办事材料。", "deadline_on": "2199-01-01"}
    reported(client, world, "人事股")
    about_office = newest(as_)
    reported(client, world, "实验小学")
    for row in (about_office, about_school := newest(as_)):
        step(team, row, "accept")
        step(team, row, "assign", handling_unit_id=world.unit["派驻组"])
        step(team, row, "investigate")
    step(team, about_school, "rectify", 403, **mend)
    made = step(team, about_office, "rectify", **mend)["rectification_id"]
    (theirs,) = ok(as_("office").get(f"{API}/rectifications"))["data"]
    assert (theirs["id"], theirs["unit_name"], theirs["source"]) == (made, "人事股", "complaint")
    for account in ("office", "supervisor"):
        assert as_(account).get(f"{AT}/{about_office['id']}").status_code == 404


def test_found_to_be_about_an_office_it_is_taken_off_that_office(client: TestClient, as_: As, world: World) -> None:
    reported(client, world, "实验小学")
    row = newest(as_)
    step(as_("supervisor"), row, "assign", handling_unit_id=world.unit["人事股"], handler_id=world.user["office"])
    assert seen_by(as_) == {"discipline", "supervisor", "leader", "office"}
    version = {"if-match": f'"{newest(as_)["version"]}"'}
    team = as_("discipline")
    edited = ok(team.patch(f"{AT}/{row['id']}", json={"unit_id": world.unit["人事股"]}, headers=version))
    assert edited["handling_unit_id"] is None and seen_by(as_) == {"discipline"}


@pytest.mark.parametrize(("about", "belongs"), [("实验小学", "实验小学"), ("柳林小学", "柳林镇中心校")])
def test_whoever_also_belongs_to_the_school_or_stands_above_it_is_left_out(
    client: TestClient, as_: As, world: World, about: str, belongs: str
) -> None:
    reported(client, world, about)
    row, supervisor = newest(as_), as_("supervisor")
    given = {"handling_unit_id": world.unit["人事股"], "handler_id": world.user["office"]}
    step(supervisor, row, "assign", **given)
    assert "office" in seen_by(as_)
    grant = {"role": "school", "unit_id": world.unit[belongs]}
    ok(as_("secadmin").post(f"/api/v1/users/{world.user['office']}/role-grants", json=grant), 201)
    assert "office" not in seen_by(as_)
    step(supervisor, row, "assign", 422, **given)
