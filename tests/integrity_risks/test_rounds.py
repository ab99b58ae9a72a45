"""The rounds of the search: which units have reported, which have not, each figure the rows behind it."""

from tests.conftest import As
from tests.integrity_risks.steps import RISKS, ROUNDS, WORDS, day, figures, identified, opened, submitted
from tests.notifications.test_happenings import heard
from tests.walk.steps import API, ok
from tests.world import World


def standings(client: object, row: dict[str, int], **params: str) -> dict[str, str]:
    found = ok(client.get(f"{ROUNDS}/{row['id']}/units", params=params))["data"]  # type: ignore[attr-defined]
    return {each["name"]: each["standing"] for each in found}


def test_units_stand_by_what_they_said(as_: As, world: World) -> None:
    supervisor, school = as_("supervisor"), as_("school")
    row = opened(supervisor, world)
    before = figures(supervisor, row)
    assert before["asked"] == before["missing"] > 3
    identified(school)  # Begun is not reported.
    assert figures(supervisor, row) == before | {"risk_count": 1}
    submitted(school)
    ok(as_("middle").post(f"{ROUNDS}/{row['id']}/nil-reports", json={"note": "已排查全部岗位。"}), 201)
    now = figures(supervisor, row)
    assert now == before | {"risks": 1, "nil": 1, "missing": before["asked"] - 2, "risk_count": 2}
    for standing in ("risks", "nil", "missing"):
        assert len(standings(supervisor, row, standing=standing)) == now[standing]
    assert standings(supervisor, row)["第一中学"] == "nil" and standings(school, row) == {"实验小学": "risks"}
    assert figures(school, row) == {"asked": 1, "risks": 1, "nil": 0, "missing": 0, "risk_count": 2}


def test_a_unit_cannot_have_found_both_something_and_nothing(as_: As, world: World) -> None:
    middle = as_("middle")
    row = opened(as_("supervisor"), world)
    at = f"{ROUNDS}/{row['id']}/nil-reports"
    assert [each["name"] for each in ok(middle.get(f"{ROUNDS}/{row['id']}"))["own_missing"]] == ["第一中学"]
    assert ok(middle.post(at, json={}), 201)["own_missing"] == []
    assert middle.post(at, json={}).json()["code"] == "duplicate"
    identified(middle)  # What was found later takes the word back.
    assert figures(middle, row) == {"asked": 1, "risks": 0, "nil": 0, "missing": 1, "risk_count": 1}
    assert middle.post(at, json={}).json()["code"] == "risks_found"
    assert as_("office").post(at, json={}).status_code == 422  # It is not asked.
    assert as_("leader").post(at, json={}).status_code == 403


def test_a_group_s_rule_decides_who_is_asked(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    group = ok(
        supervisor.post(
            f"{API}/unit-groups", json={"name": "试点学校", "rule": {"includes": [world.unit["实验小学"]]}}
        ),
        201,
    )
    row = opened(supervisor, world, unit_group_id=group["id"])
    assert standings(supervisor, row) == {"实验小学": "missing"}
    rule = {"rule": {"includes": [world.unit["第一中学"]]}}
    ok(supervisor.patch(f"{API}/unit-groups/{group['id']}", json=rule, headers={"if-match": str(group["version"])}))
    assert standings(supervisor, row) == {"第一中学": "missing"}


def test_nothing_is_found_in_a_closed_round(as_: As, world: World) -> None:
    supervisor, school = as_("supervisor"), as_("school")
    row = opened(supervisor, world)
    assert school.post(f"{ROUNDS}/{row['id']}/close").status_code == 403
    ok(supervisor.post(f"{ROUNDS}/{row['id']}/close"))
    for refused in (
        school.post(RISKS, json=WORDS | {"round_id": row["id"]}),
        school.post(f"{ROUNDS}/{row['id']}/nil-reports", json={}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "wrong_state")
    assert school.post(RISKS, json=WORDS).json()["errors"][0]["pointer"] == "/round_id"
    assert supervisor.post(f"{ROUNDS}/{row['id']}/reopen").status_code == 422
    ok(supervisor.post(f"{ROUNDS}/{row['id']}/reopen", json={"note": "还有单位未报。"}))
    identified(school, round_id=row["id"])
    past = supervisor.post(
        ROUNDS, json={"year": 2026, "title": "另一轮", "deadline_on": day(-1), "unit_group_id": row["unit_group_id"]}
    )
    assert (past.status_code, past.json()["errors"][0]["pointer"]) == (422, "/deadline_on")


def test_whoever_is_asked_is_told_each_time_a_round_is_opened_again(as_: As, browse: As, world: World) -> None:
    supervisor = as_("supervisor")
    row = opened(supervisor, world)
    given, again = (("given", "risk-rounds", row["id"]), ("reopened", "risk-rounds", row["id"]))
    for _ in range(2):
        ok(supervisor.post(f"{ROUNDS}/{row['id']}/close"))
        ok(supervisor.post(f"{ROUNDS}/{row['id']}/reopen", json={"note": "还有单位未报。"}))
    for account in ("school", "middle", "central"):
        assert set(heard(as_, account)) == {given, again} and heard(as_, account).count(again) % 2 == 0, account
    assert heard(as_, "school") == [again, again, given]
    assert heard(as_, "education") == heard(as_, "leader") == [], "who is not asked"
    page = browse("school").get("/notifications").text
    assert "2026年廉政风险排查已重启，请继续填报" in page and "还有单位未报" not in page
