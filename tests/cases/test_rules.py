"""Cases' finer rules: who is left out, what no longer moves, and that the office takes part in every step."""

from tests.cases.steps import AT, FOUND, OFFICES, concluded, joined, opened
from tests.conftest import As
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.world import World


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
