"""A complaint becomes a case (立案线索); that one came of the other is known to those alone who may see both."""

from starlette.testclient import TestClient

from tests.cases.steps import AT as CASES
from tests.cases.steps import joined
from tests.complaints.steps import AT, TEXT, newest, reported, step, under_way
from tests.conftest import As, form
from tests.generated.forms import forms_of
from tests.stock import Stock
from tests.stock import stock as stock  # the fixture
from tests.walk.steps import API, ok
from tests.world import World

CLUE = {"category": "ethics", "source": "complaint", "title": "有偿补课线索", "text": "经初步了解属实。"}


def test_whoever_handles_it_makes_a_case_of_it_and_others_do_not_learn_of_it(
    client: TestClient, as_: As, browse: As, world: World
) -> None:
    row, _ = under_way(as_, client, world, accused="高岩", category="ethics")
    home, office = f"/complaints/{row['id']}", browse("office")
    assert f"/cases/new?complaint_id={row['id']}" in office.get(home).text
    page = office.get(f"/cases/new?complaint_id={row['id']}")
    sent = dict(next(each for each in forms_of(page.text) if each.action == "/cases").fields)
    filled = {"category": "ethics", "source": "complaint", "person": "高岩", "text": TEXT}
    assert {name: sent[name] for name in filled} == filled and row["code"] in sent["title"]
    assert sent["unit_id"] == str(world.unit["实验小学"])
    made = office.post("/cases", data=form(office, **{k: v for k, v in sent.items() if k != "csrf"}))
    case_id = int(made.headers["location"].rsplit("/", 1)[1])
    one = ok(as_("office").get(f"{CASES}/{case_id}"))
    assert (one["complaint_id"], one["complaint_code"]) == (row["id"], row["code"])
    assert row["code"] in office.get(f"/cases/{case_id}").text and f"/cases/{case_id}" in office.get(home).text
    assert [each["id"] for each in ok(as_("office").get(f"{CASES}?complaint_id={row['id']}"))["data"]] == [case_id]
    # The supervisor reads the complaint and knows of no case; the colleague handles the case and reads no complaint.
    assert f"/cases/{case_id}" not in browse("supervisor").get(home).text
    assert ok(as_("supervisor").get(f"{CASES}?complaint_id={row['id']}"))["data"] == []
    joined(as_("office"), one, world.user["education"])
    theirs = ok(as_("education").get(f"{CASES}/{case_id}"))
    assert (theirs["complaint_id"], theirs["complaint_code"]) == (None, None)
    assert f"/complaints/{row['id']}" not in browse("education").get(f"/cases/{case_id}").text
    assert ok(as_("education").get(f"{CASES}?complaint_id={row['id']}"))["data"] == []
    for event in ok(as_("auditor").get(f"{API}/events?resource=case_file&resource_id={case_id}"))["data"]:
        assert "complaint_id" not in (event["after"] or {})
    version = {"if-match": str(one["version"])}
    refused = as_("office").patch(f"{CASES}/{case_id}", json={"source": "audit"}, headers=version)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/source")


def test_no_case_comes_of_what_is_not_looked_into_nor_of_what_one_does_not_handle(
    client: TestClient, as_: As, browse: As, world: World
) -> None:
    reported(client, world)
    row, body = newest(as_), {**CLUE, "complaint_id": newest(as_)["id"]}
    early = as_("supervisor").post(CASES, json=body)
    assert (early.status_code, early.json()["code"]) == (409, "wrong_state")
    assert "/cases/new" not in browse("supervisor").get(f"/complaints/{row['id']}").text
    row, _ = under_way(as_, client, world, unit="第一中学")
    body["complaint_id"] = row["id"]
    hidden, missing = (
        as_("education").post(CASES, json=body),
        as_("office").post(CASES, json={**body, "complaint_id": 99}),
    )
    for refused in (hidden, missing):
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/complaint_id")
    wrong = as_("office").post(CASES, json={**body, "source": "audit"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/source")
    assert as_("leader").post(CASES, json=body).status_code == 403
    assert "/cases/new" not in browse("leader").get(f"/complaints/{row['id']}").text
    assert ok(as_("office").post(CASES, json=body), 201)["unit_name"] == "第一中学"
    # The team's own stays the team's.
    reported(client, world, "党办")
    own, team = newest(as_), as_("discipline")
    step(team, own, "accept"), step(team, own, "assign", handling_unit_id=world.unit["派驻组"])
    step(team, own, "investigate")
    made = ok(team.post(CASES, json={**CLUE, "complaint_id": own["id"]}), 201)
    assert made["of_discipline"] is True and as_("supervisor").get(f"{CASES}/{made['id']}").status_code == 404
    assert as_("supervisor").post(CASES, json={**CLUE, "complaint_id": own["id"]}).status_code == 422
    assert ok(as_("supervisor").get(f"{AT}?unit_id={world.unit['党办']}"))["data"] == []


def test_the_account_complained_of_is_not_made_a_handler(client: TestClient, as_: As, browse: As, world: World) -> None:
    reported(client, world, accused="分管的那位")
    row, team, meant = newest(as_), as_("discipline"), {"user_id": world.user["education"]}
    version = {"if-match": f'"{row["version"]}"'}
    ok(team.patch(f"{AT}/{row['id']}", json={"accused_user_id": meant["user_id"]}, headers=version))
    step(team, row, "accept"), step(team, row, "assign", handling_unit_id=world.unit["派驻组"])
    step(team, row, "investigate")
    made = ok(team.post(CASES, json={**CLUE, "complaint_id": row["id"]}), 201)
    refused = team.post(f"{CASES}/{made['id']}/add-handler", json=meant)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/user_id")
    assert "张晓梅" not in browse("discipline").get(f"/cases/{made['id']}").text
    assert ok(as_("education").get(f"{API}/notifications"))["data"] == []


def test_whoever_is_called_as_the_complaint_says_is_not_made_a_handler(
    client: TestClient, as_: As, browse: As, world: World, stock: Stock
) -> None:
    """Though the case itself names nobody, until it is known that another is meant."""
    row, _ = under_way(as_, client, world, accused="张 晓梅老师")
    office, meant = as_("office"), {"user_id": world.user["education"]}
    made = ok(office.post(CASES, json={**CLUE, "complaint_id": row["id"]}), 201)
    refused = office.post(f"{CASES}/{made['id']}/add-handler", json=meant)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/user_id")
    assert "张晓梅" not in browse("office").get(f"/cases/{made['id']}").text
    stock.handle(made["id"], "education")
    assert as_("education").get(f"{CASES}/{made['id']}").status_code == 404
    assert ok(as_("education").get(CASES))["data"] == []
    version = {"if-match": f'"{newest(as_)["version"]}"'}
    other = {"accused_user_id": world.user["school"]}
    ok(as_("discipline").patch(f"{AT}/{row['id']}", json=other, headers=version))
    assert ok(as_("education").get(f"{CASES}/{made['id']}"))["id"] == made["id"]
