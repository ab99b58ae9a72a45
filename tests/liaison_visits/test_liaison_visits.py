"""Liaison visits over JSON: recorded by the office, confirmed by the school, matters urged and answered, and who owes
how many in a term."""

import pytest

from app.units.models import Liaison
from tests.conftest import As
from tests.liaison_visits.steps import AT, MATTERS, QUOTAS, pair, standing, today, tomorrow, urged, visited
from tests.stock import Stock, day
from tests.walk.steps import API, ok
from tests.world import World


def test_a_visit_is_recorded_by_the_paired_office_within_the_pairs_dates(as_: As, world: World, stock: Stock) -> None:
    units = {"office_id": world.unit["教育股"], "school_id": world.unit["实验小学"]}
    ended = stock.add(Liaison, **units, valid_from=day(-100), valid_to=day(-50))
    body = {"liaison_id": ended, "visitors": "张晓梅", "content": "查看台账。"}
    for visited_on in (day(-101), day(-49), day(1)):
        refused = as_("education").post(AT, json={**body, "visited_on": visited_on.isoformat()})
        assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/visited_on"), visited_on
    row = visited(as_("education"), ended, visited_on=day(-50).isoformat())
    assert (row["state"], row["unit_name"], row["school_name"]) == ("recorded", "教育股", "实验小学")
    moved = {"json": {"visited_on": day(-20).isoformat()}, "headers": {"if-match": "1"}}
    assert as_("education").patch(f"{AT}/{row['id']}", **moved).status_code == 422
    sent = {**body, "visited_on": day(-60).isoformat()}
    for account, status in {"office": 403, "supervisor": 403, "school": 403, "leader": 403}.items():
        assert as_(account).post(AT, json=sent).status_code == status, account
    missing = as_("education").post(AT, json={**sent, "liaison_id": 999_999})
    assert (missing.status_code, missing.json()["errors"][0]["pointer"]) == (422, "/liaison_id")


def test_the_school_confirms_or_comments_and_the_office_mends(as_: As, world: World) -> None:
    office, school = as_("education"), as_("middle")
    row = visited(office, pair(as_, world))
    path = f"{AT}/{row['id']}"
    assert office.post(f"{path}/confirm").status_code == 403
    assert school.post(f"{path}/comment").status_code == 422  # Without a word.
    said = ok(school.post(f"{path}/comment", json={"note": "走访人有误。"}))
    assert (said["state"], said["comment"]) == ("commented", "走访人有误。")
    mended = {"json": {"visitors": "张晓梅"}, "headers": {"if-match": str(said["version"])}}
    ok(office.patch(path, **mended))
    ok(office.post(f"{path}/resubmit"))
    done = ok(school.post(f"{path}/confirm"))
    assert (done["state"], done["comment"], done["allowed_actions"]) == ("confirmed", None, [])
    assert office.post(f"{path}/void", json={"note": "重复。"}).status_code == 409


def test_what_is_urged_is_answered_by_the_school_and_closed_by_the_office(as_: As, world: World) -> None:
    office, school = as_("education"), as_("middle")
    row = visited(office, pair(as_, world))
    late = office.post(f"{AT}/{row['id']}/urge", json={"text": "更新公示。", "deadline_on": day(-1).isoformat()})
    assert (late.status_code, late.json()["errors"][0]["pointer"]) == (422, "/deadline_on")
    path = f"{MATTERS}/{urged(office, row)['id']}"
    assert office.post(f"{path}/answer", json={"note": "代答。"}).status_code == 403
    assert office.post(f"{AT}/{row['id']}/void", json={"note": "重复。"}).json()["code"] == "matters_open"
    assert ok(school.post(f"{path}/answer", json={"note": "已更新。"}))["answer"] == "已更新。"
    assert school.post(f"{path}/close").status_code == 403
    assert ok(office.post(f"{path}/send-back", json={"note": "请附照片。"}))["state"] == "open"
    ok(school.post(f"{path}/answer", json={"note": "照片已上传。"}))
    assert ok(office.post(f"{path}/close"))["state"] == "closed"
    assert ok(office.get(f"{AT}/{row['id']}"))["open_matters"] == 0


@pytest.mark.parametrize("account", ["supervisor", "leader", "discipline", "education", "middle"])
def test_who_sees_a_visit(as_: As, world: World, account: str) -> None:
    row = visited(as_("education"), pair(as_, world))
    matter = urged(as_("education"), row)
    assert [each["id"] for each in ok(as_(account).get(AT))["data"]] == [row["id"]]
    assert as_(account).get(f"{MATTERS}/{matter['id']}").status_code == 200
    for other in ("office", "school", "sysadmin", "other_supervisor"):
        assert ok(as_(other).get(AT))["data"] == ok(as_(other).get(MATTERS))["data"] == []
        assert as_(other).get(f"{AT}/{row['id']}").status_code == 404
        assert as_(other).get(f"{MATTERS}/{matter['id']}").status_code == 404


def test_every_figure_of_a_term_is_the_rows_behind_it(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    first, second = pair(as_, world), pair(as_, world, school="实验小学")
    pair(as_, world, office="人事股", school="第一幼儿园")
    visited(as_("education"), first)
    voided = visited(as_("education"), second)
    assert standing(supervisor) == {"第一中学": (1, 1, 0), "实验小学": (1, 1, 0), "第一幼儿园": (1, 0, 1)}
    ok(as_("education").post(f"{AT}/{voided['id']}/void", json={"note": "重复登记。"}))
    assert ok(supervisor.post(QUOTAS, json={"visits": 2}), 201)["liaison_id"] is None
    ok(supervisor.post(QUOTAS, json={"visits": 3}), 200)
    ok(supervisor.post(QUOTAS, json={"visits": 1, "liaison_id": first}), 201)
    assert as_("education").post(QUOTAS, json={"visits": 0}).status_code == 403
    assert standing(supervisor) == {"第一中学": (1, 1, 0), "实验小学": (3, 0, 3), "第一幼儿园": (3, 0, 3)}
    for account in ("supervisor", "education", "office", "school", "middle", "central", "other_supervisor"):
        client = as_(account)
        sums = ok(client.get(f"{AT}/summary"))
        days = f"since={sums['starts_on']}&until={sums['ends_on']}"
        for figure, path in {
            "pairs": "/coverage?",
            "missing": "/coverage?standing=missing",
            "none": "/coverage?standing=none",
            "visits": f"?{days}&state=recorded,commented,confirmed",
            "unpaired": "/unpaired?",
        }.items():
            listed = ok(client.get(f"{AT}{path}&count=true"))
            assert len(listed["data"]) == listed["total"] == sums[figure], (account, figure)
    assert standing(as_("education")).keys() == {"第一中学", "实验小学"} and standing(as_("school")).keys() == {
        "实验小学"
    }
    lonely = {row["name"] for row in ok(supervisor.get(f"{AT}/unpaired"))["data"]}
    assert lonely == {"柳林镇中心校", "柳林小学"}
    assert standing(supervisor, term="2001-T1") == {}
    assert supervisor.get(f"{AT}/coverage?term=2026").json()["errors"][0]["pointer"] == "/term"


def test_a_visit_counts_in_its_own_term(as_: As, world: World, stock: Stock) -> None:
    body = {"name": f"{today().year}-T1", "starts_on": day(-10).isoformat(), "ends_on": day(30).isoformat()}
    ok(as_("supervisor").post(f"{API}/school-terms", json=body), 201)
    units = {"office_id": world.unit["教育股"], "school_id": world.unit["实验小学"]}
    long = stock.add(Liaison, **units, valid_from=day(-100))
    visited(as_("education"), long, visited_on=day(-11).isoformat())
    assert standing(as_("school")) == {"实验小学": (1, 0, 1)}
    visited(as_("education"), long, visited_on=day(-10).isoformat())
    assert standing(as_("school"), term=body["name"]) == {"实验小学": (1, 1, 0)}


def test_missing_visits_wait_for_the_office_when_the_term_nears_its_end(as_: As, world: World) -> None:
    def waiting(account: str) -> set[str]:
        groups = ok(as_(account).get(f"{API}/my-work"))["groups"]
        return {entry["title"] for group in groups for entry in group["data"]}

    made = pair(as_, world)
    term = {"name": f"{today().year}-T1", "starts_on": day(-90).isoformat(), "ends_on": day(60).isoformat()}
    far = ok(as_("supervisor").post(f"{API}/school-terms", json=term), 201)
    assert waiting("education") == set()
    ok(as_("supervisor").delete(f"{API}/school-terms/{far['id']}"), 204)
    ok(as_("supervisor").post(f"{API}/school-terms", json={**term, "ends_on": day(9).isoformat()}), 201)
    assert waiting("education") == {"本学期应走访 · 第一中学"} and waiting("middle") == waiting("office") == set()
    row = visited(as_("education"), made)
    matter = urged(as_("education"), row, deadline_on=tomorrow())
    assert waiting("education") == set()
    said = f"{today().month}月{today().day}日"
    assert waiting("middle") == {f"包联走访 · 第一中学（{said}）", "督促事项 · 第一中学：更新收费公示。"}
    ok(as_("middle").post(f"{AT}/{row['id']}/confirm"))
    ok(as_("middle").post(f"{MATTERS}/{matter['id']}/answer", json={"note": "已更新。"}))
    assert waiting("middle") == set() and waiting("education") == {"督促事项 · 第一中学：更新收费公示。"}


def test_what_the_school_has_not_confirmed_is_told_apart_and_offices_are_summed(
    as_: As, browse: As, world: World
) -> None:
    office, supervisor = as_("education"), as_("supervisor")
    liaison, behind = pair(as_, world), pair(as_, world, office="人事股", school="实验小学")
    confirmed, disputed, _ = (visited(office, liaison) for _ in range(3))
    ok(as_("middle").post(f"{AT}/{confirmed['id']}/confirm"))
    ok(as_("middle").post(f"{AT}/{disputed['id']}/comment", json={"note": "当天没有来。"}))
    (row, other) = ok(supervisor.get(f"{AT}/coverage"))["data"]
    assert (row["made"], row["unconfirmed"], row["disputed"]) == (3, 1, 1) and other["id"] == behind
    for state, name in {"recorded": "unconfirmed", "commented": "disputed"}.items():
        assert ok(supervisor.get(f"{AT}?liaison_id={liaison}&state={state}&count=true"))["total"] == row[name]
    sums = ok(supervisor.get(f"{AT}/summary"))["offices"]
    assert {each["office_name"]: (each["pairs"], each["missing"], each["none"]) for each in sums} == {
        "教育股": (1, 0, 0),
        "人事股": (1, 1, 1),
    }
    assert [each["office_name"] for each in ok(office.get(f"{AT}/summary"))["offices"]] == ["教育股"]
    shown = browse("supervisor").get("/liaison-visits/coverage").text
    assert (
        f"office_id={world.unit['人事股']}&amp;standing=none" in shown
        and f"liaison_id={liaison}&amp;state=recorded" in shown
    )
    assert "当天" not in browse("school").get("/liaison-visits/print").text
    assert "张晓梅" in browse("education").get("/liaison-visits/print").text
