"""Appointments through the API: who keeps whose, for how long they hold, and what is refused."""

import re
from datetime import date, timedelta
from typing import Any

import httpx
import sqlalchemy as sa
from fastapi import FastAPI

from app.core.calendar import now, today_of
from tests.at_once import at_once
from tests.conftest import As
from tests.walk.steps import API, ok
from tests.world import World

AT = f"{API}/appointments"


def day(ahead: int) -> str:
    on: date = today_of(now()) + timedelta(days=ahead)
    return on.isoformat()


def person(name: str = "林青", post: str = "党支部书记", duty: str = "primary_responsible_person", **more: Any) -> Any:
    return {"name": name, "post": post, "duty": duty} | more


def appointed(client: Any, *given: Any, **more: Any) -> Any:
    return ok(client.post(AT, json=person(*given, **more)), 201)


def names(client: Any, **params: str) -> list[str]:
    return [each["name"] for each in ok(client.get(AT, params={"limit": 200} | params))["data"]]


def test_a_unit_keeps_its_own_people_and_the_supervisor_everyones(as_: As, world: World) -> None:
    own = appointed(as_("school"))
    assert (own["unit_name"], own["valid_from"], own["allowed_actions"]) == ("实验小学", day(0), ["edit", "end"])
    elsewhere = person("郑宁", unit_id=world.unit["第一中学"])
    assert as_("school").post(AT, json=elsewhere).status_code == 403
    other = ok(as_("supervisor").post(AT, json=elsewhere), 201)
    abroad = person("吴明", unit_id=world.unit["临水小学"])
    assert as_("supervisor").post(AT, json=abroad).status_code == 422
    for account in ("discipline", "leader", "sysadmin", "secadmin", "auditor"):
        if account != "discipline":  # The team's own grant keeps the team's people.
            assert as_(account).post(AT, json=person(unit_id=world.unit["实验小学"])).status_code == 403, account
    head = {"if-match": '"1"'}
    assert as_("school").patch(f"{AT}/{other['id']}", json={"post": "书记"}, headers=head).status_code == 404
    assert as_("leader").patch(f"{AT}/{other['id']}", json={"post": "书记"}, headers=head).status_code == 403
    assert as_("leader").post(f"{AT}/{other['id']}/end").status_code == 403
    assert ok(as_("middle").patch(f"{AT}/{other['id']}", json={"post": "书记"}, headers=head))["post"] == "书记"


def test_each_sees_the_people_of_the_units_whose_rows_they_see(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    for name, unit in {
        "甲": "实验小学", "乙": "第一中学", "丙": "柳林小学", "丁": "柳林镇中心校", "戊": "人事股", "己": "教育股",
    }.items():  # fmt: skip
        appointed(supervisor, name, unit_id=world.unit[unit])
    appointed(supervisor, "庚", "局长", unit_id=world.district)
    appointed(as_("other_supervisor"), "外", unit_id=world.unit["临水小学"])
    for account, seen in {
        "supervisor": "甲乙丙丁戊己庚",
        "discipline": "甲乙丙丁戊己庚",
        "leader": "甲乙丙丁戊己庚",
        "school": "甲",
        "central": "丙丁",
        "office": "戊庚",  # Its own, and the bureau's leaders above it.
        "education": "乙己庚",  # And the school it is paired with.
        "sysadmin": "",
        "auditor": "",
        "other_supervisor": "外",
    }.items():
        assert "".join(sorted(names(as_(account)), key="甲乙丙丁戊己庚外".index)) == seen, account
        found = ok(as_(account).get(f"{AT}?count=true"))
        assert found["total"] == len(seen), account


def test_an_appointment_is_ended_and_kept(as_: As) -> None:
    school = as_("school")
    first = appointed(school, valid_from=day(-30))
    late = school.post(f"{AT}/{first['id']}/end", json={"on": day(-31)})
    assert late.status_code == 422 and late.json()["errors"][0]["pointer"] == "/on"
    ended = ok(school.post(f"{AT}/{first['id']}/end", json={"on": day(-1), "note": "调任。"}))
    assert (ended["ended"], ended["valid_to"], ended["allowed_actions"]) == (True, day(-1), [])
    for again in (
        school.post(f"{AT}/{first['id']}/end"),
        school.patch(f"{AT}/{first['id']}", json={"post": "书记"}, headers={"if-match": '"2"'}),
    ):
        assert (again.status_code, again.json()["code"]) == (409, "ended")
    appointed(school, "高岩")
    assert names(school) == ["林青", "高岩"]
    assert names(school, valid_on=day(-1)) == ["林青"]
    assert names(school, valid_on=day(0)) == ["高岩"]
    assert school.delete(f"{AT}/{first['id']}").status_code == 405


def test_last_day_still_counts(as_: As) -> None:
    school = as_("school")
    made = appointed(school, valid_from=day(-5))
    assert ok(school.post(f"{AT}/{made['id']}/end"))["ended"] is False
    assert names(school, valid_on=day(0)) == ["林青"] and names(school, valid_on=day(1)) == []


def test_the_same_post_twice_from_one_day_is_a_duplicate(as_: As) -> None:
    appointed(as_("school"))
    again = as_("school").post(AT, json=person())
    assert again.status_code == 409 and again.json()["errors"][0]["pointer"] == "/valid_from"


def test_the_unit_is_held_before_the_epoch_moves(as_: As) -> None:
    """As whoever changes a unit takes the two: in the other order each would wait for the other."""
    seen: list[str] = []

    def note(conn: Any, cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("UPDATE access_epoch"):
            seen.append("epoch")
        elif re.match(r"SELECT unit\.id\s+FROM unit\s+WHERE unit\.id = ", statement):
            seen.append("unit")

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        made = appointed(as_("school"))
        edited = as_("school").patch(f"{AT}/{made['id']}", json={"post": "书记"}, headers={"if-match": '"1"'})
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    assert ok(edited)["post"] == "书记" and seen == ["unit", "epoch"] * 2


def test_a_unit_has_one_first_responsible_person_at_a_time(app: FastAPI, as_: As, world: World) -> None:
    async def appoint(client: httpx.AsyncClient, n: int) -> httpx.Response:
        return await client.post(AT, json=person(f"候选{n}", valid_from=day(-9)))

    made, *refused = sorted(at_once(app, world.token["school"], appoint, 4), key=lambda answer: answer.status_code)
    assert [each.json()["code"] for each in refused] == ["two_first"] * 3
    school, first, head = as_("school"), ok(made, 201), {"if-match": '"1"'}
    assert f"已有第一责任人{first['name']}（{day(-9)} 起），请先结束其任职" in refused[0].text
    # The principal is not made it by an edit either; one of long ago is, and the bureau's leaders each are.
    principal = appointed(school, "高岩", "校长", "important_responsible_person")
    edited = school.patch(f"{AT}/{principal['id']}", json={"duty": "primary_responsible_person"}, headers=head)
    assert (edited.status_code, edited.json()["code"]) == (409, "two_first")
    appointed(school, "前任", valid_from=day(-99), valid_to=day(-9))
    for leader in ("王建国", "贺春明"):
        appointed(as_("supervisor"), leader, "局长", unit_id=world.district)
    ok(school.post(f"{AT}/{first['id']}/end"))
    appointed(school, "接任")


def test_only_leaders_of_the_bureau_are_in_charge_of_offices(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    bureau, offices = world.district, [world.unit["人事股"], world.unit["教育股"]]
    both = person("周岚", "副局长", "dual_duty", unit_id=bureau, in_charge_unit_ids=[*offices, offices[0]])
    made = ok(supervisor.post(AT, json=both), 201)
    assert made["in_charge_unit_names"] == ["人事股", "教育股"]
    for unit_id, charge in (
        (world.unit["实验小学"], offices),
        (bureau, [world.unit["实验小学"]]),
        (bureau, [world.unit["临水督查室"]]),
        (bureau, [999_999]),
    ):
        refused = supervisor.post(AT, json=both | {"name": "另人", "unit_id": unit_id, "in_charge_unit_ids": charge})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/in_charge_unit_ids"


def test_an_account_is_linked_that_acts_for_the_unit(as_: As, world: World) -> None:
    made = appointed(as_("school"), user_id=world.user["school"])
    assert (made["user_id"], made["user_name"]) == (world.user["school"], "刘敏")
    for account in ("middle", "other_school", "leader"):
        refused = as_("school").post(AT, json=person("另人", user_id=world.user[account]))
        assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/user_id", account


def test_dates_the_wrong_way_round_are_refused(as_: As) -> None:
    refused = as_("school").post(AT, json=person(valid_from=day(0), valid_to=day(-1)))
    assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/valid_to"
    made = appointed(as_("school"))
    head = {"if-match": '"1"'}
    refused = as_("school").patch(f"{AT}/{made['id']}", json={"valid_from": None}, headers=head)
    assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/valid_from"


def test_an_end_is_not_put_off_into_the_days_of_the_next_first_person(as_: As) -> None:
    school = as_("school")
    first = appointed(school, "林青", valid_from=day(-9), valid_to=day(9))
    appointed(school, "高岩", valid_from=day(9))
    told = school.post(f"{AT}/{first['id']}/end", json={"on": day(30)})
    assert (told.status_code, told.json()["code"]) == (409, "two_first")
    assert ok(school.post(f"{AT}/{first['id']}/end", json={"on": day(3)}))["valid_to"] == day(3)
