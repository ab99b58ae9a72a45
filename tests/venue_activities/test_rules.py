"""Venue activities' finer rules: whose may be registered, what no longer moves, and whose word is shown."""

from tests.conftest import As
from tests.stock import Stock
from tests.venue_activities.steps import AT, REVIEWERS, WORDS, days_go_by, registered, tomorrow
from tests.walk.steps import API, evidence, ok
from tests.world import World


def test_only_ones_own_unit_and_one_that_holds_such_is_registered(as_: As, world: World) -> None:
    body = {"kind": "lecture", "held_on": tomorrow(), **WORDS}
    for account in ("leader", "sysadmin", "auditor"):
        assert as_(account).post(AT, json=body).status_code == 403, account
    assert as_("school").post(AT, json={**body, "unit_id": world.unit["第一中学"]}).status_code == 403
    grant = {"role": "school", "unit_id": world.unit["第一幼儿园"]}
    ok(as_("secadmin").post(f"{API}/users/{world.user['school']}/role-grants", json=grant), 201)
    outside = {"code": "GA", "name": "区公安分局", "kind": "external_body", "answering_unit_id": world.unit["人事股"]}
    answered_for = ok(as_("sysadmin").post(f"{API}/units", json=outside), 201)["id"]
    teams = as_("discipline").post(AT, json={**body, "unit_id": world.unit["派驻组"]})
    answered = as_("office").post(AT, json={**body, "unit_id": answered_for})
    for refused in (as_("school").post(AT, json=body), answered, teams):
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/unit_id")
    ok(as_("school").post(AT, json={**body, "unit_id": world.unit["第一幼儿园"]}), 201)


def test_an_edit_empties_nothing_and_is_held_to_the_same_days(as_: As) -> None:
    row = registered(as_("school"))
    for field, value in {"topic": None, "place": None, "held_on": None, "checked_on": tomorrow()}.items():
        refused = as_("school").patch(
            f"{AT}/{row['id']}", json={field: value}, headers={"if-match": str(row["version"])}
        )
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"/{field}")
    kept = {"held_on": row["held_on"], "place": "礼堂"}
    assert (
        ok(as_("school").patch(f"{AT}/{row['id']}", json=kept, headers={"if-match": str(row["version"])}))["place"]
        == "礼堂"
    )


def test_what_is_over_moves_no_more(as_: As, stock: Stock) -> None:
    school, row = as_("school"), registered(as_("school"))
    path = f"{AT}/{row['id']}"
    assert school.post(f"{path}/hold", json={"attended": 5}).json()["code"] == "wrong_state"
    approved = ok(as_("supervisor").post(f"{path}/approve", json={"note": "请控制人数。"}))
    assert approved["said"] is None, "only why it does not take place is shown"
    assert school.post(f"{path}/cancel").status_code == 422
    edited = school.patch(path, json={"place": "礼堂"}, headers={"if-match": str(approved["version"])})
    assert edited.json()["code"] == "wrong_state"
    days_go_by(stock, row["id"])
    evidence(school, "签到表", target="venue-activities", target_id=str(row["id"]))
    ok(school.post(f"{path}/hold", json={"attended": 58}))
    assert school.post(f"{path}/cancel", json={"note": "改期。"}).json()["code"] == "wrong_state"
    more = evidence(school, "照片")
    link = {"target": "venue-activities", "target_id": row["id"]}
    assert school.post(f"{API}/evidence/{more['id']}/links", json=link).status_code in (403, 409)
    other = registered(school)
    ok(as_("supervisor").post(f"{AT}/{other['id']}/approve"))
    done = ok(school.post(f"{AT}/{other['id']}/cancel", json={"note": "主讲人生病。"}))
    assert (done["state"], done["said"]) == ("cancelled", "主讲人生病。")


def test_whoever_registered_it_does_not_approve_it_after_a_move(as_: As, world: World, stock: Stock) -> None:
    """Somebody of the office once was at that school."""
    ok(as_("supervisor").post(REVIEWERS, json={"kind": "lecture", "office_id": world.unit["人事股"]}), 201)
    ones_own = stock.venue_activity("第一中学", registered_by=world.user["office"], days=9)
    others = stock.venue_activity("第一中学", registered_by=world.user["middle"], days=9)
    assert as_("office").post(f"{AT}/{ones_own}/approve").status_code == 403
    ok(as_("office").post(f"{AT}/{others}/approve"))


def test_a_leader_approves_nothing_but_the_supervision_offices_own(as_: As, world: World) -> None:
    row = registered(as_("school"))
    assert as_("leader").post(f"{AT}/{row['id']}/approve").status_code == 403
    ok(as_("supervisor").post(REVIEWERS, json={"kind": "lecture", "office_id": world.unit["人事股"]}), 201)
    assert ok(as_("other_supervisor").get(REVIEWERS))["data"] == []
