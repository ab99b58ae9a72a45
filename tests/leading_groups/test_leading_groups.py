"""Leading groups through the API: formed, changed by dated versions, dissolved; and the schools that have none."""

from typing import Any

from tests.appointments.test_appointments import appointed, day
from tests.conftest import As
from tests.ledgers.test_forms import rows_of
from tests.walk.steps import API, ok
from tests.world import World

AT = f"{API}/leading-groups"
NAME = "清廉学校建设工作领导小组"


def group(**more: Any) -> dict[str, Any]:
    return {"name": NAME, "leader": "林青", "deputies": ["高岩"], "members": ["何静", "方远"]} | more


def formed(client: Any, **more: Any) -> Any:
    return ok(client.post(AT, json=group(**more)), 201)


def changed(client: Any, row: Any, **fields: Any) -> Any:
    return client.patch(f"{AT}/{row['id']}", json=fields, headers={"if-match": f'"{row["version"]}"'})


def missing(client: Any) -> list[str]:
    found = ok(client.get(f"{AT}/missing?count=true"))
    assert found["total"] == len(found["data"])
    return [each["name"] for each in found["data"]]


def test_a_change_keeps_how_the_group_was(as_: As, world: World) -> None:
    school = as_("school")
    unit_id = world.unit["实验小学"]
    first = formed(school, valid_from=day(-60), office_unit_id=unit_id, office_director="何静", basis="实小〔2026〕3号")
    assert (first["number"], first["versions"], first["office_unit_name"]) == (1, [], "实验小学")
    second = ok(changed(school, first, members=["何静", "郭岚"], since=day(-10)))
    assert (second["number"], second["since"], second["valid_from"]) == (2, day(-10), day(-60))
    assert second["members"] == ["何静", "郭岚"] and second["leader"] == "林青"
    (old,) = second["versions"]
    assert (old["number"], old["valid_from"], old["valid_to"]) == (1, day(-60), day(-11))
    assert old["content"]["members"] == ["何静", "方远"] and old["content"]["basis"] == "实小〔2026〕3号"
    third = ok(changed(school, second, leader="高岩", deputies=[]))
    assert (third["number"], third["since"], len(third["versions"])) == (3, day(0), 2)
    assert [each["valid_to"] for each in third["versions"]] == [day(-1), day(-11)]


def test_a_change_on_the_day_itself_puts_right_what_was_written(as_: As) -> None:
    school = as_("school")
    first = formed(school)
    again = ok(changed(school, first, leader="林清"))
    assert (again["leader"], again["number"], again["versions"]) == ("林清", 1, [])
    same = ok(changed(school, again, leader="林清"))
    assert same["version"] == again["version"]


def test_a_change_lies_between_the_present_version_and_today(as_: As) -> None:
    school = as_("school")
    first = formed(school, valid_from=day(-10))
    for since in (day(-11), day(1)):
        refused = changed(school, first, leader="高岩", since=since)
        assert refused.status_code == 422 and refused.json()["errors"][0]["pointer"] == "/since", since
    for fields in ({"leader": None}, {"members": None}, {"name": None}):
        assert changed(school, first, **fields).status_code == 422, fields
    assert school.post(AT, json=group(name="另一个", valid_from=day(1))).status_code == 422
    assert school.post(AT, json=group(name="另一个", office_unit_id=999_999)).status_code == 422


def test_a_dissolved_group_stays_readable_and_is_changed_no_more(as_: As) -> None:
    school = as_("school")
    made = formed(school, valid_from=day(-5))
    late = school.post(f"{AT}/{made['id']}/dissolve", json={"on": day(-6)})
    assert late.status_code == 422 and late.json()["errors"][0]["pointer"] == "/on"
    done = ok(school.post(f"{AT}/{made['id']}/dissolve", json={"on": day(-1), "note": "并入党建领导小组。"}))
    assert (done["ended"], done["valid_to"], done["allowed_actions"]) == (True, day(-1), [])
    for again in (changed(school, done, leader="高岩"), school.post(f"{AT}/{made['id']}/dissolve")):
        assert (again.status_code, again.json()["code"]) == (409, "ended")
    formed(school)
    assert len(ok(school.get(AT))["data"]) == 2
    assert [each["ended"] for each in ok(school.get(f"{AT}?valid_on={day(0)}"))["data"]] == [False]


def test_a_unit_has_one_group_of_a_name_at_a_time(as_: As, world: World) -> None:
    formed(as_("school"))
    again = as_("school").post(AT, json=group())
    assert again.status_code == 409 and again.json()["errors"][0]["pointer"] == "/name"
    formed(as_("school"), name="专项治理工作领导小组")
    formed(as_("supervisor"), unit_id=world.district)


def test_who_keeps_and_sees_whose(as_: As, world: World) -> None:
    own = formed(as_("school"))
    bureau = formed(as_("supervisor"), unit_id=world.district, office_unit_id=world.unit["督查室"])
    assert as_("school").post(AT, json=group(unit_id=world.unit["第一中学"])).status_code == 403
    assert as_("leader").post(AT, json=group(unit_id=world.district)).status_code == 403
    for account, seen in {
        "supervisor": {"实验小学", "青川区教育局"},
        "leader": {"实验小学", "青川区教育局"},
        "office": {"青川区教育局"},
        "school": {"实验小学"},
        "middle": set(),
        "sysadmin": set(),
        "other_supervisor": set(),
    }.items():
        assert {each["unit_name"] for each in ok(as_(account).get(AT))["data"]} == seen, account
    assert as_("middle").get(f"{AT}/{own['id']}").status_code == 404
    assert changed(as_("middle"), own, leader="外人").status_code == 404
    assert changed(as_("office"), bureau, leader="外人").status_code == 403
    assert as_("leader").post(f"{AT}/{bureau['id']}/dissolve").status_code == 403


def test_schools_without_a_group_are_those_that_have_none_today(as_: As, world: World) -> None:
    supervisor = as_("supervisor")
    every = ["柳林镇中心校", "柳林小学", "实验小学", "第一中学", "第一幼儿园"]
    assert missing(supervisor) == every
    made = formed(as_("school"), valid_from=day(-3))
    formed(supervisor, unit_id=world.unit["人事股"])  # An office need not have one, and no school's is it.
    assert missing(supervisor) == [name for name in every if name != "实验小学"]
    assert missing(as_("school")) == [] and missing(as_("middle")) == ["第一中学"]
    assert missing(as_("central")) == ["柳林镇中心校", "柳林小学"]
    assert missing(as_("education")) == ["第一中学"]  # The school it is paired with.
    assert missing(as_("sysadmin")) == [] and missing(as_("other_supervisor")) == ["临水小学"]
    kinds = ok(supervisor.get(f"{AT}/missing?kind=kindergarten"))["data"]
    assert [each["name"] for each in kinds] == ["第一幼儿园"]
    assert [row["学校（园）"] for row in rows_of(supervisor, "/leading-groups/missing.csv")] == missing(supervisor)
    ok(as_("school").post(f"{AT}/{made['id']}/dissolve", json={"on": day(-1)}))
    assert missing(supervisor) == every


def test_people_of_the_unit_are_shown_with_their_posts(as_: As) -> None:
    appointed(as_("school"))
    appointed(as_("school"), "何静", "前任主任", "direct_responsible_person", valid_from=day(-9), valid_to=day(-1))
    assert formed(as_("school"))["posts"] == {"林青": "党支部书记"}
