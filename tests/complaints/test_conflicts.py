"""Whom a complaint is never shown nor given to."""

import pytest
from starlette.testclient import TestClient

from tests.accountability.test_successors import gone, lasting
from tests.complaints.steps import AT, newest, reported, step, under_way
from tests.conftest import As
from tests.stock import Stock, day
from tests.stock import stock as stock  # the fixture
from tests.units.merging import NEW, merge
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
        ("实验小学", {"accused": "李∙卫⋅东"}, {"discipline", "leader"}),
        ("实验小学", {"accused": "王建国强、高远"}, {"discipline", "supervisor"}),
    ],
)
def test_unit_and_person_complained_of_are_left_out(
    client: TestClient, as_: As, world: World, unit: str | None, fields: dict[str, str], readers: set[str]
) -> None:
    reported(client, world, unit, **fields)
    assert seen_by(as_) == readers


@pytest.mark.parametrize(
    "called",
    [
        "李\u3000卫东",
        "李卫东（督查室）",
        "李卫东(主任)",
        "李卫东（督查室（兼））",
        "李卫东【教研员",
        "教师李卫东",
        "李卫东老师",
        "高远、李 卫东",
        "李卫东-督查室",
        "督查室 李卫东",
        "督查室李卫东",
    ],
)
def test_an_account_written_otherwise_is_the_person_all_the_same(
    client: TestClient, as_: As, world: World, called: str
) -> None:
    at = f"{API}/users/{world.user['supervisor']}"
    version = {"if-match": str(ok(as_("sysadmin").get(at))["version"])}
    ok(as_("sysadmin").patch(at, json={"name": called}, headers=version))
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


def test_an_account_that_bears_an_offices_name_is_not_the_office(client: TestClient, as_: As, world: World) -> None:
    for called in ("党办/李卫东", "督查室主任"):
        at = f"{API}/users/{world.user['supervisor']}"
        version = {"if-match": str(ok(as_("sysadmin").get(at))["version"])}
        ok(as_("sysadmin").patch(at, json={"name": called}, headers=version))
        reported(client, world, "实验小学", accused="党办、督查室的人")
        assert "supervisor" in seen_by(as_), called


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
    own = branch | {"code": "JG2", "name": "派驻组党支部", "host_ids": [world.unit["派驻组"]]}
    own_id = ok(as_("sysadmin").post(f"{API}/units", json=own), 201)["id"]
    version = {"if-match": f'"{newest(as_)["version"]}"'}
    refused = team.patch(f"{AT}/{row['id']}", json={"unit_id": own_id}, headers=version)
    assert (refused.status_code, "12388" in refused.text) == (422, True)


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
    assert (theirs["id"], theirs["unit_name"], theirs["source"]) == (made, "人事股", "assigned")
    for account in ("office", "supervisor"):
        assert as_(account).get(f"{AT}/{about_office['id']}").status_code == 404


def test_a_unit_does_not_learn_that_somebody_complained_while_it_is_looked_into(
    client: TestClient, as_: As, browse: As, world: World
) -> None:
    row, _ = under_way(as_, client, world)
    mend = {"problem": "课后服务收费没有公示。", "deadline_on": "2199-01-01"}
    made, school = step(as_("supervisor"), row, "rectify", **mend)["rectification_id"], as_("school")
    at = f"{API}/rectifications"

    def told() -> list[bool]:
        found = [browse("school").get(f"/rectifications/{made}").text, browse("school").get("/rectifications").text]
        found.append(school.get(f"{at}.csv").content.decode("utf-8-sig"))
        # The page's own filter names all sources.
        shown = [text.split("<tbody>")[-1] if "<tbody>" in text else text for text in found]
        return ["信访举报" in text for text in shown] + [bool(ok(school.get(f"{at}?source=complaint"))["data"])]

    assert told() == [False] * 4 and ok(school.get(f"{at}/{made}"))["source"] == "assigned"
    step(as_("office"), row, "conclude", result="substantiated", conclusion="属实，已整改。")
    assert told() == [True] * 4


def test_a_unit_that_was_merged_is_inspected_and_mended_by_its_successor(
    client: TestClient, as_: As, browse: As, world: World
) -> None:
    row, _ = under_way(as_, client, world)
    ok(merge(as_, world))
    supervisor, new = as_("supervisor"), world.unit[NEW]
    days = {"starts_on": "2199-01-04", "ends_on": "2199-01-05"}
    plan = {"title": "收费专项检查", "mode": "announced", "kind": "routine", "team_unit_ids": [world.unit["督查室"]]}
    assert NEW in browse("supervisor").get(f"/complaints/{row['id']}/inspect").text
    led = step(supervisor, row, "inspect", 201, **plan, **days, unit_ids=[new])
    assert [each["unit_id"] for each in ok(supervisor.get(f"{API}/inspections/{led['id']}/targets"))["data"]] == [new]
    mend = {"problem": "课后服务收费没有公示。", "deadline_on": "2199-01-01"}
    made = step(supervisor, row, "rectify", **mend)["rectification_id"]
    assert ok(as_("middle").get(f"{API}/rectifications/{made}"))["unit_id"] == new


def test_what_a_closed_unit_left_undone_is_said_plainly(
    client: TestClient, as_: As, world: World, stock: Stock
) -> None:
    row, _ = under_way(as_, client, world)
    gone(stock)
    mend = {"problem": "课后服务收费没有公示。", "deadline_on": "2199-01-01"}
    assert step(as_("supervisor"), row, "rectify", 409, **mend)["code"] == "unit_ended"


def test_a_unit_that_opens_later_is_not_called_closed(client: TestClient, as_: As, world: World, stock: Stock) -> None:
    row, _ = under_way(as_, client, world)
    lasting(stock, "实验小学", valid_from=day(9))
    lasting(stock, "安稳股", valid_from=day(9))
    mend = {"problem": "课后服务收费没有公示。", "deadline_on": "2199-01-01"}
    refused = step(as_("supervisor"), row, "rectify", 409, **mend)
    assert refused["code"] == "unit_not_open" and f"{day(9)} 才启用" in refused["detail"]
    refused = step(as_("supervisor"), row, "assign", 422, handling_unit_id=world.unit["安稳股"])
    assert f"安稳股 {day(9)} 才启用" in refused["errors"][0]["detail"]


def test_an_office_that_is_closed_handles_nothing(client: TestClient, as_: As, world: World, stock: Stock) -> None:
    reported(client, world)
    gone(stock, "安稳股")
    refused = step(as_("supervisor"), newest(as_), "assign", 422, handling_unit_id=world.unit["安稳股"])
    assert refused["errors"][0]["pointer"] == "/handling_unit_id" and "安稳股已停用" in refused["errors"][0]["detail"]


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
