"""Venue activities over JSON: registered before their day, approved once checked and never by the own unit, held or
shown as not reported."""

from tests.conftest import As
from tests.stock import Stock, day
from tests.venue_activities.steps import AT, CHECK, REVIEWERS, WORDS, days_go_by, registered, tomorrow
from tests.walk.steps import API, evidence, ok
from tests.world import World


def test_approval_is_asked_before_the_day(as_: As) -> None:
    body = {"kind": "lecture", **WORDS}
    for held_on in (day(0), day(-1)):
        refused = as_("school").post(AT, json={**body, "held_on": held_on.isoformat()})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/held_on")
    row = registered(as_("school"))
    moved = {"json": {"held_on": day(0).isoformat()}, "headers": {"if-match": str(row["version"])}}
    assert as_("school").patch(f"{AT}/{row['id']}", **moved).status_code == 422
    wrong = {"begins": "25:00", "expected": -1, "checked_on": tomorrow()}
    for field, value in wrong.items():
        refused = as_("school").post(AT, json={**body, "held_on": tomorrow(), field: value})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, f"/{field}")


def test_nothing_is_approved_before_its_content_was_checked(as_: As, stock: Stock) -> None:
    school, supervisor = as_("school"), as_("supervisor")
    bare = registered(school, **dict.fromkeys(CHECK))
    refused = supervisor.post(f"{AT}/{bare['id']}/approve")
    assert (refused.status_code, refused.json()["code"]) == (409, "unchecked")
    assert [each["pointer"] for each in refused.json()["errors"]] == [f"/{name}" for name in CHECK]
    checked = {"json": {**CHECK, "check_result": "failed"}, "headers": {"if-match": str(bare["version"])}}
    row = ok(school.patch(f"{AT}/{bare['id']}", **checked))
    assert supervisor.post(f"{AT}/{bare['id']}/approve").json()["code"] == "check_failed"
    checked = {"json": {"check_result": "passed_with_changes"}, "headers": {"if-match": str(row["version"])}}
    ok(school.patch(f"{AT}/{bare['id']}", **checked))
    done = ok(supervisor.post(f"{AT}/{bare['id']}/approve"))
    assert (done["state"], done["decided_by_name"]) == ("approved", "李卫东") and "edit" not in done["allowed_actions"]
    late = registered(school)
    days_go_by(stock, late["id"])
    assert supervisor.post(f"{AT}/{late['id']}/approve").json()["code"] == "day_over"
    assert supervisor.post(f"{AT}/{late['id']}/refuse").status_code == 422
    said = ok(supervisor.post(f"{AT}/{late['id']}/refuse", json={"note": "没有在举办前登记。"}))
    assert (said["state"], said["said"]) == ("refused", "没有在举办前登记。")


def test_the_office_named_for_the_kind_approves_and_never_its_own(as_: As, world: World) -> None:
    assert as_("office").post(REVIEWERS, json={"kind": "lecture"}).status_code == 403
    ok(as_("supervisor").post(REVIEWERS, json={"kind": "lecture", "office_id": world.unit["人事股"]}), 201)
    wrong = as_("supervisor").post(REVIEWERS, json={"kind": "forum", "office_id": world.unit["实验小学"]})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (422, "/office_id")
    schools, own, forum = registered(as_("school")), registered(as_("office")), registered(as_("school"), "forum")
    assert as_("office").post(f"{AT}/{own['id']}/approve").status_code == 403
    assert as_("office").post(f"{AT}/{forum['id']}/approve").status_code == 404  # A kind that it does not look at.
    assert as_("school").post(f"{AT}/{schools['id']}/approve").status_code == 403
    ok(as_("office").post(f"{AT}/{schools['id']}/approve"))
    ok(as_("supervisor").post(f"{AT}/{own['id']}/approve"))
    theirs = registered(as_("supervisor"), unit_id=world.unit["督查室"])
    assert as_("supervisor").post(f"{AT}/{theirs['id']}/approve").status_code == 403
    ok(as_("leader").post(f"{AT}/{theirs['id']}/approve"))
    ok(as_("supervisor").post(REVIEWERS, json={"kind": "lecture", "office_id": None}), 200)
    assert as_("office").get(f"{AT}/{schools['id']}").status_code == 404


def test_held_with_a_paper_on_its_day_or_shown_as_not_reported(as_: As, stock: Stock) -> None:
    school, row = as_("school"), registered(as_("school"))
    path = f"{AT}/{row['id']}"
    ok(as_("supervisor").post(f"{path}/approve"))
    assert school.post(f"{path}/hold", json={"attended": 58}).json()["code"] == "too_early"
    days_go_by(stock, row["id"], 0)
    assert ok(school.get(path))["unreported"] is False
    days_go_by(stock, row["id"])
    assert ok(school.get(path))["unreported"] is True
    for account in ("school", "supervisor"):
        assert [each["id"] for each in ok(as_(account).get(f"{AT}?unreported=true"))["data"]] == [row["id"]]
    assert school.post(f"{path}/hold", json={"attended": 58}).json()["code"] == "incomplete"
    evidence(school, "签到表", target="venue-activities", target_id=str(row["id"]))
    done = ok(school.post(f"{path}/hold", json={"attended": 58}))
    assert (done["state"], done["attended"], done["unreported"]) == ("held", 58, False)
    assert ok(school.get(f"{AT}?unreported=true"))["data"] == []


def test_who_sees_whose(as_: As, world: World) -> None:
    ok(as_("supervisor").post(REVIEWERS, json={"kind": "forum", "office_id": world.unit["人事股"]}), 201)
    lecture, forum = registered(as_("school")), registered(as_("middle"), "forum")
    for account, seen in {
        "supervisor": {lecture["id"], forum["id"]},
        "leader": {lecture["id"], forum["id"]},
        "discipline": {lecture["id"], forum["id"]},
        "office": {forum["id"]},
        "education": set(),
        "school": {lecture["id"]},
        "middle": {forum["id"]},
        "sysadmin": set(),
        "other_supervisor": set(),
    }.items():
        assert {row["id"] for row in ok(as_(account).get(AT))["data"]} == seen, account
    assert as_("middle").post(f"{AT}/{lecture['id']}/cancel", json={"note": "改期。"}).status_code == 404
    assert as_("supervisor").post(f"{AT}/{lecture['id']}/cancel", json={"note": "改期。"}).status_code == 403
    ok(as_("school").post(f"{AT}/{lecture['id']}/cancel", json={"note": "改期。"}))


def test_what_waits_for_whom(as_: As, stock: Stock) -> None:
    def waiting(account: str) -> list[tuple[str, int]]:
        groups = ok(as_(account).get(f"{API}/my-work"))["groups"]
        return [(entry["verb"], entry["id"]) for group in groups for entry in group["data"]]

    checked = stock.venue_activity("实验小学", days=9)
    bare = stock.venue_activity("实验小学", days=9, checked_by=None)
    over = stock.venue_activity("实验小学", "approved", days=-1)
    stock.venue_activity("实验小学", "approved", days=1)
    stock.venue_activity("实验小学", days=-1)
    assert waiting("supervisor") == [("审批", checked)]
    assert sorted(waiting("school")) == sorted([("补内容审核", bare), ("登记举办", over)])
    assert waiting("middle") == waiting("office") == []
