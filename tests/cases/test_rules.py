"""Cases' finer rules: who is left out, what no longer moves, and that the office takes part in every step."""

import pytest

from tests.cases.steps import AT, FOUND, OFFICES, concluded, joined, opened
from tests.conftest import As
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.world import World

CLUE = {"category": "procurement", "source": "audit", "title": "只有一家报价", "text": "连续两次。"}


def test_a_handler_without_such_a_role_knows_of_it_no_more(as_: As, world: World, stock: Stock) -> None:
    row_id = stock.case("实验小学")
    stock.handle(row_id, "leader", "supervisor")
    assert ok(as_("supervisor").get(f"{AT}/{row_id}"))["allowed_actions"]
    assert as_("leader").get(f"{AT}/{row_id}").status_code == 404 and ok(as_("leader").get(AT))["data"] == []


def test_of_the_team_whoever_belongs_to_the_unit_concerned_is_left_out(as_: As, world: World) -> None:
    row = opened(as_("discipline"), world, "教育股")
    grant = {"role": "office", "unit_id": world.unit["教育股"]}
    ok(as_("secadmin").post(f"{API}/users/{world.user['discipline']}/role-grants", json=grant), 201)
    assert as_("discipline").get(f"{AT}/{row['id']}").status_code == 404 and ok(as_("discipline").get(AT))["data"] == []


def test_the_team_of_another_bureau_sees_none_of_it(as_: As, world: World) -> None:
    opened(as_("discipline"), world, "第一中学")
    assert ok(as_("other_discipline").get(AT))["data"] == []


def test_what_is_over_moves_no_more(as_: As, world: World) -> None:
    supervisor, row = as_("supervisor"), opened(as_("supervisor"), world)
    path, note = f"{AT}/{row['id']}", {"note": "不属实。"}
    ok(supervisor.post(f"{path}/examine"))
    assert ok(supervisor.post(f"{path}/file"))["filed_at"]
    for step, body in {"close": note, "draw-up": {}}.items():
        assert supervisor.post(f"{path}/{step}", json=body).json()["code"] == "wrong_state", step
    done = concluded(supervisor, opened(supervisor, world))
    assert done["concluded_at"]
    late = supervisor.patch(f"{AT}/{done['id']}", json={"title": "另写"}, headers={"if-match": str(done["version"])})
    assert late.json()["code"] == "wrong_state"
    shut = opened(supervisor, world)
    ok(supervisor.post(f"{AT}/{shut['id']}/close", json=note))
    assert supervisor.post(f"{AT}/{shut['id']}/notes", json={"text": "再谈一次。"}).json()["code"] == "wrong_state"


def test_what_does_not_fit_is_told_at_its_field(as_: As, world: World) -> None:
    supervisor, row = as_("supervisor"), opened(as_("supervisor"), world)
    clue = {
        "category": "other",
        "source": "audit",
        "title": "线索",
        "text": "内容。",
        "unit_id": world.unit["第一中学"],
    }
    for field, body in {"unit_id": {"unit_id": world.district}, "source": {"source": "finding"}}.items():
        refused = supervisor.post(AT, json=clue | body)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"/{field}")
    for field, value in {"title": None, "text": None, "source": "finding"}.items():
        version = {"if-match": str(row["version"])}
        refused = supervisor.patch(f"{AT}/{row['id']}", json={field: value}, headers=version)
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"/{field}")
    wrong = supervisor.post(OFFICES, json={"category": "ethics", "office_id": world.unit["实验小学"]})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/office_id")


def test_nobody_joins_twice_nor_leaves_who_was_not_there(as_: As, world: World) -> None:
    supervisor, row = as_("supervisor"), opened(as_("supervisor"), world)
    joined(supervisor, row, world.user["office"])
    again = {"json": {"user_id": world.user["office"]}}
    assert supervisor.post(f"{AT}/{row['id']}/add-handler", **again).json()["code"] == "handles_already"
    stranger = {"json": {"user_id": world.user["education"]}}
    assert supervisor.post(f"{AT}/{row['id']}/remove-handler", **stranger).json()["code"] == "no_handler"


def test_the_office_takes_part_in_every_step(as_: As, world: World) -> None:
    supervisor, row = as_("supervisor"), opened(as_("supervisor"), world, category="ethics", source="complaint")
    ok(supervisor.post(OFFICES, json={"category": "ethics", "office_id": world.unit["人事股"]}), 201)
    ok(supervisor.patch(f"{AT}/{row['id']}", json=FOUND, headers={"if-match": str(row["version"])}))
    for step in ("examine", "file", "conclude"):
        refused = supervisor.post(f"{AT}/{row['id']}/{step}")
        assert (refused.status_code, refused.json()["code"]) == (409, "office_missing"), step
        joined(supervisor, row, world.user["office"])
        ok(supervisor.post(f"{AT}/{row['id']}/{step}"))
        leaves = {"json": {"user_id": world.user["office"]}}
        ok(supervisor.post(f"{AT}/{row['id']}/remove-handler", **leaves), 204)


def test_the_office_of_a_category_takes_no_part_in_what_is_about_itself(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    ok(supervisor.post(OFFICES, json={"category": "ethics", "office_id": world.unit["人事股"]}), 201)
    branch = {"code": "JG1", "name": "机关党支部", "kind": "party_organization", "host_ids": [world.unit["人事股"]]}
    world.unit["机关党支部"] = ok(as_("sysadmin").post(f"{API}/units", json=branch), 201)["id"]
    for unit in ("人事股", "机关党支部"):
        row = opened(supervisor, world, unit, category="ethics")
        theirs = {"json": {"user_id": world.user["office"]}}
        assert supervisor.post(f"{AT}/{row['id']}/add-handler", **theirs).status_code == 422
        assert concluded(supervisor, row)["state"] == "concluded", unit


def test_the_person_concerned_never_handles_the_case_nor_whoever_is_called_so(
    as_: As, browse: As, world: World
) -> None:
    """王建国 is a leader, 周敏 of an office, 郑严 of the stationed team."""
    team, user = as_("discipline"), world.user
    named = team.post(AT, json={**CLUE, "unit_id": world.unit["实验小学"], "person": "郑\u3000严"})
    assert (named.status_code, named.json()["errors"][0]["pointer"]) == (422, "/person")
    row = opened(team, world, person="周 敏老师、高岩")
    path = f"{AT}/{row['id']}"
    refused = team.post(f"{path}/add-handler", json={"user_id": user["office"]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/user_id")
    page = browse("discipline").get(f"/cases/{row['id']}").text
    assert "张晓梅（教育股）" in page and "周敏（人事股）" not in page
    # Of the team itself somebody is called so.
    joined(team, row, user["education"])
    version = {"if-match": str(ok(team.get(path))["version"])}
    ok(as_("education").patch(path, json={"person": "郑严"}, headers=version))
    assert team.get(path).status_code == 404 and ok(team.get(AT))["data"] == []
    # Who handles it and turns out to be meant has to be followed by another, who is not.
    version = {"if-match": str(ok(as_("education").get(path))["version"])}
    mine = as_("education").patch(path, json={"person": "张晓梅"}, headers=version)
    assert (mine.status_code, mine.json()["errors"][0]["pointer"]) == (422, "/person")


@pytest.mark.parametrize("called", ["周敏（人事股）", "周敏(副校长)", "教师周敏"])
def test_a_remark_or_a_title_in_an_account_is_no_part_of_the_name(
    as_: As, browse: As, world: World, called: str
) -> None:
    team, at = as_("discipline"), f"{API}/users/{world.user['office']}"
    row, of_others = opened(team, world, person="周敏、高岩"), opened(team, world, person="高岩")
    joined(team, of_others, world.user["office"])
    version = {"if-match": str(ok(as_("sysadmin").get(at))["version"])}
    ok(as_("sysadmin").patch(at, json={"name": called}, headers=version))
    refused = team.post(f"{AT}/{row['id']}/add-handler", json={"user_id": world.user["office"]})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/user_id")
    assert called not in browse("discipline").get(f"/cases/{row['id']}").text
    assert [each["id"] for each in ok(as_("office").get(AT))["data"]] == [of_others["id"]]
    version = {"if-match": str(ok(team.get(f"{AT}/{of_others['id']}"))["version"])}
    ok(team.patch(f"{AT}/{of_others['id']}", json={"person": "高岩、周敏"}, headers=version))
    assert ok(as_("office").get(AT))["data"] == [], "who handles it turns out to be meant"


def test_a_handler_who_turns_out_to_be_meant_is_followed_by_somebody_else(as_: As, world: World, stock: Stock) -> None:
    row_id = stock.case("实验小学", person="周敏、李卫东", person_folded="周敏、李卫东")
    stock.handle(row_id, "office")
    assert as_("office").get(f"{AT}/{row_id}").status_code == 404
    why = {"note": "承办人应当回避。"}
    assert as_("supervisor").post(f"{AT}/{row_id}/take-over", json=why).status_code == 404
    assert ok(as_("discipline").post(f"{AT}/{row_id}/take-over", json=why))["id"] == row_id
