"""What the plan demands, row 2: a leading group and its office; each school forms its own."""

from tests.appointments.test_appointments import appointed, day
from tests.conftest import As, form
from tests.walk.steps import API, issued_plan, ok
from tests.world import World

PLAN = """2026年推进清廉学校建设实施方案
一、组织机构
现成立清廉学校建设工作领导小组。领导小组下设办公室，办公室设在督查室，由李卫东同志任办公室主任。
二、重点任务
（一）加强领导
1.成立领导小组。主要措施：各学校（园）成立领导小组，明确办公室，报督查室备案。责任单位：督查室，各学校（园）
"""
NAME = "清廉学校建设工作领导小组"


def test_from_the_plan_to_every_schools_own_group(as_: As, browse: As, world: World) -> None:
    plan = issued_plan(as_, PLAN)
    supervisor, school = as_("supervisor"), as_("school")
    # The bureau forms its own as the plan says, with its office at 督查室.
    own = {"unit_id": world.district, "name": NAME, "leader": "王建国", "deputies": ["贺春明"]}
    own |= {"office_unit_id": world.unit["督查室"], "office_director": "李卫东"}
    bureau = ok(supervisor.post(f"{API}/leading-groups", json=own), 201)
    assert (bureau["office_unit_name"], bureau["office_director"]) == ("督查室", "李卫东")
    # Each school has the plan's row, and none has a group yet: the list says which.
    rows = ok(supervisor.get(f"{API}/assignments?plan_id={plan['id']}&limit=200"))["data"]
    schools = {row["unit_id"] for row in rows} - {world.unit["督查室"]}
    lacking = ok(supervisor.get(f"{API}/leading-groups/missing?limit=200"))["data"]
    assert {each["id"] for each in lacking} == schools
    assert f'<span class="badge">{len(schools)}</span>' in browse("supervisor").get("/leading-groups").text
    # The school finds its form filled in from its own people, and sends it as it is.
    appointed(school)
    appointed(school, "高岩", "校长", "important_responsible_person")
    appointed(school, "何静", "副校长", "dual_duty")
    browser = browse("school")
    new = browser.get("/leading-groups/new").text
    assert 'value="林青"' in new and 'value="高岩"' in new and ">何静</textarea>" in new and NAME in new
    filled = {"name": NAME, "leader": "林青", "deputies": "高岩", "members": "何静"}
    filled |= {"office_unit_id": world.unit["实验小学"], "office_director": "何静"}
    begun = {"unit_id": world.unit["实验小学"], "valid_from": day(-30)}
    sent = browser.post("/leading-groups", data=form(browser, **filled | begun))
    assert sent.status_code == 303
    shown = browser.get(sent.headers["location"]).text
    assert "林青" in shown and "党支部书记" in shown and "在任" in shown
    # The supervisor sees it, and one school fewer without.
    seen = {each["unit_name"]: each["leader"] for each in ok(supervisor.get(f"{API}/leading-groups"))["data"]}
    assert seen == {"青川区教育局": "王建国", "实验小学": "林青"}
    lacking = ok(supervisor.get(f"{API}/leading-groups/missing?count=true"))
    assert lacking["total"] == len(lacking["data"]) == len(schools) - 1
    assert "实验小学" not in browse("supervisor").get("/leading-groups/missing").text
    # On change: the new members from today on, the earlier ones kept; all of it in the log.
    path = sent.headers["location"]
    version = ok(school.get(f"{API}{path}"))["version"]
    changed = browser.post(path, data=form(browser, version=version, **filled | {"members": "何静、方远"}))
    assert changed.status_code == 303
    group = ok(school.get(f"{API}{path}"))
    assert (group["members"], group["since"]) == (["何静", "方远"], day(0))
    (before,) = group["versions"]
    assert (before["content"]["members"], before["valid_from"], before["valid_to"]) == (["何静"], day(-30), day(-1))
    trail = ok(as_("auditor").get(f"{API}/events?resource=leading_group&resource_id={path.rsplit('/', 1)[1]}"))["data"]
    assert [event["operation"] for event in trail] == ["leading_group.change", "leading_group.create"]
